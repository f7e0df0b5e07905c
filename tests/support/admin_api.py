"""The admin API as programs call it: with a token of a client's own, or with one that an administrator let it have."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from idp.records.clients import own_api
from tests.support.browser import FORM, Page
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import basic
from tests.support.transport import Transport

ROOT = own_api.PATH
ALL = " ".join(own_api.SCOPES)


@dataclass(frozen=True)
class Api:
    """The API in the hands of somebody with a token."""

    transport: Transport
    issuer: str
    token: str

    def call(self, verb: str, path: str, body: Any = None, **headers: str) -> Page:
        """Call an operation; names of headers are written with `_`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        url = self.issuer + ROOT + path
        return Page(verb, url, self.transport.send(verb, url, list(sent.items()), content))

    def get(self, path: str, **query: Any) -> Any:
        """Return what a look gives."""
        page = self.call("GET", path + (f"?{urlencode(query)}" if query else ""))
        assert page.status == 200, page
        return page.json()

    def do(self, verb: str, path: str, body: Any = None, **headers: str) -> Any:
        """Return what a change gives."""
        page = self.call(verb, path, body, **headers)
        assert page.status in {200, 201, 204}, page
        return page.json() if page.status != 204 else None

    def tag(self, path: str) -> str:
        """Return the tag of what is there now."""
        return self.call("GET", path).header("etag")


def robot(provider: Provider, scope: str = ALL, *, client_id: str = "robot", **changes: Any) -> Api:
    """Return the API in the hands of a client that acts for itself."""
    provider.add_client(
        client_id,
        **{
            "grant_types": ("client_credentials",),
            "response_types": (),
            "scope": tuple(scope.split()),
            "audience": own_api.audience(provider.issuer),
        }
        | changes,
    )
    return Api(provider.transport, provider.issuer, own_token(provider, client_id))


def own_token(provider: Provider, client_id: str, **fields: str) -> str:
    """Return a token of a client's own."""
    secret = provider.parties[client_id].secret
    headers = [("Content-Type", FORM), ("Authorization", basic(client_id, secret))]
    body = urlencode({"grant_type": "client_credentials", **fields}).encode()
    reply = provider.transport.send("POST", f"{provider.issuer}/token", headers, body)
    assert reply.status == 200, reply
    return str(json.loads(reply.body)["access_token"])


def administrator(provider: Provider, role: str, scope: str = ALL, **parameters: str) -> Api:
    """Return the API in the hands of an administrator of this role, who has just proved what is asked."""
    person = provider.add_person(f"the-{role}", has_totp=True, roles=(role,))
    return Api(provider.transport, provider.issuer, persons_token(provider, person, scope, **parameters))


def persons_token(provider: Provider, person: Person, scope: str = ALL, **parameters: str) -> str:
    """Return a token that a person has let a client have; both kinds of proof unless `acr_values` says otherwise."""
    party = provider.add_client("deck", scope=("openid", *own_api.SCOPES), audience=own_api.audience(provider.issuer))
    asked: Mapping[str, str] = {"acr_values": "urn:idp:acr:mfa", "scope": f"openid {scope}"} | parameters
    return provider.sign_in(provider.browser(), party, person, **asked).access_token
