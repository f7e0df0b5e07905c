"""Settings: read once, every mistake reported at once, secrets never printed."""

import pytest

from idp.core.errors import ConfigError
from idp.core.secrets import Secret
from idp.delivery.addresses import Security, SmtpAddress, WebhookAddress
from idp.records.keys.modules import address as key_modules
from idp.settings import Settings
from idp.settings.values import Argon2

KEY = "0f9d3c5b7a1e8642" * 2
OTHER = "a1b2c3d4e5f60718" * 2


def settings(**changes: str) -> Settings:
    return Settings.from_env({"IDP_SECRET_KEYS": KEY, **changes})


def mistakes(environ: dict[str, str]) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        Settings.from_env(environ)
    return {problem.key: problem.text for problem in caught.value.problems}


def test_settings_defaults_are_those_of_the_surface():
    """With nothing but keys, the service is the one on localhost:8000 with a SQLite file."""
    found = settings()
    assert found.issuer == "http://localhost:8000"
    assert found.database_url == "sqlite:///var/idp.sqlite3"
    assert found.policy == "default"
    assert (found.trusted_proxies, found.record_only, found.log_format, found.log_level) == (0, False, "json", "info")
    assert found.argon2 == Argon2(memory=19456, time=2, lanes=1)
    assert (found.smtp_url, found.sms_url, found.metrics_token, found.policies_dir, found.geoip_city) == (None,) * 5


def test_settings_derive_webauthn_from_the_issuer():
    """The RP ID is the issuer's host and its only origin the issuer, unless set."""
    found = settings(IDP_ISSUER="https://id.example.com:8443")
    assert (found.webauthn_rp_id, found.webauthn_origins) == ("id.example.com", ("https://id.example.com:8443",))
    wider = settings(
        IDP_ISSUER="https://id.example.com",
        IDP_WEBAUTHN_RP_ID="example.com",
        IDP_WEBAUTHN_ORIGINS="https://id.example.com, https://www.example.com",
    )
    assert wider.webauthn_rp_id == "example.com"
    assert wider.webauthn_origins == ("https://id.example.com", "https://www.example.com")


def test_settings_report_all_mistakes_at_once():
    """Whoever starts the service mends everything in one go."""
    found = mistakes({"IDP_ISSUER": "http://example.com", "IDP_TRUSTED_PROXIES": "two", "IDP_LOG_LEVEL": "loud"})
    assert set(found) == {"IDP_ISSUER", "IDP_SECRET_KEYS", "IDP_TRUSTED_PROXIES", "IDP_LOG_LEVEL"}
    assert "debug, info, warning, error" in found["IDP_LOG_LEVEL"]


@pytest.mark.parametrize("url", ["https://id.example.com", "https://id.example.com:8443", "http://localhost:8000",
                                 "http://127.0.0.1:8000", "http://[::1]:8000"])  # fmt: skip
def test_issuer_may_be_an_origin(url):
    """https anywhere, http on loopback."""
    assert settings(IDP_ISSUER=url).issuer == url


@pytest.mark.parametrize("url", ["http://example.com", "https://example.com/", "https://example.com/idp", "example.com",
                                 "https://example.com?x=1", "https://example.com#x", "https://user@example.com",
                                 "https://Example.com", "https://example.com:x", "https://[", "ftp://localhost",
                                 "https://example.com:443", "http://localhost:",
                                 "https://", "https://a b"])  # fmt: skip
def test_issuer_may_be_nothing_else(url):
    """A path, query, fragment, user, capital letter or default port would make two spellings of one issuer."""
    assert "must be an origin" in mistakes({"IDP_SECRET_KEYS": KEY, "IDP_ISSUER": url})["IDP_ISSUER"]


def test_secret_keys_are_kept_newest_first_and_do_not_print():
    """Keys rotate by putting a new one in front; no repr shows any."""
    found = settings(IDP_SECRET_KEYS=f"{OTHER}, {KEY}", IDP_SMTP_URL="smtp://u:hidden@mx:587", IDP_MAIL_FROM="a@b.c")
    assert found.secret_keys == (Secret(OTHER), Secret(KEY))
    assert not any(secret in repr(found) for secret in (KEY, OTHER, "hidden"))


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ("", "is needed"),
        ("short", "key 1 is too short"),
        (f"{KEY},{'x' * 31}", "key 2 is too short"),
        ("0" * 40, "can be guessed"),
        ("please-changeme-0123456789abcdefgh", "can be guessed"),
    ],
)
def test_secret_keys_that_can_be_guessed_are_refused(keys, why):
    """No default, nothing short, nothing that stands in a manual (ASVS 5.0 §13.3)."""
    assert why in mistakes({"IDP_SECRET_KEYS": keys})["IDP_SECRET_KEYS"]


def test_settings_may_come_from_files(tmp_path):
    """`…_FILE` names a file whose content, without the newline at its end, is the value."""
    (tmp_path / "key").write_text(f"{KEY}\n")
    assert Settings.from_env({"IDP_SECRET_KEYS_FILE": str(tmp_path / "key")}).secret_keys == (Secret(KEY),)


def test_settings_files_that_cannot_be_read_are_reported(tmp_path):
    """A missing file, and a value given twice, are mistakes and never fall back to a default."""
    found = mistakes(
        {"IDP_SECRET_KEYS_FILE": str(tmp_path / "none"), "IDP_ISSUER": "https://a", "IDP_ISSUER_FILE": "x"}
    )
    assert "cannot be read (FileNotFoundError)" in found["IDP_SECRET_KEYS"]
    assert "given twice" in found["IDP_ISSUER"]


def test_settings_report_names_that_are_none():
    """A misspelt name would silently leave its default in force."""
    found = mistakes({"IDP_SECRET_KEYS": KEY, "IDP_ISUER": "https://id.example.com", "IDP_XYZZY_QQ": "1"})
    assert found["IDP_ISUER"] == "is no setting; IDP_ISSUER was probably meant"
    assert found["IDP_XYZZY_QQ"] == "is no setting"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IDP_DATABASE_URL", "mysql://x/y"),
        ("IDP_DATABASE_URL", "sqlite:///:memory:"),
        ("IDP_REDIS_URL", "http://x"),
        ("IDP_REDIS_URL", "redis://[x"),
        ("IDP_POLICIES_DIR", "/nowhere/at/all"),
        ("IDP_GEOIP_CITY", "/nowhere/at/all"),
        ("IDP_TRUSTED_PROXIES", "-1"),
        ("IDP_TRUSTED_PROXIES", "１"),
        ("IDP_SMTP_URL", "mx.example.com"),
        ("IDP_SMTP_URL", "smtp://mx/path"),
        ("IDP_SMTP_URL", "smtp://mx?tls=1"),
        ("IDP_SMTP_URL", "smtp://mx:mail"),
        ("IDP_MAIL_FROM", "nobody"),
        ("IDP_MAIL_FROM", "a@b.c\r\nBcc: x@y.z"),
        ("IDP_SMS_URL", "https://sms.example.com"),
        ("IDP_SMS_URL", "sns://"),
        ("IDP_SMS_URL", "sns://[x"),
        ("IDP_SMS_URL", "webhook+https://sms.example.com/send"),
        ("IDP_SMS_URL", "twilio://AC1:token@+12025550100"),
        ("IDP_WEBAUTHN_RP_ID", "example.org"),
        ("IDP_WEBAUTHN_RP_ID", "-"),
        ("IDP_WEBAUTHN_ORIGINS", "example.com"),
        ("IDP_ARGON2", "19456,2,1"),
        ("IDP_ARGON2", "m=1,t=2,p=1"),
        ("IDP_HIBP_URL", "hibp"),
        ("IDP_HIBP_URL", "file:///no/such/folder"),
        ("IDP_HIBP_URL", "file://host/folder"),
        ("IDP_SIGN_UP", "maybe"),
        ("IDP_RECORD_ONLY", "maybe"),
        ("IDP_PACE", "-1"),
        ("IDP_KEY_ROTATION", "13"),
        ("IDP_KEY_ROTATION", "monthly"),
        ("IDP_KEY_MODULE", "softhsm"),
        ("IDP_KEY_MODULE", "pkcs11:token=idp"),
        ("IDP_KEY_MODULE", "pkcs11:?module-path=/p11.so&pin-value=1"),
        ("IDP_KEY_MODULE", "pkcs11:token=idp?module-path=p11.so&pin-value=1"),
        ("IDP_KEY_MODULE", "pkcs11:token=idp?module-path=/p11.so"),
        ("IDP_KEY_MODULE", "pkcs11:token=idp?module-path=/p11.so&pin-value="),
        ("IDP_KEY_MODULE", "pkcs11:token=idp?module-path=/p11.so&pin-value=1&pin-source=/pin"),
        ("IDP_KEY_MODULE", "pkcs11:token=idp?module-path=/p11.so&pin-source=pin"),
        ("IDP_KEY_MODULE", "pkcs11:token=idp?module-path=/p11.so&pin-source=file:/no/such/pin"),
        ("IDP_KEY_MODULE", "pkcs11:token=a;token=b?module-path=/p11.so&pin-value=1"),
        ("IDP_KEY_MODULE", "pkcs11:token=a;object=b?module-path=/p11.so&pin-value=1"),
        ("IDP_PACE", "10 a second"),
        ("IDP_LOG_FORMAT", "xml"),
        ("IDP_METRICS_TOKEN", "short"),
    ],
)
def test_settings_say_what_would_be_right(name, value):
    """Each wrong value is reported under its own name."""
    assert set(mistakes({"IDP_SECRET_KEYS": KEY, name: value})) == {name}


def test_settings_accept_what_gateways_need(tmp_path):
    """The forms shown in the messages are accepted."""
    found = settings(
        IDP_SMTP_URL="smtp://user:pass@mx.example.com:587?starttls=1",
        IDP_MAIL_FROM="Example <no-reply@example.com>",
        IDP_SMS_URL=f"webhook+https://{OTHER}@sms.example.com/send",
        IDP_REDIS_URL="redis://localhost:6379/0",
        IDP_ARGON2="m=65536,t=3,p=4",
        IDP_IP_LISTS=str(tmp_path),
        IDP_RECORD_ONLY="on",
        IDP_METRICS_TOKEN=OTHER,
        IDP_KEY_MODULE="pkcs11:token=our%20keys;serial=1f?module-path=/p11.so&pin-value=27%2018",
    )
    assert found.key_module is not None
    assert not any(pin in repr(found) for pin in ("27 18", "27%2018"))
    assert key_modules.pkcs11(found.key_module.text) == key_modules.Pkcs11Address(
        module_path="/p11.so", pin=Secret("27 18"), token="our keys", serial="1f"
    )
    assert found.argon2 == Argon2(memory=65536, time=3, lanes=4)
    assert found.smtp_url == SmtpAddress(
        host="mx.example.com", port=587, security=Security.STARTTLS, user="user", password=Secret("pass")
    )
    assert found.sms_url == WebhookAddress(url="https://sms.example.com/send", secret=Secret(OTHER))
    assert (found.ip_lists, found.record_only, found.metrics_token) == (tmp_path, True, Secret(OTHER))


def test_mail_needs_a_sender():
    """A gateway without a sender's address would send nothing."""
    assert set(mistakes({"IDP_SECRET_KEYS": KEY, "IDP_SMTP_URL": "smtp://mx"})) == {"IDP_MAIL_FROM"}
