"""Policy bundles by content hash, and which one is live."""
