"""A device that approves: turned on by its owner, shown what waits, decides once.

Turning it on takes a fresh multi-factor proof (`account.factors`). Approving takes a live session that itself holds
multi-factor, on a device that was turned on and is not the one that asks; all of it is looked at in the transaction
that decides. Denying takes only being signed in, as it opens nothing.
"""

from dataclasses import dataclass, field

from idp.account.methods import Actor, event_by
from idp.core.clock import Clock
from idp.core.reasons import Reason
from idp.core.tokens import Tokens, digest
from idp.factors.approval import Approval
from idp.factors.base import Credential
from idp.login import binding, denials, elsewhere, trusting
from idp.login.notices import Notices
from idp.login.setting_up import label_of
from idp.login.standing import Judge
from idp.login.telling import Occasion
from idp.records.audit import store as audit
from idp.records.users import store as users
from idp.records.users.approvals import store as approvals
from idp.records.users.approvals.model import ApprovalRequest, Verdict
from idp.records.users.credentials import store as credentials
from idp.storage.tx import Tx
from idp.web.current import Browser

FACTOR = Approval.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What one device may do, and what waits for it."""

    is_offered: bool
    """Whether the policy knows approvals."""
    is_fit: bool
    """Whether this session itself holds multi-factor."""
    device: Credential | None
    """This device, where it is turned on."""
    waiting: tuple[ApprovalRequest, ...] = field(default=(), repr=False)
    own: frozenset[str] = frozenset()
    """Ids of those that this very browser asked."""
    push_key: str = ""
    """What this browser subscribes with; empty where nobody is told anything."""
    is_told: bool = False
    """Whether this browser is told of what waits."""


class Approvals:
    """Turns devices on, and takes their decisions."""

    def __init__(self, *, judge: Judge, notices: Notices, clock: Clock, tokens: Tokens) -> None:
        self._judge = judge
        self._notices = notices
        self._clock = clock
        self._tokens = tokens

    def desk_of(self, tx: Tx, actor: Actor, browser: Browser) -> Desk:
        """Return what this device may do."""
        user_id, now = actor.user.id, self._clock.now()
        bundle, installed = self._judge.bundle(tx, user_id), self._judge.installed(tx, user_id)
        held = credentials.list_credentials(tx, user_id)
        mine = (each for each in held if each.factor == FACTOR and elsewhere.is_this_device(each, browser.device))
        waiting = approvals.list_open(tx, actor.user.id, now)
        return Desk(
            is_offered=FACTOR in bundle.order and FACTOR in installed.factors,
            is_fit=elsewhere.is_fit(actor.session, actor.user, bundle=bundle, held=held, installed=installed, now=now),
            device=next(mine, None),
            waiting=waiting,
            own=frozenset(each.id for each in waiting if binding.secret_of(browser.login, each.browser_hash)),
        )

    def turn_on(self, tx: Tx, actor: Actor, browser: Browser, label: str) -> None:
        """Let this device approve from now on; whoever admitted the caller has seen a fresh multi-factor proof."""
        users.hold(tx, actor.user.id)
        desk, now = self.desk_of(tx, actor, browser), self._clock.now()
        if not desk.is_offered or not desk.is_fit or desk.device is not None or not browser.device:
            return
        device = digest(browser.device)
        credential = Credential(
            id=self._tokens.new_id(),
            user_id=actor.user.id,
            factor=FACTOR,
            channel=f"device:{device[:32]}",
            created_at=now,
            material=device.encode(),
            label=label_of(label),
        )
        credentials.add_credential(tx, credential)
        trusting.void_all(tx, actor.user.id, why="factors_changed", address=actor.address, now=now)
        audit.add(tx, event_by(actor, f"factor.{FACTOR}.enrolled", now, credential=credential.id))
        self._notices.added(tx, actor.user, credential, Occasion(at=now, address=actor.address))

    def approve(self, tx: Tx, actor: Actor, browser: Browser, request_id: str, number: str) -> Reason | None:
        """Approve one request by the number that its sign-in shows; a reason says why it was not."""
        desk, now = self.desk_of(tx, actor, browser), self._clock.now()
        if not desk.is_offered or not desk.is_fit or desk.device is None or request_id in desk.own:
            return Reason.NOT_ALLOWED
        if not number.strip():
            return Reason.NOTHING_TYPED
        verdict = approvals.approve(
            tx,
            request_id,
            user_id=actor.user.id,
            credential_id=desk.device.id,
            number=number.strip(),
            now=now,
        )
        if verdict is None:
            return Reason.APPROVAL_OVER
        audit.add(tx, event_by(actor, f"challenge.{FACTOR}.{verdict}", now, request=request_id))
        return None if verdict is Verdict.APPROVED else Reason.APPROVAL_MISMATCH

    def deny(self, tx: Tx, actor: Actor) -> None:
        """Deny everything that waits: "this was not me"."""
        now = self._clock.now()
        denied = approvals.deny_all(tx, actor.user.id, now)
        if denied:
            denials.close(tx, actor.user.id, now)
            audit.add(tx, event_by(actor, f"challenge.{FACTOR}.denied", now, requests=denied))
