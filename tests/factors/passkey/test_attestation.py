"""What an authenticator is proven to be, by metadata of a maker of the tests' own (WAN-19)."""

from collections.abc import Mapping
from typing import Any

import pytest

from idp.core.assurance import Property
from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.factors.base import NewCredential
from idp.factors.passkey import metadata
from idp.factors.passkey.metadata import Model
from idp.factors.passkey.site import Site
from tests.factors.passkey.kit import a_passkey, made
from tests.support.attestation import AAGUID, MODEL, Maker
from tests.support.authenticator import Authenticator

OURS, THEIRS = Maker(), Maker("Somebody else")
CHAIN = OURS.chain()


def site(models: Mapping[str, Model]) -> Site:
    return Site(rp_id="localhost", name="localhost", origins=("http://localhost:8000",), models=models)


def registered(device: Authenticator, listed: bytes = b"", **terms: Any) -> NewCredential | Rejected:
    models = metadata.read(listed or OURS.metadata())
    return made(a_passkey(site(models), **({"attestation": "direct"} | terms)), device)


def a_device(**changes: Any) -> Authenticator:
    return Authenticator(**{"aaguid": AAGUID, "attestation": "chain", "chain": CHAIN} | changes)


def is_attested(new: NewCredential | Rejected) -> bool:
    assert isinstance(new, NewCredential), new
    return Property.ATTESTED in (new.properties or ())


def test_chain_to_a_listed_root_attests() -> None:
    """A model that metadata lists, certified under its root."""
    assert is_attested(registered(a_device()))


def test_listed_certificate_attests_itself() -> None:
    """Metadata may list the attestation certificate instead of a root."""
    assert is_attested(registered(a_device(), OURS.metadata(CHAIN.certificates[0])))


def test_certificate_need_not_name_its_model() -> None:
    """One certificate without the extension is good for what its root attests."""
    assert is_attested(registered(a_device(chain=OURS.chain(aaguid=None))))


@pytest.mark.parametrize(
    "device",
    [
        a_device(attestation="none"),
        a_device(attestation="self"),
        a_device(aaguid=bytes(16), chain=OURS.chain(aaguid=bytes(16))),
    ],
    ids=["none", "by itself", "another model"],
)
def test_claim_alone_attests_nothing(device: Authenticator) -> None:
    """WAN-19: a certified model's AAGUID without its chain, and a chain of a model that nobody lists."""
    assert not is_attested(registered(device))


def test_attestation_that_nobody_asked_for() -> None:
    """Where policy asks none it comes to nothing."""
    assert not is_attested(registered(a_device(), attestation="none"))


def test_listed_model_without_roots() -> None:
    """Metadata that names no certificates proves nothing."""
    models = {MODEL: Model(name="A key of ours")}
    assert not is_attested(made(a_passkey(site(models), attestation="direct"), a_device()))


@pytest.mark.parametrize(
    "chain",
    [
        OURS.chain(aaguid=bytes(16)),
        OURS.chain(is_critical=True),
        OURS.chain(unit="Sales"),
        OURS.chain(is_ca=True),
        OURS.chain(has_constraints=False),
    ],
    ids=["another model's", "critical", "another unit", "an authority's", "without constraints"],
)
def test_certificate_that_is_none_of_attestation(chain: Any) -> None:
    """WebAuthn Level 3 §8.2.1: refused, as it claims what it is not."""
    assert registered(a_device(chain=chain)) == Rejected(Reason.PASSKEY_NOT_ALLOWED)


def test_chain_to_another_root_is_refused() -> None:
    """A listed model, certified by somebody else."""
    assert registered(a_device(chain=THEIRS.chain())) == Rejected(Reason.PASSKEY_REFUSED)


@pytest.mark.parametrize("status", ["REVOKED", "ATTESTATION_KEY_COMPROMISE", "USER_VERIFICATION_BYPASS"])
def test_broken_model_is_refused(status: str) -> None:
    """What metadata reports as broken is not taken, attested or not."""
    listed = OURS.metadata(statuses=("FIDO_CERTIFIED", status))
    assert registered(a_device(), listed) == Rejected(Reason.PASSKEY_NOT_ALLOWED)
    assert registered(a_device(attestation="none"), listed) == Rejected(Reason.PASSKEY_NOT_ALLOWED)
