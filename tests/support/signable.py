"""
Hypothesis strategies for what DKIM signs: messages that may be signed, however odd, and signers of every kind.

    draws -> octets of a message; draws -> Signer
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from mimekit.dkim import Signer
from tests.support.signing import DOMAIN, ed25519_key, now, rsa_key

__all__ = ["FORMS", "messages", "odd_messages", "signer", "signers"]

FORMS = [f"{header}/{body}" for header in ("relaxed", "simple") for body in ("relaxed", "simple")]


def signer(kind: str, **arguments: Any) -> Signer:
    key = rsa_key() if kind == "rsa" else ed25519_key()
    return Signer(DOMAIN, selector=kind, key=key, now=now, allow_8bit=True, **arguments)


signers = st.builds(
    signer,
    st.sampled_from(["rsa", "ed"]),
    canonicalization=st.sampled_from(FORMS),
    identity=st.sampled_from([None, "@example.com", "a;b\u00fc@mail.example.com"]),
    expires=st.sampled_from([None, 86400]),
    copied=st.sampled_from([(), ("from", "subject", "x-a")]),
    headers=st.sampled_from([None, ["from", "x-a", "subject", "X-None"]]),
    oversign=st.sampled_from([None, (), ("from", "x-a")]),
)

# Octets of a field body or a line: no control character, for a signer refuses them in a header; see `odd_messages`.
_visible = ["a", "Notes", ":", ";", "=?utf-8?q?x?=", "\u00fc", "\u4e16\u754c", "\x7f", "x" * 70, "b=", "v=1;"]
_words = st.sampled_from([word.encode() for word in _visible])
_gaps = st.sampled_from([b" ", b"  ", b"\t", b" \t ", b"\r\n ", b"\r\n\t", b"\r\n \t ", b" \r\n  "])
_bodies = st.builds(
    lambda lead, words, trail: lead + b"".join([word + gap for word, gap in words])[:900] + trail,
    st.sampled_from([b"", b" ", b"\t", b"  ", b"\r\n "]),
    st.lists(st.tuples(_words, _gaps), max_size=6),
    st.sampled_from([b"z", b"z ", b"z\t ", b"z\r\n \t"]),
)
_names = st.sampled_from(
    [b"Subject", b"To", b"X-A", b"x-a", b"Received", b"CC", b"List-Unsubscribe", b"X-Long-" + b"n" * 60]
)
_fields = st.builds(b"%b:%b\r\n".__mod__, st.tuples(_names, _bodies))
_lines = st.sampled_from(
    [
        *(b"", b" ", b"\t", b"text", b"text ", b" text\t", b"two  blanks", b"a\tb", b".", b"..", b"From here"),
        *(b"na\xc3\xafve", b"\xff\xfe", b"x\x0by", b"x" * 998, b" " * 900, b"-- ", b"=20", b"DKIM-Signature: v=1"),
    ]
)
_texts = st.one_of(
    st.lists(_lines, max_size=12),
    st.builds(lambda line, count: [line] * count, _lines, st.sampled_from([100, 3000])),
    st.builds(lambda lines, count: lines + [b""] * count, st.lists(_lines, max_size=3), st.integers(0, 9)),
).map(lambda lines: b"".join([line + b"\r\n" for line in lines]))
_from = st.sampled_from([b"From: ada@example.com\r\n", b"FROM:\tAda\r\n <ada@example.com> \r\n"])


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """Draw a message that can be signed: odd folding, repeated names, blanks, UTF-8, any kind of empty or huge body."""
    above = draw(st.lists(_fields, max_size=6))
    below = draw(st.lists(_fields, max_size=6))
    return b"".join([*above, draw(_from), *below, b"\r\n", draw(_texts)])


# What one of the judges at least does not read as the others do, and a signer has to refuse; and what is like it and
# verifies everywhere.
_odd_fields = st.one_of(
    st.builds(
        lambda name, blank, lead, odd, trail: b"%b%b: %b%b%b\r\n" % (name, blank, lead, odd, trail),
        st.sampled_from([b"Subject", b"To", b"X-A"]),
        st.sampled_from([b"", b"", b" ", b"\t", b" \t"]),
        st.sampled_from([b"", b"a", b"a\r\n "]),
        st.sampled_from([b"", *[bytes([code]) for code in range(0x20) if code not in b"\r\n"], b"\x7f"]),
        st.sampled_from([b"z", b"", b" ", b"\r\n z"]),
    ),
    st.builds(lambda count: b"List-Post: <mailto:x@example.com>\r\n" * count, st.sampled_from([400, 500, 505, 600])),
)


@st.composite
def odd_messages(draw: st.DrawFn) -> bytes:
    """Draw a message with a field that not all programs read alike: one that is refused, or verifies everywhere."""
    fields = draw(st.lists(_odd_fields, min_size=1, max_size=2))
    from_ = draw(st.sampled_from([b"From: ada@example.com\r\n"] * 3 + [b"From : ada@example.com\r\n"]))
    return b"".join([*fields, from_, b"\r\n", draw(_texts)])
