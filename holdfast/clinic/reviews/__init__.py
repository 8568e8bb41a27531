"""Reviews: points of a course at which benefit is judged before it goes on."""
