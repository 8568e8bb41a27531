"""Published studies: what was found, how far each number was checked, and what in Holdfast rests on it."""
