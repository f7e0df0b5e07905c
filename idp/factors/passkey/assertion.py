"""A proof by a passkey, checked (WebAuthn Level 3 §7.2).

The library checks type, challenge, origin, RP ID, presence and signature. What it leaves to us is here: that the
passkey is one of those the ceremony was offered to and its owner's (WAN-08, WAN-09), that whether it can be backed up
has not changed (WAN-14), that its counter has not gone back (WAN-15), that the person was verified where policy asks.
"""

from webauthn import verify_authentication_response
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers.structs import AuthenticationCredential, AuthenticatorAssertionResponse, CredentialDeviceType

from idp.core.assurance import Property
from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.factors.base import Credential, Verified
from idp.factors.passkey.answers import SignedAnswer, bytes_of, read
from idp.factors.passkey.material import Begun, PasskeyMaterial, material_of
from idp.factors.passkey.site import Site, Terms

_REFUSED = Rejected(Reason.PASSKEY_REFUSED)
_LASTING = frozenset({Property.USER_VERIFIED, Property.DEVICE_BOUND, Property.ATTESTED})
"""What a passkey is from its registration on; whether it is synced may change."""


def asserted(text: str, credential: Credential, begun: Begun, *, site: Site, terms: Terms) -> Verified | Rejected:
    """Return what this proof shows, or why it is refused."""
    answer, material = read(text, SignedAnswer), material_of(credential.material)
    if answer is None:
        return _REFUSED
    if answer.id != material.key_id or not begun.admits(answer.id):
        return Rejected(Reason.PASSKEY_UNKNOWN)
    handle = answer.response.userHandle
    try:
        # Absent it may be: the passkey has one owner, by its id, whom this proof is about (WAN-09).
        if handle is not None and bytes_of(handle) != credential.user_id.encode():
            return _REFUSED
        verified = _verified(answer, begun, material, site)
    except Exception:  # noqa: BLE001 -- whatever the library meets in bytes that anybody may send is no proof (WAN-17)
        return _REFUSED
    if (verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE) is not material.is_backup_eligible:
        return _REFUSED
    return _admitted(credential, verified, terms)


def _verified(answer: SignedAnswer, begun: Begun, material: PasskeyMaterial, site: Site) -> VerifiedAuthentication:
    credential = AuthenticationCredential(
        id=answer.id,
        raw_id=bytes_of(answer.rawId),
        response=AuthenticatorAssertionResponse(
            client_data_json=bytes_of(answer.response.clientDataJSON),
            authenticator_data=bytes_of(answer.response.authenticatorData),
            signature=bytes_of(answer.response.signature),
        ),
    )
    return verify_authentication_response(
        credential=credential,
        expected_challenge=begun.challenge,
        expected_rp_id=site.rp_id,
        expected_origin=list(site.origins),
        credential_public_key=material.public_key,
        # The counter is judged here below, once the signature is known to be good.
        credential_current_sign_count=0,
    )


def _admitted(credential: Credential, verified: VerifiedAuthentication, terms: Terms) -> Verified | Rejected:
    if terms.user_verification == "required" and not verified.user_verified:
        return Rejected(Reason.PASSKEY_UNVERIFIED)
    count, last = verified.new_sign_count, credential.step or 0
    if count <= last and (count or last):
        return Rejected(Reason.COUNTER_REGRESSED)
    synced = frozenset({Property.SYNCED} if verified.credential_backed_up else ())
    shown = credential.properties & {Property.DEVICE_BOUND, Property.ATTESTED} | synced
    return Verified(
        properties=shown | {Property.USER_VERIFIED} if verified.user_verified else shown,
        lasting=credential.properties & _LASTING | synced,
        step=count or None,
    )
