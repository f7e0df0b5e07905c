"""Decision records: enough to compute each decision again."""
