"""Where the configuration is found, what it may say, what it refuses, and what its patterns mean."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mimekit import parse
from mimekit.lint import config
from mimekit.lint.context import LintError
from mimekit.lint.rule import REGISTRY

WHOLE = """
profile = ["default", "bulk"]
select = "ALL"
extend-select = ["H005", "date-weekday-mismatch"]
ignore = { H204 = "the clock of the tests stands" }
severity = { H103 = "error", H1 = "info" }
fail-level = "error"
clients = ["gmail"]
[options]
max-header-bytes = 1024
[per-file-ignores]
"old/**.eml" = ["H2"]
[per-message-ignores]
"From: *@partner.example" = { H103 = "theirs" }
"""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def refusal(path: Path, text: str) -> str:
    with pytest.raises(LintError) as caught:
        config.read(str(write(path, text)))
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message


def test_every_key_is_read(tmp_path: Path) -> None:
    found = config.read(str(write(tmp_path / "mimekit.toml", WHOLE)))
    assert found is not None
    assert found.profile == ("default", "bulk")
    assert found.select == ("ALL",)
    assert found.extend_select == ("H005", "date-weekday-mismatch")
    assert found.ignore == {"H204": "the clock of the tests stands"}
    assert found.severity == {"H103": "error", "H1": "info"}
    assert found.fail_level == "error"
    assert found.clients == ("gmail",)
    assert found.options == {"max-header-bytes": 1024}
    assert found.per_file_ignores == {"old/**.eml": {"H2": ""}}
    assert found.per_message_ignores == {"From: *@partner.example": {"H103": "theirs"}}
    assert found.base == str(tmp_path)


def test_pyproject_has_the_same_in_a_table(tmp_path: Path) -> None:
    text = "[tool.mimekit.lint]" + WHOLE.replace("\n[", "\n[tool.mimekit.lint.")
    first = config.read(str(write(tmp_path / "pyproject.toml", text)))
    second = config.read(str(write(tmp_path / "mimekit.toml", WHOLE)))
    assert first is not None
    assert second is not None
    assert first._replace(path="") == second._replace(path="")


def test_the_nearest_file_wins(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", '[tool.mimekit.lint]\nprofile = "bulk"\n')
    write(tmp_path / "a/mimekit.toml", 'profile = "wire"\n')
    write(tmp_path / "a/pyproject.toml", '[tool.mimekit.lint]\nprofile = "ses"\n')
    write(tmp_path / "b/pyproject.toml", "[project]\nname = 'x'\n")
    (tmp_path / "a/deep").mkdir()
    assert config.find(str(tmp_path)).profile == ("bulk",)
    assert config.find(str(tmp_path / "a/deep")).profile == ("wire",), "mimekit.toml goes before pyproject.toml"
    assert config.find(str(tmp_path / "b")).profile == ("bulk",), "one that says nothing is passed over"


def test_no_file_is_an_empty_configuration(tmp_path: Path) -> None:
    assert config.find(str(tmp_path)) == config.Config()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("extend_selct = []", "did you mean extend-select?"),
        ('profile = "bluk"', "did you mean bulk?"),
        ('ignore = ["H2O4"]', "H2"),
        ('select = ["date-weekday-mismach"]', "did you mean date-weekday-mismatch?"),
        ("select = 3", "expected a string or a list of strings"),
        ("ignore = { H204 = 3 }", "expected the reason"),
        ('severity = { H204 = "fatal" }', "expected one of info, warning, error"),
        ('fail-level = "never"', "expected one of info, warning, error"),
        ('clients = ["gmial"]', "clients: there is no mail client 'gmial' in the table; did you mean gmail?"),
        ("options = 3", "expected a table"),
        ("options = { max-header-byte = 3 }", "did you mean max-header-bytes?"),
        ("options = { tea = 3 }", "no option of a rule; there are allowed-fields, "),
        ("options = { limits = 3 }", "no option of a rule"),
        ('options = { max-findings = "3" }', "expected a whole number, 0 or more"),
        ("options = { max-html-tags = true }", "expected a whole number, 0 or more"),
        ("options = { max-parts = -1 }", "expected a whole number, 0 or more"),
        ("options = { date-in-past-hours = nan }", "expected hours, from 0 to 1000000"),
        ("options = { binarymime = 1 }", "expected true or false"),
        ("options = { ses-region = 1 }", "expected a string"),
        ('options = { ses-api = "v3" }', "expected one of v1, v2, smtp"),
        ("options = { charsets = [3] }", "expected a string or a list of strings"),
        ("[per-file-ignores]\n'*.eml' = ['Q9']", "'Q9' is no code"),
        ("[per-message-ignores]\n'partner' = ['H204']", "expected a field and a pattern"),
        ("a = ", "is no TOML"),
        ('"a\x1b" = 1', "is no TOML"),
        ('"a\\u001b" = 1', "'a\\x1b' is 1; no key"),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    message = refusal(tmp_path / "mimekit.toml", text)
    assert said in message
    assert message.isprintable()


def test_options_are_read_as_the_rules_want_them(tmp_path: Path) -> None:
    text = '[options]\ncharsets = "koi8-r"\ndate-in-past-hours = 1.5\ndkim-alignment = "strict"\nmax-findings = 0\n'
    found = config.read(str(write(tmp_path / "mimekit.toml", text)))
    assert found is not None
    assert found.options == {
        "charsets": ("koi8-r",),
        "date-in-past-hours": 1.5,
        "dkim-alignment": "strict",
        "max-findings": 0,
    }


def test_every_option_of_the_reference_is_known() -> None:
    page = (Path(__file__).parents[3] / "docs/reference/lint.md").read_text(encoding="utf-8")
    rows = page.partition("## Options")[2].partition("## Output")[0].split("\n| `")[1:]
    named = {row.partition("`")[0] for row in rows}
    assert named - {"limits"} == set(config._OPTIONS)


def test_a_table_that_is_none_is_refused(tmp_path: Path) -> None:
    assert "expected a table" in refusal(tmp_path / "pyproject.toml", "[tool.mimekit]\nlint = 3\n")


class TestPlugins:
    RULE = '''
from mimekit.lint import rule

@rule("{code}", name="shop-{name}", severity="warning")
def shop(mail, context):
    """
    Ours.

    Why it matters: it does.
    """
    yield mail.absent("there is no shop")
'''

    @pytest.fixture(autouse=True)
    def clean(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setattr(sys, "path", [*sys.path])
        before = dict(REGISTRY)
        yield
        for code in set(REGISTRY) - set(before):
            del REGISTRY[code]

    def test_rules_of_a_project_can_be_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        write(tmp_path / "shop_rules_a.py", self.RULE.format(code="SHOP001", name="a"))
        text = 'ignore = ["shop-a"]\nplugins = ["shop_rules_a"]\n'
        found = config.read(str(write(tmp_path / "mimekit.toml", text)))
        assert found is not None
        assert found.plugins == ("shop_rules_a",)
        assert "SHOP001" in REGISTRY

    def test_their_rules_may_have_options(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        write(tmp_path / "shop_rules_d.py", self.RULE.format(code="SHOP002", name="d"))
        text = 'options = { tea = 3 }\nplugins = ["shop_rules_d"]\n'
        found = config.read(str(write(tmp_path / "mimekit.toml", text)))
        assert found is not None
        assert found.options == {"tea": 3}

    def test_our_letters_are_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        write(tmp_path / "shop_rules_b.py", self.RULE.format(code="H9999", name="b"))
        with pytest.raises(LintError, match="H9999 of shop_rules_b has a letter of ours"):
            config.read(str(write(tmp_path / "mimekit.toml", 'plugins = ["shop_rules_b"]')))

    def test_one_that_fails_is_one_sentence(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        write(tmp_path / "shop_rules_c.py", "1 / 0")
        with pytest.raises(LintError, match="'shop_rules_c' cannot be imported: ZeroDivisionError"):
            config.read(str(write(tmp_path / "mimekit.toml", 'plugins = ["shop_rules_c"]')))

    def test_a_file_beside_messages_loads_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        write(tmp_path / "mail/evil_rules.py", "raise SystemExit")
        assert "only where" in refusal(tmp_path / "mail/mimekit.toml", 'plugins = ["evil_rules"]')
        assert "evil_rules" not in sys.modules


def test_a_longer_word_decides_the_severity() -> None:
    found = config.severities({"H2": "info", "H204": "error", "ALL": "warning"})
    assert [found["H204"], found["H202"], found["H103"]] == ["error", "info", "warning"]


@pytest.mark.parametrize(
    ("pattern", "path", "is_meant"),
    [
        ("*.eml", "a.eml", True),
        ("*.eml", "deep/a.eml", True),
        ("old/*.eml", "old/a.eml", True),
        ("old/*.eml", "old/deep/a.eml", False),
        ("old/**.eml", "old/deep/a.eml", True),
        ("old/**/a.eml", "old/a.eml", True),
        ("**/a.eml", "old/deep/a.eml", True),
        ("old/?.eml", "old/a.eml", True),
        ("old/?.eml", "old//.eml", False),
        ("old/[a].eml", "old/a.eml", False),
        ("./old/a.eml", "old/a.eml", True),
    ],
)
def test_a_path_pattern(tmp_path: Path, pattern: str, path: str, is_meant: bool) -> None:
    assert config.matches_path(pattern, str(tmp_path / path), str(tmp_path)) is is_meant


@pytest.mark.parametrize(
    ("pattern", "is_meant"),
    [
        ("From: *@partner.example", True),
        ("from: *@PARTNER.example", True),
        ("From: Ann*", True),
        ("From: partner.example", False),
        ("Subject: *invoice*", True),
        ("Cc: *@partner.example", False),
        ("X-Kind: test", True),
    ],
)
def test_a_message_pattern(pattern: str, is_meant: bool) -> None:
    raw = (
        b"From: =?utf-8?q?Ann?= <ann@partner.example>\r\nSubject: Your Invoice\r\n"
        b"X-Kind: a\r\nX-Kind: test\r\n\r\nHi\r\n"
    )
    assert config.matches_message(pattern, parse(raw)) is is_meant


@pytest.mark.parametrize("given", ['"docs.example"', '"https://docs.example/ a"', '"javascript:x"', "1"])
def test_the_documentation_is_a_web_page(tmp_path: Path, given: str) -> None:
    with pytest.raises(LintError, match=r"docs-url is .*; expected the address of a web page"):
        config.read(str(write(tmp_path / "mimekit.toml", f"docs-url = {given}")))
    found = config.read(str(write(tmp_path / "mimekit.toml", 'docs-url = "https://docs.example/"')))
    assert found is not None
    assert found.docs_url == "https://docs.example/"
