"""The worklist: everything that waits for somebody, worked out from the records; stored is only who looks after it."""
