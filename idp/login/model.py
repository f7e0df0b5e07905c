"""The interaction and its steps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec import Struct

from idp.core.assurance import Evidence
from idp.policy.model import Decision, Demand
from idp.risk.model import Assessment

INTERACTION_TTL = timedelta(minutes=15)
ANSWER_TTL = timedelta(seconds=60)
"""How long the final answer is given again to the same browser."""


class Interaction(Struct, frozen=True, kw_only=True):
    """One attempt to satisfy one demand, bound to one browser; facts only.

    `evidence` is what this browser's session held at the start and what has been proved since. `user_id` is whom the
    interaction is about: set by the session it started from or by the first proof, never by a form.
    """

    id: str
    purpose: str
    demand: Demand
    resume: str
    """The caller's own JSON, read only by its finisher."""
    browser_hash: str
    """Hash of the `idp_login` cookie's secret: the id alone opens nothing."""
    created_at: datetime
    expires_at: datetime
    evidence: tuple[Evidence, ...] = ()
    user_id: str | None = None
    session_id: str | None = None
    """The session it started from."""
    chosen: str = ""
    """The factor picked by "try another way"."""
    challenge_factor: str = ""
    challenge_credential: str = ""
    challenge_state: bytes = b""
    consented: tuple[str, ...] = ()
    """Scopes allowed on the consent page of this interaction."""
    prompted_consent: bool = False
    """Whether `prompt=consent` has been answered here."""
    enrolled_here: bool = False
    """Whether something has been set up here, or put off."""
    quietly: str | None = None
    """A factor that the browser can set up by itself, once nothing more is asked."""
    further: tuple[str, ...] = ()
    """Factors of which one may be set up once nothing more is asked: wished, or beside what was set up before."""
    replaces: str | None = None
    """The credential whose place `further` takes, once it is proved."""
    assessment: Assessment | None = None
    """Risk as it was when the person became known: every page sees the same."""
    trust_wished_at: datetime | None = None
    """When the person wished, with a proof that was accepted, that this browser be trusted."""
    version: int = 1
    finished_at: datetime | None = None
    abandoned_at: datetime | None = None
    """When it was noted that somebody had left it half-way."""

    def __repr__(self) -> str:
        """Name it; what it holds is not printed."""
        return f"Interaction({self.id!r}, version={self.version})"

    def replaced_by(self, factor: str) -> str | None:
        """Return the credential whose place one of this factor takes when it is set up here."""
        return self.replaces if factor in self.further else None


@dataclass(frozen=True, slots=True)
class Identify:
    """Ask who it is, with a first proof."""

    first: tuple[str, ...]
    template = "identify"
    error = "login_required"


@dataclass(frozen=True, slots=True)
class Challenge:
    """Ask for one more proof: `factor` now, any of `others` instead."""

    factor: str
    others: tuple[str, ...]
    skippable: bool = False
    """It only comes before something is set up that may be put off."""
    template = "challenge"
    error: str = "interaction_required"


@dataclass(frozen=True, slots=True)
class Enroll:
    """Ask to set up one of `factors`; `factor` is the one that was taken, empty until then."""

    factors: tuple[str, ...]
    skippable: bool
    factor: str = ""
    is_quiet: bool = False
    """The browser sets it up by itself, or goes on without: nobody is asked, and nothing is proved by it."""
    template = "enroll"
    error = "interaction_required"


@dataclass(frozen=True, slots=True)
class Lengthen:
    """Ask for a password of `shortest` characters, as what stood beside it was taken away."""

    shortest: int
    may_enrol: bool
    """Whether a second step may be set up instead."""
    template = "lengthen"
    error = "interaction_required"


@dataclass(frozen=True, slots=True)
class Consent:
    """Ask whether the client may have these scopes."""

    scopes: tuple[str, ...]
    template = "consent"
    error = "consent_required"


@dataclass(frozen=True, slots=True)
class Refuse:
    """It ends here: the page with the reason comes first, then the client is told `error`."""

    reason: str
    error: str
    template = "refuse"


@dataclass(frozen=True, slots=True)
class Finish:
    """Everything asked for has been proved."""

    template = ""
    error = ""


Step = Identify | Challenge | Enroll | Lengthen | Consent | Refuse | Finish


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCookie:
    """A cookie that goes with an answer."""

    jar: str
    value: str = field(repr=False)
    lasts: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The last word to the browser: go to `url`, or post `fields` there (OAuth Form Post Response Mode)."""

    url: str
    fields: Mapping[str, str] | None = None
    cookies: tuple[KeptCookie, ...] = ()
    """Kept with the answer: after a second click the browser has thrown the first response away, cookies included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finishing:
    """What a finisher is told: the demand was satisfied, by whom, on which evidence, in which session."""

    demand: Demand
    resume: str = field(repr=False)
    user_id: str
    session_id: str
    decision: Decision
    decision_id: str
    now: datetime
