"""Which devices may use AceDesk, and by what they are known."""
