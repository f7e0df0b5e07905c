"""Relying parties: RFC 7591 metadata and hashed secrets."""
