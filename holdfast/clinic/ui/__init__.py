"""Templates, styles and the frame every page shares."""
