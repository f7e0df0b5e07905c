"""A sign-in that administrators try at an application as themselves: asked and decided as anybody's, nothing issued.

It is an interaction like those of the application, and ends in the page of its decision instead of a code. Whoever is
signed in, and nobody else, may answer it.
"""

from urllib.parse import quote, urlencode

import msgspec

from idp.login.begun import Asked, Finished, Unable
from idp.login.model import Answer, Finishing
from idp.login.service import LoginService
from idp.policy.model import Demand
from idp.records.clients.model import Client
from idp.records.users.model import User
from idp.storage.tx import Tx
from idp.web.current import Browser

PURPOSE = "trial"


class _Resume(msgspec.Struct, frozen=True):
    client_id: str


class TrialFinisher:
    """Ends sign-ins that were tried."""

    def finish(self, tx: Tx, finishing: Finishing) -> Answer:  # noqa: ARG002 -- the interface of all finishers
        """Go to the decision: why it came out so, and what a token would say."""
        return Answer(url=f"/admin/decisions/{finishing.decision_id}")

    def refuse(self, resume: str, *, error: str) -> Answer:
        """Go back to the application, and say what it would have been told."""
        client_id = msgspec.json.decode(resume, type=_Resume).client_id
        return Answer(url=f"/admin/clients/{quote(client_id, safe='')}?{urlencode({'told': error})}")


class Trials:
    """Begins sign-ins that are tried."""

    def __init__(self, *, login: LoginService) -> None:
        self._login = login

    def begin(self, tx: Tx, client: Client, user: User, *, acr: str, browser: Browser) -> Finished | Asked:
        """Begin one at this application, which asks for nothing by itself, or for this level."""
        demand = Demand(
            client_id=client.client_id,
            acr_values=(acr,) if acr else (),
            default_acr_values=client.default_acr_values,
            default_max_age=client.default_max_age,
            subject=user.id,
        )
        resume = msgspec.json.encode(_Resume(client.client_id)).decode()
        begun = self._login.begin(tx, purpose=PURPOSE, demand=demand, resume=resume, browser=browser)
        if isinstance(begun, Unable):
            raise AssertionError("only prompt=none ends so")
        return begun
