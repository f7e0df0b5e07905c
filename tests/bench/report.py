"""The tables and the file: medians with what they lie between, ratios of rounds that were measured side by side."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.goals import Finding, found, lines
from tests.bench.loader import Measured
from tests.bench.rounds import Results
from tests.bench.scenarios import Scenario

_PEERS = ("node", "bare", "floor")
_HEAD = ("scenario", "ours/s", *(f"{peer}/s" for peer in _PEERS), "/node", "/floor", "CPU µs", "p95 ms", "MiB")
_ROW = "{:<17}{:>18}{:>18}{:>17}{:>18}{:>7}{:>8}{:>8}{:>8}{:>6}"


def report(results: Results, further: Sequence[Finding], *, file: Path) -> list[Finding]:
    """Print the tables, write the file, and return all findings."""
    rows = {scenario.name: _row(scenario, results) for scenario in results.scenarios}
    findings = [each for scenario in results.scenarios for each in _judged(scenario, results)] + list(further)
    print(results.words)
    print("Ratios are what counts: both sides of each were measured on the same core within seconds.\n")
    print(_ROW.format(*_HEAD))
    for name, row in rows.items():
        print(_line(name, row))
    print("\n" + "\n".join(lines(findings)) + "\n")
    for name, servers in results.rounds.items():
        slow = [server for server, rounds in servers.items() if any(each.is_loader_bound for each in rounds)]
        if slow:
            print(f"{name}: the loader was the slower one at {', '.join(slow)}; they can do more than is told here")
    told = {"measured_on": results.words, "scenarios": rows, "goals": [_told(each) for each in findings]}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(told, indent=1) + "\n")
    print(f"Written to {file}.")
    return findings


def _own(scenario: Scenario, results: Results) -> Sequence[Measured]:
    return results.rounds[scenario.name][scenario.servers[0]]


def _judged(scenario: Scenario, results: Results) -> list[Finding]:
    """Return what a scenario reaches of each of its goals whose other side was there."""
    own, judged = _own(scenario, results), []
    for beside, goal in scenario.goals.items():
        theirs = results.rounds[scenario.name].get(beside)
        if beside in results.yardsticks:
            ratios = _ratios([each.rate for each in own], results.yardsticks[beside])
            judged.append(found(scenario.name, f"× {beside}", ratios, goal))
        elif theirs is not None:
            ratios = _ratios([each.rate for each in own], [each.rate for each in theirs])
            judged.append(found(scenario.name, f"× {beside}", ratios, goal))
        elif beside in results.rounds:
            # A step-up is judged by processor time: how many times a plain sign-on, how much more than a code.
            other = median(each.cpu_us for each in results.rounds[beside]["ours"])
            is_ratio = goal.gate is not None and goal.gate < 100
            spent = [each.cpu_us / other if is_ratio else each.cpu_us - other for each in own]
            words = f"× CPU of {beside}" if is_ratio else f"µs CPU over {beside}"
            judged.append(found(scenario.name, words, spent, goal))
    return judged


def _row(scenario: Scenario, results: Results) -> dict[str, Any]:
    rounds, own = results.rounds[scenario.name], _own(scenario, results)
    rates = {name: [each.rate for each in measured] for name, measured in rounds.items()}
    rates["ours"] = [each.rate for each in own]
    rates |= {name: results.yardsticks[name] for name in scenario.yardsticks}
    return {
        "rates": {name: _middle(each) for name, each in rates.items()},
        "range": {name: [round(min(each), 1), round(max(each), 1)] for name, each in rates.items()},
        "ours_over": {
            name: _middle(_ratios(rates["ours"], each)) for name, each in rates.items() if not name.startswith("ours")
        },
        "cpu_us": {name: _middle([each.cpu_us for each in measured]) for name, measured in rounds.items()},
        "p95_ms": _middle([each.p95_ms for each in own]),
        "memory_mib": _middle([each.memory for each in own]),
    }


def _told(finding: Finding) -> dict[str, Any]:
    return asdict(finding) | {"is_reached": finding.is_reached, "of_the_way": finding.way}


def _ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    return [own / other for own, other in zip(ours, theirs, strict=True)]


def _middle(values: Sequence[float]) -> float:
    return round(median(values), 2)


def _line(name: str, row: dict[str, Any]) -> str:
    peers = [peer if peer in row["rates"] else f"{peer}_redis" for peer in _PEERS]
    own = next(server for server in ("ours", "ours_redis", "hashing") if server in row["cpu_us"])
    return _ROW.format(
        name,
        *(_span(row, server) for server in ("ours", *peers)),
        *(_plain(row["ours_over"].get(server)) for server in (peers[0], "floor")),
        _plain(row["cpu_us"][own], 0),
        _plain(row["p95_ms"], 1),
        _plain(row["memory_mib"], 0),
    )


def _span(row: dict[str, Any], server: str) -> str:
    if server not in row["rates"]:
        return "-"
    least, most = row["range"][server]
    return f"{row['rates'][server]:.0f} ({least:.0f}–{most:.0f})"


def _plain(value: float | None, digits: int = 2) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
