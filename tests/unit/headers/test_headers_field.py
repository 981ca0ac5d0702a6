"""One field by the kind that its name has: what is checked whatever the kind."""

from __future__ import annotations

import pytest

from mimekit import HeaderError, Message, parse


def codes(raw: bytes) -> list[str]:
    return [defect.code for defect in parse(raw + b"\n\n").defects]


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"Received: from =?utf-8?q?a=2Etest?= by b.test; 24 Nov 2026 09:05:07 +0100", ["E054"]),
        (b"Received: from a.test (=?utf-8?q?x?=) by b.test; 24 Nov 2026 09:05:07 +0100", ["E054"]),
        (b"Date: =?utf-8?q?24_Nov_2026?=", ["E054", "H201"]),
        (b"Content-Type: =?utf-8?q?text/html?=", ["E054", "M001"]),
        (b"Content-Transfer-Encoding: (x) =?utf-8?b?YmFzZTY0?=", ["E001", "E054"]),
        (b"Content-Disposition: =?utf-8?q?attachment?=", ["E054", "M002", "M120"]),
        (b"MIME-Version: =?utf-8?q?1=2E0?=", ["E054", "H117"]),
    ],
)
def test_an_encoded_word_in_a_token_a_date_or_received_is_flagged_rfc_2047_5(raw: bytes, found: list[str]) -> None:
    assert sorted(codes(raw)) == found


@pytest.mark.parametrize(
    "raw",
    [
        b"Date: 24 Nov 2026 09:05:07 +0100 (=?utf-8?q?Mitteleurop=C3=A4ische_Zeit?=)",
        b"MIME-Version: 1.0 (=?utf-8?q?von_Gr=C3=BCn?=)",
        b"Received: by b.test with =?; 24 Nov 2026 09:05:07 +0100",
        b"DKIM-Signature: v=1; b==?utf-8?q?x?=",
    ],
)
def test_an_encoded_word_in_a_comment_is_none_of_these_rfc_2047_5(raw: bytes) -> None:
    assert codes(raw) == []


def test_a_field_name_that_the_parser_would_flag_is_refused() -> None:
    made = Message(from_="a@example.com", headers={"X-" + "n" * 254: "x"})
    assert parse(made.to_bytes()).defects == ()
    with pytest.raises(HeaderError, match="has 257 characters"):
        Message(from_="a@example.com", headers={"X-" + "n" * 255: "x"})


def test_a_field_name_that_is_not_ascii_is_shown_escaped() -> None:
    (defect,) = [one for one in parse(b"X-\x9b\xc3\x28: \xff\n\n").defects if one.code == "H008"]
    assert defect.detail.isprintable()
    assert repr(parse(b"X-\xc2\x9b: a\n\n").headers).isprintable()
