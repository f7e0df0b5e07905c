"""What a page must hold before it is shown: the challenge of a ceremony, a factor begun to be set up.

Made where the interaction begins or moves, never when its page is loaded again (F3). A ceremony that nobody is known
for is one for whoever it may be.
"""

from idp.core.tokens import Tokens
from idp.login import setting_up
from idp.login.challenges import ANY, keeping, kept_of
from idp.login.model import Challenge, Enroll, Interaction
from idp.login.setting_up import person_of
from idp.login.standing import Standing


def made_ready(standing: Standing, *, tokens: Tokens) -> Interaction | None:
    """Return the interaction with what its next page must hold; None: it holds it, or need hold nothing."""
    if isinstance(standing.step, Enroll):
        return setting_up.prepared(standing, tokens=tokens)
    factor, situation = standing.ceremonial, standing.situation
    if factor is None or _is_put(situation.interaction, factor.name):
        return None
    asked = situation.user if isinstance(standing.step, Challenge) else None
    usable = {item.credential_id for item in situation.enrolled}
    held = [
        credential
        for credential in situation.credentials
        if asked is not None and credential.factor == factor.name and credential.id in usable
    ]
    person = person_of(asked) if asked is not None else None
    begun = factor.begin_with(person, held, tokens=tokens, now=situation.now)
    return keeping(situation.interaction, begun, factor=factor.name, credential_id=ANY)


def _is_put(interaction: Interaction, factor: str) -> bool:
    return kept_of(interaction, factor) is not None and interaction.challenge_credential == ANY
