"""What a programme did and what came of it: outcomes, safety, extracts without names, and pools of several sites.

Everything here is computed from one common data model (`common_model`), whether its rows come from the programme's own
records, from an extract on disk, or from sites put together. Importing this package loads no numerics.
"""
