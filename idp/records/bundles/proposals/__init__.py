"""Publications that wait for a second administrator."""
