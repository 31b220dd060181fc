"""The container runtime: the port the control plane uses, and the Docker adapter."""
