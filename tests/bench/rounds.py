"""The order of the day: all servers up, then scenario by scenario, round by round, each server in its turn."""

import shutil
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from joserfc.jwk import KeySet

from tests.bench.cores import Cores
from tests.bench.loader import Measured, finish, load
from tests.bench.party import Operation, Target
from tests.bench.peers import UnavailableError
from tests.bench.processes import Process
from tests.bench.scenarios import Scenario
from tests.bench.servers import OURS, SERVERS
from tests.bench.wire import get
from tests.bench.yardsticks import rate

_WARM = 0.3
"""Seconds before the first round, unmeasured: statements are compiled, keys imported, code warmed by then."""


@dataclass(frozen=True)
class Plan:
    """How long, and how often."""

    rounds: int = 7
    seconds: float = 3.0

    @classmethod
    def quick(cls) -> "Plan":
        """Return one that ends within some ten minutes, what comes after the rounds included."""
        return cls(rounds=3, seconds=1.2)


@dataclass
class Results:
    """Every round of every scenario at every server, in the order in which it was measured."""

    words: str
    scenarios: list[Scenario]
    rounds: dict[str, dict[str, list[Measured]]] = field(default_factory=dict)
    idle: dict[str, float] = field(default_factory=dict)
    """MiB that a worker of each server held when all were up."""
    yardsticks: dict[str, list[float]] = field(default_factory=dict)
    """What the server's core does of one thing in a second, once for each round of the scenario that asks for it."""


def run(scenarios: Sequence[Scenario], plan: Plan, *, without: Sequence[str], folder: Path, cores: Cores) -> Results:
    """Measure."""
    shutil.rmtree(folder, ignore_errors=True)
    results = Results(words=cores.words, scenarios=list(scenarios))
    wanted = {name for scenario in scenarios for name in scenario.servers} - set(without)
    with ExitStack() as stack:
        up: dict[str, tuple[Target, Process]] = {}
        for name in sorted(wanted):
            started = _start(stack, name, folder / name, cores)
            if started is not None:
                up[name] = started
        results.idle = {name: process.memory() for name, (_, process) in up.items()}
        for scenario in scenarios:
            taking_part = {name: up[name] for name in scenario.servers if name in up}
            results.rounds[scenario.name] = _scenario(scenario, plan, taking_part, results, cores)
    return results


def _start(stack: ExitStack, name: str, folder: Path, cores: Cores) -> tuple[Target, Process] | None:
    folder.mkdir(parents=True)
    _say(f"starting {name}")
    try:
        process = stack.enter_context(SERVERS[name](folder.resolve(), cores.server))
    except UnavailableError as why:
        _say(f"without {name}: {why}")
        return None
    host = "localhost" if name in OURS else "127.0.0.1"  # a passkey is of a name, not of an address
    target = Target(name, process.port, sends_iss=name != "bare", host=host)
    if name not in ("bare", "canaille"):
        finish(process, [lambda: _learn_keys(target)])
    return target, process


def _learn_keys(target: Target) -> Operation:
    target.keys = KeySet.import_key_set((yield get(target.port, "/jwks")).json())


def _scenario(
    scenario: Scenario, plan: Plan, up: dict[str, tuple[Target, Process]], results: Results, cores: Cores
) -> dict[str, list[Measured]]:
    _say(scenario.name)
    ready = {name: (process, scenario.prepare(target, process)) for name, (target, process) in up.items()}
    if not scenario.name.startswith("step_up"):  # whose people can be used once
        for process, makes in ready.values():
            load(process, makes, seconds=_WARM)
    measured: dict[str, list[Measured]] = {name: [] for name in ready}
    for number in range(plan.rounds):
        # Nobody is always first: what went before has warmed the core, or worn it.
        order = list(ready)[number % len(ready) :] + list(ready)[: number % len(ready)]
        for name in order:
            process, makes = ready[name]
            measured[name].append(load(process, makes, seconds=plan.seconds))
        for name in scenario.yardsticks:
            results.yardsticks.setdefault(name, []).append(rate(name, seconds=plan.seconds, cores=cores))
    return measured


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)
