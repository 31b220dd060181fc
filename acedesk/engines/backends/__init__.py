"""How engines are made and ended: one module for each kind of engine."""
