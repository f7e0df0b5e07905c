"""`make bench`, `QUICK=1 make bench`, `make bench ARGS='--profile sso'`."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.bench.cores import Cores
from tests.bench.further import in_a_storm, in_process, of_memory
from tests.bench.peers import PEERS
from tests.bench.profiling import profile
from tests.bench.report import report
from tests.bench.rounds import Plan, run
from tests.bench.scenarios import SCENARIOS, Scenario
from tests.bench.wire import BenchError

VAR = Path("var") / "bench"


def main() -> int:
    """Run what was asked for; return 1 when something failed, a gate that was missed not counted."""
    names = [scenario.name for scenario in SCENARIOS]
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="these scenarios")
    parser.add_argument("--without", nargs="+", choices=tuple(PEERS), default=[], help="peers to leave out")
    parser.add_argument("--profile", choices=names, help="say where the product's time goes in one scenario")
    parser.add_argument("--quick", action="store_true", default=bool(os.environ.get("QUICK")), help="also QUICK=1")
    asked = parser.parse_args()
    plan = Plan.quick() if asked.quick else Plan()
    cores = Cores.take()
    scenarios = [scenario for scenario in SCENARIOS if scenario.name in (asked.profile or asked.only)]
    try:
        if asked.profile:
            profile(scenarios[0], folder=VAR, cores=cores, to=sys.stdout)
            return 0
        results = run(scenarios, plan, without=asked.without, folder=VAR, cores=cores)
        further = of_memory(results)
        if asked.only == names:
            further += [*in_process(), in_a_storm(cores, folder=VAR)]
        findings = report(results, further, file=VAR.parent / "bench.json")
        missed = {each.scenario for each in findings if each.is_reached is False}
        _profile_all([scenario for scenario in scenarios if scenario.name in missed], cores)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


def _profile_all(scenarios: Sequence[Scenario], cores: Cores) -> None:
    """Write down where the time goes in what misses a goal."""
    for scenario in scenarios:
        place = VAR.parent / "profiles" / f"{scenario.name}.txt"
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("w") as to:
            profile(scenario, folder=VAR, cores=cores, to=to)
        print(f"{scenario.name} misses a goal; its profile is in {place}")


if __name__ == "__main__":
    sys.exit(main())
