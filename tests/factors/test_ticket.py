"""The ticket: once, in its time, and only whole (E8)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import SystemTokens
from idp.factors.base import Challenge, Credential, Person, Verified
from idp.factors.issued import is_open
from idp.factors.ticket import Ticket, credential_of
from tests.support.builders import NOW

FACTOR = Ticket()


def a_ticket() -> tuple[str, Credential]:
    text, new = FACTOR.issue(credential_id="c1", tokens=SystemTokens(), now=NOW)
    return text, new.bound("ticket", credential_id="c1", user_id="u1", now=NOW)


def test_ticket_is_accepted_once() -> None:
    """It names its credential; accepting it asks that it be spent, and a spent one is refused."""
    text, credential = a_ticket()
    assert credential_of(f"  {text} ") == "c1"
    assert FACTOR.verify(credential, Challenge(), f" {text}", now=NOW) == Verified(step=1)
    assert is_open(credential, NOW)
    spent = replace(credential, step=1)
    assert FACTOR.verify(spent, Challenge(), text, now=NOW) == Rejected(Reason.CODE_USED)
    assert not is_open(spent, NOW)


def test_ticket_ends_after_five_days() -> None:
    """Five days, or what the bundle says."""
    text, credential = a_ticket()
    for later, expected in ((timedelta(days=5, seconds=-1), Verified(step=1)), (timedelta(days=5), None)):
        found = FACTOR.verify(credential, Challenge(), text, now=NOW + later)
        assert found == (expected or Rejected(Reason.CODE_EXPIRED))
    assert not is_open(credential, NOW + timedelta(days=5))


@pytest.mark.parametrize("typed", ["", ".", "c1", "c1.", ".secret", "c2.secret", "c1.secret", "c1." + "x" * 500])
def test_ticket_is_refused_when_it_is_another(typed: str) -> None:
    """Nothing but the whole of it."""
    _, credential = a_ticket()
    assert FACTOR.verify(credential, Challenge(), typed, now=NOW) == Rejected(Reason.CODE_MISMATCH)
    assert credential_of(typed) in {"", "c1", "c2"}


def test_ticket_without_a_credential_is_refused() -> None:
    """Nobody has none."""
    assert FACTOR.verify(None, Challenge(), "c1.secret", now=NOW) == Rejected(Reason.FACTOR_NOT_ENROLLED)
    person = Person(id="u1", username="ada")
    assert FACTOR.begin(person, a_ticket()[1], tokens=SystemTokens(), now=NOW) == Challenge()


def test_ticket_is_kept_as_a_hash() -> None:
    """What is stored opens nothing, and does not print itself."""
    text, credential = a_ticket()
    assert text.partition(".")[2].encode() not in credential.material
    assert "material" not in repr(credential)
