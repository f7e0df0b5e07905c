"""The couriers of an installation: which channels its settings give a carrier, and who works them."""

from idp.core.clock import Clock
from idp.core.tokens import Tokens
from idp.delivery import carriers
from idp.delivery.background import Worker
from idp.delivery.carriers import Carriers
from idp.delivery.courier import Courier
from idp.delivery.hooks.teller import Teller
from idp.delivery.logouts import Logouts
from idp.delivery.outside import is_here
from idp.delivery.push import Push
from idp.delivery.syslog.carrier import SyslogServer
from idp.delivery.syslog.follower import SyslogFollower
from idp.records.delivery.model import LOGOUT
from idp.records.keys.service import KeyRing
from idp.resources import shipped
from idp.settings import Settings
from idp.storage.engine import Database


def carriers_of(settings: Settings, *, database: Database, clock: Clock) -> Carriers:
    """Return the carriers that the settings name. Raises ConfigError when a gateway's library is not installed."""
    return carriers.build(
        smtp=settings.smtp_url,
        mail_from=settings.mail_from,
        sms=settings.sms_url,
        push=_push(settings, database, clock),
        templates=shipped("templates", override=settings.templates_dir),
        clock=clock,
    )


def _push(settings: Settings, database: Database, clock: Clock) -> Push | None:
    services = settings.push_services
    return Push(services, issuer=settings.issuer, database=database, clock=clock) if services.names else None


def workers_of(
    found: Carriers, settings: Settings, *, keys: KeyRing, database: Database, clock: Clock, tokens: Tokens
) -> tuple[Worker, ...]:
    """Return who sends what: a courier for each channel that has a carrier, and who tells applications and others."""
    logouts = Logouts(issuer=settings.issuer, keys=keys, database=database, clock=clock)
    teller = Teller(database=database, clock=clock, tokens=tokens, may_be_here=is_here(settings.issuer))
    return (
        *couriers_of(found, database=database, clock=clock, tokens=tokens),
        Courier(LOGOUT, logouts, database=database, clock=clock, tokens=tokens, are_many=True),
        teller,
        *followers_of(settings, database=database, clock=clock, tokens=tokens),
    )


def followers_of(settings: Settings, *, database: Database, clock: Clock, tokens: Tokens) -> tuple[SyslogFollower, ...]:
    """Return who tells a syslog server of the audit trail, where there is one."""
    if settings.audit_syslog is None:
        return ()
    server = SyslogServer(settings.audit_syslog)
    return (SyslogFollower(server, issuer=settings.issuer, database=database, clock=clock, tokens=tokens),)


def couriers_of(found: Carriers, *, database: Database, clock: Clock, tokens: Tokens) -> tuple[Courier, ...]:
    """Return a courier for each channel that has a carrier."""
    return tuple(
        Courier(channel, carrier, database=database, clock=clock, tokens=tokens) for channel, carrier in found.items()
    )
