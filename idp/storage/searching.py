"""Looking for a piece of text: what was typed is text, never a pattern."""


def literal(text: str) -> str:
    """Return a LIKE pattern, escaped by a backslash, of exactly this text."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def containing(text: str) -> str:
    """Return the pattern of what contains `text`; an empty text is in everything."""
    return f"%{literal(text)}%"
