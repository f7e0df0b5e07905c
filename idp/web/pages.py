"""Renders pages: one nonce a page, the headers of its class, strict templates.

`prepare` makes a Flask app ready for our pages; whoever builds the app calls it once.
"""

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, render_template
from jinja2 import StrictUndefined

from idp.core.tokens import Tokens
from idp.web import errors, headers
from idp.web.headers import PageClass, content_security_policy
from idp.web.static_files import StaticFiles
from idp.web.texts import minutes_left, translate
from idp.web.wsgi import MAX_BODY

MAX_FORM_PARTS = 50


class Pages:
    """Renders a template into a response."""

    def __init__(self, *, tokens: Tokens) -> None:
        self._tokens = tokens

    def render(
        self, template: str, *, status: int = 200, page: PageClass = PageClass.OWN, values: Mapping[str, Any]
    ) -> Response:
        """Return the page, with a fresh nonce for its scripts and styles."""
        nonce = self._tokens.token()
        response = Response(render_template(template, **values, nonce=nonce), status=status)
        response.headers["Content-Security-Policy"] = content_security_policy(page, nonce=nonce)
        return response

    def leave(self, url: str, fields: Mapping[str, str] | None = None) -> Response:
        """Send the browser away: 303 (RFC 9700 §4.12), or a page that posts the fields, with and without scripts.

        OAuth 2.0 Form Post Response Mode §2. Such a page has no `form-action`, as it goes to the relying party.
        """
        if fields is None:
            return Response(status=303, headers={"Location": url})
        return self.render("form_post.html", page=PageClass.INTERACTION, values={"url": url, "fields": fields})


def prepare(app: Flask, *, pages: Pages, tokens: Tokens, is_https: bool) -> None:
    """Bound the app's forms, make its templates strict, and mount static files, headers and error pages."""
    files = StaticFiles()
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        PROPAGATE_EXCEPTIONS=False,
    )
    # A doubled slash would be answered by a redirect to whatever the Host header says (SES-18), and by 308 at that.
    app.url_map.merge_slashes = False
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(_=translate, static=files.url, minutes_left=minutes_left)
    app.register_blueprint(files.blueprint())
    headers.install(app, is_https=is_https)
    errors.install(app, render=pages.render, tokens=tokens)
