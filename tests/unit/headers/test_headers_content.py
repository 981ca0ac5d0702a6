"""Content-Type, Content-Disposition, MIME-Version and the file name: RFC 2045, 2046, 2183, 2231."""

from __future__ import annotations

import pickle
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit.errors import HeaderError
from mimekit.headers.content import (
    ContentDisposition,
    ContentType,
    default_type,
    effective_filename,
    filename_flaws,
    mime_version,
    with_filename,
)
from mimekit.wire.fold import fold

if TYPE_CHECKING:
    from mimekit.defects import Flaw


def read(raw: bytes) -> tuple[ContentType | None, list[str]]:
    """Parse a type, having checked what must hold for any octets; give the value and the codes."""
    flaws: list[Flaw] = []
    value = ContentType.parse(raw, flaws)
    assert ContentType.parse(raw) == value
    assert all(0 <= start <= end <= len(raw) for _, start, end, _ in flaws)
    assert value is not None or "M001" in [flaw[0] for flaw in flaws]
    for cut in range(min(len(raw), 60)):
        ContentType.parse(raw[:cut], [])
    return value, [code for code, _, _, _ in flaws]


def placed(raw: bytes) -> tuple[ContentDisposition | None, list[str]]:
    """Parse a disposition, having checked what must hold for any octets; give the value and the codes."""
    flaws: list[Flaw] = []
    value = ContentDisposition.parse(raw, flaws)
    assert ContentDisposition.parse(raw) == value
    assert all(0 <= start <= end <= len(raw) for _, start, end, _ in flaws)
    assert value is not None or "M120" in [flaw[0] for flaw in flaws]
    for cut in range(min(len(raw), 60)):
        ContentDisposition.parse(raw[:cut], [])
    return value, [code for code, _, _, _ in flaws]


# ------------------------------------------------------------------------------------------------------- Content-Type


@pytest.mark.parametrize(
    ("raw", "essence", "parameters"),
    [
        pytest.param(
            b" text/plain; charset=us-ascii (Plain text)", "text/plain", {"charset": "us-ascii"}, id="RFC 2045 5.1"
        ),
        pytest.param(
            b' text/plain; charset="us-ascii"', "text/plain", {"charset": "us-ascii"}, id="RFC 2045 5.1 quoted"
        ),
        pytest.param(
            b' multipart/mixed; boundary="gc0pJq0M:08jU534c0p"',
            "multipart/mixed",
            {"boundary": "gc0pJq0M:08jU534c0p"},
            id="RFC 2046 5.1.1",
        ),
        pytest.param(b"TEXT/Html;Charset=UTF-8", "text/html", {"charset": "UTF-8"}, id="case of names, not of values"),
        pytest.param(b"\r\n\ttext/plain\r\n ;\r\n a=b\r\n", "text/plain", {"a": "b"}, id="folds"),
        pytest.param(b"(x) text (y) / (z) plain (w); a=b", "text/plain", {"a": "b"}, id="comments"),
        pytest.param(b"application/vnd.a+json", "application/vnd.a+json", {}, id="no parameters"),
        pytest.param(b"text/plain;", "text/plain", {}, id="a semicolon at the end"),
        pytest.param(b"text/plain (", "text/plain", {}, id="no end of a comment"),
        pytest.param(b"text/plain charset=utf-8", "text/plain", {"charset": "utf-8"}, id="no semicolon"),
    ],
)
def test_a_media_type_is_read(raw: bytes, essence: str, parameters: dict[str, str]) -> None:
    value, codes = read(raw)
    assert value is not None
    assert (value.essence, value.params) == (essence, parameters)
    assert (value.maintype, value.subtype) == tuple(essence.split("/"))
    assert codes == {b"text/plain (": ["M001"], b"text/plain charset=utf-8": ["M002"]}.get(raw, [])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"text",
        b"text/",
        b"/plain",
        b"text/plain/x",
        b"text/pl@in",
        b"te xt/plain",
        b"multi(x)part/mixed; boundary=a",
        b'"text/plain"',
        b"=?utf-8?q?multipart/mixed?=; boundary=a",
        b"; charset=utf-8",
        b"\xe4/b",
        b"text\x00/plain",
        b"(text/plain",
    ],
)
def test_what_is_no_media_type_counts_as_absent(raw: bytes) -> None:
    """RFC 2045 5.2."""
    assert read(raw) == (None, ["M001"])


def test_the_defaults_declare_no_charset() -> None:
    assert default_type("text/plain") == ContentType("text", "plain")
    assert default_type("message/rfc822").essence == "message/rfc822"
    assert default_type("text/plain").charset is None


@pytest.mark.parametrize(
    ("raw", "boundary", "octets", "codes"),
    [
        (b'multipart/mixed; boundary="a b"', "a b", b"a b", []),
        (b'multipart/mixed; boundary="a b  "', "a b  ", b"a b", ["M023"]),
        (b"multipart/mixed; boundary=" + b"a" * 71, "a" * 71, b"a" * 71, ["M022"]),
        (b'multipart/mixed; boundary="a*b"', "a*b", b"a*b", ["M021"]),
        (b'multipart/mixed; boundary="\xe4\\\\"', "\u00e4\\", b"\xe4\\", ["E065", "M021"]),
        (b"multipart/mixed; boundary=\xe4", "\u00e4", b"\xe4", ["M005", "E065", "M021"]),
        (b"multipart/mixed; boundary*=utf-8''%C3%A4", "\u00e4", b"\xc3\xa4", ["M021"]),
        (b'multipart/mixed; boundary="=?utf-8?q?a?="', "=?utf-8?q?a?=", b"=?utf-8?q?a?=", []),
        (b'multipart/mixed; boundary=""', "", b"", []),
        (b"multipart/mixed", None, None, []),
        (b'text/plain; boundary="a*b"', "a*b", b"a*b", []),
    ],
)
def test_a_boundary_is_read_to_the_octet(
    raw: bytes, boundary: str | None, octets: bytes | None, codes: list[str]
) -> None:
    value, found = read(raw)
    assert value is not None
    assert (value.boundary, value.boundary_octets) == (boundary, octets)
    assert sorted(found) == sorted(codes)


def test_raw_octets_are_read_in_the_fallback_charset() -> None:
    value = ContentType.parse(b'a/b; name="\xd4\xc5\xc3"', charset="koi8-r")
    assert value is not None
    assert value.params == {"name": "\u0442\u0435\u0446"}


@given(st.binary(max_size=60) | st.text("abtext/;=\"'()* \\<?%\r\n", max_size=60).map(str.encode))
def test_reading_never_raises(raw: bytes) -> None:
    read(raw)
    placed(raw)
    flaws: list[Flaw] = []
    version = mime_version(raw, flaws)
    assert version == (1, 0) or flaws
    assert all(0 <= start <= end <= len(raw) for _, start, end, _ in flaws)
    filename_flaws(raw, raw)
    effective_filename(ContentType.parse(raw), ContentDisposition.parse(raw))


tokens = st.text("abcXYZ019!#$%&'*+-.^_`{|}~", min_size=1, max_size=10)
attributes = st.text("abcxyz019!#$&+-.^_`{|}~", min_size=1, max_size=10).filter(lambda name: name != "boundary")
texts = st.text(
    st.characters(codec="utf-8", exclude_characters=[chr(code) for code in range(0x20) if code != 9] + ["\x7f"]),
    max_size=40,
)


@given(tokens, tokens, st.dictionaries(attributes, texts, max_size=4), st.booleans())
def test_a_media_type_that_is_written_is_read_back_equal(
    maintype: str,
    subtype: str,
    parameters: dict[str, str],
    utf8: bool,
) -> None:
    value = ContentType(maintype, subtype, parameters)
    octets = value.encode(utf8=utf8)
    assert utf8 or octets.isascii()
    assert ContentType.parse(octets) == value
    assert ContentType.parse(fold(b"Content-Type", value.pieces(utf8=utf8)).partition(b":")[2]) == value


@given(tokens, st.dictionaries(attributes, texts, max_size=4), st.booleans())
def test_a_disposition_that_is_written_is_read_back_equal(
    disposition: str,
    parameters: dict[str, str],
    utf8: bool,
) -> None:
    value = ContentDisposition(disposition, parameters)
    assert placed(value.encode(utf8=utf8))[0] == value
    octets = fold(b"Content-Disposition", value.pieces(utf8=utf8))
    assert placed(octets.partition(b":")[2])[0] == value


def test_text_is_made_a_media_type() -> None:
    value = ContentType.of('text/plain; charset=utf-8; name="a b.txt"')
    assert value == ContentType("TEXT", "Plain", {"charset": "utf-8", "Name": "a b.txt"})
    assert ContentType.of(value) is value
    assert ContentType.of('a/b; name="\u00e4.txt"').params == {"name": "\u00e4.txt"}


@pytest.mark.parametrize(
    "given_text",
    [
        "",
        "text",
        "text/plain; charset",
        "text/plain; name=a b",
        "text/plain; a=b; a=c",
        "text/plain; a=b c=d",
        "text/\u00e4",
        "text/plain\r\nBcc: x",
        'text/plain; name="a\x00"',
        'multipart/mixed; boundary="a "',
        "multipart/mixed; boundary=a*b",
        None,
        b"text/plain",
    ],
)
def test_what_is_no_media_type_raises(given_text: str) -> None:
    with pytest.raises(HeaderError):
        ContentType.of(given_text)


@pytest.mark.parametrize("part", ["", "a b", "a/b", "a;b", "\u00e4", "a\r\n", "\ud800", None])
def test_a_part_of_a_media_type_must_be_a_token(part: str) -> None:
    with pytest.raises(HeaderError, match="token"):
        ContentType(part, "plain")
    with pytest.raises(HeaderError, match="token"):
        ContentType("text", part)


@pytest.mark.parametrize("boundary", ["", "a ", " ", "a" * 71, "a*b", "a\tb", "\u00e4", 'a"b', "a;b"])
def test_a_boundary_must_follow_rfc_2046_5_1_1(boundary: str) -> None:
    with pytest.raises(HeaderError, match=r"RFC 2046 5\.1\.1"):
        ContentType("multipart", "mixed", {"boundary": boundary})


@pytest.mark.parametrize("boundary", ["a", "a" * 70, "a b", "=_a", "0'()+_,-./:=?"])
def test_a_boundary_of_bchars_is_taken(boundary: str) -> None:
    value = ContentType("multipart", "mixed", {"boundary": boundary})
    assert read(value.encode()) == (value, [])


def test_a_parameter_is_replaced_in_place_or_added() -> None:
    value = ContentType("a", "b", {"x": "1", "y": "2"})
    assert value.with_parameter("X", "3").encode() == b"a/b; x=3; y=2"
    assert value.with_parameter("z", "3").encode() == b"a/b; x=1; y=2; z=3"
    with pytest.raises(HeaderError, match="boundary"):
        value.with_parameter("boundary", "")


@pytest.mark.parametrize(
    "parameters",
    [
        {"a": "x\r\nX-Inj: 1"},
        {"x\r\nX-Inj": "1"},
        {"a b": "1"},
        {"a": "\x7f"},
        {"\u00e4": "1"},
        [("a", "1"), ("A", "2")],
    ],
)
def test_a_parameter_that_cannot_be_written_raises(parameters: dict[str, str]) -> None:
    """CVE-2026-45070 (symfony/mime), nodemailer #1840."""
    with pytest.raises(HeaderError):
        ContentType("a", "b", parameters)
    with pytest.raises(HeaderError):
        ContentDisposition("inline", parameters)


def test_a_media_type_is_a_value() -> None:
    value = ContentType.of('text/plain; charset=utf-8; name="a \\"b\\" \\\\"')
    assert pickle.loads(pickle.dumps(value)) == value
    assert hash(value) == hash(ContentType.parse(value.encode()))
    assert ContentType.of(str(value)) == value
    assert str(value) == 'text/plain; charset=utf-8; name="a \\"b\\" \\\\"'


# -------------------------------------------------------------------------------------------------------- disposition


@pytest.mark.parametrize(
    ("raw", "disposition", "filename", "codes"),
    [
        pytest.param(b" inline", "inline", None, [], id="RFC 2183 3"),
        pytest.param(
            b' attachment; filename=genome.jpeg;\r\n\tmodification-date="Wed, 12 Feb 1997 16:29:51 -0500"',
            "attachment",
            "genome.jpeg",
            [],
            id="RFC 2183 3, attachment",
        ),
        pytest.param(b"ATTACHMENT (x); filename=a", "attachment", "a", [], id="a comment"),
        pytest.param(
            b"attachment; filename*0*=utf-8''a.e;\r\n filename*1=xe", "attachment", "a.exe", [], id="CVE-2024-39929"
        ),
        pytest.param(b"attachment; filename*=utf-8''m%2Eexe", "attachment", "m.exe", [], id="percent-encoded"),
        pytest.param(b"attachment filename=a", "attachment", "a", ["M002"], id="no semicolon"),
        pytest.param(b"filename=a.pdf", "attachment", "a.pdf", ["M120", "M002"], id="no disposition"),
        pytest.param(b"; filename=a.pdf", "attachment", "a.pdf", ["M120"], id="an empty disposition"),
        pytest.param(b'"inline"; filename=a.pdf', "inline", "a.pdf", ["M120"], id="a disposition in quotes"),
        pytest.param(b"in@line; filename=a", "in", "a", ["M120", "M002"], id="no token"),
    ],
)
def test_a_disposition_is_read(raw: bytes, disposition: str, filename: str | None, codes: list[str]) -> None:
    value, found = placed(raw)
    assert value is not None
    assert (value.disposition, value.filename, found) == (disposition, filename, codes)


@pytest.mark.parametrize("raw", [b"", b" ", b";", b'"a b"', b"(attachment)"])
def test_what_is_no_disposition_is_none(raw: bytes) -> None:
    value, codes = placed(raw)
    assert value is None
    assert codes[0] == "M120"


def test_text_is_made_a_disposition() -> None:
    value = ContentDisposition.of('attachment; filename="a b.pdf"')
    assert value == ContentDisposition("Attachment", {"Filename": "a b.pdf"})
    assert value.params == {"filename": "a b.pdf"}
    assert ContentDisposition.of(value) is value
    assert ContentDisposition.of(str(value)) == value
    assert pickle.loads(pickle.dumps(value)) == value


@pytest.mark.parametrize("given_text", ["", "a b", "attachment; filename", "attachment\r\nX: y", "filename=a", None])
def test_what_is_no_disposition_raises(given_text: str) -> None:
    with pytest.raises(HeaderError):
        ContentDisposition.of(given_text)


@pytest.mark.parametrize("disposition", ["", "a b", "\u00e4", "a;b", None])
def test_a_disposition_must_be_a_token(disposition: str) -> None:
    with pytest.raises(HeaderError, match="token"):
        ContentDisposition(disposition)


# ------------------------------------------------------------------------------------------------------- MIME-Version


@pytest.mark.parametrize(
    "raw",
    [
        b" 1.0",
        b" 1.0 (produced by MetaSend Vx.x)",
        b" (produced by MetaSend Vx.x) 1.0",
        b" 1.(produced by MetaSend Vx.x)0",
        b"\r\n 1 . 0\r\n",
    ],
)
def test_the_version_of_rfc_2045_4_is_read(raw: bytes) -> None:
    flaws: list[Flaw] = []
    assert mime_version(raw, flaws) == (1, 0)
    assert flaws == []


@pytest.mark.parametrize(
    ("raw", "version"),
    [
        (b"1.1", (1, 1)),
        (b"2.0", (2, 0)),
        (b"1", None),
        (b"", None),
        (b"1.0)", None),
        (b"1.0 (", (1, 0)),
        (b"1.0.0", None),
    ],
)
def test_another_version_is_flagged(raw: bytes, version: tuple[int, int] | None) -> None:
    flaws: list[Flaw] = []
    assert mime_version(raw, flaws) == version
    assert [flaw[0] for flaw in flaws] == ["H117"]


def test_comments_nested_too_deep_are_flagged() -> None:
    deep = b"(" * 17 + b")" * 17
    flaws: list[Flaw] = []
    assert mime_version(b"1.0" + deep, flaws) == (1, 0)
    assert [flaw[0] for flaw in flaws] == ["L009"]
    assert read(b"text/plain" + deep) == (ContentType("text", "plain"), ["L009"])
    assert placed(b"inline" + deep) == (ContentDisposition("inline"), ["L009"])


# ---------------------------------------------------------------------------------------------------------- file name

PLAIN = ContentType("text", "plain")
ATTACHED = ContentDisposition("attachment")
filenames = st.text(
    st.characters(codec="utf-8", exclude_characters=[chr(code) for code in range(0x20)] + ["\x7f"]),
    min_size=1,
    max_size=120,
)


@given(filenames, st.booleans(), st.booleans())
def test_a_filename_is_told_by_both_fields_and_is_no_flaw(
    name: str,
    strict: bool,
    utf8: bool,
) -> None:
    kind, place = with_filename(PLAIN, ATTACHED, name, strict=strict)
    kind_octets, place_octets = kind.encode(utf8=utf8), place.encode(utf8=utf8)
    read_kind, kind_codes = read(kind_octets)
    read_place, place_codes = placed(place_octets)
    assert (read_kind, read_place) == (kind, place)
    assert not {"E053", "E064"} & {*kind_codes, *place_codes}
    assert filename_flaws(kind_octets, place_octets) == []
    if not utf8:
        assert kind_codes == place_codes == []
    assert effective_filename(read_kind, read_place) == name
    assert effective_filename(read_kind, None) == name
    assert effective_filename(None, read_place) == name


@given(filenames)
def test_the_standard_library_reads_the_filename_that_we_write(name: str) -> None:
    kind, place = with_filename(PLAIN, ATTACHED, name)
    octets = fold(b"Content-Type", kind.pieces()) + fold(b"Content-Disposition", place.pieces()) + b"\r\n"
    assert max(map(len, octets.splitlines())) <= 998
    theirs = message_from_bytes(octets, policy=policy.default)
    assert theirs.get_content_type() == "text/plain"
    assert theirs["Content-Disposition"].params == {"filename": name}


def test_a_filename_that_is_not_ascii_is_written_for_outlook_too() -> None:
    kind, place = with_filename(PLAIN, ATTACHED, "Gr\u00fc\u00dfe.txt")
    assert kind.encode() == b'text/plain; name="=?utf-8?b?R3LDvMOfZS50eHQ=?="'
    assert place.encode() == b"attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.txt"


def test_a_strict_filename_follows_rfc_2231_in_both_fields() -> None:
    kind, place = with_filename(PLAIN, ATTACHED, "Gr\u00fc\u00dfe.txt", strict=True)
    assert kind.encode() == b"text/plain; name*=utf-8''Gr%C3%BC%C3%9Fe.txt"
    assert place.encode() == b"attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.txt"
    assert kind == with_filename(PLAIN, ATTACHED, "Gr\u00fc\u00dfe.txt")[0]


def test_an_ascii_filename_is_written_plainly() -> None:
    kind, place = with_filename(ContentType.of("a/b; name=old; x=y"), ATTACHED, 'a"; boundary="x\\')
    assert kind.encode() == b'a/b; name="a\\"; boundary=\\"x\\\\"; x=y'
    assert place.encode() == b'attachment; filename="a\\"; boundary=\\"x\\\\"'
    assert placed(place.encode())[0] == place


@pytest.mark.parametrize("name", ["", "a\r\nX-Inj: 1.txt", "a\x00", "a\tb\n", "\ud800", "a\x7f"])
def test_a_filename_that_cannot_be_written_raises(name: str) -> None:
    with pytest.raises(HeaderError):
        with_filename(PLAIN, ATTACHED, name)


def test_the_disposition_tells_the_filename_before_the_type_does() -> None:
    kind = ContentType("a", "b", {"name": "name.txt"})
    assert effective_filename(kind, ContentDisposition("inline", {"filename": "filename.txt"})) == "filename.txt"
    assert effective_filename(kind, ContentDisposition("inline")) == "name.txt"
    assert effective_filename(kind, ContentDisposition("inline", {"filename": ""})) == "name.txt"
    assert effective_filename(PLAIN, ATTACHED) is None
    assert effective_filename(None, None) is None


WORDS = b'a/b; name="=?utf-8?q?=C3=A4?="'


@pytest.mark.parametrize(
    ("disposition", "codes"),
    [
        (b"inline; filename*=utf-8''%C3%A4", []),
        (b'inline; filename="\xc3\xa4"', []),
        (b"inline; filename*=utf-8''%C3%B6", ["E064"]),
        (b"inline", ["E064"]),
        (b"", ["E064"]),
        (None, ["E064"]),
    ],
)
def test_a_name_in_encoded_words_is_a_flaw_unless_the_disposition_tells_it_too(
    disposition: bytes | None, codes: list[str]
) -> None:
    assert [flaw[0] for flaw in filename_flaws(WORDS, disposition)] == codes
    assert all(WORDS[start:end] == b'"=?utf-8?q?=C3=A4?="' for _, start, end, _ in filename_flaws(WORDS, disposition))
    assert read(WORDS)[1] == []


@pytest.mark.parametrize(
    "raw",
    [
        b'a/b; x="=?utf-8?q?=C3=A4?="',
        b'a/b; name="=?utf-8?q?=C3=A4?= x"',
        b'a/b; name="x =?utf-8?q?=C3=A4?="',
        b'a/b; name=x; filename="=?utf-8?q?=C3=A4?="',
    ],
)
def test_any_other_encoded_word_in_a_media_type_is_a_flaw_at_once(raw: bytes) -> None:
    assert "E064" in read(raw)[1]


def test_an_encoded_word_in_a_disposition_is_a_flaw_at_once() -> None:
    value, codes = placed(b'inline; filename="=?utf-8?q?=C3=A4?="')
    assert value is not None
    assert (value.filename, codes) == ("\u00e4", ["E064"])
