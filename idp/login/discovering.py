"""Who somebody is, by a credential that says so: found by its own id, which no other credential of anybody has."""

from collections.abc import Mapping

from idp.factors.base import Ceremonial
from idp.login.attempts import Attempt
from idp.login.challenges import Kept, kept_of
from idp.login.situation import Situation
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.storage.tx import Tx


def discover(tx: Tx, situation: Situation, form: Mapping[str, str], factor: Ceremonial) -> Attempt:
    """Return the attempt of whoever the credential belongs to. Whoever does not exist or may not is nobody alike."""
    answer = form.get(factor.input_name, "")
    credential = credentials.get_by_key(tx, factor.key_hash_in(answer))
    user = users.get(tx, credential.user_id) if credential is not None else None
    if user is not None and user.disabled_at is not None:
        user = None
    return Attempt(
        factor=factor,
        verb="login",
        user=user,
        credentials=(credential,) if credential is not None and user is not None else (),
        key="",
        challenge=(kept_of(situation.interaction, factor.name) or Kept()).challenge,
        answer=answer,
    )
