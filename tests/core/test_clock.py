"""The only place that asks what time it is."""

from datetime import UTC, datetime, timedelta

from idp.core.clock import SystemClock


def test_clock_tells_aware_utc() -> None:
    """Every moment in the product is aware and in UTC."""
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert abs(datetime.now(UTC) - now) < timedelta(minutes=1)
