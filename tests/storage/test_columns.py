from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from idp.storage.columns import Json, Utc
from tests.records import rows

DIALECTS = [SimpleNamespace(name="sqlite"), SimpleNamespace(name="postgresql")]


def _written(column: Any, dialect: Any) -> Callable[[Any], Any]:
    return column.bind_processor(dialect)


def _read(column: Any, dialect: Any) -> Callable[[Any], Any]:
    return column.result_processor(dialect, None)


@pytest.mark.parametrize("kind", DIALECTS, ids=["sqlite", "postgresql"])
@pytest.mark.parametrize(
    "moment",
    [rows.NOW, datetime(1, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC), datetime(1969, 7, 20, tzinfo=UTC)],
)
def test_a_moment_comes_back_as_it_was(kind: Any, moment: datetime) -> None:
    """A moment is exact to the microsecond, before 1970 too."""
    column = Utc()
    elsewhere = moment if moment.year in {1, 9999} else moment.astimezone(timezone(timedelta(hours=9)))
    found = _read(column, kind)(_written(column, kind)(elsewhere))
    assert found == moment
    assert found.tzinfo is UTC


@pytest.mark.parametrize("kind", DIALECTS, ids=["sqlite", "postgresql"])
@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_utc_has_no_name_for_is_refused(kind: Any, moment: str) -> None:
    """It could be written and never be read again."""
    with pytest.raises(OverflowError):
        _written(Utc(), kind)(datetime.fromisoformat(moment))


@pytest.mark.parametrize("kind", DIALECTS, ids=["sqlite", "postgresql"])
def test_a_naive_moment_is_refused(kind: Any) -> None:
    """Which moment a naive one means would depend on the machine."""
    with pytest.raises(ValueError, match="aware"):
        _written(Utc(), kind)(datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize("kind", DIALECTS, ids=["sqlite", "postgresql"])
@pytest.mark.parametrize("column", [Utc(), Json(tuple[str, ...])], ids=["moment", "json"])
def test_nothing_stays_nothing(column: Any, kind: Any) -> None:
    """NULL is None both ways."""
    assert _written(column, kind)(None) is None
    assert _read(column, kind)(None) is None


def test_json_of_another_type_is_refused() -> None:
    """What is read must be of the declared type."""
    with pytest.raises(msgspec.ValidationError):
        _read(Json(tuple[str, ...]), DIALECTS[0])("[1]")
