"""The control plane: engines that exist, where they come from, who may use them."""
