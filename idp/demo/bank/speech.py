"""Which language the bank speaks: its visitor's, found as the provider's pages find theirs, in catalogues of its own.

The bank asks the provider for the same one (`ui_locales`, OIDC Core 1.0 §3.1.2.1): nobody changes languages half-way.
"""

from pathlib import Path
from typing import Any

from flask import Flask, Response, request

from idp.web.languages import choose, read_catalogues, wanted
from idp.web.preferences import Preferences
from idp.web.texts import Texts

FOLDER = Path(__file__).parent / "locale"


def spoken() -> Texts:
    """Return the texts in the language that the browser asks for (RFC 9110 §12.5.4)."""
    catalogues = read_catalogues(FOLDER)
    wants = wanted(request.headers.get("Accept-Language", ""), Preferences(), path=request.path)
    return catalogues[choose(wants, available=catalogues)]


def install(app: Flask) -> None:
    """Give every template its words, and say of every page which language it is in."""
    app.context_processor(_words)
    app.after_request(_labelled)


def _words() -> dict[str, Any]:
    texts = spoken()
    return {"_": texts.gettext, "ngettext": texts.ngettext, "language": texts.tag, "direction": texts.direction}


def _labelled(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.content_language.add(spoken().tag)
        response.vary.add("Accept-Language")
    return response
