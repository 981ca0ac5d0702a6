"""What each report says of a message, and that programs can read it by the rules of its format."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from mimekit import lint
from mimekit.codecs import quopri
from mimekit.finding import Finding
from mimekit.lint import examples, reporters
from mimekit.lint.fixing import apply
from mimekit.lint.reporters import visible
from mimekit.lint.running import Checked
from mimekit.lint.sources import Source

RAW = examples.BASE.replace(b"\n", b"\r\n").replace(b"Tue, 24 Nov", b"Mon, 24 Nov")
CONTEXT = lint.Context(now=lambda: examples.NOW)
HTML = b'<html lang="en">\n<p>Hello John,</p>\n<script>x</script>\n</html>\n'
# It is beside a checkout, not in one; what it says is checked in structure without it, too.
SCHEMA = Path(__file__).parents[3].parent / "shared" / "facts" / "sarif-schema-2.1.0.json"


def checked(raw: bytes = RAW, name: str = "welcome.eml", **source: Any) -> Checked:
    return Checked(Source(name, raw, **source), tuple(lint.check(raw, context=CONTEXT)))


def written(name: str, *messages: Checked, **options: Any) -> str:
    made = reporters.make(name, reporters.Options(**options))
    totals = reporters.Totals()
    lines: list[reporters.Line] = []
    for one in messages:
        totals.add(one.findings)
        lines += made.message(one)
    lines += made.end(totals)
    joined = ["".join([piece if isinstance(piece, str) else piece[0] for piece in line]).rstrip(" ") for line in lines]
    return "\n".join(joined) + "\n"


def encoded(encoding: str) -> bytes:
    body = b64encode(HTML) + b"\r\n" if encoding == "base64" else quopri.encode(HTML)
    head = (
        RAW.partition(b"\r\n\r\n")[0].replace(b"text/plain", b"text/html").replace(b": 7bit", f": {encoding}".encode())
    )
    return head + b"\r\n\r\n" + body


def test_text_shows_the_line_the_octets_and_the_fix() -> None:
    assert written("text", checked()) == (
        "welcome.eml:1:7: error H204 [*] date-weekday-mismatch: 24 Nov 2026 is a Tuesday\n"
        "  |\n"
        "1 | Date: Mon, 24 Nov 2026 03:30:00 +0000\n"
        "  |       ^^^ RFC 5322 3.3\n"
        "  = fix: write Tue\n"
        "\n"
        "Found 1 error in 1 of 1 message. Profile: default.\n"
        "[*] 1 can be mended with --fix.\n"
    )


def test_concise_is_one_line_for_each() -> None:
    first, *_ = written("concise", checked()).split("\n")
    assert first == "welcome.eml:1:7: error H204 [*] date-weekday-mismatch: 24 Nov 2026 is a Tuesday"


def test_nothing_found_is_said() -> None:
    clean = checked(RAW.replace(b"Mon,", b"Tue,"))
    assert written("text", clean, clean) == "Nothing found in 2 messages. Profile: default.\n"


def test_lines_count_from_the_begin_of_a_mailbox() -> None:
    told = written("text", checked(first_line=99, kind="mbox", number=2))
    assert "welcome.eml:100:7: " in told
    assert "\n100 | Date: Mon" in told
    assert "\n    |       ^^^" in told


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_both_places_of_what_is_encoded_are_given(encoding: str) -> None:
    told = written("text", checked(encoded(encoding)))
    assert "text:decoded 3:1 | <script>x</script>" in told
    lines = [json.loads(line) for line in written("jsonl", checked(encoded(encoding))).splitlines()]
    assert {"line": 3, "column": 1} in [one["decoded"] for one in lines if one["code"] == "X021"]


class TestExcerpt:
    def shown(self, raw: bytes, start: int, end: int, *, pictures: bool = False) -> visible.Excerpt:
        line, column = raw.count(b"\n", 0, start) + 1, start - raw.rfind(b"\n", 0, start)
        found = Finding("H204", "x", "error", "said", start=start, end=end, line=line, column=column)
        return visible.excerpt(raw, found, pictures=pictures)

    def test_what_cannot_be_seen_is_made_visible(self) -> None:
        one = self.shown(b"a\0\x7f\t\xe9\r\n", 1, 5, pictures=True)
        assert (one.before, one.meant, one.after) == ("a", "\u2400\u2421\u2409\\xE9", "")
        assert self.shown(b"a\0\x1b\xe9\r\n", 1, 4).meant == "\\x00\\x1B\\xE9"

    def test_a_line_end_is_shown_when_it_is_meant(self) -> None:
        assert self.shown(b"a\r\nb\n", 1, 3).whole == "a\\r\\n"
        assert self.shown(b"a\nb\n", 1, 2).whole == "a\\n"
        assert self.shown(b"a\rb\n", 1, 2).whole == "a\\rb"

    def test_several_lines_are_marked_to_the_end_of_the_first(self) -> None:
        one = self.shown(b"ab\r\ncd\r\n", 1, 7)
        assert (one.before, one.meant, one.after) == ("a", "b", "")

    def test_a_long_line_is_shown_around_the_place(self) -> None:
        one = self.shown(b"x" * 500 + b"Y" + b"z" * 500, 500, 501)
        assert one.before == "..." + "x" * 60
        assert one.meant == "Y"
        assert one.after == "z" * 99 + "..."

    def test_the_line_before_is_there_when_there_is_one(self) -> None:
        assert self.shown(b"ab\r\ncd\r\n", 4, 5).previous == "ab"
        assert self.shown(b"ab\r\ncd\r\n", 0, 1).previous is None
        previous = self.shown(b"x" * 500 + b"\ncd\n", 501, 502).previous
        assert previous is not None
        assert len(previous) == 103

    @pytest.mark.parametrize("raw", [b"", b"\n", b"\r\n", b"a", b"a\n", b"a\r\nb"])
    def test_every_place_can_be_shown(self, raw: bytes) -> None:
        for start in range(len(raw) + 1):
            for end in range(start, len(raw) + 1):
                assert self.shown(raw, start, end).whole.isprintable()


class TestJson:
    def test_it_has_all_that_a_finding_says(self) -> None:
        (one,) = json.loads(written("json", checked()))["findings"]
        assert one.pop("fingerprint")
        assert one == {
            "file": "welcome.eml",
            "number": None,
            "code": "H204",
            "name": "date-weekday-mismatch",
            "severity": "error",
            "message": "24 Nov 2026 is a Tuesday",
            "path": "",
            "line": 1,
            "column": 7,
            "start": 6,
            "end": 9,
            "reference": "RFC 5322 3.3",
            "url": "rules/H204.html",
            "fix": {"text": "write Tue", "safe": True, "edits": [{"start": 6, "end": 9, "octets": "VHVl"}]},
            "source": "Date: Mon, 24 Nov 2026 03:30:00 +0000",
            "decoded": None,
        }

    def test_it_counts(self) -> None:
        assert json.loads(written("json", checked(), checked()))["summary"] == {
            "messages": 2,
            "profile": ["default"],
            "severities": {"error": 2, "warning": 0, "info": 0},
            "codes": {"H204": 2},
            "mended": 0,
            "known": 0,
        }

    def test_nothing_is_an_empty_list(self) -> None:
        assert json.loads(written("json"))["findings"] == []
        assert written("jsonl") == "\n"
        assert json.loads(written("gitlab")) == []


class TestSarif:
    MANY = (
        checked(),
        checked(encoded("base64"), "deep/\u00e9 b.eml"),
        checked(RAW, "box", kind="mbox", number=2, first_line=10, offset=500),
        checked(RAW, "unescaped", kind="mbox", number=3, first_line=20, offset=None),
        checked(RAW, "/elsewhere/a.eml"),
        checked(RAW, "-", kind="stdin"),
    )

    def test_it_is_valid_by_the_schema(self) -> None:
        jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed: SARIF was not validated")
        if not SCHEMA.exists():
            pytest.skip("the schema of SARIF is not beside this checkout: SARIF was not validated")
        schema = json.loads(SCHEMA.read_bytes())
        jsonschema.validators.validator_for(schema)(schema).validate(json.loads(written("sarif", *self.MANY)))

    def test_its_structure_is_that_of_the_standard(self) -> None:
        """SARIF 2.1.0 3.13, 3.14, 3.19, 3.27, 3.30."""
        whole = json.loads(written("sarif", *self.MANY))
        assert (whole["version"], len(whole["runs"])) == ("2.1.0", 1)
        (ran,) = whole["runs"]
        rules = ran["tool"]["driver"]["rules"]
        assert [rule["id"] for rule in rules] == list(dict.fromkeys([rule["id"] for rule in rules]))
        for rule in rules:
            assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
            assert rule["shortDescription"]["text"]
        for found in ran["results"]:
            assert rules[found["ruleIndex"]]["id"] == found["ruleId"]
            region = found["locations"][0]["physicalLocation"]["region"]
            assert (region["startLine"], region["startColumn"]) <= (region["endLine"], region["endColumn"])
            assert min(region["startLine"], region["startColumn"], region["endColumn"]) >= 1
            assert list(found["partialFingerprints"]) == ["mimekitFinding/v1"]

    def test_places_are_those_of_the_file(self) -> None:
        (ran,) = json.loads(written("sarif", *self.MANY))["runs"]
        places = {
            found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]: found
            for found in ran["results"]
            if found["ruleId"] == "H204"
        }
        assert set(places) == {
            "welcome.eml",
            "deep/%C3%A9%20b.eml",
            "box",
            "unescaped",
            "file:///elsewhere/a.eml",
            "stdin",
        }
        region = places["box"]["locations"][0]["physicalLocation"]["region"]
        assert (region["startLine"], region["startColumn"], region["endColumn"]) == (11, 7, 10)
        assert (region["byteOffset"], region["byteLength"]) == (506, 3)
        assert "byteOffset" not in places["unescaped"]["locations"][0]["physicalLocation"]["region"]
        assert "fixes" not in places["unescaped"]

    def test_its_fix_applied_to_the_file_is_ours(self) -> None:
        (ran,) = json.loads(written("sarif", checked()))["runs"]
        (change,) = ran["results"][0]["fixes"][0]["artifactChanges"]
        edits = [
            (
                one["deletedRegion"]["byteOffset"],
                one["deletedRegion"]["byteOffset"] + one["deletedRegion"]["byteLength"],
                b64decode(one["insertedContent"]["binary"]),
            )
            for one in change["replacements"]
        ]
        assert apply(RAW, [edits]) == RAW.replace(b"Mon,", b"Tue,")


def test_a_github_line_is_an_annotation() -> None:
    assert written("github", checked(name="a,b:c%.eml")) == (
        "::error file=a%2Cb%3Ac%25.eml,line=1,col=7,title=H204 date-weekday-mismatch::"
        "24 Nov 2026 is a Tuesday - RFC 5322 3.3\n"
    )


def test_gitlab_gets_issues_with_different_fingerprints() -> None:
    one = checked()
    twice = one._replace(findings=one.findings * 2)
    first, second = json.loads(written("gitlab", twice))
    assert first.pop("fingerprint") != second.pop("fingerprint")
    assert first == second
    assert first == {
        "description": "H204: 24 Nov 2026 is a Tuesday",
        "check_name": "date-weekday-mismatch",
        "severity": "major",
        "location": {"path": "welcome.eml", "lines": {"begin": 1}},
    }


def test_junit_has_a_case_for_each_message() -> None:
    messages = (checked(), checked(RAW.replace(b"Mon,", b"Tue,"), "clean.eml"), checked(number=3))
    root = ET.fromstring(written("junit", *messages))  # noqa: S314 - made by us
    assert [case.get("name") for case in root.iter("testcase")] == ["welcome.eml", "clean.eml", "welcome.eml#3"]
    assert (root.get("tests"), root.get("failures")) == ("3", "2")
    (first, _) = root.iter("failure")
    assert first.get("type") == "H204"
    assert first.get("message") == "H204 date-weekday-mismatch: 24 Nov 2026 is a Tuesday"
    assert "1 | Date: Mon, 24 Nov 2026" in (first.text or "")


class TestHtml:
    def test_findings_lead_to_their_place_in_the_source(self) -> None:
        page = written("html", checked(encoded("quoted-printable")))
        targets = re.findall(r'href="#([^"]*)"', page)
        assert targets
        assert sorted(targets) == sorted(re.findall(r' id="(m0f\d+)"', page))
        assert '<a id="m0f0"></a><mark class="error">Mon</mark>, 24 Nov 2026' in page

    def test_the_source_is_whole_and_each_octet_is_there_once(self) -> None:
        page = written("html", checked(encoded("base64")))
        source = re.search(r'<code class="source">(.*?)</code>', page, re.DOTALL)
        assert source
        lines = re.findall(r'<span data-n="\d+">(.*?)</span>', source[1])
        words = [unescape(re.sub(r"<[^>]*>", "", line)).replace("\u240d\u240a", "") for line in lines]
        assert words == [line.decode() for line in encoded("base64").removesuffix(b"\r\n").split(b"\r\n")]

    def test_of_a_long_message_what_is_around_findings_is_shown(self) -> None:
        page = written("html", checked(RAW + b"line\r\n" * 5000))
        assert "lines</span>" in page
        assert page.count("<span data-n=") < 20

    def test_the_tree_and_the_clean_ones_are_there(self) -> None:
        page = written("html", checked(), checked(RAW.replace(b"Mon,", b"Tue,"), "clean.eml"))
        assert "text/plain charset=utf-8 7bit" in page
        assert "<li>clean.eml</li>" in page
        assert "1 error in 1 of 2 messages" in page


def test_sarif_holds_the_pages_of_the_rules_and_links_to_them_where_the_documentation_is_known() -> None:
    (ran,) = json.loads(written("sarif", checked()))["runs"]
    for one in ran["tool"]["driver"]["rules"]:
        assert "helpUri" not in one
        assert one["help"]["markdown"].startswith(f"# {one['id']} {one['name']}\n\n")
        assert "\n## Bad\n\n    " in one["help"]["markdown"]
        assert "**Why it matters:** " in one["help"]["markdown"]
    for docs in ("https://docs.example/mimekit", "https://docs.example/mimekit/"):
        (ran,) = json.loads(written("sarif", checked(), docs=docs))["runs"]
        for one in ran["tool"]["driver"]["rules"]:
            assert one["helpUri"] == f"https://docs.example/mimekit/rules/{one['id']}.html"
    (line, *_) = written("jsonl", checked(), docs="https://docs.example").splitlines()
    assert json.loads(line)["url"].startswith("https://docs.example/rules/")
