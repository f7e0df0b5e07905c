"""Reads a login history in the columns of the public data set (Wiefling et al., doi 10.1145/3546069), row by row."""

import csv
import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from idp.core.errors import ConfigError, Problem
from idp.risk.freeman import Features
from idp.risk.observation import Observation

UNKNOWN_NAMES = frozenset({"-4324475583306591935", "-1"})
"""The ids under which attempts on names that nobody has are gathered."""
NEEDED = (
    "Login Timestamp",
    "User ID",
    "IP Address",
    "Country",
    "Region",
    "ASN",
    "User Agent String",
    "Browser Name and Version",
    "OS Name and Version",
    "Device Type",
    "Login Successful",
    "Is Account Takeover",
)
COOKIE = "Device Cookie"
"""Not in the public file; where it is missing, everybody is without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One attempt to sign in."""

    user: str
    observation: Observation
    region: str
    browser: str
    system: str
    """As the file has them, with versions: what the published score compares."""
    is_successful: bool
    is_takeover: bool

    def features(self) -> Features:
        """Return what the published score looks at."""
        seen = self.observation
        return Features(
            address=(seen.address, seen.provider, seen.country),
            agent=(seen.agent, self.browser, self.system, seen.device),
        )

    def by_attacker(self, network: "Row", client: "Row") -> "Row":
        """Return an attempt at this moment on this person, from another's network with another's client."""
        theirs = network.observation
        seen = replace(
            client.observation,
            at=self.observation.at,
            country=theirs.country,
            provider=theirs.provider,
            address=theirs.address,
            cookie="",
        )
        return replace(client, user=self.user, observation=seen, region=network.region)


def read_rows(path: Path, *, with_cookie: bool) -> Iterator[Row]:
    """Yield the rows of a file, plain or gzipped. Raises ConfigError when it is none of this kind."""
    with gzip.open(path, "rt", newline="") if path.suffix == ".gz" else path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
        if missing:
            raise ConfigError([Problem(f"lacks the columns {', '.join(missing)}", str(path))])
        for line in reader:
            try:
                yield _row(line, with_cookie=with_cookie)
            except (ValueError, TypeError, AttributeError) as error:
                raise ConfigError([Problem("cannot be read as a sign-in", str(path), reader.line_num)]) from error


def _row(line: Mapping[str, str], *, with_cookie: bool) -> Row:
    browser, system = line["Browser Name and Version"], line["OS Name and Version"]
    family, version = _parted(browser)
    return Row(
        user=line["User ID"],
        observation=Observation(
            at=datetime.fromisoformat(line["Login Timestamp"]).replace(tzinfo=UTC),
            country=_known(line["Country"]),
            provider=_known(line["ASN"]),
            address=line["IP Address"],
            device=_known(line["Device Type"]),
            system=_parted(system)[0],
            system_version=system,
            browser=family,
            browser_version=version.partition(".")[0],
            agent=line["User Agent String"],
            cookie=(line.get(COOKIE) or "") if with_cookie else "",
        ),
        region=_known(line["Region"]),
        browser=browser,
        system=system,
        is_successful=line["Login Successful"] == "True",
        is_takeover=line["Is Account Takeover"] == "True",
    )


def _known(value: str) -> str:
    return "" if value == "-" else value


def _parted(text: str) -> tuple[str, str]:
    """Return a name and its version."""
    name, _, version = text.rpartition(" ")
    return (name, version) if name and version[:1].isdigit() else (text, "")
