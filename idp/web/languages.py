"""Which languages there are, and which one a page speaks.

The catalogues are `locale/<tag>.po`, read once a process: a file more is a language more. A page of an interaction
follows what the person chose on this very page, then what the application asked for (`ui_locales`, OIDC Core 1.0
§3.1.2.1), then an earlier choice, then the browser (RFC 9110 §12.5.4), then English. Tags are looked up as RFC 4647
§3.4 says: `ja-JP` finds `ja`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from idp.web.preferences import Preferences
from idp.web.texts import SOURCE, Texts

FOLDER = Path(__file__).parent / "locale"
_LONGEST_TAG = 64
"""Characters; of an endless one every part would be looked up with all before it."""
_SHORT = 200
"""Characters of a header that is read once for all who send the same: browsers say few things."""


@cache
def read_catalogues(folder: Path = FOLDER) -> Mapping[str, Texts]:
    """Return the texts of every language by its tag, English first."""
    languages = {SOURCE: Texts(SOURCE)}
    for path in sorted(folder.glob("*.po")):
        compiled = BytesIO()
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, locale=path.stem.replace("-", "_")))
        compiled.seek(0)
        languages[path.stem] = Texts(path.stem, GNUTranslations(compiled))
    return MappingProxyType(languages)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The languages that a browser wants, the most wanted first, on either side of what an application asks for."""

    here: tuple[str, ...] = ()
    """Chosen on this very page."""
    anywhere: tuple[str, ...] = ()


def wanted(accepts: str, preferences: Preferences, *, path: str) -> Wanted:
    """Return what a browser wants by its `Accept-Language` header and what was chosen in it; `path` is the page's."""
    accepted = _remembered(accepts) if len(accepts) <= _SHORT else _accepted(accepts)
    if not preferences.language:
        return Wanted(anywhere=accepted)
    chosen = (preferences.language,)
    return Wanted(chosen if preferences.is_chosen_at(quote(path)) else (), (*chosen, *accepted))


def _accepted(header: str) -> tuple[str, ...]:
    return tuple(tag for tag, quality in parse_accept_header(header, LanguageAccept) if quality > 0)


_remembered = lru_cache(maxsize=256)(_accepted)


def choose(wants: Wanted, *, available: Iterable[str], asked: Iterable[str] = ()) -> str:
    """Return the tag of the language that what answers such a browser speaks."""
    known = {tag.lower(): tag for tag in available}
    found = (_lookup(tag, known) for tag in (*wants.here, *asked, *wants.anywhere))
    return next(filter(None, found), SOURCE)


def _lookup(tag: str, known: Mapping[str, str]) -> str:
    """Return the known tag that is nearest to the one wanted: subtags are dropped from its end (RFC 4647 §3.4)."""
    parts = tag.lower().replace("_", "-").split("-") if len(tag) <= _LONGEST_TAG else []
    while parts:
        if found := known.get("-".join(parts)):
            return found
        parts.pop()
    return ""
