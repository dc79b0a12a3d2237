"""Mail: one message at a time to an SMTP server that takes it from there.

The server's answer after the last dot is the acceptance; what breaks before it was never taken, and
what breaks while waiting for it may have been. Sources: RFC 5321 (replies), RFC 8058 (one-click
unsubscribing), RFC 3207 (STARTTLS).
"""

import html
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from urllib.parse import urlsplit

from bots.accounts import Account
from bots.messages import Answer, Outcome, Outgoing

TIMEOUT_S = 10.0
SUBJECT_CHARACTERS_MAX = 200
SOON_S = 60
STARTTLS, TLS, NONE = "starttls", "tls", "none"
_BUSY = Answer(Outcome.LATER, reason="unreachable", retry_after_s=SOON_S)


class BadMail(ValueError):
    """That cannot be a mail; the text is the reason."""


class Client:
    """Sends from one address, the account's ``appid``. ``context`` is what certificates are checked
    with, by default the machine's own authorities."""

    def __init__(self, account: Account, context: ssl.SSLContext | None = None) -> None:
        self._account = account
        self._context = context or ssl.create_default_context()

    def repeatable(self, way: str) -> bool:
        """No server promises to drop a second mail of the same Message-ID."""
        return False

    def send(self, outgoing: Outgoing) -> Answer:
        """One mail: {subject, text} and perhaps {url, opt_out_url}. Raises nothing."""
        try:
            mail = written(self._account, outgoing)
        except BadMail as error:
            return Answer(Outcome.REFUSED, reason=str(error))
        taken = _Taken()
        try:
            with self._connected() as server:
                _hand_over(server, self._account.appid, outgoing.recipient, mail, taken)
        except (smtplib.SMTPException, OSError) as error:
            return _of_error(error, taken)
        return Answer(Outcome.ACCEPTED, platform_id=str(mail["Message-ID"]))

    def probe(self) -> Answer:
        """Whether the server can be reached, is who it says, and knows our password. Raises
        nothing."""
        try:
            with self._connected() as server:
                server.noop()
        except (smtplib.SMTPException, OSError) as error:
            return _of_error(error, _Taken())
        return Answer(Outcome.ACCEPTED)

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        settings = self._account.settings
        security = settings.get("security") or STARTTLS
        host, port = settings["host"], int(settings["port"])
        if security == TLS:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, timeout=TIMEOUT_S, context=self._context
            )
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
        try:
            if security == STARTTLS:
                server.starttls(context=self._context)
            if settings.get("username"):
                server.login(settings["username"], self._account.secret)
            yield server
        finally:
            _leave(server)


def written(account: Account, outgoing: Outgoing) -> EmailMessage:
    """The mail as it is handed over: plain text and the same as HTML. Its Message-ID comes from our
    key, so that a mailbox may recognise a repetition. Raises BadMail."""
    if outgoing.kind != "mail":
        raise BadMail("kind_not_offered")
    content = outgoing.content
    subject, text = str(content.get("subject", "")).strip(), str(content.get("text", ""))
    if not subject or not text.strip():
        raise BadMail("bad_parameters")
    if len(subject) > SUBJECT_CHARACTERS_MAX:
        raise BadMail("text_too_long")
    url, opt_out_url = str(content.get("url", "")), str(content.get("opt_out_url", ""))
    mail = EmailMessage(policy=SMTP)
    try:
        sender = Address(addr_spec=account.appid, display_name=account.settings.get("name", ""))
        mail["From"], mail["To"] = sender, Address(addr_spec=outgoing.recipient)
        mail["Subject"] = subject
        if account.settings.get("reply_to"):
            mail["Reply-To"] = Address(addr_spec=account.settings["reply_to"])
        mail["Date"] = formatdate(localtime=False)
        mail["Message-ID"] = f"<{outgoing.key}@{sender.domain}>"
        if opt_out_url:
            mail["List-Unsubscribe"] = f"<{opt_out_url}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    except (ValueError, IndexError, HeaderParseError):  # a line break in a header, or no address
        raise BadMail("bad_header") from None
    mail.set_content("\n\n".join(filter(None, [text, url, _opt_out_line(opt_out_url)])))
    mail.add_alternative(_as_html(text, url, opt_out_url), subtype="html")
    return mail


class _Taken:
    """How far the mail has come: ``offered`` from when the server may have it."""

    def __init__(self) -> None:
        self.offered = False


def _hand_over(
    server: smtplib.SMTP, sender: str, recipient: str, mail: EmailMessage, taken: _Taken
) -> None:
    server.ehlo_or_helo_if_needed()
    code, said = server.mail(sender)
    if code != 250:
        raise smtplib.SMTPSenderRefused(code, said, sender)
    code, said = server.rcpt(recipient)
    if code not in (250, 251):
        raise smtplib.SMTPRecipientsRefused({recipient: (code, said)})
    taken.offered = True
    code, said = server.data(mail.as_bytes())
    if code != 250:
        raise smtplib.SMTPDataError(code, said)


def _leave(server: smtplib.SMTP) -> None:
    """The mail is taken or not by now: what goes wrong with the farewell changes nothing."""
    try:
        server.quit()
    except (smtplib.SMTPException, OSError):
        server.close()


def _of_error(error: Exception, taken: _Taken) -> Answer:
    match error:
        case smtplib.SMTPAuthenticationError(smtp_code=code) if code < 500:
            return _later(code)
        case smtplib.SMTPAuthenticationError(smtp_code=code):
            return Answer(Outcome.MISCONFIGURED, code, "bad_secret")
        case smtplib.SMTPNotSupportedError():
            return Answer(Outcome.MISCONFIGURED, reason="not_offered")
        case ssl.SSLCertVerificationError():
            return Answer(Outcome.MISCONFIGURED, reason="bad_certificate")
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            return _of_code(next(iter(refused.values()))[0], Outcome.REFUSED, "bad_address")
        case smtplib.SMTPSenderRefused(smtp_code=code):
            return _of_code(code, Outcome.MISCONFIGURED, "sender_refused")
        case smtplib.SMTPResponseException(smtp_code=code) if code > 0:
            return _of_code(code, Outcome.REFUSED, "content_refused")
    if taken.offered:
        return Answer(Outcome.AMBIGUOUS, reason=f"lost: {type(error).__name__}")
    return _BUSY


def _of_code(code: int, for_good: Outcome, reason: str) -> Answer:
    """4xx is for now, 5xx for good (RFC 5321, 4.2.1)."""
    return _later(code) if code < 500 else Answer(for_good, code, reason)


def _later(code: int) -> Answer:
    return Answer(Outcome.LATER, code, "server_busy", retry_after_s=5 * SOON_S)


def _opt_out_line(opt_out_url: str) -> str:
    return f"退订 · Unsubscribe: {opt_out_url}" if opt_out_url else ""


def _as_html(text: str, url: str, opt_out_url: str) -> str:
    paragraphs = [html.escape(part).replace("\n", "<br>") for part in text.split("\n\n")]
    if url:
        paragraphs.append(_link(url, url))
    if opt_out_url:
        paragraphs.append(f"<small>{_link(opt_out_url, '退订 · Unsubscribe')}</small>")
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f'<!doctype html><html><head><meta charset="utf-8"></head><body>{body}</body></html>'


def _link(url: str, words: str) -> str:
    """Only addresses of the web are made links."""
    if urlsplit(url).scheme not in ("http", "https"):
        return html.escape(words)
    return f'<a href="{html.escape(url)}">{html.escape(words)}</a>'
