"""The authorization endpoint without its HTTP: a request comes in, the interaction begins, an answer goes out.

The one place where a parsed request meets the login floor. It decides nothing: what must be proved is policy's, what
happens next is `next_step`'s.
"""

from datetime import datetime

import msgspec

from idp.core.errors import RedirectError
from idp.login.begun import Asked, Finished, Unable
from idp.login.policies import Policies
from idp.login.service import LoginService
from idp.oidc.asking import Known
from idp.oidc.parameters import Parameters, collect
from idp.oidc.pushed_requests import PushedRequests, unusable
from idp.oidc.request import Target, check_way, parse, verify_target
from idp.oidc.response import refused
from idp.records.clients import store as clients
from idp.records.keys.service import KeyRing
from idp.storage.tx import Tx
from idp.web.current import Browser
from idp.web.wire import Pairs

PURPOSE = "authorize"


class Authorization:
    """Begins interactions for relying parties."""

    def __init__(
        self, *, issuer: str, service: LoginService, policies: Policies, keys: KeyRing, pushed: PushedRequests
    ) -> None:
        self._issuer = issuer
        self._service = service
        self._policies = policies
        self._keys = keys
        self._pushed = pushed

    def begin(self, tx: Tx, pairs: Pairs, browser: Browser) -> Finished | Asked:
        """Return the answer, or what must be asked first. Raises PageError where no answer may be sent."""
        brought = collect(pairs)
        pushed = self._pushed.find(tx, brought)
        if pushed is None:
            return self._begin(tx, brought, browser)
        # What stands beside the reference does not count (RFC 9126 §4); what was pushed is checked again, as a client
        # may have been stopped, or have lost a redirection URI, since.
        begun = self._begin(tx, Parameters(pushed.parameters), browser, pushed_at=pushed.pushed_at)
        # Last, so that no other write waits for decisions; where it fails, nothing of the above is kept.
        self._pushed.spend(tx, pushed)
        return begun

    def check(self, tx: Tx, parameters: Parameters) -> None:
        """Raise the PageError or RedirectError that a request would be refused with."""
        parse(parameters, self._target(tx, parameters), self._known(tx))

    def _begin(
        self, tx: Tx, parameters: Parameters, browser: Browser, *, pushed_at: datetime | None = None
    ) -> Finished | Asked:
        target = self._target(tx, parameters)
        if pushed_at is not None and not target.client.may_own(pushed_at):
            raise unusable()
        try:
            check_way(target.client, is_pushed=pushed_at is not None)
            request = parse(parameters, target, self._known(tx))
        except RedirectError as error:
            answer = refused(target, error=error.error, description=error.description, issuer=self._issuer)
            return Finished(answer=answer)
        resume = msgspec.json.encode(request.resume).decode()
        begun = self._service.begin(tx, purpose=PURPOSE, demand=request.demand, resume=resume, browser=browser)
        if isinstance(begun, Unable):
            return Finished(answer=refused(target, error=begun.error, description="", issuer=self._issuer))
        return begun

    def _target(self, tx: Tx, parameters: Parameters) -> Target:
        return verify_target(parameters, lambda client_id: clients.get(tx, client_id))

    def _known(self, tx: Tx) -> Known:
        return Known(
            bundle=self._policies.live(tx), issuer=self._issuer, public_jwks=lambda: self._keys.public_jwks(tx)
        )
