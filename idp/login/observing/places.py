"""Where an address is and whose: files in MaxMind's format, read in place. Both are optional.

A file that is there and cannot be read, or is broken within, makes itself known as failed; it never looks like a place
with nothing unusual about it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import maxminddb

from idp.risk.inputs import Health
from idp.risk.model import Place

STALE_AFTER = timedelta(days=180)
_WIDEST_KM = 500.0
"""Where the file does not say how sure it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the files say of an address."""

    country: str = ""
    provider: str = ""
    place: Place | None = None
    health: Mapping[str, Health]


class Places:
    """Looks addresses up."""

    def __init__(self, *, city: Path | None, asn: Path | None) -> None:
        self._files = {"city": _File(city), "asn": _File(asn)}

    def find(self, address: str, now: datetime) -> Found:
        """Return what is known of an address; an empty one is of nowhere."""
        city, provider = (file.get(address) for file in self._files.values())
        return Found(
            country=_text(city.get("country"), "iso_code"),
            provider=_number(provider),
            place=_place(city.get("location")),
            health=self.health(now),
        )

    def health(self, now: datetime) -> Mapping[str, Health]:
        """Return how each file is."""
        return {name: file.health(now) for name, file in self._files.items()}

    def built_at(self) -> Mapping[str, datetime | None]:
        """Return when each file was made; None: it is absent or cannot be read."""
        return {name: file.built_at for name, file in self._files.items()}


class _File:
    """One file, opened once."""

    def __init__(self, path: Path | None) -> None:
        self._is_wanted = path is not None
        self._reader: maxminddb.Reader | None = None
        self.built_at: datetime | None = None
        if path is not None:
            try:
                self._reader = maxminddb.open_database(path)
                self.built_at = datetime.fromtimestamp(self._reader.metadata().build_epoch, UTC)
            except (OSError, ValueError, maxminddb.InvalidDatabaseError):
                self._reader = None

    def get(self, address: str) -> Mapping[str, Any]:
        if self._reader is None or not address:
            return {}
        try:
            found = self._reader.get(address)
        except ValueError:  # an IPv6 address in a file of IPv4 alone
            return {}
        except (OSError, maxminddb.InvalidDatabaseError):
            self._reader = None
            return {}
        return found if isinstance(found, dict) else {}

    def health(self, now: datetime) -> Health:
        if not self._is_wanted:
            return Health.ABSENT
        if self._reader is None or self.built_at is None:
            return Health.FAILED
        return Health.STALE if now - self.built_at > STALE_AFTER else Health.FRESH


def _number(record: Mapping[str, Any]) -> str:
    number = record.get("autonomous_system_number")
    return str(number) if isinstance(number, int) else ""


def _text(record: Any, name: str) -> str:
    value = record.get(name) if isinstance(record, dict) else None
    return value if isinstance(value, str) else ""


def _place(location: Any) -> Place | None:
    if not isinstance(location, dict):
        return None
    latitude, longitude = location.get("latitude"), location.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    radius = location.get("accuracy_radius")
    is_said = isinstance(radius, int | float) and not isinstance(radius, bool) and radius >= 0
    return Place(
        latitude=round(float(latitude), 1),
        longitude=round(float(longitude), 1),
        radius_km=float(radius) if is_said else _WIDEST_KM,  # type: ignore[arg-type] # said: it is a number
    )
