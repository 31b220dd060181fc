"""AceDesk: Ace Stream on the desktop, one engine session for every player in the house."""

__version__ = "0.1.0"
