"""Whether more is demanded than there are proofs of: a hint that never says too much."""

from itertools import product

import pytest

from idp.policy.engine import decide
from idp.policy.model import Demand, Facts, Outcome
from idp.policy.shortfall import falls_short
from tests.policy.kit import MFA, NOW, a_bundle, credential, proof

BUNDLE = a_bundle()
PROOFS = (
    "",
    "password@here",
    "password@1h",
    "totp@here",
    "password@1h totp@here",
    "password@here passkey@1h",
    "email@1h",
)
DEMANDS = {
    "nothing": Demand(client_id="bank"),
    "a level": Demand(client_id="bank", acr_values=(MFA,)),
    "by another name": Demand(client_id="bank", acr_values=("mfa",)),
    "the stronger first": Demand(client_id="bank", acr_values=("phr", MFA)),
    "the first level would do": Demand(client_id="bank", acr_values=(MFA, "urn:idp:acr:1fa")),
    "essential": Demand(client_id="bank", essential_acr=("phr",)),
    "essential beside another": Demand(client_id="bank", essential_acr=("phr",), acr_values=("urn:idp:acr:1fa",)),
    "not essential": Demand(client_id="bank", requested_acr=("phr",)),
    "by default": Demand(client_id="bank", default_acr_values=(MFA,)),
    "an action": Demand(client_id="bank", actions=("pay",)),
    "two actions": Demand(client_id="bank", actions=("pay", "wire")),
    "an action that is none": Demand(client_id="bank", actions=("dance",)),
    "a level that is none": Demand(client_id="bank", acr_values=("gold",)),
}


@pytest.mark.parametrize(
    ("demand", "proofs", "short"),
    [
        ("nothing", "", False),
        ("a level", "password@1h", True),
        ("a level", "password@1h totp@here", False),
        ("by another name", "password@1h", True),
        ("the stronger first", "password@1h totp@here", False),
        ("the stronger first", "password@1h", True),
        ("the first level would do", "password@1h", False),
        ("essential", "password@1h totp@here", True),
        ("essential", "password@here passkey@1h", False),
        ("essential beside another", "password@1h", True),
        ("not essential", "password@1h", False),
        ("by default", "password@1h", False),
        ("an action", "password@here", True),
        ("an action", "password@1h totp@here", False),
        ("two actions", "password@1h totp@here", True),
        ("an action that is none", "password@1h", False),
        ("a level that is none", "password@1h", False),
    ],
)
def test_more_is_demanded_than_there_are_proofs_of(demand: str, proofs: str, short: bool) -> None:
    """Of each list that is demanded one level must be held by all proofs together; wishes demand nothing."""
    assert falls_short(BUNDLE, DEMANDS[demand], tuple(proof(text) for text in proofs.split())) is short


def test_a_proof_of_a_factor_that_is_none_counts_for_nothing() -> None:
    """A factor may be gone since it was proved."""
    gone = (proof("password@1h"), proof("totp@here", factor="abacus"))
    assert falls_short(BUNDLE, DEMANDS["a level"], gone)


@pytest.mark.parametrize("name", DEMANDS)
def test_whoever_falls_short_is_never_allowed(name: str) -> None:
    """It only says before what `decide` would say: whatever is enrolled, nobody who falls short passes."""
    held = tuple(credential(factor) for factor in ("password", "totp", "passkey", "email"))
    for proofs, enrolled in product(PROOFS, (held, held[:2], ())):
        evidence = tuple(proof(text) for text in proofs.split())
        asked = Facts(demand=DEMANDS[name], interaction_id="here", user_id="ada")
        decision = decide(BUNDLE, asked, evidence, enrolled, now=NOW)
        assert decision.outcome is not Outcome.ALLOW or not falls_short(BUNDLE, DEMANDS[name], evidence)
