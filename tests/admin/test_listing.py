"""What a list's address may say."""

from datetime import UTC, datetime

import pytest

from idp.admin.listing import Listing, pages_of, place, read

SORTS = ("username", "created_at")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, Listing(sort="username")),
        ({"q": " ab ", "sort": "created_at", "order": "desc", "page": "3"},
         Listing(text="ab", sort="created_at", is_descending=True, page=3)),
        ({"sort": "password_hash", "order": "x", "page": "-1"}, Listing(sort="username")),
        ({"page": "0"}, Listing(sort="username")),
        ({"page": "99999"}, Listing(sort="username", page=10_000)),
        ({"page": "9" * 400}, Listing(sort="username")),
        ({"page": "３"}, Listing(sort="username")),
        ({"q": "x" * 200}, Listing(text="x" * 100, sort="username")),
    ],
)  # fmt: skip
def test_read_takes_what_is_on_the_list(query: dict[str, str], expected: Listing) -> None:
    """ADM-16: an order that nobody offers is the first one; pages are small numbers."""
    assert read(query, sorts=SORTS) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-27T10:00:00+09:00", (datetime(2026, 11, 27, 1, tzinfo=UTC), "i")),
        ("2026-11-27T10:00:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_place_is_a_moment_of_some_zone(at: str, expected: tuple[datetime, str] | None) -> None:
    """ADM-16: whatever else stands in the address is the start."""
    assert place({"at": at, "id": "i"}) == expected


def test_addresses_keep_the_look() -> None:
    """A change of page keeps the search; a change of order begins at page 1 and turns round the second time."""
    look = Listing(text="a b", sort="username", page=2)
    assert look.address(page=3) == "?q=a+b&sort=username&order=asc&page=3"
    assert look.toggled("username") == "?q=a+b&sort=username&order=desc&page=1"
    assert look.toggled("created_at") == "?q=a+b&sort=created_at&order=asc&page=1"
    assert Listing(sort="username", is_descending=True).toggled("username").endswith("order=asc&page=1")
    assert (look.offset, pages_of(0), pages_of(25), pages_of(26)) == (25, 1, 1, 2)
