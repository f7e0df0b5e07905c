"""Which other origins' scripts may read our answers (SES-17).

Public documents: any, without credentials. `/token` and `/userinfo`: only the origins of the client's own redirection
URIs. Nothing else sends such headers, `/authorize` least of all (RFC 9700 §2.6).
"""

from collections.abc import Iterable

from idp.oidc.redirects import origin_of
from idp.records.clients.model import Client
from idp.web.wire import Pairs, Request

ANYONE: Pairs = (("Access-Control-Allow-Origin", "*"),)
_VARIES: Pairs = (("Vary", "Origin"),)


def for_clients(request: Request, clients: Iterable[Client]) -> Pairs:
    """Return the headers that let a script of one of these clients read the answer, and nobody else's."""
    origin = request.headers.get("origin", "")
    if not origin:
        return _VARIES
    own = {origin_of(uri) for client in clients for uri in client.redirect_uris}
    return (("Access-Control-Allow-Origin", origin), *_VARIES) if origin in own else _VARIES
