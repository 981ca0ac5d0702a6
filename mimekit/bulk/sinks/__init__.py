"""
Sinks: where the messages of a run go, and how one is named.

There are two kinds.  What is written into files can be cut back, so a run that broke off goes on where the journal says
the files were whole: nobody lost, nobody twice.  What is handed over to a server cannot, so each message has an entry
of its own in the journal (`bulk.handover`).

    "out.jsonl?ses=v2", "maildir:out", "smtp://mail.example.com", ... -> a sink

May import: `bulk`, the core, `ses`, `smtp`; pyarrow and boto3 where they are needed.  Imported by: `bulk`,
`bulk.cluster`, `bulk.job`, `bulk.running`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from mimekit.errors import BulkError, show

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Protocol

    from mimekit.bulk.handover import HandoverSink
    from mimekit.bulk.items import Item, Rejection

    class FileSink(Protocol):
        """
        What is written into files, by one process, in order.

        `prepare`, `prepare_rejected` and `pack` are called in the processes that render; what they give is pickled.
        """

        @property
        def kind(self) -> str:
            """What the journal says of it: a run goes on only with the same kind."""

        @property
        def path(self) -> Path | None:
            """Its file or directory, beside which the journal lies; without one a run cannot be taken up again."""

        def check_new(self) -> None:
            """Raise `BulkError` when something is there already."""

        def check_whole(self, position: Mapping[str, Any]) -> None:
            """Raise `BulkError` when what was there at *position*, the end of a run, is not there any more."""

        def prepare(self, item: Item) -> Any:  # noqa: ANN401 - each sink has its own
            """Give what is written of a message; a `MimekitError` rejects the row."""

        def prepare_rejected(self, rejection: Rejection) -> Any:  # noqa: ANN401 - likewise
            """Give what is written of a row that made no message; ``None``: nothing."""

        def pack(self, prepared: Sequence[Any]) -> Any:  # noqa: ANN401 - likewise
            """Join what was prepared."""

        def start(self, position: Mapping[str, Any] | None) -> None:
            """Open the files, and cut them back to *position*; ``None`` is their beginning."""

        def write(self, packed: Any) -> None:  # noqa: ANN401 - likewise
            """Write what was packed."""

        def is_due(self, seconds: float) -> bool:
            """Whether it is time to flush, so many seconds after the last time."""

        def flush(self) -> Mapping[str, Any]:
            """Have everything on the disk, and give the position to go on from."""

        def close(self) -> None:
            """Close the files as they are."""

    Sink = FileSink | HandoverSink

__all__ = ["is_handover", "journal_path", "open_sink"]

_FORMS = (
    "FILE.jsonl, FILE.jsonl?ses=v1, maildir:DIR, mbox:FILE, eml:DIR, parquet:DIR, arrow:DIR, smtp://HOST, ses://REGION"
)
_PREFIX = re.compile(r"(jsonl|maildir|mbox|eml|parquet|arrow):(?!//)(.+)", re.DOTALL)
_SERVICES = ("smtp", "smtps", "ses")
_VERSIONS = {"v1": 1, "v2": 2}
_SECONDS = ("timeout", "final_timeout")


def open_sink(target: object) -> Sink:
    """
    Give the sink that a name stands for; a sink is given back as it is.

    A path with a known suffix (``.jsonl``, ``.mbox``) needs no prefix.  ``smtps://`` is TLS from the first octet,
    ``?tls=starttls`` asks for it; ``?password_file=`` holds the password of ``smtp://USER@HOST``.  What follows
    ``ses://REGION?`` are arguments of `SesSink`.  Raises `BulkError`.

    >>> open_sink("out.jsonl?ses=v1"), open_sink("smtp://mail.example.com:2525")
    (<JsonLinesSink out.jsonl, version 1>, <SmtpSink mail.example.com:2525>)
    """
    if not isinstance(target, (str, os.PathLike)):
        if not hasattr(target, "prepare") and not hasattr(target, "connect"):
            message = f"{show(target)} is no sink; give one of {_FORMS}, or an object that is one"
            raise BulkError(message)
        return target  # type: ignore[return-value]  # as far as can be told
    name = os.fspath(target)
    scheme = name.partition("://")[0]
    if scheme in _SERVICES and "://" in name:
        return _service(name, scheme)
    found = _PREFIX.fullmatch(name)
    kind, rest = (found[1], found[2]) if found else ("", name)
    place, _, query = rest.partition("?")
    kind = kind or {".jsonl": "jsonl", ".ndjson": "jsonl", ".mbox": "mbox"}.get(Path(place).suffix.lower(), "")
    if kind and place and Path(place).name in ("", ".."):
        message = f"the sink {show(name)} has no name of its own, beside which its journal could lie; give a new one"
        raise BulkError(message)
    if not kind or not place:
        message = f"{show(name)} names no sink; it is one of {_FORMS}"
        raise BulkError(message)
    return _KINDS[kind](Path(place), _options(name, query, ("ses",) if kind == "jsonl" else ()))


def is_handover(sink: object) -> bool:
    """Whether a sink hands over, and does not write files."""
    return hasattr(sink, "connect")


def journal_path(sink: Sink) -> Path | None:
    """Give the place of the journal: beside the sink, or in the working directory, with the name of the service."""
    if not is_handover(sink):
        path: Path | None = sink.path  # type: ignore[union-attr]  # it is no other
        return None if path is None else path.with_name(f"{path.name}.journal")
    if hasattr(sink, "host") and hasattr(sink, "port"):
        return Path(f"smtp-{sink.host.replace(':', '-')}-{sink.port}.journal")
    return Path(f"ses-{sink.region or 'default'}.journal") if hasattr(sink, "region") else None


def _options(name: str, query: str, known: Sequence[str]) -> dict[str, str]:
    """Read what stands after the question mark."""
    found = dict(parse_qsl(query, keep_blank_values=True))
    for option in found:
        if option not in known:
            message = f"the sink {show(name)} has no option {show(option)}; it has {', '.join(known) or 'none'}"
            raise BulkError(message)
    return found


# -- files


def _jsonl(path: Path, options: Mapping[str, str]) -> Sink:
    from mimekit.bulk.sinks.jsonl import JsonLinesSink

    version = options.get("ses", "v2")
    if version not in _VERSIONS:
        message = f"ses is {show(version)}; the API of Amazon SES is v1 or v2"
        raise BulkError(message)
    return JsonLinesSink(path, version=_VERSIONS[version])


def _mbox(path: Path, _: Mapping[str, str]) -> Sink:
    from mimekit.bulk.sinks.mbox import MboxSink

    return MboxSink(path)


def _maildir(path: Path, _: Mapping[str, str]) -> Sink:
    from mimekit.bulk.sinks.maildir import MaildirSink

    return MaildirSink(path)


def _eml(path: Path, _: Mapping[str, str]) -> Sink:
    from mimekit.bulk.sinks.eml import EmlSink

    return EmlSink(path)


def _parquet(path: Path, _: Mapping[str, str]) -> Sink:
    from mimekit.bulk.sinks.parquet import PartsSink

    return PartsSink(path)


def _arrow(path: Path, _: Mapping[str, str]) -> Sink:
    from mimekit.bulk.sinks.parquet import PartsSink

    return PartsSink(path, form="arrow")


_KINDS: dict[str, Callable[[Path, Mapping[str, str]], Sink]] = {
    "jsonl": _jsonl,
    "mbox": _mbox,
    "maildir": _maildir,
    "eml": _eml,
    "parquet": _parquet,
    "arrow": _arrow,
}


# -- services


def _service(name: str, scheme: str) -> Sink:
    try:
        parts = urlsplit(name)
        port = parts.port
    except ValueError as error:
        message = f"the sink {show(name)} is no URL: {error}"
        raise BulkError(message) from None
    if parts.path not in ("", "/") or parts.fragment:
        message = f"the sink {show(name)} has a path, and {scheme}:// takes none"
        raise BulkError(message)
    if scheme == "ses":
        return _ses(name, parts.netloc, parts.query)
    if not parts.hostname:
        message = f"the sink {show(name)} names no server; give smtp://HOST or smtp://HOST:PORT"
        raise BulkError(message)
    if parts.password is not None:
        message = (
            f"the sink smtp://{parts.hostname} has a password in its URL, where lists of processes show it; "
            f"put it into a file and give ?password_file=FILE"
        )
        raise BulkError(message)
    return _smtp(name, scheme, parts.hostname, port, parts.username, parts.query)


def _smtp(name: str, scheme: str, host: str, port: int | None, username: str | None, query: str) -> Sink:  # noqa: PLR0913, PLR0917 - the parts of a URL
    from mimekit.bulk.sinks.smtp import SmtpSink

    given = _options(name, query, ("tls", "password_file", "local_hostname", *_SECONDS))
    options: dict[str, Any] = {key: given[key] for key in ("local_hostname",) if key in given}
    options |= {key: _number(name, key, given[key]) for key in _SECONDS if key in given}
    options["tls"] = given.get("tls", "implicit" if scheme == "smtps" else "no")
    if "password_file" in given:
        try:
            options["password"] = Path(given["password_file"]).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            message = f"the password cannot be read from {show(given['password_file'])}: {error}"
            raise BulkError(message) from None
    return SmtpSink(host, port, username=None if username is None else unquote(username), **options)


def _ses(name: str, region: str, query: str) -> Sink:
    from mimekit.bulk.sinks.ses import SesSink

    known = ("version", "endpoint_url", "profile", "timeout", "configuration_set", "source_arn", "from_arn")
    given: dict[str, Any] = dict(_options(name, query, (*known, "feedback_arn", "return_path_arn", "tenant")))
    if "version" in given:
        given["version"] = _VERSIONS.get(f"v{given['version'].removeprefix('v')}", given["version"])
    if "timeout" in given:
        given["timeout"] = _number(name, "timeout", given["timeout"])
    return SesSink(unquote(region) or None, **given)


def _number(name: str, key: str, text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        message = f"the sink {show(name)}: {key} is {show(text)}; give seconds"
        raise BulkError(message)
    return seconds
