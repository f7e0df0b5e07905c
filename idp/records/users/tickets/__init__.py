"""One-time tokens that let somebody begin: today the set-up token of the first administrator."""
