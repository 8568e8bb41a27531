"""Letters to the referrer, kept as they were issued."""
