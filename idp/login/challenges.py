"""What an interaction keeps of the challenge it has put: the factor's own state, and what its page shows.

Sealed with the interaction, gone with its answer. A page that is loaded again shows the same; nothing is made anew on
GET.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from idp.factors.base import Challenge
from idp.login.model import Interaction

ANY = "*"
"""In place of a credential: whichever it is that an answer names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The challenge as it is kept: what was sent is not in it."""

    state: bytes = field(default=b"", repr=False)
    page: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_unseen: bool = False
    """Whether it replaces what was used up, and waits until the person says that they have it."""

    @property
    def challenge(self) -> Challenge:
        """The challenge, as its factor made it."""
        return Challenge(state=self.state, page=self.page)


def keeping(
    interaction: Interaction,
    challenge: Challenge,
    *,
    factor: str,
    credential_id: str = "",
    is_unseen: bool = False,
) -> Interaction:
    """Return the interaction with this challenge put. Without a credential it is one of setting something up."""
    kept = Kept(state=b"" if is_unseen else challenge.state, page=challenge.page, is_unseen=is_unseen)
    return replace(
        interaction,
        chosen=factor,
        challenge_factor=factor,
        challenge_credential=credential_id,
        challenge_state=msgspec.json.encode(kept),
    )


def without(interaction: Interaction, *, chosen: str = "") -> Interaction:
    """Return the interaction with no challenge put."""
    return replace(interaction, chosen=chosen, challenge_factor="", challenge_credential="", challenge_state=b"")


def unseen_of(interaction: Interaction) -> str:
    """Return the factor whose replaced answer the person has not yet said to have; empty: there is none."""
    kept = kept_of(interaction, interaction.challenge_factor)
    return interaction.challenge_factor if kept is not None and kept.is_unseen else ""


def kept_of(interaction: Interaction, factor: str) -> Kept | None:
    """Return the challenge of this factor, if one has been put."""
    if interaction.challenge_factor != factor or not interaction.challenge_state:
        return None
    return msgspec.json.decode(interaction.challenge_state, type=Kept)
