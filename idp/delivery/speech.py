"""The languages that gateways read aloud: what a message's tag is called by those that want a region too."""

_SPOKEN = {"en": "en-US", "ja": "ja-JP"}


def spoken(language: str) -> str:
    """Return the tag of the voice that reads this language."""
    return _SPOKEN.get(language, language)
