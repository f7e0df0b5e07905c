"""The texts of one language: `_("…")` in a template and in Python is `gettext` of a `Texts` that was passed in.

English is the source and needs no catalogue. Values are put in by name, so that a translation may reorder them; the
result is plain text and Jinja escapes all of it. Sentences are whole: nothing is glued together from pieces, and what
depends on a number goes through `ngettext`.
"""

from gettext import NullTranslations

from babel import Locale

SOURCE = "en"
"""The language that texts are written in."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


class Texts:
    """What is said in one language, and how."""

    def __init__(self, tag: str, catalogue: NullTranslations | None = None) -> None:
        self._locale = locale = Locale.parse(tag, sep="-")
        self.tag = tag
        """BCP 47, for `<html lang>`."""
        self.name = locale.get_display_name() or tag
        """What the language calls itself."""
        self.direction = locale.text_direction
        self._catalogue = catalogue or NullTranslations()

    def gettext(self, text: str, **values: object) -> str:
        """Return the text with its values put in."""
        said = self._catalogue.gettext(text)
        return said % values if values else said

    def ngettext(self, one: str, many: str, count: int, **values: object) -> str:
        """Return the text in the form that goes with `count`, which is put in beside the other values."""
        return self._catalogue.ngettext(one, many, count) % {"count": count, **values}

    def country(self, code: str) -> str:
        """Return what a country is called, by its code (ISO 3166-1 alpha-2); empty where it is not known."""
        return str(self._locale.territories.get(code, ""))

    def minutes_left(self, seconds: float) -> str:
        """Return how long to wait, in words, never too short (pages.md, Behave)."""
        if seconds < _MINUTE:
            return self.ngettext("%(count)s second", "%(count)s seconds", max(1, round(seconds)))
        if seconds < 2 * _HOUR:
            return self.ngettext("%(count)s minute", "%(count)s minutes", _up(seconds, _MINUTE))
        if seconds < 2 * _DAY:
            return self.ngettext("%(count)s hour", "%(count)s hours", _up(seconds, _HOUR))
        return self.ngettext("%(count)s day", "%(count)s days", _up(seconds, _DAY))


def _up(seconds: float, unit: int) -> int:
    return -int(-seconds // unit)
