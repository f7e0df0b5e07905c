"""What performance.md §3 asks for beside the ratios: a decision, an assessment, `/token` in a storm, memory."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import assessment, deciding, storm
from tests.bench.cores import Cores
from tests.bench.goals import Finding, Goal
from tests.bench.rounds import Results
from tests.bench.scenarios import SCENARIOS

_TOKENS = {"refresh", "sso", "flow", "mixed", "revoke"} | {
    scenario.name for scenario in SCENARIOS if scenario.name.startswith("cc_")
}
"""Scenarios in which an operation makes the product give out a token."""


def in_process() -> list[Finding]:
    """Measure decisions and assessments."""
    suffices, asks = deciding.decisions()
    with TemporaryDirectory() as made:
        median, rare = assessment.measure(Path(made))
    return [
        _limit("decision", "µs, 40 rules of 4 tests", deciding.rules(), 100, 25),
        _limit("decision", "µs, session suffices", suffices, 300, 80),
        _limit("decision", "µs, one step of seven", asks, 500, 150),
        _limit("assessment", "µs, median", median, 300, 100),
        _limit("assessment", "µs, p99", rare, 300, None),
    ]


def in_a_storm(cores: Cores, *, folder: Path) -> Finding:
    """Measure `/token` while people who sign in fill the hashing lane."""
    return _limit("/token in a storm", "ms, p99", storm.measure(cores, folder=folder), storm.GATE_MS, 10)


def of_memory(results: Results) -> list[Finding]:
    """Return what a worker held when it had started, and how much more after all that it was asked."""
    if "ours" not in results.idle:
        return []
    measured = {name: each["ours"] for name, each in results.rounds.items() if each.get("ours")}
    if not measured:
        return []
    tokens = sum(each.operations for name, rounds in measured.items() if name in _TOKENS for each in rounds)
    after = [rounds[-1].memory for rounds in measured.values()][-1]
    idle = results.idle["ours"]
    return [
        _limit("memory", "MiB a worker, idle", idle, 120, 80),
        _limit("memory", f"MiB more, {tokens} tokens", max(after - idle, 0.0), 20, 5),
    ]


def _limit(scenario: str, beside: str, measured: float, gate: float, moonshot: float | None) -> Finding:
    return Finding(scenario, beside, measured, Goal(gate, moonshot, is_limit=True))
