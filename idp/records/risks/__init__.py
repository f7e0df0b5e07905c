"""What risk remembers: a history a person, what sign-ins taught about everybody, and each assessment."""
