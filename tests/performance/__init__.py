"""What the hot paths cost, counted exactly."""
