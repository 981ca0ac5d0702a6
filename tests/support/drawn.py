"""Hypothesis strategies for the arguments of `Message`, and for octets that look like mail."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

__all__ = ["addresses", "attachments", "header_texts", "mail_octets", "message_arguments", "names", "texts"]

_CONTROLS = [chr(code) for code in range(0x20)] + ["\x7f"]
_ADDRESS_CONTROLS = [*_CONTROLS, *[chr(code) for code in range(0x80, 0xA0)], "\u2028", "\u2029"]
_ATEXT = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~"

header_texts = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters=_CONTROLS), max_size=120),
    st.sampled_from(
        [
            "",
            " ",
            "  two  spaces  ",
            "=?utf-8?q?literal?=",
            "=?utf-8?b?QQ==?= =?utf-8?b?QQ==?=",
            "x" * 1200,
            "\u00e9" * 300,
        ]
    ),
    st.lists(
        st.sampled_from(
            [
                "Hello",
                "=?",
                "?=",
                "na\u00efve",
                "\u4e16\u754c",
                "\U0001f469\u200d\U0001f467",
                "a\u0301",
                ",",
                '"',
                "<a@b.test>",
                "_",
            ]
        )
    ).map(" ".join),
)
names = st.text(st.characters(codec="utf-8", exclude_characters=_ADDRESS_CONTROLS), max_size=60)
_local_parts = st.one_of(
    st.lists(st.text(_ATEXT, min_size=1, max_size=12), min_size=1, max_size=3).map(".".join),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20),
)
_domains = st.sampled_from(
    ["example.com", "example.org", "sub.example.net", "b\u00fccher.test", "EXAMPLE.test", "xn--bcher-kva.test"]
)


def _quoted(part: str) -> str:
    """Spell a local part as an addr-spec has it."""
    if set(part) <= {*_ATEXT, "."} and not part.startswith(".") and not part.endswith(".") and ".." not in part:
        return part
    return '"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"'


_unambiguous = _local_parts.filter(lambda part: "=?" not in part)  # refused: it looks like an encoded word
addresses = st.tuples(
    names.filter(lambda name: "@" not in name),  # an address as a name is refused: it was meant as a second address
    st.builds("{}@{}".format, _unambiguous.map(_quoted), _domains),
)
texts = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters=["\0"]), max_size=400),
    st.lists(
        st.sampled_from(
            ["From here", ".", "..", "", " ", "trailing ", "tab\t", "x" * 1100, "gr\u00fc\u00dfe", "--b", "=3D", "\r"]
        )
    ).map("\n".join),
)
attachments = st.tuples(
    st.text(st.characters(codec="utf-8", exclude_characters=_CONTROLS), min_size=1, max_size=40),
    st.binary(max_size=300),
)


@st.composite
def message_arguments(draw: st.DrawFn) -> dict[str, Any]:
    """Draw keyword arguments that `Message` accepts."""
    drawn: dict[str, Any] = {
        "from_": draw(addresses),
        "to": draw(st.lists(addresses, max_size=3)),
        "cc": draw(st.lists(addresses, max_size=2)),
        "bcc": draw(st.lists(addresses, max_size=2)),
        "subject": draw(st.none() | header_texts),
        "text": draw(st.none() | texts),
        "html": draw(st.none() | texts),
        "attachments": draw(st.lists(attachments, max_size=3)),
        "encoding": draw(st.sampled_from(["7bit", "8bit", "smtputf8"])),
    }
    return drawn


_fragments = st.sampled_from(
    [
        b"From: a@b.test",
        b"To: =?utf-8?q?x?= <c@d.test>, e@f.test;",
        b"Subject: =?utf-8?b?4pyT?= x",
        b"Content-Type: multipart/mixed; boundary=b",
        b'Content-Type: multipart/alternative; boundary="b b"',
        b"Content-Type: message/rfc822",
        b"Content-Type: text/plain; charset=latin-1",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
        b"Content-Disposition: attachment; filename*0*=utf-8''a; filename*1=b",
        b"Date: Tue, 24 Nov 2026 23:59:60 +0000",
        b"Message-ID: <a@b>",
        b"--b",
        b"--b--",
        b"--b b",
        b" folded",
        b"\tfolded",
        b"QUJD",
        b"=E9=",
        b"",
        b"\xe9\xff",
        b"\0",
        b":",
        b"Bcc: hidden@x.test",
        b"From x@y Tue Nov 24 10:00:00 2026",
    ]
)
mail_octets = st.one_of(
    st.binary(max_size=200),
    st.lists(st.tuples(_fragments | st.binary(max_size=12), st.sampled_from([b"\r\n", b"\n", b"\r", b""]))).map(
        lambda pairs: b"".join([part for pair in pairs for part in pair])
    ),
)
