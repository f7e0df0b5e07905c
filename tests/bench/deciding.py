"""`python -m tests.bench.deciding`: what a decision of the policy costs in process, whole and its rules alone.

The rules are forty of four tests each, all evaluated and traced; the whole decision is that of the shipped policy,
once where the session suffices and once where one step is to be asked of somebody with seven credentials.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import thread_time_ns

from idp.core.assurance import traits_table
from idp.policy.engine import decide
from idp.policy.loader import load_text
from idp.policy.model import Demand, Enrolled, Facts, Outcome
from idp.policy.rulings import rule_all
from idp.policy.situation import situation_of
from tests.policy.kit import NOW, a_bundle, credential, proof

TIMES, ROUNDS = 400, 5
_TESTS = (
    "{{user.age: {{lt: {0}d}}}}, {{request.amount: {{gt: {0}}}}}, "
    "{{net.country: {{in: [DK, SE]}}}}, {{user.groups: {{contains_any: [g{0}, staff]}}}}"
)
_HELD = "password totp passkey sms voice email backup_code"
_VALUES = {"user.age": timedelta(days=1), "request.amount": 50_000, "net.country": "DK", "user.groups": ("g7", "staff")}


def rules() -> float:
    """Return the microseconds of forty rules that all match: no test is skipped."""
    forty = "\n".join(
        f"{{id: r{number}, if: {{all: [{_TESTS.format(number)}]}}, require: {{max_age: 10m}}}}"
        for number in range(2, 42)
    )
    bundle = a_bundle(forty)
    facts = Facts(demand=Demand(client_id="bank"), interaction_id="here", values=_VALUES, user_id="ada")
    situation = situation_of(bundle, facts, (), (), now=NOW)
    if len(rule_all(situation).fired) != len(bundle.rules):
        raise AssertionError("every rule is to match")
    return _quietest(lambda: rule_all(situation))


def decisions() -> tuple[float, float]:
    """Return the microseconds of a whole decision: the session suffices; one step of seven credentials is asked."""
    bundle = load_text(Path("policies/default.yaml").read_text(), traits=traits_table())
    facts = Facts(demand=Demand(client_id="bank"), interaction_id="here", values={}, user_id="ada")
    held = tuple(credential(name) for name in _HELD.split())

    def deciding(enrolled: tuple[Enrolled, ...], proofs: str, outcome: Outcome) -> Callable[[], object]:
        given = tuple(proof(text) for text in proofs.split())
        if decide(bundle, facts, given, enrolled, now=NOW).outcome is not outcome:
            raise AssertionError(f"this was to be decided: {outcome}")
        return lambda: decide(bundle, facts, given, enrolled, now=NOW)

    suffices = deciding(held[:2], "password@5m totp@5m", Outcome.ALLOW)
    asks = deciding(held, "password@5m", Outcome.CHALLENGE)
    return _quietest(suffices), _quietest(asks)


def _quietest(once: Callable[[], object]) -> float:
    """Return the median of the quietest round, in microseconds of processor time."""
    medians = []
    for _ in range(ROUNDS):
        spent = []
        for _ in range(TIMES):
            begun = thread_time_ns()
            once()
            spent.append((thread_time_ns() - begun) / 1000)
        medians.append(sorted(spent)[TIMES // 2])
    return min(medians)


if __name__ == "__main__":
    print(f"40 rules of 4 tests, traced: {rules():.0f} µs")
    print("a decision, session suffices: {:.0f} µs; one step of seven credentials: {:.0f} µs".format(*decisions()))
