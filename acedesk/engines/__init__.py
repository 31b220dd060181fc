"""The control plane: which engines exist, where they come from, which streams use them."""
