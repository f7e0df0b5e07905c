"""The table and the file: medians with what they lie between, ratios of rounds that were measured side by side."""

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.rounds import Results
from tests.bench.scenarios import Scenario

_BESIDE = {"step_up_totp": "sso", "step_up_passkey": "step_up_totp"}
"""What a step-up's processor time is judged by: how many times a plain sign-on, how much more than a code."""
_HEAD = ("scenario", "ours/s", "node/s", "bare/s", "floor/s", "/node", "/floor", "gate", "CPU µs", "p95 ms", "MiB")
_ROW = "{:<15}{:>18}{:>18}{:>17}{:>18}{:>7}{:>8}{:>13}{:>8}{:>8}{:>6}  {}"


def report(results: Results, *, file: Path) -> None:
    """Print the table and write the file."""
    told = {scenario.name: _judged(scenario, results) for scenario in results.scenarios}
    print(results.words)
    print("Ratios are what counts: both sides of each were measured on the same core within seconds.")
    print(_ROW.format(*_HEAD, ""))
    for name, row in told.items():
        print(_line(name, row))
    for name, servers in results.rounds.items():
        slow = [server for server, rounds in servers.items() if any(each.is_loader_bound for each in rounds)]
        if slow:
            print(f"{name}: the loader was the slower one at {', '.join(slow)}; they can do more than is told here")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"measured_on": results.words, "scenarios": told}, indent=1) + "\n")
    print(f"Written to {file}.")


def _judged(scenario: Scenario, results: Results) -> dict[str, Any]:
    rounds = results.rounds[scenario.name]
    own = rounds["hashing"] if scenario.name == "login_password" else rounds["ours"]
    rates = {name: [each.rate for each in measured] for name, measured in rounds.items()}
    rates["ours"] = [each.rate for each in own]
    if scenario.name == "login_password":
        rates["floor"] = results.argon2
    ratios = {peer: _ratios(rates["ours"], rates.get(peer)) for peer in ("node", "floor", "bare")}
    row: dict[str, Any] = {name: _middle(rates.get(name)) for name in ("ours", "node", "bare", "floor")}
    row |= {f"ours_over_{peer}": _middle(each) for peer, each in ratios.items()}
    row |= {"gate": scenario.gate, "gate_floor": scenario.floor}
    row |= {"range": {name: [round(min(each), 1), round(max(each), 1)] for name, each in rates.items() if each}}
    row |= {
        "cpu_us": _middle([each.cpu_us for each in own]),
        "peers_cpu_us": {name: _middle([each.cpu_us for each in measured]) for name, measured in rounds.items()},
        "p95_ms": _middle([each.p95_ms for each in own]),
        "memory_mib": _middle([each.memory for each in own]),
    }
    row["passed"] = _has_passed(scenario, row, ratios, results)
    return row


def _has_passed(
    scenario: Scenario, row: dict[str, Any], ratios: dict[str, list[float]], results: Results
) -> bool | None:
    """Tell whether the gates hold; None where there is nobody to compare with."""
    if scenario.name in _BESIDE:
        other = results.rounds.get(_BESIDE[scenario.name], {}).get("ours")
        if other is None:
            return None
        cpu = median(each.cpu_us for each in other)
        is_ratio = scenario.name == "step_up_totp"
        row["cpu_beside"] = round(row["cpu_us"] / cpu if is_ratio else row["cpu_us"] - cpu, 2)
        return bool(row["cpu_beside"] <= scenario.gate)
    goals = {"node": scenario.gate, "floor": scenario.floor}
    if scenario.name == "login_password":
        goals = {"floor": scenario.gate}
    held = [_reaches(ratios[peer], goal) for peer, goal in goals.items() if goal is not None and ratios[peer]]
    return all(held) if held else None


def _reaches(ratios: Sequence[float], goal: float) -> bool:
    """Tell whether the median reaches the goal less the noise that these very rounds show."""
    noise = median(abs(each - median(ratios)) for each in ratios)
    return median(ratios) >= goal - noise


def _ratios(ours: Sequence[float], theirs: Sequence[float] | None) -> list[float]:
    return [own / other for own, other in zip(ours, theirs or (), strict=False)]


def _middle(values: Sequence[float] | None) -> float | None:
    return round(median(values), 2) if values else None


def _line(name: str, row: dict[str, Any]) -> str:
    gate = f"≥{row['gate']}·{row['gate_floor']}" if row["gate_floor"] else f"{row['gate'] or '-'}"
    if "cpu_beside" in row:
        gate = f"{row['cpu_beside']:g}≤{row['gate']:g}"
    verdict = {True: "passed", False: "MISSED", None: "-"}[row["passed"]]
    return _ROW.format(
        name,
        *(_span(row, server) for server in ("ours", "node", "bare", "floor")),
        _plain(row["ours_over_node"]),
        _plain(row["ours_over_floor"]),
        gate,
        _plain(row["cpu_us"], 0),
        _plain(row["p95_ms"], 1),
        _plain(row["memory_mib"], 0),
        verdict,
    )


def _span(row: dict[str, Any], server: str) -> str:
    found = row["range"].get(server)
    return f"{row[server]:.0f} ({found[0]:.0f}–{found[1]:.0f})" if found else "-"


def _plain(value: float | None, digits: int = 2) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
