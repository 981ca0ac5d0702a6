"""
Reports and invitations as models: what programs send to programs inside of mail.

RFC 6522 (multipart/report), RFC 3464 (delivery status), RFC 8098 (disposition), RFC 5965 (abuse); RFC 5545 and 6047
(invitations).

    plain values -> Body

May import: `strategies._models`.  Imported by: `strategies._drafts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mimekit.headers import dates
from mimekit.strategies._models import Embedded, File, Made, Multipart, Text, message_of

if TYPE_CHECKING:
    from datetime import datetime

    from mimekit.strategies._models import Body, Draft

__all__ = ["Event", "Failure", "abuse", "calendar", "delivery_status", "disposition", "invitation"]

_FOLD = 75  # octets of a line, RFC 5545 3.1


class Failure(NamedTuple):
    """What became of the message for one recipient (RFC 3464 2.3)."""

    address: str
    action: str
    status: str
    diagnostic: str | None = None
    remote: str | None = None


def delivery_status(said: str, failures: tuple[Failure, ...], returned: Draft, date: datetime, *, whole: bool) -> Body:
    """Make a delivery status notification (RFC 3464), with the whole message or its header (RFC 6522 4)."""
    groups = [["Reporting-MTA: dns; a.example", f"Arrival-Date: {dates.encode(date).decode()}"]]
    for one in failures:
        lines = [f"Final-Recipient: rfc822; {one.address}", f"Action: {one.action}", f"Status: {one.status}"]
        if one.remote is not None:
            lines.append(f"Remote-MTA: dns; {one.remote}")
        if one.diagnostic is not None:
            lines.append(f"Diagnostic-Code: smtp; {one.diagnostic}")
        groups.append(lines)
    status = "\r\n".join(["".join([f"{line}\r\n" for line in lines]) for lines in groups])
    return _report("delivery-status", said, Made("message/delivery-status", status.encode()), returned, whole=whole)


def disposition(said: str, address: str, mode: str, did: str, returned: Draft) -> Body:
    """Make a disposition notification (RFC 8098 3)."""
    lines = (
        "Reporting-UA: a.example; a",
        f"Final-Recipient: rfc822; {address}",
        f"Original-Message-ID: {returned.message_id}",
        f"Disposition: {mode}; {did}",
    )
    octets = "".join([f"{line}\r\n" for line in lines]).encode()
    made = Made("message/disposition-notification", octets)
    return _report("disposition-notification", said, made, returned, whole=False)


def abuse(  # noqa: PLR0913, PLR0917 - what the report says
    said: str, kind: str, address: str, source: str, returned: Draft, date: datetime
) -> Body:
    """Make an abuse report (RFC 5965 3)."""
    lines = (
        f"Feedback-Type: {kind}",
        "User-Agent: a/1.0",
        "Version: 1",
        f"Original-Rcpt-To: <{address}>",
        f"Arrival-Date: {dates.encode(date).decode()}",
        f"Source-IP: {source}",
        "Reported-Domain: a.example",
    )
    octets = "".join([f"{line}\r\n" for line in lines]).encode()
    return _report("feedback-report", said, Made("message/feedback-report", octets), returned, whole=True)


def _report(kind: str, said: str, status: Made, returned: Draft, *, whole: bool) -> Multipart:
    last: Body = Embedded(returned)
    if not whole:
        last = Made("text/rfc822-headers", message_of(returned).root.headers.to_bytes())
    return Multipart("report", (Text(said), status, last), (("report-type", kind),))


# -- invitations


class Event(NamedTuple):
    """What an invitation invites to."""

    method: str
    uid: str
    start: datetime
    hours: int
    summary: str
    organizer: str
    attendees: tuple[str, ...]
    stamp: datetime
    sequence: int = 0
    location: str = ""
    description: str = ""
    is_busy: bool = False
    partstat: str = "NEEDS-ACTION"
    is_all_day: bool = False


def calendar(event: Event) -> str:
    """Write an iCalendar object (RFC 5545 3.6) with LF line ends."""
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//a//EN", f"METHOD:{event.method}", "BEGIN:VEVENT"),
        f"UID:{event.uid}",
        f"DTSTAMP:{event.stamp:%Y%m%dT%H%M%SZ}",
        f"SEQUENCE:{event.sequence}",
        f"SUMMARY:{_escaped(event.summary)}",
        f"ORGANIZER:{event.organizer}",
    ]
    if event.is_all_day:
        lines += (f"DTSTART;VALUE=DATE:{event.start:%Y%m%d}", f"DURATION:P{event.hours}D")
    else:
        lines += (f"DTSTART:{event.start:%Y%m%dT%H%M%SZ}", f"DURATION:PT{event.hours}H")
    status = "" if event.partstat == "NEEDS-ACTION" else f";PARTSTAT={event.partstat}"
    lines += [f"ATTENDEE{status};RSVP=TRUE:{one}" for one in event.attendees]
    for name, value in (("LOCATION", event.location), ("DESCRIPTION", event.description)):
        if value:
            lines.append(f"{name}:{_escaped(value)}")
    if event.is_busy:
        lines.append("TRANSP:OPAQUE")
    return "".join([f"{_folded(line)}\n" for line in (*lines, "END:VEVENT", "END:VCALENDAR")])


def _escaped(value: str) -> str:
    for one in ("\\", ";", ","):
        value = value.replace(one, f"\\{one}")
    return value.replace("\n", "\\n")


def _folded(line: str) -> str:
    """Fold a line of more than 75 octets, never inside a character (RFC 5545 3.1)."""
    out: list[str] = []
    used = 0
    for char in line:
        size = len(char.encode())
        if used + size > _FOLD:
            out.append("\n ")
            used = 1
        out.append(char)
        used += size
    return "".join(out)


def invitation(event: Event, said: Text | None, encoding: str | None, *, attached: bool) -> Body:
    """Make an invitation (RFC 6047 2.4): the object, text for those who do not know it, and the same as a file."""
    text = calendar(event)
    form: Body = Text(text, "utf-8", encoding, subtype="calendar", parameters=(("method", event.method),))
    if said is not None:
        form = Multipart("alternative", (said, form))
    if not attached:
        return form
    file = File(text.replace("\n", "\r\n").encode(), "application/ics", "invite.ics")
    return Multipart("mixed", (form, file))
