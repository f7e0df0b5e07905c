"""For other people's APIs: verify tokens, answer RFC 9470 challenges. Imports core alone."""
