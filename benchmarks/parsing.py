"""Parsing: read subject, from, to and text; decode every leaf; beside both parsers of the standard library."""

from __future__ import annotations

from email import message_from_bytes, policy
from functools import partial

from benchmarks.samples import sample
from benchmarks.timing import Row, best_of, table
from mimekit import parse

__all__ = ["run"]

SAMPLES = ("small.eml", "newsletter.eml", "attach1m.eml")
WANTED_READ = (35.0, 40.0, 200.0)  # times policy.default
WANTED_LEAVES = (2.5, 4.0, 7.0)  # times compat32


def read_ours(raw: bytes) -> object:
    """Parse and read what most programs read."""
    message = parse(raw)
    return message.subject, [box.address for box in message.from_], [box.address for box in message.to], message.text


def read_default(raw: bytes) -> object:
    """Do the same with `policy.default`."""
    message = message_from_bytes(raw, policy=policy.default)
    body = message.get_body(("plain",))
    return (
        message["subject"],
        [box.addr_spec for box in message["from"].addresses],
        [box.addr_spec for box in message["to"].addresses],
        body.get_content() if body else None,
    )


def leaves_ours(raw: bytes) -> list[bytes]:
    """Parse and decode every leaf."""
    return [part.content for part in parse(raw).parts if not part.children]


def leaves_compat32(raw: bytes) -> list[object]:
    """Do the same with `compat32`."""
    return [part.get_payload(decode=True) for part in message_from_bytes(raw).walk() if not part.is_multipart()]


def read_fast(raw: bytes) -> object:
    """Do the same with fast-mail-parser, which is native code and decodes everything."""
    from fast_mail_parser import parse_email

    message = parse_email(raw)
    return message.subject, message.headers.get("From"), message.headers.get("To"), message.text_plain


def run(*, seconds: float) -> None:
    """Print the two tables."""
    rows: list[Row] = []
    for name, wanted in zip(SAMPLES, WANTED_READ, strict=True):
        raw = sample(name)
        ours, theirs, fast = best_of(
            [partial(read_ours, raw), partial(read_default, raw), partial(read_fast, raw)],
            seconds=seconds,
        )
        rows.append(
            (
                name,
                f"{ours * 1e6:.1f}",
                f"{theirs * 1e6:.0f}",
                f"{theirs / ours:.1f}x",
                f"{wanted:g}x",
                f"{fast * 1e6:.1f}",
            )
        )
    columns = ("parse and read", "mimekit us", "policy.default us", "ratio", "wanted", "fast-mail-parser us")
    table("Parse, then read subject, from, to and text", columns, rows)
    rows = []
    for name, wanted in zip(SAMPLES, WANTED_LEAVES, strict=True):
        raw = sample(name)
        assert [bytes(leaf) for leaf in leaves_ours(raw)] == leaves_compat32(raw), name
        ours, theirs = best_of([partial(leaves_ours, raw), partial(leaves_compat32, raw)], seconds=seconds)
        rows.append((name, f"{ours * 1e6:.1f}", f"{theirs * 1e6:.0f}", f"{theirs / ours:.1f}x", f"{wanted:g}x"))
    table("Parse, then decode every leaf", ("parse and decode", "mimekit us", "compat32 us", "ratio", "wanted"), rows)
