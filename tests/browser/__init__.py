"""Through a real browser, against the real demo."""
