"""Logout that a relying party begins (OpenID Connect RP-Initiated Logout 1.0)."""
