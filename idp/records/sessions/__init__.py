"""Browser sessions: whose, since when, on which evidence."""
