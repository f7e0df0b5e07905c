"""The account at a glance: who one is here, what happened, what is connected, and all of it as a file (E10)."""
