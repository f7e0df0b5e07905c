"""A new passkey: what the browser says it made, checked (WebAuthn Level 3 §7.1)."""

from dataclasses import replace

from webauthn import verify_registration_response
from webauthn.helpers import parse_attestation_object
from webauthn.helpers.structs import (
    AttestationFormat,
    AuthenticatorAttestationResponse,
    CredentialDeviceType,
    RegistrationCredential,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from idp.core.assurance import Property
from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import digest
from idp.factors.base import NewCredential
from idp.factors.passkey.answers import Created, CreatedAnswer, bytes_of, read
from idp.factors.passkey.attestation import Trust, trust_of
from idp.factors.passkey.material import Begun, Ceremony, PasskeyMaterial
from idp.factors.passkey.names import name_of
from idp.factors.passkey.site import ALGORITHMS, Site, Terms

TRANSPORTS = frozenset({"usb", "nfc", "ble", "smart-card", "internal", "hybrid"})
_REFUSED = Rejected(Reason.PASSKEY_REFUSED)


def registered(text: str, begun: Begun, *, site: Site, terms: Terms) -> NewCredential | Rejected:
    """Return what to keep of a new passkey, or why it is refused."""
    answer = read(text, CreatedAnswer)
    if answer is None:
        return _REFUSED
    try:
        trust = _trust(answer, site, terms)
        if trust is None:
            return Rejected(Reason.PASSKEY_NOT_ALLOWED)
        verified = _verified(answer, begun, site, trust)
    except Exception:  # noqa: BLE001 -- whatever the library meets in bytes that anybody may send is no passkey (WAN-17)
        return _REFUSED
    if verified.credential_id != bytes_of(answer.id):
        return _REFUSED
    return _admitted(answer, begun, verified, trust, terms)


def _trust(answer: CreatedAnswer, site: Site, terms: Terms) -> Trust | None:
    if terms.attestation == "none":
        return Trust()
    return trust_of(parse_attestation_object(bytes_of(answer.response.attestationObject)), site.models)


def _verified(answer: CreatedAnswer, begun: Begun, site: Site, trust: Trust) -> VerifiedRegistration:
    credential = RegistrationCredential(
        id=answer.id,
        raw_id=bytes_of(answer.rawId),
        response=AuthenticatorAttestationResponse(
            client_data_json=bytes_of(answer.response.clientDataJSON),
            attestation_object=bytes_of(answer.response.attestationObject),
        ),
    )
    return verify_registration_response(
        credential=credential,
        expected_challenge=begun.challenge,
        expected_rp_id=site.rp_id,
        expected_origin=list(site.origins),
        # A passkey that is made quietly need not ask anybody (WebAuthn Level 3 §7.1 step 15).
        require_user_presence=begun.ceremony is Ceremony.CREATE,
        supported_pub_key_algs=list(ALGORITHMS),
        pem_root_certs_bytes_by_fmt={each: list(trust.roots) for each in AttestationFormat} if trust.roots else None,
    )


def _admitted(
    answer: CreatedAnswer, begun: Begun, verified: VerifiedRegistration, trust: Trust, terms: Terms
) -> NewCredential | Rejected:
    is_eligible = verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE
    if terms.synced == "refused" and is_eligible:
        return Rejected(Reason.PASSKEY_NOT_ALLOWED)
    if terms.user_verification == "required" and begun.ceremony is Ceremony.CREATE and not verified.user_verified:
        return Rejected(Reason.PASSKEY_UNVERIFIED)
    shown = {
        Property.USER_VERIFIED: verified.user_verified,
        Property.DEVICE_BOUND: not is_eligible,
        Property.SYNCED: verified.credential_backed_up,
        Property.ATTESTED: trust.is_attested,
    }
    material = PasskeyMaterial(
        key_id=answer.id,
        public_key=verified.credential_public_key,
        is_backup_eligible=is_eligible,
        aaguid=verified.aaguid,
        transports=_transports(answer.response),
    )
    new = NewCredential(
        channel="",
        material=material.encoded(),
        label=name_of(verified.aaguid),
        properties=frozenset(name for name, is_shown in shown.items() if is_shown),
        key_hash=digest(answer.id),
    )
    # Who counts from zero on does not count: nothing is to be spent by it (WebAuthn Level 3 §6.1.1).
    return replace(new, step=verified.sign_count) if verified.sign_count else new


def _transports(response: Created) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in response.transports if each in TRANSPORTS))
