"""A new password by a mailed link (E6): no session from it, other factors untouched.

The link is looked at before anything is hashed, and used up by one conditional write after it. What it was bound to
must still be so: another mailbox, another password, a newer link make it void (ENR-13). The new password carries the
mailbox as its channel until it is used beside a proof on another one (policy.md §2). Where the mailbox is the only
second channel it is a recovery, which cools off.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from idp.core.clock import Clock
from idp.core.errors import Rejected
from idp.core.tokens import Tokens
from idp.factors.base import Credential, NewCredential
from idp.login import budget, letters, trusting
from idp.login import store as interactions
from idp.login.choosing import Chosen, NewPasswords, note, shortest_for
from idp.login.ending import end_everything
from idp.login.policies import Policies
from idp.login.recovery import cooling
from idp.login.recovery.links import consume, found
from idp.login.recovery.passwords import is_only_channel, mailbox_of, others_of, password_of, state_of
from idp.login.setting_up import person_of
from idp.login.telling import Occasion, Telling
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.links import store as links
from idp.records.users.links.model import Link, Purpose
from idp.records.users.model import User
from idp.storage.tx import Tx
from idp.web.current import Browser
from idp.web.transaction import Transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A link that is good: whose it is, and what using it would mean."""

    link: Link
    user: User
    password: Credential
    cools_off: bool
    shortest: int
    """Characters a new password must have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The password is changed."""

    cools_off: bool


class Resets:
    """Changes passwords by link."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        policies: Policies,
        passwords: NewPasswords,
        telling: Telling,
        clock: Clock,
        tokens: Tokens,
    ) -> None:
        self._transactions = transactions
        self._policies = policies
        self._passwords = passwords
        self._telling = telling
        self._clock = clock
        self._tokens = tokens

    def opened(self, tx: Tx, token: str) -> Opened | None:
        """Return what a link would do; None when it is over."""
        link = found(tx, token, Purpose.RESET, self._clock.now())
        user = users.get(tx, link.user_id) if link else None
        if link is None or user is None or user.disabled_at is not None:
            return None
        password = password_of(tx, user)
        if password is None or state_of(user, password) != link.about:
            return None
        bundle = self._policies.for_person(tx, user.id)
        others = others_of(tx, user, bundle)
        return Opened(
            link=link,
            user=user,
            password=password,
            cools_off=is_only_channel(others, mailbox_of(user)),
            shortest=shortest_for(bundle.password, others, bundle.traits),
        )

    def take(self, token: str, form: Mapping[str, str], browser: Browser) -> Done | Rejected | None:
        """Set the password that was chosen; None when the link is over."""
        with self._transactions.open() as tx:
            opened = self.opened(tx, token)
        if opened is None:
            return None
        person = person_of(opened.user)
        chosen = self._passwords.choose(form.get("password", ""), person=person, shortest=opened.shortest)
        if isinstance(chosen, Rejected):
            return chosen
        with self._transactions.open() as tx:
            return self._settled(tx, token, chosen, browser, ends_all=form.get("end_all") == "1")

    def _settled(self, tx: Tx, token: str, chosen: Chosen, browser: Browser, *, ends_all: bool) -> Done | None:
        """Use the link up and change what it is about: all of it or nothing."""
        before = self.opened(tx, token)
        if before is None:
            return None
        users.hold(tx, before.user.id)
        # Whoever held this person until now may have changed what the link is bound to.
        opened, now = self.opened(tx, token), self._clock.now()
        if opened is None or not consume(tx, opened.link, now):
            return None
        user = opened.user
        kept = self._replaced(tx, opened, chosen.new, now, is_another=ends_all)
        if ends_all:
            end_everything(tx, user.id, address=browser.address, now=now)
        else:
            interactions.expire_all(tx, user.id, now)
            trusting.void_all(tx, user.id, why="password_changed", address=browser.address, now=now)
        links.void(tx, user.id, Purpose.RESET)
        budget.clear(tx, (budget.PASSWORD,), user, None)
        users.set_reported(tx, user.id, None)
        note(tx, chosen, user_id=user.id, at=now)
        audit.add(tx, Event(name="password.reset", at=now, user_id=user.id, address=browser.address))
        self._tell(tx, opened, kept, Occasion.of(browser, now))
        return Done(cools_off=opened.cools_off)

    def _replaced(self, tx: Tx, opened: Opened, new: NewCredential, now: datetime, *, is_another: bool) -> Credential:
        """Put the new password in the place of the old one.

        As another credential, so that what the old one proved counts no more, wherever that is on its way; as the same
        one where the person wishes to stay signed in.
        """
        present, channel = opened.password, mailbox_of(opened.user)
        if not is_another:
            kept = replace(present, material=new.material, channel=channel)
            credentials.renew(tx, kept)
            return kept
        bound = new.bound(budget.PASSWORD, credential_id=self._tokens.new_id(), user_id=opened.user.id, now=now)
        kept = replace(bound, channel=channel)
        credentials.remove_credential(tx, present.id, opened.user.id)
        credentials.add_credential(tx, kept)
        return kept

    def _tell(self, tx: Tx, opened: Opened, kept: Credential, occasion: Occasion) -> None:
        """Tell of it everywhere, and start the recovery where it is one."""
        if not opened.cools_off:
            self._telling.tell(tx, opened.user, letters.password_changed, occasion)
            return
        recovery = cooling.start(
            tx,
            opened.user,
            replaced=opened.password,
            password_id=kept.id,
            lost=(),
            language=self._telling.language(opened.user, occasion.wants),
            id_=self._tokens.new_id(),
            now=occasion.at,
        )
        until = f"{recovery.cools_until:%Y-%m-%d %H:%M} UTC"
        self._telling.tell(tx, opened.user, partial(letters.recovering, until=until), occasion)
