"""From what programmes saw back to the model: a registry as a study of the evidence, and predictions beside it.

Nothing here changes a parameter. A registry is never fitted by itself: who is treated, who is rated and who stays are
not chosen by chance. What it can do is show where the calibrated model is off, and for whom.
"""
