"""Where the model expects readings of a treatment session: asked by the flow-sheet, answered by another process."""
