"""
The ledger of a hand-over: who was about to get a message, and what was said of it, so that a run can be taken up again.

A transaction (RFC 5321 3.3) cannot be undone, and its reply can be lost (RFC 1047).  So before each hand-over the
intent is on the disk, and after it the outcome is written.  Whatever moment a run ends at, each recipient is one of
four: never begun, to be asked again, settled (sent or rejected), or unsure: begun, and nobody knows the end.

    SINK.journal: {"intent": key, "to": [...], "message_id": ...}, and {"outcome": key, "message_id": ...,
                  "answers": {recipient: [verdict, text, SES MessageId]}, "done": true}
    SINK.sent.jsonl, SINK.rejected.jsonl, SINK.unsure.jsonl: what follows from it, for people

The journal is the truth; lines of others in it are left alone.  The other files are made good from it.

May import: `bulk.lines`, `errors`.  Imported by: `bulk.handover`, `bulk.running`, `cli`.
"""

from __future__ import annotations

import json
import os
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING

from mimekit.bulk.lines import Lines, as_json, beside, lock, records, show_path
from mimekit.errors import BulkError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import Any, Literal

    from mimekit.bulk.items import Item, Rejection

    Verdict = Literal["sent", "rejected", "later", "unsure"]
    Record = dict[str, Any]  # what a line of JSON holds

__all__ = ["Answer", "History", "Ledger"]

_BROKEN_OFF = "the run ended before the answer was written down"


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What became of one recipient: ``verdict`` and the ``text`` of the reply, or why there is none.

    ``sent``: taken.  ``rejected``: refused for good.  ``later``: surely not taken, and worth another try.  ``unsure``:
    it may have been taken.
    """

    verdict: Verdict
    text: str
    ses_message_id: str | None = None


def _digest(*words: str) -> int:
    """Give 64 bits that stand for a key, or for a key and a recipient."""
    octets = "\0".join(words).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(octets, digest_size=8).digest())


class _Digests:
    """A set of digests at eight octets each: filled, then asked."""

    def __init__(self) -> None:
        self._listed = array("Q")
        self._sorted = True

    def add(self, digest: int) -> None:
        self._listed.append(digest)
        self._sorted = False

    def __len__(self) -> int:
        return len(self._listed)

    def __contains__(self, digest: int) -> bool:
        if not self._sorted:
            self._listed = array("Q", sorted(self._listed))
            self._sorted = True
        at = bisect_left(self._listed, digest)
        return at < len(self._listed) and self._listed[at] == digest


# -- what happened so far


@dataclass(slots=True)
class _Row:
    """A row that is not done: its recipients that are settled, and those that are unsure with the reason."""

    message_id: str
    settled: set[str]
    unsure: dict[str, str]


class History:
    """
    What a journal says: the rows that are done, and what is known of those that are not.

    ``key in history`` tells whether nothing is left to do for that row, so that it need not even be rendered.
    """

    def __init__(self, records: Iterable[Mapping[str, Any]] = ()) -> None:
        self._done = _Digests()
        self.rows: dict[str, _Row] = {}
        self.begun = False
        self.sent = self.rejected = 0
        for record in records:
            if "intent" in record:
                self.intent(record["intent"], record["to"], record["message_id"])
            elif "outcome" in record:
                answers = {recipient: Answer(*words) for recipient, words in record["answers"].items()}
                self.outcome(record["outcome"], answers)
                if record.get("done"):
                    self.finish(record["outcome"])

    @classmethod
    def read(cls, journal_path: Path) -> History:
        """Read a journal that nobody writes to; a missing one is an empty history."""
        try:
            file = journal_path.open("rb")
        except FileNotFoundError:
            return cls()
        with file:
            return cls(records(journal_path, file))

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and _digest(key) in self._done

    def intent(self, key: str, recipients: Iterable[str], message_id: str) -> None:
        """Take down that a hand-over begins: until its outcome the recipients are unsure."""
        self.begun = True
        row = self.rows.setdefault(key, _Row(message_id, set(), {}))
        row.unsure.update(dict.fromkeys(recipients, _BROKEN_OFF))

    def outcome(self, key: str, answers: Mapping[str, Answer]) -> None:
        """Take down how it ended."""
        row = self.rows[key]
        for recipient, answer in answers.items():
            row.unsure.pop(recipient, None)
            if answer.verdict == "unsure":
                row.unsure[recipient] = answer.text
            elif answer.verdict != "later":
                row.settled.add(recipient)
                self.sent += answer.verdict == "sent"
                self.rejected += answer.verdict == "rejected"

    def finish(self, key: str) -> None:
        """Take down that nothing is left to do for a row."""
        del self.rows[key]
        self._done.add(_digest(key))

    def unsure(self) -> Iterator[Record]:
        """Yield who may have got a message or not."""
        for key, row in self.rows.items():
            for recipient, reason in row.unsure.items():
                yield {"key": key, "recipient": recipient, "message_id": row.message_id, "reason": reason}


# -- the ledger


class Ledger:
    """
    The files of one run of hand-overs, opened for going on; what a crash left undone in them is made good first.

    Methods may be called from any thread.  With *resend_unsure* the unsure recipients of earlier runs are missing ones.
    Raises `BulkError` for files that are in use, or are not of one run.
    """

    def __init__(self, journal_path: Path, *, resend_unsure: bool = False) -> None:
        self._lock = Lock()
        self._unsure_path = beside(journal_path, "unsure.jsonl")
        self._sent = Lines(beside(journal_path, "sent.jsonl"))
        self._files = [self._sent]
        try:
            lock(self._sent)
            self._journal = Lines(journal_path)
            self._files.append(self._journal)
            self._rejected = Lines(beside(journal_path, "rejected.jsonl"))
            self._files.append(self._rejected)
            self._history = History(self._journal.records())
            self._refused = _Digests()  # numbers of rows that made no message
            self._make_good()
            self._list_unsure()
        except BaseException:
            self._close_files()
            raise
        self._earlier = frozenset() if resend_unsure else frozenset(self._history.rows)
        self._under_way = 0  # recipients between an intent and an outcome
        self._left: dict[str, set[str]] = {}  # recipients that are not settled, of the rows at hand

    def __contains__(self, key: object) -> bool:
        """Whether nothing is left to do for the row of that key, so that it need not even be rendered."""
        with self._lock:
            return key in self._history

    def refuse(self, rejection: Rejection) -> None:
        """Write down a row that made no message, unless an earlier run did."""
        if _digest(str(rejection.number)) not in self._refused:
            self._rejected.add([rejection.record()])

    def missing(self, item: Item) -> tuple[tuple[str, ...], int]:
        """
        Name the recipients of a row that have still to be asked, and give the number of those who are settled.

        A key is asked about once in a run: that no two rows have the same one is made sure of before.
        """
        with self._lock:
            if item.key in self._history:
                return (), len(item.delivery.rcpt_to)
            row = self._history.rows.get(item.key)
            settled = row.settled if row is not None else set()
            unsure = row.unsure if row is not None and item.key in self._earlier else {}
            left = [recipient for recipient in item.delivery.rcpt_to if recipient not in settled]
            missing = tuple([recipient for recipient in left if recipient not in unsure])
            if missing:
                self._left[item.key] = set(left)
            return missing, len(item.delivery.rcpt_to) - len(left)

    def intent(self, item: Item) -> None:
        """Have it on the disk that the recipients of this delivery are about to be asked."""
        recipients = item.delivery.rcpt_to
        with self._lock:
            self._under_way += len(recipients)
            self._history.intent(item.key, recipients, item.message_id)
            self._journal.add([{"intent": item.key, "to": list(recipients), "message_id": item.message_id}])
        self._journal.sync()

    def outcome(self, item: Item, answers: Mapping[str, Answer]) -> None:
        """
        Write down what was answered.

        It need not be on the disk at once: the next intent takes it there, and until then an intent without an outcome
        is unsure, which is one message for each connection.
        """
        record: Record = {"outcome": item.key, "message_id": item.message_id}
        record["answers"] = {recipient: _words(answer) for recipient, answer in answers.items()}
        if any([answer.verdict == "rejected" for answer in answers.values()]):
            record["number"], record["row"] = item.number, as_json(item.row)
        with self._lock:
            self._under_way -= len(item.delivery.rcpt_to)
            self._history.outcome(item.key, answers)
            left = self._left[item.key]
            left.difference_update(
                [recipient for recipient, answer in answers.items() if answer.verdict in ("sent", "rejected")]
            )
            if not left:
                record["done"] = True
                del self._history.rows[item.key], self._left[item.key]
            self._journal.add([record])
        self._sent.add(_sent(record))
        self._rejected.add(_rejected(record))

    def note(self, record: Record) -> None:
        """Write a line of another kind into the journal."""
        self._journal.add([record])

    @property
    def unsure(self) -> int:
        """How many recipients are unsure now, without those who are being asked."""
        with self._lock:
            return sum([len(row.unsure) for row in self._history.rows.values()]) - self._under_way

    def close(self) -> None:
        """List who is unsure, and close the files; nobody may be handing over any more."""
        try:
            self._list_unsure()
        finally:
            self._close_files()

    def _close_files(self) -> None:
        for file in self._files:
            file.close()

    def _make_good(self) -> None:
        """Write into the other files what a crash kept from them, and take from them what it kept from the journal."""
        sent = _Digests()
        for record in self._sent.records():
            sent.add(_digest(record["key"], record["recipient"]))
            row = self._history.rows.get(record["key"])
            if row is not None and record["recipient"] in row.unsure:
                # It is in there, so it was sent: a machine that went down may have kept the later line only.
                answer = Answer("sent", record.get("reply", ""), record.get("ses_message_id"))
                answers = {record["recipient"]: answer}
                self._history.outcome(record["key"], answers)
                words = {recipient: _words(one) for recipient, one in answers.items()}
                self._journal.add([{"outcome": record["key"], "message_id": row.message_id, "answers": words}])
        if sent and not self._history.begun:
            message = (
                f"{show_path(self._sent.path)} names recipients who were served, and {show_path(self._journal.path)} "
                f"does not know of them: move both away to send to everybody again"
            )
            raise BulkError(message)
        rejected = _Digests()
        for record in self._rejected.records():
            if "recipient" in record:
                rejected.add(_digest(record["key"], record["recipient"]))
            else:
                self._refused.add(_digest(str(record["number"])))
        if (len(sent), len(rejected)) == (self._history.sent, self._history.rejected):
            return
        for record in self._journal.records():
            if "outcome" in record:
                self._sent.add([line for line in _sent(record) if _digest(line["key"], line["recipient"]) not in sent])
                self._rejected.add(
                    [line for line in _rejected(record) if _digest(line["key"], line["recipient"]) not in rejected]
                )

    def _list_unsure(self) -> None:
        """Write the file of the unsure ones anew, or take it away when there are none."""
        with self._lock:
            lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in self._history.unsure()]
        if not lines:
            self._unsure_path.unlink(missing_ok=True)
            return
        written = self._unsure_path.with_name(f".{self._unsure_path.name}.new")
        with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write("".join(lines).encode("utf-8", "backslashreplace"))
            file.flush()
            os.fsync(file.fileno())
        written.replace(self._unsure_path)


def _words(answer: Answer) -> list[str]:
    words = [answer.verdict, answer.text]
    return words if answer.ses_message_id is None else [*words, answer.ses_message_id]


def _sent(record: Record) -> list[Record]:
    """Give the lines of SINK.sent.jsonl that follow from an outcome."""
    lines = []
    for recipient, (verdict, text, *ses) in record["answers"].items():
        if verdict == "sent":
            known = {"ses_message_id": ses[0]} if ses else {"reply": text}
            lines.append(
                {"key": record["outcome"], "recipient": recipient, "message_id": record["message_id"], **known}
            )
    return lines


def _rejected(record: Record) -> list[Record]:
    """Give the lines of SINK.rejected.jsonl that follow from an outcome."""
    return [
        {
            "number": record["number"],
            "key": record["outcome"],
            "field": None,
            "reason": text,
            "row": record["row"],
            "recipient": recipient,
            "message_id": record["message_id"],
        }
        for recipient, (verdict, text, *_) in record["answers"].items()
        if verdict == "rejected"
    ]
