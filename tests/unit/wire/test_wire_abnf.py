"""The terminals of the grammars: what each holds, against the RFC's own ranges."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit.wire import abnf

PRINTABLE = bytes(range(0x21, 0x7F))
HIGH = bytes(range(0x80, 0x100))
NO_WS_CTL = bytes([*range(1, 9), 11, 12, *range(14, 32), 127])


def members(fragment: bytes) -> bytes:
    """Give the octets that *fragment* matches alone."""
    return bytes(octet for octet in range(256) if re.fullmatch(fragment, bytes([octet])))


def without(octets: bytes, excluded: bytes) -> bytes:
    return octets.translate(None, excluded)


@pytest.mark.parametrize(
    ("fragment", "octets"),
    [
        pytest.param(abnf.WSP, b"\t ", id="RFC 5234 B.1 WSP"),
        pytest.param(abnf.FWS, b"\t\n\r ", id="RFC 5322 3.2.2 FWS"),
        pytest.param(abnf.ATEXT, without(PRINTABLE, b'()<>[]:;@\\,."') + HIGH, id="RFC 5322 3.2.3 atext"),
        pytest.param(
            abnf.DTEXT, bytes(sorted(NO_WS_CTL + without(PRINTABLE, b"[]\\"))) + HIGH, id="RFC 5322 3.4.1 dtext"
        ),
        pytest.param(abnf.TOKEN, without(PRINTABLE, b'()<>@,;:\\"/[]?='), id="RFC 2045 5.1 token"),
        pytest.param(abnf.ATTRIBUTE_CHAR, without(PRINTABLE, b"()<>@,;:\\\"/[]?=*'%"), id="RFC 2231 7 attribute-char"),
        pytest.param(abnf.ENCODED_TEXT, without(PRINTABLE, b"?"), id="RFC 2047 2 encoded-text"),
    ],
)
def test_a_class_holds_the_octets_of_its_rule(fragment: bytes, octets: bytes) -> None:
    assert members(fragment) == octets


@pytest.mark.parametrize(
    ("fragment", "matching", "other"),
    [
        (abnf.ATOM, [b"a", b"a!b", b"\xc3\xa9"], [b"", b"a.b", b"a b"]),
        (abnf.DOT_ATOM_TEXT, [b"a", b"a.b.c"], [b".a", b"a.", b"a..b", b""]),
        (abnf.QUOTED_PAIR, [b"\\a", b"\\\n", b"\\\x00", b"\\\xe9"], [b"\\", b"a", b"\\ab"]),
        (abnf.QUOTED_STRING, [b'""', b'"a b"', b'"a\\"b"', b'"a\r\n b"', b'"\\\\"'], [b'"', b'"a', b'"a\\"', b'"a"b"']),
        (abnf.TOKEN, [b"text", b"x-a.b'*"], [b"", b"a/b", b"a b", b"a=b"]),
        (
            abnf.ENCODED_WORD,
            [b"=?utf-8?q?a?=", b"=?utf-8*en?B??="],
            [b"=?utf-8?x?a?=", b"=?utf-8?q?a b?=", b"=??q?a?="],
        ),
        (abnf.SUB_DOMAIN, [b"a", b"a-b", b"a--b", b"1a"], [b"-a", b"a-", b"a_b", b""]),
        (abnf.DOMAIN, [b"a", b"a.b-c"], [b"a.", b".a", b"a..b", b"a.-b"]),
    ],
)
def test_a_rule_matches_what_its_grammar_says(fragment: bytes, matching: list[bytes], other: list[bytes]) -> None:
    assert [text for text in matching if not re.fullmatch(fragment, text)] == []
    assert [text for text in other if re.fullmatch(fragment, text)] == []


@given(st.binary(max_size=6) | st.text(st.sampled_from("ab.@ :;=-\x00\x7f\xe9"), max_size=6).map(str.encode))
def test_the_predicates_agree_with_the_patterns(octets: bytes) -> None:
    assert abnf.is_token(octets) is bool(re.fullmatch(abnf.TOKEN, octets))
    assert abnf.is_dot_atom(octets) is bool(re.fullmatch(abnf.DOT_ATOM_TEXT, octets))
    assert abnf.is_field_name(octets) is bool(re.fullmatch(rb"[!-9;-~]+", octets))  # RFC 5322 3.6.8 ftext


def test_every_fragment_that_repeats_is_possessive() -> None:
    for name in abnf.__all__:
        fragment = getattr(abnf, name)
        if isinstance(fragment, bytes):
            outside_classes = re.sub(rb"\[(?:\\.|[^\]\\])*\]", b"C", fragment)
            assert not re.search(rb"(?<!\\)[*+](?![+])(?<![*+]\+)", outside_classes), name
