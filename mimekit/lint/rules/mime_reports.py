"""
Rules about reports: of delivery, of reading, of abuse (family M, M140 to M143).

RFC 6522, RFC 3464, RFC 8098, RFC 5965.

    parts -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.lint.rule import rule
from mimekit.lint.rules import mime_edits as edits
from mimekit.lint.wording import show
from mimekit.parser import parse_headers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.headers.collection import Headers
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Entity

__all__: list[str] = []


@rule("M140", severity="error", looks_at="part", marks=["multipart/report"], reference="RFC 6522 3", fix="safe")
def report_type_mismatch(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A multipart/report has no report-type, or its second part is of another type.

    Why it matters: programs that handle bounces and receipts choose by it, and pass the report over.

    Bad:
        Content-Type: multipart/report; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Your message to john@customer.example was delivered.
        --b1
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mail.shop.example

        Final-Recipient: rfc822; john@customer.example
        Action: delivered
        Status: 2.0.0
        --b1--

    Good:
        Content-Type: multipart/report; boundary=b1; report-type=delivery-status

        --b1
        Content-Type: text/plain; charset=utf-8

        Your message to john@customer.example was delivered.
        --b1
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mail.shop.example

        Final-Recipient: rfc822; john@customer.example
        Action: delivered
        Status: 2.0.0
        --b1--

    References: RFC 6522 3
    """
    if not entity.part.children or entity.part.content_type.essence != "multipart/report":
        return
    field = entity.field("content-type")
    if field is None:
        return
    children = entity.part.children
    second = children[1].content_type.subtype if len(children) > 1 else None
    told = (entity.part.content_type.parameters.get("report-type") or "").strip().lower()
    if second is None:
        yield entity.hit("multipart/report has one part only, and no report in it")
    elif not told:
        fix = edits.adding_parameter(field, "report-type", second.partition("+")[0].encode())
        yield entity.hit("multipart/report has no report-type", fix)
    elif told not in (second, second.partition("+")[0], second.removeprefix("global-"), f"global-{second}"):
        place = edits.parameter(field.raw, "report-type")
        mend = None if place is None else field.replacing(f"write {second}", second.encode(), place.start, place.end)
        text = f"report-type is {show(told, 40)}; the second part is {second}"
        yield edits.parameter_hit(field, place, text, mend)


_BLANK_LINES = re.compile(rb"(?:\r?\n[ \t]*+){2,}+")
_STATUS = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}\s*+(?:\(.*+)?")
_COMMENT = re.compile(r"[ \t]*+\([^()]*+\)[ \t]*+")
_ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")
_MOST_BLOCKS = 50  # recipients of a report that are looked at


def _blocks(entity: Entity) -> list[tuple[int, bytes]]:
    """Divide the body of a report at its empty lines: where each block begins, and its octets."""
    body = entity.part.decoded()
    found: list[tuple[int, bytes]] = []
    at = 0
    for gap in _BLANK_LINES.finditer(body):
        found.append((at, body[at : gap.start()]))
        at = gap.end()
    found.append((at, body[at:]))
    return [(start, block) for start, block in found if block.strip()]


def _block_hit(entity: Entity, start: int, block: bytes, text: str) -> Hit:
    """Say what is wrong with a block; inside an encoded body the place is the whole of it."""
    first = block.find(b"\n")
    size = len(block if first < 0 else block[:first].rstrip(b"\r"))
    if entity.part.transfer_encoding in ("7bit", "8bit", "binary"):
        return entity.body_hit(text, start, start + size)
    return entity.body_hit(text, 0, len(entity.part.raw_body))


def _headers(block: bytes) -> Headers:
    return parse_headers(block.lstrip(b"\r\n") + b"\n\n")


def _absent(headers: Headers, *names: str) -> str:
    """Name the fields that are missing or empty."""
    return " and no ".join([name for name in names if not (headers.get(name) or "").strip()])


@rule(
    "M141",
    severity="error",
    looks_at="part",
    marks=["message/delivery-status", "message/global-delivery-status"],
    reference="RFC 3464 2.2, 2.3",
)
def dsn_fields(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A delivery report lacks a field that it must have, or a field has a value that is none.

    Why it matters: programs that handle bounces do not learn who did not get the message.

    Bad:
        Content-Type: multipart/report; boundary=b1; report-type=delivery-status

        --b1
        Content-Type: text/plain; charset=utf-8

        Your message to john@customer.example was delivered.
        --b1
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mail.shop.example

        Final-Recipient: rfc822; john@customer.example
        Action: delivered
        --b1--

    Good:
        Content-Type: multipart/report; boundary=b1; report-type=delivery-status

        --b1
        Content-Type: text/plain; charset=utf-8

        Your message to john@customer.example was delivered.
        --b1
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mail.shop.example

        Final-Recipient: rfc822; john@customer.example
        Action: delivered
        Status: 2.0.0
        --b1--

    References: RFC 3464 2.2, 2.3; RFC 3463 2
    """
    if entity.part.content_type.essence not in ("message/delivery-status", "message/global-delivery-status"):
        return
    if not entity.is_leaf:
        return
    blocks = _blocks(entity)
    if not blocks:
        yield entity.hit("the delivery report is empty")
        return
    (start, block), *recipients = blocks
    headers = _headers(block)
    if missing := _absent(headers, "Reporting-MTA"):
        yield _block_hit(entity, start, block, f"the delivery report has no {missing}")
        if not recipients and _absent(headers, "Final-Recipient"):
            return
        recipients = recipients if _absent(headers, "Final-Recipient") else blocks
    if not recipients:
        yield _block_hit(entity, start, block, "the delivery report has no recipient")
    for start, block in recipients[:_MOST_BLOCKS]:
        for text in _recipient_faults(_headers(block)):
            yield _block_hit(entity, start, block, text)


def _recipient_faults(headers: Headers) -> Iterator[str]:
    """Say what is wrong with the block of one recipient (RFC 3464 2.3)."""
    if missing := _absent(headers, "Final-Recipient", "Action", "Status"):
        yield f"the recipient has no {missing}"
    final, action, status = [(headers.get(name) or "").strip() for name in ("Final-Recipient", "Action", "Status")]
    if final and not all(final.partition(";")):
        yield f"Final-Recipient is {show(final, 60)}; it is a type, a semicolon and an address"
    if action and _COMMENT.sub("", action).lower() not in _ACTIONS:
        yield f"Action is {show(action, 40)}; it is one of {', '.join(_ACTIONS)}"
    if status and _STATUS.fullmatch(status) is None:
        yield f"Status is {show(status, 40)}; it is three numbers with dots, such as 5.1.1"


#   disposition-mode = action-mode OWS "/" OWS sending-mode                 RFC 8098 3.2.6
_DISPOSITION = re.compile(
    r"(?i)\s*+(?:manual-action|automatic-action)\s*+/\s*+(?:MDN-sent-manually|MDN-sent-automatically)\s*+;"
    r"\s*+(?:displayed|deleted|dispatched|processed|denied|failed)\s*+(?:/.++)?"
)


@rule(
    "M142",
    severity="error",
    looks_at="part",
    marks=["disposition-notification", "global-disposition-notification"],
    reference="RFC 8098 3.2",
)
def mdn_fields(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A receipt lacks Final-Recipient or Disposition, or the disposition is not one.

    Why it matters: the mail program that asked for it does not show that the message was read.

    Bad:
        Content-Type: multipart/report; boundary=b1; report-type=disposition-notification

        --b1
        Content-Type: text/plain; charset=utf-8

        Your message was shown.
        --b1
        Content-Type: message/disposition-notification

        Final-Recipient: rfc822; jane@shop.example
        Disposition: displayed
        --b1--

    Good:
        Content-Type: multipart/report; boundary=b1; report-type=disposition-notification

        --b1
        Content-Type: text/plain; charset=utf-8

        Your message was shown.
        --b1
        Content-Type: message/disposition-notification

        Final-Recipient: rfc822; jane@shop.example
        Disposition: manual-action/MDN-sent-manually; displayed
        --b1--

    References: RFC 8098 3.2
    """
    if entity.part.content_type.subtype not in ("disposition-notification", "global-disposition-notification"):
        return
    if not entity.is_leaf:
        return
    body = entity.part.decoded()
    headers = _headers(body)
    if missing := _absent(headers, "Final-Recipient", "Disposition"):
        yield entity.hit(f"the receipt has no {missing}")
    disposition = headers.get("Disposition") or ""
    if disposition.strip() and _DISPOSITION.fullmatch(_COMMENT.sub("", disposition)) is None:
        yield entity.hit(f"Disposition is {show(disposition, 60)}; it is a mode, a semicolon and what was done")


@rule("M143", severity="error", looks_at="part", marks=["message/feedback-report"], reference="RFC 5965 3.1")
def arf_fields(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    An abuse report lacks Feedback-Type, User-Agent or Version.

    Why it matters: programs that handle complaints pass it over.

    Bad:
        Content-Type: multipart/report; boundary=b1; report-type=feedback-report

        --b1
        Content-Type: text/plain; charset=utf-8

        A person complained about this message.
        --b1
        Content-Type: message/feedback-report

        Feedback-Type: abuse
        Version: 1
        --b1--

    Good:
        Content-Type: multipart/report; boundary=b1; report-type=feedback-report

        --b1
        Content-Type: text/plain; charset=utf-8

        A person complained about this message.
        --b1
        Content-Type: message/feedback-report

        Feedback-Type: abuse
        User-Agent: ShopReporter/1.0
        Version: 1
        --b1--

    References: RFC 5965 3.1
    """
    if entity.part.content_type.essence != "message/feedback-report" or not entity.is_leaf:
        return
    if missing := _absent(_headers(entity.part.decoded()), "Feedback-Type", "User-Agent", "Version"):
        yield entity.hit(f"the abuse report has no {missing}")
