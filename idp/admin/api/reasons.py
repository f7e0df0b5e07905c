"""Why a policy decides as it does, as JSON: what it asks, and every test of every rule with the value it saw."""

import msgspec

from idp.policy.model import Decision


class Test(msgspec.Struct, frozen=True, kw_only=True):
    """One test of a rule; `result` is null where what it reads was not known."""

    fact: str
    operator: str
    expected: str
    seen: str
    result: bool | None


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one rule."""

    rule: str
    fired: bool
    in_scope: bool
    note: str
    tests: tuple[Test, ...]


class Reasons(msgspec.Struct, frozen=True, kw_only=True):
    """A decision with all that explains it."""

    outcome: str
    required: tuple[str, ...]
    max_age: int | None
    """Seconds."""
    forbidden: tuple[str, ...]
    achieved: str
    amr: tuple[str, ...]
    options: tuple[tuple[str, ...], ...]
    because: tuple[str, ...]
    reasons: tuple[str, ...]
    reason: str
    error: str
    rules: tuple[Rule, ...]


def reasons_of(decision: Decision) -> Reasons:
    """Return a decision as the API tells it."""
    required, reached = decision.required, decision.assurance
    return Reasons(
        outcome=decision.outcome.value,
        required=required.acr,
        max_age=None if required.max_age is None else int(required.max_age.total_seconds()),
        forbidden=tuple(sorted(required.forbid)),
        achieved=reached.level if reached is not None else "",
        amr=reached.amr if reached is not None else (),
        options=decision.options,
        because=decision.because,
        reasons=decision.reasons,
        reason=decision.reason,
        error=decision.error,
        rules=tuple(
            Rule(
                rule=each.rule,
                fired=each.fired,
                in_scope=each.in_scope,
                note=each.note,
                tests=tuple(
                    Test(
                        fact=test.fact,
                        operator=test.operator,
                        expected=test.expected,
                        seen=test.seen,
                        result=test.result,
                    )
                    for test in each.tests
                ),
            )
            for each in decision.trace
        ),
    )
