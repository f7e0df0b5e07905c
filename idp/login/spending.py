"""What an accepted answer uses up, by conditional writes: whoever is second has proved nothing.

Answers are compared outside any transaction, so what they were compared with may have been removed or replaced since:
then they prove nothing either.
"""

from datetime import datetime

from idp.core.reasons import Reason
from idp.factors.base import Credential, Verified
from idp.login.budget import PASSWORD
from idp.records.users.approvals import store as approvals
from idp.records.users.backup_codes import store as backup_codes
from idp.records.users.credentials import store as credentials
from idp.storage.tx import Tx


class SpentError(Exception):
    """What the answer would use up has been used up already, or is no more: nothing of this settling may stay."""

    def __init__(self, reason: Reason = Reason.CODE_USED) -> None:
        super().__init__(reason)
        self.reason = reason


def spend(tx: Tx, credential: Credential, verified: Verified, now: datetime, *, interaction_id: str = "") -> None:
    """Use up what the answer uses up, by one conditional write. Raises SpentError: somebody was faster (OTP-01)."""
    # Before its material is written: a hash made anew of a password that was changed would bring the old one back
    # (FLT-31). Removed since it was looked at: what it proves, nobody has any more (WAN-21).
    if verified.step is None:
        is_as_read = credentials.note_used(tx, credential, now)
    else:
        is_as_read = credentials.advance_step(tx, credential, verified.step, now)
    if not is_as_read:
        raise SpentError(Reason.PASSWORD_MISMATCH if credential.factor == PASSWORD else Reason.CODE_USED)
    if verified.code_hash and not backup_codes.consume_code(tx, credential.id, verified.code_hash):
        raise SpentError
    if verified.request and not approvals.consume(tx, verified.request, interaction_id, now):
        raise SpentError
    if verified.material is not None:
        credentials.replace_material(tx, credential.id, verified.material)
    if verified.lasting is not None and verified.lasting != credential.properties:
        credentials.replace_properties(tx, credential.id, verified.lasting)
