"""The board of a day: chairs, who sits where, and how each treatment session stands, live on every screen."""
