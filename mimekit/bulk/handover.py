"""
Handing over: each message of a run to a server or a service, nobody lost, nobody twice but those listed as unsure.

A file can be cut back to what is known to be in it; what was handed over cannot be taken back (RFC 5321 6.1).  So each
hand-over stands between an intent and an outcome in the ledger, and only what was surely not taken is tried again.
Threads hand over, one connection each; the rows are read by the caller's thread alone, which keeps its context.

    items, a sink -> who was sent, rejected, unsure; SINK.journal and the files beside it

May import: `bulk.ledger`, `errors`.  Imported by: `bulk`, `bulk.job`, `bulk.running`, `bulk.sinks`, `bulk.sinks.ses`,
`bulk.sinks.smtp`, `cli`.
"""

from __future__ import annotations

import random
import time
from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from threading import Condition, Event, Lock, Thread
from typing import TYPE_CHECKING

from mimekit.bulk.ledger import Answer, Ledger
from mimekit.errors import BulkError, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from typing import Literal, Protocol

    from mimekit.bulk.items import Item

    class Connection(Protocol):
        """What hands over one delivery after the other, in one thread."""

        def hand_over(self, item: Item) -> Outcome:
            """Hand over once, and tell what is known of each recipient; connect before where need be."""

        def close(self) -> None:
            """Take leave of the server."""

    class HandoverSink(Protocol):
        """Where messages go that cannot be taken back."""

        @property
        def most(self) -> int:
            """How many recipients one hand-over may have."""

        def connect(self) -> Connection:
            """Make one of the connections; it need not reach out before it is used."""


__all__ = ["Answer", "Handed", "Outcome", "Retries", "hand_over_all"]

_WAITING = 1000  # deliveries that wait for another try; then the next rows wait too
_AHEAD = 2  # deliveries at hand for each connection


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What is known after one hand-over: an `Answer` for each recipient; one without an answer is unsure.

    ``trouble`` says what the verdict ``later`` is about: these recipients alone (``""``), this connection, which
    another one may replace at once, or the service, which all connections have to leave alone for a while.  ``stop`` is
    why no further message can be handed over in this run: a daily quota, paused sending, a wrong password.
    """

    answers: Mapping[str, Answer]
    trouble: Literal["", "connection", "service"] = ""
    stop: str | None = None


@dataclass(frozen=True, slots=True)
class Retries:
    """
    How often something is tried, and how many seconds lie between: ``first``, doubled each time, at most ``longest``.

    The defaults go on for some eight minutes, which outlasts greylisting (RFC 6647 2).  Each wait is shortened at
    random by up to a half, so that connections do not come back together.
    """

    attempts: int = 16
    first: float = 1.0
    longest: float = 60.0

    def wait(self, failures: int, jitter: float) -> float:
        """
        Give the seconds to wait after so many failures; *jitter* is drawn from 0 to 1.

        >>> [Retries().wait(failures, 1.0) for failures in (1, 2, 3, 20)]
        [1.0, 2.0, 4.0, 60.0]
        """
        most = min(self.longest, self.first * 2.0 ** min(failures - 1, 30))
        return most * (0.5 + jitter / 2)


@dataclass(frozen=True, slots=True)
class Handed:
    """
    What became of a run, counted in recipients.

    ``sent`` and ``rejected`` in this run, ``settled`` in earlier ones; ``unsure`` those that nobody knows the end of,
    of all runs; ``later`` those that were tried, were not taken, and are tried again when the run is taken up again.
    ``stopped`` says why the run ended before its rows did.
    """

    sent: int = 0
    rejected: int = 0
    unsure: int = 0
    later: int = 0
    settled: int = 0
    stopped: str | None = None


def hand_over_all(  # noqa: PLR0913 - each says one thing about a run
    items: Iterable[Item] | Callable[[Ledger], Iterable[Item]],
    sink: HandoverSink,
    *,
    journal_path: Path,
    connections: int = 1,
    rate: float | None = None,
    retries: Retries | None = None,
    resend_unsure: bool = False,
    progress: Callable[[Handed], object] | None = None,
) -> Handed:
    """
    Hand over every item that the journal does not know as settled, and give the counts.

    *connections* are in use at once; *rate* is in recipients a second over all of them.  The keys of *items* are
    unique; they are read in the calling thread, a few ahead.  A function in their place gets the ledger, which knows
    the rows that need not be rendered again, and takes those that make no message.  A recipient who is unsure from an
    earlier run is passed over unless *resend_unsure*.  *progress* gets the counts after each hand-over, from the thread
    that made it.

    What was surely not taken for a passing reason is tried again as *retries* says.  The run stops by itself when the
    sink says so, when the service stays away as long as *retries* go on, and when more hand-overs in a row than there
    are connections ended without an answer.  On an interrupt what is under way is waited for.  After any end, also
    ``kill -9``, the same call goes on.  Raises `BulkError`, and what *items* and the sink raise.
    """
    if connections < 1:
        message = f"connections is {show(connections)}; at least one is needed"
        raise BulkError(message)
    if rate is not None and not rate > 0:
        message = f"rate is {show(rate)}; give recipients a second, more than 0"
        raise BulkError(message)
    ledger = Ledger(journal_path, resend_unsure=resend_unsure)
    run = _Run(ledger, sink, connections=connections, rate=rate, retries=retries or Retries(), progress=progress)
    try:
        run.go(items(ledger) if callable(items) else items)
    finally:
        if run.is_over():  # else a second interrupt: a file under a thread that writes stays open
            ledger.close()
    return run.handed()


@dataclass(slots=True)
class _Task:
    """A delivery to hand over, and how often that was tried."""

    item: Item
    attempts: int = 0


class _Gate:
    """Where a hand-over waits until the rate allows it and nobody has asked to leave the service alone."""

    def __init__(
        self,
        rate: float | None,
        retries: Retries,
        *,
        stopped: Event,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._rate, self._retries, self._stopped, self._clock, self._jitter = rate, retries, stopped, clock, jitter
        self._lock = Lock()
        self._next = self._held = 0.0
        self._troubles = 0

    def passes(self, recipients: int) -> bool:
        """Wait for one's turn; ``False`` when the run was stopped."""
        while True:
            with self._lock:
                turn = max(self._clock(), self._held, self._next)
                if self._rate is not None:
                    self._next = turn + recipients / self._rate
            while (delay := turn - self._clock()) > 0:
                if self._stopped.wait(delay):
                    return False
            with self._lock:
                if self._held <= turn:
                    return not self._stopped.is_set()

    def hold(self) -> int:
        """Have everybody wait; give how often that was so since anything was taken."""
        with self._lock:
            now = self._clock()
            if now >= self._held:  # else another connection has noticed the same
                self._troubles += 1
                self._held = now + self._retries.wait(self._troubles, self._jitter())
            return self._troubles

    def calm(self) -> None:
        """Take note that the service answers."""
        with self._lock:
            self._troubles = 0


@dataclass(slots=True)
class _Queue:
    """The deliveries at hand: those that are new, and those that wait for another try; all under ``changed``."""

    changed: Condition = field(default_factory=Condition)
    ready: deque[_Task] = field(default_factory=deque)
    waiting: list[tuple[float, int, _Task]] = field(default_factory=list)
    under_way: int = 0
    is_closed: bool = False
    numbers: count[int] = field(default_factory=count)


class _Run:
    """The threads of one run, and what they share."""

    def __init__(  # noqa: PLR0913 - handed on
        self,
        ledger: Ledger,
        sink: HandoverSink,
        *,
        connections: int,
        rate: float | None,
        retries: Retries,
        progress: Callable[[Handed], object] | None,
    ) -> None:
        self._ledger, self._sink, self._retries, self._progress = ledger, sink, retries, progress
        self._stopped = Event()
        self._gate = _Gate(rate, retries, stopped=self._stopped)
        self._queue = _Queue()
        self._lock = Lock()
        self._sent = self._rejected = self._later = self._settled = 0
        self._unanswered = 0  # hand-overs in a row without an answer
        self._reason: str | None = None
        self._failure: BaseException | None = None
        self._threads = [Thread(target=self._work, name=f"hand-over {n}", daemon=True) for n in range(connections)]

    def handed(self) -> Handed:
        """Give the counts as they are now."""
        with self._lock:
            return Handed(
                self._sent, self._rejected, self._ledger.unsure, self._later, self._settled, stopped=self._reason
            )

    def is_over(self) -> bool:
        """Whether no thread hands over any more."""
        return not any([thread.is_alive() for thread in self._threads])

    # -- the caller's thread

    def go(self, items: Iterable[Item]) -> None:
        """Feed the threads, and wait for them."""
        for thread in self._threads:
            thread.start()
        try:
            for item in items:
                if not self._feed(item):
                    break
            with self._queue.changed:
                self._queue.is_closed = True
                self._queue.changed.notify_all()
            self._join()
        except BaseException as error:
            self._stop(f"{type(error).__name__} {show(str(error))}" if str(error) else type(error).__name__)
            self._join()
            raise
        if self._failure is not None:
            raise self._failure
        self._later += sum([len(task.item.delivery.rcpt_to) for task in self._put_off()])

    def _feed(self, item: Item) -> bool:
        """Queue what is left to do of a row; ``False`` when nothing more is wanted."""
        missing, settled = self._ledger.missing(item)
        with self._lock:
            self._settled += settled
        queue = self._queue
        for at in range(0, len(missing), self._sink.most):
            task = _Task(item.among(missing[at : at + self._sink.most]))
            with queue.changed:
                while not self._stopped.is_set() and (
                    len(queue.ready) >= _AHEAD * len(self._threads) or len(queue.waiting) >= _WAITING
                ):
                    queue.changed.wait(1.0)  # bounded, so that an interrupt is noticed on every system
                if self._stopped.is_set():
                    return False
                queue.ready.append(task)
                queue.changed.notify_all()
        return not self._stopped.is_set()

    def _join(self) -> None:
        for thread in self._threads:
            while thread.is_alive():
                thread.join(0.2)  # bounded likewise

    def _put_off(self) -> list[_Task]:
        """Give what was tried and is not tried any more, because the run stopped."""
        queue = self._queue
        return [task for task in (*queue.ready, *[task for *_, task in queue.waiting]) if task.attempts]

    # -- the threads

    def _work(self) -> None:
        """Hand over until nothing is left to do."""
        try:
            connection = self._sink.connect()
            try:
                while (task := self._take()) is not None:
                    self._hand_over(connection, task)
                    with self._queue.changed:
                        self._queue.under_way -= 1
                        self._queue.changed.notify_all()
            finally:
                connection.close()
        except BaseException as error:  # noqa: BLE001 - it is raised again, in the caller's thread
            with self._lock:
                self._failure = self._failure or error
            self._stop(f"{type(error).__name__}: {error}")

    def _take(self) -> _Task | None:
        """Wait for a delivery to hand over; ``None`` when there will be none."""
        queue = self._queue
        with queue.changed:
            while not self._stopped.is_set():
                now = time.monotonic()
                task = None
                if queue.waiting and queue.waiting[0][0] <= now:
                    task = heappop(queue.waiting)[2]
                elif queue.ready:
                    task = queue.ready.popleft()
                if task is not None:
                    queue.under_way += 1
                    queue.changed.notify_all()
                    return task
                if queue.is_closed and not queue.waiting and not queue.under_way:
                    break
                queue.changed.wait(queue.waiting[0][0] - now if queue.waiting else None)
            queue.changed.notify_all()
            return None

    def _put_back(self, task: _Task, seconds: float) -> None:
        queue = self._queue
        with queue.changed:
            heappush(queue.waiting, (time.monotonic() + seconds, next(queue.numbers), task))
            queue.changed.notify_all()

    def _hand_over(self, connection: Connection, task: _Task) -> None:
        """Hand over once, between an intent and an outcome."""
        recipients = task.item.delivery.rcpt_to
        if not self._gate.passes(len(recipients)):
            self._put_back(task, 0)
            return
        self._ledger.intent(task.item)
        outcome = connection.hand_over(task.item)
        unknown = Answer("unsure", "the sink did not tell")
        answers = {recipient: outcome.answers.get(recipient, unknown) for recipient in recipients}
        self._ledger.outcome(task.item, answers)
        task.attempts += 1
        self._judge(task, outcome, answers)
        if self._progress is not None:
            self._progress(self.handed())

    def _judge(self, task: _Task, outcome: Outcome, answers: Mapping[str, Answer]) -> None:
        """Count, and see to what was not taken."""
        verdicts = [answer.verdict for answer in answers.values()]
        with self._lock:
            self._sent += verdicts.count("sent")
            self._rejected += verdicts.count("rejected")
            if "sent" in verdicts or "rejected" in verdicts:
                self._unanswered = 0
            if "unsure" in verdicts:
                self._unanswered += 1
            unanswered = self._unanswered
        if outcome.stop is not None:
            self._stop(outcome.stop)
        if "sent" in verdicts or "rejected" in verdicts:
            self._gate.calm()
        if "unsure" in verdicts:
            self._gate.hold()
            if unanswered > len(self._threads):
                text = next(answer.text for answer in answers.values() if answer.verdict == "unsure")
                self._stop(f"{unanswered} messages in a row were left without an answer: {text}")
        later = [recipient for recipient, answer in answers.items() if answer.verdict == "later"]
        if later:
            self._try_again(task, outcome, later, answers[later[0]].text)

    def _try_again(self, task: _Task, outcome: Outcome, recipients: list[str], text: str) -> None:
        """Queue those recipients again that were surely not served, unless that was tried often enough."""
        seconds = self._retries.wait(task.attempts, random.random())  # noqa: S311 - to spread attempts
        if outcome.trouble == "service":
            seconds = 0  # the gate holds it
            if self._gate.hold() >= self._retries.attempts:
                self._stop(f"nothing was taken in {self._retries.attempts} attempts: {text}")
        elif outcome.trouble == "connection" and task.attempts == 1:
            seconds = 0
        again = _Task(task.item.among(tuple(recipients)), task.attempts)
        if task.attempts < self._retries.attempts or self._stopped.is_set():
            self._put_back(again, seconds)
        else:
            with self._lock:
                self._later += len(recipients)

    def _stop(self, reason: str) -> None:
        """Have every thread end after what it has under way."""
        with self._lock:
            if self._reason is None:
                self._reason = reason
        self._stopped.set()
        with self._queue.changed:
            self._queue.changed.notify_all()
