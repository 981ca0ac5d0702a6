"""What Django, Flask-Mail and fastapi-mail send under test is caught, and what they send else, each once."""

from __future__ import annotations

import asyncio
from typing import Any  # what the frameworks give has no types here

import pytest

from mimekit.testing import Outbox, assert_message, contains

# -- Django


BACKENDS = {name: f"django.core.mail.backends.{name}.EmailBackend" for name in ("locmem", "smtp")}


class Django:
    """Django's mail, through one of two back ends."""

    def __init__(self, backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
        import django
        from django.conf import settings
        from django.core import mail

        self.mail: Any = mail
        self._given = {"using": backend} if django.VERSION >= (6, 1) else {}
        if not settings.configured:
            settings.configure()
        if self._given:
            mailers = {name: {"BACKEND": path} for name, path in BACKENDS.items()}
            mailers["smtp"]["OPTIONS"] = {"host": "mail.invalid"}  # type: ignore[assignment]  # no more than this
            monkeypatch.setattr(settings, "MAILERS", mailers, raising=False)
        else:
            monkeypatch.setattr(settings, "EMAIL_BACKEND", BACKENDS[backend])
        monkeypatch.setattr(mail, "outbox", [], raising=False)

    def send(self, made: Any) -> Any:
        return made.send(**self._given)


@pytest.fixture
def locmem(monkeypatch: pytest.MonkeyPatch) -> Django:
    pytest.importorskip("django", reason="Django is not installed: its mail was not caught")
    return Django("locmem", monkeypatch)


@pytest.fixture
def smtp(monkeypatch: pytest.MonkeyPatch) -> Django:
    pytest.importorskip("django", reason="Django is not installed: its mail was not caught")
    return Django("smtp", monkeypatch)


def test_what_djangos_locmem_keeps_is_caught(outbox: Outbox, locmem: Django) -> None:
    made = locmem.mail.EmailMultiAlternatives(
        "Gr\u00fc\u00dfe", "Hallo", "Shop <shop@example.com>", ["Ada <ada@example.org>"], bcc=["hidden@example.org"]
    )
    made.attach_alternative("<p>Hallo</p>", "text/html")
    assert locmem.send(made) == 1
    assert len(locmem.mail.outbox) == 1
    sent = outbox.only
    assert sent.backend == "django"
    assert b"hidden" not in sent.data
    assert b"\n" not in sent.data.replace(b"\r\n", b"")
    assert_message(
        sent,
        subject="Gr\u00fc\u00dfe",
        from_="Shop <shop@example.com>",
        to="Ada <ada@example.org>",
        html=contains("Hallo"),
        mail_from="shop@example.com",
        rcpt_to=["ada@example.org", "hidden@example.org"],
    )
    assert_message(locmem.mail.outbox[0], subject="Gr\u00fc\u00dfe", text="Hallo")


def test_djangos_smtp_is_caught_in_smtplib(outbox: Outbox, smtp: Django) -> None:
    smtp.send(smtp.mail.EmailMessage("Hi", "Hi", "shop@example.com", ["ada@example.org"]))
    assert outbox.only.backend == "smtplib"


def test_a_message_that_django_refuses_is_not_caught(outbox: Outbox, locmem: Django) -> None:
    with pytest.raises(ValueError, match=r"newline|linefeed"):
        locmem.send(locmem.mail.EmailMessage("Hi\nBcc: x@example.org", "Hi", "a@example.com", ["b@example.org"]))
    assert outbox == []


# -- Flask-Mail


@pytest.mark.parametrize("testing", [True, False])
def test_what_flask_mail_sends_is_caught_once(outbox: Outbox, *, testing: bool) -> None:
    flask_mail = pytest.importorskip("flask_mail", reason="Flask-Mail is not installed: its mail was not caught")
    flask = pytest.importorskip("flask")
    app = flask.Flask("shop")
    app.config.update(TESTING=testing, MAIL_SERVER="mail.invalid", MAIL_DEFAULT_SENDER=("Shop", "shop@example.com"))
    mail = flask_mail.Mail(app)
    with app.app_context():
        mail.send(flask_mail.Message("Hi", recipients=[("Ada", "ada@example.org")], bcc=["x@example.org"], body="Hi"))
    assert outbox.only.backend == ("flask-mail" if testing else "smtplib")
    assert b"x@example.org" not in outbox.only.data
    assert_message(
        outbox.only,
        subject="Hi",
        to="Ada <ada@example.org>",
        mail_from="shop@example.com",
        rcpt_to=["ada@example.org", "x@example.org"],
    )


# -- fastapi-mail


@pytest.mark.parametrize("suppressed", [True, False])
def test_what_fastapi_mail_sends_is_caught_once(outbox: Outbox, *, suppressed: bool) -> None:
    fastapi_mail = pytest.importorskip("fastapi_mail", reason="fastapi-mail is not installed: its mail was not caught")
    mail = fastapi_mail.FastMail(
        fastapi_mail.ConnectionConfig(
            MAIL_USERNAME="ada",
            MAIL_PASSWORD="secret",  # noqa: S106 - nobody's
            MAIL_FROM="shop@example.com",
            MAIL_PORT=587,
            MAIL_SERVER="mail.invalid",
            MAIL_STARTTLS=True,
            MAIL_SSL_TLS=False,
            SUPPRESS_SEND=suppressed,
        )
    )
    message = fastapi_mail.MessageSchema(
        subject="Hi",
        recipients=["ada@example.org"],
        bcc=["x@example.org"],
        body="<p>Hi</p>",
        subtype=fastapi_mail.MessageType.html,
    )

    async def both() -> None:
        await asyncio.gather(mail.send_message(message), mail.send_message(message))

    asyncio.run(both())
    assert [one.backend for one in outbox] == ["fastapi-mail" if suppressed else "aiosmtplib"] * 2
    assert_message(
        outbox[0],
        subject="Hi",
        to="ada@example.org",
        html=contains("<p>Hi</p>"),
        mail_from="shop@example.com",
        rcpt_to=["ada@example.org", "x@example.org"],
    )
