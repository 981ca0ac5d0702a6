"""
Rules about how fields are written: names, white space, emptiness, obsolete forms (family H, H017 to H024).

RFC 5322 2.2, 3.2.2 and 4, and the IANA registry of message headers (RFC 3864).

    fields -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.finding import Fix
from mimekit.headers import dates, ids, names
from mimekit.lint.rule import rule
from mimekit.lint.rules.headers_dates import is_usual
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.defects import Flaw
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Field

__all__: list[str] = []

# Spellings of RFCs that the registry has otherwise, and what the registry alone has.
_ALSO = frozenset({"List-Id", "Content-Features", "DL-expansion-history", "Downgraded-Message-ID"})
# Registered nowhere, and yet asked for: Gmail reads Feedback-ID, and BIMI-Selector is in a draft that receivers follow.
_ASKED_FOR = frozenset({"feedback-id", "bimi-selector"})
# Registered for news (RFC 5536), and written by mail clients as well.
_OF_NEWS = frozenset({"user-agent", "newsgroups", "followup-to", "summary", "distribution", "path", "xref", "lines"})
_STRUCTURED = frozenset({"unstructured", "phrase-list", "structured", "token", "received"})
_SEEN_TO = frozenset({"subject", "auto-submitted", "content-language", "content-transfer-encoding", "cc", "bcc"})
_DATES = frozenset([name for name, known in names.FIELDS.items() if known.kind == "date"])
_IDS = frozenset([name for name, known in names.FIELDS.items() if known.kind in ("msg-id", "msg-id-list")])

_FWS = rb"[ \t\r\n]"
# date-time with FWS where RFC 5322 3.3 has it, and CFWS at the end; a short year and a zone of letters have own rules.
_DATE = re.compile(
    rb"(?i)%(f)b*+(?:(?:mon|tue|wed|thu|fri|sat|sun),)?+%(f)b*+[0-9]{1,2}%(f)b++"
    rb"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)%(f)b++[0-9]++%(f)b++"
    rb"[0-9]{2}:[0-9]{2}(?::[0-9]{2})?+%(f)b++(?:[+\-][0-9]{4}|[a-z]++)%(f)b*+(?:\(|\Z)" % {b"f": _FWS}
)
# Comments in comments are seen two deep, which keeps the search linear.
_IN_COMMENT = rb"(?:[^()\\]|\\[\x00-\xff])"
_COMMENT_OR_BLANK = rb"(?:[ \t\r\n]++|(?<!\\)\((?:%b|\(%b*+\))*+\))++" % (_IN_COMMENT, _IN_COMMENT)
_IN_ID = re.compile(rb"(?<=[<@.])%b|(?<![ \t\r\n)])%b(?=[@.>])" % (_COMMENT_OR_BLANK, _COMMENT_OR_BLANK))
_OF_IDS = frozenset({"H210", "H216", "M114"})


@rule("H017", severity="info", looks_at="field", profiles=("strict",), reference="RFC 5322 2.2", fix="safe")
def no_space_after_colon(field: Field, _: Context) -> Iterator[Hit]:
    """
    The value of a field begins right after the colon.

    Why it matters: it is legal and hardly any mail program writes it; filters count it as a sign of bulk software.

    Bad:
        Subject:Your order 10482

    Good:
        Subject: Your order 10482

    References: RFC 5322 2.2
    """
    if field.raw[:1] not in (b" ", b"\t", b"\r", b"\n", b""):
        yield field.hit(
            f"no space follows the colon of {field.name}", 0, 0, field.replacing("put a space in", b" ", 0, 0)
        )


@rule("H021", severity="info", looks_at="field", profiles=("strict",), reference="IANA message headers", fix="safe")
def field_name_case(field: Field, _: Context) -> Iterator[Hit]:
    """
    The name of a known field is written in other capitals than those of the registry.

    Why it matters: names are compared without case, so nothing breaks; filters know the spellings of real mail programs
    and take others for a sign of bulk software.

    Bad:
        Mime-version: 1.0

    Good:
        MIME-Version: 1.0

    References: IANA, message headers
    """
    known = names.FIELDS.get(field.key)
    name = field.name.rstrip(" \t")
    if known is None or known.name == name or name in _ALSO or field.key.startswith("x-ses-"):
        return
    span = field.start, field.start + len(name)
    fix = Fix(f"write {known.name}", (*span, known.name.encode("ascii")))
    yield field.hit(
        f"{show(name)[1:-1]} is spelled {known.name}", span[0] - field.value_start, span[1] - field.value_start, fix
    )


@rule("H022", severity="info", looks_at="field", profiles=("strict",), reference="RFC 3864")
def unregistered_field(field: Field, context: Context) -> Iterator[Hit]:
    """
    The field is not registered, its name does not begin with ``X-``, and the option ``allowed-fields`` lacks it.

    Why it matters: it is perhaps a slip of the pen (``Repy-To``), and no program knows what to do with it.

    Bad:
        Repy-To: jane@shop.example

    Good:
        Reply-To: jane@shop.example

    References: RFC 3864; RFC 6648; IANA, message headers
    """
    if field.info.status != "unregistered" or field.key.startswith("x-") or field.key in _ASKED_FOR | _OF_NEWS:
        return
    if field.key not in [str(name).lower() for name in context.options.get("allowed-fields", ())]:
        text = f"{show(field.name)[1:-1]} is no registered field"
        yield field.hit(text, field.start - field.value_start, field.start - field.value_start + len(field.name))


@rule("H023", severity="info", looks_at="field", profiles=("strict",), reference="RFC 5322 3.6", fix="safe")
def empty_field(field: Field, _: Context) -> Iterator[Hit]:
    """
    A field that could be left out has no value.

    Why it matters: it says nothing, and some programs stumble over it: most grammars ask for one word at least.

    Bad:
        Comments:

    Good:
        Comments: packed by hand

    References: RFC 5322 3.6
    """
    if field.info.kind in _STRUCTURED and field.key not in _SEEN_TO and not field.raw.strip(b" \t\r\n"):
        yield field.line_hit(f"{show(field.name)[1:-1]} has no value", field.removing("take the field out"))


@rule(
    "H024",
    severity="error",
    looks_at="field",
    names=[*_DATES, *_IDS],
    reference="RFC 5322 4.3, 4.5.4",
    supersedes=["H210", "H216", "M114"],
    fix="safe",
)
def obsolete_cfws(field: Field, _: Context) -> Iterator[Hit]:
    """
    White space or a comment stands where only the obsolete syntax lets it: inside a msg-id, or within a time.

    Why it matters: readers must understand it and nobody may write it; many do not, and lose the thread or the date.

    Bad:
        Message-ID: < 20261124033000.7f3a9c2e@shop.example >

    Bad:
        Date: Tue, 24 Nov 2026 03 : 30 : 00 +0000

    Good:
        Date: Tue, 24 Nov 2026 03:30:00 +0000 (GMT)

    References: RFC 5322 4, 4.2, 4.3, 4.5.4
    """
    raw = field.raw
    if field.key in _DATES:
        if is_usual(raw) or _DATE.match(raw) is not None:
            return
        flaws: list[Flaw] = []
        moment = dates.parse(raw, flaws)
        if moment is not None and not flaws:
            fix = field.replacing("write the date anew", b" " + dates.encode(moment))
            yield field.hit("the date has white space or comments where only the obsolete syntax has", fix=fix)
        return
    bare = raw.strip(b" \t\r\n")
    if b" " not in bare and b"(" not in bare and b"\t" not in bare:
        return
    cleaned = _IN_ID.sub(b"", raw)
    if cleaned != raw and _has_flaw(field, raw) and not _has_flaw(field, cleaned):
        fix = field.replacing("take it out", cleaned)
        yield field.hit("white space or a comment stands inside a msg-id", fix=fix)


def _has_flaw(field: Field, raw: bytes) -> bool:
    flaws: list[Flaw] = []
    if field.info.kind == "msg-id-list":
        ids.parse_many(raw, flaws)
    else:
        ids.parse_one(raw, flaws)
    return any(flaw[0] in _OF_IDS for flaw in flaws)
