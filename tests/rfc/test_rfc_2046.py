"""RFC 2046 and RFC 2049: the multiparts that are printed in them."""

from __future__ import annotations

import pytest

from tests.support.reading import reads

TWO_PARTS = """\
From: Nathaniel Borenstein <nsb@bellcore.com>
To: Ned Freed <ned@innosoft.com>
Date: Sun, 21 Mar 1993 23:56:48 -0800 (PST)
Subject: Sample message
MIME-Version: 1.0
Content-type: multipart/mixed; boundary="simple boundary"

This is the preamble.  It is to be ignored, though it
is a handy place for composition agents to include an
explanatory note to non-MIME conformant readers.

--simple boundary

This is implicitly typed plain US-ASCII text.
It does NOT end with a linebreak.
--simple boundary
Content-type: text/plain; charset=us-ascii

This is explicitly typed plain US-ASCII text.
It DOES end with a linebreak.

--simple boundary--

This is the epilogue.  It is also to be ignored.
"""

COMPLEX = """\
MIME-Version: 1.0
From: Nathaniel Borenstein <nsb@nsb.fv.com>
To: Ned Freed <ned@innosoft.com>
Date: Fri, 07 Oct 1994 16:15:05 -0700 (PDT)
Subject: A multipart example
Content-Type: multipart/mixed;
              boundary=unique-boundary-1

This is the preamble area of a multipart message.
Mail readers that understand multipart format
should ignore this preamble.

If you are reading this text, you might want to
consider changing to a mail reader that understands
how to properly display multipart messages.

--unique-boundary-1

  ... Some text appears here ...

[Note that the blank between the boundary and the start
 of the text in this part means no header fields were
 given and this is text in the US-ASCII character set.
 It could have been done with explicit typing as in the
 next part.]

--unique-boundary-1
Content-type: text/plain; charset=US-ASCII

This could have been part of the previous part, but
illustrates explicit versus implicit typing of body
parts.

--unique-boundary-1
Content-Type: multipart/parallel; boundary=unique-boundary-2

--unique-boundary-2
Content-Type: audio/basic
Content-Transfer-Encoding: base64

  ... base64-encoded 8000 Hz single-channel
      mu-law-format audio data goes here ...

--unique-boundary-2
Content-Type: image/jpeg
Content-Transfer-Encoding: base64

  ... base64-encoded image data goes here ...

--unique-boundary-2--

--unique-boundary-1
Content-type: text/enriched

This is <bold><italic>enriched.</italic></bold>
<smaller>as defined in RFC 1896</smaller>

Isn't it
<bigger><bigger>cool?</bigger></bigger>

--unique-boundary-1
Content-Type: message/rfc822

From: (mailbox in US-ASCII)
To: (address in US-ASCII)
Subject: (subject in US-ASCII)
Content-Type: Text/plain; charset=ISO-8859-1
Content-Transfer-Encoding: Quoted-printable

  ... Additional text in ISO-8859-1 goes here ...

--unique-boundary-1--
"""


@pytest.mark.parametrize("text", [pytest.param(TWO_PARTS, id="RFC 2046 5.1.1")])
def test_the_line_end_before_a_delimiter_is_no_part_of_the_text(text: str) -> None:
    message = reads(text)
    first, second = message.root.children
    assert first.content == b"This is implicitly typed plain US-ASCII text.\r\nIt does NOT end with a linebreak."
    assert second.content == b"This is explicitly typed plain US-ASCII text.\r\nIt DOES end with a linebreak.\r\n"
    assert (str(first.content_type), str(second.content_type)) == ("text/plain", "text/plain; charset=us-ascii")
    assert "preamble" not in (message.text or "")
    assert "epilogue" not in (message.text or "")
    assert "error" not in {defect.severity for defect in message.defects}


@pytest.mark.parametrize("text", [pytest.param(COMPLEX, id="RFC 2049 A")])
def test_a_complex_multipart_has_its_parts_and_numbers(text: str) -> None:
    message = reads(text)
    assert [(part.number, part.content_type.maintype, part.content_type.subtype) for part in message.parts] == [
        (None, "multipart", "mixed"),
        ("1", "text", "plain"),
        ("2", "text", "plain"),
        ("3", "multipart", "parallel"),
        ("3.1", "audio", "basic"),
        ("3.2", "image", "jpeg"),
        ("4", "text", "enriched"),
        ("5", "message", "rfc822"),
        ("5.1", "text", "plain"),
    ]
    embedded = message.root.children[-1].embedded
    assert embedded is not None
    assert embedded.headers["Subject"] == "(subject in US-ASCII)"
    assert embedded.content_type.params["charset"] == "ISO-8859-1"
    assert embedded.text == "  ... Additional text in ISO-8859-1 goes here ...\n"
    assert message.text is not None
    assert message.text.startswith("  ... Some text appears here ...")
    assert "parts.\n" in message.text
    assert [str(part.content_type) for part in message.attachments][-1] == "message/rfc822"


@pytest.mark.parametrize("text", [pytest.param(COMPLEX, id="RFC 2049 A")])
def test_its_outline_in_place_of_base64_is_flagged_and_nothing_else_is_lost(text: str) -> None:
    message = reads(text)
    wrong = {defect.code for defect in message.defects if defect.severity == "error"}
    assert "E010" in wrong
    assert wrong <= {"E010", "E011"}  # what stands for the octets is no base64
