"""Generated decisions of the past, for tests of replays and for their benchmark."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from msgspec import structs

from idp.policy.language import Bundle
from idp.policy.model import EnrolAsk, Mark
from idp.policy.record import snapshot
from idp.policy.replay import Row
from idp.policy.trial import NOW, situation_given

CLIENTS = ("bank", "shop", "mail", "")
GROUPS = ((), ("staff",), ("staff", "board"), ("customers",))
BANDS = ("low", "challenge", "high", Mark.UNKNOWN, Mark.ABSENT)


def a_history(
    bundle: Bundle, count: int, *, seed: int = 1, since: datetime = NOW, step: timedelta = timedelta(seconds=1)
) -> Iterator[tuple[datetime, Row]]:
    """Yield records like those of real traffic: what is usual is usual, and everything else happens now and then."""
    drawn = Random(seed)
    situations = [situation_given(bundle, example.given) for example in bundle.tests]
    for number in range(count):
        facts, evidence, enrolled = drawn.choices(situations, [2 ** -min(at, 8) for at in range(len(situations))])[0]
        now = since + number * step
        person = f"person {drawn.randrange(5000)}"
        is_step_up = drawn.random() < 0.3
        proofs = tuple(
            replace(
                each,
                at=now - timedelta(seconds=drawn.choice((400, 4000, 90000)) if is_step_up else 9 + drawn.random()),
                user_id=person,
                interaction_id="earlier" if is_step_up else "here",
            )
            for each in evidence
        )
        values = {
            **facts.values,
            "net.ip": f"192.0.2.{drawn.randrange(256)}",
            "user.age": drawn.random() * 1e8,
            "user.groups": drawn.choice(GROUPS),
            "risk.band": drawn.choices(BANDS, (950, 45, 5, 1, 10))[0],
            "device.trusted": drawn.random() < 0.3,
            "request.amount": drawn.randrange(2000),
        }
        client, max_age = drawn.choices(CLIENTS, (70, 20, 5, 5))[0], drawn.choices((None, 300), (9, 1))[0]
        asked = replace(facts.demand, client_id=client, max_age=max_age)
        put_off = EnrolAsk(rule="must-enrol", skips=0, first_asked_at=now - timedelta(days=drawn.randrange(20)))
        told = structs.replace(
            facts,
            demand=asked,
            values=values,
            user_id=person if facts.user_id else None,
            enrol_asks=(put_off,),
        )
        yield now, Row(f"d{number:07}", asked.client_id, snapshot(told, proofs, enrolled, now))
