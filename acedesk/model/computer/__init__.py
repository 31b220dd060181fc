"""Values about this computer: what it does with AceDesk by itself."""
