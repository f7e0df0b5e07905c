"""Access tokens that were revoked one by one, before their end."""
