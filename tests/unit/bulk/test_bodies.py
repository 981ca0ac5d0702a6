"""Bodies: a part with slots is compiled as 7bit and as quoted-printable, and the row decides."""

from __future__ import annotations

import pytest

from mimekit.bulk.bodies import Leaf, quoted_value
from mimekit.bulk.slots import html_form, parse, plain_form
from mimekit.codecs import quopri
from mimekit.errors import TemplateError
from tests.support.timing import is_linear

HEADER = b"Content-Type: text/plain; charset=utf-8\r\n"


def leaf(source: str, *, html: bool = False) -> Leaf:
    header = HEADER.replace(b"plain", b"html") if html else HEADER
    return Leaf(header, *parse(source), html_form if html else plain_form)


def part(source: str, value: str, *, html: bool = False) -> tuple[str, bytes]:
    """Give the encoding and the body of a part."""
    octets = leaf(source, html=html).octets({"v": value})
    assert octets is not None
    header, _, body = octets.partition(b"\r\n\r\n")
    return header.rpartition(b" ")[2].decode(), body


def test_ascii_is_7bit_and_everything_else_is_quoted_printable() -> None:
    assert part("Dear {v},\n", "Ada") == ("7bit", b"Dear Ada,\r\n")
    assert part("Dear {v},\n", "Zo\u00eb")[0] == "quoted-printable"
    assert part("D\u00e9ar {v},\n", "Ada")[0] == "quoted-printable"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{v}x\n", ".a"),
        ("{v}x\n", "From "),
        ("F{v}\n", "rom me"),
        ("Fro{v}", "m me"),
        ("a\n--={v}", "_x"),
        ("a\n-{v}", "-=_x"),
        ("{v}x\n", "a\n.b"),
        ("a{v}.b\n", "\n"),
        ("{v}{v}{v}\n", "."),
        (".{v}\n", "x"),
        ("{v}\n", "x" * 999),
        ("{v}" * 40 + "\n", "x" * 30),
    ],
)
def test_no_line_begins_with_a_dot_or_from_or_a_delimiter_nor_is_too_long(source: str, value: str) -> None:
    encoding, body = part(source, value)
    assert encoding == "quoted-printable"
    for line in body.split(b"\r\n"):
        assert not line.startswith((b".", b"From ", b"--=_"))
        assert len(line) <= 76
    assert quopri.decode(body).decode().replace("\r\n", "\n") == source.replace("{v}", value).removesuffix("\n") + "\n"


@pytest.mark.parametrize(
    "value", ["a \n b", " ", "\t", "=", "x" * 75, "\u4eac" * 40, "a\n\n", "\u00e9 ", "From \u00e9"]
)
@pytest.mark.parametrize("source", ["{v}\n", "{v}", "\u00e9{v}{v} \n", " {v}\n\n", "x" * 74 + "\u00e9{v}=\n"])
def test_what_is_quoted_reads_as_what_was_given(source: str, value: str) -> None:
    encoding, body = part(source, value)
    text = (quopri.decode(body) if encoding == "quoted-printable" else body).decode().replace("\r\n", "\n")
    whole = source.replace("{v}", value)
    assert text == (whole if whole.endswith("\n") else f"{whole}\n")
    assert max(map(len, body.split(b"\r\n"))) <= 76 or encoding == "7bit"


@pytest.mark.parametrize(
    ("form", "shown"), [("", "&lt;b&gt; &amp; &quot;&#x27;"), (":raw", "<b> & \"'"), (":url", "%3Cb%3E%20%26%20%22%27")]
)
def test_html_is_escaped_unless_it_is_raw_or_part_of_a_url(form: str, shown: str) -> None:
    assert part(f"<p>{{v{form}}}</p>\n", "<b> & \"'", html=True)[1] == f"<p>{shown}</p>\r\n".encode()


def test_line_ends_of_any_kind_are_crlf_and_a_nul_is_refused() -> None:
    assert part("{v}.\n", "a\rb\r\nc\nd")[1] == b"a\r\nb\r\nc\r\nd.\r\n"
    with pytest.raises(TemplateError, match="NUL") as caught:
        part("{v}\n", "a\x00")
    assert caught.value.field == "v"


def test_an_empty_text_has_no_line_and_a_value_may_bring_the_last_line_end() -> None:
    assert part("{v}", "") == ("7bit", b"")
    assert part("{v}", "a\n") == ("7bit", b"a\r\n")
    assert part("{v}", "a\n\n") == ("7bit", b"a\r\n\r\n")
    assert part("{v}", "\u00e9\n") == ("quoted-printable", b"=C3=A9\r\n")


@pytest.mark.parametrize(
    ("source", "value"), [('<img src="{v}">', "cid:x"), ("<img src='ci{v}'>", "d:x"), ("{v:raw}", "CID:x")]
)
def test_a_value_that_may_refer_to_an_inline_file_is_left_to_the_long_way(source: str, value: str) -> None:
    assert leaf(source, html=True).octets({"v": value}) is None
    assert leaf(source, html=True).octets({"v": "x"}) is not None
    assert leaf("<img src='cid:a'>{v}", html=True).octets({"v": "x"}) is not None


def test_a_value_of_a_megabyte_takes_linear_time() -> None:
    def work(size: int) -> None:
        for value in ("x" * size, "\u00e9" * size, "= \n" * (size // 3), "\r" * size):
            leaf("a {v} b {v}\n").octets({"v": value})

    assert is_linear(work, 100_000, 1_000_000)


def test_a_plain_value_stands_as_it_is() -> None:
    assert quoted_value("two words") == b"two words"
    assert quoted_value("a=b") == b"a=3Db"
