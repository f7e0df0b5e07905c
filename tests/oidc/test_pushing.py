"""`/par` over HTTP: whose scripts may read its answers."""

import pytest

from tests.support.provider import Provider


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [("https://rp1.test", "https://rp1.test"), ("https://rp1.test.evil.test", ""), ("null", ""), ("", "")],
)
def test_answers_are_read_by_scripts_of_the_clients_own_origin(provider: Provider, origin: str, allowed: str):
    """SES-17: an allow-list as at /token, for references and refusals alike, never with credentials."""
    spa = provider.add_client("spa", token_endpoint_auth_method="none")
    fields, _ = spa.push_request(spa.attempt())
    headers = {"Origin": origin} if origin else {}
    for changes, status in (({}, 201), ({"scope": "unheard_of"}, 400)):
        answer = spa.post("/par", fields | changes, headers=headers)
        assert (answer.status, answer.header("access-control-allow-origin")) == (status, allowed)
        assert answer.header("vary") == "Origin"
        assert not answer.header("access-control-allow-credentials")


def test_strangers_are_told_nothing_by_their_origin(provider: Provider):
    """SES-17: nobody is known before a client is proved."""
    answer = provider.bank.post("/par", {"client_id": "bank"}, headers={"Origin": "https://rp1.test"})
    assert (answer.status, answer.header("access-control-allow-origin")) == (401, "")
