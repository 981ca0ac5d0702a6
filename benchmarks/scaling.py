"""
Scaling: every adversarial input at one size and at twice that; linear work takes about twice the time.

The bar is 2.5.  Each row parses the input and reads everything there is to read, defects included.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from benchmarks.timing import Row, best_of, table
from mimekit import AddressList, Mailbox, Message, MimekitError, parse

__all__ = ["INPUTS", "run"]


def _nested(count: int) -> bytes:
    return b"".join([b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (at, at) for at in range(count)])


def _messages(count: int) -> bytes:
    return b"Content-Type: message/rfc822\n\n" * count


def _continuations(count: int) -> bytes:
    return b"Content-Type: a/b" + b"".join([b"; x*%d*=a" % at for at in range(count)]) + b"\n\n"


def _parts(count: int) -> bytes:
    return b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\nx: y\n\nz\n" * count + b"--a--\n"


def _encoded_words(count: int) -> bytes:
    return b"Subject: " + b"=?utf-8?q?a?= " * count + b"\n\n"


def _split_words(count: int) -> bytes:
    return b"Subject: " + b"=?utf-8?b?4w==?= " * count + b"\n\n"


INPUTS: dict[str, tuple[int, Callable[[int], bytes]]] = {
    "nested multiparts": (20_000, _nested),
    "nested messages": (20_000, _messages),
    "header fields": (100_000, lambda n: b"X-A: b\n" * n + b"\n"),
    "one huge header line": (4_000_000, lambda n: b"Subject: " + b"x" * n + b"\n\n"),
    "one huge body line": (8_000_000, lambda n: b"Subject: s\n\n" + b"x" * n),
    "body lines": (400_000, lambda n: b"Subject: s\n\n" + b"x\n" * n),
    "folds": (100_000, lambda n: b"Subject: x" + b"\n x" * n + b"\n\n"),
    "comments in From": (60_000, lambda n: b"From: " + b"(a)" * n + b" <a@b.test>\n\n"),
    "nested comments in From": (60_000, lambda n: b"From: " + b"(" * n + b")" * n + b" <a@b.test>\n\n"),
    "comment in Date": (60_000, lambda n: b"Date: Mon, 1 Jan 2024 00:00:00 +0000 (" + b"\\a" * n + b")\n\n"),
    "quotes in From": (60_000, lambda n: b"From: " + b'"a" ' * n + b"<a@b.test>\n\n"),
    "open quotes in From": (60_000, lambda n: b"From: " + b'"' * n + b"\n\n"),
    "phrase in From": (60_000, lambda n: b"From: " + b"a " * n + b"<a@b.test>\n\n"),
    "dots in an address": (60_000, lambda n: b"From: " + b"a." * n + b"a@b.test\n\n"),
    "angle brackets": (60_000, lambda n: b"From: " + b"<>" * n + b"\n\n"),
    "semicolons in To": (60_000, lambda n: b"To: " + b";" * n + b"\n\n"),
    "group colons": (60_000, lambda n: b"To: " + b"g:" * n + b"\n\n"),
    "at signs": (60_000, lambda n: b"To: " + b"a@" * n + b"\n\n"),
    "addresses": (10_000, lambda n: b"To: " + b", ".join([b"N <a%d@b.test>" % at for at in range(n)]) + b"\n\n"),
    "encoded words": (10_000, _encoded_words),
    "split encoded words": (10_000, _split_words),
    "parameters": (10_000, lambda n: b"Content-Type: a/b" + b"; x=y" * n + b"\n\n"),
    "empty parameters": (20_000, lambda n: b"Content-Type: text/plain" + b";" * n + b"\n\n"),
    "continuations": (10_000, _continuations),
    "flat parts": (4_000, _parts),
    "boundary prefixes": (
        100_000,
        lambda n: b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--ab\n" * n,
    ),
    "dashes": (
        400_000,
        lambda n: b"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Transfer-Encoding: base64\n\n" + b"-" * n,
    ),
    "msg-ids": (20_000, lambda n: b"References: " + b"<a@b.test> " * n + b"\n\n"),
    "open msg-ids": (60_000, lambda n: b"References: " + b"<" * n + b"\n\n"),
    "base64 junk": (
        200_000,
        lambda n: b"Content-Transfer-Encoding: base64\n\n" + b"QQ==\n!" * n,
    ),
    "quoted-printable junk": (
        200_000,
        lambda n: b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=X=" * n,
    ),
    "junk header lines": (60_000, lambda n: b"A: b\n" + b"junk\n" * n + b"C: d\n\n"),
}


def read(raw: bytes) -> object:
    """Parse and read everything."""
    message = parse(raw)
    read: list[object] = [
        message.subject,
        message.from_,
        message.to,
        message.date,
        message.references,
        message.text,
        message.html,
    ]
    read += [(part.filename, part.content, part.text) for part in message.parts]
    return read, message.attachments, message.defects, dict(message.headers)


def build(value: str) -> object:
    """Put *value* wherever a text can stand."""
    try:
        message = Message(from_=("n" + value[:1], "a@b.test"), subject=value, text=value, html=value)
        return message.to_bytes(), AddressList.of([(value, "a@b.test")]), Mailbox.diagnose(value)
    except MimekitError as error:
        return error


BUILT: dict[str, tuple[int, Callable[[int], str]]] = {
    "build: ASCII words": (50_000, lambda n: "word " * n),
    "build: non-ASCII": (50_000, lambda n: "\u00e9" * n),
    "build: combining": (50_000, lambda n: "a" + "\u0301" * n),
    "build: spaces": (50_000, lambda n: " " * n + "x"),
    "build: quotes": (50_000, lambda n: '"\\' * n),
    "build: lines": (100_000, lambda n: "x" + "." * 0 + "y" * n),
}


def run(*, seconds: float) -> None:
    """Print the table; the last column is the time of twice the input over that of once."""
    rows: list[Row] = []
    cases: list[tuple[str, Callable[[], object], Callable[[], object]]] = []
    for name, (count, make) in INPUTS.items():
        once, twice = make(count), make(2 * count)
        cases.append((name, partial(read, once), partial(read, twice)))
    for name, (count, make_text) in BUILT.items():
        short, long = make_text(count), make_text(2 * count)
        cases.append((name, partial(build, short), partial(build, long)))
    for name, first, second in cases:
        once_time, twice_time = best_of([first, second], seconds=min(seconds, 1.0), rounds=3)
        ratio = twice_time / once_time
        rows.append(
            (name, f"{once_time * 1e3:.2f}", f"{twice_time * 1e3:.2f}", f"{ratio:.2f}{'  over 2.5' * (ratio > 2.5)}")
        )
    table("Twice the input", ("input", "once ms", "twice ms", "ratio"), rows)
