"""
Builders: one message, made by each library in the way its own documentation has it, down to octets.

    Case -> bytes

Django, `emails` and redmail build on the standard library.  What a library cannot do raises `Unable`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import Header
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.base import MIMEBase
from email.mime.image import MIMEImage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr, make_msgid
from functools import cache
from importlib.util import find_spec
from typing import Any, NamedTuple

from mimekit import Message, parse

__all__ = ["BUILDERS", "Case", "Unable"]

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FROM = ("Example Store", "news@example.com")
SUBJECT = "Your order 10482 has shipped \u2014 na\u00efve caf\u00e9"
CID = "logo@example.com"
CRLF = policy.compat32.clone(linesep="\r\n")


class Unable(Exception):  # noqa: N818 - nothing went wrong
    """The library has no way to make this message."""


class Case(NamedTuple):
    """What is built."""

    text: str
    html: str = ""
    to: tuple[tuple[str, str], ...] = (("Jane Roe", "jane@example.org"),)
    logo: bytes = b""
    """A PNG image that the HTML shows."""
    pdf: bytes = b""
    forwarded: bytes = b""
    """A message that is attached as message/rfc822."""


@cache
def _forwarded(raw: bytes, how: str) -> Any:  # Any: a message of either library
    """Give the message that is attached as an object of the library: it was there before."""
    if how == "mimekit":
        return parse(raw)
    return message_from_bytes(raw, policy=policy.default) if how == "default" else message_from_bytes(raw)


def _mimekit(case: Case) -> bytes:
    more: dict[str, Any] = {"html": case.html} if case.html else {}  # Any: of the constructor
    if case.logo:
        more["inline"] = {CID: ("logo.png", case.logo)}
    if case.pdf:
        more["attachments"] = [("a.pdf", case.pdf)]
    if case.forwarded:
        more["attachments"] = [_forwarded(case.forwarded, "mimekit")]
    to: Any = case.to if len(case.to) > 1 else case.to[0]
    return Message(from_=FROM, to=to, subject=SUBJECT, date=NOW, text=case.text, **more).to_bytes()


def _email_message(case: Case) -> bytes:
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = formataddr(FROM)
    message["To"] = ", ".join([formataddr(one) for one in case.to])
    message["Subject"] = SUBJECT
    message["Date"] = NOW
    message["Message-ID"] = make_msgid(domain="example.com")
    message.set_content(case.text)
    if case.html:
        message.add_alternative(case.html, subtype="html")
    if case.logo:
        html = message.get_body(("html",))
        assert html is not None
        html.add_related(case.logo, maintype="image", subtype="png", cid=f"<{CID}>", filename="logo.png")
    if case.pdf:
        message.add_attachment(case.pdf, maintype="application", subtype="pdf", filename="a.pdf")
    if case.forwarded:
        message.add_attachment(_forwarded(case.forwarded, "default"))
    return message.as_bytes()


def _compat32(case: Case) -> bytes:
    message: MIMEBase = MIMEText(case.text, "plain", "utf-8")
    if case.html:
        html: MIMEBase = MIMEText(case.html, "html", "utf-8")
        if case.logo:
            image = MIMEImage(case.logo, "png", name="logo.png")
            image["Content-ID"] = f"<{CID}>"
            image["Content-Disposition"] = "inline"
            html = MIMEMultipart("related", None, [html, image])
        message = MIMEMultipart("alternative", None, [message, html])
    if case.pdf:
        pdf = MIMEApplication(case.pdf, "pdf")
        pdf.add_header("Content-Disposition", "attachment", filename="a.pdf")
        message = MIMEMultipart("mixed", None, [message, pdf])
    if case.forwarded:
        message = MIMEMultipart("mixed", None, [message, MIMEMessage(_forwarded(case.forwarded, "compat32"))])
    message["From"] = formataddr(FROM)
    message["To"] = ", ".join([formataddr(one) for one in case.to])
    message.add_header("Subject", Header(SUBJECT, "utf-8").encode())
    message["Date"] = format_datetime(NOW)
    message["Message-ID"] = make_msgid(domain="example.com")
    return message.as_bytes(policy=CRLF)


@cache
def _django_mail() -> Any:  # Any: Django has no types
    from django.conf import settings

    if not settings.configured:
        settings.configure()
    from django.core import mail

    return mail


def _django(case: Case) -> bytes:
    message = _django_mail().EmailMultiAlternatives(
        SUBJECT, case.text, formataddr(FROM), [formataddr(one) for one in case.to], headers={"Date": NOW}
    )
    if case.html:
        message.attach_alternative(case.html, "text/html")
    if case.logo:
        raise Unable  # it attaches images beside the text, not in a multipart/related with the HTML
    if case.pdf:
        message.attach("a.pdf", case.pdf, "application/pdf")
    if case.forwarded:
        message.attach("forwarded.eml", _forwarded(case.forwarded, "default"), "message/rfc822")
    octets: bytes = message.message().as_bytes()
    return octets


def _emails(case: Case) -> bytes:
    import emails

    if case.forwarded:
        raise Unable
    message = emails.Message(
        text=case.text, html=case.html or None, subject=SUBJECT, date=NOW, mail_from=FROM, mail_to=list(case.to)
    )
    if case.logo:
        message.attach(filename=CID, data=case.logo, content_disposition="inline")
    if case.pdf:
        message.attach(filename="a.pdf", data=case.pdf)
    octets: bytes = message.as_bytes()
    return octets


@cache
def _redmail_sender() -> Any:  # Any: redmail has no types
    from redmail import EmailSender

    return EmailSender(host="localhost", port=25)


def _redmail(case: Case) -> bytes:
    if case.forwarded:
        raise Unable
    html = case.html
    if case.logo:
        html = html.replace(f'src="cid:{CID}"', 'src="{{ logo.src }}"')
    octets: bytes = (
        _redmail_sender()
        .get_message(
            subject=SUBJECT,
            sender=formataddr(FROM),
            receivers=[formataddr(one) for one in case.to],
            text=case.text,
            html=html or None,
            body_images={"logo": {"content": case.logo, "subtype": "png"}} if case.logo else None,
            attachments={"a.pdf": case.pdf} if case.pdf else None,
        )
        .as_bytes()
    )
    return octets


BUILDERS: dict[str, Callable[[Case], bytes]] = {
    "mimekit": _mimekit,
    "EmailMessage": _email_message,
    "compat32": _compat32,
}
BUILDERS |= {
    name: build
    for name, module, build in (
        ("Django", "django", _django),
        ("emails", "emails", _emails),
        ("redmail", "redmail", _redmail),
    )
    if find_spec(module)
}
