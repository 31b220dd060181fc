"""One module for each thing the command line can do; `acedesk.cli` chooses among them."""
