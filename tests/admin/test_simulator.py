"""The simulator on the console: who, at which application, from where, with which proofs; the answer with its trace."""

from urllib.parse import urlencode

import pytest

from idp.admin.policies.simulator.service import facts_of
from idp.core.errors import ConfigError
from idp.policy.model import Mark
from tests.admin.conftest import staff
from tests.admin.test_policies import begun, saved, text_of, with_rule
from tests.support.browser import Browser, Page
from tests.support.provider import Provider

PATH = "/admin/policies/simulator"


def asked(owner: Browser, **fields: str) -> Page:
    return owner.get(f"{PATH}?{urlencode({'ask': '1', **fields})}")


def test_what_would_be_said_is_shown_beside_a_draft(provider: Provider, owner: Browser) -> None:
    """Bob with a password: let in today, asked for his app under the draft, by the rule that the trace shows."""
    page = begun(owner)
    page = saved(owner, page, with_rule(text_of(page)))
    form = owner.get(page.document.link("simulate"))
    assert form.has("ask")
    shown = owner.submit(form, {"who": "bob", "client": "shop", "with.password": "here"}, button="ask")
    live, draft = (shown.document.text_in(name) for name in ("answer-live", "answer-draft"))
    assert "let in" in live
    assert "asked for more : Authenticator app" in draft
    assert "everybody-twice" in draft
    later = asked(owner, who="bob", action="payment.approve", **{"with.password": "10m", "with.totp": "10m"})
    assert "asked for more" in later.document.text_in("answer-live")
    visitor = asked(owner, client="bank", max_age="60", address="192.0.2.7", acr="phr", facts="risk.band=high\n")
    assert "asked for more" in visitor.document.text_in("answer-live")
    assert provider.count("bundle_drafts") == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"who": "nobody"}, "there is nobody called nobody"),
        ({"client": "nothing"}, "there is no client nothing"),
        ({"bundle": "nothing"}, "there is no such draft"),
        ({"address": "here"}, "must be an IP address"),
        ({"max_age": "soon"}, "must be a whole number of seconds"),
        ({"facts": "risk.bnad=high"}, "did you mean 'risk.band'?"),
        ({"facts": "user.enrolled=totp"}, "is computed and cannot be given"),
        ({"facts": "risk.band=very"}, "must be a band"),
    ],
)
def test_what_cannot_be_supposed_is_said(shared_owner: Browser, fields: dict[str, str], said: str) -> None:
    """422, beside the field, and no answer."""
    page = asked(shared_owner, **fields)
    assert page.status == 422
    assert said in page.document.text
    assert not page.has("answer-live")


@pytest.fixture(scope="module")
def shared_owner(shared_provider: Provider) -> Browser:
    return staff(shared_provider, "owner")[0]


def test_adm_09_who_may_only_look_supposes_nothing(shared_provider: Provider) -> None:
    """ADM-09: it tells of anybody what they have set up, so it takes the right to edit."""
    for role in ("auditor", "helpdesk"):
        assert staff(shared_provider, role)[0].get(PATH).status == 403


def test_facts_are_read_by_their_types() -> None:
    """Truth values, numbers, spans, lists, marks; anything else is named."""
    assert facts_of(
        ["device.known=true", "request.amount = -1.5", "user.age=2d", "user.groups=staff, board", "net.ip=192.0.2.1",
         "net.country=JP", "risk.band=unknown"]
    ) == {
        "device.known": True, "request.amount": -1.5, "user.age": 172800.0, "user.groups": ("staff", "board"),
        "net.ip": "192.0.2.1", "net.country": "JP", "risk.band": Mark.UNKNOWN,
    }  # fmt: skip
    for wrong in ("device.known=yes", "request.amount=1e9", "user.age=2", "net.ip=here", "net.country="):
        with pytest.raises(ConfigError, match="must be a"):
            facts_of([wrong])
