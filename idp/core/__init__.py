"""Words everyone shares: assurance, clock, tokens, secrets, errors, reasons. Pure; imports nothing of ours."""
