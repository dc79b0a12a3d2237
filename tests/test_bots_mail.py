"""Mail, handed to real SMTP servers on this machine."""

import email
import ipaddress
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bots import mail
from bots.accounts import Account
from bots.messages import Answer, Outcome, Outgoing

PASSWORD = "right"
TEXT = "亲，好久不见。\n\n回来看看 <我们>？"


class Postbox:
    """What an SMTP server took; ``answers`` by stage, instead of taking it."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.mails: list[EmailMessage] = []

    async def handle_MAIL(  # noqa: N802  aiosmtpd names it
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.answers.get("mail", "250 OK")

    async def handle_RCPT(  # noqa: N802  aiosmtpd names it
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.answers.get("rcpt", "250 OK")

    async def handle_DATA(  # noqa: N802  aiosmtpd names it
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        answer = self.answers.get("data", "250 OK")
        if answer.startswith("250"):
            self.mails.append(email.message_from_bytes(envelope.content, policy=default))
        return answer


def knows(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
    right = isinstance(given, LoginPassword) and given.password == PASSWORD.encode()
    return AuthResult(success=right, handled=False)


# The test server still reads what it calls deprecated in itself.
pytestmark = pytest.mark.filterwarnings("ignore:Session.login_data:DeprecationWarning")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 that nobody but these tests trusts, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "smtp.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("smtp") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def serving_with(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@contextmanager
def listening(postbox: Postbox, **how: Any) -> Iterator[int]:
    controller = Controller(postbox, hostname="127.0.0.1", port=free_port(), **how)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def account(port: int, security: str = "none", **settings: str) -> Account:
    where = {"host": "127.0.0.1", "port": str(port), "security": security}
    return Account("mail", "hello@shop.example", secret=PASSWORD, settings=where | settings)


def a_mail(recipient: str = "xiaoyu@example.com", **content: str) -> Outgoing:
    said = {"subject": "好久不见", "text": TEXT, "url": "https://shop.example/back"} | content
    return Outgoing("k" * 32, recipient, "mail", said)


def send(postbox: Postbox, mail_to_send: Outgoing | None = None) -> Answer:
    with listening(postbox) as port:
        return mail.Client(account(port)).send(mail_to_send or a_mail())


def test_a_mail_arrives_as_text_and_as_html() -> None:
    postbox = Postbox()
    answer = send(postbox, a_mail(opt_out_url="https://shop.example/h5/opt-out/t"))
    assert answer == Answer(Outcome.ACCEPTED, platform_id=f"<{'k' * 32}@shop.example>")
    (arrived,) = postbox.mails
    assert (arrived["Subject"], arrived["To"]) == ("好久不见", "xiaoyu@example.com")
    assert arrived["Message-ID"] == answer.platform_id
    assert arrived["List-Unsubscribe"] == "<https://shop.example/h5/opt-out/t>"
    assert arrived["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    plain, html = (arrived.get_body([kind]) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    assert "https://shop.example/back" in plain.get_content()
    assert "回来看看 &lt;我们&gt;？" in html.get_content()


def test_starttls_and_tls_check_the_certificate_and_log_in(certificate: Path) -> None:
    postbox = Postbox()
    context = serving_with(certificate)
    ways: dict[str, dict[str, Any]] = {
        "starttls": {"tls_context": context, "require_starttls": True, "auth_required": True},
        "tls": {"ssl_context": context, "auth_require_tls": False},
    }
    for security, how in ways.items():
        with listening(postbox, authenticator=knows, **how) as port:
            ours = account(port, security, username="hello")
            assert mail.Client(ours, trusting(certificate)).send(a_mail()).platform_id
            answer = mail.Client(ours).send(a_mail())
            assert (answer.outcome, answer.reason) == (Outcome.MISCONFIGURED, "bad_certificate")
            wrong = replace(ours, secret="wrong")
            answer = mail.Client(wrong, trusting(certificate)).send(a_mail())
            assert (answer.outcome, answer.code) == (Outcome.MISCONFIGURED, 535)
            assert mail.Client(ours, trusting(certificate)).probe().outcome is Outcome.ACCEPTED
    assert len(postbox.mails) == 2


def test_a_server_without_tls_gets_neither_password_nor_mail() -> None:
    postbox = Postbox()
    with listening(postbox) as port:
        answer = mail.Client(account(port, "starttls")).send(a_mail())
    assert (answer.outcome, answer.reason) == (Outcome.MISCONFIGURED, "not_offered")
    assert postbox.mails == []


@pytest.mark.parametrize(
    ("stage", "says", "outcome"),
    [
        ("mail", "550 not you", Outcome.MISCONFIGURED),
        ("mail", "451 later", Outcome.LATER),
        ("rcpt", "550 no such user", Outcome.REFUSED),
        ("rcpt", "452 full", Outcome.LATER),
        ("data", "554 spam", Outcome.REFUSED),
        ("data", "421 busy", Outcome.LATER),
    ],
)
def test_4xx_is_for_now_and_5xx_for_good(stage: str, says: str, outcome: Outcome) -> None:
    answer = send(Postbox(**{stage: says}))
    assert (answer.outcome, answer.code) == (outcome, int(says[:3]))


class Dies(smtplib.SMTP):
    """A connection that breaks at one step."""

    breaks_at = ""

    def putcmd(self, cmd: str, args: str = "") -> None:
        if cmd.upper().startswith(self.breaks_at):
            self.close()
            raise smtplib.SMTPServerDisconnected("gone")
        super().putcmd(cmd, args)


@pytest.mark.parametrize(
    ("step", "outcome"),
    [("EHLO", Outcome.LATER), ("MAIL", Outcome.LATER), ("DATA", Outcome.AMBIGUOUS)],
)
def test_only_what_breaks_after_the_mail_was_offered_is_ambiguous(
    monkeypatch: pytest.MonkeyPatch, step: str, outcome: Outcome
) -> None:
    monkeypatch.setattr(Dies, "breaks_at", step)
    monkeypatch.setattr(smtplib, "SMTP", Dies)
    assert send(Postbox()).outcome is outcome


def test_a_farewell_that_fails_does_not_undo_the_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Dies, "breaks_at", "QUIT")
    monkeypatch.setattr(smtplib, "SMTP", Dies)
    assert send(Postbox()).outcome is Outcome.ACCEPTED


def test_nobody_at_home_is_for_later() -> None:
    assert mail.Client(account(free_port())).send(a_mail()).outcome is Outcome.LATER


@pytest.mark.parametrize(
    "broken",
    [
        a_mail(subject="好\r\nBcc: all@example.com"),
        a_mail("a@example.com\r\nBcc: all@example.com"),
        a_mail("no address"),
        a_mail(subject="  "),
        a_mail(text=""),
        a_mail(opt_out_url="https://x\r\nBcc: all@example.com"),
    ],
)
def test_a_header_cannot_be_smuggled_in(broken: Outgoing) -> None:
    postbox = Postbox()
    answer = send(postbox, broken)
    assert (answer.outcome, postbox.mails) == (Outcome.REFUSED, [])


def test_an_ambiguous_mail_is_not_sent_again() -> None:
    sends: Callable[[str], bool] = mail.Client(account(1)).repeatable
    assert not sends("")
