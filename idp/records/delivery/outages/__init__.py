"""Channels whose carrier cannot be reached: the breaker that all processes share."""
