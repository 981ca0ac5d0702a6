"""The rules about text and HTML bodies: what they find where, what they leave alone, what their fixes make of it."""

from __future__ import annotations

import base64
import quopri

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimekit import Message, lint
from mimekit.finding import Finding
from mimekit.lint import examples, selection
from mimekit.lint.rules import html_urls
from tests.support.timing import is_linear

CODES = sorted(code for code in selection.load() if code[0] == "T")
TOP = '<!DOCTYPE html>\n<html lang="en"><head><title>T</title></head><body>'


def raw(source: str, *, subtype: str = "html", encoding: str = "8bit", more: str = "") -> bytes:
    body = source.replace("\n", "\r\n").encode()
    if encoding == "quoted-printable":
        body = quopri.encodestring(body).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if encoding == "base64":
        body = base64.encodebytes(body).replace(b"\n", b"\r\n")
    head = (
        "From: a@shop.example\r\nTo: b@shop.example\r\nDate: Tue, 24 Nov 2026 03:30:00 +0000\r\n"
        "Subject: Hi\r\nMessage-ID: <1.7f3a9c2e@shop.example>\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/{subtype}; charset=utf-8{more}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    return head.encode() + body


def found(octets: bytes, *codes: str, context: lint.Context | None = None) -> list[Finding]:
    made = lint.check(octets, select=[*(codes or CODES), "L022"], context=context)
    assert "L022" not in {one.code for one in made}
    return made


def html(source: str, *codes: str, top: str = TOP, context: lint.Context | None = None) -> list[str]:
    """Give the places that a rule finds in HTML, as they are written."""
    octets = raw(top + source)
    return [octets[one.start : one.end].decode() for one in found(octets, *codes, context=context)]


def plain(source: str, *codes: str) -> list[str]:
    octets = raw(source, subtype="plain")
    return [octets[one.start : one.end].decode() for one in found(octets, *codes)]


def mended(octets: bytes, *codes: str, unsafe: bool = True) -> str:
    """Give the text after the fixes of some rules, which find nothing in it any more."""
    message = lint.fix(octets, select=codes, unsafe=unsafe)
    assert lint.check(message, select=codes) == []
    return message.html or message.text or ""


# -- the structure of HTML


@pytest.mark.parametrize(
    ("source", "places"),
    [
        ("<div>x", ["<div>"]),
        ("x</div>", ["</div>"]),
        ("<b><i>x</b></i>", []),
        ("<b><div>x</b></div>", ["</b>"]),
        ("<p>a<p>b<ul><li>c<li>d</ul><br><br/><hr>", []),
        ("<table><tr><td>a<td>b<tr><th>c</table>", []),
        ("<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>", []),
        ("<table><tr><td><table><tr><td>a</td></tr></table></td></tr></table>", []),
        ("<table><tr><td><b>x</td></tr></table>", ["<b>"]),
        ("<table>x<tr><td>y</table>", ["x"]),
        ("<table><div>x</div><tr><td>y</table>", ["<div>"]),
        ("<table><form><tr><td>x</form></table>", []),
        ("<td>x</td>", ["<td>", "</td>"]),
        ("<table><tr><td>x", ["<table>"]),
        ("<table><table><tr><td>x</table>", ["<table>"]),
        ("<a href=x>b<a href=y>c</a>", ["<a href=y>"]),
        ("<body>", ["<body>"]),
        ("<div/>x", ["<div/>"]),
        ("<svg><g><a/></svg><o:p></o:p><x-y>", []),
        ("<!--[if mso]><table><tr><td><![endif]-->x<!--[if mso]></td></tr></table><![endif]-->", []),
        ("<style>td</div>{}</style>", []),
        ("<h1>x</h2>", ["<h1>", "</h2>"]),
    ],
)
def test_tags_are_balanced_as_browsers_read_them(source: str, places: list[str]) -> None:
    assert html(source, "T001") == places


@pytest.mark.parametrize("encoding", ["8bit", "quoted-printable"])
def test_unbalanced_tags_are_mended(encoding: str) -> None:
    source = f"{TOP}<table><tr><td><b>x \u00fc</td></tr></table></div><div>y\n</body></html>\n"
    text = mended(raw(source, encoding=encoding), "T001")
    assert text == f"{TOP}<table><tr><td><b>x \u00fc</b></td></tr></table><div>y\n</div></body></html>\n"


@pytest.mark.parametrize("encoding", ["8bit", "quoted-printable", "base64"])
def test_what_the_document_lacks_is_added(encoding: str) -> None:
    text = mended(raw("<p>x \u00fc</p>\n", encoding=encoding), "T002", "T005")
    assert text == "<!DOCTYPE html>\n<html><p>x \u00fc</p></html>\n"


@pytest.mark.parametrize(
    ("doctype", "count"),
    [
        ("<!doctype html>", 0),
        ("<?xml version='1.0'?><!doctype html>", 0),
        ('<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/x.dtd">', 0),
        ('<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">', 0),
        ('<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">', 1),
        ('<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">', 1),
        ("<!doctype htm>", 1),
        ("", 1),
    ],
)
def test_a_doctype_is_one_without_quirks(doctype: str, count: int) -> None:
    assert len(html("<html><p>x", "T002", top=doctype)) == count


def test_an_empty_html_body_lacks_nothing() -> None:
    assert html("", "T002", "T003", "T004", "T005", top="") == []


@pytest.mark.parametrize(
    ("source", "severities"),
    [
        ("<iframe src=https://x.example></iframe>", ["error"]),
        ("<meta http-equiv=REFRESH content=0>", ["error"]),
        ("<meta charset=utf-8>", []),
        ("<base href=https://x.example>", ["warning"]),
        ("<base target=_blank>", []),
        ("<object><object></object></object>", ["error", "error"]),
    ],
)
def test_refused_elements_are_told_by_how_bad_they_are(source: str, severities: list[str]) -> None:
    assert [one.severity for one in found(raw(TOP + source), "T014")] == severities


def test_a_refused_element_is_taken_out_whole() -> None:
    source = f"{TOP}a<iframe src=x>b</iframe>c<embed src=y>d<applet>e</applet>"
    assert mended(raw(source), "T014") == f"{TOP}acd"


@pytest.mark.parametrize(
    ("source", "places"),
    [
        ("<!--[if mso]>x<![endif]-->", []),
        ("<!--[if !mso]><!-->x<!--<![endif]-->", []),
        ("<!--[if !mso]>-->x<!--<![endif]-->", []),
        ("<![if !mso]>x<![endif]>", []),
        ("<!--[if (gte mso 9)|(IE)]>x<![endif]-->", []),
        ("<!--[if mso]>x-->", ["<!--[if mso]>"]),
        ("<!--[if mso]>x--><![endif]-->", ["<!--[if mso]>"]),
        ("x<![endif]-->", ["<![endif]-->"]),
        ("<!--[if mso]>x<!--[if mso]>y<![endif]-->", ["<!--[if mso]>"]),
        ("a[0] <!-- [if] -->", []),
    ],
)
def test_conditional_comments_are_balanced(source: str, places: list[str]) -> None:
    assert html(source, "T038") == places


def test_text_after_the_end_is_found_and_the_end_moved() -> None:
    source = f"{TOP}<p>x</p></body></html>\n<!-- list -->\n<p>List &amp; co</p>\n"
    octets = raw(source)
    (one,) = found(octets, "T040")
    assert octets[one.start : one.end] == b"List &amp; co"
    assert mended(octets, "T040").endswith("</body>\n<!-- list -->\n<p>List &amp; co</p></html>\n")
    assert html("<p>x</p></body></html>\n<!-- list -->\n", "T040") == []


# -- images, links, tables


@pytest.mark.parametrize(
    ("source", "places"),
    [
        ("<img src=a>", ["<img src=a>"]),
        ('<img src=a alt=""><img alt>', []),
        ("<div style='display:none'><img src=a></div>", []),
    ],
)
def test_images_that_are_seen_have_an_alt(source: str, places: list[str]) -> None:
    assert html(source, "T006") == places


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("<img src=a alt=b>", 1),
        ("<img src=a alt=b width=200 height=100>", 0),
        ("<img src=a alt=b width=1>", 0),
        ("<img src=a alt=b width=100%>", 1),
        ("<img src=a alt=b>" + "word " * 20, 0),
        ("<img src=a alt=b><p hidden>" + "word " * 20, 1),
        ("few words", 0),
    ],
)
def test_a_large_image_wants_words_beside_it(source: str, count: int) -> None:
    assert len(html(source, "T017")) == count


@pytest.mark.parametrize(
    ("link", "count"),
    [
        ("<a href=x></a>", 1),
        ("<a href=x>&nbsp;\u200b</a>", 1),
        ('<a href=x><img alt=""></a>', 1),
        ("<a href=x>y</a>", 0),
        ("<a href=x aria-label=y></a>", 0),
        ("<a href=x><img alt=y></a>", 0),
        ("<a href=x><img></a>", 0),
        ("<a href=x><svg></svg></a>", 0),
        ("<a name=x></a>", 0),
        ("<a href=x><p>y</a>", 0),
        ('<a href=x style="display:none"></a>', 0),
    ],
)
def test_a_link_has_something_that_names_it(link: str, count: int) -> None:
    assert len(html(link, "T037")) == count


@pytest.mark.parametrize(
    ("href", "count"),
    [
        ("", 1),
        (" ", 1),
        ("#", 1),
        ("#top", 0),
        ("javascript:void(0)", 1),
        ("JavaScript: void 0;", 1),
        ("javascript:;", 1),
    ],
)
def test_a_link_leads_somewhere(href: str, count: int) -> None:
    assert len(html(f'<a href="{href}">x</a>', "T016")) == count


@pytest.mark.parametrize(
    ("table", "count"),
    [
        ("<table cellpadding=0><tr><td>x</table>", 1),
        ("<table><tr><td><img></table>", 1),
        ("<table><tr><td>x</table>", 0),
        ("<table border=0><tr><th>x</table>", 0),
        ("<table border=0 role=none><tr><td>x</table>", 0),
        ("<table border=0><tr><td><table><tr><th>x</table></table>", 1),
    ],
)
def test_a_table_of_the_layout_is_one_without_headers(table: str, count: int) -> None:
    assert len(html(table, "T008")) == count


def test_the_role_is_added() -> None:
    assert mended(raw("<TABLE border=0><td>x</TABLE>"), "T008") == '<TABLE role="presentation" border=0><td>x</TABLE>'


# -- styles


@pytest.mark.parametrize(
    ("source", "severities"),
    [
        ('<p style="color:#fefefe">x', ["warning"]),
        ('<p style="color:#999">x', ["info"]),
        ('<p style="color:#888;font-size:24px">x', []),
        ('<h1 style="color:#888">x</h1>', []),
        ('<p style="color:#555">x', []),
        ('<p style="color:#fff;background:url(x)">x', []),
        ('<div style="background:#000"><p style="color:#fff">x</p></div>', []),
        ("<td bgcolor=black>x", []),
        ('<table><td bgcolor="#111111"><font color="#000000">x</font></table>', ["warning"]),
        ('<p style="color:#fefefe">&nbsp;\u200b - ', []),
        ('<p style="color:#fefefe;display:none">x', []),
        ('<p style="color:#fff;font-size:1px;max-height:0">x', []),
        ('<p style="color:#999">x<p style="color:#999">y', ["info"]),
        ("<style>p.x{color:#fff}div p{color:#000}</style><p class=x>x", []),
        ('<a href=x style="background:#00f">x</a>', []),
    ],
)
def test_text_has_another_colour_than_its_background(source: str, severities: list[str]) -> None:
    assert [one.severity for one in found(raw(TOP + source), "T018")] == severities


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('<div style="display:none">preview</div><p>x', 0),
        ('<div style="display:none">preview <b>more</b></div><p>x', 0),
        ('<p>x<div style="display:none">late</div>', 1),
        ('<div style="display:none">a</div><div style="opacity:0">b</div>x', 1),
        ('<td style="font-size:0"><p style="font-size:14px">x</p>', 0),
        ('x<span style="font-size:0">y</span><span style="font-size:0px">&nbsp;</span>', 1),
        ("<style>@media (max-width:9px){.m{display:block!important}}</style>x<p class=m style='display:none'>y", 0),
    ],
)
def test_words_are_not_hidden_but_for_the_preview(source: str, count: int) -> None:
    assert len(html(source, "T019")) == count


# -- URLs


@pytest.mark.parametrize(
    ("source", "places"),
    [
        ("<a href=/x>y</a>", ["/x"]),
        ("<img src=//x.example/y>", ["//x.example/y"]),
        ("<p style=\"background:url('x.png')\">", ["x.png"]),
        ("<a href=#x>y</a><img src=cid:x><a href=tel:1>y</a><a href=''>y</a>", []),
        ("<a href={{url}}>y</a><a href=*|URL|*>y</a><a href='{{amazonSESUnsubscribeUrl}}'>y</a>", []),
        ("<base href=https://x.example/><a href=y>z</a>", []),
        ("<form action=x></form><blockquote cite=x>", []),
    ],
)
def test_urls_have_a_scheme(source: str, places: list[str]) -> None:
    assert html(source, "T015") == places


def test_a_content_location_is_a_base() -> None:
    octets = raw(f"{TOP}<a href=x>y</a>").replace(b"\r\n\r\n", b"\r\nContent-Location: https://x.example/\r\n\r\n", 1)
    assert found(octets, "T015") == []
    assert len(found(octets.replace(b"https://x.example/", b"x.html", 1), "T015")) == 1


@pytest.mark.parametrize(
    ("url", "severity"),
    [
        ("https://x.example/a?b=%20&c#d", None),
        ("https://[::1]:80/", None),
        ("https://x.example:/", None),
        ("https:///x", "error"),
        ("https://", "error"),
        ("https://x.example:http/", "error"),
        ("https://x.example:99999/", "error"),
        ("https://x.example/a b", "warning"),
        ("https://x.example/\u00fc", "warning"),
        ("https://x.example/{a}", "warning"),
        ("https://x.example/%zz", "warning"),
        ("https://x.example/{{ a b }}", None),
        ("cid:a b", None),
    ],
)
def test_web_urls_are_written_by_the_rules(url: str, severity: str | None) -> None:
    made = found(raw(f'{TOP}<a href="{url}">x</a>'), "T033")
    assert [one.severity for one in made] == ([severity] if severity else [])


def test_characters_of_urls_are_escaped_as_browsers_do() -> None:
    source = '<a href="https://x.example/a\nb c\u00fc{|}?d=\u00fc">x</a><a href="https://\u00fc.example/ ">y</a>'
    text = lint.fix(raw(source), select="T033").html
    assert text is not None
    assert text.startswith('<a href="https://x.example/ab%20c%C3%BC%7B%7C%7D?d=%C3%BC">x</a><a href="https://\u00fc')


@pytest.mark.parametrize(
    ("url", "is_right"),
    [
        ("mailto:a@b.example", True),
        ("mailto:a@b.example,c@d.example?subject=x%20y&amp;body=z%0D%0Aw", True),
        ("mailto:?to=a@b.example", True),
        ("mailto:", True),
        ("mailto:gorby%25kremvax@b.example", True),
        ("mailto:%22not%40me%22@b.example", True),
        ("mailto:a", False),
        ("mailto://a@b.example", False),
        ("mailto:Jane%20%3Ca@b.example%3E", False),
        ("mailto:a@b.example?subject", False),
        ("mailto:a@b.example?subject=a b", False),
        ("mailto:a@b.example?subject=100%", False),
        ("mailto:{{ address }}", True),
    ],
)
def test_mailto_links_are_written_by_rfc_6068(url: str, is_right: bool) -> None:
    assert (html(f'<a href="{url}">x</a>', "T036") == []) is is_right


def test_a_mailto_link_is_escaped() -> None:
    text = mended(raw('<a href="mailto:a@b.example?subject=a b\u00fc">x</a>'), "T036", unsafe=False)
    assert text == '<a href="mailto:a@b.example?subject=a%20b%C3%BC">x</a>'


def test_http_becomes_https() -> None:
    octets = raw('<a href="http://x.example/">x</a><img src="HTTP://x.example/">')
    assert mended(octets, "T030") == '<a href="https://x.example/">x</a><img src="HTTPs://x.example/">'
    assert lint.fix(octets, select="T030").to_bytes() == octets


@pytest.mark.parametrize(
    ("host", "is_local", "is_address"),
    [
        ("localhost", True, False),
        ("localhost:8000", True, False),
        ("shop", True, False),
        ("a.test", True, False),
        ("printer.local.", True, False),
        ("10.1.2.3", True, True),
        ("127.1", True, True),
        ("2130706433", True, True),
        ("0x7f.0.0.1", True, True),
        ("169.254.1.1", True, True),
        ("[::1]", True, True),
        ("[fd00::1]", True, True),
        ("8.8.8.8", False, True),
        ("[2606:4700::1111]", False, True),
        ("shop.example", False, False),
        ("10.shop.example", False, False),
        ("999.1.1.1", False, True),
        ("[::zz]", False, True),
    ],
)
def test_hosts_are_told_apart(host: str, is_local: bool, is_address: bool) -> None:
    source = f"see https://{host}/x now"
    assert bool(plain(source, "T031")) is is_local
    assert bool(plain(source, "T032")) is is_address
    assert bool(html(f'<a href="https://{host}/x">y</a>', "T032")) is is_address


@pytest.mark.parametrize("url", ["file:///C:/Users/jane/order.pdf", "FILE://server/share/order.pdf"])
def test_a_link_to_a_file_leads_nowhere(url: str) -> None:
    assert html(f'<p><a href="{url}">see</a> <img src="https://shop.example/a.png" alt="a"></p>', "T031") == [url]


def test_shorteners_are_known_by_their_whole_host() -> None:
    assert plain("https://bit.ly/x https://www.bit.ly/x https://notbit.ly/x https://bit.ly.example/x", "T035") == [
        "https://bit.ly/x",
        "https://www.bit.ly/x",
    ]
    assert all(host == host.lower() and "." in host for host in html_urls.SHORTENERS)


# -- what texts say


@pytest.mark.parametrize(
    ("source", "places"),
    [
        ("Hi {{ name }}, {% if x %}y{% endif %}", ["{{ name }}", "{% if x %}", "{% endif %}"]),
        (
            "${name} %(name)s <%= name %> *|NAME|* [[name]]",
            ["${name}", "%(name)s", "<%= name %>", "*|NAME|*", "[[name]]"],
        ),
        ("Dear None,", ["Dear None"]),
        ("Hello undefined!", ["Hello undefined"]),
        ("[object Object]", ["[object Object]"]),
        ("None of it. null and void. Hello Nonesuch, 100% (of it) {a} [1] $5 {{amazonSESUnsubscribeUrl}}", []),
        ("a {{ b", []),
    ],
)
def test_what_a_template_left_over_is_found(source: str, places: list[str]) -> None:
    assert plain(source, "T021") == places


@pytest.mark.parametrize(
    ("source", "places"),
    [
        ("<p>Hi {{ a }}</p>", ["{{ a }}"]),
        ("<p>&lt;%= a %&gt;</p>", ["&lt;%= a %&gt;"]),
        ('<a href="https://x.example/{{a}}">b</a>', ["https://x.example/{{a}}"]),
        ('<a href="None">b</a>', ["None"]),
        ('<img alt="undefined">', ["undefined"]),
        ("<pre>{{ a }}</pre><p><code>{% a %}<b>{{ b }}</b></code></p>", []),
        ("<style>a{{b}}</style><script>{{ c }}</script><!-- {{ d }} -->", []),
        ('<a href="{{amazonSESUnsubscribeUrl}}">b</a>', []),
    ],
)
def test_what_a_template_left_over_is_found_in_html(source: str, places: list[str]) -> None:
    assert html(source, "T021") == places


def test_placeholders_are_found_where_they_are_seen() -> None:
    assert plain("TODO: Lorem Ipsum XXX test  test. XXXL todo contest test", "T022") == [
        "TODO",
        "Lorem Ipsum",
        "XXX",
        "test  test",
    ]
    assert html("<p class=TODO>FIXME</p><!-- TODO --><p hidden>TODO</p>", "T022") == ["FIXME"]


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("<html><body>x</body></html>", 1),
        ("<!DOCTYPE html>\nx", 1),
        ("<p>a</p> <br> b", 1),
        ("use <p> and <b> and <i>", 0),
        ("a < b, b > c <john@x.example> <https://x.example>", 0),
        ("> <p>a</p> <br>\n> <b>c</b>", 0),
        ("+<p>a</p>\n-<p>b</p>", 0),
    ],
)
def test_plain_text_is_no_html(source: str, count: int) -> None:
    assert len(plain(source, "T023")) == count


def alternatives(text: str, markup: str, encoding: str = "7bit") -> bytes:
    return (
        b"From: a@shop.example\r\nTo: b@shop.example\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n'
        b"Content-Transfer-Encoding: %b\r\n\r\n%b\r\n--b\r\nContent-Type: multipart/related; boundary=c\r\n\r\n--c\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n\r\n%b\r\n--c--\r\n--b--\r\n"
    ) % (encoding.encode(), text.encode(), markup.encode())


def test_a_blank_plain_text_is_filled_from_the_html() -> None:
    octets = alternatives(" \r\n", "<p>Hello <b>John</b></p><p>bye</p>")
    assert len(found(octets, "T024")) == 1
    assert lint.fix(octets, select="T024", unsafe=True).text == "Hello John\nbye\n"
    assert found(alternatives(" ", "<p>&nbsp;</p>"), "T024") == []
    assert found(alternatives("x", "<p>Hello</p>"), "T024") == []


@pytest.mark.parametrize(
    ("source", "more", "count"),
    [
        ("word " * 20, "", 1),
        ("word " * 20 + "\n" + "word " * 20, "", 1),
        ("x" * 100, "", 0),
        ("> " + "x" * 100, "", 1),
        ("word " * 15, "", 0),
        ("word " * 20, "; format=flowed", 0),
    ],
)
def test_lines_that_can_be_broken_have_78_characters(source: str, more: str, count: int) -> None:
    assert len(found(raw(source, subtype="plain", more=more), "T025")) == count


@pytest.mark.parametrize("code", ["T026", "T027"])
def test_lines_that_others_change_are_escaped_and_nothing_else_changes(code: str) -> None:
    source = "From here\n.\nFrom there\n..\n \u00fc="
    octets = raw(source, subtype="plain")
    assert len(found(octets, code)) == {"T026": 2, "T027": 1}[code]
    message = lint.fix(octets, select=code)
    assert message.text == source
    assert lint.check(message, select=["T026", "T027", "E", "M"]) == []
    assert found(raw(source, subtype="plain", encoding="base64"), code) == []


def test_a_message_without_mime_gets_no_transfer_encoding() -> None:
    octets = b"From: a@shop.example\r\nSubject: x\r\n\r\nx\r\nFrom y\r\n"
    (one,) = found(octets, "T026")
    assert one.fix is None
    assert octets[one.start : one.end] == b"From "


def test_capitals_and_blank_lines_are_counted() -> None:
    assert len(plain("SHOUTING IS NOT NICE " * 6, "T042")) == 1
    assert plain("Shouting Is Not Nice " * 6, "T042") == []
    assert plain("SHOUTING", "T042") == []
    assert html("<p>" + "SHOUTING IS NOT NICE " * 6, "T042") != []
    assert plain("\u6c34" * 200 + "ABC", "T042") == []
    assert len(plain("a" + "\n" * 20 + "b", "T041")) == 1
    assert plain("a\n\n" * 20, "T041") == []


# -- mail clients


def test_the_clients_of_the_context_are_asked() -> None:
    source = '<p style="display:flex">x</p><video src="cid:a"></video><img src="a.webp" alt=b>'
    for clients in ([], ["gmail"], ["outlook.windows"]):
        context = lint.Context(clients=clients)
        assert len(html(source, "T010", context=context)) == 1
        assert len(html(source, "T012", context=context)) == (0 if clients == ["gmail"] else 1)
    assert html(source, "T010", "T012", context=lint.Context(clients=["apple-mail.macos"])) == []


def test_a_feature_is_told_once_and_in_part_as_an_info() -> None:
    octets = raw(f'{TOP}<style>p{{margin:0}}</style><p style="margin:1px;gap:2px">x</p><p style="gap:3px">y</p>')
    made = found(octets, "T011")
    places = [(octets[one.start : one.end], one.severity) for one in made]
    assert places == [(b"margin:0", "info"), (b"gap:2px", "warning")]
    assert "caniemail.com: css-gap" in made[1].message


def test_the_format_of_an_image_is_that_of_its_part() -> None:
    octets = (
        b"From: a@shop.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\n"
        b'Content-Type: text/html\r\n\r\n<img src="cid:x@y" alt=a><img src="cid:none" alt=a>\r\n--b\r\n'
        b"Content-Type: image/webp\r\nContent-ID: <x@y>\r\nContent-Disposition: inline\r\n\r\nx\r\n--b--\r\n"
    )
    (one,) = found(octets, "T012")
    assert octets[one.start : one.end] == b"cid:x@y"


# -- all of them


@pytest.mark.parametrize("encoding", ["8bit", "quoted-printable", "base64"])
def test_a_careful_newsletter_has_no_finding(encoding: str) -> None:
    source = (
        f'{TOP}<table role="presentation" cellpadding="0" width="600"><tr><td style="color:#333333">'
        "<h1>Garden chairs</h1><p>Garden chairs are cheaper until Friday: oak for 49 instead of 69, beech for 39 "
        'instead of 55. Delivery costs nothing.</p><a href="https://shop.example/chairs?a=1&amp;b=2#oak">'
        '<img src="https://shop.example/chair.png" alt="an oak chair" width="300" height="200"></a>'
        '<a href="mailto:help@shop.example?subject=My%20order">Write to us</a></td></tr></table></body></html>\n'
    )
    assert [str(one) for one in found(raw(source, encoding=encoding)) if one.severity != "info"] == []


def test_what_is_built_has_no_finding() -> None:
    page = f'{TOP}<p>H\u00e4llo \U0001f600</p><a href="https://shop.example/">see</a></body></html>'
    for text, content in (("Hello", None), ("From here\n.\n\u00fc", page), ("\u6c34 " * 30, page)):
        message = Message(from_="a@shop.example", to="b@shop.example", subject="Hi", text=text, html=content)
        assert lint.check(message, select=CODES) == []


HOSTILE = [
    "<div>", "</div>", "<b><div></b>", "<a href=x><table><td>", "<img src=x>", '<a href="http://x/ y"></a>', "<applet>",
    "<style>a{b:c;", ".a{color:red}", '<p style="color:red">x', "{{ x }} ", "{% a", "[[a", "<!--[if mso]>", "mailto:a,",
    "<![endif]-->", "lorem ipsum TODO ", "&amp;{{ x }}", "</html>x", "https://x.y/)", "Dear ", "<table><tr>x", ".\n",
    "From x\n",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize(("subtype", "encoding"), [("html", "8bit"), ("html", "quoted-printable"), ("plain", "8bit")])
def test_the_rules_take_linear_time(piece: str, subtype: str, encoding: str) -> None:
    made = {count: raw(piece * count, subtype=subtype, encoding=encoding) for count in (200, 1_600)}
    assert is_linear(lambda count: found(made[count]), 200, 1_600)


@pytest.mark.parametrize("line", [".\r\n", "From x\r\n"])
def test_lines_at_risk_that_cannot_be_mended_take_linear_time(line: str) -> None:
    head = raw("", subtype="plain")
    assert is_linear(lambda count: found(head + line.encode() * count + b"\r", "T026", "T027"), 1_000, 8_000)


def parts(count: int) -> bytes:
    """Give a message of many HTML bodies and pictures, and many of these signed."""
    html_part = b"--b\r\nContent-Type: text/html\r\n\r\n<img src=cid:a1>\r\n"
    picture = b"--b\r\nContent-Type: image/webp\r\nContent-ID: <a1>\r\n\r\nx\r\n"
    sealed = b"--b\r\nContent-Type: application/pkcs7-mime\r\n\r\nx\r\n"
    return (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n"
        + (html_part + picture) * count
        + sealed
        + b"--b--\r\n"
    )


@pytest.mark.parametrize("code", ["T012", "X024"])
def test_many_bodies_in_a_message_take_linear_time(code: str) -> None:
    made = {count: parts(count) for count in (100, 800)}
    assert [one.code for one in found(made[100], code)] == [code] * 100
    assert is_linear(lambda count: found(made[count], code), 100, 800, factor=2.5)


@given(st.text(st.sampled_from("<>/!-[]a br=\"'&;{}:()%$*|\n#.phtdivsyle"), max_size=150))
@settings(max_examples=100, deadline=None)
def test_no_text_makes_a_rule_crash(source: str) -> None:
    for subtype in ("html", "plain"):
        octets = raw(source, subtype=subtype)
        for one in found(octets):
            assert 0 <= one.start <= one.end <= len(octets)


def test_the_table_of_rules_is_whole() -> None:
    left = {"T028", "T029"}  # never given
    assert {f"T{number:03}" for number in range(1, 43)} - left == set(CODES)


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("Hello {{ name }}, it has left.", "warning"),
        ("Write `{{ name }}` there.", "info"),
        ("In a template write {{ name }} there.", "info"),
        ("> Hello {{ name }}, it has left.", "info"),
        ("See [[Main Page]] for more.", "info"),
    ],
)
def test_a_mark_that_is_spoken_of_is_an_info(text: str, severity: str) -> None:
    octets, context = examples.example(f"Subject: Hi\n\nGood morning,\n{text}")
    assert [one.severity for one in lint.check(octets, select="T021", context=context)] == [severity]
    said = text.lstrip("> ")
    html, context = examples.example(f"@html\n<!DOCTYPE html><html lang=en><body><p>{said}</p></body></html>")
    found = [one.severity for one in lint.check(html, select="T021", context=context) if one.path == "2"]
    assert found == ["warning" if text.startswith(">") else severity]
