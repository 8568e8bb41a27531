"""Work in the background: a queue in the clinic's own database, seen on a page, tried again, done by one worker."""
