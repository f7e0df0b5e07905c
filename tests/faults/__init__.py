"""What breaks by itself: the rows of table J of security.md."""
