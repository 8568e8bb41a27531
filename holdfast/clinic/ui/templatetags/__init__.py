"""Tags of the clinic's pages."""
