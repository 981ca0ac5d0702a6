r"""
The terminals of the mail grammars as fragments of `bytes` patterns, each under the name of its ABNF rule.

Every module that scans octets builds its patterns from these, so that a character class is written once, beside its
citation.  A fragment without a quantifier is one octet; one with a quantifier is possessive, so a pattern put together
from them cannot backtrack.  Octets of 0x80 and above count as text wherever RFC 6532 3.2 lets UTF-8 stand; whether
they are valid UTF-8 is seen when they become `str`.

    bytes -> is it a token, a dot-atom, a field name?

May import: nothing.  Imported by: `codecs`, `dkim`, `headers`, `lint`, `reencode`, `wire.fold`, `wire.tokens`.
"""

from __future__ import annotations

__all__ = [
    "ATEXT",
    "ATOM",
    "ATTRIBUTE_CHAR",
    "DOMAIN",
    "DOT_ATOM_TEXT",
    "DTEXT",
    "ENCODED_TEXT",
    "ENCODED_WORD",
    "FWS",
    "QUOTED_PAIR",
    "QUOTED_STRING",
    "SUB_DOMAIN",
    "TOKEN",
    "WSP",
    "is_dot_atom",
    "is_field_name",
    "is_token",
]

#   WSP = SP / HTAB                                                          RFC 5234 B.1
WSP = rb"[ \t]"

#   FWS = ([*WSP CRLF] 1*WSP) / obs-FWS                                      RFC 5322 3.2.2, 4.2
# Inside one field body any run of these four is a fold or part of one: where the field ends is known before.
FWS = rb"[ \t\r\n]++"

#   atext, and UTF8-non-ascii                                                RFC 5322 3.2.3, RFC 6532 3.2
ATEXT = rb"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\x80-\xff]"

#   atom without its CFWS                                                    RFC 5322 3.2.3
ATOM = ATEXT + rb"++"

#   dot-atom-text = 1*atext *("." 1*atext)                                   RFC 5322 3.2.3
DOT_ATOM_TEXT = ATOM + rb"(?:\." + ATOM + rb")*+"

#   quoted-pair = ("\" (VCHAR / WSP)) / obs-qp                               RFC 5322 3.2.1, 4.1
# obs-qp lets any ASCII octet follow, CR, LF and NUL included; RFC 6532 adds the rest.
QUOTED_PAIR = rb"\\[\x00-\xff]"

#   dtext / obs-dtext (without its quoted-pairs)                             RFC 5322 3.4.1, 4.4
DTEXT = rb"[\x01-\x08\x0b\x0c\x0e-\x1f!-Z^-\xff]"

#   quoted-string without its CFWS                                           RFC 5322 3.2.4
# What stands between the quotes is any octet: white space, folds, and the NUL that a reader must survive.
QUOTED_STRING = rb'"[^"\\]*+(?:' + QUOTED_PAIR + rb'[^"\\]*+)*+"'

#   token = 1*<any (US-ASCII) CHAR except SPACE, CTLs, or tspecials>         RFC 2045 5.1
TOKEN = rb"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]++"

#   attribute-char = <token octets except "*", "'", "%">                     RFC 2231 7
ATTRIBUTE_CHAR = rb"[!#$&+\-.0-9A-Z^_`a-z{|}~]"

#   encoded-text = 1*<any printable ASCII character other than "?" or SPACE> RFC 2047 2
ENCODED_TEXT = rb"[!->@-~]*+"

#   encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="   RFC 2047 2, RFC 2231 5
# Groups: the charset with its language, the encoding, the text.  The text may be empty: writers do that.
ENCODED_WORD = rb"=\?([!->@-~]++)\?([BbQq])\?(" + ENCODED_TEXT + rb")\?="

#   sub-domain = Let-dig [Ldh-str]                                           RFC 5321 4.1.2
# A hyphen is followed by more: `a-` is no sub-domain.  RFC 6531 3.3 adds U-labels.
SUB_DOMAIN = rb"[A-Za-z0-9\x80-\xff]++(?:-++[A-Za-z0-9\x80-\xff]++)*+"

#   Domain = sub-domain *("." sub-domain)                                    RFC 5321 4.1.2
DOMAIN = SUB_DOMAIN + rb"(?:\." + SUB_DOMAIN + rb")*+"

_ALPHANUMERIC = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_TOKEN_OCTETS = _ALPHANUMERIC + b"!#$%&'*+-.^_`{|}~"
_DOT_ATOM_OCTETS = _ALPHANUMERIC + b"!#$%&'*+-/=?^_`{|}~." + bytes(range(0x80, 0x100))
_FIELD_NAME_OCTETS = bytes(range(0x21, 0x3A)) + bytes(range(0x3B, 0x7F))


def is_token(octets: bytes) -> bool:
    """
    Tell whether *octets* are a token of RFC 2045 5.1.

    >>> is_token(b"text"), is_token(b"text/plain"), is_token(b"")
    (True, False, False)
    """
    # Deleting the allowed octets is one pass in C and needs no pattern at import time.
    return bool(octets) and not octets.translate(None, _TOKEN_OCTETS)


def is_dot_atom(octets: bytes) -> bool:
    """
    Tell whether *octets* are a dot-atom-text of RFC 5322 3.2.3, octets of 0x80 and above allowed (RFC 6532 3.2).

    >>> is_dot_atom(b"ada.lovelace"), is_dot_atom(b"ada..lovelace"), is_dot_atom(b".ada")
    (True, False, False)
    """
    return (
        bool(octets)
        and not octets.startswith(b".")
        and not octets.endswith(b".")
        and b".." not in octets
        and not octets.translate(None, _DOT_ATOM_OCTETS)
    )


def is_field_name(octets: bytes) -> bool:
    """
    Tell whether *octets* are a field-name of RFC 5322 3.6.8: printable ASCII without the colon.

    >>> is_field_name(b"Subject"), is_field_name(b"Subject "), is_field_name(b"a:b")
    (True, False, False)
    """
    return bool(octets) and not octets.translate(None, _FIELD_NAME_OCTETS)
