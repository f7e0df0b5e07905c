"""What people have allowed third-party clients."""
