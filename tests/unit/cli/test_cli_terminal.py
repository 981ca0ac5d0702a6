"""Nothing of a message reaches the terminal as more than visible text; colour is for people."""

from __future__ import annotations

import json
import re
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mimekit.cli import main
from mimekit.cli.terminal import Terminal, escape
from tests.support.drawn import mail_octets

_OURS = re.compile(r"\x1b\[(?:0|1|2|36|1;31|1;33)m")  # the styles that the verbs use
_HOSTILE = st.sampled_from(
    [
        "\x1b[2J",
        "\x1b]0;title\x07",
        "\x9b31m",
        "\u202e",
        "\u2066",
        "\r",
        "\n",
        "\0",
        "\x7f",
        "\u2028",
        "[bold red]",
        "[/]",
    ]
)


class Screen(TextIOWrapper):
    """A text stream that says it is a terminal."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self.octets = BytesIO()
        super().__init__(self.octets, encoding=encoding, newline="")

    def isatty(self) -> bool:
        """Say so."""
        return True

    def shown(self) -> str:
        """Give what was written so far."""
        self.flush()
        return self.octets.getvalue().decode(self.encoding)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Give a terminal that can show colours."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Screen()


def is_visible(text: str) -> bool:
    """Tell whether a terminal would show every character of lines of text and obey none."""
    return all(char.isprintable() or char in "\n\u00a0\u3000" for char in text)


class TestEscape:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("plain, gr\u00fc\u00dfe \u5c71\u7530 \U0001f600", "plain, gr\u00fc\u00dfe \u5c71\u7530 \U0001f600"),
            ("a\x1b[31mb", "a\\x1b[31mb"),
            ("a\tb\r\nc", "a\\tb\\r\\nc"),
            ("\x9b31m\x7f\0", "\\x9b31m\\x7f\\x00"),
            ("\u202eabc\u2066\u200b\ufeff", "\\u202eabc\\u2066\\u200b\\ufeff"),
            ("\u2028\ud800\U000e0041", "\\u2028\\ud800\\U000e0041"),
            ("a\u00a0b\u3000c", "a\u00a0b\u3000c"),
        ],
    )
    def test_what_would_act_is_shown(self, text: str, shown: str) -> None:
        assert escape(text) == shown

    @given(st.text() | st.lists(st.text() | _HOSTILE).map("".join))
    def test_nothing_acts(self, text: str) -> None:
        assert is_visible(escape(text))
        assert "\n" not in escape(text)

    @given(st.text())
    def test_printable_text_is_as_it_was(self, text: str) -> None:
        assert (escape(text) == text) == is_visible(text.replace("\n", "\0"))


class TestColour:
    def test_a_terminal_gets_styles(self, screen: Screen) -> None:
        Terminal(screen).line(("H011", "bold red"), " rest [bold]of[/bold] :smile: it")
        assert screen.shown() == "\x1b[1;31mH011\x1b[0m rest [bold]of[/bold] :smile: it\n"

    def test_a_long_line_is_not_broken(self, screen: Screen) -> None:
        Terminal(screen).line("x" * 500)
        assert screen.shown() == "x" * 500 + "\n"

    @pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
    def test_who_wants_none_gets_none(
        self, screen: Screen, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        monkeypatch.setenv(name, value)
        Terminal(screen).line(("H011", "bold red"))
        assert screen.shown() == "H011\n"

    def test_without_rich_it_is_plain(self, screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "rich.console", None)
        Terminal(screen).line(("H011", "bold red"))
        assert screen.shown() == "H011\n"

    def test_a_pipe_is_plain_and_does_not_import_rich(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "rich.console", None)
        stream = TextIOWrapper(BytesIO(), encoding="utf-8")
        Terminal(stream).line(("H011", "bold red"), " x")
        stream.seek(0)
        assert stream.read() == "H011 x\n"

    def test_what_the_encoding_does_not_have_is_escaped(self) -> None:
        screen = Screen("ascii")
        Terminal(screen).line("gr\u00fc\u00dfe \u5c71")
        assert "gr\\xfc\\xdfe \\u5c71\n" in screen.shown()


class TestAnyMessage:
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(mail_octets, st.sampled_from(["", "1"]), st.lists(_HOSTILE | st.text(max_size=5), max_size=6).map("".join))
    def test_show_envelope_and_compose_print_visible_text(
        self, tmp_path: Path, raw: bytes, no_colour: str, hostile: str
    ) -> None:
        file = tmp_path / "message.eml"
        quoted = hostile.encode("utf-8", "replace")
        file.write_bytes(
            b'Subject: %b\r\nFrom: "%b" <a@b.test>\r\nX: =?utf-8?q?=1B=5B2J?=\r\n' % (quoted, quoted) + raw
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TERM", "xterm")
            patch.setenv("NO_COLOR", no_colour)
            for arguments in (["show"], ["envelope"], ["compose"], ["show", "--json"]):
                out, err = Screen(), Screen()
                patch.setattr(sys, "stdout", out)
                patch.setattr(sys, "stderr", err)
                code = main([*arguments, str(file)])
                shown = out.shown()
                assert is_visible(shown if no_colour else _OURS.sub("", shown))
                assert is_visible(err.shown())
                assert err.shown().count("\n") == (code != 0)
                if arguments[0] == "show":
                    assert code == 0
                if arguments[0] == "compose":  # a Bcc field that cannot be cut out is refused, and never written
                    assert code == 0 or "without its Bcc field" in err.shown()
                if arguments[-1] == "--json":
                    assert shown.isascii()
                    assert json.loads(shown)["size"] == file.stat().st_size

    def test_the_octets_of_a_message_are_not_thrown_at_a_terminal(
        self, screen: Screen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(sys, "stdout", screen)
        (tmp_path / "m.eml").write_bytes(b"Subject: x\r\n\r\n\x1b[2J\xff\r\n")
        assert main(["compose", str(tmp_path / "m.eml")]) == 0
        assert screen.shown() == "Subject: x\n\n\\x1b[2J\\xff\n\n"

    @given(st.text(max_size=30))
    def test_errors_are_one_visible_line(self, name: str) -> None:
        with pytest.MonkeyPatch.context() as patch:
            out, err = Screen(), Screen()
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            code = main(["show", f"/nothing/{name}"])
            assert code == 2
            assert is_visible(err.shown())
            assert err.shown().startswith("mimekit: ")
            assert err.shown().count("\n") == 1
