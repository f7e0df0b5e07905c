"""OpenID Connect Back-Channel Logout 1.0; what is told, to whom and when: `tests/flows/test_backchannel_logout.py`."""

from tests.support.admin_api import robot
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

URI = "backchannel_logout_uri"
REQUIRED = "backchannel_logout_session_required"


def test_2_1_support_is_announced(bank: RelyingParty) -> None:
    """§2.1: logout tokens are sent, and say which session."""
    said = bank.get("/.well-known/openid-configuration").json()
    assert said["backchannel_logout_supported"] is said["backchannel_logout_session_supported"] is True


def test_2_2_address_is_registered(provider: Provider, bank: RelyingParty) -> None:
    """§2.2: as metadata, through the API as anywhere; none is the default, and what is wrong changes nothing."""
    api, path = robot(provider), "/clients/bank"
    assert URI not in api.get(path)["metadata"]
    wish = {URI: "https://rp1.test:8443/told?by=idp", REQUIRED: True}
    api.do("PATCH", path, wish, If_Match=api.tag(path))
    assert {name: api.get(path)["metadata"][name] for name in wish} == wish
    for wrong in ("http://rp1.test/told", "https://rp1.test/told#x", "https://a@rp1.test/", "com.example:/told"):
        assert api.call("PATCH", path, {URI: wrong}, If_Match=api.tag(path)).status == 422
    assert api.get(path)["metadata"][URI] == wish[URI]
    api.do("PATCH", path, {URI: ""}, If_Match=api.tag(path))
    assert URI not in api.get(path)["metadata"]
