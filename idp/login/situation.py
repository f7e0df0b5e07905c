"""Everything a decision about one interaction looks at, read from the records at one moment.

It only gathers. What of it counts, and what follows, is the engine's to say; who is disabled, signed out or gone is
here simply nobody (SES-11, SES-14).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from msgspec import Struct, field

from idp.core.assurance import Evidence
from idp.core.tokens import digest
from idp.factors import issued, temporary_code, ticket
from idp.factors.base import Credential
from idp.login import denials, trusting
from idp.login.assessing.facts import assessed_facts
from idp.login.left_alone import is_given, longer_for
from idp.login.model import Interaction
from idp.login.moving import has_moved
from idp.login.recovery.completing import Completing
from idp.policy.language import Bundle
from idp.policy.model import Demand, EnrolAsk, Enrolled, Facts, FactValue, Mark
from idp.records.clients import store as clients
from idp.records.clients.model import Client
from idp.records.devices import store as devices
from idp.records.devices.model import KnownDevice
from idp.records.devices.trusted.model import TrustedDevice
from idp.records.sessions import store as sessions
from idp.records.sessions.model import Session
from idp.records.users import store as users
from idp.records.users.backup_codes import store as backup_codes
from idp.records.users.credentials import store as credentials
from idp.records.users.enrolment import store as enrolment
from idp.records.users.model import User
from idp.risk.model import HIGH
from idp.storage.tx import Tx
from idp.web.agents import agent_of
from idp.web.current import Browser

LIST = "list"
"""The channel of factors that are used up."""
SETTING_UP = "account.factors"
"""The action of whoever sets up a sign-in method, or takes one away."""
DENIED_PROMPT = "risk.denied_prompt"
KIND, CLIENTS = "device.kind", "session.clients"
_ISSUED = frozenset({ticket.NAME, temporary_code.NAME})
_DENIED_FACTS = frozenset({DENIED_PROMPT, "risk.band"})
_DEVICE_FACTS = frozenset({"device.known", "device.age"})


class Situation(Struct, frozen=True, kw_only=True):
    """One interaction and what surrounds it."""

    interaction: Interaction
    browser: Browser
    bundle: Bundle
    now: datetime
    client: Client | None
    user: User | None
    session: Session | None
    """The live session that the interaction started from."""
    evidence: tuple[Evidence, ...] = ()
    credentials: tuple[Credential, ...] = ()
    enrolled: tuple[Enrolled, ...] = ()
    enrollable: tuple[str, ...] = ()
    """Factors that could be set up here."""
    enrol_asks: tuple[EnrolAsk, ...] = ()
    device: KnownDevice | None = None
    """Known to this person; read only where something depends on it."""
    has_read_device: bool = False
    """Whether `device` has been looked for."""
    outages: Mapping[str, datetime] = field(default_factory=dict)
    """Channels over which nothing can be sent now, and until when; read only where something would be sent."""
    was_denied: bool = False
    """Whether the person has lately said of a sign-in that it was not theirs; read only where a rule does."""
    signed_in_to: tuple[str, ...] = ()
    """Clients that the session has signed in to; read only where a rule does."""
    trusted: TrustedDevice | None = None
    """Trusted by this person; read only where a rule depends on it."""

    @property
    def lengthen(self) -> int:
        """How long a password must be chosen, as what stood beside it was taken away; 0: none must."""
        if self.user is None or not is_given(self.evidence, self.interaction.id):
            return 0
        return longer_for(self.user, self.bundle, self.credentials)

    @property
    def may_lengthen(self) -> bool:
        """Whether a second step is being set up because no longer password was chosen, which still may be."""
        return bool(self.interaction.further and self.lengthen)

    @property
    def demand(self) -> Demand:
        """What is asked for; of whoever sets up a second step instead of a longer password, what that takes, too."""
        demand = self.interaction.demand
        if SETTING_UP in demand.actions or not self.may_lengthen:
            return demand
        return replace(demand, actions=(*demand.actions, SETTING_UP))

    def facts(self) -> Facts:
        """Return what policy may know; what is not named is absent."""
        values: dict[str, FactValue] = {"net.ip": self.browser.address or Mark.UNKNOWN}
        if self.client is not None:
            values |= {"client.tags": self.client.tags, "client.first_party": self.client.first_party}
        if self.user is not None:
            values |= self._personal(self.user)
        return Facts(
            demand=self.demand,
            interaction_id=self.interaction.id,
            values=values,
            user_id=self.user.id if self.user else None,
            enrollable=self.enrollable,
            enrolled_here=self.interaction.enrolled_here,
            enrol_asks=self.enrol_asks,
            signs_in=any(proof.interaction_id == self.interaction.id for proof in self.evidence),
        )

    def _personal(self, user: User) -> Mapping[str, FactValue]:
        values: dict[str, FactValue] = {
            "user.groups": user.groups,
            "user.roles": user.roles,
            "user.age": self._since(user.created_at),
            "device.known": self.device is not None,
            "device.trusted": self.trusted is not None,
            "user.recovering": user.recovering_until is not None,
            "user.reported": user.reported_at is not None,
            "user.must_enrol": user.must_enrol_at is not None,
        }
        if self.interaction.assessment is not None and self.interaction.assessment.user_id == user.id:
            values |= assessed_facts(self.interaction.assessment)
        if self.was_denied:
            values[DENIED_PROMPT] = True
        if self.was_denied or user.reported_at is not None:
            values["risk.band"] = HIGH
        if user.signed_in_at is not None:
            values["user.last_sign_in"] = self._since(user.signed_in_at)
        if self.browser.user_agent and KIND in self.bundle.facts:
            values[KIND] = agent_of(self.browser.user_agent).device
        if self.device is not None:
            values["device.age"] = self._since(self.device.first_seen_at)
        if self.session is not None:
            values["session.age"] = self._since(self.session.created_at)
            values["session.idle"] = self._since(self.session.seen_at)
            values["session.moved"] = has_moved(self.session, self.browser)
            values["session.clients"] = self.signed_in_to
        return values

    def _since(self, at: datetime) -> float:
        return max(0.0, (self.now - at).total_seconds())


def gather(
    tx: Tx,
    interaction: Interaction,
    browser: Browser,
    *,
    bundle: Bundle,
    completing: Completing,
    now: datetime,
    session: Session | None = None,
) -> Situation:
    """Read what a decision about this interaction needs; `session` is the one it starts from, where it is at hand."""
    user = users.get(tx, interaction.user_id) if interaction.user_id else None
    user = completing.settled(tx, user, now) if user and user.disabled_at is None else None
    if session is None and interaction.session_id and user is not None:
        session = sessions.get(tx, interaction.session_id)
    if user is None or (session is not None and not is_live(session, bundle=bundle, now=now)):
        session = None
    evidence = _evidence(interaction, session) if user else ()
    held = _usable(tx, bundle, credentials.list_credentials(tx, user.id), evidence, now) if user else ()
    asks_device = user is not None and not _DEVICE_FACTS.isdisjoint(bundle.facts)
    return Situation(
        interaction=interaction,
        browser=browser,
        bundle=bundle,
        now=now,
        client=clients.get(tx, interaction.demand.client_id),
        user=user,
        session=session,
        evidence=evidence,
        credentials=held,
        enrolled=tuple(enrolled_of(credential) for credential in held),
        enrol_asks=_asks(tx, user, bundle) if user else (),
        device=known_device(tx, user, browser) if asks_device and user else None,
        has_read_device=asks_device,
        was_denied=user is not None
        and not _DENIED_FACTS.isdisjoint(bundle.facts)
        and denials.was_denied(tx, user.id, now),
        signed_in_to=sessions.list_clients_of(tx, session.id) if session and CLIENTS in bundle.facts else (),
        trusted=trusting.recognised(tx, user, browser, bundle=bundle, now=now) if user else None,
    )


def is_live(session: Session, *, bundle: Bundle, now: datetime) -> bool:
    """Tell whether a session may still be used."""
    return session.ended_at is None and session.expires_at > now and session.seen_at + bundle.sessions.idle > now


def device_in(tx: Tx, situation: Situation, user: User) -> KnownDevice | None:
    """Return what is remembered of this browser, read once in a situation."""
    return situation.device if situation.has_read_device else known_device(tx, user, situation.browser)


def known_device(tx: Tx, user: User, browser: Browser) -> KnownDevice | None:
    """Return the record of this browser as one on which this person has succeeded before."""
    return devices.get(tx, digest(browser.device), user.id) if browser.device else None


def _evidence(interaction: Interaction, session: Session | None) -> tuple[Evidence, ...]:
    """Return the proofs in hand; those of a session that has ended since are gone with it."""
    if interaction.session_id is None or session is not None:
        return interaction.evidence
    return tuple(proof for proof in interaction.evidence if proof.interaction_id == interaction.id)


def _usable(
    tx: Tx, bundle: Bundle, held: tuple[Credential, ...], evidence: tuple[Evidence, ...], now: datetime
) -> tuple[Credential, ...]:
    """Leave out what is used up, a list of codes or a ticket, unless it is a proof in hand."""
    proven = {proof.credential_id for proof in evidence}
    return tuple(each for each in held if each.id in proven or _is_left(tx, bundle, each, now))


def _is_left(tx: Tx, bundle: Bundle, credential: Credential, now: datetime) -> bool:
    if credential.factor in _ISSUED:
        return issued.is_open(credential, now)
    traits = bundle.traits.get(credential.factor)
    return traits is None or traits.channel != LIST or backup_codes.count_codes(tx, credential.id) > 0


def _asks(tx: Tx, user: User, bundle: Bundle) -> tuple[EnrolAsk, ...]:
    """Return what the person has put off, where a rule lets them."""
    is_any = any(rule.enrol is not None and rule.enrol.skips != 0 for rule in bundle.rules)
    return enrolment.list_asks(tx, user.id) if is_any else ()


def enrolled_of(credential: Credential) -> Enrolled:
    """Return a credential as policy sees it."""
    return Enrolled(
        factor=credential.factor,
        credential_id=credential.id,
        channel=credential.channel,
        since=credential.created_at,
        properties=credential.properties,
    )
