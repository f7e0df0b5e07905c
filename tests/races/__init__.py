"""Two at once: everything that may be used once, over several worker processes."""
