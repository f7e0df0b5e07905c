"""Files of places and lists: what they say, and how they fail."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from idp.login.observing.lines import signals_of
from idp.login.observing.lists import AddressLists
from idp.login.observing.mail_domains import MailDomains
from idp.login.observing.places import Places
from idp.login.observing.sources import Reachable, Sighting, Sources
from idp.risk.inputs import Health
from idp.risk.model import Place
from idp.web.agents import agent_of, agent_words
from idp.web.current import Browser
from tests.support.atlas import FIREFOX, OSLO, PHONE, RELAY, TOR, write_atlas

NOW = datetime.now(UTC)
IPAD = "Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari/604.1"


def installed(seen: Sighting) -> set[Health]:
    """Return how the inputs are that an operator installs."""
    return {health for name, health in seen.health.items() if name not in ("hints", "phone")}


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    named = write_atlas(tmp_path)
    names = ("IDP_GEOIP_CITY", "IDP_GEOIP_ASN", "IDP_IP_LISTS", "IDP_DISPOSABLE_MAIL")
    city, asn, lists, mail = (Path(named[name]) for name in names)
    return Sources(city=city, asn=asn, lists=lists, mail_domains=mail)


def test_an_address_has_a_place_a_provider_and_lists(sources: Sources) -> None:
    """Coordinates to the nearest tenth of a degree, and how far off they may be."""
    seen = sources.sight(Browser(address=OSLO, user_agent=FIREFOX, device="c"), NOW)
    assert (seen.visit.country, seen.visit.provider, seen.lists) == ("NO", "29695", ())
    assert seen.visit.place == Place(latitude=59.9, longitude=10.7, radius_km=50)
    assert installed(seen) == {Health.FRESH}
    assert (seen.health["hints"], seen.health["phone"]) == (Health.ABSENT, Health.ABSENT)
    assert (seen.observation.browser, seen.observation.cookie) == ("Firefox", "c")
    relay, tor = (sources.sight(Browser(address=address), NOW) for address in (RELAY, TOR))
    assert (relay.lists, relay.visit.is_shared) == (("vpn",), True)
    assert (tor.lists, tor.visit.is_shared) == (("tor_exit",), True)


@pytest.mark.parametrize("address", ["127.0.0.1", "8.8.8.8", "2001:db8::1", "2606:4700::1"])
def test_what_no_file_knows_is_nowhere(sources: Sources, address: str) -> None:
    """Neither unusual nor failed."""
    seen = sources.sight(Browser(address=address), NOW)
    assert (seen.visit.country, seen.visit.place, seen.lists) == ("", None, ())
    assert Health.FAILED not in seen.health.values()


def test_an_address_that_cannot_be_known_is_a_failed_input(sources: Sources) -> None:
    """Never a known good place (SES-23)."""
    assert sources.sight(Browser(), NOW).health["address"] is Health.FAILED


def test_what_is_installed_is_told_with_its_age(sources: Sources) -> None:
    """For whoever looks after it."""
    present = {each.name: each for each in sources.present(NOW)}
    assert list(present) == ["city", "asn", "tor-exits.txt", "vpn.txt", "mail_domains"]
    assert all(each.health is Health.FRESH and each.dated for each in present.values())
    assert present["vpn.txt"].size == present["mail_domains"].size == 1
    later = {each.name: each.health for each in sources.present(NOW + timedelta(days=10))}
    assert (later["tor-exits.txt"], later["vpn.txt"]) == (Health.STALE, Health.FRESH)
    assert [(each.name, each.health) for each in Sources().present(NOW)] == [
        ("city", Health.ABSENT),
        ("asn", Health.ABSENT),
        ("lists", Health.ABSENT),
        ("mail_domains", Health.ABSENT),
    ]


def test_old_files_are_stale(sources: Sources) -> None:
    """They still speak."""
    seen = sources.sight(Browser(address=OSLO), NOW + timedelta(days=400))
    assert seen.visit.country == "NO"
    assert installed(seen) == {Health.STALE}


def test_a_file_that_cannot_be_read_has_failed(tmp_path: Path) -> None:
    """From the start, or once it turns out to be broken within."""
    broken = tmp_path / "city.mmdb"
    broken.write_bytes(b"nothing")
    assert Places(city=broken, asn=None).find(OSLO, NOW).health["city"] is Health.FAILED
    whole = Path(write_atlas(tmp_path)["IDP_GEOIP_CITY"]).read_bytes()
    at = whole.index(b"\xab\xcd\xefMaxMind.com")
    broken.write_bytes(whole[: at // 2] + b"\xff" * (at - at // 2) + whole[at:])
    places = Places(city=broken, asn=None)
    for address in ("81.167.1.1", "126.0.0.9", "185.220.101.5"):
        places.find(address, NOW)
    assert places.find(OSLO, NOW).health["city"] is Health.FAILED


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ({"latitude": 1.26, "longitude": 2}, Place(latitude=1.3, longitude=2, radius_km=500)),
        ({"latitude": 91.0, "longitude": 2}, None),
        ({"latitude": 1.0}, None),
        ("nowhere", None),
    ],
)
def test_odd_records_are_no_places(tmp_path: Path, location: object, expected: Place | None) -> None:
    """A file may hold anything."""
    writer = MMDBWriter(4, "Odd")
    writer.insert_network(IPSet(["5.5.0.0/16"]), {"country": "NO", "location": location})
    writer.insert_network(IPSet(["6.6.0.0/16"]), "a text")
    file = tmp_path / "odd.mmdb"
    writer.to_db_file(str(file))
    places = Places(city=file, asn=file)
    found = places.find("5.5.5.5", NOW)
    assert (found.country, found.provider, found.place) == ("", "", expected)
    assert places.find("6.6.6.6", NOW).place is None


def test_lists_join_networks_and_leave_private_ones_out(tmp_path: Path) -> None:
    """FireHOL's first level names full bogons too: nobody at 10.0.0.1 is an attacker for it."""
    lines = "# a comment\n;another\n5.5.5.0/25\n5.5.5.128/25 ; both\n5.5.5.7\n10.0.0.0/8\n2606:4700::/32\n\n"
    (tmp_path / "attack.netset").write_text(lines)
    lists = AddressLists(tmp_path)
    assert lists.lists[0].size == 2
    for address, expected in (("5.5.5.255", 1), ("5.5.6.0", 0), ("5.5.4.255", 0), ("2606:4700::1", 1), ("10.0.0.1", 0)):
        assert lists.signals(address) == ("attack_listed",) * expected
    assert lists.signals("nowhere") == ()


def test_a_list_that_cannot_be_read_fails_alone(tmp_path: Path) -> None:
    """The others still speak, and health tells."""
    (tmp_path / "vpn.txt").write_text("5.5.5.0/24\n")
    (tmp_path / "tor.txt").write_text("<html>not found</html>\n")
    lists = AddressLists(tmp_path)
    assert (lists.signals("5.5.5.5"), lists.unreadable, lists.health(NOW)) == (("vpn",), ("tor.txt",), Health.FAILED)
    assert "tor.txt" in [each.name for each in Sources(lists=tmp_path).present(NOW)]
    (tmp_path / "tor.txt").unlink()
    os.utime(tmp_path / "vpn.txt", (0, 0))
    assert AddressLists(tmp_path).health(NOW) is Health.STALE
    assert AddressLists(tmp_path / "gone").health(NOW) is Health.FAILED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FIREFOX, ("desktop", "Windows", "Windows 10", "Firefox", "140")),
        (PHONE, ("mobile", "Android", "Android 15", "Chrome Mobile", "140")),
        (IPAD, ("tablet", "iOS", "iOS 18", "Mobile Safari", "18")),
        ("a script", ("desktop", "", "", "", "")),
        ("", ("", "", "", "", "")),
    ],
    ids=["firefox", "phone", "tablet", "script", "nothing"],
)
def test_a_browser_says_what_it_is(text: str, expected: tuple[str, ...]) -> None:
    """Families and major versions; nothing where it says nothing."""
    found = agent_of(text)
    shown = (found.device, found.system, found.system_version, found.browser, found.browser_version)
    assert shown == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FIREFOX, "Firefox · Windows"),
        (PHONE, "Chrome Mobile · Android"),
        ("Mozilla/5.0 (X11; Linux x86_64) something", "Linux"),
        ("Sign in here/1.0 CFNetwork/1 Darwin/20", "iOS"),
        ("a script", ""),
        ("", ""),
    ],
    ids=["firefox", "phone", "system alone", "a sentence", "script", "nothing"],
)
def test_people_are_told_of_what_we_know_by_name(text: str, expected: str) -> None:
    """Families that have a name, and no word of a stranger's own."""
    assert agent_words(text) == expected


def test_a_browser_may_tell_of_its_device(sources: Sources) -> None:
    """What it tells is observed; what it does not tell is a reason of its own."""
    told = sources.sight(Browser(address=OSLO, user_agent=PHONE, model="Pixel 9", release="15.0.0"), NOW)
    assert (told.observation.model, told.observation.release) == ("Pixel 9", "15.0.0")
    assert "hints" not in told.health


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+447624123456", ()),
        ("+445612345678", ("phone_line_unusual",)),
        ("+447012345678", ("phone_line_unusual",)),
        ("+18002530000", ("phone_line_unusual",)),
        ("+14155552671", ()),
        ("", ()),
        ("a number", ()),
    ],
    ids=["mobile", "internet", "personal", "toll-free", "not told apart", "none", "odd"],
)
def test_a_line_that_nobody_carries_is_told(number: str, expected: tuple[str, ...]) -> None:
    """As far as the plan of numbers tells it."""
    assert signals_of(number) == expected


@pytest.mark.parametrize(
    ("mail", "is_listed"),
    [
        ("dora@mailinator.example", True),
        ("dora@x.Mailinator.EXAMPLE", True),
        ("dora@notmailinator.example", False),
        ("dora@example.com", False),
        ("", False),
    ],
)
def test_a_domain_stands_for_all_below_it(sources: Sources, mail: str, is_listed: bool) -> None:
    """And for nothing that merely ends like it."""
    seen = sources.sight(Browser(address=OSLO), NOW, reached=Reachable(mail=mail, phone="+447624123456"))
    assert seen.person == (("mail_disposable",) if is_listed else ())
    assert "phone" not in seen.health


def test_mail_domains_fail_and_age_like_other_lists(tmp_path: Path) -> None:
    """A list that is empty or cannot be read was not what was meant."""
    file = tmp_path / "mail.txt"
    assert MailDomains(file).health(NOW) is Health.FAILED
    file.write_bytes(b"\xff\xfe")
    assert MailDomains(file).health(NOW) is Health.FAILED
    file.write_text("# nothing yet\n")
    assert MailDomains(file).health(NOW) is Health.FAILED
    file.write_text(".Example.com # all of it\n")
    listed = MailDomains(file)
    assert (listed.signals("a@b.example.com"), listed.health(NOW)) == (("mail_disposable",), Health.FRESH)
    assert listed.health(NOW + timedelta(days=400)) is Health.STALE
