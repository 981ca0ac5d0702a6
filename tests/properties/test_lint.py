"""
The linter over drawn messages: what is clean has no finding, and a fix keeps what a message says.

Clean content is what a careful sender writes: one author, a recipient, a subject, text, HTML with a doctype, a language
and alternative texts, files that are what their names say.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimekit import Delivery, Message, MimekitError, Template, lint, parse
from mimekit.finding import Finding
from mimekit.lint import examples, fixing, selection
from mimekit.lint.rule import PROFILES
from mimekit.strategies._faults import Scene, faults
from tests.support.drawn import mail_octets, message_arguments
from tests.support.saying import said

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CONTEXT = lint.Context(now=lambda: NOW)

# -- clean content

_WORDS = re.findall(
    r"\S+",
    """
    Hello order number parcel leaves house today week invoice for your our and will be with you on Friday 10482
    paid receipt thank terms of sale email shop
    Gr\u00fc\u00dfe aus M\u00fcnchen Bestellung f\u00fcr \u00dcbersicht H\u00e4user \u20ac na\u00efve caf\u00e9
    \u3054\u6ce8\u6587 \u3042\u308a\u304c\u3068\u3046 \u8acb\u6c42\u66f8 \u914d\u9001 \u672c\u65e5
    \u041f\u0440\u0438\u0432\u0435\u0442 \u0437\u0430\u043a\u0430\u0437 \u0441\u0447\u0451\u0442
    \u0645\u0631\u062d\u0628\u0627 \u0637\u0644\u0628 \u0641\u0627\u062a\u0648\u0631\u0629
    \U0001f4e6 \U0001f469\u200d\U0001f467 \u2713 \u2014 \u2026
    """,
)
_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
_FILES = (
    ("invoice.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
    ("\u00dcbersicht 2026.pdf", b"%PDF-1.4\n"),
    ("photo.png", _PNG),
    ("\u8acb\u6c42\u66f8.png", _PNG),
    ("data.csv", b"number,price\r\n1,2\r\n"),
    ("a name that is so long that it has to be continued in another parameter, or two of them, I think.txt", b"x\r\n"),
    ("notes.txt", "Gr\u00fc\u00dfe\r\n".encode()),
    ("letter.docx", b"PK\x03\x04\x14\x00\x06\x00\x08\x00"),
)


@st.composite
def _sentences(draw: st.DrawFn, most: int = 12) -> str:
    words = draw(st.lists(st.sampled_from(_WORDS), min_size=2, max_size=most))
    return " ".join(["Order", *words])


_subjects = _sentences(30)
_texts = st.lists(st.lists(_sentences(), min_size=1, max_size=3).map("\n".join), min_size=1, max_size=6).map(
    lambda paragraphs: "\n\n".join(paragraphs) + "\n"
)
_names = st.lists(st.sampled_from(["Jane", "Doe", "M\u00fcller", "O'Hara", "J.", "\u5c71\u7530", "von", "Dr."]),
                  min_size=2, max_size=4).map(" ".join)  # fmt: skip
_LOCAL = st.sampled_from(["jane", "john.roe", "orders+2026", "o_hara", "x-1", "no-reply"])
_domains = st.sampled_from(["shop.example", "customer.example", "mail.shop.example", "xn--bcher-kva.example"])
_mailboxes = st.one_of(
    st.builds("{}@{}".format, _LOCAL, _domains), st.tuples(_names, st.builds("{}@{}".format, _LOCAL, _domains))
)


@st.composite
def _files(draw: st.DrawFn) -> tuple[str, bytes]:
    """Draw a file that is what its name says."""
    name, first = draw(st.sampled_from(_FILES))
    if name.endswith((".txt", ".csv")):
        return name, first + draw(_texts).replace("\n", "\r\n").encode()
    return name, first + draw(st.binary(max_size=2000))


_attachments = st.lists(_files(), max_size=3, unique_by=lambda one: one[0])


_images = st.sampled_from(
    [
        ("", {}),
        ('<p><img src="https://shop.example/logo.png" width="80" height="40" alt="Shop"></p>\n', {}),
        ('<p><img src="cid:logo" width="80" height="40" alt="Shop"></p>\n', {"logo": ("logo.png", _PNG)}),
    ]
)


def html_of(text: str, image: str = "") -> str:
    """Make a document of a text, each of its paragraphs one of HTML."""
    paragraphs = "\n".join([f"<p>{one}</p>" for one in text.strip().split("\n\n")])
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Order</title>\n</head>\n'
        f"<body>\n{paragraphs}\n{image}</body>\n</html>\n"
    )


@st.composite
def clean_messages(draw: st.DrawFn) -> dict[str, Any]:  # Any: the arguments of Message
    """Draw the arguments of a message that nobody could find fault with."""
    text = draw(_texts)
    image, inline = draw(_images)
    has_html = draw(st.booleans())
    author = draw(_mailboxes)
    boxes = draw(st.lists(_mailboxes, min_size=1, max_size=4, unique_by=_address))
    return {
        "from_": author,
        "reply_to": "answers@" + _address(author).partition("@")[2] if draw(st.booleans()) else None,
        "to": boxes[:2],
        "cc": boxes[2:],
        "subject": draw(_subjects),
        "text": text,
        "html": html_of(text, image) if has_html else None,
        "inline": inline if has_html else {},
        "attachments": draw(_attachments),
        "list_unsubscribe": draw(st.none() | st.just("https://shop.example/u/8f3a")),
        "encoding": draw(st.sampled_from(["7bit", "8bit"])),
    }


def _address(mailbox: str | tuple[str, str]) -> str:
    return mailbox if isinstance(mailbox, str) else mailbox[1]


def built(arguments: dict[str, Any]) -> Message:
    """Build with a fixed clock and random source."""
    return Message(**arguments, date=NOW, rng=Random(5))


# What a profile asks for that these messages do not have, or were asked to be; no other spelling would avoid it.
SAID: dict[str, set[str]] = {
    "strict": {"E004", "T025", "B022", "B017"},  # 8-bit was asked for; a long line; one file twice; no postal address
    "transactional": {"B012"},
    "bulk": {"B001", "B006", "B007", "B011"},  # nobody can unsubscribe, or answer
    "ses": {"S010"},  # 8-bit was asked for
    "signed": {"D001"},
    "production": {"A010"},  # the domains are those for examples
}
# Rules about how things are written, and not about what is said: encoded words, folds, parameters, boundaries, tree.
SPELLING = tuple(
    code
    for code in selection.load()
    if code.startswith(("H0", "H104", "H105", "H117", "H118", "H20", "H210", "H216", "M00", "M02", "M03", "E0"))
    and code not in {"E004", "E039", "E059", "E070", "E073"}  # 8-bit, double encoding and UTF-8 that were asked for
)


class TestClean:
    @given(clean_messages())
    def test_a_message_that_is_built_of_clean_content_has_no_finding(self, arguments: dict[str, Any]) -> None:
        assert told(built(arguments), "default") == []

    @pytest.mark.parametrize("profile", PROFILES)
    @settings(max_examples=20)
    @given(arguments=clean_messages())
    def test_a_profile_finds_only_what_was_said(self, profile: str, arguments: dict[str, Any]) -> None:
        found = lint.check(built(arguments), profile=profile, context=CONTEXT)
        assert {one.code for one in found} <= SAID.get(profile, set())
        assert profile != "strict" or not [one for one in found if one.severity == "error"]

    @given(clean_messages())
    def test_a_template_that_is_rendered_has_no_finding(self, arguments: dict[str, Any]) -> None:
        template = Template(
            **arguments | {"subject": "{subject}", "text": arguments["text"] + "\n{word}\n"}, date=NOW, rng=Random(5)
        )
        delivery = template.render({"subject": arguments["subject"], "word": "Gr\u00fc\u00dfe"})
        assert told(delivery, "default") == []

    @given(message_arguments())
    def test_no_other_spelling_of_any_content_is_better(self, arguments: dict[str, Any]) -> None:
        try:
            message = built(arguments)
        except MimekitError:
            return
        found = lint.check(message, select=SPELLING, context=CONTEXT)
        assert [str(one) for one in found] == []

    @given(mail_octets)
    def test_no_octets_make_a_rule_crash(self, raw: bytes) -> None:
        found = lint.check(raw, select="ALL", context=CONTEXT)
        assert "L022" not in {one.code for one in found}
        assert found == lint.check(raw, select="ALL", context=CONTEXT)
        assert all(0 <= one.start <= one.end <= len(raw) for one in found)


def told(x: Message | Delivery, profile: str) -> list[str]:
    """Give the findings as a person reads them."""
    return [str(one) for one in lint.check(x, profile=profile, context=CONTEXT)]


# -- fixes

FAULTS = [one for code, own in faults().items() for one in own if code not in {"S016", "T009"}]  # of 100,000 octets
OF_HEADER = [one for one in FAULTS if one.keeps_body]
BASE = examples.BASE.replace(b"\n", b"\r\n")


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Draw a message with a few faults in its header, or one that a *Bad* example shows."""
    if draw(st.booleans()):
        return draw(st.sampled_from(FAULTS))(Scene.of(parse(BASE))).octets
    octets = BASE
    for fault in draw(st.lists(st.sampled_from(OF_HEADER), min_size=1, max_size=4)):
        try:
            octets = fault(Scene.of(parse(octets))).octets
        except (UnicodeDecodeError, ValueError, IndexError):  # no longer a message that another can be laid over
            break
    return octets


def is_error(finding: Finding) -> bool:
    return finding.severity == "error"


class TestFixes:
    @settings(max_examples=150)
    @given(damaged())
    def test_a_safe_fix_keeps_what_the_message_says(self, raw: bytes) -> None:
        before, after = parse(raw), lint.fix(raw, profile="strict", context=CONTEXT, break_signature=True)
        assert said(after) == said(before)

    @settings(max_examples=150)
    @given(raw=damaged(), unsafe=st.booleans())
    def test_fixing_what_was_fixed_changes_nothing(self, *, raw: bytes, unsafe: bool) -> None:
        once = lint.fix(raw, unsafe=unsafe, profile="strict", context=CONTEXT, break_signature=True, rng=Random(5))
        twice = lint.fix(once, unsafe=unsafe, profile="strict", context=CONTEXT, break_signature=True, rng=Random(5))
        assert twice.to_bytes() == once.to_bytes()

    @settings(max_examples=150)
    @given(raw=damaged(), unsafe=st.booleans())
    def test_what_is_fixed_is_gone_and_no_error_is_new(self, *, raw: bytes, unsafe: bool) -> None:
        before = lint.check(raw, profile="strict", context=CONTEXT)
        fixed = lint.fix(raw, unsafe=unsafe, profile="strict", context=CONTEXT, break_signature=True, rng=Random(5))
        after = lint.check(fixed, profile="strict", context=CONTEXT)
        assert {one.code for one in after if is_error(one)} <= {one.code for one in before if is_error(one)}
        for one in after:
            if one.fix is not None and (unsafe or one.fix.is_safe):  # it is not taken, for it does harm
                made = fixing.apply(fixed.to_bytes(), [one.fix.edits])
                new = {one.code for one in lint.check(made, profile="strict", context=CONTEXT) if is_error(one)}
                assert not new <= {one.code for one in after if is_error(one)} or said(parse(made)) != said(fixed)

    @given(raw=damaged(), unsafe=st.booleans())
    def test_a_signed_message_is_not_touched(self, *, raw: bytes, unsafe: bool) -> None:
        signed = b"DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=s1; h=from; bh=; b=\r\n" + raw
        assert lint.fix(signed, unsafe=unsafe, profile="strict", context=CONTEXT).to_bytes() == signed
