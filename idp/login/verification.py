"""When it counts that a device has verified its owner (policy.md §2).

Whoever finds a security key without a PIN may set one and be "verified" by it. So verification counts where the
credential was verified when it was set up, or once it has been beside another factor; until then a proof is possession
alone. What was shown is kept as evidence; whether it counts is the engine's to say, by what the credential is known for
(`uvInitialized`, WebAuthn Level 3 §7.2 step 25; WAN-22).
"""

from idp.core.assurance import Property, TraitsTable
from idp.login.model import Interaction
from idp.records.users.credentials import store as credentials
from idp.storage.tx import Tx


def confirm(tx: Tx, interaction: Interaction, traits: TraitsTable) -> None:
    """Let the verification that credentials have shown in this interaction count, where another factor confirms it."""
    here = [proof for proof in interaction.evidence if proof.interaction_id == interaction.id]
    for proof in here:
        is_beside_another = any(other.factor != proof.factor and traits[other.factor].kinds for other in here)
        if Property.USER_VERIFIED not in proof.properties or not is_beside_another:
            continue
        credential = credentials.get(tx, proof.credential_id)
        if credential is not None and Property.USER_VERIFIED not in credential.properties:
            credentials.replace_properties(tx, credential.id, credential.properties | {Property.USER_VERIFIED})
