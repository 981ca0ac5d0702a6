"""Why a signature broke: a message is signed, damaged in one way that people meet, and the damage is named."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit.codecs import quopri
from mimekit.dkim import body_repairs, header_repairs
from mimekit.dkim.diagnose import Cause, Diagnosis, diagnose
from mimekit.dkim.keys import SigningKey
from tests.support.forging import MESSAGE, NOW, ed25519_key, forge, record, rsa_key, seconds, zone

HEADER = MESSAGE[: MESSAGE.index(b"\r\n\r\n") + 2]
BOTH = pytest.mark.parametrize("key", [rsa_key(), ed25519_key()], ids=["rsa", "ed25519"])

PARTS = (
    b"\r\n--one\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    b"Gr\xc3\xbc\xc3\x9fe an alle, a line that is not short at all, and another one:\r\nfive = 5\r\n"
    b"--one\r\nContent-Type: text/html\r\n\r\n<p>Hello.</p>\r\n<p>Bye.</p></body>\r\n"
    b"--one\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"%b--one--\r\n" % b"".join([b64encode(bytes(range(at, at + 57))) + b"\r\n" for at in range(0, 190, 57)])
)
MIXED = HEADER.replace(b"text/plain; charset=utf-8", b'multipart/mixed; boundary="one"') + b"\r\n" + PARTS[2:]


def plain(body: bytes, *more: bytes) -> bytes:
    return HEADER + b"".join(more) + b"\r\n" + body


def explained(raw: bytes, key: SigningKey | None = None, original: bytes | None = None) -> Diagnosis:
    found = diagnose(raw, resolve=zone(key or rsa_key()), now=seconds(), original=original)
    for cause in found.causes:
        assert cause.text.isprintable()
        assert cause.text.isascii()
        assert cause.signature < len(found.verification.results)
        assert str(cause) in str(found)
    return found


def codes(raw: bytes, key: SigningKey | None = None, original: bytes | None = None) -> list[str]:
    return [cause.code for cause in explained(raw, key, original).causes]


def damaged(
    message: bytes, change: Callable[[bytes], bytes], key: SigningKey | None = None, **tags: str
) -> list[Cause]:
    """Sign a message, check that it passes, damage it, check that it does not pass, and give the causes."""
    raw = forge(message, key, **tags)  # type: ignore[arg-type]  # tags are text
    assert explained(raw, key).causes == ()
    field, _, rest = raw.partition(b"\r\nReceived")
    changed = field + b"\r\nReceived" + change(rest)
    assert changed != raw
    return list(explained(changed, key).causes)


def swapped(old: bytes, new: bytes, raw: bytes) -> bytes:
    return raw.replace(old, new, 1)


def one(causes: list[Cause]) -> tuple[str, str, bool]:
    assert len(causes) == 1, causes
    return causes[0].code, causes[0].field, causes[0].certain


# -- nothing to explain


def test_a_signature_that_passes_has_no_cause() -> None:
    found = explained(forge())
    assert found.causes == ()
    assert str(found) == "pass example.com: the signature is good and covers this message (RFC 6376 6.1.3)"


def test_what_is_no_failure_is_explained_by_its_verdict() -> None:
    assert codes(forge(v="2")) == ["version"]
    assert codes(forge(h="to")) == ["from-unsigned"]
    assert codes(forge(x=str(NOW - 1), t=str(NOW - 2))) == ["expired"]
    assert codes(forge(s="s9")) == ["no-key"]
    assert codes(MESSAGE) == []


# -- what was done to the body


@BOTH
@pytest.mark.parametrize("c", ["relaxed/relaxed", "simple/simple"])
def test_a_footer_is_found_and_shown(key: SigningKey, c: str) -> None:
    causes = damaged(MESSAGE, lambda raw: raw + b"_______\r\nannounce mailing list\r\n", key, c=c)
    assert one(causes) == ("footer-added", "", True)
    assert "'_______'" in causes[0].text
    assert "the first 5 lines" in causes[0].text


def test_octets_beyond_l_are_not_signed_and_whether_they_were_added_only_the_original_tells() -> None:
    whole = forge(plain(b"Hello.\r\n"), l="8")
    raw = whole + b"Buy now!\r\n"
    causes = list(explained(raw).causes)
    assert one(causes) == ("beyond-length", "", True)
    assert causes[0].text == "10 octets after the 8 that l= covers are not signed, whoever wrote them: 'Buy now!'"
    causes = list(explained(raw, original=whole).causes)
    assert one(causes) == ("footer-added", "", True)
    assert causes[0].text == "10 octets were added after what l= covers: 'Buy now!'"


def test_what_a_signer_left_out_by_l_was_not_added() -> None:
    untouched = forge(plain(b"Hello.\r\nBuy now!\r\n"), l="8")
    for original in (None, untouched):
        causes = list(explained(untouched, original=original).causes)
        assert one(causes) == ("beyond-length", "", True)
        assert "added" not in causes[0].text


def test_text_on_top_is_found() -> None:
    causes = damaged(MESSAGE, lambda raw: raw.replace(b"Hello", b"CAUTION: external\r\n\r\nHello"))
    assert one(causes) == ("text-added", "", True)
    assert "lines 1 to 2" in causes[0].text


def test_text_in_the_middle_is_found() -> None:
    assert (
        one(damaged(MESSAGE, lambda raw: raw.replace(b"-- \r\n", b"Advertisement\r\nbuy\r\n-- \r\n")))[0]
        == "text-added"
    )


def test_a_footer_inside_a_part_is_found() -> None:
    causes = damaged(MIXED, lambda raw: raw.replace(b"five = 5\r\n", b"five = 5\r\n-- \r\nthe list\r\n"))
    assert one(causes)[0] == "text-added"


def test_an_added_part_is_found() -> None:
    part = b"--one\r\nContent-Type: text/plain\r\n\r\n-- \r\nthe list\r\n"
    assert one(damaged(MIXED, lambda raw: raw.replace(b"--one--", part + b"--one--")))[0] in (
        "part-added",
        "text-added",
    )
    assert one(damaged(MIXED, lambda raw: raw.replace(b"--one\r\n", part * 30 + b"--one\r\n", 1)))[0] != "body-changed"


def test_a_message_that_was_put_into_a_multipart_is_found() -> None:
    def wrap(raw: bytes) -> bytes:
        header, _, body = raw.partition(b"\r\n\r\n")
        header = header.replace(b"text/plain; charset=utf-8", b"multipart/mixed; boundary=zz")
        part = b"--zz\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + body.rstrip(b"\r\n")
        return header + b"\r\n\r\n" + part + b"\r\n--zz\r\nContent-Type: text/plain\r\n\r\nfooter\r\n--zz--\r\n"

    causes = damaged(MESSAGE, wrap)
    assert [cause.code for cause in causes] == ["part-added", "header-changed"]


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.replace(b"\r\n", b"\n"),
        lambda body: body.replace(b"\r\n", b"\r"),
        lambda body: body.replace(b"\r\n", b"\r\r\n"),
        lambda body: body.replace(b"two\r\n", b"two\n"),
        lambda body: body.replace(b"\r\n", b"\r\n\r\n"),
    ],
)
def test_changed_line_ends_are_found(change: Callable[[bytes], bytes]) -> None:
    def damage(raw: bytes) -> bytes:
        header, empty, body = raw.partition(b"\r\n\r\n")
        return header + empty + change(body)

    assert one(damaged(plain(b"one\r\ntwo\r\nthree\r\n"), damage))[0] == "line-ends"


def test_a_signer_that_hashed_lf_is_found() -> None:
    bh = b64encode(sha256(b"one\ntwo\n\r\n").digest()).decode()
    assert codes(forge(plain(b"one\r\ntwo\r\n"), bh=bh)) == ["line-ends"]


def test_trailing_blanks_are_found() -> None:
    text = b"Hello,\r\n\r\nthis is flowed \r\ntext.\r\n-- \r\nAda\r\n"
    added = damaged(plain(b"Hello.\r\nBye.\r\n"), lambda raw: raw.replace(b"Bye.", b"Bye. \t"), c="simple/simple")
    assert one(added)[0] == "trailing-blanks"
    lost = damaged(
        plain(text.replace(b"flowed ", b"flowed")), lambda raw: raw.replace(b"-- ", b"--"), c="simple/simple"
    )
    assert one(lost)[0] == "trailing-blanks"


def test_empty_lines_are_found() -> None:
    more = damaged(MESSAGE, lambda raw: raw.replace(b"\r\n\r\nHello", b"\r\n\r\n\r\n\r\nHello"))
    less = damaged(plain(b"\r\nHello.\r\n"), lambda raw: raw.replace(b"\r\n\r\n\r\nHello", b"\r\n\r\nHello"))
    assert one(more)[0] == one(less)[0] == "blank-lines"


@BOTH
def test_a_body_that_was_encoded_as_quoted_printable_is_found(key: SigningKey) -> None:
    body = "Gr\u00fc\u00dfe = 5, a long line that has to be broken in quoted-printable, for it is over 76.\r\n".encode()

    def damage(raw: bytes) -> bytes:
        header, empty, body = raw.partition(b"\r\n\r\n")
        header = header.replace(b"Encoding: 8bit", b"Encoding: quoted-printable")
        return header + empty + quopri.encode(body)

    message = plain(body, b"Content-Transfer-Encoding: 8bit\r\n")
    causes = damaged(message, damage, key, h="from:content-transfer-encoding")
    assert [(cause.code, cause.field, cause.certain) for cause in causes] == [
        ("re-encoded", "", True),
        ("field-changed", "Content-Transfer-Encoding", True),
    ]
    assert "from 8bit to quoted-printable" in causes[0].text


def test_a_body_that_was_decoded_is_found() -> None:
    text = "Gr\u00fc\u00dfe, a long line that has to be broken when it is encoded, over 76 columns.\r\n".encode()

    def damage(raw: bytes) -> bytes:
        header, empty, body = raw.partition(b"\r\n\r\n")
        return header.replace(b"Encoding: quoted-printable", b"Encoding: 8bit") + empty + quopri.decode(body)

    causes = damaged(plain(quopri.encode(text), b"Content-Transfer-Encoding: quoted-printable\r\n"), damage)
    assert one(causes)[0] == "re-encoded"


def test_parts_that_were_re_encoded_are_found() -> None:
    def damage(raw: bytes) -> bytes:
        before, start, rest = raw.partition(b"Encoding: 8bit\r\n\r\n")
        text, end, after = rest.partition(b"--one\r\n")
        return before + start.replace(b"8bit", b"quoted-printable") + quopri.encode(text) + end + after

    assert one(damaged(MIXED, damage))[0] == "re-encoded"


def test_base64_lines_of_another_length_are_found() -> None:
    def damage(raw: bytes) -> bytes:
        before, start, rest = raw.partition(b"base64\r\n\r\n")
        text, end, after = rest.partition(b"--one--")
        text = text.replace(b"\r\n", b"")
        lines = b"".join([text[at : at + 64] + b"\r\n" for at in range(0, len(text), 64)])
        return before + start + lines + end + after

    assert one(damaged(MIXED, damage))[0] == "re-wrapped"


@pytest.mark.parametrize("glue", [b"\r\n ", b"\r\n\t", b"\r\n", b"!\r\n "])
def test_long_lines_that_were_broken_are_found(glue: bytes) -> None:
    line = b"".join([b"%06d" % number for number in range(500)])
    pieces = [line[at : at + 990] for at in range(0, len(line), 990)]
    causes = damaged(plain(line + b"\r\n"), lambda raw: raw.replace(line, glue.join(pieces)))
    assert one(causes)[0] == "re-wrapped"


def test_paragraphs_that_were_wrapped_are_found() -> None:
    words = [b"word%d" % number for number in range(60)]
    lines = [b" ".join(words[at : at + 10]) for at in range(0, 60, 10)]
    line = b" ".join(words)
    for joint in (b"\r\n", b" \r\n"):
        wrapped = joint.join(lines)
        causes = damaged(plain(line + b"\r\n"), partial(swapped, line, wrapped), c="simple/simple")
        assert one(causes)[0] == "re-wrapped"


def test_a_changed_boundary_is_found() -> None:
    def body_only(raw: bytes) -> bytes:
        header, empty, body = raw.partition(b"\r\n\r\n")
        return header + empty + body.replace(b"--one", b"--other")

    causes = damaged(MIXED, body_only)
    assert one(causes)[0] == "boundary"
    assert "from 'one' to 'other'" in causes[0].text
    causes = damaged(MIXED, lambda raw: body_only(raw).replace(b"--other", b"------=_Next-"))
    assert (one(causes)[0], "from 'one' to '----=_Next-'" in causes[0].text) == ("boundary", True)
    # In the header too: only a copy in z= knows the old one.
    z = 'Content-Type:=20multipart/mixed=3B=20boundary=3D"one"'
    causes = damaged(MIXED, lambda raw: body_only(raw).replace(b'"one"', b'"other"'), z=z)
    assert [(cause.code, cause.field, cause.certain) for cause in causes] == [
        ("boundary", "", True),
        ("field-changed", "Content-Type", True),
    ]


def test_another_canonicalisation_that_fits_is_found() -> None:
    for c, digest in (("relaxed/simple", "relaxed"), ("relaxed/relaxed", "simple")):
        bh = re.search(r"bh=([^;]+)", forge(c=f"relaxed/{digest}").decode())
        assert bh
        assert codes(forge(c=c, bh=bh[1])) == ["other-canonicalization"]


def test_an_l_that_was_counted_wrongly_is_found() -> None:
    bh = re.search(r"bh=([^;]+)", forge().decode())
    assert bh
    assert codes(forge(l="7", bh=bh[1])) == ["length"]


def test_a_signature_over_an_empty_body_is_found() -> None:
    for c in ("relaxed/relaxed", "simple/simple"):
        bh = re.search(r"bh=([^;]+)", forge(HEADER + b"\r\n", c=c).decode())
        assert bh
        assert codes(forge(c=c, bh=bh[1])) == ["empty-body"]


def test_dots_and_mailbox_signs_are_found() -> None:
    body = b"Hello.\r\n.profile\r\nFrom here on.\r\n"
    assert one(damaged(plain(body), lambda raw: raw.replace(b"\n.", b"\n..")))[0] == "dot-stuffing"
    assert (
        one(damaged(plain(body.replace(b".p", b"..p")), lambda raw: raw.replace(b"\n..", b"\n.")))[0] == "dot-stuffing"
    )
    assert one(damaged(plain(body), lambda raw: raw.replace(b"\nFrom here", b"\n>From here")))[0] == "from-mangled"


def test_an_image_that_was_put_into_the_html_is_found() -> None:
    pixel = b'<img src="https://example.org/open/1.gif" width=1 height=1>'
    causes = damaged(MIXED, lambda raw: raw.replace(b"</body>", pixel + b"</body>"))
    assert one(causes)[0] == "text-added"
    assert "open/1.gif" in causes[0].text


def test_two_things_done_to_a_body_are_found() -> None:
    def damage(raw: bytes) -> bytes:
        header, empty, body = raw.partition(b"\r\n\r\n")
        return header + empty + body.replace(b"\nFrom", b"\n>From") + b"-- \r\nfooter\r\n"

    causes = damaged(plain(b"Hello.\r\nFrom here on.\r\n"), damage)
    assert one(causes)[0] == "from-mangled"
    assert "text was added at the end" in causes[0].text


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    assert one(damaged(MESSAGE, lambda raw: raw.replace(b"Hello", b"Hallo"))) == ("body-changed", "", False)


# -- what was done to the header


@BOTH
@pytest.mark.parametrize("c", ["relaxed/relaxed", "simple/simple"])
@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ((b"Subject: ", b"Subject: [announce] "), "field-changed", "Subject"),
        ((b"Subject: ", b"Subject: ***SPAM*** "), "field-changed", "Subject"),
        ((b"Subject: ", b"Subject: Re: [x] "), "field-changed", "Subject"),
        ((b"10:00:00 +0000", b"10:00:00 GMT"), "field-changed", "Date"),
        ((b"MIME-Version: 1.0\r\n", b""), "field-removed", "MIME-Version"),
        ((b"\r\nMessage-ID", b"\r\nSubject: another\r\nMessage-ID"), "field-added", "Subject"),
        ((b"charset=utf-8", b'charset="utf-8"'), "field-changed", "Content-Type"),
        ((b"charset=utf-8", b"charset=UTF-8"), "field-changed", "Content-Type"),
        ((b"text/plain; charset=utf-8", b"text/plain; charset=utf-8;"), "field-changed", "Content-Type"),
        ((b"From: Ada Lovelace", b'From: "Ada Lovelace"'), "field-changed", "From"),
        ((b"<1@example.com>", b"<2@example.com>"), "header-changed", ""),
    ],
)
def test_a_changed_field_is_found(key: SigningKey, c: str, change: tuple[bytes, bytes], code: str, field: str) -> None:
    assert one(damaged(MESSAGE, partial(swapped, *change), key, c=c))[:2] == (code, field)


def test_a_field_on_top_of_the_signed_one_breaks_nothing() -> None:
    assert explained(b"Subject: another\r\n" + forge()).causes == ()
    causes = list(explained(b"Subject: another\r\n" + forge(h="from:subject:subject")).causes)
    assert one(causes) == ("field-added", "Subject", True)


@BOTH
@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"Subject:", b"SUBJECT:", "name-case"),
        (b"Subject:", b"subject:", "name-case"),
        (b"Subject: ", b"Subject:", "white-space"),
        (b"Date: ", b"Date:  ", "white-space"),
        (b"Date: ", b"Date : ", "white-space"),
        (b"10:00:00 +0000\r", b"10:00:00 +0000 \r", "white-space"),
        (b"the\r\n  quarter", b"the  quarter", "field-refolded"),
        (b"org>, \r\n\tkaren", b"org>, \r\n karen", "field-refolded"),
    ],
)
def test_simple_tolerates_nothing_and_what_it_did_not_tolerate_is_found(
    key: SigningKey, old: bytes, new: bytes, code: str
) -> None:
    causes = damaged(MESSAGE, partial(swapped, old, new), key, c="simple/simple")
    assert [cause.code for cause in causes] == [code]


def test_fields_that_changed_places_are_found() -> None:
    def swap(raw: bytes) -> bytes:
        first, second = [found[0] for found in re.finditer(rb"Received: [^\n]+\n", b"Received" + raw)]
        return (second + first)[8:] + raw[len(first + second) - 8 :]

    causes = damaged(MESSAGE, swap, h="from:received:received")
    assert one(causes) == ("field-order", "received", True)


def test_two_changes_are_found_together() -> None:
    def damage(raw: bytes) -> bytes:
        return raw.replace(b"Subject: ", b"Subject: [x] ").replace(b"+0000\r\nMess", b"GMT\r\nMess")

    causes = damaged(MESSAGE, damage)
    assert [(cause.code, cause.field) for cause in causes] == [("field-changed", "Subject"), ("field-changed", "Date")]


def test_body_and_header_are_explained_each() -> None:
    def damage(raw: bytes) -> bytes:
        return raw.replace(b"Subject: ", b"Subject: [x] ") + b"footer\r\n"

    assert [cause.code for cause in damaged(MESSAGE, damage)] == ["footer-added", "field-changed"]
    causes = damaged(MESSAGE, damage, ed25519_key())
    assert [cause.code for cause in causes] == ["footer-added", "field-changed"]


# -- what cannot be proved is named as likely, and what is kept elsewhere is proved


OVERSIGNED = "from:from:to:to:cc:subject:subject:date:date:message-id:reply-to"


@BOTH
def test_a_field_that_is_named_twice_and_is_not_there_may_have_been_taken_away(key: SigningKey) -> None:
    causes = damaged(MESSAGE, lambda raw: re.sub(rb"To: .*\r\n\t.*\r\n", b"", raw), key, h=OVERSIGNED)
    found = [(cause.code, cause.field, cause.certain) for cause in causes]
    assert found == [("field-removed", "To", False), ("header-changed", "", key is rsa_key())]
    assert causes[0].text == "the field To may have been taken away: h= names it 2 times, and there is none"
    assert "(from, subject, date, message-id)" in causes[1].text
    assert causes[1].text.endswith("; or one that h= names was taken away: to, cc, reply-to, of which there are none")


@pytest.mark.parametrize("field", [b"Date", b"Message-ID"])
def test_what_ses_replaces_is_named_where_ses_was(field: bytes) -> None:
    def damage(raw: bytes) -> bytes:
        ours = b"\r\nMessage-ID: <0100018c@email.amazonses.com>\r\n" if field == b"Message-ID" else None
        changed = re.sub(rb"\r\n%b: .*\r\n" % field, ours or b"\r\nDate: Tue, 25 Nov 2025 10:00:00 +0000\r\n", raw)
        return changed.replace(b"\r\nMIME", b"\r\nX-SES-Outgoing: 2025.11.24-1.2.3.4\r\nMIME")

    causes = damaged(MESSAGE, damage, h="from:to:subject:date:message-id")
    assert [(cause.code, cause.field, cause.certain) for cause in causes] == [
        ("field-changed", "Date", False),
        ("field-changed", "Message-ID", False),
        ("header-changed", "", True),
    ]
    assert "sign with dkim.for_ses" in causes[0].text
    (cause,) = damaged(MESSAGE, damage, h="from:to:subject" + (":date" if field == b"Date" else ":message-id"))[:-1]
    assert cause.field == field.decode()


@BOTH
@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b"Subject: Figures  for", b"Thread-Topic: Figures for the quarter\r\nSubject: Numbers  for", "Subject"),
        (b"Subject: Figures  for", b"X-Original-Subject: Figures for the quarter\r\nSubject: x  for", "Subject"),
        (b"Message-ID: <1@", b"X-Microsoft-Original-Message-ID: <1@example.com>\r\nMessage-ID: <2@", "Message-ID"),
        (b"Date: Mon, 24", b"X-Original-Date: Mon, 24 Nov 2025 10:00:00 +0000\r\nDate: Tue, 25", "Date"),
        (
            b"From: Ada Lovelace <ada@example.com>",
            b"From: Ada Lovelace via List <list@example.net>\r\nX-Original-From: Ada Lovelace <ada@example.com>",
            "From",
        ),
        (
            b"From: Ada Lovelace <ada@example.com>",
            b"From: 'Ada Lovelace' via List <list@example.net>\r\nReply-To: ada@example.com",
            "From",
        ),
    ],
)
def test_a_field_that_was_written_anew_is_found_where_the_old_one_was_kept(
    key: SigningKey, old: bytes, new: bytes, field: str
) -> None:
    causes = damaged(MESSAGE, partial(swapped, old, new), key, h="from:to:subject:date:message-id")
    assert one(causes) == ("field-changed", field, True)
    assert "it was written anew, and was " in causes[0].text


def test_a_from_that_a_list_rewrote_is_found_with_the_reply_to_that_it_added() -> None:
    new = b"From: Ada Lovelace via List <list@example.net>\r\nReply-To: Ada Lovelace <ada@example.com>"
    damage = partial(swapped, b"From: Ada Lovelace <ada@example.com>", new)
    causes = damaged(MESSAGE, damage, h=OVERSIGNED)
    assert [(cause.code, cause.field, cause.certain) for cause in causes] == [
        ("field-changed", "From", True),
        ("field-added", "Reply-To", True),
    ]


def test_a_to_that_was_taken_away_is_found_where_the_recipient_is_kept() -> None:
    message = re.sub(rb"To: .*\r\n\t.*\r\n", b"To: <grace@example.org>\r\n", MESSAGE)
    damage = partial(swapped, b"To: <grace@example.org>", b"Delivered-To: grace@example.org")
    assert one(damaged(message, damage, h=OVERSIGNED)) == ("field-removed", "To", True)


@BOTH
@pytest.mark.parametrize("glue", ["; ", ";", ";\r\n "])
@pytest.mark.parametrize(
    "order",
    [
        lambda tags: [*tags[:2], tags[3], tags[2], *tags[4:]],
        lambda tags: [*tags[:1], *tags[2:-1], tags[1], tags[-1]],
        sorted,
    ],
)
def test_tags_in_another_order_are_found(
    key: SigningKey, glue: str, order: Callable[[list[bytes]], list[bytes]]
) -> None:
    raw = forge(key=key, glue=glue)
    field, _, rest = raw.partition(b"\r\nReceived")
    tags = [tag.strip() for tag in field.partition(b": ")[2].split(b";")]
    changed = b"DKIM-Signature: " + glue.encode().join(order(tags)) + b"\r\nReceived" + rest
    assert changed != raw
    assert one(list(explained(changed, key).causes)) == ("signature-field", "DKIM-Signature", True)


def test_a_copy_in_z_tells_the_old_value() -> None:
    z = "Message-ID:<1@example.com>|Subject:=20Figures=20=20for=20the=20quarter|X:y"
    causes = damaged(MESSAGE, lambda raw: raw.replace(b"<1@", b"<2@"), z=z)
    assert one(causes) == ("field-changed", "Message-ID", True)
    assert "from '<1@example.com>' to '<2@example.com>'" in causes[0].text
    causes = damaged(
        MESSAGE, lambda raw: raw.replace(b"<1@", b"<2@").replace(b"Karen", b"k").replace(b"karen", b"k"), z=z
    )
    assert one(causes) == ("field-changed", "Message-ID", False)


def test_another_key_is_told_from_a_changed_message() -> None:
    raw = forge()
    causes = list(explained(raw, rsa_key(number=1)).causes)
    assert one(causes) == ("other-key", "", True)
    damaged_b = re.sub(rb"; b=(....)", rb"; b=AAAA", raw)
    assert one(list(explained(damaged_b).causes))[0] == "other-key"
    assert codes(raw.replace(b"t=%d" % (NOW - 60), b"t=%d" % (NOW - 61))) == ["header-changed"]


def test_a_refolded_signature_field_is_found() -> None:
    raw = forge(c="simple/simple", glue=";\r\n ")
    changed = raw.replace(b";\r\n s=", b"; s=").replace(b";\r\n", b";")
    causes = list(explained(raw.replace(b";\r\n ", b";\r\n\t")).causes)
    assert one(causes)[:2] == ("signature-field", "DKIM-Signature")
    assert codes(changed) == ["header-changed"]


def test_another_canonicalisation_of_the_header_is_found() -> None:
    raw = forge(c="simple/simple", glue=";\r\n ")
    field, _, rest = raw.partition(b"\r\nReceived")
    relaxed = forge(c="relaxed/simple", glue=";\r\n ").partition(b" b=")[2].partition(b"\r\n")[0]
    assert relaxed
    lying = re.sub(rb"b=[^;\r]+\Z", b"b=" + relaxed, field) + b"\r\nReceived" + rest
    assert codes(lying) in (["header-changed"], ["other-canonicalization"])


# -- with the original


@BOTH
@pytest.mark.parametrize("c", ["relaxed/relaxed", "simple/simple"])
def test_with_the_original_everything_is_compared(key: SigningKey, c: str) -> None:
    raw = forge(key=key, c=c)
    changed = raw.replace(b"<1@", b"<2@").replace(b"Hello", b"Hallo").replace(b"Grace Hopper", b"G. Hopper")
    for original in (raw, MESSAGE):
        causes = explained(changed, key, original).causes
        assert [(cause.code, cause.field, cause.certain) for cause in causes] == [
            ("body-changed", "", True),
            ("field-changed", "To", True),
            ("field-changed", "Message-ID", True),
        ]
        assert "from line 1 on: it was 'Hello" in causes[0].text


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"-- \r\nAda", b"--   \r\nAda\t", "trailing-blanks"),
        (b"Ada\r\n", b"Ada\r\nfooter\r\n", "footer-added"),
        (b"the figures\t are attached. ", b"the\r\nfigures\r\nare attached.", "re-wrapped"),
        (b"are attached", b"are\xc2\xa0attached", "body-changed"),
    ],
)
def test_with_the_original_a_changed_body_is_classified(old: bytes, new: bytes, code: str) -> None:
    raw = forge(c="simple/simple")
    field, _, body = raw.partition(b"\r\n\r\n")
    assert codes(field + b"\r\n\r\n" + body.replace(old, new), original=raw) == [code]


def test_with_the_original_a_changed_boundary_is_found() -> None:
    raw = forge(MIXED)
    changed = raw.replace(b"--one", b"--other").replace(b'"one"', b'"other"')
    assert codes(changed, original=raw) == ["boundary", "field-changed"]
    several = re.sub(rb"--one(-*)\r", lambda found: b"--x%d%b\r" % (len(found[1]), found[1]), raw)
    assert codes(several, original=raw)[0] in ("boundary", "body-changed")


def test_with_the_original_white_space_in_fields_is_told_from_a_change() -> None:
    raw = forge(c="simple/simple")
    assert codes(raw.replace(b"Date: ", b"DATE:  "), original=raw) == ["white-space"]


def test_a_wrong_original_is_said_to_be_wrong() -> None:
    changed = forge().replace(b"Hello", b"Hallo")
    assert codes(changed, original=MESSAGE.replace(b"Hello", b"Hullo")) == ["wrong-original"]


# -- several signatures, and bounds


def test_each_signature_has_its_own_causes() -> None:
    raw = forge(forge(key=ed25519_key(), s="s2"), h="from:subject")
    changed = raw.replace(b"<1@", b"<2@").replace(b"Subject: ", b"Subject: [x] ")
    found = diagnose(changed, resolve=zone(rsa_key(), ed25519_key()), now=seconds())
    assert [cause.code for cause in found.of(0)] == ["field-changed"]
    assert [cause.code for cause in found.of(1)] == ["header-changed"]
    assert str(found).count("\n") == 3
    assert found.lines[0] == "signature 1: Subject: text was put before it: '[x]'"
    assert explained(forge(v="2")).lines == ("v= is '2'; this is version 1",)


@pytest.mark.parametrize(
    "body",
    [
        b" " * 300_000 + b"x\r\n",
        b"\t \t" * 100_000 + b"\r\n",
        b"x\r\n" * 100_000,
        b"--x\r\n" * 60_000,
        b"<img " * 60_000,
        b"<img x>" * 40_000,
        b"A" * 300_000,
        b"=\r\n" * 100_000,
        b"\r" * 200_000,
        b"\n" * 200_000,
        b"!\r\n" * 80_000,
    ],
    ids=["blanks", "tabs", "lines", "dashes", "tags", "images", "one", "soft", "cr", "lf", "marks"],
)
def test_the_work_is_bounded(body: bytes) -> None:
    raw = forge(plain(b"Hello.\r\n")).replace(b"Hello.", body)
    start = process_time()
    assert codes(raw) != []
    assert process_time() - start < 8


def test_long_fields_are_bounded() -> None:
    for value in (b" " * 60_000 + b"x", b"[" * 60_000, b"<" * 60_000, b"a, " * 20_000, b"=?" * 30_000, b'"a" <' * 9000):
        raw = forge().replace(b"Subject: ", b"Subject: " + value).replace(b"To: ", b"To: @" + value)
        start = process_time()
        assert codes(raw) == ["header-changed"]
        assert process_time() - start < 4


FROM = b"From: ada@example.com\r\n"
LARGE = [b"X-%d: %b\r\n" % (number, b"a b c, d <e@f>; charset=x " * 300) for number in range(400)]
COSTLY: dict[str, tuple[bytes, dict[str, Any]]] = {  # Any: tags of `forge`
    "one content type, often": (
        FROM + b"Content-Type: a/b; boundary=b\r\n" * 20_000 + b"\r\n--c\r\n" + b"x\r\n" * 100_000,
        {"bh": "AAAA"},
    ),
    "parts that are alike": (FROM + b"\r\n" + b"--b\r\n" * 64 + b"x\r\n" * 300_000, {"bh": "AAAA"}),
    "blanks after dashes": (FROM + b"\r\n--a" + b" " * 10**6 + b"x\r\n", {"bh": "AAAA"}),
    "many large fields": (
        FROM + b"".join(LARGE) + b"\r\nx\r\n",
        {"h": "from:" + ":".join([f"x-{number}" for number in range(400)])},
    ),
    "blanks in a field": (FROM + b"X: " + b" " * 10**6 + b"\r\n\r\nx\r\n", {"h": "from:x", "c": "simple/simple"}),
    "a field of words": (FROM + b"X: " + b"a " * 10**6 + b"\r\n\r\nx\r\n", {"h": "from:x", "c": "simple/simple"}),
}


@pytest.mark.parametrize("name", COSTLY)
def test_no_message_makes_it_slow(name: str) -> None:
    raw, tags = COSTLY[name]
    raw = forge(raw, **tags).replace(b"ada@", b"adb@")
    start = process_time()
    assert codes(raw)[-1] == "header-changed"
    assert process_time() - start < 4


@given(st.binary(max_size=120), st.integers(0, 1300), st.integers(0, 30))
def test_nothing_in_a_message_raises(octets: bytes, at: int, size: int) -> None:
    raw = forge(MIXED, z="From:x|Subject", c="simple/relaxed")
    explained(raw[:at] + octets + raw[at + size :])


@given(st.binary(max_size=40))
def test_a_key_that_is_none_has_no_numbers(octets: bytes) -> None:
    header_repairs.modulus(octets)
    header_repairs.modulus(rsa_key().public_octets[:30] + octets)
    assert header_repairs.digest_info(octets, 3, 3) is None


def test_the_digest_in_an_rsa_signature_is_read() -> None:
    numbers = header_repairs.modulus(rsa_key().public_octets)
    assert numbers
    assert header_repairs.digest_info(rsa_key().sign(b"d" * 32), *numbers) == b"d" * 32
    assert header_repairs.digest_info(rsa_key(number=1).sign(b"d" * 32), *numbers) is None
    assert header_repairs.digest_info(bytes(256), *numbers) is None


def test_a_record_with_pkcs1_reveals_the_digest_too() -> None:
    numbers = header_repairs.modulus(rsa_key().public_octets)
    assert numbers
    der = rsa_key().public_octets[24:]  # what stands in the BIT STRING of a 2048-bit key
    assert header_repairs.modulus(der) == numbers
    octets = record(rsa_key(), p=b64encode(der).decode())
    changed = forge().replace(b"Subject: ", b"Subject: [x] ")
    found = diagnose(changed, resolve=zone(octets), now=seconds())
    assert [cause.code for cause in found.causes] == ["field-changed"]


def test_a_budget_that_is_spent_ends_the_search() -> None:
    target = body_repairs.Target(bytes(32), "relaxed")
    assert body_repairs.find(b"\r\nHello.\r\n", 2, target, body_repairs.Budget(0)) is None
