"""`idp doctor`: what is wrong with this installation, and how to mend it, in one look.

Nothing is changed and nothing is sent: every check only reads.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import click

from idp import migrations
from idp.cli import secrets, syslog
from idp.cli.installation import ALGORITHMS, Installation, open_database, shared_of, sources_of
from idp.cli.key_modules import ring_of
from idp.cli.output import json_option, show_rows
from idp.cli.own_factors import installed_traits
from idp.core.clock import SystemClock
from idp.core.errors import BusyError, ConfigError
from idp.core.secrets import UnsealError
from idp.core.tokens import SystemTokens
from idp.policy.lint import lint
from idp.policy.loader import load_text
from idp.records.audit import store as audit
from idp.records.audit.seals import store as seals
from idp.records.bundles import store as bundles
from idp.records.keys import store as keys
from idp.records.keys.model import KeyState
from idp.records.users.finding import store as finding
from idp.risk.inputs import Health
from idp.settings import PROXY_MISSING, Settings
from idp.storage.errors import ENGINE_ERRORS
from idp.storage.tx import Tx

OK, WARNING, FAILED = "ok", "warning", "failed"
_OLD = timedelta(days=180)
_WAITING = 1000
_ADMINISTRATORS = {"owner", "admin"}
_SETTINGS = {"city": "IDP_GEOIP_CITY", "asn": "IDP_GEOIP_ASN", "mail_domains": "IDP_DISPOSABLE_MAIL"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found, and what would mend it."""

    check: str
    state: str
    found: str
    mend: str = ""


@click.command()
@json_option
def doctor(*, as_json: bool) -> None:
    """Look at settings, database, clock, keys, policy and audit trail: what is wrong, and how to mend it."""
    found = list(examine())
    rows = [{"check": each.check, "state": each.state, "found": each.found, "mend": each.mend} for each in found]
    show_rows(rows, as_json=as_json, empty="")
    if any(each.state == FAILED for each in found):
        raise click.exceptions.Exit(1)


def examine() -> Iterator[Finding]:
    """Yield what each check finds; where one fails that others stand on, they are left out."""
    try:
        settings = Settings.from_env(os.environ)
    except ConfigError as error:
        for problem in error.problems:
            yield Finding(check="settings", state=FAILED, found=str(problem), mend=f"set {problem.key} as it says")
        return
    yield _settings(settings)
    yield from _redis(settings)
    yield from _syslog(settings)
    database = open_database(settings)
    here = Installation(settings=settings, database=database, clock=SystemClock(), tokens=SystemTokens())
    try:
        yield from _database(here)
    finally:
        database.close()


def _settings(settings: Settings) -> Finding:
    if settings.is_proxy_missing:
        text = f"{settings.issuer}, and no proxy is trusted: right only where nothing stands in front"
        return Finding(check="settings", state=WARNING, found=text, mend=f"IDP_TRUSTED_PROXIES: {PROXY_MISSING}")
    return Finding(check="settings", state=OK, found=settings.issuer)


def _redis(settings: Settings) -> Iterator[Finding]:
    shared = shared_of(settings)
    if shared is None:
        return
    try:
        if shared.is_well():
            yield Finding(check="redis", state=OK, found="answers, and takes what is written")
        else:
            mend = "check IDP_REDIS_URL, and that it runs and has memory; until then everything works, more slowly"
            yield Finding(check="redis", state=WARNING, found="does not answer, or takes nothing", mend=mend)
    finally:
        shared.close()


def _syslog(settings: Settings) -> Iterator[Finding]:
    address = settings.audit_syslog
    if address is None:
        return
    reason = syslog.failure(address)
    mend = "check IDP_AUDIT_SYSLOG, and that it listens; events wait in the trail, and none is lost" if reason else ""
    found = f"{address} does not answer ({reason})" if reason else f"{address} answers"
    yield Finding(check="syslog", state=WARNING if reason else OK, found=found, mend=mend)


def _database(here: Installation) -> Iterator[Finding]:
    try:
        differences = migrations.check(here.database)
    except ENGINE_ERRORS as error:
        text = f"cannot be reached ({type(error).__name__})"
        yield Finding(check="database", state=FAILED, found=text, mend="check IDP_DATABASE_URL, and that it runs")
        return
    for difference in differences:
        yield Finding(check="database", state=FAILED, found=difference, mend="run `idp db upgrade`")
    if differences:
        return
    yield Finding(check="database", state=OK, found=f"{here.database.dialect}, its tables are those of this version")
    yield from _risk(here)
    checks: Sequence[Callable[[Installation, Tx], Iterator[Finding]]] = (_keys, _sealed, _policy, _people, _audit)
    for check in checks:
        with here.database.transaction() as tx:
            yield from check(here, tx)
    yield _clock(here)


def _risk(here: Installation) -> Iterator[Finding]:
    """Tell which inputs of risk there are, and how old; each is optional, and only one that fails is a mistake."""
    now = here.clock.now()
    for source in sources_of(here.settings).present(now):
        name, days = source.name, (now - source.dated).days if source.dated else 0
        found = f"{name}, {days} days old" + (f", {source.size} entries" if source.size else "")
        match source.health:
            case Health.ABSENT:
                yield Finding(check="risk", state=OK, found=f"{name} is not installed: neutral")
            case Health.FRESH:
                yield Finding(check="risk", state=OK, found=found)
            case Health.STALE:
                yield Finding(check="risk", state=WARNING, found=found, mend="fetch a newer one")
            case Health.FAILED:
                text = f"{name} cannot be read, so that risk is unknown and every sign-in is unusual"
                mend = f"put a good file in its place, or unset {_SETTINGS.get(name, 'IDP_IP_LISTS')}"
                yield Finding(check="risk", state=FAILED, found=text, mend=mend)


def _keys(here: Installation, tx: Tx) -> Iterator[Finding]:
    ring = ring_of(here.settings, here.clock)
    for alg in ALGORITHMS:
        try:
            ring.signing_key(tx, alg).sign(b"doctor")
        except LookupError as error:
            yield Finding(check="keys", state=FAILED, found=str(error), mend="run `idp init`")
        except BusyError as error:
            found = f"the token that holds the {alg} key cannot be reached ({error.__cause__!r})"
            yield Finding(check="keys", state=FAILED, found=found, mend="see to what IDP_KEY_MODULE names")
        except UnsealError:
            mend = "put the key that sealed it back into IDP_SECRET_KEYS"
            yield Finding(check="keys", state=FAILED, found=f"the {alg} key does not open", mend=mend)
        else:
            yield from _age(here, tx, alg)


def _age(here: Installation, tx: Tx, alg: str) -> Iterator[Finding]:
    current = next(key for key in keys.list_keys(tx) if key.alg == alg and key.state is KeyState.CURRENT)
    days = (here.clock.now() - current.created_at).days
    if here.clock.now() - current.created_at > _OLD:
        found = f"the {alg} key is {days} days old"
        yield Finding(check="keys", state=WARNING, found=found, mend=f"run `idp keys rotate --alg {alg}`")
    else:
        yield Finding(check="keys", state=OK, found=f"{alg}, {days} days old")


def _sealed(_here: Installation, tx: Tx) -> Iterator[Finding]:
    """Say what would be lost with an older key, and what is lost already."""
    found = secrets.census(tx)
    older = {each.where: each.older for each in found if each.older}
    lost = {each.where: each.lost for each in found if each.lost and each.lasts}
    if lost:
        text = f"{sum(lost.values())} values are sealed or signed under keys that are not there: {_counted(lost)}"
        mend = "put those keys back into IDP_SECRET_KEYS, and run `idp secrets reseal`"
        yield Finding(check="secrets", state=FAILED, found=text, mend=mend)
    if older:
        text = f"{sum(older.values())} values still hang on an older key: {_counted(older)}"
        mend = "run `idp secrets reseal` before you take a key out of IDP_SECRET_KEYS"
        yield Finding(check="secrets", state=WARNING, found=text, mend=mend)
    if not lost and not older:
        yield Finding(check="secrets", state=OK, found="nothing hangs on an older key")


def _counted(places: Mapping[str, int]) -> str:
    return ", ".join(f"{where} {count}" for where, count in places.items())


def _policy(_here: Installation, tx: Tx) -> Iterator[Finding]:
    live = bundles.live(tx)
    if live is None:
        yield Finding(check="policy", state=FAILED, found="none is published", mend="run `idp init`")
        return
    name = f"{live.name} {live.version[:12]}"
    try:
        findings = lint(load_text(live.text, file=live.name, traits=installed_traits()))
    except ConfigError as error:
        mend = "publish one that loads; until then the last good one is in force"
        yield Finding(check="policy", state=FAILED, found=f"{name} does not load: {error.problems[0]}", mend=mend)
        return
    for problem in findings.errors:
        yield Finding(check="policy", state=FAILED, found=str(problem), mend="mend it, and publish it anew")
    for problem in findings.warnings:
        yield Finding(check="policy", state=WARNING, found=str(problem))
    if not findings.errors:
        yield Finding(check="policy", state=OK, found=name)


def _people(_here: Installation, tx: Tx) -> Iterator[Finding]:
    after = ""
    while page := finding.list_after(tx, "", limit=500, after=after):
        if any(_ADMINISTRATORS & set(user.roles) for user in page):
            yield Finding(check="administrators", state=OK, found="there is one")
            return
        after = page[-1].username
    mend = "run `idp init` for a set-up token, or `idp user add NAME --role owner`"
    yield Finding(check="administrators", state=WARNING, found="nobody may change anything in the console", mend=mend)


def _audit(_here: Installation, tx: Tx) -> Iterator[Finding]:
    waiting = seals.count_unsealed(tx)
    if waiting > _WAITING:
        text = f"{waiting} events wait for their seal"
        yield Finding(check="audit", state=WARNING, found=text, mend="run `idp audit verify`, or start the service")
    else:
        yield Finding(check="audit", state=OK, found=f"{waiting} events wait for their seal")


def _clock(here: Installation) -> Finding:
    """Compare with the last moment that is stored: a clock that was set back refuses codes and ends nothing in time."""
    with here.database.transaction() as tx:
        newest = audit.newest_moment(tx)
    now = here.clock.now()
    if newest is not None and newest > now + timedelta(seconds=60):
        text = f"is behind: something happened at {newest.isoformat(timespec='seconds')} already"
        return Finding(check="clock", state=FAILED, found=text, mend="set the clock, and keep it by NTP")
    return Finding(check="clock", state=OK, found=now.isoformat(timespec="seconds"))
