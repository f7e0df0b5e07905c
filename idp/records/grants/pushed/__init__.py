"""Authorization requests that clients have pushed, until a browser brings their reference (RFC 9126)."""
