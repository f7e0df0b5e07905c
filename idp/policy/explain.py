"""A decision in words: the outcome, what was required and why, and each rule with each test and what it saw.

The trace is computed again from the record (policy.md §4): `decide` is pure, so it is the same as it was.
"""

from collections.abc import Iterator

from idp.policy.model import Decision, Outcome, Requirement, RuleTrace, TestTrace, words

_RESULTS = {True: "yes", False: "no", None: "unknown"}


def explain(decision: Decision) -> list[str]:
    """Return the lines that explain a decision."""
    return [
        *_outcome(decision),
        f"required: {requirement_words(decision.required)}",
        f"achieved: {_achieved(decision)}",
        f"because: {words(decision.because)}",
        f"reasons: {words(decision.reasons)}",
        *(line for trace in decision.trace for line in _rule(trace)),
    ]


def requirement_words(requirement: Requirement) -> str:
    """Return a requirement in one line."""
    parts = [" and ".join(requirement.acr) or "nothing"]
    if requirement.max_age is not None:
        parts.append(f"proved within {words(requirement.max_age)}" if requirement.max_age else "proved here and now")
    if requirement.forbid:
        parts.append(f"without {words(tuple(sorted(requirement.forbid)))}")
    return ", ".join(parts)


def _outcome(decision: Decision) -> Iterator[str]:
    match decision.outcome:
        case Outcome.ALLOW:
            yield "outcome: allow"
        case Outcome.CHALLENGE if not decision.options:
            yield "outcome: challenge, to learn who it is"
        case Outcome.CHALLENGE:
            yield f"outcome: challenge with {_options(decision)}{_put_off(decision)}"
        case Outcome.ENROL:
            yield f"outcome: enrol {_options(decision)}{_put_off(decision)}"
        case Outcome.DENY:  # pragma: no branch - every outcome has its case
            until = f", try again after {decision.available_at.isoformat()}" if decision.available_at else ""
            yield f"outcome: deny ({decision.reason}; {decision.error}{until})"


def _put_off(decision: Decision) -> str:
    return ", may be put off" if decision.skippable else ""


def _options(decision: Decision) -> str:
    return " or ".join(" and ".join(names) for names in decision.options)


def _achieved(decision: Decision) -> str:
    assurance = decision.assurance
    if assurance is None:
        return "nothing: no proof counts"
    return f"{assurance.acr}, amr {' '.join(assurance.amr)}, since {assurance.auth_time.isoformat()}"


def _rule(trace: RuleTrace) -> Iterator[str]:
    yield f"rule {trace.rule}: {_what_became(trace)}{f' ({trace.note})' if trace.note else ''}"
    for test in trace.tests:
        yield f"    {words_of_test(test)}"


def _what_became(trace: RuleTrace) -> str:
    if trace.fired:
        return "fired"
    if not trace.in_scope:
        return "out of scope"
    return "waits for facts known only after a first proof" if trace.pending else "did not match"


def words_of_test(test: TestTrace) -> str:
    """Return one test in one line."""
    return f"{test.fact} {test.operator} {test.expected}: saw {test.seen} → {_RESULTS[test.result]}"
