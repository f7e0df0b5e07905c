"""The admin API: all that the console does, as JSON, for programs (A5)."""
