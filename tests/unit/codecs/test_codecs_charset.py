"""Charset labels, and octets to text by them."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimekit.codecs import charset
from mimekit.codecs.labels import LABELS, READ_AS
from mimekit.errors import ContentError

if TYPE_CHECKING:
    from mimekit.defects import Flaw

CODECS = sorted(set(LABELS.values()))


def read(octets: bytes, label: str | None) -> tuple[str, set[str]]:
    """Decode *octets*, having checked that asking for flaws changes nothing and that flaws lie within."""
    flaws: list[Flaw] = []
    text = charset.decode(octets, label, flaws)
    assert charset.decode(octets, label) == text
    assert all(0 <= start <= end <= len(octets) for _, start, end, _ in flaws)
    text.encode()  # no surrogate
    return text, {flaw[0] for flaw in flaws}


@pytest.mark.parametrize("codec", CODECS)
def test_every_codec_of_the_table_is_a_text_encoding_of_python(codec: str) -> None:
    assert codecs.lookup(codec)._is_text_encoding
    assert isinstance("a".encode(codec), bytes)


def test_no_label_stands_twice_and_each_is_in_lower_case() -> None:
    assert [label for label in LABELS if label != label.lower()] == []
    for label, codec in LABELS.items():
        assert charset.canonical(label) == codec


def test_labels_that_python_knows_too_mean_the_same_there() -> None:
    # A BOM stays, so its codec is not used; IANA has ms_kanji as an alias of Shift_JIS, which is read as cp932 anyway.
    excepted = {"utf-8-sig", "ms_kanji"}
    known = 0
    for label, codec in LABELS.items():
        try:
            found = codecs.lookup(label)
        except LookupError:
            continue
        known += 1
        assert label in excepted or codecs.lookup(codec).name == found.name, label
    assert known > 200


def test_the_supersets_read_the_letters_that_the_small_sets_write() -> None:
    letters = [chr(code) for code in range(0x20, 0x10000) if chr(code).isalpha()]
    for small, large in READ_AS.items():
        for letter in letters:
            octets = letter.encode(small, "ignore")
            # Python writes rare Hangul in EUC-KR as eight octets of jamo.
            assert not 0 < len(octets) <= 2 or octets.decode(large) == letter, (small, letter)


# The labels of the WHATWG Encoding Standard for each encoding, as far as Python can decode it.
@pytest.mark.parametrize(
    ("labels", "octets", "text"),
    [
        ("unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8", b"\xc3\xa9", "\xe9"),
        ("866 cp866 csibm866 ibm866", b"\x80", "\u0410"),
        (
            "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2",
            b"\xb1",
            "\u0105",
        ),
        (
            "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3",
            b"\xa1",
            "\u0126",
        ),
        (
            "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4",
            b"\xa2",
            "\u0138",
        ),
        (
            "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988",
            b"\xb0",
            "\u0410",
        ),
        (
            (
                "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e "
                "iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987"
            ),
            b"\xc7",
            "\u0627",
        ),
        (
            (
                "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 "
                "iso_8859-7:1987 sun_eu_greek"
            ),
            b"\xe1",
            "\u03b1",
        ),
        (
            (
                "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8 "
                "iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical"
            ),
            b"\xe0",
            "\u05d0",
        ),
        ("csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6", b"\xa1", "\u0104"),
        ("iso-8859-13 iso8859-13 iso885913", b"\xb8", "\xf8"),
        ("iso-8859-14 iso8859-14 iso885914", b"\xa1", "\u1e02"),
        ("csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9", b"\xa4", "\u20ac"),
        ("iso-8859-16", b"\xa4", "\u20ac"),
        ("cskoi8r koi koi8 koi8-r koi8_r", b"\xc1", "\u0430"),
        ("koi8-ru koi8-u", b"\xa4", "\u0454"),
        ("csmacintosh mac macintosh x-mac-roman", b"\x8e", "\xe9"),
        ("dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874", b"\xa1\x85", "\u0e01\u2026"),
        ("cp1250 windows-1250 x-cp1250", b"\xb9", "\u0105"),
        ("cp1251 windows-1251 x-cp1251", b"\xc0", "\u0410"),
        (
            (
                "cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 "
                "l1 latin1 windows-1252 x-cp1252"
            ),
            b"\x80\xe9\x81",
            "\u20ac\xe9\x81",
        ),
        ("ansi_x3.4-1968 ascii us-ascii", b"\x80", "\u20ac"),
        ("cp1253 windows-1253 x-cp1253", b"\xe1", "\u03b1"),
        (
            (
                "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 "
                "windows-1254 x-cp1254"
            ),
            b"\xf0\x80",
            "\u011f\u20ac",
        ),
        ("cp1255 windows-1255 x-cp1255", b"\xe0", "\u05d0"),
        ("cp1256 windows-1256 x-cp1256", b"\xc7", "\u0627"),
        ("cp1257 windows-1257 x-cp1257", b"\xe0", "\u0105"),
        ("cp1258 windows-1258 x-cp1258", b"\xfe", "\u20ab"),
        ("x-mac-cyrillic x-mac-ukrainian", b"\x80", "\u0410"),
        (
            "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030",
            b"\xd6\xd0\xe9\x46",
            "\u4e2d\u9555",
        ),
        ("big5 cn-big5 csbig5 x-x-big5", b"\xa4\xa4\xf9\xd6", "\u4e2d\u7881"),
        ("big5-hkscs", b"\xa4\xa4", "\u4e2d"),
        ("cseucpkdfmtjapanese euc-jp x-euc-jp", b"\xc6\xfc\xad\xa1", "\u65e5\u2460"),
        ("csiso2022jp iso-2022-jp", b"\x1b$BF|-!\x1b(B.", "\u65e5\u2460."),
        (
            "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis",
            b"\x93\xfa\x87\x40",
            "\u65e5\u2460",
        ),
        (
            "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949",
            b"\xc7\xd1\x8c\x63",
            "\ud55c\ub620",
        ),
        ("csiso2022kr iso-2022-kr", b"\x1b$)C\x0eGQ\x0f", "\ud55c"),
        ("hz-gb-2312", b"~{VP~}", "\u4e2d"),
        ("unicodefffe utf-16be", b"\x4e\x2d", "\u4e2d"),
        ("csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le", b"\x2d\x4e", "\u4e2d"),
    ],
)
def test_the_labels_of_the_encoding_standard_are_read(labels: str, octets: bytes, text: str) -> None:
    for label in labels.split():
        assert read(octets, label)[0] == text, label


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("UTF-8", "utf-8"),
        (" utf-8 ", "utf-8"),
        ('"utf-8"', "utf-8"),
        ("'utf-8'", "utf-8"),
        ("utf-8;", "utf-8"),
        ("utf-8; format=flowed", "utf-8"),
        ("utf 8", "utf-8"),
        ("utf8", "utf-8"),
        ("iso8859_1", "iso8859-1"),
        ("ISO 8859-15", "iso8859-15"),
        ("windows1252", "cp1252"),
        ("cp-850", "cp850"),
        ("_iso-2022-jp$ESC", "iso2022_jp"),
        ("unicode-1-1-utf-7", "utf-7"),
        ("KS_C_5601-1987", "euc_kr"),
        ("windows-31j", "cp932"),
        ("cp936", "gbk"),
        ("IBM00858", "cp858"),
        ("ISO_8859-16:2001", "iso8859-16"),
        ("unknown-8bit", None),
        ("x-unknown", None),
        ("default", None),
        ("", None),
        (" ", None),
        ("x-user-defined", None),
        ("utf-9", None),
        ("utf-8" * 100, None),
        ("\xfctf-8", None),
    ],
)
def test_labels_are_cleaned_and_looked_up(label: str, codec: str | None) -> None:
    assert charset.canonical(label) == codec


@pytest.mark.parametrize(
    "label",
    [
        "rot13", "rot-13", "rot_13", "hex", "hex_codec", "base64", "base64_codec", "zip", "zlib", "bz2", "uu", "quopri",
        "idna", "punycode", "unicode_escape", "unicode-escape", "raw_unicode_escape", "mbcs", "oem", "undefined",
        "string-escape", "palmos",
    ],
)  # fmt: skip
def test_codecs_of_python_that_are_no_charsets_are_not_reached(label: str) -> None:
    assert charset.canonical(label) is None
    assert read(b"\\u0041 NOP 41", label) == ("\\u0041 NOP 41", {"E031"})


@pytest.mark.parametrize(
    ("octets", "label", "text", "found"),
    [
        pytest.param(b"plain", None, "plain", set(), id="ASCII without label"),
        pytest.param(b"plain", "", "plain", set(), id="ASCII with an empty label"),
        pytest.param(b"caf\xc3\xa9", None, "caf\xe9", {"E030"}, id="UTF-8 without label"),
        pytest.param(b"caf\xe9", None, "caf\xe9", {"E030"}, id="8-bit without label"),
        pytest.param(b"\x93a\x94", " ", "\u201ca\u201d", {"E030"}, id="windows-1252 with a blank label"),
        pytest.param(b"plain", "x-nope", "plain", {"E031"}, id="unknown label"),
        pytest.param(b"caf\xc3\xa9", "x-nope", "caf\xe9", {"E031"}, id="unknown label, UTF-8"),
        pytest.param(b"plain", "unknown-8bit", "plain", set(), id="unknown-8bit, ASCII"),
        pytest.param(b"caf\xe9", "unknown-8bit", "caf\xe9", {"E031"}, id="unknown-8bit, 8-bit"),
        pytest.param(b"plain", "us-ascii", "plain", set(), id="us-ascii"),
        pytest.param(b"caf\xc3\xa9", "us-ascii", "caf\xe9", {"E033"}, id="us-ascii, UTF-8"),
        pytest.param(b"caf\xe9", "US-ASCII", "caf\xe9", {"E033"}, id="us-ascii, 8-bit"),
        pytest.param(b"caf\xe9", "utf-8", "caf\xe9", {"E032"}, id="utf-8, 8-bit"),
        pytest.param(b"caf\xc3\xa9", "shift_jis", "caf\uff83\uff69", set(), id="valid in the wrong charset"),
        pytest.param(b"\xc3\xa9\x81 ", "shift_jis", "\xc3\xa9\x81 ", {"E032"}, id="invalid in shift_jis"),
        pytest.param(b"\xed\xa0\x80", "utf-8", "\xed\xa0\u20ac", {"E032"}, id="utf-8 surrogate"),
        pytest.param(b"\xc0\x80", "utf-8", "\xc0\u20ac", {"E032"}, id="overlong utf-8"),
        pytest.param(b"\x00\xd8", "utf-16le", "\x00\xd8", {"E032"}, id="utf-16 surrogate"),
        pytest.param(b"+2AA-", "utf-7", "+2AA-", {"E032"}, id="utf-7 surrogate"),
        pytest.param(b"+2D3eAA-", "utf-7", "\U0001f600", set(), id="utf-7 pair"),
        pytest.param(b"+AGE-", "utf-8", "+AGE-", set(), id="utf-7 without its label"),
        pytest.param(b"\xef\xbb\xbfa", "utf-8", "\ufeffa", set(), id="BOM stays"),
        pytest.param(b"\xff\xfea\x00", "utf-16", "a", set(), id="utf-16 little-endian BOM"),
        pytest.param(b"\xfe\xff\x00a", "utf-16", "a", set(), id="utf-16 big-endian BOM"),
        pytest.param(
            b"\x1b(I1\x1b$(D0!\x1b(B\x1b$B-!", "iso-2022-jp", "\uff71\u4e02\u2460", set(), id="katakana, 0212"
        ),
        pytest.param(b"\x1b$B\xff", "iso-2022-jp", "\x1b$B\xff", {"E032"}, id="8-bit in iso-2022-jp"),
        pytest.param(b"", "utf-8", "", set(), id="nothing"),
    ],
)
def test_a_body_is_read_by_its_label_else_utf_8_else_windows_1252(
    octets: bytes, label: str | None, text: str, found: set[str]
) -> None:
    assert read(octets, label) == (text, found)


def test_a_flaw_points_at_the_octets() -> None:
    flaws: list[Flaw] = []
    charset.decode(b"abc\xff", "utf-8", flaws)
    charset.decode(b"ab\xe9c", None, flaws)
    charset.decode(b"a\xe9bc", "us-ascii", flaws)
    assert [(code, start, end) for code, start, end, _ in flaws] == [("E032", 3, 4), ("E030", 2, 3), ("E033", 1, 2)]


@pytest.mark.parametrize("after", [b"", b"\x1b(B", b"\x1b(B tail"])
def test_a_flaw_points_at_the_octets_and_not_at_what_they_are_decoded_by_way_of(after: bytes) -> None:
    flaws: list[Flaw] = []
    charset.decode(b"a\x1b(I1\x1b$B=A?e\x1b(I$B=A?e" + after, "iso-2022-jp-ms", flaws)
    assert [(code, start, end) for code, start, end, _ in flaws] == [("E032", 15, 21)]


@given(st.binary(max_size=30) | st.text(max_size=10).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=60)
def test_no_label_makes_reading_raise_or_give_a_surrogate(octets: bytes) -> None:
    for codec in CODECS:
        strict = charset.decode_strictly(octets, codec)
        if strict is not None:
            strict.encode()
        charset.decode_damaged(octets, codec).encode()
    for label in (None, "", "x-nope", "utf-7", "utf-8", "utf-16", "iso-2022-jp", "us-ascii"):
        read(octets, label)
        charset.decode_raw(octets, label).encode()


@given(st.lists(st.sampled_from([b"+", b"-", b"2AA", b"2D3eAA", b"AOk", b"3gA", b"a", b"/"]), max_size=8).map(b"".join))
def test_utf_7_gives_no_surrogate(octets: bytes) -> None:
    read(octets, "utf-7")
    charset.decode_damaged(octets, "utf-7").encode()


def test_every_octet_is_read_as_windows_1252_when_all_else_fails() -> None:
    octets = bytes(range(256))
    text = charset.decode_raw(octets)
    assert len(text) == 256
    assert (text[0x41], text[0x80], text[0x81], text[0xE9]) == ("A", "\u20ac", "\x81", "\xe9")


def test_raw_header_octets_are_utf_8_then_the_fallback_then_windows_1252() -> None:
    assert charset.decode_raw(b"\xc3\xa9", "koi8-r") == "\xe9"
    assert charset.decode_raw(b"\xc5", "koi8-r") == "\u0435"
    assert charset.decode_raw(b"\xc5", "x-nope") == "\xc5"
    assert charset.decode_raw(b"\xc5", "us-ascii") == "\xc5"
    assert charset.decode_raw(b"\xff\xff", "gb2312") == "\xff\xff"


def test_encoding_is_strict_and_keeps_to_the_named_set() -> None:
    assert charset.encode("caf\xe9", "iso-8859-1") == b"caf\xe9"
    assert charset.encode("\u4e2d", "gb2312") == b"\xd6\xd0"
    with pytest.raises(ContentError, match=r"U\+20AC at index 1, which charset 'iso-8859-1' cannot hold"):
        charset.encode("a\u20ac", "iso-8859-1")
    with pytest.raises(ContentError, match=r"U\+D800 at index 0"):
        charset.encode("\ud800", "utf-8")
    with pytest.raises(ContentError, match="charset 'hex' is not known"):
        charset.encode("a", "hex")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        pytest.param("\uac02", "euc-kr", id="a syllable that Python spells out"),
        pytest.param("\uff0f", "big5", id="a slash that is another one to readers"),
        pytest.param("\x1b\xa2", "iso-2022-jp", id="an escape character that hides what follows"),
    ],
)
def test_text_that_readers_would_take_for_other_text_is_refused(text: str, label: str) -> None:
    with pytest.raises(ContentError, match="would be read as other text"):
        charset.encode(text, label)
