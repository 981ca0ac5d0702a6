"""Parameters of Content-Type and Content-Disposition (RFC 2045 5.1, RFC 2231), both ways."""

from __future__ import annotations

import email
import email.policy
import pickle
import re
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mimekit.codecs import parameters
from mimekit.codecs.parameters import Parameters
from mimekit.errors import HeaderError
from mimekit.limits import DEFAULT_LIMITS, Limits
from mimekit.wire.fold import fold

if TYPE_CHECKING:
    from mimekit.defects import Flaw


def read(raw: bytes, charset: str | None = None) -> tuple[list[tuple[str, str]], set[str]]:
    """Parse *raw*, having checked that asking for flaws changes nothing, and that the fast and the full path agree."""
    flaws: list[Flaw] = []
    found = parameters.parse(raw, 0, flaws, charset=charset)
    assert parameters.parse(raw, 0, charset=charset) == found
    assert all(0 <= start <= end <= len(raw) for _, start, end, _ in flaws)
    full_flaws: list[Flaw] = []
    full = parameters._parse_any(raw, 0, full_flaws, DEFAULT_LIMITS.max_params_per_field, charset)
    assert (full, full_flaws) == (found, flaws)
    for _, value in found:
        value.encode()  # no surrogate
    return list(found), {flaw[0] for flaw in flaws}


@pytest.mark.parametrize(
    ("raw", "pairs"),
    [
        pytest.param(b"; charset=us-ascii", [("charset", "us-ascii")], id="RFC 2045 5.1 token"),
        pytest.param(b'; charset="us-ascii"', [("charset", "us-ascii")], id="RFC 2045 5.1 quoted"),
        pytest.param(b"; charset=us-ascii (Plain text)", [("charset", "us-ascii")], id="RFC 2045 5.1 comment"),
        pytest.param(
            b'; access-type=URL;\r\n URL*0="ftp://";\r\n URL*1="cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar"',
            [("access-type", "URL"), ("url", "ftp://cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar")],
            id="RFC 2231 3",
        ),
        pytest.param(
            b"; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",
            [("title", "This is ***fun***")],
            id="RFC 2231 4",
        ),
        pytest.param(
            b"; title*0*=us-ascii'en'This%20is%20even%20more%20\r\n ;title*1*=%2A%2A%2Afun%2A%2A%2A%20"
            b'\r\n ;title*2="isn\'t it!"',
            [("title", "This is even more ***fun*** isn't it!")],
            id="RFC 2231 4.1",
        ),
        pytest.param(b'; a=1; B=2;\r\n\tc="3 4"\r\n', [("a", "1"), ("b", "2"), ("c", "3 4")], id="folded, cases"),
        pytest.param(b'; a=""', [("a", "")], id="empty quoted value"),
        pytest.param(b"; a=1;", [("a", "1")], id="last semicolon"),
        pytest.param(b"", [], id="nothing"),
        pytest.param(b" \r\n", [], id="white space"),
        pytest.param(b';(c)a="x;y (z)" (d (e))', [("a", "x;y (z)")], id="comments, specials in quotes"),
        pytest.param(b'; a=1 (;) ; b=2(c;d="e")', [("a", "1"), ("b", "2")], id="comments with specials after tokens"),
        pytest.param(b'; boundary="a\\b\\"c\\\\"', [("boundary", 'ab"c\\')], id="quoted pairs"),
        pytest.param(b'; boundary="gc0p4Jq0M2Yt08j34c0p"', [("boundary", "gc0p4Jq0M2Yt08j34c0p")], id="plain"),
        pytest.param(
            b"; filename*1*=%C3; filename*2*=%A9.txt; filename*0*=utf-8''%C3%A9",
            [("filename", "\xe9\xe9.txt")],
            id="out of order, a character divided",
        ),
        pytest.param(b"; filename*=''%C3%A9", [("filename", "\xe9")], id="empty charset"),
        pytest.param(b"; filename*=iso-8859-1'de'%E9%80", [("filename", "\xe9\u20ac")], id="charset and language"),
        pytest.param(
            b"; filename*0*=iso-2022-jp''%1B$BF%7C; filename*1*=K%5C%1B%28B",
            [("filename", "\u65e5\u672c")],
            id="stateful",
        ),
        pytest.param(
            b"; filename=\"Gr__e.txt\"; filename*=utf-8''Gr%C3%BC%C3%9Fe.txt",
            [("filename", "Gr\xfc\xdfe.txt")],
            id="ASCII fallback beside the extended form",
        ),
    ],
)
def test_parameters_are_read_as_the_rfcs_say(raw: bytes, pairs: list[tuple[str, str]]) -> None:
    assert read(raw) == (pairs, set())


@pytest.mark.parametrize(
    ("raw", "pairs", "found"),
    [
        pytest.param(b"; name=my file.pdf", [("name", "my file.pdf")], {"M005"}, id="spaces without quotes"),
        pytest.param(b"; name=my file (1).pdf", [("name", "my file (1).pdf")], {"M005"}, id="parentheses in a name"),
        pytest.param(b"; name=a (1) b (c) (d)", [("name", "a (1) b")], {"M005"}, id="comments at the end"),
        pytest.param(b"; name=a (b", [("name", "a (b")], {"M005"}, id="comment without end"),
        pytest.param(b"; boundary=a=b", [("boundary", "a=b")], {"M005"}, id="equals sign in a value"),
        pytest.param(b"; name=O'Brien.pdf", [("name", "O'Brien.pdf")], set(), id="apostrophe"),
        pytest.param(b"; name=", [("name", "")], {"M002"}, id="no value"),
        pytest.param(b"; name", [], {"M002"}, id="no equals sign"),
        pytest.param(b"; =x; a=1", [("a", "1")], {"M002"}, id="no name"),
        pytest.param(b"; =; ;=x\n", [], {"M002"}, id="GMime's endless loop"),
        pytest.param(b" a=1", [("a", "1")], {"M002"}, id="no semicolon before the first"),
        pytest.param(b"; a=1 b=2", [("a", "1"), ("b", "2")], {"M002"}, id="no semicolon between tokens"),
        pytest.param(b'; a="1" b="2"', [("a", "1"), ("b", "2")], {"M002"}, id="no semicolon between quoted values"),
        pytest.param(b'; a="1"junk; b=2', [("a", "1"), ("b", "2")], {"M002"}, id="junk after a quoted value"),
        pytest.param(b"; a=1;;;; b=2", [("a", "1"), ("b", "2")], {"M002"}, id="empty parameters"),
        pytest.param(b"; a =\t1", [("a", "1")], {"M002"}, id="space beside the equals sign"),
        pytest.param(b"; a=(c)1", [("a", "1")], {"M002"}, id="comment beside the equals sign"),
        pytest.param(b'; name="a.pdf; b=1', [("name", "a.pdf"), ("b", "1")], {"M002"}, id="quote without end"),
        pytest.param(b"; n\xe4me=a", [("n\xe4me", "a")], {"M002"}, id="name that is no token"),
        pytest.param(b"; ( ; a=1", [("a", "1")], {"M002"}, id="comment without end before a parameter"),
        pytest.param(b"; a=1; A=2", [("a", "1")], {"M004"}, id="twice"),
        pytest.param(b"; boundary=a; boundary*=utf-8''b", [("boundary", "b")], {"M004"}, id="forms that differ"),
        pytest.param(b"; a=b; a*=utf-8''b", [("a", "b")], set(), id="forms that say the same"),
        pytest.param(
            b"; filename=a.txt; filename*=utf-8''a.exe",
            [("filename", "a.exe")],
            {"E063"},
            id="file name forms that differ",
        ),
        pytest.param(
            b"; filename=a.exe; filename*=utf-8''%C3%A9.txt",
            [("filename", "\xe9.txt")],
            {"E063"},
            id="fallback of another type",
        ),
        pytest.param(b"; f*=''a; f*0=b; f=c", [("f", "a")], {"E062", "M004"}, id="three forms"),
        pytest.param(b"; f*0=b; f=c", [("f", "b")], {"M004"}, id="sections beside the plain form"),
        pytest.param(b"; f*0=a; f*2=c", [("f", "ac")], {"E062"}, id="gap"),
        pytest.param(b"; f*1=b", [("f", "b")], {"E062"}, id="not from 0"),
        pytest.param(b"; f*0=a; f*0=b", [("f", "a")], {"E062"}, id="section twice"),
        pytest.param(b"; f*0=a; f*01=b", [("f", "ab")], {"E062"}, id="leading zero"),
        pytest.param(b"; x*99999999999999999999=1", [("x*99999999999999999999", "1")], {"E062"}, id="endless number"),
        pytest.param(b"; x**=1", [("x**", "1")], {"E062"}, id="two stars"),
        pytest.param(b"; f*=a%20b", [("f", "a b")], {"E061"}, id="no charset"),
        pytest.param(b"; f*=it's", [("f", "it's")], {"E061"}, id="one apostrophe"),
        pytest.param(b"; f*=x-nope''a%E9", [("f", "a\xe9")], {"E061"}, id="unknown charset"),
        pytest.param(b"; f*=utf-8''a%E9", [("f", "a\xe9")], {"E061"}, id="octets invalid in the charset"),
        pytest.param(b"; f*=utf-8''100%", [("f", "100%")], {"E061"}, id="bad escape"),
        pytest.param(b"; f*=\"utf-8''a%20b\"", [("f", "a b")], {"E061"}, id="extended value in quotes"),
        pytest.param(b"; f*0*=utf-8''a; f*1*=UTF-8''b", [("f", "ab")], {"E061"}, id="charset again"),
        pytest.param(b"; f*1*=a; f*0*=b", [("f", "ba")], {"E061"}, id="no charset, out of order"),
        pytest.param(b"; f*0=a; f*1*=%C3%A9", [("f", "a\xe9")], set(), id="plain first"),
        pytest.param(b'; name="=?utf-8?q?=C3=A9?="', [("name", "\xe9")], {"E064"}, id="encoded word"),
        pytest.param(
            b"; name==?utf-8?q?a b=20c?=", [("name", "a b c")], {"E064", "M005"}, id="encoded word, no quotes"
        ),
        pytest.param(
            b'; name="=?utf-8?b?w6k=?=\r\n =?utf-8?b?w6k=?="',
            [("name", "\xe9\xe9")],
            {"E064"},
            id="encoded words, folded",
        ),
        pytest.param(
            b'; name*0="=?utf-8?b?w6"; name*1="k=?="', [("name", "\xe9")], {"E064"}, id="encoded word in sections"
        ),
        pytest.param(
            b'; boundary="=?utf-8?q?a?="', [("boundary", "=?utf-8?q?a?=")], set(), id="a boundary is never decoded"
        ),
        pytest.param(b'; name="=?x-nope?q?a?="', [("name", "=?x-nope?q?a?=")], set(), id="word that stays"),
        pytest.param(b'; name="\xc3\xa9"', [("name", "\xe9")], {"E065"}, id="raw UTF-8"),
        pytest.param(b"; name=\xe9", [("name", "\xe9")], {"E065", "M005"}, id="raw 8-bit"),
        pytest.param(b'; name="a\x00b"', [("name", "a\0b")], {"X002"}, id="control character"),
        pytest.param(b"; f*=utf-8''a%0D%0Ab", [("f", "a\r\nb")], {"X002"}, id="encoded line end"),
    ],
)
def test_what_senders_write_is_read_and_flagged(raw: bytes, pairs: list[tuple[str, str]], found: set[str]) -> None:
    assert read(raw) == (pairs, found)


@pytest.mark.parametrize(
    ("written", "name", "found"),
    [
        (b'"C:\\dir\\x.txt"', "C:\\dir\\x.txt", {"X016"}),
        (b'"\\\\host\\x.txt"', "\\host\\x.txt", {"X016"}),
        (b'"C:\\\\dir\\\\x.txt"', "C:\\dir\\x.txt", set()),
        (b'"a\\"b"', 'a"b', set()),
        (b"C:\\dir\\x", "C:\\dir\\x", {"M005"}),
    ],
)
def test_a_backslash_of_a_windows_path_stays_and_is_flagged(written: bytes, name: str, found: set[str]) -> None:
    assert read(b"; filename=" + written) == ([("filename", name)], found)
    assert read(b"; filename*0=" + written) == ([("filename", name)], found)


def test_raw_octets_are_read_by_the_charset_given() -> None:
    assert read(b'; name="\xc5"', charset="koi8-r")[0] == [("name", "\u0435")]


def test_at_most_the_limit_of_parameters_is_read() -> None:
    raw = b"".join(b"; x*%d*=a" % number for number in range(20_000))
    flaws: list[Flaw] = []
    found = parameters.parse(raw, 0, flaws)
    assert len(found["x"]) == 128
    assert {flaw[0] for flaw in flaws} == {"E061", "L006"}
    assert len(parameters.parse(b"; a=1; b=2; c=3", 0, limits=Limits(max_params_per_field=2))) == 2


def test_stuffing_gives_a_bounded_number_of_flaws() -> None:
    for stuffing in (b";" * 50_000, b"; foo" * 20_000, b"; (" * 20_000, b'; "' * 20_000, b"(" * 50_000, b"= " * 20_000):
        flaws: list[Flaw] = []
        parameters.parse(stuffing, 0, flaws)
        assert 1 <= len(flaws) < 20


_fragments = st.sampled_from(
    b";|; |=|\"|\\|(|)|*|*0|*1|*|name|filename|boundary|a|utf-8''|%C3%A9|%|=?utf-8?q?x?=| |\r\n |\xe9|\0|token".split(
        b"|"
    )
)


@given(st.lists(_fragments, max_size=24).map(b"".join) | st.binary(max_size=40).map(b";a=".__add__))
@example(b'; a="b" ; c=d\r\n')
@settings(max_examples=300)
def test_reading_never_raises_and_both_paths_agree(raw: bytes) -> None:
    read(raw)


_plain_values = st.from_regex(r"[A-Za-z0-9!#$%&'*+\-.^_`{|}~]{1,8}|\"[ !#-Z^-~\t]{0,9}\"", fullmatch=True)
_separators = st.sampled_from([";", "; ", ";\r\n ", " ;\t"])


@given(st.lists(st.tuples(_separators, st.sampled_from(["a", "B", "name", "x-y"]), _plain_values), max_size=4))
def test_the_fast_path_reads_what_the_full_one_reads(items: list[tuple[str, str, str]]) -> None:
    read("".join(f"{separator}{name}={value}" for separator, name, value in items).encode())


def test_parameters_are_a_value() -> None:
    found = parameters.parse(b'; A=1; b*0=2;b*1="3"', 0)
    assert found == Parameters.of({"a": "1", "B": "23"}) == Parameters([("a", "1"), ("b", "23")])
    assert hash(found) == hash(pickle.loads(pickle.dumps(found)))
    assert (found["B"], found.get("c"), found.get("c", "x"), "A" in found, 1 in found, len(found)) == (
        "23", None, "x", True, False, 2,
    )  # fmt: skip
    assert found.raw == (("A", b"1"), ("b*0", b"2"), ("b*1", b'"3"'))
    assert Parameters().raw == ()
    assert not Parameters()
    assert repr(found) == "Parameters(pairs=(('a', '1'), ('b', '23')))"
    with pytest.raises(KeyError):
        found["c"]


# --------------------------------------------------------------------------------------------------------- writing

_writable = st.characters(exclude_categories=["Cs"]).filter(lambda c: c == "\t" or not (c < " " or c == "\x7f"))
_tricky = st.sampled_from(
    [
        "=?utf-8?q?x?=",
        '"',
        "\\",
        "'",
        "%",
        "%41",
        ";",
        "(",
        " ",
        "\t",
        "*",
        "\xe9",
        "\u6f22",
        "\U0001f600",
        "\x85",
        "a" * 60,
    ]
)
values = st.lists(_tricky | st.text(_writable, max_size=6), max_size=8).map("".join)
Style = Literal["rfc2231", "rfc2047", "compat"]
styles: st.SearchStrategy[Style] = st.sampled_from(["rfc2231", "rfc2047", "compat"])


def field(pieces: list[bytes]) -> bytes:
    return fold(b"Content-Disposition", [b"attachment;", *pieces] if pieces else [b"attachment"])


@given(st.dictionaries(st.sampled_from(["filename", "name", "x-a"]), values), st.booleans(), styles)
@settings(max_examples=200)
def test_what_is_written_reads_back(items: dict[str, str], utf8: bool, style: Style) -> None:
    made = field(parameters.pieces(items.items(), utf8=utf8, style=style))
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n", made)
    found = parameters.parse(made, made.index(b"attachment") + 10)
    assert list(found) == list(items.items())


@given(values)
@example('a"; boundary="x\\')
@example("")
@settings(max_examples=200)
def test_what_is_written_reads_back_by_the_standard_library(value: str) -> None:
    made = field(parameters.pieces([("filename", value)]))
    assert made.isascii()
    assert max(map(len, made.split(b"\r\n"))) <= 78
    message = email.message_from_bytes(made + b"\r\n", policy=email.policy.default)
    assert dict(message["Content-Disposition"].params) == {"filename": value}
    flaws: list[Flaw] = []
    parameters.parse(made, 31, flaws)
    assert flaws == []


@given(values)
@settings(max_examples=100)
def test_a_compat_name_reads_back_by_the_standard_library(value: str) -> None:
    pieces = parameters.pieces([("name", value)], style="compat")
    made = fold(b"Content-Type", [b"text/plain;", *pieces])
    message = email.message_from_bytes(made + b"\r\n", policy=email.policy.default)
    assert dict(message["Content-Type"].params) == {"name": value}


def test_values_are_written_in_the_plainest_form_that_holds_them() -> None:
    assert parameters.pieces([("charset", "utf-8"), ("x", ""), ("name", 'a "b"\\.txt'), ("y", "\xe9")]) == [
        b" charset=utf-8;", b' x="";', b' name="a \\"b\\"\\\\.txt";', b" y*=utf-8''%C3%A9",
    ]  # fmt: skip
    assert parameters.pieces([]) == []


def test_a_long_value_is_written_in_sections_that_divide_no_character() -> None:
    made = parameters.pieces([("filename", "\xe9\U0001f600" * 20)])
    assert made[0].startswith(b" filename*0*=utf-8''%C3%A9%F0%9F%98%80")
    assert made[1].startswith(b" filename*1*=%")
    assert all(len(piece) <= 76 for piece in made)
    for piece in made:
        bytes.fromhex(
            piece.split(b"=", 1)[1].removeprefix(b"utf-8''").rstrip(b";").replace(b"%", b"").decode()
        ).decode()


def test_a_long_boundary_is_not_written_in_sections() -> None:
    assert parameters.pieces([("boundary", "=_" + "a" * 68)]) == [b' boundary="=_%b"' % (b"a" * 68)]


def test_a_very_long_value_takes_longer_lines_and_then_raises() -> None:
    made = parameters.pieces([("filename", "\u6f22" * 2000)])
    assert len(made) <= 100
    assert parameters.parse(b";" + b"".join(made), 0)["filename"] == "\u6f22" * 2000
    with pytest.raises(HeaderError, match="parameter 'filename' has 60000 octets"):
        parameters.pieces([("filename", "\u6f22" * 20_000)])


def test_compat_writes_a_name_in_encoded_words_and_a_filename_in_rfc_2231() -> None:
    assert parameters.pieces([("name", "Zo\xeb.txt"), ("filename", "Zo\xeb.txt")], style="compat") == [
        b' name="=?utf-8?b?Wm/Dqy50eHQ=?=";', b" filename*=utf-8''Zo%C3%AB.txt",
    ]  # fmt: skip
    long = parameters.pieces([("name", "\xe9" * 80)], style="rfc2047")
    assert len(long) > 2
    assert all(len(piece) <= 78 for piece in long)
    assert parameters.parse(b";" + b"\r\n".join(long), 0)["name"] == "\xe9" * 80


def test_utf8_writes_a_value_raw_in_quotes() -> None:
    assert parameters.pieces([("name", 'Gr\xfc"\xdfe')], utf8=True) == ['\x20name="Gr\xfc\\"\xdfe"'.encode()]


@pytest.mark.parametrize("name", ["", "a b", "x\r\nX-Inj", "n\xe4me", "a*", "a;b", "a=b", "a'b", "a%b"])
def test_a_name_that_is_no_attribute_raises(name: str) -> None:
    with pytest.raises(HeaderError, match="is no parameter name"):
        parameters.pieces([(name, "1")])
    with pytest.raises(HeaderError):
        Parameters.of({name: "1"})


@pytest.mark.parametrize("value", ["a\r\nX-Inj: 1.txt", "a\nb", "a\0b", "a\x1bb", "a\x7fb", "a\ud800"])
def test_a_control_character_in_a_value_raises(value: str) -> None:
    with pytest.raises(HeaderError, match=r"parameter 'filename' holds U\+[0-9A-F]{4} at index 1"):
        parameters.pieces([("filename", value)])
    with pytest.raises(HeaderError):
        Parameters.of({"filename": value})


def test_a_name_given_twice_raises() -> None:
    with pytest.raises(HeaderError, match="given twice"):
        parameters.pieces([("a", "1"), ("A", "2")])


def test_more_parameters_than_a_reader_takes_are_refused() -> None:
    most = {f"p{number}": "x" for number in range(128)}
    assert dict(parameters.parse(b"a;" + b"".join(parameters.pieces(most.items())), 1)) == most
    with pytest.raises(HeaderError, match="would have 129 parameters"):
        parameters.pieces({**most, "one": "more"}.items())
    with pytest.raises(HeaderError, match=r"would have 15[0-9] parameters"):
        parameters.pieces({**dict(list(most.items())[:100]), "filename": "n" * 3500}.items())
