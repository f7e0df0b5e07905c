"""From a WSGI environment to our own request and back: bounds first, then parsing.

Every limit lives here: the header block, the query, the body. What breaks one is answered 4xx before any handler runs.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from idp.web.address import ENVIRON_KEY
from idp.web.pairs import MAX_QUERY, MalformedError, parse_pairs, query_of
from idp.web.wire import Pairs, Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

MAX_BODY = 64 * 1024
"""Bytes of a request body."""
MAX_POLICY = 1024 * 1024
"""Of a form that holds a whole policy."""
_POLICIES = "/admin/policies/"
MAX_HEADERS = 32 * 1024
"""Bytes of all header values together."""

_BARE = ("CONTENT_TYPE", "CONTENT_LENGTH")
"""Headers that WSGI names without its prefix (PEP 3333)."""
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
_FORM = "application/x-www-form-urlencoded"
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_FRAMED = ("HTTP/1.0", "HTTP/1.1")
"""Versions in which a body without a length is announced by a transfer coding."""

Environ = Mapping[str, Any]
WSGIApp = Callable[[dict[str, Any], "StartResponse"], Iterable[bytes]]


class RefusedError(Exception):
    """The request breaks a bound of HTTP itself."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


def check_bounds(environ: Environ) -> None:
    """Refuse a header block or a query beyond its bound. Raises RefusedError."""
    # Servers put their own variables among the headers; where a name is looked at costs more than how long values are.
    if sum([len(environ[name]) for name in environ if "HTTP_" in name]) > MAX_HEADERS:
        raise RefusedError(431)
    if len(environ.get("QUERY_STRING", "")) > MAX_QUERY:
        raise RefusedError(414)
    length = environ.get("CONTENT_LENGTH")
    if not length:
        return
    if not _LENGTH.fullmatch(str(length)):
        raise RefusedError(400)
    if int(length) > most_of(str(environ.get("PATH_INFO", ""))):
        raise RefusedError(413)


def most_of(path: str) -> int:
    """Return how many bytes a body may have that is sent to a path."""
    return MAX_POLICY if path.startswith(_POLICIES) else MAX_BODY


def read_request(environ: Environ) -> Request:
    """Return the request, fully read and parsed. Raises RefusedError or MalformedError."""
    body = _body(environ)
    return Request(
        method=str(environ["REQUEST_METHOD"]),
        path=str(environ.get("PATH_INFO", "")),
        headers=Headers(environ),
        query=query_of(environ),
        form=parse_pairs(body) if body and _is_form(environ) else (),
        address=str(environ.get(ENVIRON_KEY, "")),
        query_string=str(environ.get("QUERY_STRING", "")),
    )


def respond(response: Response, start_response: "StartResponse", *, with_body: bool = True) -> Iterable[bytes]:
    """Send a response through WSGI; HEAD gets the headers alone (RFC 9110 §9.3.2)."""
    headers = [*response.headers, ("Content-Length", str(len(response.body)))]
    start_response(_status_line(response.status), headers)
    return [response.body] if with_body else []


class Headers(Mapping[str, str]):
    """The headers of a WSGI environment by their names in lower case, read where they stand when they are asked for."""

    __slots__ = ("_environ",)

    def __init__(self, environ: Environ) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        """Return the value; several of one name are joined by the server. Raises KeyError."""
        return str(self._environ[_key(name)])

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value, or `default` where there is no such header: most that are asked for are not there."""
        value = self._environ.get(_key(name))
        return default if value is None else str(value)

    def __iter__(self) -> Iterator[str]:
        for name in self._environ:
            if name.startswith("HTTP_") or name in _BARE:
                yield name.removeprefix("HTTP_").replace("_", "-").lower()

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        """Tell that there are headers: HTTP has no request without one, and nobody need count them."""
        return True


@lru_cache(maxsize=256)
def _key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in _BARE else "HTTP_" + key


def _is_form(environ: Environ) -> bool:
    return str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower() == _FORM


@lru_cache(maxsize=64)
def _status_line(status: int) -> str:
    return f"{status} {_REASONS.get(status, 'Unknown')}"


def _body(environ: Environ) -> bytes:
    """Read the body within its bound; without a length only where the server ends the stream itself."""
    length = environ.get("CONTENT_LENGTH")
    if length:
        body = _read(environ, int(length))
        if len(body) < int(length):
            raise MalformedError("the body ended early")
        return body
    if not environ.get("wsgi.input_terminated") or _is_bare(environ):
        return b""
    body = _read(environ, MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise RefusedError(413)
    return body


def _is_bare(environ: Environ) -> bool:
    """Tell whether a GET can have no body (RFC 9112 §6.3): to ask the server for it costs as much as the answer."""
    is_framed = environ.get("SERVER_PROTOCOL") in _FRAMED and "HTTP_TRANSFER_ENCODING" not in environ
    return is_framed and environ["REQUEST_METHOD"] == "GET"


def _read(environ: Environ, size: int) -> bytes:
    """Read up to `size` bytes; a server may hand them out in pieces."""
    parts: list[bytes] = []
    while size > 0:
        part: bytes = environ["wsgi.input"].read(size)
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


NO_STORE: Pairs = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
"""RFC 6749 §5.1: no answer that may carry a token is kept."""
