"""The seam through which every text of a page goes: `_("…")` now returns English, catalogues come behind it.

Values are put in by name, so that a translation may reorder them; the result is plain text and Jinja escapes all of it.
"""


def translate(text: str, **values: object) -> str:
    """Return the text in the page's language with its values put in."""
    return text % values if values else text


def minutes_left(seconds: float) -> str:
    """Return how long to wait, in words (pages.md, Behave)."""
    if seconds < 60:
        count = max(1, round(seconds))
        return translate("1 second") if count == 1 else translate("%(count)s seconds", count=count)
    count = -int(-seconds // 60)
    return translate("1 minute") if count == 1 else translate("%(count)s minutes", count=count)
