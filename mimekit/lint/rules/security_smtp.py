r"""
Rules about what passes from one server to the next (family X): dots that end a message early, a sender that is nobody.

SMTP smuggling (SEC Consult, 2023) lives on servers that disagree on the end of a message; RFC 5321 4.5.5 says who may
send from the null path.

    octets, envelope -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.finding import Fix
from mimekit.lint.rule import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Mail

__all__: list[str] = []

_BARE = frozenset({"H001", "H002", "H003"})
# A line of one dot whose line ends are not CRLF twice.
_SMUGGLED = re.compile(rb"\r\n\.(?:\n|\r(?!\n))|(?:(?<!\r)\n|\r|\0)\.(?:\r\n|\n|\r)")


@rule(
    "X017",
    severity="error",
    looks_at="octets",
    marks=["H001", "H002", "H003", "wire"],
    reference="CVE-2023-51764; CVE-2023-51765; CVE-2023-51766",
    fix="safe",
    implies=["H001", "H002", "H003", "T027", "E024"],
)
def smtp_smuggling(mail: Mail, context: Context) -> Iterator[Hit]:
    r"""
    A line of one dot has a line end that is not CRLF.

    Why it matters: one server takes it for the end of the message and the next does not; what follows is a second
    message, from whom its author likes, past all checks of the first server.

    Bad:
        Content-Type: text/plain; charset=utf-8

        Hello\n.\r
        and more

    Good:
        Content-Type: text/plain; charset=utf-8

        Hello
        and more

    References: RFC 5321 4.1.1.4; CVE-2023-51764; CVE-2023-51765; CVE-2023-51766; VU#302671
    """
    octets = mail.octets
    if not any([one.code in _BARE for one in mail.message.defects]) and (b"\r" in octets or not context.wire):
        return  # every line ends in CRLF; or in LF in a file of a system where all do, and CRLF is what is sent
    for found in _SMUGGLED.finditer(octets):
        fix = None if found[0][:1] == b"\0" else Fix("write CRLF", (*found.span(), b"\r\n.\r\n"))
        yield mail.hit("a line of one dot does not stand between two CRLF", *found.span(), fix)


@rule("X029", name="null-sender-without-report", severity="warning", looks_at="envelope", reference="RFC 5321 4.5.5")
def null_sender_without_report(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    The envelope has the null sender, and the message is neither a report nor an automatic answer.

    Why it matters: only messages that nobody may answer come from the null path; others use it to pass by checks of
    the sender, and servers treat them so.

    Bad:
        @envelope <> john@customer.example
        Subject: Your order

    Good:
        @envelope jane@shop.example john@customer.example
        Subject: Your order

    References: RFC 5321 4.5.5, 6.1; RFC 3834 3.3; Weak Links (USENIX Security 2021) A3
    """
    envelope = mail.envelope
    if envelope is None or envelope.mail_from != "":
        return
    root = mail.root
    answered = root.field("auto-submitted")
    is_answer = answered is not None and answered.raw.strip().lower() != b"no"
    if not is_answer and root.part.content_type.essence not in ("multipart/report", "message/delivery-status"):
        yield mail.absent("MAIL FROM is the null path; the message is no report and no automatic answer")
