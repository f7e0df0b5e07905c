"""The authorization endpoint without its HTTP: a request comes in, the interaction begins, an answer goes out.

The one place where a parsed request meets the login floor. It decides nothing: what must be proved is policy's, what
happens next is `next_step`'s.
"""

import msgspec

from idp.core.errors import RedirectError
from idp.login.begun import Asked, Finished, Unable
from idp.login.policies import Policies
from idp.login.service import LoginService
from idp.oidc.asking import Known
from idp.oidc.parameters import collect
from idp.oidc.request import parse, verify_target
from idp.oidc.response import refused
from idp.records.clients import store as clients
from idp.records.keys.service import KeyRing
from idp.storage.tx import Tx
from idp.web.current import Browser
from idp.web.wire import Pairs

PURPOSE = "authorize"


class Authorization:
    """Begins interactions for relying parties."""

    def __init__(self, *, issuer: str, service: LoginService, policies: Policies, keys: KeyRing) -> None:
        self._issuer = issuer
        self._service = service
        self._policies = policies
        self._keys = keys

    def begin(self, tx: Tx, pairs: Pairs, browser: Browser) -> Finished | Asked:
        """Return the answer, or what must be asked first. Raises PageError where no answer may be sent."""
        parameters = collect(pairs)
        target = verify_target(parameters, lambda client_id: clients.get(tx, client_id))
        try:
            request = parse(parameters, target, self._known(tx))
        except RedirectError as error:
            answer = refused(target, error=error.error, description=error.description, issuer=self._issuer)
            return Finished(answer=answer)
        resume = msgspec.json.encode(request.resume).decode()
        begun = self._service.begin(tx, purpose=PURPOSE, demand=request.demand, resume=resume, browser=browser)
        if isinstance(begun, Unable):
            return Finished(answer=refused(target, error=begun.error, description="", issuer=self._issuer))
        return begun

    def _known(self, tx: Tx) -> Known:
        return Known(
            bundle=self._policies.live(tx), issuer=self._issuer, public_jwks=lambda: self._keys.public_jwks(tx)
        )
