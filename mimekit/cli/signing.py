"""
Signing: from what a spec or the arguments of a verb say to signers, and from a message to the signed one.

    tables of plain data -> Signer objects -> Message, signed

May import: `dkim`, `cli.output`.  Imported by: `cli.bulk`, `cli.sign`, `cli.source`.
"""

from __future__ import annotations

import warnings
from datetime import timedelta
from pathlib import Path

from mimekit.cli import output
from mimekit.errors import DkimError, MimekitError, SpecError, show

__all__ = ["by_one_password", "sign", "signers"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from typing import Any, NoReturn  # a value of TOML is of any type until its key says which

    from mimekit import dkim
    from mimekit.message import Message

_TEXTS = ("domain", "selector", "key", "identity", "canonicalization", "password_file")
_FLAGS = ("ses", "allow_8bit")
_REQUIRED = ("domain", "selector", "key")
_KNOWN = (*_TEXTS, *_FLAGS, "headers", "expires_days")
_OPTIONS = ("identity", "canonicalization", "headers")  # of `Signer` and of `for_ses`, under the same name


def signers(
    tables: Sequence[Mapping[str, Any]], *, base: str | os.PathLike[str] | None = None, name: str = ""
) -> list[dkim.Signer]:
    """
    Make the signers that *tables* describe.

    *name* is that of the spec they stand in, and *base* its directory: relative paths of keys are below it and stay
    there, as those of its other files do.  Without *base* a path is taken as it is.  Raises `SpecError`.
    """
    places = ["dkim"] if len(tables) == 1 else [f"dkim[{number}]" for number in range(len(tables))]
    below = None if base is None else Path(base)
    return [_Table(table, below, name, place).signer() for table, place in zip(tables, places, strict=True)]


def by_one_password(tables: Sequence[Mapping[str, Any]]) -> list[dkim.Signer]:
    """Make the signers of several keys with one password, which is of those that are encrypted: one at least."""
    made = [_Table(table, None, "", "", is_shared=len(tables) > 1) for table in tables]
    found = [one.signer() for one in made]
    if made and all([one.is_plain for one in made]):
        message = "none of the keys is encrypted; leave --password-file out"
        raise SpecError(message)
    return found


def sign(message: Message, given: Sequence[dkim.Signer]) -> Message:
    """Sign by all of *given*; none of them gives the message as it is."""
    if not given:
        return message
    from mimekit import dkim

    try:
        return dkim.sign(message, given)
    except DkimError as error:
        ways = _OF_SPECS if message.root.is_built else _OF_FILES
        if error.kind not in ways:
            raise
        text = f"{error.found}; {ways[error.kind]}"
        raise SpecError(text) from None


# What to do about a message that is not as it will arrive, for who has no `Message` at hand.
_OF_SPECS = {
    "8bit": 'leave encoding out of the spec, or write allow_8bit = true into its table dkim, where "ses" is not true',
    "long-line": "leave encoding out of the spec, or make the line shorter",
}
_OF_FILES = {
    "line-end": "end every line of the file with CRLF, and have no other CR or LF in it",
    "8bit": "have the program that wrote it write 7-bit content, as quoted-printable or base64",
    "long-line": "fold the field, or have the program that wrote it encode the content, as quoted-printable or base64",
}


class _Table:
    """What is said of one signature; what is refused is an error that names the spec and the table."""

    def __init__(
        self, table: Mapping[str, Any], base: Path | None, name: str, place: str, *, is_shared: bool = False
    ) -> None:
        self.table = table
        self.is_shared = is_shared  # the password, with other keys, of which not all are encrypted
        self.is_plain = False
        self.base = base
        self.where = f"{name}: {place}" if name else ""

    def signer(self) -> dkim.Signer:
        """Make the signer."""
        from mimekit import dkim

        self._check()
        try:
            options = self._options()
            make = dkim.for_ses if self.table.get("ses") else dkim.Signer
            return make(self.table["domain"], selector=self.table["selector"], key=self._key(), **options)
        except MimekitError as error:
            if not self.where or isinstance(error, SpecError):
                raise
            message = f"{self.where}: {error}"
            raise SpecError(message) from None

    def _refuse(self, key: str, expected: str) -> NoReturn:
        value = show(self.table[key])
        if key == "key" and isinstance(self.table[key], str):
            from mimekit.dkim.keys import is_key_text

            if is_key_text(self.table[key]):
                value = "not the path of a file but perhaps the text of a key, which is not repeated"
        message = f"{self.where}.{_shown(key)} is {value}; {expected}" if self.where else f"{value}: {expected}"
        raise SpecError(message) from None

    def _check(self) -> None:
        """Check the keys and the types of their values."""
        for key, value in self.table.items():
            if key not in _KNOWN:
                self._refuse(key, f"no key here; known are {', '.join(_KNOWN)}")
            kind = str if key in _TEXTS else bool if key in _FLAGS else int if key == "expires_days" else list
            is_good = isinstance(value, kind) and not (kind is int and isinstance(value, bool))
            if not is_good or (kind is list and not all([isinstance(item, str) for item in value])):
                self._refuse(key, f"expected {_NAMES[kind]}")
        for key in _REQUIRED:
            if key not in self.table:
                message = f"{self.where} has no {key}; a signature needs domain, selector and key (a file)"
                raise SpecError(message)
        if self.table.get("ses") and self.table.get("allow_8bit"):
            self._refuse("allow_8bit", "what goes to Amazon SES is 7-bit; leave out allow_8bit, or ses")

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {key: self.table[key] for key in _OPTIONS if key in self.table}
        if self.table.get("allow_8bit"):
            options["allow_8bit"] = True
        if "expires_days" in self.table:
            days = self.table["expires_days"]
            if not 0 < days <= _MOST_DAYS:
                self._refuse("expires_days", f"expected 1 to {_MOST_DAYS} days")
            options["expires"] = timedelta(days=days)
        return options

    def _key(self) -> dkim.SigningKey:
        """Load the key; what is worth a warning of it is a note."""
        password = None
        if "password_file" in self.table:
            password = self._read("password_file").removesuffix(b"\n").removesuffix(b"\r")
        path = self._path("key")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            try:
                key = self._loaded(path, password)
            except OSError as error:
                self._unread("key", error)
        for warning in caught:
            output.note(str(warning.message))
        return key

    def _loaded(self, path: Path, password: bytes | None) -> dkim.SigningKey:
        from mimekit import dkim

        try:
            return dkim.SigningKey.load(path, password=password)
        except DkimError as error:
            if error.kind not in ("encrypted", "not-encrypted"):
                raise
            is_encrypted = error.kind == "encrypted"
            if self.is_shared and not is_encrypted:
                self.is_plain = True
                return dkim.SigningKey.load(path)
            way = "password_file" if self.where else "--password-file"
            way_out = f"name the file of its password by {way}" if is_encrypted else f"leave {way} out"
            message = f"{error.found}; {way_out}"
            raise DkimError(message) from None

    def _read(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except OSError as error:
            self._unread(key, error)

    def _unread(self, key: str, error: OSError) -> NoReturn:
        self._refuse(key, f"the file cannot be read: {error.strerror}")

    def _path(self, key: str) -> Path:
        """Find a file: below the directory of the spec, links followed, unless its path is absolute."""
        value: str = self.table[key]
        if not value or "\0" in value:
            self._refuse(key, "expected the path of a file")
        path = Path(value)
        if self.base is None or path.is_absolute():
            return path
        path = self.base / value
        try:
            is_inside = path.resolve().is_relative_to(self.base.resolve())
        except (OSError, RuntimeError):  # a loop of links
            is_inside = False
        if not is_inside:
            self._refuse(key, "it leads out of the directory of the spec; write an absolute path")
        return path


_NAMES = {str: "a string", bool: "true or false", int: "a whole number", list: "a list of field names"}
_MOST_DAYS = 3650


def _shown(key: str) -> str:
    return key if key.isascii() and key.isprintable() else show(key)
