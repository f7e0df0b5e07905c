"""What most of the app is made with."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.core.clock import Clock
from idp.core.tokens import Tokens
from idp.delivery.background import Background
from idp.login.assessing.assessor import Assessor
from idp.login.choosing import NewPasswords
from idp.login.installed import Build
from idp.login.lane import Lane
from idp.login.observing.sources import Sources
from idp.login.policies import Policies
from idp.login.sender import Sender
from idp.login.standing import Judge
from idp.login.telling import Telling
from idp.records.keys.service import KeyRing
from idp.settings import Settings
from idp.storage.engine import Database
from idp.web.cookies import Cookies
from idp.web.pages import Pages
from idp.web.transaction import Transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What most of the app is made with."""

    settings: Settings
    clock: Clock
    tokens: Tokens
    database: Database
    transactions: Transactions
    policies: Policies
    keys: KeyRing
    pages: Pages
    cookies: Cookies
    build_factors: Build
    sender: Sender
    passwords: NewPasswords
    telling: Telling
    judge: Judge
    gateways: Mapping[str, str]
    """The name of the carrier of each channel that has one."""
    assessor: Assessor
    sources: Sources
    lane: Lane
    replays: Background
    """Runs the replays that are asked for on the console."""
