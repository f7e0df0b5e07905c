"""The demo: its place, its seed, the bank against a real provider."""
