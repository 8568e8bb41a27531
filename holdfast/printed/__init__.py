"""Reports and letters: written once as plain blocks, set as a page (HTML) or on paper (PDF).

Read in this order: `blocks` (what a document is made of), `drawing` (pictures as lines and words), `inks` (the few
colours), `html` (one file that needs no other), `pdf` (the same on A4). Nothing here knows what a document is about.
"""
