"""What a browser is told to begin a ceremony with, as JSON of WebAuthn's own form (WebAuthn Level 3 §5.4, §5.5)."""

from collections.abc import Sequence

from webauthn import generate_authentication_options, generate_registration_options, options_to_json
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from idp.factors.base import Credential, Person
from idp.factors.passkey.answers import bytes_of
from idp.factors.passkey.material import LASTS, material_of
from idp.factors.passkey.site import ALGORITHMS, Site, Terms

_TIMEOUT = int(LASTS.total_seconds()) * 1000


def to_create(person: Person, held: Sequence[Credential], challenge: bytes, *, site: Site, terms: Terms) -> str:
    """Return the options that make a new passkey, on an authenticator that has none of these yet."""
    options = generate_registration_options(
        rp_id=site.rp_id,
        rp_name=site.name,
        user_id=person.id.encode(),
        user_name=person.username,
        user_display_name=person.display_name,
        challenge=challenge,
        timeout=_TIMEOUT,
        attestation=AttestationConveyancePreference(terms.attestation),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement(terms.user_verification),
        ),
        exclude_credentials=described(held),
        supported_pub_key_algs=list(ALGORITHMS),
    )
    return options_to_json(options)


def to_get(held: Sequence[Credential], challenge: bytes, *, site: Site, terms: Terms) -> str:
    """Return the options that ask for a proof by one of these, or by any where there are none."""
    options = generate_authentication_options(
        rp_id=site.rp_id,
        challenge=challenge,
        timeout=_TIMEOUT,
        allow_credentials=described(held),
        user_verification=UserVerificationRequirement(terms.user_verification),
    )
    return options_to_json(options)


def described(held: Sequence[Credential]) -> list[PublicKeyCredentialDescriptor]:
    """Return passkeys as browsers look for them."""
    materials = [material_of(credential.material) for credential in held]
    return [
        PublicKeyCredentialDescriptor(
            id=bytes_of(material.key_id),
            transports=[AuthenticatorTransport(each) for each in material.transports] or None,
        )
        for material in materials
    ]
