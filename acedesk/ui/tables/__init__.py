"""What tables have in common: rows by difference, sorting, column widths and choice."""
