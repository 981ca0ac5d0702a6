"""The view of HTML bodies: what the source holds, where it stands, and that reading it takes linear time."""

from __future__ import annotations

import base64
import quopri

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimekit import lint
from mimekit.lint import clients, css, urls
from mimekit.lint.context import Context, LintError
from mimekit.lint.html import Element, Html
from mimekit.lint.looks import contrast
from mimekit.lint.view import Mail, Text
from tests.support.timing import is_linear


def text_of(source: str, *, subtype: str = "html", encoding: str = "8bit", charset: str = "utf-8") -> Text:
    """Give the view of a text part that is the message."""
    body = source.replace("\n", "\r\n").encode(charset)
    if encoding == "quoted-printable":
        body = quopri.encodestring(body).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if encoding == "base64":
        body = base64.encodebytes(body).replace(b"\n", b"\r\n")
    head = (
        "From: a@shop.example\r\nTo: b@shop.example\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/{subtype}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    (made,) = Mail(head.encode() + body, Context()).texts
    return made


def html_of(source: str) -> Html:
    return text_of(source).document


def the(html: Html, name: str) -> Element:
    (element,) = html.named[name]
    return element


def written(html: Html, place: tuple[int, int]) -> str:
    return html.source[slice(*place)]


# -- elements


def test_an_element_knows_its_start_tag_although_a_value_holds_a_closing_bracket() -> None:
    html = html_of('<p><a title="a > b" href=x>go</a></p>')
    link = the(html, "a")
    assert written(html, (link.start, link.end)) == '<a title="a > b" href=x>'
    assert link.parent is the(html, "p")
    assert list(the(html, "p").inner) == [link]
    assert [one.name for one in link.around] == ["p"]


@pytest.mark.parametrize(
    ("tag", "name", "value"),
    [
        ('<img src="a b">', "src", "a b"),
        ("<img src='a'>", "src", "a"),
        ("<img src=a/b>", "src", "a/b"),
        ('<img alt = "x" src\n=\n"y">', "src", "y"),
        ("<img src>", "src", "src"),
        ('<img/src="a"/>', "src", "a"),
        ('<img alt="src=1" src=2>', "src", "2"),
        ("<IMG SRC=a>", "src", "a"),
    ],
)
def test_the_value_of_an_attribute_has_a_place(tag: str, name: str, value: str) -> None:
    html = html_of(f"<p>{tag}</p>")
    assert written(html, the(html, "img").place(name)) == value


def test_a_value_is_read_with_its_character_references_and_placed_as_it_is_written() -> None:
    html = html_of('<a href="x?a=1&amp;b=2">go</a>')
    assert the(html, "a").value("href") == "x?a=1&b=2"
    assert written(html, the(html, "a").place("href")) == "x?a=1&amp;b=2"


def test_an_absent_attribute_has_the_place_of_the_tag() -> None:
    html = html_of("<p>x</p>")
    assert written(html, the(html, "p").place("id")) == "<p>"
    assert the(html, "p").value("id") == ""


def test_elements_that_the_parser_adds_are_left_out() -> None:
    assert [one.name for one in html_of("<table><td>x</table>").elements] == ["table", "td"]


def test_a_misnested_element_is_one_with_all_of_its_text() -> None:
    html = html_of('<a href="x"><p>in</a></p><p>out</p>')
    assert the(html, "a").text == "in"
    assert [one.name for one in html.elements] == ["a", "p", "p"]


def test_what_a_byte_order_mark_stands_before_keeps_its_place() -> None:
    html = html_of("\ufeff<p>x</p>")
    assert written(html, (the(html, "p").start, the(html, "p").end)) == "<p>"


def test_elements_of_noscript_and_template_are_seen() -> None:
    html = html_of("<noscript><img alt=a></noscript><template><img alt=b></template>")
    assert [(one.value("alt"), one.is_hidden) for one in html.images] == [("a", False), ("b", True)]


# -- text


def test_the_visible_text_has_a_line_for_each_block() -> None:
    html = html_of(
        "<html><head><title>No</title><style>p{}</style></head><body>Hi <b>you</b>\n all<p>one</p>two"
        "<br>three<script>no</script>"
        '<table><tr><td>a</td><td>b</td></tr></table><div style="display:none">no</div></body></html>'
    )
    assert html.visible_text.split("\n") == ["Hi you all", "one", "two", "three", "a", "b"]
    assert html.words[:3] == ["Hi", "you", "all"]
    assert html.title == "No"


@pytest.mark.parametrize(
    "tag", ["<p hidden>", '<p style="color:red; DISPLAY : none">', '<p style="visibility:hidden">']
)
def test_what_is_hidden_is_not_visible(tag: str) -> None:
    html = html_of(f"<div>a{tag}b<b>c</b></p></div>")
    assert html.visible_text == "a"
    assert the(html, "b").is_hidden


def test_a_run_of_text_knows_where_its_characters_stand_up_to_the_first_reference() -> None:
    html = html_of("<p>one two &amp; three</p>")
    (run,) = html.runs
    assert written(html, html.place(run, 4, 7)) == "two"
    assert written(html, html.place(run, 10, 15)) == "one two &amp; three"


def test_comments_and_the_doctype_have_places() -> None:
    html = html_of(
        '<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01//EN"><!--[if mso]>x<![endif]--><p>y<? z ></p><!-- open'
    )
    doctype = html.doctype
    assert doctype is not None
    assert (doctype.name, doctype.public_id) == ("html", "-//W3C//DTD HTML 4.01//EN")
    assert written(html, (doctype.start, doctype.end)).startswith("<!DOCTYPE")
    assert [html.source[one.start : one.end] for one in html.comments] == [
        "<!--[if mso]>x<![endif]-->",
        "<? z >",
        "<!-- open",
    ]


def test_tags_are_those_of_the_source_and_not_those_in_styles_and_comments() -> None:
    html = html_of("<p><style>a<b></style><!-- <i> --><title><u></title></p>")
    assert [(tag.name, tag.is_end) for tag in html.tags] == [
        ("p", False),
        ("style", False),
        ("style", True),
        ("", False),
        ("title", False),
        ("title", True),
        ("p", True),
    ]


@pytest.mark.parametrize(
    "markup",
    ["<?xml a?>", "<![if !mso]>", "</3>", "</>", "<!x>", "<!-- a --!>", "<!doctype html>", "<!-- <p>", "<b x='"],
)
def test_markup_that_browsers_pass_over_is_no_text(markup: str) -> None:
    html = html_of(f"<p>a</p>{markup}")
    assert html.visible_text == "a"
    assert [one.name for one in html.elements] == ["p"]


def test_what_looks_like_such_markup_in_a_value_or_a_style_is_left_alone() -> None:
    html = html_of('<?x?><p title="<?y?>">a</p><style>/*<?z?>*/</style>')
    assert the(html, "p").value("title") == "<?y?>"
    assert html.sheets[0].css == "/*<?z?>*/"


# -- styles


def test_a_declaration_has_a_name_a_value_and_a_place() -> None:
    made = css.declarations("Color : RED ;background:url( 'a;b.png' ) !important;; margin:0 auto")
    assert [(one.name, one.value, one.is_important) for one in made] == [
        ("color", "RED", False),
        ("background", "url( 'a;b.png' )", True),
        ("margin", "0 auto", False),
    ]
    text = "Color : RED ;background:url( 'a;b.png' ) !important;; margin:0 auto"
    assert [text[one.start : one.end] for one in made][::2] == ["Color : RED", "margin:0 auto"]


def test_a_style_sheet_gives_its_rules_wherever_they_stand() -> None:
    html = html_of(
        "<style>\n@media (max-width: 600px) {\n .a, td > b { color:red } }\n@import 'x.css';\n"
        "p{ margin:0; &:hover{top:1px} }\n@font-face { font-family: x }</style>"
    )
    (sheet,) = html.sheets
    assert [(one.selector, one.inside, one.is_nested) for one in sheet.rules] == [
        (".a, td > b", ("@media (max-width: 600px)",), False),
        ("p", (), False),
        ("&:hover", (), True),
    ]
    assert [(one.keyword, one.prelude) for one in sheet.at_rules] == [
        ("media", "(max-width: 600px)"),
        ("import", "'x.css'"),
        ("font-face", ""),
    ]
    assert written(html, sheet.place_of(sheet.rules[0].declarations[0])) == "color:red"
    assert written(html, sheet.place_of(sheet.rules[1])) == "p"


@pytest.mark.parametrize(
    "style", ["", ";", "color", "color:", ":red", "{", "}", "a:b}c", "/*", "url(", '"', "--x:{a:b}"]
)
def test_broken_styles_are_read_without_an_error(style: str) -> None:
    css.declarations(style)
    html = html_of(f"<style>{style}</style><p style='{style}'>x")
    assert [sheet.rules for sheet in html.sheets]
    assert html.looks


# -- URLs


def test_urls_are_found_in_attributes_styles_and_style_sheets() -> None:
    html = html_of(
        '<style>p{background:url("1")} /* url(no) */ @import "2";</style>'
        '<a href=" 3 ">x</a><img src=4 srcset="5 1x, 6 2x">'
        "<table><td background=7><form action=8><p style=\"background-image: url('9')\">"
    )
    found = html.urls
    assert sorted(one.value for one in found) == list("123456789")
    assert [written(html, (one.start, one.end)).strip() for one in found] == [one.value for one in found]
    assert [one.value for one in found if one.is_css] == ["9", "1", "2"]


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://Shop.example:80/x?y#z", ("https", None, "shop.example", "80")),
        ("https://a:b@shop.example", ("https", "a:b", "shop.example", None)),
        ("https://a@b@[::1]:8", ("https", "a@b", "[::1]", "8")),
        ("mailto:a@b", ("mailto", None, "", None)),
        ("//shop.example/x", ("", None, "", None)),
        ("java\nscript:x", ("javascript", None, "", None)),
        ("x/y:z", ("", None, "", None)),
    ],
)
def test_a_url_is_divided(url: str, parts: tuple[str, str | None, str, str | None]) -> None:
    made = urls.Url(text_of("x"), url, 0, 1)
    assert (made.scheme, made.userinfo, made.host, made.port) == parts


def test_plain_text_has_the_urls_that_programs_make_links_of() -> None:
    text = text_of("See https://a.example/x(1), (https://b.example), <mailto:c@d.example> or ftp://e.", subtype="plain")
    assert [one.value for one in text.urls] == [
        "https://a.example/x(1)",
        "https://b.example",
        "mailto:c@d.example",
        "ftp://e",
    ]


# -- looks


@pytest.mark.parametrize(
    ("source", "colours"),
    [
        ("<p>x", ((0, 0, 0), (255, 255, 255))),
        ('<p style="color:red;background:#000">x', ((255, 0, 0), (0, 0, 0))),
        ('<div style="background:#00f url(x)"><p>x</div>', ((0, 0, 0), None)),
        ('<div bgcolor="00ff00"><font color=red><p>x</p></font></div>', ((255, 0, 0), (0, 255, 0))),
        ("<style>p{color:red}.a{color:lime}</style><p class=a>x", ((0, 255, 0), (255, 255, 255))),
        ("<style>p{color:red!important}.a{color:lime}</style><p class=a>x", ((255, 0, 0), (255, 255, 255))),
        ("<style>#i{color:red}.a{color:lime}</style><p class=a id=i>x", ((255, 0, 0), (255, 255, 255))),
        ("<style>div p{color:red}</style><p>x", (None, None)),
        ("<style>@media print{p{color:red}}</style><p>x", ((0, 0, 0), (255, 255, 255))),
        ("<style>p:hover{color:red}</style><p>x", ((0, 0, 0), (255, 255, 255))),
        ('<p style="color:rgba(0,0,0,.5)">x', (None, (255, 255, 255))),
        ('<p style="color:var(--a)">x', (None, (255, 255, 255))),
        ('<p style="color:red;opacity:.5">x', (None, (255, 255, 255))),
        ('<p style="position:absolute">x', ((0, 0, 0), None)),
    ],
)
def test_colours_follow_the_plain_selectors_and_are_unknown_else(source: str, colours: object) -> None:
    html = html_of(source)
    look = html.looks[the(html, "p")]
    assert (look.colour, look.background) == colours


@pytest.mark.parametrize(
    ("size", "pixels"), [("12px", 12), ("12pt", 16), ("2em", 32), ("150%", 24), ("0", 0), ("bold 20px/1.5 Arial", 20)]
)
def test_a_font_size_is_known_in_px(size: str, pixels: float) -> None:
    name = "font" if " " in size else "font-size"
    html = html_of(f'<p style="{name}:{size}">x')
    assert html.looks[the(html, "p")].size == pixels


def test_contrast_is_that_of_wcag() -> None:
    assert contrast((255, 255, 255), (0, 0, 0)) == pytest.approx(21)
    assert contrast((255, 255, 255), (118, 118, 118)) == pytest.approx(4.54, abs=0.01)


# -- clients


def test_a_family_is_named_alone_if_all_of_it_lacks_a_feature() -> None:
    assert clients.support("html-video", ("yahoo",)).none == "Yahoo! Mail"
    assert clients.support("html-video", ("outlook.windows", "apple-mail")).none == "Outlook (Windows)"
    assert clients.support("html-p") == ("", "")


def test_an_unknown_client_is_an_error_that_says_what_was_perhaps_meant() -> None:
    with pytest.raises(LintError, match="did you mean gmail"):
        clients.support("html-video", ("gmial",))


def test_every_feature_that_is_looked_for_is_in_the_table() -> None:
    known = clients._table().marks
    elements = (clients._ELEMENTS, clients._ATTRIBUTES, *clients._FIELDS.values())
    styles = (clients._PROPERTIES, clients._WORDS, clients._FUNCTIONS, clients._AT_RULES, clients._MEDIA)
    for table in (*elements, *styles, clients._COMBINATORS):
        assert set(table.values()) <= known.keys()
    assert set(clients._VALUES.values()) <= known.keys()
    assert {f"css-unit-{unit}" for unit in clients._UNITS} <= known.keys()
    assert len({len(marks) for marks in known.values()} | {len(clients._table().clients)}) == 1


@pytest.mark.parametrize(
    ("style", "features"),
    [
        ("display:flex", {"css-display", "css-display-flex"}),
        ("width:calc(100% - 1rem)", {"css-width", "css-unit-calc", "css-unit-percent", "css-unit-rem"}),
        ("--a:b", {"css-variables"}),
        ("mso-hide:all", set()),
        ("margin-inline-start:1px!important", {"css-margin-inline-start-end", "css-unit-px", "css-important"}),
        ("border-start-start-radius:1px", {"css-border-radius-logical", "css-unit-px"}),
        ("border-inline-start-width:1px", {"css-border-inline-block-individual", "css-unit-px"}),
    ],
)
def test_a_declaration_uses_features(style: str, features: set[str]) -> None:
    (one,) = css.declarations(style)
    assert clients.of_declaration(one) == features


@pytest.mark.parametrize(
    ("selector", "features"),
    [
        ("a > b", {"css-selector-child"}),
        ("a[b]::before", {"css-selector-attribute", "css-pseudo-element-before"}),
        (".a.b", {"css-selector-chaining"}),
        ("p:not(.x):hover", {"css-pseudo-class-not", "css-pseudo-class-hover"}),
        ("p", set()),
    ],
)
def test_a_selector_uses_features(selector: str, features: set[str]) -> None:
    (sheet,) = html_of(f"<style>{selector}{{color:red}}</style>").sheets
    assert clients.of_selector(sheet.rules[0]) == features


# -- places in octets


SOURCE = "<p>a = b \u00fc\U0001f600 one</p>\n<p>" + "long " * 40 + 'two</p>\n<img src="x">\n'


@pytest.mark.parametrize("encoding", ["8bit", "quoted-printable", "base64"])
@pytest.mark.parametrize("word", ["one", "two", "<img", "a ="])
def test_characters_are_found_in_the_octets_that_carry_them(encoding: str, word: str) -> None:
    text = text_of(SOURCE, encoding=encoding)
    at = text.text.index(word)
    hit = text.hit("x", at, at + len(word))
    octets = text.entity.mail.octets[hit.start : hit.end]
    if encoding == "base64":
        body = text.entity.mail.octets[text.entity.body_start : hit.start].replace(b"\r\n", b"")
        assert len(body) == len(text.text[:at].replace("\n", "\r\n").encode()) * 4 // 3
    elif encoding == "quoted-printable":
        assert quopri.decodestring(octets).decode() == word
    else:
        assert octets.decode() == word


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1251", "koi8-r", "gb2312", "shift_jis"])
def test_places_are_right_in_other_charsets(charset: str) -> None:
    word = {"iso-8859-1": "\u00fc", "windows-1251": "\u043f", "koi8-r": "\u043f"}.get(charset, "\u6c34")
    text = text_of(f"<p>{word * 3000}</p>\n<img>", charset=charset)
    at = text.text.index("<img")
    hit = text.hit("x", at, at + 5)
    assert text.entity.mail.octets[hit.start : hit.end] == b"<img>"


def test_what_is_not_of_its_charset_has_places_all_the_same() -> None:
    octets = text_of("x").entity.mail.octets.replace(b"\r\n\r\nx", b"\r\n\r\n\xc3\xc3\xff <img>")
    (text,) = Mail(octets, Context()).texts
    at = text.text.index("<img")
    assert text.hit("x", at, at + 5).end == len(octets)


@pytest.mark.parametrize("encoding", ["8bit", "quoted-printable", "base64"])
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_an_edit_of_characters_is_an_edit_of_the_text(encoding: str, data: st.DataObject) -> None:
    alphabet = st.sampled_from("ab =.\n\u00fc\U0001f600<>F")
    source = data.draw(st.text(alphabet, min_size=1, max_size=200)).strip("\n") + "x\n"
    text = text_of(source, encoding=encoding)
    start = data.draw(st.integers(0, len(text.text)))
    end = data.draw(st.integers(start, len(text.text)))
    new = data.draw(st.text(st.sampled_from("a =\u00fc<."), max_size=100))
    fix = text.replacing("x", (start, end, new), is_whole=True)
    if fix is None:
        return
    octets = text.entity.mail.octets
    for first, last, replaced in sorted(fix.edits, reverse=True):
        octets = octets[:first] + replaced + octets[last:]
    (after,) = Mail(octets, Context()).texts
    expected = text.text[:start] + new + text.text[end:]
    if encoding == "quoted-printable":
        assert max(len(line) for line in after.entity.part.raw_body.split(b"\r\n")) <= 76
    assert after.text == expected


def test_a_base64_body_is_written_anew_only_when_a_rule_has_one_finding() -> None:
    text = text_of("<p>x</p>", encoding="base64")
    assert text.replacing("x", (0, 3, "<b>")) is None
    assert text.replacing("x", (0, 3, "<b>"), is_whole=True) is not None


def test_seven_bits_take_no_other_characters() -> None:
    assert text_of("<p>x</p>", encoding="7bit", charset="us-ascii").replacing("x", (0, 0, "\u00fc")) is None


# -- linear time


@pytest.mark.parametrize(
    "piece",
    ["<div>", "<b><div></b>", '<a href="', "<style>a{", "<!--", "<![if", "<p style='color:red'>x", "<svg>", "&amp;"],
)
def test_reading_takes_linear_time(piece: str) -> None:
    def read(count: int) -> None:
        html = html_of(piece * count)
        assert html.tags is not None
        assert html.urls is not None
        assert html.looks is not None
        assert html.visible_text is not None

    assert is_linear(read, 1_000, 8_000)


@given(st.text(st.sampled_from("<>/!-[]a b=\"'&;{}:()\n#.p"), max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read(source: str) -> None:
    html = html_of(f"{source}x\n")
    assert html.looks is not None
    assert html.tags is not None
    for element in html.elements:
        assert html.source[element.start] == "<"
        assert element.start < element.end <= len(html.source)
        for name in element.attributes:
            first, last = element.place(name)
            assert element.start <= first <= last <= element.end
    for url in html.urls:
        assert 0 <= url.start <= url.end <= len(html.source)
    for run in html.runs:
        first, last = html.place(run, 0, len(run.data))
        assert 0 <= first <= last <= len(html.source)


def test_signs_that_begin_no_tag_take_linear_time() -> None:
    head = b"From: a@shop.example\r\nTo: b@shop.example\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n"
    assert is_linear(lambda size: lint.check(head + b"<" * size, select="T"), 50_000, 400_000)


@pytest.mark.parametrize("unit", [b"<div>", b"<table><tr><td>", b"<b>", b"<p><a href=x>"])
def test_of_too_many_tags_the_first_ones_are_looked_at(unit: bytes) -> None:
    head = b"From: a@shop.example\r\nTo: b@shop.example\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n"
    most = 60
    context = Context(options={"max-html-tags": most})
    (whole,) = Mail(head + unit * most, Context()).texts
    (text,) = Mail(head + unit * most, context).texts
    assert text.document.source == whole.text[: len(unit) * most // unit.count(b"<")]
    found = {one.code for one in lint.check(head + unit * most, select="L", context=context)}
    assert found == ({"L024"} if unit.count(b"<") > 1 else set())


def test_html_of_tags_alone_takes_time_for_the_first_of_them_only() -> None:
    head = b"From: a@shop.example\r\nTo: b@shop.example\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n"
    (text,) = Mail(head + b"<table><tr><td>" * 50_000, Context()).texts
    assert text.document.source.count("<") == text.document.most_tags == 20_000


def test_what_is_open_where_html_was_cut_is_not_said_to_be_unclosed() -> None:
    head = b"From: a@shop.example\r\nTo: b@shop.example\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n"
    body = b"<table><tr><td><div><b>one</b></div></td></tr></table>"
    for most in range(1, 10):
        assert lint.check(head + body, select="T001", context=Context(options={"max-html-tags": most})) == []
    (left,) = lint.check(head + body, select="L024", context=Context(options={"max-html-tags": 5}))
    assert (head + body)[left.start :].startswith(b"</b></div>")
