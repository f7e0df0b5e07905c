"""What the document of the account's API says of it as a whole."""

from collections.abc import Mapping

from idp.account.api.model import Problem
from idp.web.api.description import Api
from idp.web.api.operation import Operation

ROOT = "/account/api"


def _refusals(operation: Operation) -> Mapping[str, str]:
    found = {
        "400": "what was sent is malformed",
        "401": "nobody is signed in",
        "403": "a proof is missing, or the request did not come from a page of this origin",
        "404": "there is no such thing of this person's",
        "409": "a rule needs it, or the password would stand alone (`password_alone`)",
        "422": "it may not be, and why",
        "503": "the service is busy; Retry-After says for how long",
    }
    return found | ({"415": "the body is no application/json"} if operation.takes is not None else {})


def _further(operation: Operation) -> Mapping[str, str]:
    return {"description": f"Needs what the policy asks for `{operation.action}`."} if operation.action else {}


API = Api(
    title="Account",
    about=(
        "For pages of the same origin, in the session of whoever is signed in. Whatever changes something must be sent "
        "as application/json by a page of ours, which browsers say in Origin or Sec-Fetch-Site."
    ),
    root=ROOT,
    problem=Problem,
    refusals=_refusals,
    further=_further,
)
