"""Pages of the signed-in person: how they sign in, and where they are signed in (E10)."""
