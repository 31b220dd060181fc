"""AceDesk answers as an engine does: programs that want one need not know that it is none."""
