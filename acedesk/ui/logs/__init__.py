"""The Logs page: the last 50,000 rows, filtered, followed, copied and exported."""
