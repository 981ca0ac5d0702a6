r"""
mime4j's event trees: read from its files, and made of our own parse, in one shape.

An event tree says of every entity what its header fields, its preamble, its epilogue and its body are, to the octet.
Entities are numbered as in the names of the decoded files: the message is `1`, its second part `1.2`, the message
inside that part `1.2.1`.

    the octets of an XML file, or a `Part` -> {(entity, what): octets}
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mimekit import Part

__all__ = ["Tree", "decoded_files", "of_part", "of_xml", "walk"]

Tree = dict[tuple[str, str], bytes]
"""Octets by entity and by what they are: `kind`, `fields`, `field received 0`, `preamble`, `epilogue`, `body`, ..."""

ENTITIES = ("message", "body-part")
TEXTS = ("preamble", "epilogue", "body")

_TAG = re.compile(rb'<(/?)([a-z-]+)(?: name="([^"]*)"/)?>(?:\r\n)?')
_ESCAPES = {b"&lt;": b"<", b"&gt;": b">", b"&amp;": b"&"}


def of_xml(octets: bytes) -> Tree:
    """
    Read an event tree.

    It is no XML proper: octets of the message stand in it as they are, but for `<`, `>` and `&`.
    """
    tree: Tree = {}
    names: list[str] = []  # the entities that are open
    counts: list[int] = []  # of each, the entities in it so far
    position = 0
    for tag in _TAG.finditer(octets):
        closing, kind = bool(tag[1]), tag[2].decode()
        if kind in ENTITIES and closing:
            names.pop()
            counts.pop()
        elif kind in ENTITIES:
            if counts:
                counts[-1] += 1
            names.append(f"{names[-1]}.{counts[-1]}" if names else "1")
            counts.append(0)
            tree[names[-1], "kind"] = b"message" if _is_message(octets, tag.end()) else b"body"
        elif kind == "multipart" and not closing:
            tree[names[-1], "kind"] = b"multipart"
        elif kind.endswith("-body"):
            tree[names[-1], kind] = tag[3]
        elif kind == "field" and closing:
            _add_field(tree, names[-1], _plain(octets[position : tag.start()]))
        elif kind in TEXTS and closing:
            tree[names[-1], kind] = _plain(octets[position : tag.start()])
        position = tag.end()
    return tree


def _add_field(tree: Tree, entity: str, line: bytes) -> None:
    """Add a field, under its name and how many of that name came before; and its name to those of the entity."""
    name = line.partition(b":")[0].rstrip().lower()
    before = tree.get((entity, "fields"), b"")
    count = before.split(b"\n").count(name)
    tree[entity, "fields"] = before + name + b"\n"
    tree[entity, f"field {name.decode('latin-1')} {count}"] = line


def _is_message(octets: bytes, header: int) -> bool:
    """Tell whether the entity whose header begins at *header* holds a message."""
    after = octets.index(b"</header>\r\n", header) + len(b"</header>\r\n")
    return octets.startswith(b"<message>", after)


def _plain(octets: bytes) -> bytes:
    return re.sub(rb"&[a-z]+;", lambda match: _ESCAPES[match[0]], octets)


def decoded_files(path: Path) -> dict[str, Path]:
    """Give the files that hold the decoded bodies of a message, by entity."""
    tree = of_xml(path.with_name(f"{path.stem}_decoded.xml").read_bytes())
    return {
        entity: path.with_name(octets.decode()) for (entity, what), octets in tree.items() if what.endswith("-body")
    }


def walk(part: Part) -> Iterator[tuple[str, Part]]:
    """Yield every part with its number as mime4j counts."""
    stack = [("1", part)]
    while stack:
        number, part = stack.pop()
        yield number, part
        inside = part.children if part.embedded is None else (part.embedded,)
        stack += [(f"{number}.{place}", child) for place, child in enumerate(inside, 1)]


def of_part(part: Part) -> Tree:
    """Make the event tree of a message as we read it."""
    tree: Tree = {}
    for number, entity in walk(part):
        for line, key in entity.headers.lines():
            if key:  # otherwise it is no field
                _add_field(tree, number, line.removesuffix(b"\r"))
        if entity.embedded is not None:
            tree[number, "kind"] = b"message"
        elif entity.content_type.maintype != "multipart":
            tree[number, "kind"] = b"body"
            tree[number, "body"] = entity.raw_body
        else:
            tree[number, "kind"] = b"multipart"
            preamble, epilogue = _around(entity)
            if preamble is not None:
                tree[number, "preamble"] = preamble
            if epilogue is not None:
                tree[number, "epilogue"] = epilogue
    return tree


def _around(multipart: Part) -> tuple[bytes | None, bytes | None]:
    """
    Give the lines before the first delimiter and those after the close-delimiter of a multipart, or ``None``.

    The line end before a delimiter belongs to it (RFC 2046 5.1.1).
    """
    body = multipart.raw_body
    boundary = re.escape((multipart.content_type.boundary_octets or b"").rstrip())
    found = (
        list(re.finditer(rb"(?:\A|\r?\n)--" + boundary + rb"(--)?(?=[ \t\r\n]|\Z)[^\r\n]*", body)) if boundary else []
    )
    if not found:
        return body, None
    first, closing = found[0], next((match for match in found if match[1]), None)
    epilogue = re.sub(rb"\A\r?\n", b"", body[closing.end() :]) if closing else b""
    return None if first[0].startswith(b"--") else body[: first.start()], epilogue or None
