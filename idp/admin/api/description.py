"""What the document of the admin API says of it as a whole, and of each operation beside its types."""

from collections.abc import Mapping
from typing import Any

from idp.admin.api.answers import MEDIA
from idp.admin.api.calls import AdminOperation, Problem
from idp.records.clients.own_api import PATH, SCOPES
from idp.web.api.description import Api

_SCHEME = "token"
_ABOUT = (
    "All that the console does, by the same rules. The access token names this API as its audience and has a scope "
    "that the operation asks for. Behind a person's token their role in the console decides, and the same proofs are "
    "asked as there: what is missing is told as RFC 9470 has it. A client may also have tokens of its own "
    "(client_credentials). Lists come in pages: `next` is the `cursor` of the one behind. What changes something that "
    "was read takes its `ETag` in `If-Match`; what makes something takes an `Idempotency-Key`, under which a second "
    "try is answered as the first was, for a day. Refusals are problem details (RFC 9457)."
)


def _refusals(operation: AdminOperation) -> Mapping[str, str]:
    found = {
        "400": "what was sent is malformed",
        "401": "no token that counts here, or the person behind it must prove more",
        "403": "a scope is missing, or the role does not allow it",
        "503": "the service is busy; Retry-After says for how long",
    }
    if "{" in operation.path:
        found["404"] = "there is no such thing"
    if operation.takes is not None:
        found |= {"415": "the body is no application/json", "422": "it may not be, and why"}
    if operation.is_new:
        found["422"] = "it may not be, and why; or the key was sent with another call"
    if operation.is_conditional:
        found |= {"412": "it has changed since it was read", "428": "If-Match is missing"}
    return {**found, **operation.refusals}


def _further(operation: AdminOperation) -> Mapping[str, Any]:
    proofs = f" Proofs: what the policy asks for `{operation.action}`."
    return {
        "description": f"Role: `{operation.permission}`.{proofs}",
        "security": [{_SCHEME: [scope]} for scope in operation.scopes],
        "parameters": _headers(operation),
        **({"status": "201"} if operation.is_new else {}),
        **({"answer": _TAGGED} if operation.is_tagged else {}),
    }


def _headers(operation: AdminOperation) -> list[dict[str, Any]]:
    found = []
    if operation.is_conditional:
        found.append({**_header("If-Match", "The ETag of what was read"), "required": True})
    if operation.is_new:
        found.append(_header("Idempotency-Key", "One for each call that is to be done once"))
    return found


def _header(name: str, text: str) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": 200}
    return {"name": name, "in": "header", "description": text, "schema": schema}


_TAGGED = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "For If-Match"}}}
API = Api(
    title="Admin",
    about=_ABOUT,
    root=PATH,
    problem=Problem,
    problem_media=MEDIA,
    security={
        _SCHEME: {
            "type": "oauth2",
            "flows": {
                "clientCredentials": {"tokenUrl": "/token", "scopes": dict.fromkeys(SCOPES, "")},
                "authorizationCode": {
                    "authorizationUrl": "/authorize",
                    "tokenUrl": "/token",
                    "scopes": dict.fromkeys(SCOPES, ""),
                },
            },
        }
    },
    refusals=_refusals,
    further=_further,
)
