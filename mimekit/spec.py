"""
A message spec: what a person writes in a TOML file becomes the arguments of `Message`.

    from = "Shop <shop@example.com>"
    to = ["Grace <grace@example.org>", { name = "Karen", address = "karen@example.net" }]
    subject = "Receipt"
    text_file = "receipt.txt"
    attachments = ["receipt.pdf", { path = "terms-v3.pdf", name = "terms.pdf" }]
    inline = { logo = "logo.png" }

A spec names files, and reading it reads them, so it is to be trusted like a script.  Paths are relative to the file's
own directory and stay inside it, links followed, so that a spec which came with its files reads nothing else by
accident; a path that is written as absolute is the author's word and is read wherever it leads.

    TOML -> Spec(arguments, signing) -> Message

May import: `message`, `compose`, `headers`.  Imported by: the façade, `bulk`, `cli`.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from mimekit.compose import attachment
from mimekit.errors import HeaderError, MimekitError, SpecError, show
from mimekit.frozen import Frozen, put
from mimekit.headers.address import AddressList
from mimekit.message import Message

__all__ = ["Spec", "arguments", "load", "read"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import IO, Any  # a TOML value is any of a dozen types until its key says which

    from mimekit.compose import Attachable
    from mimekit.headers.address import Mailbox

    Source = str | os.PathLike[str] | IO[bytes]
    Reader = Callable[["_Files", str, Any], object]

_FILE_KEYS = ("path", "name", "type")
_MAILBOX_KEYS = ("name", "address")


class Spec(Frozen):
    """
    A spec that was read: ``arguments`` for `Message`, and ``signing``, what it says of signatures as plain data.

    ``signing`` has one table for each signature, ``[dkim]`` or ``[[dkim]]``.  Nothing here acts on it; paths in it are
    below ``base``.  A spec has no hash: it holds dicts.
    """

    __slots__ = ("arguments", "base", "name", "signing", "template")
    __hash__ = None  # type: ignore[assignment]  # as every class that compares what can change

    name: str
    arguments: dict[str, Any]
    signing: tuple[dict[str, Any], ...]
    base: Path | None
    template: dict[str, Any]

    def __init__(
        self,
        name: str,
        arguments: dict[str, Any],
        signing: tuple[dict[str, Any], ...] = (),
        base: Path | None = None,
        template: dict[str, Any] | None = None,
    ) -> None:
        put(self, "name", name)
        put(self, "arguments", arguments)
        put(self, "signing", signing)
        put(self, "base", base)
        put(self, "template", template or {})

    def build(self) -> Message:
        """Build the message; what `Message` refuses is a `SpecError` that names the spec."""
        try:
            return Message(**self.arguments)
        except MimekitError as error:
            message = f"{self.name}: {error}"
            raise SpecError(message) from error


def load(source: Source, *, base: str | os.PathLike[str] | None = None) -> Message:
    r"""
    Build the message of a spec: a path, or a file opened with mode ``'rb'``.

    Relative paths in it are below *base*, by default the directory of the file.  Raises `SpecError`, one sentence with
    the file, the key, its value and what is expected.

    >>> from io import BytesIO
    >>> load(BytesIO(b'from = "ada@example.com"\nto = "grace@example.org"\ntext = "Hello"')).to[0].address
    'grace@example.org'
    """
    return read(source, base=base).build()


def arguments(source: Source, *, base: str | os.PathLike[str] | None = None) -> dict[str, Any]:
    r"""
    Give the keyword arguments of `Message` that a spec stands for; see `load`.

    >>> from io import BytesIO
    >>> arguments(BytesIO(b'from = "ada@example.com"\nsubject = "Notes"'))["subject"]
    'Notes'
    """
    return read(source, base=base).arguments


def read(source: Source, *, base: str | os.PathLike[str] | None = None, template: bool = False) -> Spec:
    r"""
    Read a spec with all of its keys; see `load`.

    With *template* its strings may hold what no message may (slots), and a table ``template`` is kept as plain data.

    >>> from io import BytesIO
    >>> read(BytesIO(b'from = "ada@example.com"\n[dkim]\nselector = "s2026"')).signing
    ({'selector': 's2026'},)
    """
    name, octets, folder = _source(source)
    table = _table(name, octets)
    below = None if base is None and folder is None else Path(base or folder or "")
    files = _Files(
        name,
        below,
        strict=table.get("strict_filenames") is True,
    )
    given: dict[str, Any] = {}
    signing: tuple[dict[str, Any], ...] = ()
    more: dict[str, Any] = {}
    for key, value in table.items():
        if key == "dkim":
            signing = tuple([_table_only(files, key, one) for one in (value if isinstance(value, list) else [value])])
            continue
        if key == "template" and template:
            more = _table_only(files, key, value)
            continue
        if key not in _KEYS:
            raise files.error(key, value, f"no key of a spec{_meant(key, [*_KEYS, 'dkim'])}")
        argument, reader = _KEYS[key]
        if argument in given:
            raise files.error(key, value, f"the {argument} is there already; give it here or as a file, not both")
        if template and reader in (_addresses, _reverse_path):
            reader = _with_slots
        given[argument] = reader(files, key, value)
    if "from_" not in given:
        message = f'{name}: there is no key from; a message has an author: from = "Name <name@example.com>"'
        raise SpecError(message)
    return Spec(name, given, signing, below, more)


def _source(source: Source) -> tuple[str, bytes, str | None]:
    """Give the name of a spec for its errors, its octets, and the directory it lies in."""
    if isinstance(source, (str, os.PathLike)):
        path = os.fspath(source)
        try:
            with open(path, "rb") as file:  # noqa: PTH123 - a str stays a str
                return _shown(os.path.basename(path)), file.read(), os.path.dirname(path) or "."  # noqa: PTH119, PTH120 - pathlib is slow to import
        except OSError as error:
            message = f"the spec {_shown(path)} cannot be read: {error.strerror}"
            raise SpecError(message) from None
    octets: object = source.read()
    name = getattr(source, "name", None)
    name = name if isinstance(name, str) else "the spec"
    if not isinstance(octets, bytes):
        message = f"{_shown(name)} is opened as text; TOML is UTF-8: open it with mode 'rb'"
        raise SpecError(message)
    return _shown(name), octets, None


def _shown(name: str) -> str:
    """Give a name as it is when it is plain, else quoted and escaped."""
    return name if name.isascii() and name.isprintable() else show(name)


def _table(name: str, octets: bytes) -> dict[str, Any]:
    """Read the TOML."""
    import tomllib

    try:
        return tomllib.loads(octets.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        message = f"{name} is not UTF-8 at octet {error.start}, which TOML is; convert it"
    except ValueError as error:  # TOMLDecodeError, or of a number of thousands of digits
        message = f"{name} is no TOML: {_shown(str(error))}"
    except RecursionError:
        message = f"{name} nests its arrays or tables too deep"
    raise SpecError(message)


def _meant(key: str, known: Iterable[str]) -> str:
    """Say which key was meant."""
    from difflib import get_close_matches

    near = get_close_matches(key.lower().replace("-", "_"), list(known), n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; it has {', '.join(known)}"


class _Files:
    """Where a spec lies: it makes errors that name it, and finds the files it names; *strict* is strict_filenames."""

    __slots__ = ("base", "name", "strict")

    def __init__(self, name: str, base: Path | None, *, strict: bool) -> None:
        self.name = name
        self.base = base
        self.strict = strict

    def error(self, key: str, value: object, expected: str) -> SpecError:
        """Make the error for a value that is not what is *expected*."""
        return SpecError(f"{self.name}: {_shown(key)} is {show(value)}; {expected}")

    def path(self, key: str, value: object) -> Path:
        """Give the regular file that *value* names."""
        if not isinstance(value, str) or not value or "\0" in value:
            raise self.error(key, value, "expected a path, as a string")
        path = Path(value)
        if not path.is_absolute():
            path = self._below(key, value)
        if not path.is_file():
            reason = "is no regular file" if path.exists() else "does not exist"
            raise self.error(key, value, f"the file {_shown(str(path))} {reason}")
        return path

    def _below(self, key: str, value: str) -> Path:
        """Find a relative path below the base, links followed."""
        if self.base is None:
            raise self.error(key, value, "a relative path needs base=, for this spec lies in no directory")
        path = self.base / value
        try:
            inside = path.resolve().is_relative_to(self.base.resolve())
        except (OSError, RuntimeError):  # a loop of links
            inside = False
        if not inside:
            where = f"outside of {_shown(str(self.base))}, where the files of the spec are"
            raise self.error(key, value, f"it leads {where}; write an absolute path, or pass base=")
        return path

    def octets(self, key: str, value: object) -> bytes:
        """Read the file that *value* names."""
        path = self.path(key, value)
        try:
            return path.read_bytes()
        except OSError as error:
            raise self.error(key, value, f"the file cannot be read: {error.strerror}") from None


# -- one reader for each kind of value: (files, key, value) -> argument


def _string(files: _Files, key: str, value: object) -> str:
    if not isinstance(value, str):
        raise files.error(key, value, "expected a string")
    return value


def _boolean(files: _Files, key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise files.error(key, value, "expected true or false")
    return value


def _strings(files: _Files, key: str, value: object) -> str | list[str]:
    if isinstance(value, list):
        return [_string(files, f"{key}[{place}]", item) for place, item in enumerate(value)]
    if not isinstance(value, str):
        raise files.error(key, value, "expected a string or a list of strings")
    return value


def _addresses(files: _Files, key: str, value: object) -> AddressList:
    """Read a string in address-list syntax, a table {name, address}, or a list of those."""
    items = value if isinstance(value, list) else [value]
    found = [
        _address(files, key if items is not value else f"{key}[{place}]", item) for place, item in enumerate(items)
    ]
    return AddressList.joined(found) if found else AddressList()


def _address(files: _Files, key: str, item: object) -> AddressList:
    loose: object = item
    if isinstance(item, dict):
        _only(files, key, item, _MAILBOX_KEYS)
        address = _string(files, f"{key}.address", item.get("address"))
        loose = [(_string(files, f"{key}.name", item.get("name", "")), address)]
    elif not isinstance(item, str):
        raise files.error(key, item, "expected an address as a string, or a table {name, address}")
    try:
        return AddressList.of(loose)
    except HeaderError as error:
        message = f"{files.name}: {_shown(key)}: {error}"
        raise SpecError(message) from None


def _reverse_path(files: _Files, key: str, value: object) -> Mailbox | str:
    if value == "":
        return ""
    found = _addresses(files, key, value)
    if len(found) != 1:
        raise files.error(key, value, 'expected one address, or "" for no bounces at all')
    return found[0]


def _with_slots(files: _Files, key: str, value: object) -> object:
    """Read addresses as they are written: what they are shows when their slots are filled."""
    items: list[object] = value if isinstance(value, list) else [value]
    found: list[object] = []
    for item in items:
        if isinstance(item, dict):
            _only(files, key, item, _MAILBOX_KEYS)
            name = _string(files, f"{key}.name", item.get("name", ""))
            found.append((name, _string(files, f"{key}.address", item.get("address"))))
        else:
            found.append(_string(files, key, item))
    return found if items is value else found[0]


def _text_file(files: _Files, key: str, value: object) -> str:
    octets = files.octets(key, value)
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise files.error(key, value, f"the file is not UTF-8 at octet {error.start}; convert it") from None


def _attachments(files: _Files, key: str, value: object) -> list[Attachable]:
    items = value if isinstance(value, list) else [value]
    return [_file(files, f"{key}[{place}]", item, "attachment") for place, item in enumerate(items)]


def _inline(files: _Files, key: str, value: object) -> dict[str, Attachable]:
    if not isinstance(value, dict):
        raise files.error(key, value, 'expected a table of label = path, such as logo = "logo.png"')
    return {label: _file(files, f"{key}.{_shown(label)}", item, "inline") for label, item in value.items()}


def _file(files: _Files, key: str, item: object, disposition: str) -> Attachable:
    """Read a path, or a table {path, name, type}."""
    if isinstance(item, str):
        return files.path(key, item)
    if not isinstance(item, dict):
        raise files.error(key, item, "expected a path, or a table {path, name, type}")
    _only(files, key, item, _FILE_KEYS)
    path = files.path(f"{key}.path", item.get("path"))
    given = {name: _string(files, f"{key}.{name}", item[name]) for name in ("name", "type") if name in item}
    try:
        return attachment(
            path,
            given.get("name"),
            content_type=given.get("type"),
            disposition=disposition,
            strict_filenames=files.strict,
        )
    except MimekitError as error:
        message = f"{files.name}: {_shown(key)}: {error}"
        raise SpecError(message) from None


def _calendar(files: _Files, key: str, value: object) -> Path:
    if isinstance(value, dict):
        _only(files, key, value, ("file",))
        return files.path(f"{key}.file", value.get("file"))
    return files.path(key, value)


def _headers(files: _Files, key: str, value: object) -> list[tuple[str, str]]:
    """Read a table of fields; a list repeats the field."""
    if not isinstance(value, dict):
        raise files.error(key, value, 'expected a table of fields, such as X-Order = "17"')
    found: list[tuple[str, str]] = []
    for name, given in value.items():
        read_value = _strings(files, f"{key}.{_shown(name)}", given)
        found += [(name, one) for one in ([read_value] if isinstance(read_value, str) else read_value)]
    return found


def _date(files: _Files, key: str, value: object) -> datetime:
    """Read a TOML date-time, or the same as a string (RFC 3339); it has an offset."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise files.error(key, value, "expected a date-time such as 2026-11-24T12:00:00+01:00") from None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise files.error(key, value, "expected a date-time with its offset, such as 2026-11-24T12:00:00+01:00")
    return value


def _table_only(files: _Files, key: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise files.error(key, value, "expected a table")
    return value


def _only(files: _Files, key: str, table: Mapping[str, object], known: tuple[str, ...]) -> None:
    """Refuse a key that a small table does not have."""
    for name, value in table.items():
        if name not in known:
            place = f"{key}.{name}"
            raise files.error(place, value, f"no key here{_meant(name, known)}")


_KEYS: dict[str, tuple[str, Reader]] = {
    "from": ("from_", _addresses),
    "sender": ("sender", _addresses),
    "to": ("to", _addresses),
    "cc": ("cc", _addresses),
    "bcc": ("bcc", _addresses),
    "reply_to": ("reply_to", _addresses),
    "subject": ("subject", _string),
    "text": ("text", _string),
    "text_file": ("text", _text_file),
    "html": ("html", _string),
    "html_file": ("html", _text_file),
    "inline": ("inline", _inline),
    "attachments": ("attachments", _attachments),
    "calendar": ("calendar", _calendar),
    "amp": ("amp", _string),
    "amp_file": ("amp", _text_file),
    "headers": ("headers", _headers),
    "list_unsubscribe": ("list_unsubscribe", _strings),
    "priority": ("priority", _string),
    "auto_submitted": ("auto_submitted", _string),
    "date": ("date", _date),
    "message_id": ("message_id", _string),
    "in_reply_to": ("in_reply_to", _strings),
    "references": ("references", _strings),
    "mail_from": ("mail_from", _reverse_path),
    "encoding": ("encoding", _string),
    "strict_filenames": ("strict_filenames", _boolean),
}
