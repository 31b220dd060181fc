"""The parts all pages are made of: cards, pills, buttons, headers, tables and their delegates."""
