"""`acedesk quit`: how installers and scripts end an AceDesk that runs."""
