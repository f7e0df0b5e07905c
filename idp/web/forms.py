"""Reading the form of a page: one value a field, clean text only.

Whatever a database or library might choke on (NUL, lone surrogates) is answered 400 here, for every field of every page
alike, never 500.
"""

from collections.abc import Mapping

from flask import Request

from idp.core.errors import PageError
from idp.web.pairs import is_clean
from idp.web.wire import Pairs


def read_form(request: Request) -> Mapping[str, str]:
    """Return the posted fields of a request of Flask's. Raises PageError as `form_of` does."""
    return form_of(tuple(request.form.items(multi=True)))


def form_of(pairs: Pairs) -> Mapping[str, str]:
    """Return posted fields by name. Raises PageError for a field sent twice and for text that is not clean."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise PageError("invalid_request", "a field was sent twice")
    if not all(is_clean(name) and is_clean(value) for name, value in fields.items()):
        raise PageError("invalid_request", "a field holds characters that are not text")
    return fields
