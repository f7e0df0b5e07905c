"""Addresses that may be registered: plain, unambiguous, and nobody else's."""

import pytest

from idp.records.clients.uris import is_loopback, why_not


@pytest.mark.parametrize("uri", ["https://shop.example.com/cb", "https://shop.example.com:8443/cb?tenant=1",
                                 "http://localhost:8001/callback", "http://127.0.0.1/cb", "http://[::1]:9/cb",
                                 "https://shop.example.com"])  # fmt: skip
def test_uris_of_the_web_may_be_registered(uri: str) -> None:
    """https anywhere, http on loopback."""
    assert why_not(uri, is_native=False) == ""


@pytest.mark.parametrize("uri", ["com.example.app:/cb", "com.example.app://cb", "http://127.0.0.1:5000/cb",
                                 "https://app.example.com/cb"])  # fmt: skip
def test_uris_of_native_applications_may_be_registered(uri: str) -> None:
    """RFC 8252 §7: private schemes that are a reversed domain, loopback, and claimed https."""
    assert why_not(uri, is_native=True) == ""


@pytest.mark.parametrize("uri", ["", "shop.example.com/cb", "//shop.example.com/cb", "http://shop.example.com/cb",
                                 "https://shop.example.com/cb#x", "https://shop.example.com/cb#",
                                 "https://user@shop.example.com/cb", "https://user:pw@shop.example.com/cb",
                                 "https://*.example.com/cb", "https://shop.example.com/*", "https://shop.example.com\\cb",
                                 "https://shop.example.com/a/../cb", "https://shop.example.com/a/%2e%2E/cb",
                                 "https://shop.example.com/c b", "https://shop.example.com/\n", "https://ショップ.jp/",
                                 "https://Shop.example.com/cb", "https:///cb", "https://-/cb", "https://[/cb",
                                 "https://shop.example.com:x/", "https://shop.example.com:/", "https://" + "x" * 2000,
                                 "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "blob:https://a/b",
                                 "com.example.app:/cb"])  # fmt: skip
def test_uris_that_may_not_be_registered(uri: str) -> None:
    """OAU-06: no dangerous scheme, wildcard, fragment, user, dot segment or second spelling."""
    assert why_not(uri, is_native=False)


@pytest.mark.parametrize("uri", ["javascript:alert(1)", "data:x", "app:/cb", "vbscript:x", "myapp://cb",
                                 "http://app.example.com/cb", "com.example.app:/cb#x"])  # fmt: skip
def test_uris_that_native_applications_may_not_register(uri: str) -> None:
    """A bare word is nobody's scheme; a fragment is never allowed."""
    assert why_not(uri, is_native=True)


def test_loopback_is_this_machine_alone() -> None:
    """RFC 8252 §8.3: names that merely look local are not."""
    hosts = ("localhost", "127.9.9.9", "::1", "localhost.example.com", "10.0.0.1")
    assert [is_loopback(host) for host in hosts] == [True, True, True, False, False]
