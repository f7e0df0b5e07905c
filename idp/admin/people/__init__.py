"""People, as an administrator sees and helps them. No page shows a secret or sets one (ENR-26)."""
