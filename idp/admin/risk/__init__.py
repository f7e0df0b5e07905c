"""What the risk score does here, and what another share of challenges would do."""
