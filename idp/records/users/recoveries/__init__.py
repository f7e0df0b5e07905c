"""Recoveries: what somebody regained by fewer ways than they had, and until when it cools off."""
