"""Whatever stands in a message or in the name of its file: no report lets it act, and every report can be read."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit import lint
from mimekit.cli.terminal import Terminal
from mimekit.finding import SEVERITIES, Finding, Fix
from mimekit.lint import reporters
from mimekit.lint.reporters import visible
from mimekit.lint.running import Checked
from mimekit.lint.sources import Source

ATTACKS = (
    "\x1b[2J\x1b]0;owned\x07",
    "[bold red]markup[/]",
    "::error file=x::owned",
    "a%0A::set-output name=x::y",
    "]]>",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "&lt;b&gt;&amp;",
    "\u202e\u2066\ufeff\ufffe\x85\u2028",
    "\r\n::warning::x",
)
ACTING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]")
SGR = re.compile(r"\x1b\[[0-9;]*m")  # what rich writes for a style

texts = st.one_of(
    st.text(max_size=30),
    st.lists(st.sampled_from(ATTACKS) | st.text(max_size=5), max_size=4).map("".join),
)
names = texts.map(lambda text: text.replace("\0", "")).filter(bool) | st.binary(min_size=1, max_size=8).map(
    lambda octets: octets.replace(b"\0", b"x").decode("utf-8", "surrogateescape")
)


@st.composite
def checked(draw: st.DrawFn) -> Checked:
    """Draw a message with findings at any of its octets that say anything."""
    octets = draw(st.binary(max_size=60) | texts.map(lambda text: text.encode("utf-8", "surrogatepass")))
    found = []
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(octets)))
        end = draw(st.integers(start, len(octets)))
        fix = draw(
            st.none() | st.builds(lambda text, safe: Fix(text, (0, 0, b"\xff"), is_safe=safe), texts, st.booleans())
        )
        found.append(
            Finding(
                draw(st.sampled_from(["H204", "X021"])),
                draw(st.sampled_from(["date-weekday-mismatch", "active-content"])),
                draw(st.sampled_from(SEVERITIES)),
                draw(texts),
                path=draw(texts),
                start=start,
                end=end,
                line=octets.count(b"\n", 0, start) + 1,
                column=start - octets.rfind(b"\n", 0, start),
                reference=draw(texts),
                fix=fix,
            )
        )
    found.sort(key=lambda one: one.span)
    return Checked(Source(draw(names), octets), tuple(found))


def written(name: str, one: Checked, **options: Any) -> str:
    """Give a report as it is written."""
    made = reporters.make(name, reporters.Options(**options))
    totals = reporters.Totals()
    totals.add(one.findings)
    lines = [*made.message(one), *made.end(totals)]
    return "".join(
        ["".join([piece if isinstance(piece, str) else piece[0] for piece in line]) + "\n" for line in lines]
    )


def printed(name: str, one: Checked, stream: TextIOWrapper) -> str:
    """Give a report for people as a terminal gets it."""
    terminal = Terminal(stream)
    made = reporters.make(name, reporters.Options())
    totals = reporters.Totals()
    totals.add(one.findings)
    for line in [*made.message(one), *made.end(totals)]:
        terminal.line(*line)
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, BytesIO)
    return buffer.getvalue().decode()


class Tty(TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Page(HTMLParser):
    """Reads a page: its elements, their attributes, the text of each."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._raw = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._raw = tag if tag in ("script", "style") else ""

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - of the base class
        self._raw = ""

    def handle_data(self, data: str) -> None:
        if not self._raw:
            self.words.append(data)


def is_plain(text: str) -> bool:
    return text.isascii() and text.replace("\n", "").isprintable()


@given(checked())
@pytest.mark.parametrize("name", ["text", "concise"])
def test_a_pipe_gets_visible_text(name: str, one: Checked) -> None:
    shown = printed(name, one, TextIOWrapper(BytesIO(), encoding="utf-8", newline=""))
    assert not ACTING.search(shown)


@given(checked())
@pytest.mark.parametrize("name", ["text", "concise"])
def test_a_terminal_gets_no_more_than_our_styles(name: str, one: Checked) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TERM", "xterm")
        patch.delenv("NO_COLOR", raising=False)
        shown = printed(name, one, Tty(BytesIO(), encoding="utf-8", newline=""))
    plain = SGR.sub("", shown)
    assert not ACTING.search(plain)
    for finding in one.findings:
        assert visible.text(finding.message) in plain, "markup is text"


@given(checked())
@pytest.mark.parametrize("name", ["json", "jsonl", "sarif", "gitlab", "github", "junit", "html"])
def test_a_report_for_programs_is_printable_ascii(name: str, one: Checked) -> None:
    assert is_plain(written(name, one))


@given(checked())
def test_json_gives_back_what_was_said(one: Checked) -> None:
    whole = json.loads(written("json", one))
    lines = [json.loads(line) for line in written("jsonl", one).splitlines()]
    assert whole["findings"] == lines
    assert [found["message"] for found in lines] == [found.message for found in one.findings]
    assert whole["summary"]["messages"] == 1


@given(checked())
def test_a_github_line_is_one_command_for_each_finding(one: Checked) -> None:
    lines = written("github", one).split("\n")[:-1]
    assert len(lines) == len(one.findings)
    for line, finding in zip(lines, one.findings, strict=True):
        found = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        assert found
        properties = dict(item.split("=", 1) for item in found[2].split(","))
        assert set(properties) == {"file", "line", "col", "title"}
        decoded = {name: decode(value, ":%3A", ",%2C") for name, value in properties.items()}
        assert decoded["title"] == f"{finding.code} {finding.name}"
        expected = visible.text(finding.message).encode("ascii", "backslashreplace").decode()
        assert decode(found[3]).startswith(expected)


def decode(value: str, *more: str) -> str:
    """Decode the escapes of a workflow command; the per cent sign last."""
    for pair in ("\r%0D", "\n%0A", *more):
        value = value.replace(pair[1:], pair[0])
    return value.replace("%25", "%")


@given(checked(), st.sampled_from(SEVERITIES))
def test_junit_is_xml_with_a_case_for_the_message(one: Checked, level: str) -> None:
    root = ET.fromstring(written("junit", one, fail_level=level))  # noqa: S314 - made by us
    cases = list(root.iter("testcase"))
    failing = [found for found in one.findings if SEVERITIES.index(found.severity) >= SEVERITIES.index(level)]
    assert len(cases) == 1
    assert [len(list(root.iter("failure"))), root.get("failures")] == [bool(failing), str(int(bool(failing)))]
    told = "".join([node.text or "" for node in (*root.iter("failure"), *root.iter("system-out"))])
    for finding in one.findings:
        assert visible.text(finding.message).rstrip(" ") in told


@given(checked())
def test_sarif_and_gitlab_have_a_result_for_each_finding(one: Checked) -> None:
    (ran,) = json.loads(written("sarif", one))["runs"]
    assert [found["ruleId"] for found in ran["results"]] == [found.code for found in one.findings]
    for found in ran["results"]:
        assert ran["tool"]["driver"]["rules"][found["ruleIndex"]]["id"] == found["ruleId"]
    issues = json.loads(written("gitlab", one))
    assert len({issue["fingerprint"] for issue in issues}) == len(one.findings)


@given(checked())
def test_a_page_has_no_element_of_the_message(one: Checked) -> None:
    page = Page(written("html", one))
    kinds = [name for name, _ in page.elements]
    ours = {*("html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "h3", "p", "label", "input")}
    ours |= {*("main", "section", "div", "ol", "ul", "li", "span", "a", "mark", "code", "script")}
    assert set(kinds) <= ours
    assert kinds.count("script") == kinds.count("style") == 1
    attributes = {name for _, attributes in page.elements for name in attributes}
    assert not [name for name in attributes if name.startswith("on") or name in ("src", "style", "srcdoc", "action")]
    assert all([(own.get("href") or "#").startswith("#") for _, own in page.elements])
    words = "".join(page.words)
    for place, finding in enumerate(one.findings):
        assert visible.text(finding.message) in words
        assert [own["id"] for _, own in page.elements if own.get("id") == f"m0f{place}"] == [f"m0f{place}"] or not (
            one.source.octets
        )


@given(checked())
@pytest.mark.parametrize("name", ["text", "json", "junit", "sarif", "html"])
def test_without_source_no_octets_are_shown(name: str, one: Checked) -> None:
    secret = b"Qx7secret " + (one.source.octets or b"")
    moved = one._replace(
        source=Source("a.eml", secret),
        findings=(Finding("H204", "date-weekday-mismatch", "error", "said", start=0, end=9),),
    )
    assert "Qx7secret" not in written(name, moved, source=False)
    assert "Qx7secret" in written(name, moved)


CHROMIUM = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None)


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: a report was not opened in a browser")
def test_a_browser_shows_the_page_and_runs_no_script_but_ours(tmp_path: Path) -> None:
    """Our script shows the filter, so its digest is right; what is in the message would change the title."""
    raw = (
        b"From: <script>document.title='owned'</script> <a@shop.test>\r\nDate: Mon, 24 Nov 2026 03:30:00 +0000\r\n"
        b'Subject: "><img src=x onerror="document.title=\'owned\'">\r\nContent-Type: text/html\r\n\r\n'
        b"<script>document.title='owned'</script></code></section><script>document.title='owned'</script>\r\n"
    )
    one = Checked(Source("</title><script>document.title='owned'</script>.eml", raw), tuple(lint.check(raw)))
    (tmp_path / "report.html").write_text(written("html", one))
    # A second page on the same policy, in which the message is markup: only the policy is in the way.
    policy = re.search(r'<meta http-equiv="Content-Security-Policy"[^>]*>', written("html", one))
    assert policy
    (tmp_path / "hole.html").write_text(f"<title>calm</title>{policy[0]}" + raw.decode())
    (tmp_path / "open.html").write_text("<title>calm</title>" + raw.decode())
    page = dom(tmp_path / "report.html")
    assert re.search(r"<title>mimekit lint: [0-9]+ error", page)
    assert '<p id="filter">' in page, "our own script ran"
    assert page.count("<script>") == 1
    assert page.count('class="finding') == len(one.findings)
    assert "<title>calm</title>" in dom(tmp_path / "hole.html")
    assert "<title>owned</title>" in dom(tmp_path / "open.html"), "without the policy it would act"


def dom(path: Path) -> str:
    """Give the document that a browser made of a page."""
    assert CHROMIUM
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", f"--user-data-dir={path.parent}/profile")
    ran = subprocess.run([CHROMIUM, *flags, path.as_uri()], capture_output=True, check=True, timeout=60)
    return ran.stdout.decode()
