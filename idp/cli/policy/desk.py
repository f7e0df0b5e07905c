"""What commands about policies work with: one installation, and the publisher over it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from idp.admin.policies.census import Guard
from idp.admin.policies.gate import Gate
from idp.admin.policies.publishing import Publisher, is_administrator
from idp.admin.policies.rolling_out import Rollouts
from idp.admin.staff import COMMAND_LINE
from idp.cli.installation import Installation, opened, passkey_site
from idp.cli.own_factors import own_factors, traits_of, with_verifiers
from idp.cli.policies import starting_path
from idp.core.errors import ForbiddenError, NotFoundError
from idp.factors import registry
from idp.factors.password import Password
from idp.login.installed import Build
from idp.login.policies import Policies
from idp.records.users import store as users
from idp.storage.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One installation, and the publisher over it."""

    here: Installation
    policies: Policies
    build_factors: Build
    publisher: Publisher
    rollouts: Rollouts

    def actor(self, tx: Tx, username: str) -> str:
        """Return the id of the administrator who is named, or that of the command line. Raises ForbiddenError."""
        if not username:
            return COMMAND_LINE
        user = users.get_by_username(tx, username)
        if user is None:
            raise NotFoundError(f"there is nobody called {username}")
        if not is_administrator(tx, user.id):
            raise ForbiddenError(f"{username} is no administrator")
        return user.id

    def name_of(self, tx: Tx, by: str) -> str:
        """Return how people know who did something."""
        user = None if by == COMMAND_LINE else users.get(tx, by)
        return user.username if user is not None else by


@contextmanager
def desk() -> Iterator[Desk]:
    """Open the installation that the environment describes."""
    with opened() as here:
        yield desk_of(here)


def desk_of(here: Installation) -> Desk:
    """Return the desk of an installation."""
    costs = here.settings.argon2
    password = Password(memory_kib=costs.memory, passes=costs.time, lanes=costs.lanes)
    own = with_verifiers(own_factors(), here.settings)
    site = passkey_site(here.settings)
    build = partial(registry.build, password=password, own=own, site=site)
    traits = traits_of(own)
    installed = frozenset(build({}))
    policies = Policies(traits=traits, clock=here.clock, installed=installed, can_attest=bool(site.models))
    source = starting_path(here.settings) if here.settings.policy_source == "file" else None
    gate = Gate(guard=Guard(policies=policies, build_factors=build), traits=traits, source=source)
    publisher = Publisher(gate=gate, traits=traits, clock=here.clock, tokens=here.tokens)
    rollouts = Rollouts(publisher=publisher, gate=gate, clock=here.clock)
    return Desk(here=here, policies=policies, build_factors=build, publisher=publisher, rollouts=rollouts)
