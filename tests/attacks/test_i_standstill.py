"""What one administrator writes must not bring everybody to a standstill: table I, and what its rows have in common."""

import pytest

from tests.support.admin_api import Api, administrator, robot
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty


def drafted(api: Api, before: str, after: str) -> str:
    """Return the path of a draft that says something else than what is live."""
    path = f"/policies/drafts/{api.do('POST', '/policies/drafts', {})['id']}"
    text = api.get(path)["text"]
    assert before in text
    api.do("PUT", path, {"text": text.replace(before, after)}, If_Match=api.tag(path))
    return path


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_adm_10_a_moment_that_cannot_be_read_back_is_not_written(
    provider: Provider, bank: RelyingParty, alice: Person, moment: str
) -> None:
    """ADM-10, FLT-41: a start in the year 10000 of UTC is refused; it would be read with each request, and fail it."""
    api = robot(provider)
    path = drafted(api, "bundle: demo", "bundle: other")
    before = api.get("/policies/live")["version"]
    page = api.call("POST", f"{path}/publish", {"starts_at": moment}, If_Match=api.tag(path))
    if moment.startswith("0001"):
        assert page.json()["outcome"] == "published"  # a moment that has long passed is none to wait for
    else:
        assert page.status == 400
        assert api.get("/policies/live")["version"] == before
        assert provider.count("bundle_rollouts") == 0
    assert provider.sign_in(provider.browser(), bank, alice).access_token


def test_adm_10_a_proposal_is_held_to_the_same(provider: Provider) -> None:
    """ADM-10: nor is one kept for a second administrator, whose page would show it."""
    owner, admin = administrator(provider, "owner"), administrator(provider, "admin")
    path = drafted(owner, "bundle: demo", "bundle: demo\npublishing: {second_approver: true}")
    assert owner.do("POST", f"{path}/publish", {}, If_Match=owner.tag(path))["outcome"] == "published"
    path = drafted(admin, "bundle: demo", "bundle: other")
    page = admin.call("POST", f"{path}/publish", {"starts_at": "0001-01-01T00:00:00+14:00"}, If_Match=admin.tag(path))
    assert page.status == 400
    assert admin.get("/policies/proposals")["items"] == []


@pytest.mark.parametrize("slip", ["idle: 12s", "idle: 0s"])
def test_adm_10_sessions_that_are_over_at_once_are_not_published(
    provider: Provider, bank: RelyingParty, alice: Person, slip: str
) -> None:
    """ADM-10: nobody could ever publish another policy, and the guard against that counts what people can prove."""
    api = robot(provider)
    path = drafted(api, "idle: 12h", slip)
    for way in ("publish", "canary"):
        page = api.call("POST", f"{path}/{way}", {"share": 1} if way == "canary" else {}, If_Match=api.tag(path))
        assert page.status == 422
        assert "`idle` must be from 1m" in page.text
    assert "idle: 12h" in api.get("/policies/live")["text"]
    assert provider.count("bundle_rollouts") == 0
    assert provider.sign_in(provider.browser(), bank, alice).access_token


def test_otp_06_a_ceiling_above_a_hundred_is_not_published(provider: Provider) -> None:
    """OTP-06, ADM-10: no bundle lets anybody guess more often than the standard allows, or at a code of days ago."""
    api = robot(provider)
    for before, after in (("ceiling: 100", "ceiling: 1000"), ("attempts: 5", "attempts: 5000"), ("ttl: 5m", "ttl: 5d")):
        path = drafted(api, before, after)
        page = api.call("POST", f"{path}/publish", {}, If_Match=api.tag(path))
        assert page.status == 422
        assert f"`{after.partition(':')[0]}` must be from" in page.text
    assert provider.count("bundle_publications") == 0
