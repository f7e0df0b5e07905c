"""A small world for tests of risk: files of places, providers and lists, and browsers that come from somewhere."""

from pathlib import Path
from typing import Any

from mmdb_writer import MMDBWriter
from netaddr import IPSet

from tests.support.browser import Browser
from tests.support.provider import Provider
from tests.support.transport import InProcess

OSLO, BERGEN, TOKYO, RELAY, TOR = "81.167.144.58", "81.170.1.7", "126.0.0.9", "17.0.0.5", "185.220.101.5"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
    "Mobile Safari/537.36"
)
PLACES = {
    "81.167.0.0/16": ("NO", 59.9, 10.7, 50, 29695),
    "81.170.0.0/16": ("NO", 60.4, 5.3, 50, 29695),
    "126.0.0.0/16": ("JP", 35.7, 139.7, 20, 17676),
    "17.0.0.0/16": ("US", 37.3, -122.0, 1000, 714),
    "185.220.101.0/24": ("DE", 51.0, 9.0, 200, 60729),
}


def write_atlas(folder: Path) -> dict[str, str]:
    """Write the files, and return the settings that name them."""
    city, asn = MMDBWriter(4, "GeoLite2-City"), MMDBWriter(4, "GeoLite2-ASN")
    for network, (country, latitude, longitude, radius, number) in PLACES.items():
        city.insert_network(IPSet([network]), _place(country, latitude, longitude, radius))
        asn.insert_network(IPSet([network]), {"autonomous_system_number": number})
    lists = folder / "lists"
    lists.mkdir()
    (lists / "tor-exits.txt").write_text(f"ExitNode 00\nPublished 2026-11-25 10:00:00\nExitAddress {TOR} 2026-11-26\n")
    (lists / "vpn.txt").write_text("# relays\n17.0.0.0/24\n")
    (lists / "README.txt").write_text("not a list")
    (folder / "mail.txt").write_text("# thrown away\nmailinator.example\n")
    city.to_db_file(str(folder / "city.mmdb"))
    asn.to_db_file(str(folder / "asn.mmdb"))
    return {
        "IDP_GEOIP_CITY": str(folder / "city.mmdb"),
        "IDP_GEOIP_ASN": str(folder / "asn.mmdb"),
        "IDP_IP_LISTS": str(lists),
        "IDP_DISPOSABLE_MAIL": str(folder / "mail.txt"),
    }


def browser_at(provider: Provider, address: str, agent: str = FIREFOX) -> Browser:
    """Return a browser that has never been here, at an address."""
    transport = InProcess(provider.wsgi, address=address)
    return Browser(transport, origin=provider.issuer, now=provider.clock.now, agent=agent)


def moved(provider: Provider, browser: Browser, address: str) -> Browser:
    """Take the browser to another address, cookies and all."""
    browser.transport = InProcess(provider.wsgi, address=address)
    return browser


def _place(country: str, latitude: float, longitude: float, radius: int) -> dict[str, Any]:
    return {
        "country": {"iso_code": country},
        "location": {"latitude": latitude, "longitude": longitude, "accuracy_radius": radius},
    }
