"""`idp policy replay`: what a draft would have changed of what was decided lately."""

import sys
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import click

from idp.admin.policies.replaying import replayed
from idp.admin.policies.replays.examples import Example, examples_of
from idp.admin.policies.replays.service import report_of
from idp.cli.output import json_option, show_json
from idp.cli.policy.desk import desk
from idp.cli.policy.naming import named
from idp.policy.replay import Effect, Tally
from idp.records.decisions import store as decisions

_WORDS = {
    Effect.CHALLENGED: "asked for more",
    Effect.BLOCKED: "refused",
    Effect.ENROLLED: "made to set something up",
    Effect.FREED: "asked for less, or let in",
}
_MOST_SHOWN = 10


@click.command()
@click.argument("draft", metavar="BUNDLE")
@click.option("--days", type=click.IntRange(1, 3650), default=14, show_default=True, help="How far to look back.")
@click.option("--against", default="live", metavar="BUNDLE", help="What it is compared with instead of the live one.")
@click.option("--processes", type=click.IntRange(0, 64), default=0, help="0: as many as the work is worth.")
@json_option
def replay(draft: str, *, days: int, against: str, processes: int, as_json: bool) -> None:
    """Run a draft over recorded decisions: who would be asked more, refused or let off, where, and by which rule."""
    with desk() as here:
        before, after = here.policies.here(named(against)), here.policies.here(named(draft))
        until = here.here.clock.now()
        since = until - timedelta(days=days)
        with here.here.database.transaction() as tx:
            total = decisions.count_past(tx, since=since, until=until)
            with click.progressbar(
                length=total, label="Replaying", file=sys.stderr, hidden=not sys.stderr.isatty()
            ) as bar:
                tally = replayed(tx, before, after, since=since, until=until, processes=processes, progress=bar.update)
            examples = examples_of(tx, report_of(tally))
    if as_json:
        show_json({"days": days, "before": before.version, "after": after.version, **_row(tally, days)})
    else:
        _show(tally, days, examples)


def _row(tally: Tally, days: int) -> dict[str, Any]:
    return {
        "records": tally.records,
        "unreadable": tally.unreadable,
        "effects": {effect.value: tally.effects[effect.value] for effect in Effect},
        "abandoned": tally.abandoned,
        "given_up": dict(tally.given_up),
        "extra_challenges_a_day": round(tally.extra / days, 2),
        "clients": _by(tally.clients),
        "groups": _by(tally.groups),
        "rules": _by(tally.rules),
        "examples": tally.examples,
    }


def _by(counter: Counter[tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"effect": effect, "name": name, "count": count} for (effect, name), count in counter.most_common()]


def _words(example: Example) -> str:
    """Return whose decision it was, where and when, and by which id `idp policy explain` tells more."""
    if example.at is None:
        return example.decision_id
    who, where = example.username or "somebody", example.client_id or "(our own pages)"
    return f"{example.at:%Y-%m-%d %H:%M}  {who} at {where}  {example.decision_id}"


def _show(tally: Tally, days: int, examples: Iterable[Example]) -> None:
    told = f", {tally.unreadable} could not be read" if tally.unreadable else ""
    left = f", {tally.abandoned} of them left half-way" if tally.abandoned else ""
    click.echo(f"{tally.records} decisions of the last {days} days{left}{told}")
    for effect in Effect:
        count = tally.effects[effect.value]
        if not count:
            continue
        given_up = tally.given_up[effect.value]
        left = f", {given_up} had been left half-way" if given_up else ""
        click.echo(f"{count:>8}  {_WORDS[effect]} ({count / tally.records:.1%}){left}")
        for title, counter in (("rule", tally.rules), ("client", tally.clients), ("group", tally.groups)):
            named_ones = [(name, count) for (of, name), count in counter.most_common() if of == effect.value]
            for name, each in named_ones[:_MOST_SHOWN]:
                click.echo(f"{'':>10}{each:>8}  {title} {name or '(our own pages)'}")
        for example in examples:
            if example.effect == effect.value:
                click.echo(f"{'':>10}such as  {_words(example)}")
    click.echo(
        f"{tally.extra / days:+.1f} challenges a day" if any(tally.effects.values()) else "Nothing would differ."
    )
