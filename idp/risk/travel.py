"""Impossible travel: how fast somebody would have had to move between two verified sign-ins (risk.md §5.2).

Both accuracy radii and 100 km are taken off the distance first, and no time is shorter than a quarter of an hour. There
is nothing to compare where either side is a network that many share, or where the person's own device came along.
"""

from datetime import timedelta
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

from idp.risk.model import Place, Visit

_EARTH_KM = 6371.0
_TOLERANCE_KM = 100.0
_SHORTEST = timedelta(minutes=15)
FASTEST_KMH = 900.0
"""An airliner's speed: more is impossible."""


class Journey(NamedTuple):
    """What lies between two sign-ins."""

    km: float
    kmh: float


def journey(before: Visit | None, after: Visit, *, has_own_device: bool) -> Journey | None:
    """Return the journey between two sign-ins; None where nothing can be said."""
    if before is None or has_own_device or before.is_shared or after.is_shared:
        return None
    if before.place is None or after.place is None:
        return None
    apart = distance_km(before.place, after.place)
    km = max(0.0, apart - before.place.radius_km - after.place.radius_km - _TOLERANCE_KM)
    hours = max(_SHORTEST, after.at - before.at) / timedelta(hours=1)
    return Journey(km=km, kmh=km / hours)


def distance_km(one: Place, other: Place) -> float:
    """Return the distance on the globe (haversine)."""
    north, south = radians(one.latitude), radians(other.latitude)
    east = radians(other.longitude - one.longitude)
    half = sin((south - north) / 2) ** 2 + cos(north) * cos(south) * sin(east / 2) ** 2
    return 2 * _EARTH_KM * asin(min(1.0, sqrt(half)))
