"""Opaque access tokens that clients hold on their own, with no person behind them (RFC 6749 §4.4)."""
