"""For other people's APIs and relying parties: verify access tokens, ask for a step-up, answer that question.

Imports `idp.core` alone of this product. Works in any WSGI or ASGI application; only `flask.py` needs Flask.

An API states what an endpoint requires, and its callers learn from the refusal what would do (RFC 6750, RFC 9470):

>>> from idp.resource_server import Requirement, ResourceServer
>>> server = ResourceServer("https://idp.example", "https://api.example")
>>> transfer = Requirement(acr_values=["urn:idp:acr:mfa"], max_age=300, scopes=["transfer"])
>>> server.admit([], transfer).www_authenticate
'Bearer'
>>> server.admit(["Bearer opaque"], transfer).www_authenticate
'Bearer error="invalid_token", error_description="The access token is expired, revoked or not for this API"'

In Flask, as a decorator below the route::

    from idp.resource_server.flask import Protect

    protect = Protect(server)

    @app.post("/transfer")
    @protect.require(acr_values=["urn:idp:acr:mfa"], max_age=300, scopes=["transfer"])
    def transfer():
        return {"by": protect.token.sub}

Elsewhere, as middleware with rules by path; what no rule names needs a good token all the same::

    from idp.resource_server.wsgi import ProtectedWSGI       # asgi.ProtectedASGI takes the same arguments
    from idp.resource_server.rules import Rule

    rules = [Rule("/health", None), Rule("/transfer", transfer, frozenset({"POST"}))]
    app = ProtectedWSGI(app, server, rules=rules)

A relying party whose call was refused sends its person round once, with what the API asked for:

>>> from idp.resource_server import StepUp
>>> step_up = StepUp(acr_satisfied_by={"urn:idp:acr:mfa": ["urn:idp:acr:mfa", "phr", "phrh"]})
>>> refusal = 'Bearer error="insufficient_user_authentication", acr_values="urn:idp:acr:mfa", max_age="300"'
>>> answer = step_up.answer(refusal, state="")
>>> answer.parameters
{'acr_values': 'urn:idp:acr:mfa', 'max_age': '300'}

`answer.state` belongs in the session, and `state=` brings it back next time together with `held=`, the claims of the
newest ID token. When the API accepts, drop it. When it refuses a token as strong as it asked for, `answer` raises
StepUpLoopError instead of making a loop. (Scripts in a browser see the header of another origin only if that origin
exposes it, `Access-Control-Expose-Headers: WWW-Authenticate`; the JSON body of a refusal says the same.)

What is verified: RFC 9068 tokens (`at+jwt`, RS256, PS256, ES256, EdDSA), by keys that are fetched, kept and renewed
here; opaque tokens by introspection, if the API has a client of its own (`client_id`, `client_secret`). A token bound
to a key (DPoP, mTLS) is refused, as this package proves no such binding. `max_age` is 60 seconds at least.
"""

from idp.resource_server.errors import (
    InvalidTokenError,
    MalformedChallengeError,
    ProviderUnavailableError,
    ResourceServerError,
    StepUpLoopError,
)
from idp.resource_server.fetch import Fetched, Fetcher, UrllibFetcher
from idp.resource_server.model import Challenge, Requirement, VerifiedToken
from idp.resource_server.relying_party import StepUp, StepUpAnswer, StepUpChallenge, parse_step_up
from idp.resource_server.server import ResourceServer

__all__ = [
    "Challenge",
    "Fetched",
    "Fetcher",
    "InvalidTokenError",
    "MalformedChallengeError",
    "ProviderUnavailableError",
    "Requirement",
    "ResourceServer",
    "ResourceServerError",
    "StepUp",
    "StepUpAnswer",
    "StepUpChallenge",
    "StepUpLoopError",
    "UrllibFetcher",
    "VerifiedToken",
    "parse_step_up",
]
