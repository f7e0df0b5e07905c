"""What the service tells the view to do. Values, so that the view decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.core.errors import Rejected
from idp.login.begun import Finished
from idp.login.model import Interaction
from idp.login.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Show the page of this step; `rejected` says what was wrong with the last answer."""

    standing: Standing
    rejected: Rejected | None = None
    typed: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What stays in the fields; never a secret."""
    tried: str = ""
    """The factor whose answer was refused."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Go and see where the interaction stands now: 303 to its own page."""


@dataclass(frozen=True, slots=True)
class Expired:
    """The interaction's time is over, or its answer was given long ago."""

    interaction: Interaction


@dataclass(frozen=True, slots=True)
class Away:
    """Go to an external verifier, with a signed request."""

    url: str = field(repr=False)


Reply = Shown | Moved | Expired | Finished | Away
