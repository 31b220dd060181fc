"""`acedesk --self-test`: is this program whole, in whatever form it came."""
