"""The parts of a policy as forms: another view of the same text, of which only what a form changes is rewritten."""
