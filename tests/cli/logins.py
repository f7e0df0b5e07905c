"""A small login history in the columns of the public data set: a town, its people, and who is after them."""

import csv
import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

HEAD = (
    *("index", "Login Timestamp", "User ID", "Round-Trip Time [ms]", "IP Address", "Country", "Region", "City", "ASN"),
    *("User Agent String", "Browser Name and Version", "OS Name and Version", "Device Type"),
    *("Login Successful", "Is Attack IP", "Is Account Takeover"),
)
START = datetime(2020, 2, 3, tzinfo=UTC)
CLIENTS = (
    ("Chrome 80.0.1", "Windows 10", "desktop"),
    ("Safari 13.1", "Mac OS X 10.14", "desktop"),
    ("Mobile Safari 13.1", "iOS 13.4", "mobile"),
    ("Chrome Mobile 80.0.2", "Android 10", "mobile"),
)
PEOPLE = 60
DAYS = 40


def write_logins(path: Path, *, with_cookie: bool = True, cookie_days: int = DAYS) -> Path:
    """Write the history: everybody signs in every other day from home, attackers try and sometimes succeed.

    `cookie_days`: for how many days a browser keeps its cookie.
    """
    rows = [row for day in range(DAYS) for row in _day(day, cookie_days)]
    head = (*HEAD, "Device Cookie") if with_cookie else HEAD
    with gzip.open(path, "wt", newline="") if path.suffix == ".gz" else path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows((index, *row)[: len(head)] for index, row in enumerate(rows))
    return path


def _day(day: int, cookie_days: int) -> list[tuple[object, ...]]:
    rows = []
    for person in range(day % 2, PEOPLE, 2):
        roams = (person + day) % 9 == 0
        net = (f"5.{day}.{person}.1", "SE", "-", 700) if roams else (f"11.0.{person}.7", "NO", "Oslo", 500 + person % 3)
        rows.append(_row(day, person, net, CLIENTS[person % 4], cookie=f"c{person} {day // cookie_days}"))
    for number in range(10):
        rows.append(_row(day, -1, (f"66.{number}.{day}.9", "BR", "-", 900 + number), CLIENTS[number % 4], ok=False))
    if day % 4 == 3:
        # One hits somebody who has been here, one somebody who never was.
        for person in (day, 1000 + day):
            rows.append(_row(day, person, (f"77.1.{day}.3", "RO", "-", 990), CLIENTS[day % 3], takeover=True))
    return rows


def _row(
    day: int,
    person: int,
    net: tuple[str, str, str, int],
    client: tuple[str, str, str],
    *,
    ok: bool = True,
    takeover: bool = False,
    cookie: str = "",
) -> tuple[object, ...]:
    at = START + timedelta(days=day, minutes=person % 1000)
    address, country, region, asn = net
    agent = f"Mozilla/5.0 ({client[1]}) {client[0]}"
    return (
        *(at.strftime("%Y-%m-%d %H:%M:%S.000"), person, "", address, country, region, "-", asn, agent),
        *client,
        *(ok, takeover, takeover, cookie),
    )
