"""The bank (a relying party), its outbox page, and the seed."""
