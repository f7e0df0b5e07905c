"""A person's e-mail address and phone number, changed once the new one is proved (E10)."""
