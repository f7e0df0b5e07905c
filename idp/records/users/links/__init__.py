"""Links that are mailed to people: each does one thing, for one person, once."""
