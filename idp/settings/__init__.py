"""What the environment says: one frozen object, read once, every mistake reported at once.

Owns the names `IDP_…` and what each may hold. Nothing else reads the environment, and the object stays on this floor:
a class is given the values it needs. Each name may also come as `IDP_…_FILE`, a path whose content is the value, so
that secrets need not stand in the environment.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from idp.core.errors import ConfigError, Problem
from idp.core.secrets import Secret
from idp.delivery import push_services
from idp.delivery.addresses import SmsAddress, SmtpAddress
from idp.delivery.push_services import PushServices
from idp.delivery.syslog import address as syslog_address
from idp.delivery.syslog.address import SyslogAddress
from idp.factors.external import Verifier
from idp.records.keys.modules import address as key_module_address
from idp.records.keys.modules.address import KeyModuleAddress
from idp.settings import values
from idp.settings.values import Argon2
from idp.settings.verifiers import verifiers

PROXY_MISSING = "set it to the number of proxies in front, or every visitor seems to come from the proxy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What concerns machines; what concerns people is in the policy bundle. The meaning of each is in README."""

    issuer: str
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    pace: int
    secret_keys: tuple[Secret, ...]
    key_rotation: timedelta | None
    key_module: KeyModuleAddress | None
    policy: str
    policy_source: str
    policies_dir: Path | None
    templates_dir: Path | None
    trusted_proxies: int
    smtp_url: SmtpAddress | None
    mail_from: str
    sms_url: SmsAddress | None
    push_services: PushServices
    verifiers: tuple[Verifier, ...]
    geoip_city: Path | None
    geoip_asn: Path | None
    ip_lists: Path | None
    disposable_mail: Path | None
    webauthn_rp_id: str
    webauthn_origins: tuple[str, ...]
    argon2: Argon2
    hibp_url: str
    sign_up: str
    fido_metadata: Path | None
    record_only: bool
    log_format: str
    log_level: str
    audit_syslog: SyslogAddress | None
    metrics_token: Secret | None
    metrics_folder: str
    """Where workers put what they count: a setting of the library's own (`PROMETHEUS_MULTIPROC_DIR`)."""
    traces: bool
    """Whether OpenTelemetry's own settings (`OTEL_…`) say where traces go."""

    @property
    def is_proxy_missing(self) -> bool:
        """Whether somebody else must be ending TLS, and none of what they say of visitors is believed."""
        return self.issuer.startswith("https:") and self.trusted_proxies == 0

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Return the settings; raise ConfigError with every mistake, each under the name of its setting."""
        problems = [*_unknown(environ)]
        found = {name.removeprefix("IDP_").lower(): _read(environ, name, problems) for name in _READERS}
        if not problems:
            problems += _conflicts(found)
        if problems:
            raise ConfigError(problems)
        found["webauthn_rp_id"] = found["webauthn_rp_id"] or urlsplit(found["issuer"]).hostname
        found["webauthn_origins"] = found["webauthn_origins"] or (found["issuer"],)
        found["metrics_folder"] = environ.get("PROMETHEUS_MULTIPROC_DIR", "")
        found["traces"] = any(environ.get(name) for name in _TRACES_TO) and environ.get("OTEL_SDK_DISABLED") != "true"
        return cls(**found)


def declared_verifiers(environ: Mapping[str, str]) -> tuple[Verifier, ...]:
    """Return the verifiers alone, for commands that need no other setting. Raises ConfigError."""
    problems: list[Problem] = []
    found: tuple[Verifier, ...] | None = _read(environ, "IDP_VERIFIERS", problems)
    if found is None:
        raise ConfigError(problems)
    return found


def _read(environ: Mapping[str, str], name: str, problems: list[Problem]) -> Any:
    """Return the converted value of one setting; note what is wrong with it instead."""
    default, convert = _READERS[name]
    try:
        text = _text(environ, name)
        return convert(default if text is None else text)
    except ValueError as error:
        problems.append(Problem(str(error), key=name))
        return None


def _text(environ: Mapping[str, str], name: str) -> str | None:
    """Return what the environment or the named file says; an empty value is as good as none."""
    file = environ.get(f"{name}_FILE", "")
    if not file:
        return environ.get(name, "").strip() or None
    if environ.get(name, ""):
        raise ValueError(f"is given twice; set either {name} or {name}_FILE")
    try:
        return Path(file).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"the file {file} of {name}_FILE cannot be read ({type(error).__name__})") from error


def _unknown(environ: Mapping[str, str]) -> list[Problem]:
    """Report names that look like ours and are not: a setting misspelt is a setting silently not made."""
    known = [*_READERS, *(f"{name}_FILE" for name in _READERS)]
    problems = []
    for name in sorted(name for name in environ if name.startswith("IDP_") and name not in known):
        near = difflib.get_close_matches(name, known, n=1)
        problems.append(Problem("is no setting" + (f"; {near[0]} was probably meant" if near else ""), key=name))
    return problems


def _conflicts(found: Mapping[str, Any]) -> list[Problem]:
    """Report settings that are right alone and wrong together."""
    problems = []
    if found["smtp_url"] and not found["mail_from"]:
        problems.append(Problem("is needed beside IDP_SMTP_URL: the sender's address", key="IDP_MAIL_FROM"))
    host = urlsplit(found["issuer"]).hostname or ""
    rp_id = found["webauthn_rp_id"]
    if rp_id and host != rp_id and not host.endswith(f".{rp_id}"):
        # WebAuthn Level 3 §5.1.2: the RP ID is the host of the origin or a suffix of it.
        problems.append(Problem(f"must be {host}, the issuer's host, or a parent of it", key="IDP_WEBAUTHN_RP_ID"))
    return problems


_TRACES_TO = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_READERS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "IDP_ISSUER": ("http://localhost:8000", values.issuer),
    "IDP_DATABASE_URL": ("sqlite:///var/idp.sqlite3", values.database_url),
    "IDP_REDIS_URL": ("", values.url("redis", "rediss", example="redis://host:6379/0")),
    "IDP_PACE": ("600", values.pace),
    "IDP_SECRET_KEYS": ("", values.secret_keys),
    "IDP_KEY_ROTATION": ("90", values.rotation),
    "IDP_KEY_MODULE": ("", key_module_address.read),
    "IDP_POLICY": ("default", str),
    "IDP_POLICY_SOURCE": ("database", values.one_of("database", "file")),
    "IDP_POLICIES_DIR": ("", values.folder),
    "IDP_TEMPLATES_DIR": ("", values.folder),
    "IDP_TRUSTED_PROXIES": ("0", values.count),
    "IDP_SMTP_URL": ("", values.smtp_url),
    "IDP_MAIL_FROM": ("", values.mail_from),
    "IDP_SMS_URL": ("", values.sms_url),
    "IDP_VERIFIERS": ("", verifiers),
    "IDP_PUSH_SERVICES": (push_services.USUAL, push_services.read),
    "IDP_GEOIP_CITY": ("", values.file),
    "IDP_GEOIP_ASN": ("", values.file),
    "IDP_IP_LISTS": ("", values.folder),
    "IDP_DISPOSABLE_MAIL": ("", values.file),
    "IDP_WEBAUTHN_RP_ID": ("", values.rp_id),
    "IDP_WEBAUTHN_ORIGINS": ("", values.origins),
    "IDP_ARGON2": ("m=19456,t=2,p=1", values.argon2),
    "IDP_SIGN_UP": ("closed", values.one_of("closed", "invited", "open")),
    "IDP_HIBP_URL": ("", values.breaches),
    "IDP_FIDO_METADATA": ("", values.file),
    "IDP_RECORD_ONLY": ("0", values.switch),
    "IDP_LOG_FORMAT": ("json", values.one_of("json", "text")),
    "IDP_LOG_LEVEL": ("info", values.one_of("debug", "info", "warning", "error")),
    "IDP_AUDIT_SYSLOG": ("", syslog_address.read),
    "IDP_METRICS_TOKEN": ("", values.metrics_token),
}
