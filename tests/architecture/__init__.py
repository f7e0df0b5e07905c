"""The shape of the house: what imports what, how long modules are, what the wheel holds."""
