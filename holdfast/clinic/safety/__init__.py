"""Safety checks that were done."""
