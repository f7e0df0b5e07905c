"""The way back to a page of ours, whatever a form or a URL was made to look like.

A path is ours when a browser can only take it for a path: printable ASCII, one slash first, no backslash anywhere
(SES-19).
"""

import re
from urllib.parse import quote

from idp.web.wire import Request

LONGEST = 2000
"""Characters of a way back; a longer one loses its query."""

_OWN = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", re.ASCII)


def is_own_path(text: str) -> bool:
    """Tell whether a redirect to this text stays here."""
    return _OWN.fullmatch(text) is not None


def path_of(request: Request) -> str:
    """Return the path, with its query, under which GET shows the page that answers this request."""
    path = quote(request.path)
    query = request.query_string if request.method in {"GET", "HEAD"} else ""
    whole = f"{path}?{query}" if query else path
    ways = (way for way in (whole, path) if is_own_path(way) and len(way) <= LONGEST)
    return next(ways, "/")
