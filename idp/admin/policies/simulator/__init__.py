"""The simulator: what a policy would say to somebody, somewhere, with some proofs."""
