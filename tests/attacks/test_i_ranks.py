"""ADM-21 in time: ranks count as they are when something is done, not as they were when a page was opened."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Event as Signal
from typing import Any

import pytest

from idp.admin.people.helping import Helping
from idp.admin.people.holding import held
from idp.admin.people.registering import Registering
from idp.admin.staff import Staff
from idp.core.assurance import traits_table
from idp.core.errors import ForbiddenError
from idp.core.tokens import SystemTokens
from idp.factors.base import Cost
from idp.login.notices import Notices
from idp.login.policies import Policies
from idp.login.recovery.links import MailedLinks
from idp.login.sender import Sender
from idp.login.telling import Telling
from idp.records.users import store as users
from idp.records.users.model import User
from idp.storage.engine import Database
from idp.storage.tx import Tx
from idp.web.languages import read_catalogues
from tests.support.builders import NOW, a_user
from tests.support.clock import FixedClock

Change = Callable[..., Any]


def changes() -> dict[str, Change]:
    """Return everything that is done to a person in the console or its API, by name."""
    tokens, clock = SystemTokens(), FixedClock(NOW)
    sender = Sender(host="id.test", tokens=tokens, catalogues=read_catalogues())
    notices = Notices(telling=Telling(sender=sender, links=MailedLinks(issuer="https://id.test", tokens=tokens)))
    policies = Policies(traits=traits_table(), clock=clock)
    cost = Cost(memory_kib=8, passes=1, lanes=1)
    desks = (
        Helping(policies=policies, notices=notices, clock=clock),
        Registering(policies=policies, notices=notices, clock=clock, tokens=tokens, cost=cost),
    )
    found = {
        name: getattr(desk, name)
        for desk in desks
        for name in vars(type(desk))
        if not name.startswith("_") and name not in NO_ID
    }
    one = partial(found["remove_method"], method_id="any")
    return found | {"remove_method": one, "change": held}


NO_ID = ("add", "change")
"""What makes somebody, and what takes somebody who is held already: both begin with `held`, or have nobody to hold."""
NAMES = sorted(changes())


def people(database: Database) -> tuple[User, User]:
    """Return somebody of the helpdesk, and somebody without a role."""
    helper, bob = a_user("helper", roles=("admin",)), a_user("bob")
    with database.transaction() as tx:
        users.add_all(tx, [helper, bob])
    return helper, bob


def meanwhile(database: Database, first: Callable[[Tx], object], then: Callable[[Tx], object]) -> None:
    """Begin `then` while `first` is done and not yet kept, and return when both are over."""
    begun = Signal()

    def second() -> None:
        begun.set()
        with database.transaction(durable=True) as tx:
            then(tx)

    with ThreadPoolExecutor(1) as pool:
        with database.transaction(durable=True) as tx:
            first(tx)
            running = pool.submit(second)
            assert begun.wait(5)
        running.result(timeout=10)


@pytest.mark.parametrize("name", NAMES)
def test_adm_21_who_was_promoted_meanwhile_is_not_changed(database: Database, name: str) -> None:
    """ADM-21: somebody became an owner while a change of them waited: it is refused, and nothing of it is kept."""
    helper, bob = people(database)
    promoted = replace(bob, roles=("owner",))
    change = partial(changes()[name], staff=Staff(user=helper), user_id=bob.id)
    with pytest.raises(ForbiddenError):
        meanwhile(database, lambda tx: users.save(tx, promoted), lambda tx: change(tx))
    with database.transaction() as tx:
        assert users.get(tx, bob.id) == promoted


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fate", ["demoted", "disabled"])
def test_adm_21_who_lost_their_rank_meanwhile_changes_nobody(database: Database, name: str, fate: str) -> None:
    """ADM-21: an administrator lost the role, or was shut out, while their change waited: it is refused."""
    helper, bob = people(database)

    def lose(tx: Tx) -> None:
        if fate == "disabled":
            users.set_disabled(tx, helper.id, NOW)
        else:
            users.save(tx, replace(helper, roles=("auditor",)))

    change = partial(changes()[name], staff=Staff(user=helper), user_id=bob.id)
    with pytest.raises(ForbiddenError):
        meanwhile(database, lose, lambda tx: change(tx))
    with database.transaction() as tx:
        assert users.get(tx, bob.id) == bob
