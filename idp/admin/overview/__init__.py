"""What happened lately, in figures."""
