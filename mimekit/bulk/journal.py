"""
The journal of a run: what it is made from, and how far it got, so that the same call goes on after any end.

A run is its template, its options and its rows; with others of these the rest would not fit to what is there.  So the
first line of the journal has their digests, the run's id and its time, and a run that is taken up again has to match.
For a sink that is a file the lines after it are checkpoints: the rows that were consumed, and the sink's length after
they were on the disk.  For one that hands over they are those of the ledger.

    SINK.journal: {"run": {"run_id": ..., "now": ..., "template": ..., "options": {...}, "rows": {...}}}
                  {"rows": 5120, "written": 5118, ..., "digest": ..., "sink": {"length": 9181232}}

May import: `bulk.lines`, `clock`, `errors`.  Imported by: `bulk.batch`, `bulk.cluster`, `bulk.job`, `bulk.running`.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING

from mimekit.bulk.lines import Lines, lock, show_path
from mimekit.clock import current_time
from mimekit.errors import BulkError, MimekitError, show

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from mimekit.bulk.template import Template

__all__ = ["Journal", "Plan", "begun", "template_digest"]


_FIRST = b'{"run": {'
_WAY_OUT = "give another place for it, or another sink"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is made from: the digest of the template, the options that change what is written, the rows."""

    template: str
    options: Mapping[str, object]
    rows: Mapping[str, object] | None


class Journal:
    """
    The journal of a run, begun or taken up again, and locked for this process; without a *path* there is none.

    *is_new* is called before a new one is made, and raises where the sink holds something already.  ``checkpoint`` is
    the last one of an earlier run.  Raises `BulkError` when the journal is of another run.
    """

    def __init__(
        self,
        path: Path | None,
        plan: Plan,
        *,
        run_id: str | None,
        now: datetime | None,
        is_new: Callable[[], object],
    ) -> None:
        self.path = path
        self.checkpoint: dict[str, Any] | None = None
        self._lines: Lines | None = None
        if path is None:
            is_new()
            self.run_id, self.now = begun(run_id, now)
            return
        had_one = path.exists()
        _check_first(path)  # before a last line that is cut short is taken away
        try:
            self._lines = Lines(path)
        except OSError as error:
            message = f"the journal {show_path(path)} cannot be written: {error.strerror}"
            raise BulkError(message) from None
        try:
            lock(self._lines)
            found = self._read(path)
            if found is None:
                is_new()
                self.run_id, self.now = begun(run_id, now)
                self._lines.add([{"run": self._header(plan)}])
                self._lines.sync()
            else:
                self._check(path, found, plan, run_id, now)
                self.run_id, self.now = found["run_id"], datetime.fromisoformat(found["now"])
        except BaseException:
            self._lines.close()
            if not had_one and self.checkpoint is None and path.stat().st_size == 0:
                path.unlink()
            raise

    def _read(self, path: Path) -> dict[str, Any] | None:
        """Give what the first line says, and keep the last checkpoint."""
        found: dict[str, Any] | None = None
        for record in self._lines.records() if self._lines is not None else ():
            if found is None:
                found = record.get("run")
                if not isinstance(found, dict) or not {"run_id", "now", "template", "options", "rows"} <= found.keys():
                    message = f"{show_path(path)} is no journal of a bulk run; {_WAY_OUT}"
                    raise BulkError(message)
            elif "sink" in record:
                self.checkpoint = record
        return found

    def _header(self, plan: Plan) -> dict[str, object]:
        return {
            "run_id": self.run_id,
            "now": self.now.isoformat(),
            "template": plan.template,
            "options": dict(plan.options),
            "rows": plan.rows,
        }

    def _check(
        self, path: Path, found: Mapping[str, Any], plan: Plan, run_id: str | None, now: datetime | None
    ) -> None:
        """Compare what the journal is of with what this call is of."""
        differs = []
        if found["template"] != plan.template:
            differs.append("the template")
        for name in sorted({*found["options"], *plan.options}):
            old, new = found["options"].get(name), plan.options.get(name)
            if old != new:
                differs.append(f"{name} ({show(old)} then, {show(new)} now)")
        if found["rows"] != plan.rows:
            differs.append("the rows")
        if run_id is not None and run_id != found["run_id"]:
            differs.append(f"run_id ({show(found['run_id'])} then, {show(run_id)} now)")
        if now is not None and now != datetime.fromisoformat(found["now"]):
            differs.append(f"now ({found['now']} then, {now.isoformat()} now)")
        if differs:
            message = (
                f"{show_path(path)} is of another run: it differs in {' and '.join(differs)}; give what that run was "
                f"given to go on with it, or another sink; to begin anew move this file and its sink away"
            )
            raise BulkError(message)

    def write(self, checkpoint: Mapping[str, object]) -> None:
        """Have a checkpoint on the disk; what it speaks of has to be there before."""
        if self._lines is not None:
            self._lines.add([dict(checkpoint)])
            self._lines.sync()

    def close(self) -> None:
        """Close the file, which gives up its lock."""
        if self._lines is not None:
            self._lines.close()
            self._lines = None


def _check_first(path: Path) -> None:
    """Raise for a file that begins as no journal does."""
    try:
        with path.open("rb") as file:
            first = file.read(len(_FIRST))
    except OSError:  # the one who writes says why
        return
    if not _FIRST.startswith(first):
        message = f"{show_path(path)} is no journal of a bulk run; {_WAY_OUT}"
        raise BulkError(message)


def begun(run_id: str | None, now: datetime | None) -> tuple[str, datetime]:
    """Give the id and the time of a new run; raise `BulkError` for what is none."""
    moment = current_time() if now is None else now
    if moment.tzinfo is None:
        message = f"now is the naive {moment.isoformat()}; give an aware datetime"
        raise BulkError(message)
    if run_id is not None and (not run_id or not run_id.isprintable()):
        message = f"run_id is {show(run_id)}; give visible text"
        raise BulkError(message)
    return secrets.token_hex(16) if run_id is None else run_id, moment


# -- digests


def template_digest(template: Template) -> str:
    """
    Give what tells one template from another, the same in every process: SHA-256 over all that it was made of.

    A key counts by its public half, a file by its octets, a function by its name and code.
    """
    found = hashlib.sha256()
    waiting: list[object] = [template._arguments]
    opened: dict[int, object] = {}  # kept, so that no other object gets the same id
    while waiting:
        value = waiting.pop()
        found.update(f"{type(value).__module__}.{type(value).__qualname__}:".encode())
        if value is None or isinstance(value, (bool, int, float)):
            found.update(f"{value!r};".encode())
        elif isinstance(value, (str, bytes, bytearray)):
            octets = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else bytes(value)
            found.update(b"%d;%b" % (len(octets), octets))
        elif isinstance(value, (list, tuple)):
            found.update(b"%d;" % len(value))
            waiting += value[::-1]
        elif hasattr(value, "items") and hasattr(value, "keys"):
            waiting.append([item for pair in value.items() for item in pair])
        elif id(value) not in opened:
            opened[id(value)] = value
            waiting.append(_made_of(value))
    return found.hexdigest()


def _made_of(value: object) -> object:
    """Give plainer values that an object stands for."""
    made: object
    if isinstance(value, (set, frozenset)):
        made = sorted(map(repr, value))
    elif isinstance(value, CodeType):
        made = [value.co_code, value.co_names, value.co_consts]
    elif isinstance(value, type) or hasattr(value, "__code__"):
        made = [value.__module__, getattr(value, "__qualname__", None), getattr(value, "__code__", None)]
    elif isinstance(value, Path):
        made = [str(value), value.read_bytes() if value.is_file() else None]
    elif hasattr(value, "algorithm") and hasattr(value, "sign"):  # a key, whose secret is nobody's business
        made = [value.algorithm, getattr(value, "public_octets", None)]
    else:
        try:
            found = value.__reduce_ex__(4)
        except (MimekitError, TypeError):  # what cannot be pickled
            found = repr(type(value))
        made = found if isinstance(found, str) else [list(one) if hasattr(one, "__next__") else one for one in found]
    return made
