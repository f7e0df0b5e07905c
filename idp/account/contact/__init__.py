"""A person's e-mail address, changed once the new one is proved (E10)."""
