"""People found among all of them: searched, counted, one page after the other."""
