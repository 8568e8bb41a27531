"""Data in and out: pure mappings between files of others and values of ours. Nothing here touches a database."""
