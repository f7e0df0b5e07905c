"""Mail through a real server: protected, signed in, refused, cut off."""

import socket
import ssl
from pathlib import Path
from typing import Any

import pytest

from idp import resources
from idp.core.secrets import Secret
from idp.delivery.addresses import Security, SmtpAddress
from idp.delivery.mail import Letterhead
from idp.delivery.outcome import Later, Outcome, Refused, Sent
from idp.delivery.smtp import Smtp
from tests.delivery.kit import a_notice
from tests.support.certificate import certificate
from tests.support.clock import FixedClock
from tests.support.mailbox import Mailbox, mailbox

PASSWORD = Secret("its password")


def carrier(port: int, *, trust: ssl.SSLContext | None = None, timeout: float = 2, **changes: Any) -> Smtp:
    plain: dict[str, Any] = {"host": "127.0.0.1", "port": port, "security": Security.NONE}
    letterhead = Letterhead(sender="Example <no-reply@example.com>", templates=resources.shipped("templates"))
    address = SmtpAddress(**(plain | changes))
    return Smtp(address, letterhead=letterhead, clock=FixedClock(), timeout=timeout, trust=trust)


def test_starttls_and_sign_in(tmp_path: Path) -> None:
    """The way is protected before the password is told, and the certificate is verified."""
    made = certificate(tmp_path)
    with mailbox(starttls=made.server()) as box:
        it = carrier(
            box.port, security=Security.STARTTLS, user="idp", password=PASSWORD, trust=made.client(), host="localhost"
        )
        assert it.carry(a_notice()) == Sent()
        assert it.check() == ""
    assert (box.is_protected, box.signed_in, box.recipients) == ([True], ["idp", "idp"], [["a@example.com"]])


def test_tls_from_the_first_byte(tmp_path: Path) -> None:
    """`smtps://` (RFC 8314)."""
    made = certificate(tmp_path)
    with mailbox(tls=made.server()) as box:
        assert carrier(box.port, security=Security.TLS, trust=made.client()).carry(a_notice()) == Sent()
    assert len(box.mails) == 1


def test_starttls_is_never_left_out() -> None:
    """A gateway, or somebody on the way, that does not offer STARTTLS gets no mail and no password."""
    with mailbox() as box:
        it = carrier(box.port, security=Security.STARTTLS, user="idp", password=PASSWORD)
        assert it.carry(a_notice()) == Later(reason="not_offered")
    assert (box.mails, box.signed_in) == ([], [])


@pytest.mark.parametrize("name", ["localhost", "elsewhere.example"])
def test_certificate_of_somebody_else(tmp_path: Path, name: str) -> None:
    """A certificate that nobody vouches for, or of another name, is no gateway."""
    made = certificate(tmp_path, name=name)
    trust = ssl.create_default_context() if name == "localhost" else made.client()
    with mailbox(starttls=made.server()) as box:
        it = carrier(box.port, security=Security.STARTTLS, trust=trust)
        assert it.carry(a_notice()) == Later(reason="tls")
        assert it.check() == "the mail gateway cannot be used (tls)"
    assert box.mails == []


def test_wrong_password_stops_no_message() -> None:
    """A mistake of the operator's is an outage: mails wait for it to be mended."""
    with mailbox() as box:
        it = carrier(box.port, user="idp", password=Secret("wrong"))
        assert it.carry(a_notice()) == Later(reason="authentication")
        assert it.check() == "the mail gateway does not accept user and password"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("550 no such user", Refused("recipient_550")),
        ("450 come back", Later(reason="recipient_450", is_outage=False)),
        ("421 closing", Later(reason="closing_421")),
    ],
)
def test_recipient_is_refused(answer: str, outcome: Outcome) -> None:
    """5xx is for good, 4xx is for now (RFC 5321 §4.2.1)."""
    with mailbox() as box:
        box.refuses["a@example.com"] = answer
        assert carrier(box.port).carry(a_notice()) == outcome
    assert box.mails == []


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("552 too big", Refused("content_552")),
        ("451 busy", Later(reason="content_451", is_outage=False)),
        ("", Later(reason="disconnected", is_unsure=True)),
    ],
)
def test_content_is_refused_or_its_reply_lost(answer: str, outcome: Outcome) -> None:
    """FLT-21: a gateway that hangs up after the content may have taken the mail, and that is said."""
    with mailbox() as box:
        box.content = answer
        assert carrier(box.port).carry(a_notice()) == outcome


def test_nobody_listens() -> None:
    """FLT-22: refused."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    assert carrier(port).carry(a_notice()) == Later(reason="connection")
    assert carrier(port).check() == "the mail gateway cannot be used (connection)"


def test_tarpit() -> None:
    """FLT-22: a gateway that never says a word is given up."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert carrier(silent.getsockname()[1], timeout=0.2).carry(a_notice()) == Later(reason="disconnected")


@pytest.mark.parametrize(
    "to",
    ["a@example.com\r\nBcc: x@example.com", "a@example.com, b@example.com", '"a@b"@example.com', "nobody", "a@", "@b",
     "a@exa mple.com", f"{'a' * 300}@example.com", "<a@example.com>"],
)  # fmt: skip
def test_address_that_is_none(to: str) -> None:
    """MSG-07, FLT-23: whatever is not one plain address is refused before anybody is spoken to."""
    assert carrier(1).carry(a_notice(to=to)) == Refused("address")


def test_address_of_another_script() -> None:
    """A domain goes in its ASCII form; a name before the @ needs a gateway that says it takes such (RFC 6531)."""
    with mailbox() as box:
        assert carrier(box.port).carry(a_notice(to="a@münchen.example")) == Sent()
        assert box.recipients == [["a@xn--mnchen-3ya.example"]]
        assert carrier(box.port).carry(a_notice(to="ü@example.com")) in (Sent(), Refused("smtputf8"))


def test_mail_as_it_arrives(mailbox_with_mail: Mailbox) -> None:
    """U4: text and HTML say the same; headers tell machines to leave it alone."""
    (mail,) = mailbox_with_mail.mails
    assert mail["From"] == "Example <no-reply@example.com>"
    assert mail["Subject"] == "「銀行」の確認コード"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == "<m1@example.com>"
    assert mail["Content-Language"] == "ja"
    text, html = (part.get_content() for part in mail.iter_parts())
    assert text.splitlines() == [
        "「銀行」の確認コードは次のとおりです。",
        "",
        "123456",
        "",
        "<script>alert(1)</script>",
    ]
    assert '<html lang="ja" dir="ltr">' in html
    assert '<p class="code">123456</p>' in html
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "http" not in html.replace("color-scheme", "")


@pytest.fixture
def mailbox_with_mail() -> Any:
    with mailbox() as box:
        message = a_notice(
            id="m1",
            subject="「銀行」の確認コード",
            text="「銀行」の確認コードは次のとおりです。\n\n123456\n\n<script>alert(1)</script>",
            language="ja",
        )
        assert carrier(box.port).carry(message) == Sent()
        yield box
