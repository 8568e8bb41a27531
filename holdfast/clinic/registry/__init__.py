"""The programme's own registry: its records as rows of the common data model, its outcomes and safety, its extracts."""
