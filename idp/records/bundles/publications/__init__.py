"""What was live when, and by whom."""
