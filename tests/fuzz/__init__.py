"""Whatever a stranger sends, no answer is a 5xx."""
