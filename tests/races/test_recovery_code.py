"""The recovery code: used once and replaced once, over four worker processes, on both databases."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.core.tokens import SystemTokens
from idp.factors.base import Challenge, NewCredential
from idp.factors.base import Person as Known
from idp.factors.recovery_code import RecoveryCode
from idp.records.users.backup_codes import store as backup_codes
from idp.records.users.credentials import store as credentials
from tests.races.test_factors import at_challenge, codes_left, forget_budgets, shot
from tests.support.cluster import Cluster
from tests.support.person import Person
from tests.support.race import par

ROUNDS, AT_ONCE = 3, 20
DEMO = Path("policies", "demo.yaml").read_text(encoding="utf-8")

pytestmark = pytest.mark.workers


@pytest.fixture(autouse=True)
def codes_instead_of_lists(four: Cluster) -> Iterator[None]:
    """A policy with the code instead of a list."""
    assert "email, backup_code]" in DEMO
    with four.ruled_by(DEMO.replace("email, backup_code]", "email, recovery_code]")):
        yield


def with_recovery_code(four: Cluster, person: Person) -> str:
    """Give somebody a recovery code, and return it."""
    factor, known = RecoveryCode(), Known(id=person.id, username="x")
    drawn = factor.enroll_begin(known, typed="", tokens=SystemTokens(), now=four.now())
    assert isinstance(drawn, Challenge)
    new = factor.enroll_finish(known, drawn, "", now=four.now())
    assert isinstance(new, NewCredential)
    credential = new.bound("recovery_code", credential_id=f"one-{person.id}", user_id=person.id, now=four.now())
    with four.provider.database.transaction() as tx:
        credentials.add_credential(tx, credential)
        backup_codes.add_codes(tx, credential.id, new.code_hashes)
    return drawn.page["codes"]


def test_one_recovery_code_is_replaced_once(four: Cluster) -> None:
    """F8: of twenty sign-ins with one recovery code one is shown its successor, and there is one successor."""
    person = four.provider.add_person("keeper", has_totp=True)
    code = with_recovery_code(four, person)
    for round_number in range(ROUNDS):
        shots = []
        for _ in range(AT_ONCE):
            browser, page = at_challenge(four, person)
            page = browser.follow(browser.submit(page, button="choose-recovery_code"))
            shots.append((browser, page, shot(four, browser, page, "challenge-submit", code=code)))
        forget_budgets(four)
        replies = par([each for _, _, each in shots])
        assert {reply.status for reply in replies} <= {303, 422, 429, 503}, f"round {round_number}"
        shown = [
            (browser, following)
            for browser, page, _ in shots
            if (following := browser.get(page.url)).has("recovery-code")
        ]
        assert len(shown) == 1, f"round {round_number}: {Counter(reply.status for reply in replies)}"
        assert codes_left(four, f"one-{person.id}") == 1
        code = shown[0][1].document.text_of("code")
        forget_budgets(four)
    four.assert_calm()
