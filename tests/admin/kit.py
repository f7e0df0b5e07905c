"""An office: a database with a policy, people and an administrator, and the publisher over it."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from idp.admin.policies.census import Guard
from idp.admin.policies.gate import Gate
from idp.admin.policies.model import Outcome, Wish
from idp.admin.policies.publishing import Publisher
from idp.admin.staff import COMMAND_LINE
from idp.core.assurance import traits_table
from idp.core.tokens import SystemTokens
from idp.factors.registry import build
from idp.login.policies import Policies
from idp.policy.language import Bundle
from idp.policy.loader import load_text
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User
from idp.storage.engine import Database
from tests.support.builders import CHEAP, NOW, a_password, a_totp, a_user
from tests.support.clock import FixedClock

ROOT = Path(__file__).parents[2]
DEFAULT = (ROOT / "policies" / "default.yaml").read_text()
SHORTER = DEFAULT.replace("acr:mfa, max_age: 5m}}", "acr:mfa, max_age: 3m}}").replace(
    "acr:mfa, max_age: 5m, options", "acr:mfa, max_age: 3m, options"
)
"""Payments ask for a proof of the last three minutes."""
LONGER = SHORTER.replace("max_age: 3m", "max_age: 9m").replace("age: 6m}]}", "age: 10m}]}")
"""And of the last nine."""
_CONSOLE = "admin.console: {title: Open the console, require: {acr: urn:idp:acr:mfa}}"
_ITS_TEST = DEFAULT.index("  - name: the console wants"), DEFAULT.index("  - name: publishing a policy wants")
HARDWARE = (
    (DEFAULT[: _ITS_TEST[0]] + DEFAULT[_ITS_TEST[1] :])
    .replace("attestation: none", "attestation: direct")
    .replace(_CONSOLE, _CONSOLE.replace("urn:idp:acr:mfa", "phrh"))
)
"""The console wants hardware that nobody has."""
SECOND = SHORTER + "publishing: {second_approver: true}\n"


def bundle_of(text: str) -> Bundle:
    return load_text(text, file="draft.yaml", traits=traits_table())


@dataclass(slots=True)
class Office:
    """One installation as those who write its policy see it."""

    database: Database
    clock: FixedClock
    policies: Policies
    publisher: Publisher

    def publish(self, text: str, **changes: object) -> Outcome:
        """Publish a text, on the command line and against what is live, unless said otherwise."""
        self.clock.advance(timedelta(seconds=1))
        with self.database.transaction() as tx:
            wish = Wish(bundle=bundle_of(text), parent=self.publisher.live(tx).version, by=COMMAND_LINE)
            return self.publisher.publish(tx, replace(wish, **changes))  # type: ignore[arg-type]

    def rollback(self, version: str = "", by: str = COMMAND_LINE) -> Outcome:
        self.clock.advance(timedelta(seconds=1))
        with self.database.transaction() as tx:
            return self.publisher.rollback(tx, version, by=by)

    def approve(self, proposal: str, by: str) -> Outcome:
        self.clock.advance(timedelta(seconds=1))
        with self.database.transaction() as tx:
            return self.publisher.approve(tx, proposal, by=by)

    def live(self) -> Bundle:
        """Return the bundle that decides."""
        with self.database.transaction() as tx:
            return self.policies.live(tx)

    def max_age(self) -> timedelta | None:
        """Return what payments ask for: three minutes, five or nine."""
        return self.live().actions["payment.approve"].require.max_age

    def events(self, name: str | None = None) -> tuple[Event, ...]:
        with self.database.transaction() as tx:
            return audit.list_events(tx, limit=50, name=name)

    def add(self, username: str, *, has_totp: bool = False, **changes: object) -> User:
        user = a_user(username, **changes)
        with self.database.transaction() as tx:
            users.add(tx, user)
            credentials.add_credential(tx, a_password(user, f"{username}'s passphrase"))
            if has_totp:
                credentials.add_credential(tx, a_totp(user, "JBSWY3DPEHPK3PXP"))
        return user


def gate_of(office: Office, *, source: Path | None = None) -> Gate:
    """Return the gate that an office publishes through."""
    make = partial(build, password=CHEAP)
    return Gate(guard=Guard(policies=office.policies, build_factors=make), traits=traits_table(), source=source)


def an_office(database: Database, *, source: Path | None = None, clock: FixedClock | None = None) -> Office:
    """Return an office with the shipped policy and nobody in it."""
    clock, traits = clock or FixedClock(NOW), traits_table()
    make = partial(build, password=CHEAP)
    policies = Policies(traits=traits, clock=clock, installed=frozenset(make({})))
    gate = Gate(guard=Guard(policies=policies, build_factors=make), traits=traits, source=source)
    with database.transaction() as tx:
        policies.ensure(tx, ROOT / "policies" / "default.yaml")
    publisher = Publisher(gate=gate, traits=traits, clock=clock, tokens=SystemTokens())
    return Office(database=database, clock=clock, policies=policies, publisher=publisher)
