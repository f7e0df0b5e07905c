"""How messages to people are carried, and what was given up."""
