r"""
No silent loss: where two readers could see two messages, ours finds the payload or says that something is wrong.

The shapes are those of published studies of MIME ambiguity (Inbox Invasion, CCS 2024; mime-is-broken) and of From
spoofing (Composition Kills, USENIX Security 2020), written down anew, one by one.

    a shape -> the payload in the content of some part, or a defect
"""

from __future__ import annotations

import base64

import pytest

from mimekit import DefectError, Message, parse
from tests.support.reading import read_everything

PAYLOAD = b"X5O!P%-the-payload-that-a-filter-must-see-H+H*"
B64 = base64.b64encode(PAYLOAD)
QP = PAYLOAD.replace(b"=", b"=3D").replace(b"!", b"=21")


def received(raw: bytes) -> Message:
    """Parse, having checked what holds for any octets."""
    message = parse(raw)
    assert message.to_bytes() == raw
    assert not any("\ud800" <= char <= "\udfff" for text in read_everything(message) for char in text)
    return message


def codes(message: Message) -> set[str]:
    return {defect.code for defect in message.defects}


def found(message: Message, payload: bytes = PAYLOAD) -> bool:
    return any(payload in part.content for part in message.parts)


def octets(text: str) -> bytes:
    r"""Spell a shape: lines ended by LF become CRLF; {B}, {Q} and {P} the payload encoded and as it is."""
    raw = text.replace("\n", "\r\n").encode("latin-1")
    return raw.replace(b"{B}", B64).replace(b"{Q}", QP).replace(b"{P}", PAYLOAD)


def leaf(fields: str, body: str) -> str:
    """Give a multipart of a text and one part of these fields."""
    return (
        'Content-Type: multipart/mixed; boundary="a"\n\n--a\nContent-Type: text/plain\n\nhello\n'
        f"--a\n{fields}\n\n{body}\n--a--\n"
    )


def multi(content_type: str, *, delimiter: str = "a", part: str = "Content-Transfer-Encoding: base64\n\n{B}") -> str:
    """Give a multipart whose Content-Type is spelled like that."""
    return f"{content_type}\n\n--{delimiter}\n{part}\n--{delimiter}--\n"


_APP = "Content-Type: application/octet-stream\n"

# name: (octets, whether the payload must be found, code of the defect that must be there or "" for any or none)
SHAPES: dict[str, tuple[str, bool, str]] = {
    # two fields of one name
    "two content types, multipart first": (
        "Content-Type: multipart/mixed; boundary=a\n" + multi("Content-Type: text/plain"),
        True,
        "H105",
    ),
    "two content types, text first": (
        "Content-Type: text/plain\n" + multi("Content-Type: multipart/mixed; boundary=a"),
        False,
        "H105",
    ),
    "two content types with two boundaries": (
        "Content-Type: multipart/mixed; boundary=b\n" + multi("Content-Type: multipart/mixed; boundary=a"),
        False,
        "H105",
    ),
    "two transfer encodings, base64 first": (
        leaf(_APP + "Content-Transfer-Encoding: base64\nContent-Transfer-Encoding: quoted-printable", "{B}"),
        True,
        "H105",
    ),
    "two transfer encodings, base64 last": (
        leaf(_APP + "Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64", "{B}"),
        False,
        "H105",
    ),
    "two dispositions": (
        leaf("Content-Disposition: inline\nContent-Disposition: attachment; filename=x.exe", "{P}"),
        True,
        "H105",
    ),
    # boundaries
    "two boundaries, the right one first": (
        multi("Content-Type: multipart/mixed; boundary=a; boundary=b"),
        True,
        "M004",
    ),
    "two boundaries, the right one last": (
        multi("Content-Type: multipart/mixed; boundary=b; boundary=a"),
        False,
        "M004",
    ),
    "boundary plain and extended": (
        multi("Content-Type: multipart/mixed; boundary=b; boundary*=utf-8''a"),
        True,
        "M004",
    ),
    "boundary extended and plain": (
        multi("Content-Type: multipart/mixed; boundary*=utf-8''a; boundary=b"),
        True,
        "M004",
    ),
    "boundary plain right, extended wrong": (
        multi("Content-Type: multipart/mixed; boundary=a; boundary*=utf-8''b"),
        False,
        "M004",
    ),
    "boundary extended": (multi("Content-Type: multipart/mixed; boundary*=utf-8''a"), True, ""),
    "boundary extended, percent": (multi("Content-Type: multipart/mixed; boundary*=utf-8''%61"), True, ""),
    "boundary extended, utf-16": (multi("Content-Type: multipart/mixed; boundary*=utf-16be''%00a"), True, ""),
    "boundary in sections": (
        multi("Content-Type: multipart/mixed; boundary*0=a; boundary*1=b", delimiter="ab"),
        True,
        "",
    ),
    "boundary in sections out of order": (
        multi("Content-Type: multipart/mixed; boundary*1=b; boundary*0=a", delimiter="ab"),
        True,
        "",
    ),
    "boundary in sections with a gap": (
        multi("Content-Type: multipart/mixed; boundary*0=a; boundary*2=b", delimiter="ab"),
        False,
        "E062",
    ),
    "boundary in sections without the first": (
        multi("Content-Type: multipart/mixed; boundary*1=a"),
        False,
        "E062",
    ),
    "boundary in sections, one twice": (
        multi("Content-Type: multipart/mixed; boundary*0=a; boundary*0=b; boundary*1=c", delimiter="ac"),
        False,
        "E062",
    ),
    "boundary in an encoded word": (multi('Content-Type: multipart/mixed; boundary="=?utf-8?q?a?="'), False, "M027"),
    "boundary with a space at its end": (multi('Content-Type: multipart/mixed; boundary="a "'), True, "M023"),
    "boundary with a space before it": (
        multi('Content-Type: multipart/mixed; boundary=" a"', delimiter=" a"),
        True,
        "",
    ),
    "delimiter with a space at its end": (
        "Content-Type: multipart/mixed; boundary=a\n\n--a \nContent-Transfer-Encoding: base64\n\n{B}\n--a-- \n",
        True,
        "",
    ),
    "delimiter with text after it": (
        "Content-Type: multipart/mixed; boundary=a\n\n--a x\nContent-Transfer-Encoding: base64\n\n{B}\n--a--\n",
        False,
        "M030",
    ),
    "delimiter behind a space": (
        "Content-Type: multipart/mixed; boundary=a\n\n --a\nContent-Transfer-Encoding: base64\n\n{B}\n --a--\n",
        False,
        "M027",
    ),
    "boundary with an escape": (multi('Content-Type: multipart/mixed; boundary="a\\"b"', delimiter='a"b'), True, ""),
    "boundary with a needless escape": (multi('Content-Type: multipart/mixed; boundary="\\a"'), True, ""),
    "boundary with a quote that does not end": (multi('Content-Type: multipart/mixed; boundary="a'), True, "M002"),
    "boundary with a quote in the middle": (multi('Content-Type: multipart/mixed; boundary=a"b'), False, "M005"),
    "boundary in single quotes": (multi("Content-Type: multipart/mixed; boundary='a'", delimiter="'a'"), True, ""),
    "boundary with a semicolon, unquoted": (
        multi("Content-Type: multipart/mixed; boundary=a;b", delimiter="a;b"),
        False,
        "M002",
    ),
    "boundary empty": (multi('Content-Type: multipart/mixed; boundary=""', delimiter=""), False, "M020"),
    "boundary missing": (multi("Content-Type: multipart/mixed"), False, "M020"),
    "boundary with characters of no boundary": (
        multi('Content-Type: multipart/mixed; boundary="a@b"', delimiter="a@b"),
        True,
        "M021",
    ),
    "boundary of 71 octets": (
        multi(f"Content-Type: multipart/mixed; boundary={'a' * 71}", delimiter="a" * 71),
        True,
        "M022",
    ),
    "boundary of 3000 octets": (
        multi(f"Content-Type: multipart/mixed; boundary={'a' * 3000}", delimiter="a" * 3000),
        False,
        "L013",
    ),
    "boundary in upper case": (multi("Content-Type: multipart/mixed; boundary=A"), False, "M027"),
    "boundary 8-bit": (multi("Content-Type: multipart/mixed; boundary=\xe9", delimiter="\xe9"), True, "E065"),
    "equals sign with a space before": (multi("Content-Type: multipart/mixed; boundary =a"), True, "M002"),
    "equals sign with a space after": (multi("Content-Type: multipart/mixed; boundary= a"), True, "M002"),
    "equals sign with a tab": (multi("Content-Type: multipart/mixed; boundary\t=\ta"), True, "M002"),
    "equals sign on the next line": (multi("Content-Type: multipart/mixed; boundary\n =a"), True, "M002"),
    "no semicolon before the boundary": (multi("Content-Type: multipart/mixed boundary=a"), False, "M002"),
    "comma before the boundary": (multi("Content-Type: multipart/mixed, boundary=a"), False, "M001"),
    "colon after the boundary": (multi("Content-Type: multipart/mixed; boundary:a"), False, "M002"),
    "boundary of a text": (multi("Content-Type: text/plain; boundary=a"), False, ""),
    # nesting
    "parent and child of one boundary": (
        (
            "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=a\n\n"
            "--a\nContent-Transfer-Encoding: base64\n\n{B}\n--a--\n--a--\n"
        ),
        True,
        "M027",
    ),
    "child begins with the parent's boundary": (
        (
            "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=ab\n\n"
            "--ab\nContent-Transfer-Encoding: base64\n\n{B}\n--ab--\n--a--\n"
        ),
        True,
        "",
    ),
    "parent begins with the child's boundary": (
        (
            "Content-Type: multipart/mixed; boundary=ab\n\n--ab\nContent-Type: multipart/mixed; boundary=a\n\n"
            "--a\nContent-Transfer-Encoding: base64\n\n{B}\n--a--\n--ab--\n"
        ),
        True,
        "",
    ),
    "child's boundary is the parent's close-delimiter": (
        (
            "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=a--\n\n"
            "--a--\nContent-Transfer-Encoding: base64\n\n{B}\n--a----\n--a--\n"
        ),
        False,
        "",
    ),
    "delimiter inside a header": (
        (
            "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/plain\n--a\n"
            "Content-Transfer-Encoding: base64\n\n{B}\n--a--\n"
        ),
        True,
        "",
    ),
    "close-delimiter inside a header": (
        "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Transfer-Encoding: base64\n--a--\n\n{B}\n",
        False,
        "M035",
    ),
    "no close-delimiter": (
        "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Transfer-Encoding: base64\n\n{B}\n",
        True,
        "M028",
    ),
    "no opening delimiter": ("Content-Type: multipart/mixed; boundary=a\n\n{P}\n", False, "M027"),
    "nothing but a close-delimiter": ("Content-Type: multipart/mixed; boundary=a\n\n{P}\n--a--\n", False, "M029"),
    "payload in the preamble": (
        "Content-Type: multipart/mixed; boundary=a\n\nContent-Transfer-Encoding: base64\n\n{B}\n--a\n\nx\n--a--\n",
        False,
        "M031",
    ),
    "payload in the epilogue": (
        (
            "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--a--\n"
            "--a\nContent-Transfer-Encoding: base64\n\n{B}\n--a--\n"
        ),
        False,
        "",
    ),
    "delimiters with lone LF": (
        "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Transfer-Encoding: base64\n\n{B}\n--a--\n",
        True,
        "",
    ),
    # the type
    "comment before the type": (multi("Content-Type: (x) multipart/mixed; boundary=a"), True, ""),
    "comment inside the type": (multi("Content-Type: multi(x)part/mixed; boundary=a"), False, "M001"),
    "comment after the slash": (multi("Content-Type: multipart/(x)mixed; boundary=a"), True, ""),
    "comment after the subtype": (multi("Content-Type: multipart/mixed (x); boundary=a"), True, ""),
    "comment before the boundary": (multi("Content-Type: multipart/mixed; (x) boundary=a"), True, ""),
    "comment before the value": (multi("Content-Type: multipart/mixed; boundary=(x)a"), True, "M002"),
    "comment after the value": (multi("Content-Type: multipart/mixed; boundary=a(x)"), True, ""),
    "comment that holds a boundary": (multi("Content-Type: multipart/mixed; (; boundary=b) boundary=a"), True, ""),
    "comment that does not end": (multi("Content-Type: multipart/mixed; (boundary=a"), False, "M002"),
    "comment nested": (multi("Content-Type: multipart/mixed; ((x)y) boundary=a"), True, ""),
    "type in quotes": (multi('Content-Type: "multipart/mixed"; boundary=a'), False, "M001"),
    "type with spaces around the slash": (multi("Content-Type: multipart / mixed; boundary=a"), True, ""),
    "type in upper case": (multi("Content-Type: MULTIPART/MIXED; BOUNDARY=a"), True, ""),
    "type without a slash": (multi("Content-Type: multipart; boundary=a"), False, "M001"),
    "type with an x-": (multi("Content-Type: x-multipart/mixed; boundary=a"), False, ""),
    "type unknown subtype": (multi("Content-Type: multipart/x-nobody-knows; boundary=a"), True, ""),
    "type in an encoded word": (multi("Content-Type: =?utf-8?q?multipart/mixed?=; boundary=a"), False, "M001"),
    "type empty": (multi("Content-Type: ; boundary=a"), False, "M001"),
    "type missing": (multi("X: y"), False, ""),
    "multipart in base64": (
        "Content-Type: multipart/mixed; boundary=a\nContent-Transfer-Encoding: base64\n\n"
        + base64.b64encode(b"--a\r\n\r\n" + PAYLOAD + b"\r\n--a--\r\n").decode()
        + "\n",
        False,
        "M034",
    ),
    "message in base64": (
        leaf(
            "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64",
            base64.b64encode(b"Subject: x\r\n\r\n" + PAYLOAD).decode(),
        ),
        True,
        "M034",
    ),
    "message/global in base64": (
        leaf(
            "Content-Type: message/global\nContent-Transfer-Encoding: base64",
            base64.b64encode(b"Subject: x\r\n\r\n" + PAYLOAD).decode(),
        ),
        True,
        "",
    ),
    # the transfer encoding
    "encoding with a semicolon": (leaf(_APP + "Content-Transfer-Encoding: base64;", "{B}"), False, "E001"),
    "encoding with a parameter": (leaf(_APP + "Content-Transfer-Encoding: base64; x=y", "{B}"), False, "E001"),
    "encoding in quotes": (leaf(_APP + 'Content-Transfer-Encoding: "base64"', "{B}"), False, "E001"),
    "encoding with a comment": (leaf(_APP + "Content-Transfer-Encoding: base64 (x)", "{B}"), True, ""),
    "encoding behind a comment": (leaf(_APP + "Content-Transfer-Encoding: (x) base64", "{B}"), False, "E001"),
    "encoding with text after it": (leaf(_APP + "Content-Transfer-Encoding: base64 junk", "{B}"), False, "E001"),
    "encodings with a comma": (leaf(_APP + "Content-Transfer-Encoding: 7bit, base64", "{B}"), False, "E001"),
    "encoding in mixed case": (leaf(_APP + "Content-Transfer-Encoding: BaSe64", "{B}"), True, ""),
    "encoding on the next line": (leaf(_APP + "Content-Transfer-Encoding:\n base64", "{B}"), True, ""),
    "encoding x-base64": (leaf(_APP + "Content-Transfer-Encoding: x-base64", "{B}"), False, "E002"),
    "encoding unknown": (leaf(_APP + "Content-Transfer-Encoding: gzip64", "{B}"), False, "E002"),
    "encoding empty": (leaf(_APP + "Content-Transfer-Encoding:", "{B}"), False, "E001"),
    "encoding behind U+2000": (leaf(_APP + "Content-Transfer-Encoding: \xe2\x80\x80base64", "{B}"), False, "E001"),
    "encoding with NUL": (leaf(_APP + "Content-Transfer-Encoding: base64\x00", "{B}"), False, "H003"),
    "encoding field with a space before the colon": (
        leaf(_APP + "Content-Transfer-Encoding : base64", "{B}"),
        True,
        "H011",
    ),
    "encoding uuencode": (
        leaf(_APP + "Content-Transfer-Encoding: x-uuencode", "begin 644 x\n#86)C\n`\nend\n{P}"),
        False,
        "E002",
    ),
    # base64
    "base64 with data after padding": (
        leaf(
            _APP + "Content-Transfer-Encoding: base64",
            base64.b64encode(PAYLOAD[:10]).decode() + "\n" + base64.b64encode(PAYLOAD[10:]).decode(),
        ),
        True,
        "E012",
    ),
    "base64 with padding after each quad": (
        leaf(
            _APP + "Content-Transfer-Encoding: base64",
            "".join([base64.b64encode(PAYLOAD[at : at + 1]).decode() for at in range(len(PAYLOAD))]),
        ),
        True,
        "E012",
    ),
    "base64 with junk": (
        leaf(_APP + "Content-Transfer-Encoding: base64", "!".join(B64.decode())),
        True,
        "E010",
    ),
    "base64 without padding": (
        leaf(_APP + "Content-Transfer-Encoding: base64", B64.decode().rstrip("=")),
        True,
        "E011",
    ),
    "base64 with too much padding": (leaf(_APP + "Content-Transfer-Encoding: base64", "{B}===="), True, "E011"),
    "base64 with blanks between the digits": (
        leaf(_APP + "Content-Transfer-Encoding: base64", " ".join(B64.decode())),
        True,
        "",
    ),
    "base64 with empty lines": (
        leaf(_APP + "Content-Transfer-Encoding: base64", "\n\n".join([B64.decode()[:7], B64.decode()[7:]])),
        True,
        "",
    ),
    "base64 with NUL between the digits": (
        leaf(_APP + "Content-Transfer-Encoding: base64", "\x00".join(B64.decode())),
        True,
        "E010",
    ),
    "base64 in the alphabet of URLs": (
        leaf(_APP + "Content-Transfer-Encoding: base64", base64.urlsafe_b64encode(PAYLOAD + b"\xff\xfe\xfb").decode()),
        False,
        "E010",
    ),
    "base64 in one long line": (
        leaf(_APP + "Content-Transfer-Encoding: base64", base64.b64encode(b"x" * 3000 + PAYLOAD).decode()),
        True,
        "",
    ),
    # quoted-printable
    "quoted-printable with a bad escape": (
        leaf(_APP + "Content-Transfer-Encoding: quoted-printable", "=4X{Q}=H4"),
        True,
        "E020",
    ),
    "quoted-printable in lower case": (
        leaf(_APP + "Content-Transfer-Encoding: quoted-printable", "{Q}=c3=a9"),
        True,
        "E021",
    ),
    "quoted-printable with a space at a soft break": (
        leaf(
            _APP + "Content-Transfer-Encoding: quoted-printable",
            QP.decode()[:20] + "= \n" + QP.decode()[20:],
        ),
        True,
        "",
    ),
    "quoted-printable with raw octets": (
        leaf(_APP + "Content-Transfer-Encoding: quoted-printable", "{Q}\xe9"),
        True,
        "E024",
    ),
    "quoted-printable cut in an escape": (
        leaf(_APP + "Content-Transfer-Encoding: quoted-printable", "{Q}=4"),
        True,
        "E020",
    ),
    # the header block
    "line without a colon in a header": (
        leaf("Content-Type: application/octet-stream\njunk line\nContent-Transfer-Encoding: base64", "{B}"),
        True,
        "H012",
    ),
    "line without a colon before a header": (
        leaf("junk line\nContent-Transfer-Encoding: base64", "{B}"),
        False,
        "",
    ),
    "continuation before a header": (leaf(" x: y\nContent-Transfer-Encoding: base64", "{B}"), True, "H013"),
    "line of white space in a header": (
        leaf(_APP + "X: y\n \nContent-Transfer-Encoding: base64", "{B}"),
        True,
        "H014",
    ),
    "lone CR in a header": (leaf(_APP + "X: y\rContent-Transfer-Encoding: base64", "{B}"), False, "H002"),
    "lone CR before the empty line": (leaf(_APP + "Content-Transfer-Encoding: base64\r", "{B}"), True, "H002"),
    "NUL in a field name": (leaf(_APP + "Content-\x00Transfer-Encoding: base64", "{B}"), False, "H003"),
    "field name folded": (leaf(_APP + "Content-Transfer-Encoding\n : base64", "{B}"), False, "M035"),
    "field name 8-bit": (leaf(_APP + "Content-Transf\xe9r-Encoding: base64", "{B}"), False, "H010"),
    "colon alone": (leaf(_APP + ":\nContent-Transfer-Encoding: base64", "{B}"), True, "H010"),
    "no empty line after the header": (
        "Content-Type: text/plain\n{P}\nmore\n",
        True,
        "H015",
    ),
    "message without header": ("{P}\n\nmore\n", True, "H015"),
    "line of an mbox": (
        "From a@b.test Tue Nov 24 12:00:00 2026\nContent-Transfer-Encoding: base64\n\n{B}\n",
        True,
        "H016",
    ),
    # text
    "charset unknown": (leaf("Content-Type: text/plain; charset=nobody-knows", "{P}"), True, "E031"),
    "charset utf-7": (leaf("Content-Type: text/plain; charset=utf-7", "{P}+AGE-"), True, ""),
    "charset utf-16 of ASCII octets": (leaf("Content-Type: text/plain; charset=utf-16", "{P}"), True, ""),
    "charset ascii with 8-bit": (leaf("Content-Type: text/plain; charset=us-ascii", "{P}\xe9"), True, "E033"),
    "8-bit declared as 7-bit": (leaf("Content-Transfer-Encoding: 7bit", "{P}\xe9"), True, "E003"),
    "NUL in a text": (leaf("Content-Type: text/plain", "{P}\x00x"), True, "H003"),
    "uuencoded file in a text": (leaf("Content-Type: text/plain", "{P}\nbegin 644 x.zip\n#86)C\n`\nend"), True, ""),
    "message/partial": (
        leaf("Content-Type: message/partial; id=x; number=1; total=2", "Subject: x\n\n{P}"),
        True,
        "",
    ),
    "message/external-body": (
        leaf("Content-Type: message/external-body; access-type=x", "Content-Type: text/plain\n\n{P}"),
        True,
        "",
    ),
}


# Leaves that no reader takes for anything else.
PLAIN = {"boundary of a text", "type with an x-", "type missing"}


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_gives_the_payload_or_a_defect_mime_is_broken_117(name: str) -> None:
    shape, visible, code = SHAPES[name]
    message = received(octets(shape))
    if visible:
        assert found(message)
    if code:
        assert code in codes(message)
        with pytest.raises(DefectError):
            parse(message.to_bytes(), strict=True)


@pytest.mark.parametrize("name", SHAPES)
def test_no_shape_is_lost_in_silence_mime_is_broken_117(name: str) -> None:
    message = received(octets(SHAPES[name][0]))
    assert found(message) or message.defects or name in PLAIN


def test_the_shapes_are_many_117() -> None:
    assert len(SHAPES) >= 60


def test_a_boundary_of_parent_and_child_is_named_117() -> None:
    assert "M026" in codes(received(octets(SHAPES["parent and child of one boundary"][0])))


# -- names of files

# name: (fields of the part, the name that is read, code of a defect that must be there or "")
NAMES: dict[str, tuple[str, str | None, str]] = {
    "CVE-2024-39929 (113)": ("Content-Disposition: attachment; filename*0*=utf-8''a.e;\n filename*1=xe", "a.exe", ""),
    "Stalwart 1972 (114)": ("Content-Disposition: attachment; filename*=utf-8''m%2Eexe", "m.exe", ""),
    "plain and extended (113)": (
        "Content-Disposition: attachment; filename=a.txt; filename*=utf-8''a.exe",
        "a.exe",
        "E063",
    ),
    "extended and plain (113)": (
        "Content-Disposition: attachment; filename*=utf-8''a.exe; filename=a.txt",
        "a.exe",
        "E063",
    ),
    "plain and sections (113)": (
        "Content-Disposition: attachment; filename=a.txt; filename*0=a.e; filename*1=xe",
        "a.exe",
        "E063",
    ),
    "extended and sections (113)": (
        "Content-Disposition: attachment; filename*=utf-8''a.exe; filename*0=a.; filename*1=txt",
        "a.exe",
        "E062",
    ),
    "two plain (113)": ("Content-Disposition: attachment; filename=a.exe; filename=a.txt", "a.exe", "M004"),
    "two extended (113)": (
        "Content-Disposition: attachment; filename*=utf-8''a.exe; filename*=utf-8''a.txt",
        "a.exe",
        "M004",
    ),
    "sections out of order (113)": (
        "Content-Disposition: attachment; filename*1=xe; filename*0=a.e",
        "a.exe",
        "",
    ),
    "sections with a gap (113)": (
        "Content-Disposition: attachment; filename*0=a.e; filename*2=xe",
        "a.exe",
        "E062",
    ),
    "sections without the first (113)": ("Content-Disposition: attachment; filename*1=a.exe", None, "E062"),
    "sections with a leading zero (113)": (
        "Content-Disposition: attachment; filename*00=a.; filename*01=exe",
        None,
        "E062",
    ),
    "name alone (113)": ("Content-Type: a/b; name=a.exe", "a.exe", ""),
    "name extended (113)": ("Content-Type: a/b; name*=utf-8''a%2eexe", "a.exe", ""),
    "name in encoded words (113)": ('Content-Type: a/b; name="=?utf-8?q?a.exe?="', "a.exe", "E064"),
    "filename in encoded words (113)": (
        'Content-Disposition: attachment; filename="=?utf-8?b?YS5leGU=?="',
        "a.exe",
        "E064",
    ),
    "filename in unquoted encoded words (113)": (
        "Content-Disposition: attachment; filename==?utf-8?b?YS5leGU=?=",
        "a.exe",
        "E064",
    ),
    "filename with a space (113)": ("Content-Disposition: attachment; filename=my file.exe", "my file.exe", "M005"),
    "filename with a semicolon in quotes (113)": (
        'Content-Disposition: attachment; filename="a;b.exe"',
        "a;b.exe",
        "",
    ),
    "filename with a quote that does not end (113)": (
        'Content-Disposition: attachment; filename="a.exe',
        "a.exe",
        "M002",
    ),
    "filename with a NUL (113)": ("Content-Disposition: attachment; filename=a.exe\x00.txt", None, "H003"),
    "filename with an encoded NUL (113)": (
        "Content-Disposition: attachment; filename*=utf-8''a.exe%00.txt",
        "a.exe\x00.txt",
        "X002",
    ),
    "filename 8-bit (113)": ("Content-Disposition: attachment; filename=\xe9.exe", "\xe9.exe", "E065"),
    "filename with a broken percent (113)": (
        "Content-Disposition: attachment; filename*=utf-8''a%2.exe",
        "a%2.exe",
        "E061",
    ),
    "filename of an unknown charset (113)": (
        "Content-Disposition: attachment; filename*=nobody''a.exe",
        "a.exe",
        "E061",
    ),
    "filename without a disposition (113)": ("Content-Disposition: filename=a.exe", "a.exe", "M120"),
    "filename without a semicolon (113)": ("Content-Disposition: attachment filename=a.exe", None, "M002"),
    "filename behind a comment (113)": ("Content-Disposition: attachment; (x) filename=a.exe", "a.exe", ""),
    "bidi override (113)": (
        "Content-Disposition: attachment; filename*=utf-8''a%E2%80%AEfdp.exe",
        "a\u202efdp.exe",
        "",
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_file_is_found_or_a_defect_says_why(name: str) -> None:
    fields, filename, code = NAMES[name]
    message = received(octets(leaf(fields, "{P}")))
    part = message.root.children[1]
    if filename is not None:
        assert part.filename == filename
    if code:
        assert code in codes(message)
    assert (part.filename or "").endswith(".exe") or message.defects


@pytest.mark.parametrize("name", ["a.ex\\e", "a\\.exe", "\\a.exe"])
def test_a_backslash_that_readers_drop_is_a_defect_113(name: str) -> None:
    message = received(octets(f'Content-Disposition: attachment; filename="{name}"\n\nx'))
    assert message.root.filename == name
    assert codes(message) == {"X016"}


def test_every_form_of_a_name_stays_reachable_cve_2024_39929_113() -> None:
    fields = (
        "Content-Type: a/b; name=one.txt\n"
        "Content-Disposition: attachment; filename=two.txt; filename*0=thr; filename*1=ee.txt; "
        "filename*=utf-8''four.exe"
    )
    part = received(octets(leaf(fields, "x"))).root.children[1]
    assert part.filename == "four.exe"
    assert part.content_type.params["name"] == "one.txt"
    assert part.disposition is not None
    assert [octets for _, octets in part.disposition.parameters.raw] == [
        b"two.txt",
        b"thr",
        b"ee.txt",
        b"utf-8''four.exe",
    ]


# -- octets


def test_both_segments_of_padded_base64_are_decoded_gh_145264_115() -> None:
    message = received(b"Content-Transfer-Encoding: base64\n\nUEsDBBQAAAAIAA==\nemVkIGZpbGUgY29udGVudA==")
    assert message.content == base64.b64decode(b"UEsDBBQAAAAIAA==") + b"zed file content"
    assert "E012" in codes(message)


# -- shown From fields (what parsing itself sees)

SPOOFED = {
    "two From fields": ("From: a@evil.test\nFrom: admin@legit.test", "H104"),
    "space before the first field": (" From: a@evil.test\nFrom: admin@legit.test", "H013"),
    "space before the colon": ("From : admin@legit.test", "H011"),
    "name folded": ("X: y\nFrom\n : a@evil.test", ""),
    "source route": ("From: <@evil.test,@x.test:admin@legit.test>", "A018"),
    "two angles": ("From: <admin@legit.test> <a@evil.test>", "A041"),
    "text after the angles": ("From: <a@evil.test>admin@legit.test", "A041"),
    "quoted-pair outside quotes": ("From: <admin@legit.test>\\,<a@evil.test>", "A001"),
    "encoded word for an address": ("From: =?utf-8?b?PGFkbWluQGxlZ2l0LnRlc3Q+?=,<a@evil.test>", "A040"),
    "encoded word in an address": ("From: =?utf-8?q?admin=40legit.test?=@evil.test", "E054"),
    "encoded NUL": ("From: =?utf-8?q?a=00b?= <a@evil.test>", "X002"),
    "encoded LF": ("From: =?utf-8?q?a=0Ab?= <a@evil.test>", "X002"),
    "encoded TAB": ("Subject: =?utf-8?q?a=09b?=", ""),
    "NUL in an address": ("From: <admin@legit.test\x00@evil.test>", "H003"),
    "0x81 after an address": ("From: admin@legit.test\x81", "H008"),
    "encoded word in quotes": ('From: "=?utf-8?q?x?=" <a@evil.test>', "E053"),
    "encoded words without a space": ("From: =?utf-8?q?x?==?utf-8?q?y?= <a@evil.test>", "E055"),
    "character split over two words": ("From: =?utf-8?b?w6k=?= =?utf-8?q?=C3?= =?utf-8?q?=A9?= <a@evil.test>", "E056"),
    "malformed A-label": ("From: a@xn--example-.org", "A005"),
    "nested comment": ("From: ((((((((((((((((((x)))))))))))))))))) a@evil.test", "L009"),
    "group without end": ("From: A: a@evil.test", "A030"),
    "broken Sender": ("From: a@evil.test\nSender: a@evil.test, b@evil.test", "A033"),
}


@pytest.mark.parametrize("name", SPOOFED)
def test_a_spoofed_author_is_a_defect_composition_kills(name: str) -> None:
    fields, code = SPOOFED[name]
    message = received(octets(f"{fields}\n\nx"))
    assert not code or code in codes(message)
    assert code or message.defects or name == "encoded TAB"


# -- headers by identity


def test_deleting_is_by_identity_and_leaves_the_others_cve_2022_48521_127() -> None:
    raw = b"Authentication-Results: mx.me; dkim=pass\n" * 3 + b"A: 1\nAUTHENTICATION-RESULTS : x\nB: 2\n\nbody"
    message = received(raw)
    assert message.without_header("authentication-results").to_bytes() == b"A: 1\nB: 2\n\nbody"
    replaced = message.with_header("Authentication-Results", "mx.me; none")
    assert replaced.to_bytes() == b"Authentication-Results: mx.me; none\nA: 1\nB: 2\n\nbody"
    added = message.with_added("Authentication-Results", "mx.me; none")
    known = message.headers.all("Authentication-Results")
    assert len(known) == 4
    assert list(added.headers.all("Authentication-Results")) == ["mx.me; none", *known]


def test_siblings_of_an_encrypted_part_do_not_surround_it_efail_131() -> None:
    message = received(
        octets(
            "Content-Type: multipart/mixed; boundary=a\n\n"
            '--a\nContent-Type: text/html\n\n<img src="http://e/\n'
            '--a\nContent-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\n\n'
            "--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n"
            "--b\nContent-Type: application/octet-stream\n\n{P}\n--b--\n"
            '--a\nContent-Type: text/html\n\n">\n--a--\n'
        )
    )
    assert PAYLOAD.decode() not in (message.html or "")
    assert PAYLOAD.decode() not in (message.text or "")
    assert any(PAYLOAD in part.content for part in message.attachments)
