"""
Build to octets.

From plain values to the octets of a message: addresses with names, a subject that is not ASCII, and the bodies of the
line. The other libraries build the same: `EmailMessage` with `policy.SMTP` and the classes of `email.mime` (`compat32`)
of the standard library, Django's `EmailMultiAlternatives`, `emails`, and redmail, which all stand on the standard
library. A cell is empty where the library cannot make the message.
"""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from functools import partial

from benchmarks.builders import BUILDERS, CID, Case, Unable
from benchmarks.results import Line
from benchmarks.samples import sample
from benchmarks.scenarios import Effort
from benchmarks.timing import Call, timed

UNIT = "\u00b5s"


def cases() -> Iterator[tuple[str, float | None, Case]]:
    """Give what is built, and the ratio that is wanted."""
    text, shown = sample("body.txt").decode(), sample("body.html").decode()
    html = shown.replace(f"cid:{CID}", "https://example.com/logo.png")  # nothing is inline here
    pdf = sample("pdf10k.bin")
    people = tuple([(f"Reader {number}", f"reader{number}@example.org") for number in range(50)])
    yield "text", 40, Case(text)
    yield "text and HTML", 30, Case(text, html)
    yield "and an inline image of 4 kB", None, Case(text, shown, logo=b"\x89PNG\r\n\x1a\n" + pdf[:4088])
    yield "text, HTML and a PDF of 10 kB", 30, Case(text, html, pdf=pdf)
    yield "text, HTML and an attachment of 1 MiB", 13, Case(text, html, pdf=(pdf * 103)[: 2**20])
    yield "20 kB of text that is not ASCII", None, Case(sample("utf8_20k.txt").decode())
    yield "text to 50 recipients", None, Case(text, to=people)
    yield "text and a message/rfc822", None, Case(text, forwarded=sample("small.eml"))


def measure(effort: Effort) -> list[Line]:
    """Build each case by each library that can."""
    lines = []
    for what, wanted, case in cases():
        calls: dict[str, Call] = {}
        for name, build in BUILDERS.items():
            try:
                check(build(case), case)
            except Unable:
                continue
            calls[name] = partial(build, case)
        lines.append(Line(what, timed(calls, seconds=effort.seconds), "EmailMessage", wanted))
    return lines


def check(octets: bytes, case: Case) -> None:
    """Read what was built with the standard library: it must be the case, or what is compared is not the same."""
    message = message_from_bytes(octets, policy=policy.default)
    assert "\u2014 na\u00efve" in message["Subject"]
    assert [box.addr_spec for box in message["To"].addresses] == [address for _, address in case.to]
    for kind, body in (("plain", case.text), ("html", case.html)):
        if body:
            part = message.get_body((kind,))
            assert part is not None
            read = part.get_content().split()
            assert read == body.split() or (case.logo and kind == "html" and len(read) == len(body.split()))
    leaves = [part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()]
    assert not case.pdf or case.pdf in leaves
    assert not case.logo or case.logo in leaves
    assert not case.forwarded or "message/rfc822" in [part.get_content_type() for part in message.walk()]
