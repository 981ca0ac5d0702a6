r"""
Plain values: what a field of each kind holds in nearly every message, in which nothing can be wrong.

To ask what is wrong with a message is to read every field of it; a field that one pattern takes need not be read.  A
pattern takes less than the grammar, never more: whatever it takes, the reader of that kind finds no flaw in.

    one field line, its lower-case name -> whether it is plain

May import: `headers.names`.  Imported by: `headers.collection`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mimekit.headers import names

__all__ = ["LONGEST", "is_plain", "matcher"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    _Matcher = Callable[[bytes, int], re.Match[bytes] | None]

LONGEST = 2000
"""Octets of the longest line that is looked at here."""

_LONGEST_NAME = 64
_FWS = rb"[ \t]*+(?:\r?\n[ \t]++(?![\r\n]))?+"
_ATEXT = rb"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]++"
_DOT_ATOM = rb"%b(?:\.%b)*+" % (_ATEXT, _ATEXT)
_LABEL = rb"[A-Za-z0-9]++(?:-++[A-Za-z0-9]++)*+"
_SPEC = rb"%b@%b(?:\.%b)*+" % (_DOT_ATOM, _LABEL, _LABEL)
_NAME = rb"(?:\"[ !#-\[\]-~]*+\"|[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]++(?: [A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]++)*+)"
_MAILBOX = rb"%b(?:(?:%b%b)?+<%b>|%b)[ \t]*+" % (_FWS, _NAME, _FWS, _SPEC, _SPEC)
_MSG_ID = rb"%b<%b@%b>" % (_FWS, _DOT_ATOM, _DOT_ATOM)
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_URI = rb"%b<(?:https?|mailto):[!-;=?-~]++>[ \t]*+" % _FWS
_VALUE = rb"(?:\"[A-Za-z0-9'()+_,./:=?\-]++(?: [A-Za-z0-9'()+_,./:=?\-]++)*+\"|[A-Za-z0-9_.\-]++)"
_BOUNDARY = rb"(?:\"[A-Za-z0-9'()+_,./:=?\-]{1,70}+\"|[A-Za-z0-9_.\-]{1,70}+)"
_TOKEN = rb"[A-Za-z0-9.+\-]++"

# Text, and what nobody reads: no control character, no octet over 127, no line of blanks alone.
_TEXT = rb"[ -~\t]*+(?:\r?\n[ \t]++[!-~][ -~\t]*+)*+"
_PLAIN = {
    "address-list": rb"%b(?:,%b)*+" % (_MAILBOX, _MAILBOX),
    "mailbox-list": rb"%b(?:,%b)*+" % (_MAILBOX, _MAILBOX),
    "mailbox": _MAILBOX,
    "path": rb"[ \t]*+<%b>[ \t]*+" % _SPEC,
    "date": (
        rb"[ \t]*+(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),[ \t]++)?+(?:0?[1-9]|1[0-9]|2[0-8])[ \t]++%b[ \t]++"
        rb"(?:19|20)[0-9]{2}[ \t]++(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?+[ \t]++"
        rb"[+\-](?:0[0-9]|1[0-3])[0-5][0-9](?:[ \t]++\([A-Za-z0-9 +:\-]*+\))?+[ \t]*+" % _MONTH
    ),
    "msg-id": rb"%b[ \t]*+" % _MSG_ID,
    "msg-id-list": rb"(?:%b)++[ \t]*+" % _MSG_ID,
    "content-type": (
        rb"[ \t]*+%b/%b(?:;%bcharset=%b)?+(?:;%bformat=flowed)?+(?:;%btype=%b)?+(?:;%bboundary=%b)?+(?:;%bname=%b)?+"
        % (_TOKEN, _TOKEN, _FWS, _VALUE, _FWS, _FWS, _VALUE, _FWS, _BOUNDARY, _FWS, _VALUE)
    ),
    "content-disposition": rb"[ \t]*+(?:attachment|inline)(?:;%bfilename=%b)?+" % (_FWS, _VALUE),
    "mime-version": rb"[ \t]*+1\.0[ \t]*+",
    "uri-list": rb"%b(?:,%b)*+" % (_URI, _URI),
    "list-id": rb"(?!)",
}


def is_plain(line: bytes, key: bytes) -> bool:
    r"""
    Tell whether the field *line*, whose lower-case name is *key*, is one that nothing can be wrong with.

    ``False`` says nothing.  *line* has no ``=?`` in it, and at most `LONGEST` octets.

    >>> is_plain(b"From: Ada <ada@example.com>\r", b"from"), is_plain(b"Date: tomorrow\r", b"date")
    (True, False)
    """
    return matcher(key)(line, len(key)) is not None


@lru_cache(maxsize=512)
def matcher(key: bytes) -> _Matcher:
    """Give what matches a plain field of that lower-case name from its colon on; see `is_plain`."""
    if not key.isascii() or len(key) > _LONGEST_NAME:
        return _none
    return _pattern(names.info(key.decode()).kind).fullmatch


@lru_cache
def _pattern(kind: str) -> re.Pattern[bytes]:
    return re.compile(rb":%b\r?+" % _PLAIN.get(kind, _TEXT))


def _none(_line: bytes, _start: int) -> None:
    """Match nothing."""
