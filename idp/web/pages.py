"""Renders pages: one nonce a page, the headers of its class, strict templates.

`prepare` makes a Flask app ready for our pages; whoever builds the app calls it once.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import Flask, Response, request
from jinja2 import Environment, StrictUndefined, TemplateSyntaxError

from idp.core.errors import ConfigError, Problem
from idp.core.tokens import Tokens
from idp.web import errors, preferences
from idp.web.agents import agent_words
from idp.web.compiled import COMPILED
from idp.web.cookies import Cookies
from idp.web.csrf import Csrf
from idp.web.current import HINTS, asked
from idp.web.headers import PageClass, content_security_policy, headers_of
from idp.web.headers import install as install_headers
from idp.web.languages import choose, wanted
from idp.web.own_path import path_of
from idp.web.speaking import Speaking
from idp.web.static_files import StaticFiles
from idp.web.texts import Texts
from idp.web.wire import Pairs, Request
from idp.web.wire import Response as Answer
from idp.web.wsgi import MAX_BODY, most_of

MAX_FORM_PARTS = 50


class Pages:
    """Renders a template into a response."""

    def __init__(self, *, tokens: Tokens, cookies: Cookies, catalogues: Mapping[str, Texts]) -> None:
        self._tokens = tokens
        self._cookies = cookies
        self._catalogues = catalogues
        self._environments: Mapping[str, Environment] = {}

    def adopt(self, base: Environment) -> frozenset[str]:
        """Take the templates of an app, once, and return the tags of the languages that its pages speak.

        Each language has an environment of its own, so that every macro speaks it, however it was imported.
        """
        catalogues = self._catalogues
        names = tuple((texts.tag, texts.name) for texts in catalogues.values())
        self._environments = {tag: _speaking(base, texts, names) for tag, texts in catalogues.items()}
        return frozenset(catalogues)

    def compile(self) -> None:
        """Compile what people meet before they are signed in, in every language. Raises ConfigError for a mistake.

        Left to whoever comes first, each thread of a server compiles the same page when many come at once after a
        start, and everybody else waits behind them.
        """
        try:
            for environment in self._environments.values():
                for name in environment.list_templates(filter_func=_is_met_first):
                    environment.get_template(name)
        except TemplateSyntaxError as error:
            file = error.filename or error.name or ""
            raise ConfigError([Problem(error.message or "", file=file, line=error.lineno)]) from None

    def render(
        self,
        template: str,
        *,
        status: int = 200,
        page: PageClass = PageClass.OWN,
        values: Mapping[str, Any],
        locales: tuple[str, ...] = (),
    ) -> Response:
        """Return the page that answers the request which Flask holds, as `draw` does."""
        body, headers = self._drawn(asked(request), template, page, values, locales)
        return Response(body, status=status, headers=headers)

    def draw(
        self,
        to: Request,
        template: str,
        *,
        status: int = 200,
        page: PageClass,
        values: Mapping[str, Any],
        locales: tuple[str, ...] = (),
    ) -> Answer:
        """Return the page that answers a request at the router, whole; an application may ask for `locales`."""
        body, headers = self._drawn(to, template, page, values, locales)
        secured = headers_of(headers, is_https=self._cookies.is_secure)
        return Answer(status=status, body=body.encode(), headers=secured)

    def _drawn(
        self, to: Request, template: str, page: PageClass, values: Mapping[str, Any], locales: tuple[str, ...]
    ) -> tuple[str, Pairs]:
        """Return a page, with a fresh nonce for its scripts and styles, and the headers of its own."""
        nonce = self._tokens.token()
        kept = preferences.preferences_of(self._cookies.brought(to.headers.get("cookie", "")))
        wants = wanted(to.headers.get("accept-language", ""), kept, path=to.path)
        language = choose(wants, available=self._environments, asked=locales)
        shown = {**values, "nonce": nonce, "theme": kept.theme, "back": path_of(to)}
        headers: Pairs = (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Security-Policy", content_security_policy(page, nonce=nonce)),
            ("Content-Language", language),
            ("Vary", "Cookie, Accept-Language"),
        )
        if page is PageClass.INTERACTION:
            # Asked on the page, told with the answer, which is when it is looked at: no need for Critical-CH.
            headers = (*headers, ("Accept-CH", HINTS))
        return self._environments[language].get_template(template).render(shown), headers

    def leave(self, url: str, fields: Mapping[str, str] | None = None) -> Response:
        """Send the browser away: 303 (RFC 9700 §4.12), or a page that posts the fields, with and without scripts.

        OAuth 2.0 Form Post Response Mode §2. Such a page has no `form-action`, as it goes to the relying party.
        """
        if fields is None:
            return Response(status=303, headers={"Location": url})
        return self.render("form_post.html", page=PageClass.INTERACTION, values={"url": url, "fields": fields})


def prepare(
    app: Flask,
    *,
    pages: Pages,
    tokens: Tokens,
    cookies: Cookies,
    csrf: Csrf,
    own_names: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> None:
    """Bound the app's forms, make its templates strict, and mount all that every page needs.

    `own_names` says, by language, what people call the factors that are not shipped.
    """
    files = StaticFiles()
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.before_request(_bound)
    # A doubled or a missing slash would be answered by a redirect to whatever the Host header says (SES-18), by 308 at
    # that, which sends a form on.
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = False
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(static=files.url, own_names=own_names)
    app.jinja_env.filters["agent"] = agent_words
    app.jinja_env.globals.setdefault("sign_up", "")  # where people sign up; whoever builds the app may say
    app.jinja_env.globals.setdefault("service", "")  # the name under which people know it
    app.register_blueprint(files.blueprint())
    app.register_blueprint(preferences.blueprint(cookies=cookies, csrf=csrf, languages=pages.adopt(app.jinja_env)))
    install_headers(app, is_https=cookies.is_secure)
    errors.install(app, render=pages.render, tokens=tokens)


def _bound() -> None:
    """Let a form be as large as its path may have it."""
    request.max_content_length = request.max_form_memory_size = most_of(request.path)


def _is_met_first(name: str) -> bool:
    """Tell whether a template is of the sign-in, or of what every page stands on."""
    return name.endswith(".html") and (name.startswith("login/") or "/" not in name)


def _speaking(base: Environment, texts: Texts, names: tuple[tuple[str, str], ...]) -> Environment:
    speaking = base.overlay()
    speaking.code_generator_class = Speaking
    speaking.bytecode_cache = COMPILED[texts.tag]
    speaking.globals = {
        **base.globals,
        "_": texts.gettext,
        "ngettext": texts.ngettext,
        "minutes_left": texts.minutes_left,
        "language": texts.tag,
        "direction": texts.direction,
        "languages": names,
    }
    return speaking
