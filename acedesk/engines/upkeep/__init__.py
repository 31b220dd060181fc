"""What is done to engines without being asked for: those that died are started again."""
