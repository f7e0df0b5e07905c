"""One pass over a log in the order of time: each sign-in is scored, attacked, then learned."""

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from idp.cli.evaluation.attackers import KINDS, Attackers
from idp.cli.evaluation.draw import Draw
from idp.cli.evaluation.models import Model
from idp.cli.evaluation.rows import UNKNOWN_NAMES, Row

TAKEOVER = "takeover"
ATTACKERS = (*KINDS, TAKEOVER)
ATTACKED = 4
"""One legitimate sign-in of so many is attacked, by each kind of attacker."""
_SHARES = {"tune": range(2), "calibrate": range(2, 3), "report": range(3, 4), "all": range(4)}
SPLITS = tuple(_SHARES)


@dataclass(slots=True)
class Legitimate:
    """Scores of legitimate sign-ins: whose, after how many, and what they got."""

    people: "array[int]" = field(default_factory=lambda: array("l"))
    past: "array[int]" = field(default_factory=lambda: array("l"))
    scores: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, person: int, past: int, score: float) -> None:
        """Add one."""
        self.people.append(person)
        self.past.append(past)
        self.scores.append(score)


@dataclass(slots=True)
class Replayed:
    """What one pass found."""

    rows: int = 0
    legitimate: Legitimate = field(default_factory=Legitimate)
    attacks: dict[str, "array[float]"] = field(default_factory=lambda: {kind: array("d") for kind in ATTACKERS})
    first: "array[float]" = field(default_factory=lambda: array("d"))
    """Scores of legitimate sign-ins of people without a past."""
    first_takeovers: "array[float]" = field(default_factory=lambda: array("d"))


def replay(
    rows: Iterable[Row], model: Model, *, attackers: Iterable[str], split: str, progress: Callable[[int], None]
) -> Replayed:
    """Score, attack and learn every row; `split` says for whose people figures are kept."""
    found, draw = Replayed(), Draw(2020)
    material, kinds = Attackers(draw), tuple(kind for kind in KINDS if kind in attackers)
    numbers: dict[str, int] = {}
    past: dict[str, int] = {}
    for row in rows:
        found.rows += 1
        progress(found.rows)
        if row.is_takeover and row.is_successful:
            if TAKEOVER in attackers:
                _taken_over(found, model, row)
        elif row.is_successful and row.user not in UNKNOWN_NAMES:
            number = numbers.setdefault(row.user, len(numbers))
            if number % 4 in _SHARES[split]:
                _legitimate(found, model, row, number, past.get(row.user, 0))
                if model.knows(row) and draw.below(ATTACKED) == 0:
                    _attacked(found, model, row, material, kinds)
            past[row.user] = past.get(row.user, 0) + 1
            model.learn(row)
            material.learn(row)
        if not row.is_takeover:
            material.see(row)
    return found


def _legitimate(found: Replayed, model: Model, row: Row, number: int, past: int) -> None:
    if model.knows(row):
        found.legitimate.add(number, past, model.score(row))
    else:
        found.first.append(model.score(row))


def _taken_over(found: Replayed, model: Model, row: Row) -> None:
    into = found.attacks[TAKEOVER] if model.knows(row) else found.first_takeovers
    into.append(model.score(row))


def _attacked(found: Replayed, model: Model, row: Row, material: Attackers, kinds: tuple[str, ...]) -> None:
    for kind in kinds:
        attempt = material.attack(kind, row)
        if attempt is not None:
            found.attacks[kind].append(model.score(attempt))
