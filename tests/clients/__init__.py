"""Clients that others wrote, through a complete sign-in, step-up, refresh and logout."""
