"""Score tables of others become a programme: everything or nothing, through the actions of the other apps."""
