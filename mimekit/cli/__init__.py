"""
The command line: ``mimekit`` with one of its verbs, a module each.

    arguments -> exit code: 0 done; 1 a recipient was not served, no signature passes, the linter found something, or
                 two parsers disagree; 2 wrong use or bad input; 130 interrupted

What goes wrong is one line on standard error that begins with ``mimekit:``, never a traceback.

May import: everything.  Imported by: `__main__`.
"""

from __future__ import annotations

import argparse
import os
import sys

from mimekit import __version__
from mimekit.cli import bulk, compose, envelope, explain, fuzz, keygen, lint, rules, send, show, sign, verify
from mimekit.cli.terminal import Terminal, escape
from mimekit.errors import MimekitError

__all__ = ["main"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

_OK, _NOT_SERVED, _WRONG, _INTERRUPTED = 0, 1, 2, 130


class _UsageError(MimekitError):
    """Arguments that no verb takes."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage."""
        text = f"{message} (see {self.prog} --help)"
        raise _UsageError(text)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="mimekit",
        description="Build, look at, check and send e-mail messages.",
        epilog="Exit codes: 0 done; 1 a recipient was not served, no signature passes, the linter found something, or "
        "two parsers disagree; 2 wrong use or bad input.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"mimekit {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for verb in (compose, show, envelope, send, bulk, sign, verify, keygen, lint, explain, rules, fuzz):
        name = verb.__name__.rpartition(".")[2]
        summary = (verb.__doc__ or "").strip().partition("\n")[0]
        one = verbs.add_parser(
            name,
            help=summary,
            description=summary,
            epilog=verb.NOTES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        verb.arguments(one)
        one.set_defaults(run=verb.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """
    Run one verb with the arguments *argv* (by default those of the process) and give the exit code.

    >>> main(["--version"])
    mimekit 0.1.0
    0
    """
    try:
        given = _parser().parse_args(argv)
        code: int = given.run(given, Terminal(sys.stdout))
        sys.stdout.flush()  # a pipe that nobody reads any more shows itself here at the latest
    except SystemExit:  # only of --help and --version
        return _OK
    except BrokenPipeError:
        _forget_output()
        return _NOT_SERVED
    except KeyboardInterrupt:
        return _complain("interrupted", _INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - a fault of ours is no reason to show its insides
        return _complain(_sentence(error), _WRONG)
    return code


def _sentence(error: Exception) -> str:
    """Say what went wrong."""
    if isinstance(error, MimekitError):
        return str(error)
    if isinstance(error, OSError):
        return f"{'' if error.filename is None else f'{error.filename}: '}{error.strerror or error}"
    return f"internal error, please report it: {type(error).__name__}: {error}"


def _complain(text: str, code: int) -> int:
    encoding = sys.stderr.encoding or "ascii"
    sys.stderr.write(f"mimekit: {escape(text)}\n".encode(encoding, "backslashreplace").decode(encoding))
    return code


def _forget_output() -> None:
    """Let what is still buffered go nowhere, so that the interpreter does not complain about it at exit."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - the argument stays the str it is
        try:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        except (OSError, ValueError):  # a stream without a descriptor has nothing to flush into
            return
