"""Statistics that more than one room of the model side needs: shares, rates, product-limit curves, many tests at once.

Each number is plain Python; SciPy is loaded by the functions that need it, when they are called.
"""
