"""
Snapshots: golden files that a message is compared with, with everything replaced that is new each time.

Dates, message ids, content ids, boundaries and the values of DKIM signatures are replaced; a text in base64 or
quoted-printable that refers to a content id is encoded again.  So the file is a message, and any mail program opens it.

    message, golden file -> nothing, or an AssertionError with what is different

May import: the core, `lint`, `testing`.  Imported by: `testing.fixtures`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.codecs import transfer
from mimekit.lint.context import Context
from mimekit.lint.fixing import apply
from mimekit.lint.view import Mail
from mimekit.parser import parse
from mimekit.testing.comparing import difference
from mimekit.testing.matching import changed
from mimekit.testing.reading import octets_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from mimekit.finding import Edit
    from mimekit.lint.view import Entity, Field

__all__ = ["MailSnapshot", "normalised"]

_FOLDER = "__mail_snapshots__"
_DATE = b" Thu, 01 Jan 1970 00:00:00 +0000"
_DATES = frozenset({"date", "resent-date"})
_IDS = frozenset({"message-id", "resent-message-id", "in-reply-to", "references", "content-id"})
_ID = re.compile(rb"<([^<>\s]++)>")
_TAG = re.compile(rb"((?:\A|;)\s*+(?:b|bh|t|x)\s*+=)[^;]*+")
_UNSAFE = re.compile(r"[^\w.-]+")
_ENCODED = ("base64", "quoted-printable")


class MailSnapshot:
    """
    What the fixture ``mail_snapshot`` gives: ``mail_snapshot(message)`` compares with the golden file of the test.

    The file stands in ``__mail_snapshots__`` beside the test's module, in a directory of the module's name; it is named
    after the test, and after the call when there are several in a test.  ``--mail-snapshot-update`` writes it.
    """

    def __init__(self, module: Path, test: str, *, is_updating: bool) -> None:
        self._folder = module.parent / _FOLDER / module.stem
        self._test = _UNSAFE.sub("-", test).strip("-.") or "test"
        self._is_updating = is_updating
        self._calls = 0

    def __call__(self, message: object, name: str | None = None, *, ignoring: Iterable[str] = ()) -> None:
        """
        Compare; *name* is the file's instead of a number, *ignoring* names fields that are left out.

        Raises `AssertionError`, and when there is no file yet.
        """
        __tracebackhide__ = True
        self._calls += 1
        suffix = _UNSAFE.sub("-", name).strip("-.") if name else str(self._calls) if self._calls > 1 else ""
        path = self._folder / f"{self._test}{f'.{suffix}' if suffix else ''}.eml"
        octets = normalised(octets_of(message)[0], ignoring)
        if self._is_updating:
            if not path.is_file() or _read(path) != octets:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(octets)
            return
        if not path.is_file():
            text = f"there is no golden file {path.name} in {path.parent}; --mail-snapshot-update writes it"
            raise AssertionError(text)
        golden = _read(path)
        if golden != octets:
            raise AssertionError("\n".join([_heading(path), *[f"  {line}" for line in _differences(golden, octets)]]))


def _read(path: Path) -> bytes:
    return path.read_bytes().replace(b"\r\n", b"\n")  # as a checkout may have it


def _heading(path: Path) -> str:
    return (
        f"the message is not as in {path.parent.name}/{path.name} (- golden, + now); "
        "when it is right, --mail-snapshot-update takes it over"
    )


def _differences(golden: bytes, octets: bytes) -> Iterator[str]:
    found = list(difference(parse(golden), parse(octets)))
    if not found:  # a reader sees no difference
        yield "it says the same in other octets"
        found = list(changed(golden.decode("latin-1"), octets.decode("latin-1")))
    yield from found


def normalised(octets: bytes, ignoring: Iterable[str] = ()) -> bytes:
    """Give the message with everything replaced that is new each time, and LF line ends, as an editor has them."""
    ignored = frozenset([name.lower() for name in ([ignoring] if isinstance(ignoring, str) else ignoring)])
    made = _Normaliser(octets, ignored).made()
    return made.replace(b"\r\n", b"\n")


class _Normaliser:
    """Collects what is replaced in one message; the same id is replaced by the same one wherever it stands."""

    def __init__(self, octets: bytes, ignored: frozenset[str]) -> None:
        self._octets = octets
        self._ignored = ignored
        self._entities = [one for one in Mail(octets, Context()).entities if one.outside is None]
        self._ids: dict[bytes, bytes] = {}
        self._content_ids: dict[bytes, bytes] = {}
        self._boundaries = 0

    def made(self) -> bytes:
        """Give the octets."""
        fields = [field for entity in self._entities for field in entity.fields]
        for field in fields:  # first all of them: a text may stand before the picture that it shows
            if field.key in _IDS:
                for found in _ID.finditer(field.raw):
                    self._known(found[1], is_content=field.key == "content-id")
        edits: list[Edit] = []
        for field in fields:
            edits += self._of_field(field)
        for entity in self._entities:
            edits += self._of_boundary(entity)
            edits += self._of_text(entity)
        return apply(self._octets, [[edit] for edit in edits])

    def _known(self, found: bytes, *, is_content: bool = False) -> bytes:
        table, prefix = (self._content_ids, b"cid") if is_content else (self._ids, b"id")
        if found not in table:
            _, at, domain = found.rpartition(b"@")
            table[found] = b"%b-%d%b%b" % (prefix, len(table) + 1, at, domain if at else b"")
        return table[found]

    def _of_field(self, field: Field) -> Iterator[Edit]:
        if field.key in self._ignored:
            yield from field.removing("").edits
        elif field.key in _DATES:
            yield field.value_start, field.end, _DATE
        elif field.key in _IDS:
            is_content = field.key == "content-id"
            made = _ID.sub(lambda found: b"<%b>" % self._known(found[1], is_content=is_content), field.raw)
            yield field.value_start, field.end, made
        elif field.key == "dkim-signature":
            yield field.value_start, field.end, _TAG.sub(rb"\1", field.raw)

    def _of_boundary(self, entity: Entity) -> Iterator[Edit]:
        """Replace the boundary where it is declared, and at the start of each delimiter line."""
        kind = entity.part.content_type
        boundary = kind.boundary_octets if kind.maintype == "multipart" else None
        field = entity.field("content-type")
        if not boundary or field is None or boundary not in field.raw:
            return
        self._boundaries += 1
        new = b"=_boundary-%d" % self._boundaries
        at = field.raw.rindex(boundary)
        start = field.value_start + at
        end = start + len(boundary)
        quoted = field.raw[at - 1 : at] == b'"'
        yield start, end, new if quoted else b'"%b"' % new
        line = re.compile(rb"^--%b(?=(?:--)?[ \t]*+\r?$)" % re.escape(boundary), re.MULTILINE)
        for found in line.finditer(self._octets, entity.body_start, entity.end):
            yield found.start(), found.end(), b"--" + new

    def _of_text(self, entity: Entity) -> Iterator[Edit]:
        """Replace the content ids that a text refers to."""
        part = entity.part
        if not self._content_ids or not entity.is_leaf or part.content_type.maintype != "text":
            return
        before = part.content
        after = before
        for found, made in self._content_ids.items():
            for spelled in dict.fromkeys([found, found.replace(b"@", b"%40")]):
                after = after.replace(b"cid:" + spelled, b"cid:" + made)
        if after != before:
            encoding = part.transfer_encoding if part.transfer_encoding in _ENCODED else None
            octets = after if encoding is None else transfer.encode(encoding, after)
            yield part.body_start, part.end, octets
