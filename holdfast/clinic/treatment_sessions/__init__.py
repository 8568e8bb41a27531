"""Records of supervised treatment sessions."""
