"""The figures as people and as programs read them."""

from collections.abc import Iterator
from typing import Any

from idp.cli.evaluation.figures import LENGTHS, Against, Figures

_TPR = 0.99
_BUDGET = 5


def as_json(figures: Figures) -> dict[str, Any]:
    """Return what `--json` prints; its shape is kept (README, Risk)."""
    return {
        "rows": figures.rows,
        "scored": figures.scored,
        "attackers": {
            kind: {
                "auc": round(against.auc, 4),
                "challenged_at_tpr_99": round(against.challenged_at(_TPR), 4),
                "recall_at_5": round(against.recall_at(_BUDGET), 4),
            }
            for kind, against in figures.attackers.items()
        },
        "cold": {"auc": round(figures.cold.auc, 4), "recall_at_5": round(figures.cold.recall_at(_BUDGET), 4)}
        if figures.cold
        else None,
        "microseconds": {"p50": round(figures.microseconds[0], 1), "p99": round(figures.microseconds[1], 1)},
    }


def lines(figures: Figures) -> Iterator[str]:
    """Yield the report for people."""
    yield f"{figures.rows} rows, {figures.scored} legitimate sign-ins of people with a past"
    yield ""
    yield f"{'attacker':14}{'stopped':>9}{'score':>9}{'challenged':>12}{'95 % interval':>18}   median challenges after"
    yield f"{'':62}   {'  '.join(f'{length:>8}' for length in LENGTHS)}"
    for kind, against in figures.attackers.items():
        yield from _attacker(kind, against)
    yield ""
    budgets = [budget for budget, _ in next(iter(figures.attackers.values())).recalls] if figures.attackers else []
    shown = "".join(f"{each:>7g} %" for each in budgets)
    yield f"{'attacker':14}{'attacks':>9}{'AUC':>9}   caught within a budget of{shown}"
    everybody = [*figures.attackers.items(), *([("cold", figures.cold)] if figures.cold else [])]
    for kind, against in everybody:
        caught = "".join(f"{share:>9.3f}" for _, share in against.recalls)
        yield f"{kind:14}{against.attacks:>9}{against.auc:>9.3f}{'':28}{caught}"
    yield ""
    yield f"challenged at a budget of {_BUDGET} %, by sign-ins before: " + ", ".join(
        f"{_band(low, high)}: {share:.3f}" for low, high, share in figures.bands
    )
    yield f"microseconds: median {figures.microseconds[0]:.1f}, p99 {figures.microseconds[1]:.1f}"


def _attacker(kind: str, against: Against) -> Iterator[str]:
    for each in against.thresholds:
        low, high = each.interval
        counts = "  ".join(_count(count, length) for length, count in each.counts)
        interval = f"{low:.3f} to {high:.3f}"
        yield f"{kind:14}{each.stopped:>9.3f}{each.score:>9.2f}{each.challenged:>12.3f}{interval:>18}   {counts}"


def _count(count: float | None, length: int) -> str:
    return f"{'-':>8}" if count is None else f"{count:>3g} {count / length:.2f}"


def _band(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low} to {high}" if high < 1000 else f"{low} and more"
