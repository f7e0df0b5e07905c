"""A person says of a notice that it was not them (E9): the one safe link.

It takes away and gives nothing: everybody is signed out, what was granted is revoked, no browser is known or trusted
any more, a recovery under way is undone and no link that was mailed before begins one, a temporary code and a ticket
are worth nothing, and until the person has proved themselves anew risk is high. It works signed out, once, and by POST
alone.
"""

from idp.core.clock import Clock
from idp.core.tokens import Tokens
from idp.login import letters, tickets
from idp.login.assessing.taking_back import take_back
from idp.login.ending import end_everything
from idp.login.lost_factors import void_codes
from idp.login.recovery import cooling
from idp.login.recovery.links import consume, found
from idp.login.telling import Occasion, Telling
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.devices import store as devices
from idp.records.users import store as users
from idp.records.users.links import store as links
from idp.records.users.links.model import Purpose
from idp.storage.tx import Tx
from idp.web.current import Browser


class Reports:
    """Takes reports."""

    def __init__(self, *, telling: Telling, clock: Clock, tokens: Tokens) -> None:
        self._telling = telling
        self._clock = clock
        self._tokens = tokens

    def is_good(self, tx: Tx, token: str) -> bool:
        """Tell whether a link can still be used."""
        return found(tx, token, Purpose.REPORT, self._clock.now()) is not None

    def take(self, tx: Tx, token: str, browser: Browser) -> bool:
        """Make the account safe; false when the link is over."""
        now = self._clock.now()
        link = found(tx, token, Purpose.REPORT, now)
        user = users.get(tx, link.user_id) if link else None
        if link is None or user is None:
            return False
        users.hold(tx, user.id)
        if not consume(tx, link, now):
            return False
        end_everything(tx, user.id, address=browser.address, now=now)
        devices.forget_all(tx, user.id)
        links.void(tx, user.id, Purpose.RESET)
        links.void(tx, user.id, Purpose.LOST)
        void_codes(tx, user.id)
        tickets.void(tx, user.id)
        take_back(tx, user.id, noticed_at=link.created_at, now=now)
        cooling.cancel(tx, user, tokens=self._tokens, now=now)
        users.set_reported(tx, user.id, now)
        audit.add(tx, Event(name="user.reported", at=now, user_id=user.id, address=browser.address))
        self._telling.tell(tx, user, letters.made_safe, Occasion.of(browser, now))
        return True
