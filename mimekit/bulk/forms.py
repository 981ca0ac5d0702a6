r"""
Forms: what a row's octets look like, as literals and holes, and the source of what makes them.

A form can be canonicalised as it stands (RFC 6376 3.4), its holes standing for values that are not blank and have no
blank at an end or beside another; so the work of signing that no row changes is done once.

    literals and holes -> the form of the header, of the body -> source; canonical forms -> source of a signature

May import: `dkim`.  Imported by: `bulk.plain`.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mimekit.dkim import Signer

    Form = list["bytes | Hole"]

__all__ = ["Hole", "Seal", "divided", "octets_of", "text_of"]

_LARGE = 4096  # octets of a literal that is better joined than formatted
_END = b"\r\n\r\n"
_mark = re.compile(rb"\0([0-9]++)\0")


class Hole(NamedTuple):
    """Where a row's octets go: the expression that gives them, and the one of their canonical form."""

    expression: str
    canonical: str = ""


def merged(form: Iterable[bytes | Hole]) -> Form:
    """Join literals that follow each other."""
    out: Form = []
    for piece in form:
        if isinstance(piece, bytes) and out and isinstance(out[-1], bytes):
            out[-1] += piece
        elif piece:
            out.append(piece)
    return out


def divided(form: Iterable[bytes | Hole]) -> tuple[Form, Form]:
    """Divide the form of a message into its header, with the empty line, and its body."""
    whole = merged(form)
    for at, piece in enumerate(whole):
        if isinstance(piece, bytes) and _END in piece:
            end = piece.index(_END) + len(_END)
            return [*whole[:at], piece[:end]], merged([piece[end:], *whole[at + 1 :]])
    return whole, []


def text_of(form: Sequence[bytes | Hole]) -> str:
    """Write source that makes octets of a form with holes of ASCII text."""
    parts: list[str] = []
    run = ""
    for piece in form:
        if isinstance(piece, Hole):
            run += f"{{{piece.expression}}}"
        elif len(piece) < _LARGE:
            run += piece.decode("ascii").replace("{", "{{").replace("}", "}}")
        else:
            parts += ([_encoded(run)] if run else []) + [repr(piece)]
            run = ""
    if run:
        parts.append(_encoded(run))
    return _joined(parts)


def _encoded(run: str) -> str:
    return f"(f{run!r}).encode('ascii')" if "{" in run or "}" in run else repr(run.encode("ascii"))


def octets_of(form: Sequence[bytes | Hole]) -> str:
    """Write source that makes octets of a form with holes of octets."""
    return _joined([piece.expression if isinstance(piece, Hole) else repr(piece) for piece in form])


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"OCTETS(({', '.join(parts)}))" if parts else "b''"


# -- signing


class Seal:
    """
    The signatures of a template, as far as no row changes them.

    For each form that a row may take, ``source`` gives the expression of a signed message; ``known`` are the names that
    it uses.  ``None`` from ``of`` says that every message is signed the long way.
    """

    def __init__(self, signers: Sequence[Signer]) -> None:
        self._signers = signers
        self.known: dict[str, object] = {}

    @classmethod
    def of(cls, signers: Sequence[Signer]) -> Seal | None:
        """Give the seal of signers that all canonicalise as *relaxed*, and copy no field."""
        fit = all([signer.canonicalization == "relaxed/relaxed" and not signer.copied for signer in signers])
        return cls(signers) if fit else None

    def statements(self, name: str, header: Form, body: Form, *, is_text: bool) -> list[str] | None:
        """
        Write the statements that make ``data`` of a row; ``None`` for a header that only `dkim.sign` can refuse.

        *name* tells the forms of a template apart; *is_text* whether the holes of the body are text.
        """
        from mimekit.dkim import canonical

        write = text_of if is_text else octets_of
        if any([isinstance(piece, bytes) and b"\0" in piece for piece in (*header, *body)]):
            return None  # it would be taken for a mark
        marked, holes = _marked(header)
        fields = canonical.fields(marked[:-2], "relaxed")  # without the empty line
        if fields is None or len(fields.get(b"from", ())) != 1 or b"dkim-signature" in fields:
            return None
        prefix, rest = _prefix(_unmarked(*_canonical_body(body)))
        self.known |= {f"HASH_{name}": sha256(prefix).copy}
        stands, stood = _prefix(body)
        out = [f"rest = {write(stood)}", f"hashed = HASH_{name}()"]
        out.append(f"hashed.update({'rest' if (stands, stood) == (prefix, rest) else write(rest)})")
        out.append("digest = hashed.digest()")
        seals = []
        for number, signer in enumerate(self._signers):
            plan = signer.plan(fields)
            lines = b"".join([fields[key][at] + b"\r\n" for key, at in plan[2]])
            self.known |= {f"SIGN_{number}": signer.seal, f"PLAN_{name}_{number}": plan}
            shown = text_of(_unmarked(lines, [Hole(hole.canonical or hole.expression) for hole in holes]))
            seals.append(f"SIGN_{number}(PLAN_{name}_{number}, {shown}, digest)")
        out.append(f"data = OCTETS(({', '.join(seals)}, {text_of(header)}, {stands!r}, rest))")
        return out


def _marked(form: Iterable[bytes | Hole]) -> tuple[bytes, list[Hole]]:
    """Put a mark, which no blank touches, in place of each hole."""
    out: list[bytes] = []
    holes: list[Hole] = []
    for piece in form:
        if isinstance(piece, Hole):
            out.append(b"\0%d\0" % len(holes))
            holes.append(piece)
        else:
            out.append(piece)
    return b"".join(out), holes


def _unmarked(octets: bytes, holes: Sequence[Hole]) -> Form:
    found = _mark.split(octets)
    return merged([holes[int(piece)] if at % 2 else piece for at, piece in enumerate(found)])


def _canonical_body(form: Form) -> tuple[bytes, list[Hole]]:
    from mimekit.dkim import canonical

    marked, holes = _marked(form)
    return canonical.body(marked, "relaxed"), holes


def _prefix(form: Form) -> tuple[bytes, Form]:
    """Divide a form into the octets before its first hole, and the rest."""
    return (form[0], form[1:]) if form and isinstance(form[0], bytes) else (b"", form)
