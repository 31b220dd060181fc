"""Who may use AceDesk: decisions about addresses, names, tokens and guesses."""
