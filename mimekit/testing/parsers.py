"""
Parsers under test: functions, known names, and programs; what becomes of each message, crashes and hangs too.

    a function, a name or a command -> Parser;  octets -> Reading or Failure

A function runs in this process.  One that does not come back is interrupted by a signal, which reaches Python code on
the main thread of a POSIX system; what hangs elsewhere cannot be told from what is slow.  A program is killed.

May import: `errors`, `testing.adapters`, `testing.readings`.  Imported by: `testing.differential`,
`testing.disagreeing`.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from traceback import extract_tb
from typing import TYPE_CHECKING, NamedTuple

from mimekit.errors import MimekitError, show
from mimekit.testing.adapters import ADAPTERS
from mimekit.testing.readings import Reading, ReadingError, RefusedError, from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

    ParserLike = Callable[[bytes], Reading] | str | Sequence[str]

__all__ = ["Failure", "Parser", "ParserError", "resolved"]

_DISTRIBUTIONS = {"fast-mail-parser": "fast_mail_parser", "mail-parser": "mailparser"}
_NATIVE = frozenset({"fast-mail-parser"})  # what hangs or dies in native code takes its process with it
_LONGEST = 200  # characters that are told of what a parser says when it fails


class ParserError(MimekitError):
    """A parser that there is not, or that cannot be started."""


class Failure(NamedTuple):
    """What became of a message that a parser gave no reading of."""

    kind: str
    """``crash`` or ``hang``."""
    what: str
    """The type of the exception and the function that raised it, or the exit status; no values."""
    detail: str
    """What it said, on one line."""


class _HangError(BaseException):
    """The time is up; no ``except Exception`` of a parser swallows it."""


class Parser(ABC):
    """A parser: its name, how it is given on a command line, and what reads one message."""

    def __init__(self, name: str, spelled: str | None, timeout: float) -> None:
        self.name = name
        self.spelled = spelled
        """What `resolved` takes for it in another process; ``None`` when there is no such text."""
        self._timeout = timeout

    @abstractmethod
    def read(self, octets: bytes) -> Reading | Failure:
        """Read one message; never raises for what the message does to it."""

    def close(self) -> None:  # noqa: B027 - most start nothing
        """End what was started."""


class _Function(Parser):
    """A function of this process."""

    def __init__(self, function: Callable[[bytes], Reading], name: str, spelled: str | None, timeout: float) -> None:
        super().__init__(name, spelled, timeout)
        self._function = function

    def read(self, octets: bytes) -> Reading | Failure:
        try:
            with _limited(self._timeout):
                found = self._function(octets)
        except _HangError:
            return Failure("hang", "no reading in time", f"gave no reading within {self._timeout:g} s")
        except (KeyboardInterrupt, SystemExit, MemoryError):
            raise
        except BaseException as error:  # noqa: BLE001 - a panic of native code is none of Exception
            return _of_exception(error)
        if not isinstance(found, Reading):
            message = f"the parser {self.name} gave {show(found)}; give a mimekit.testing.Reading"
            raise ParserError(message)
        return found


def _of_exception(error: BaseException) -> Failure:
    functions = [frame.name for frame in extract_tb(error.__traceback__) if not frame.name.startswith("<")]
    where = functions[-1] if functions else ""
    said = " ".join(str(error).split())[:_LONGEST]
    return Failure("crash", f"{type(error).__name__} in {where}", f"raised {type(error).__name__}: {said}")


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Interrupt what takes longer, where that can be done and nobody else uses the timer."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not hasattr(signal, "setitimer") or any(signal.getitimer(signal.ITIMER_REAL)):
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise _HangError

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.signal(signal.SIGALRM, before)


class _Program(Parser):
    """A program that reads one message on standard input and prints its reading as JSON."""

    def __init__(self, words: Sequence[str], timeout: float) -> None:
        spelled = shlex.join(words)
        super().__init__(os.path.basename(words[0]), spelled, timeout)  # noqa: PTH119 - as it is given
        self._words = list(words)

    def read(self, octets: bytes) -> Reading | Failure:
        with _started(self._words, stderr=subprocess.PIPE) as process:
            try:
                printed, complained = process.communicate(octets, self._timeout)
            except subprocess.TimeoutExpired:
                _kill(process)
                return Failure("hang", "no answer in time", f"gave no answer within {self._timeout:g} s")
            except BaseException:
                _kill(process)
                raise
        if process.returncode != 0:
            return _ended(process.returncode, complained)
        return _answer(printed)


class _Persistent(Parser):
    """A program that is started once, and asked again and again."""

    def __init__(self, words: Sequence[str], timeout: float, name: str | None = None) -> None:
        spelled = name or shlex.join(words)
        super().__init__(name or os.path.basename(words[0]), spelled, timeout)  # noqa: PTH119 - as it is given
        self._words = list(words)
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = ThreadPoolExecutor(1, "mimekit-parser")

    def read(self, octets: bytes) -> Reading | Failure:
        if self._process is None:
            self._process = _started(self._words, stderr=subprocess.DEVNULL)
        process = self._process
        asked = self._thread.submit(_ask, process, octets)
        try:
            answer = asked.result(self._timeout)
        except TimeoutError:
            self.close()
            return Failure("hang", "no answer in time", f"gave no answer within {self._timeout:g} s")
        if answer is None:
            status = process.wait()
            self._process = None
            _shut(process)
            return _ended(status, b"")
        return _answer(answer)

    def close(self) -> None:
        if self._process is not None:
            _kill(self._process)
            self._process.wait()
            _shut(self._process)
            self._process = None


def _started(words: Sequence[str], *, stderr: int) -> subprocess.Popen[bytes]:
    """Start a program as the first of a group of processes, which `_kill` ends."""
    try:
        return subprocess.Popen(  # noqa: S603 - to run it is what was asked for
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, start_new_session=True
        )
    except OSError as error:
        message = f"{show(words[0])} cannot be started: {error.strerror or error}"
        raise ParserError(message) from None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a program that nobody waited for yet, and what it started: that may hold the pipe that is read from."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):  # it ended; macOS says the latter of those that did
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def _shut(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        try:
            if pipe is not None:
                pipe.close()
        except OSError:  # what was still buffered reaches nobody
            pass


def _ask(process: subprocess.Popen[bytes], octets: bytes) -> bytes | None:
    """Write one message and read the line that answers it; ``None`` when the program ended."""
    assert process.stdin is not None  # noqa: S101 - as it was started
    assert process.stdout is not None  # noqa: S101 - likewise
    try:
        with suppress(BrokenPipeError):  # it ended without reading, and may have said something
            process.stdin.write(b"%d\n%b" % (len(octets), octets))
            process.stdin.flush()
        return process.stdout.readline() or None
    except (OSError, ValueError):  # it ended, or was killed meanwhile
        return None


def _ended(status: int, said: bytes) -> Failure:
    what = f"exit status {status}" if status >= 0 else f"killed by signal {-status}"
    lines = said.decode("utf-8", "replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")[:_LONGEST]
    return Failure("crash", what, f"ended with {what}{f': {last}' if last else ''}")


def _answer(printed: bytes) -> Reading | Failure:
    try:
        return from_json(printed)
    except RefusedError as error:
        said = " ".join(str(error).split())[:_LONGEST]
        return Failure("crash", said.partition(":")[0], f"said {said}")
    except ReadingError as error:
        return Failure("crash", "what it printed is no reading", f"printed no reading: {error}"[:_LONGEST])


def resolved(parser: ParserLike, *, timeout: float, is_persistent: bool = False) -> Parser:
    """
    Make a parser of a function, a name of `ADAPTERS`, or a command, as a string or as its words.

    Raises `ParserError` when there is no such thing, and for a *timeout* that is not above 0.
    """
    if not timeout > 0:
        message = f"the timeout is {timeout!r}; it is a number of seconds above 0"
        raise ParserError(message)
    if callable(parser):
        name = getattr(parser, "__qualname__", type(parser).__name__)
        return _Function(parser, name, None, timeout)
    if isinstance(parser, str) and parser in ADAPTERS:
        module = _DISTRIBUTIONS.get(parser)
        if module is not None and find_spec(module) is None:
            message = f"{parser} is not installed; pip install {parser}"
            raise ParserError(message)
        if parser in _NATIVE:
            words = [sys.executable, "-m", "mimekit.testing.adapters", parser, "--persistent"]
            return _Persistent(words, timeout, parser)
        return _Function(ADAPTERS[parser], parser, parser, timeout)
    words = _words(parser)
    if not words or shutil.which(words[0]) is None:
        message = (
            f"{show(words[0] if words else '')} is no parser; give one of {', '.join(ADAPTERS)}, or a program that "
            f"reads a message and prints JSON"
        )
        raise ParserError(message)
    return _Persistent(words, timeout) if is_persistent else _Program(words, timeout)


def _words(command: str | Sequence[str]) -> list[str]:
    """Give the words of a command; the shell has no part in it."""
    try:
        return shlex.split(command) if isinstance(command, str) else [str(word) for word in command]
    except (ValueError, TypeError) as error:  # an open quote; neither text nor words
        message = f"{show(command)} is no command: {str(error).lower()}"
        raise ParserError(message) from None
