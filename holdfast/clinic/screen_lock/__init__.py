"""The screen that locks when nobody touches it, and the quick PIN that opens it again for a person signed in."""
