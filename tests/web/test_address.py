"""The client's address: hops are believed by number only."""

import pytest

from idp.web.address import client_address


@pytest.mark.parametrize(
    ("remote", "forwarded", "proxies", "expected"),
    [
        ("192.0.2.1", "198.51.100.9", 0, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.9", 1, "198.51.100.9"),
        ("192.0.2.1", "203.0.113.5, 198.51.100.9", 1, "198.51.100.9"),
        ("192.0.2.1", "203.0.113.5, 198.51.100.9", 2, "203.0.113.5"),
        ("192.0.2.1", "198.51.100.9", 2, ""),
        ("192.0.2.1", "", 1, ""),
        ("192.0.2.1", "a", 1, ""),
        ("192.0.2.1", "\x00", 1, ""),
        ("192.0.2.1", ",".join(["203.0.113.5"] * 300), 1, "203.0.113.5"),
        ("fe80::1%eth0", "", 0, "fe80::1"),
        ("::ffff:192.0.2.1", "", 0, "192.0.2.1"),
        ("2001:DB8:0::1", "", 0, "2001:db8::1"),
        ("", "", 0, ""),
    ],
)
def test_client_address_believes_only_the_configured_hops(
    remote: str, forwarded: str, proxies: int, expected: str
) -> None:
    """X-Forwarded-For counts only as far as proxies are trusted; nonsense is no address (OTP-09, SES-23)."""
    environ = {"REMOTE_ADDR": remote, "HTTP_X_FORWARDED_FOR": forwarded}
    assert client_address(environ, proxies=proxies) == expected
