"""What a person wants pages to look like, kept in their browser: a theme and a language.

Both are set by one plain form in the footer of every page, without JavaScript. Such a POST can do no harm beyond a
colour, and pages without any secret have the form too, so there is no token: instead the browser itself must say that
the form is ours (`Origin`, or `Sec-Fetch-Site: same-origin`). A choice of language also remembers the page it was made
on, because there it goes before what an application asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from flask import Blueprint, Response, request

from idp.core.errors import PageError
from idp.core.tokens import digest
from idp.web.cookies import CookieChange, Cookies, Jar
from idp.web.csrf import Csrf
from idp.web.forms import read_form
from idp.web.own_path import is_own_path

PATH = "/preferences"
LASTS = timedelta(days=365)
_MARK_LENGTH = 16


class Theme(StrEnum):
    """Light, dark, or whatever the device is set to."""

    LIGHT = "light"
    DARK = "dark"
    DEVICE = "device"


_THEMES = {theme.value: theme for theme in Theme}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What the cookies say; nothing is chosen where they say nothing that we know."""

    theme: Theme = Theme.DEVICE
    language: str = ""
    page: str = ""
    """A mark of the path of the page on which the language was chosen."""

    def is_chosen_at(self, path: str) -> bool:
        """Tell whether the language was chosen on this page."""
        return self.page == _mark(path)


def preferences_of(brought: Mapping[Jar, str]) -> Preferences:
    """Return what the cookies of a browser say."""
    theme = _THEMES.get(brought.get(Jar.THEME, ""), Theme.DEVICE)
    language, _, page = brought.get(Jar.LANGUAGE, "").partition(".")
    return Preferences(theme=theme, language=language, page=page)


def blueprint(*, cookies: Cookies, csrf: Csrf, languages: frozenset[str]) -> Blueprint:
    """Return the one address that keeps a choice and goes back to the page."""
    views = Blueprint("preferences", __name__)

    @views.post(PATH)
    def keep() -> Response:
        csrf.require_origin(request)
        form = read_form(request)
        back = form.get("back", "")
        if not is_own_path(back):
            raise PageError("invalid_request", "the way back is not a page of this service")
        response = Response(status=303, headers={"Location": back})
        cookies.apply(response, _changes(form.get("theme", ""), form.get("language", ""), back, languages))
        return response

    return views


def _changes(theme: str, language: str, back: str, languages: frozenset[str]) -> tuple[CookieChange, ...]:
    """Return the cookies of one choice. Raises PageError for what cannot be chosen."""
    if theme in _THEMES and not language:
        return (CookieChange(jar=Jar.THEME, value="" if theme == Theme.DEVICE else theme, lasts=LASTS),)
    if language in languages and not theme:
        chosen = f"{language}.{_mark(back.partition('?')[0])}"
        return (CookieChange(jar=Jar.LANGUAGE, value=chosen, lasts=LASTS),)
    raise PageError("invalid_request", "no such theme or language")


def _mark(path: str) -> str:
    return digest(path)[:_MARK_LENGTH]
