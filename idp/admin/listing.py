"""How a list is looked at: what is searched for, in which order, which page. All of it stands in the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

SIZE = 25
"""Rows on one page."""
_LONGEST = 100
_LAST_PAGE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One look at a list."""

    text: str = ""
    sort: str
    is_descending: bool = False
    page: int = 1

    @property
    def offset(self) -> int:
        """Return how many rows come before this page."""
        return (self.page - 1) * SIZE

    def address(self, **changes: object) -> str:
        """Return the query of the same look with something changed; a change of anything else goes to page 1."""
        shown = {"q": self.text, "sort": self.sort, "order": "desc" if self.is_descending else "asc", "page": 1}
        return "?" + urlencode({name: value for name, value in {**shown, **changes}.items() if value != ""})

    def toggled(self, column: str) -> str:
        """Return the query that sorts by this column, the other way round if it is sorted by it already."""
        turns = column == self.sort and not self.is_descending
        return self.address(sort=column, order="desc" if turns else "asc")


def read(query: Mapping[str, str], *, sorts: Sequence[str]) -> Listing:
    """Return what a query asks for; an order that is not on the list is the first of it (ADM-16)."""
    wanted = query.get("sort", "")
    page = query.get("page", "")
    is_number = page.isascii() and page.isdigit() and len(page) <= 5
    return Listing(
        text=query.get("q", "").strip()[:_LONGEST],
        sort=wanted if wanted in sorts else sorts[0],
        is_descending=query.get("order") == "desc",
        page=min(max(int(page), 1), _LAST_PAGE) if is_number else 1,
    )


def place(query: Mapping[str, str]) -> tuple[datetime, str] | None:
    """Return the moment and id behind which a list goes on; a place that is none of ours is the start (ADM-16)."""
    try:
        moment = datetime.fromisoformat(query.get("at", ""))
        return (moment.astimezone(UTC), query.get("id", "")[:_LONGEST]) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):  # such as the year 1, east of Greenwich
        return None


def pages_of(total: int) -> int:
    """Return how many pages so many rows are."""
    return max(1, -(-total // SIZE))
