"""How somebody begins who was given a ticket: a password, then the ordinary interaction (E8)."""
