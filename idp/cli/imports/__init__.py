"""`idp user import`: many people at once, with what proves them elsewhere (E8)."""
