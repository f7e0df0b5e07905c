"""Where everybody is signed in."""
