"""
The template of the samples: multipart/alternative of 2.3 kB with nine slots, as each library makes it for a row.

    row -> Delivery, or octets
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid
from functools import cache
from html import escape
from typing import Any

from benchmarks.samples import sample
from benchmarks.timing import Call
from mimekit import Message
from mimekit.bulk import Template

__all__ = ["Row", "email_message", "message", "passes", "template"]

Row = Mapping[str, Any]  # Any: text, and the octets of an attachment

SUBJECT = "Your order {number} has shipped"
UNSUBSCRIBE = "https://shop.example.com/u/{token}"
FROM = ("Shop", "shop@example.com")
MAIL_FROM = "bounces@example.com"


@cache
def bodies() -> tuple[str, str]:
    """Give text and HTML, with slots as `str.format` has them too."""
    return sample("template/text.txt").decode(), sample("template/html.html").decode()


def template(**options: Any) -> Template:  # Any: of its constructor
    """Give the template."""
    text, html = bodies()
    return Template(
        from_=FROM,
        to="{name} <{email}>",
        subject=SUBJECT,
        text=text,
        html=html,
        list_unsubscribe=UNSUBSCRIBE,
        mail_from=MAIL_FROM,
        **options,
    )


def message(row: Row, **options: Any) -> bytes:  # Any: likewise
    """Build one message with `Message`, and give the octets that are delivered."""
    text, html = bodies()
    made = Message(
        from_=FROM,
        to=(row["name"], row["email"]),
        subject=SUBJECT.format(**row),
        text=text.format(**row),
        html=html.format(**{name: escape(value) for name, value in row.items() if isinstance(value, str)}),
        list_unsubscribe=UNSUBSCRIBE.format(**row),
        mail_from=MAIL_FROM,
        **options,
    )
    return made.deliveries()[0].data


def email_message(row: Row) -> bytes:
    """Build and serialise one message with the standard library."""
    text, html = bodies()
    made = EmailMessage(policy=policy.SMTP)
    made["From"] = Address(FROM[0], addr_spec=FROM[1])
    made["To"] = Address(row["name"], addr_spec=row["email"])
    made["Subject"] = SUBJECT.format(**row)
    made["Date"] = datetime.now(UTC)
    made["Message-ID"] = make_msgid(domain="example.com")
    made["List-Unsubscribe"] = f"<{UNSUBSCRIBE.format(**row)}>"
    made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(text.format(**row))
    made.add_alternative(
        html.format(**{name: escape(value) for name, value in row.items() if isinstance(value, str)}), subtype="html"
    )
    if "invoice" in row:
        made.add_attachment(
            row["invoice"], maintype="application", subtype="pdf", filename="{number}.pdf".format(**row)
        )
    return made.as_bytes()


def passes(do: Callable[[Row], object], rows: Sequence[Row], count: int) -> Call:
    """Give a call that does the next *count* of *rows*, so that one call does none twice; it begins again after all."""
    assert count <= len(rows)
    endless = itertools.cycle(rows)

    def one_pass() -> None:
        following: Iterable[Row] = list(itertools.islice(endless, count))
        for row in following:
            do(row)

    return one_pass
