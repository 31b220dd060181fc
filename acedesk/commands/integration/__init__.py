"""Commands about what this computer does with AceDesk by itself."""
