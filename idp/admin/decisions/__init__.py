"""Why somebody was challenged, let in or refused."""
