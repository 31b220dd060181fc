"""The Settings page, made from the table in `acedesk.settings`."""
