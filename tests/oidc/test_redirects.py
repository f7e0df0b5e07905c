"""Which redirection URI is the client's."""

import pytest

from idp.oidc.redirects import is_registered, origin_of, with_parameters
from tests.oidc.kit import CALLBACK, a_client

NEAR_MISSES = [
    "https://rp1.test/cb/",
    "https://rp1.test/CB",
    "https://rp1.test/cb?x",
    "https://rp1.test/cb/../e",
    "https://rp1.test/cb%2f..%2fe",
    "https://rp1.test/cb;x",
    "https://rp1.test/cb/..;/e",
    "https://rp1.test/cb%00",
    "https://rp1.test/cb#f",
    "https://rp1.test./cb",
    "https://RP1.TEST/cb",
    "https://rp1.test:443/cb",
    "https://xn--rp1.test/cb",
    "//e.test",
    "https://e.test?rp1.test",
    "https://rp1.test.e.test/cb",
    "https://rp1atest/cb",
    "https://rp1.test@e.test/cb",
    "https://rp1.test%40e.test/cb",
    "http://localhost:80@e.test/cb",
    "http://rp1.test/cb",
    "javascript:alert(1)",
    "",
]


def test_is_registered_accepts_the_same_characters():
    """The registered URI is the client's."""
    assert is_registered(CALLBACK, a_client())


@pytest.mark.parametrize("uri", NEAR_MISSES)
def test_is_registered_refuses_all_but_the_same_characters(uri):
    """OAU-02, OAU-03: comparison is exact, nothing is normalised."""
    assert not is_registered(uri, a_client())
    assert not is_registered(uri, a_client(application_type="native"))


def test_is_registered_refuses_a_fragment_even_when_registered():
    """RFC 6749 §3.1.2: a redirection URI has no fragment."""
    uri = CALLBACK + "#f"
    assert not is_registered(uri, a_client(redirect_uris=(uri,)))


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1/cb", "http://127.0.0.1:51234/cb", "http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb"]
)
def test_is_registered_lets_a_native_client_choose_its_port(uri):
    """RFC 8252 §7.3: any port on the loopback address."""
    assert is_registered(uri, a_client(application_type="native", redirect_uris=("http://127.0.0.1/cb",)))


def test_is_registered_lets_a_native_client_choose_its_port_on_ipv6():
    """RFC 8252 §7.3: the IPv6 loopback address as well."""
    client = a_client(application_type="native", redirect_uris=("http://[::1]:8080/cb?a=b",))
    assert is_registered("http://[::1]:9/cb?a=b", client)
    assert not is_registered("http://127.0.0.1:9/cb?a=b", client)


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:80:80/cb",
        "http://127.0.0.1:１/cb",
        "http://127.0.0.1/other",
        "http://127.0.0.1.e.test/cb",
        "http://127.0.0.1@e.test/cb",
        "http://127.0.0.1:80@e.test/cb",
        "http://localhost/cb",
        "http://localhost.e.test/cb",
        "http://[::1]/cb",
        "https://127.0.0.1/cb",
        "http://e.test/cb",
        "http://127.0.0.1/cb#f",
    ],
)
def test_is_registered_lets_only_the_port_differ(uri):
    """OAU-05: nothing but the port of a loopback literal may differ."""
    assert not is_registered(uri, a_client(application_type="native", redirect_uris=("http://127.0.0.1/cb",)))


def test_is_registered_keeps_web_clients_to_their_port():
    """RFC 8252 §7.3 is for native clients alone."""
    assert not is_registered("http://127.0.0.1:9/cb", a_client(redirect_uris=("http://127.0.0.1/cb",)))


def test_with_parameters_keeps_a_query_and_escapes_everything():
    """RFC 6749 §3.1.2: the query of a redirection URI is retained."""
    url = with_parameters("https://rp1.test/cb?a=b", {"state": "x y&\"'<é"})
    assert url == "https://rp1.test/cb?a=b&state=x%20y%26%22%27%3C%C3%A9"
    assert with_parameters(CALLBACK, {"code": "c"}) == f"{CALLBACK}?code=c"


def test_origin_of_is_what_browsers_send():
    """Scheme, host and port; nothing for a custom scheme."""
    assert origin_of("https://RP1.test:8443/cb?x") == "https://rp1.test:8443"
    assert origin_of("com.example.app:/cb") is None
