"""The nouns of AceDesk: frozen values, no behaviour that needs the outside."""
