"""Facts in, decision out: the policy language, its loader, engine and explanations. Pure: no clock, no database."""
