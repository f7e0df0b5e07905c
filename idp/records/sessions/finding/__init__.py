"""Sessions found among those of everybody."""
