r"""
Diagnosis: what is wrong with any text as an address, down to which grammar still takes it.

An address can be fit for SMTP (RFC 5321), for a message only (RFC 5322), for a message of 1982 (the obsolete forms), or
for nothing.  This reads the text once by the grammar of RFC 5322 3.4.1 and 4.4, notes all that is unusual, and gives
the gravest.  The codes and their order are those of the is_email test suite, so results can be compared.

    any text -> Diagnosis(code, category)

May import: `frozen`, `errors`, `codecs.domain`, `headers._literal`.  Imported by: `headers.address`.
"""

from __future__ import annotations

import re
from functools import cache

from mimekit.codecs import domain as domains
from mimekit.errors import AddressError
from mimekit.frozen import Frozen, put
from mimekit.headers._literal import diagnose_literal

__all__ = ["CODES", "Diagnosis", "diagnose"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_BY_CATEGORY = {
    "valid": ("valid",),
    "rfc5321": ("tld", "tldnumeric", "quotedstring", "addressliteral", "ipv6deprecated"),
    "cfws": ("cfws-comment", "cfws-fws"),
    "deprec": (
        "deprec-localpart",
        "deprec-fws",
        "deprec-qtext",
        "deprec-qp",
        "deprec-comment",
        "deprec-ctext",
        "deprec-cfws-near-at",
    ),
    "rfc5322": (
        "domain",
        "toolong",
        "local-toolong",
        "domain-toolong",
        "label-toolong",
        "domainliteral",
        "domlit-obsdtext",
        "ipv6-grpcount",
        "ipv6-2x2xcolon",
        "ipv6-badchar",
        "ipv6-maxgrps",
        "ipv6-colonstrt",
        "ipv6-colonend",
    ),
    "err": (
        "expecting-dtext",
        "nolocalpart",
        "nodomain",
        "consecutivedots",
        "atext-after-cfws",
        "atext-after-qs",
        "atext-after-domlit",
        "expecting-qpair",
        "expecting-atext",
        "expecting-qtext",
        "expecting-ctext",
        "backslashend",
        "dot-start",
        "dot-end",
        "domainhyphenstart",
        "domainhyphenend",
        "unclosedquotedstr",
        "unclosedcomment",
        "uncloseddomlit",
        "fws-crlf-x2",
        "fws-crlf-end",
        "cr-no-lf",
    ),
}

CODES: dict[str, str] = {code: category for category, codes in _BY_CATEGORY.items() for code in codes}
"""Every code and its category, from harmless to hopeless."""

_RANK = {code: rank for rank, code in enumerate(CODES)}

_MAX_LOCAL_PART = 64  # RFC 5321 4.5.3.1.1
_MAX_DOMAIN = 255  # RFC 5321 4.5.3.1.2
_MAX_ADDRESS = 254  # RFC 5321 4.5.3.1.3, a path without its brackets; ERRATUM 1690 of RFC 3696


class Diagnosis(Frozen):
    """
    What is wrong with a text as an address: a *code*, and the *category* of the grammars that take it.

    Categories: ``valid`` (anywhere), ``rfc5321`` (valid, but unusual), ``cfws`` (valid in a message, with comments or
    white space), ``deprec`` (obsolete forms of RFC 5322 4), ``rfc5322`` (syntax of a message that SMTP does not take),
    ``err`` (no address).

    >>> diagnose("ada@example.com").category, str(diagnose("ada..b@example.com"))
    ('valid', 'err: consecutivedots')
    """

    __slots__ = ("category", "code")

    code: str
    category: str

    def __init__(self, code: str, category: str) -> None:
        put(self, "code", code)
        put(self, "category", category)

    def __repr__(self) -> str:
        return f"Diagnosis({self.code!r}, {self.category!r})"

    def __str__(self) -> str:
        return f"{self.category}: {self.code}" if self.code != self.category else self.code


def diagnose(text: str) -> Diagnosis:
    """
    Say what is wrong with *text* as an addr-spec, without any look-up; never raises, in linear time.

    >>> diagnose('"ada lovelace"@example.com'), diagnose("ada@[192.0.2.1")
    (Diagnosis('quotedstring', 'rfc5321'), Diagnosis('uncloseddomlit', 'err'))
    """
    reading = _Reading(text)
    try:
        reading.address()
    except _UnreadableError as error:
        return Diagnosis(error.code, "err")
    return Diagnosis(reading.gravest, CODES[reading.gravest])


class _UnreadableError(Exception):
    """The text is no address from here on."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@cache
def _runs() -> dict[str, re.Pattern[str]]:
    """Compile the runs of ordinary characters; other non-ASCII than C1 and surrogates is text (RFC 6532 3.2)."""
    text = "\u00a0-\ud7ff\ue000-\U0010ffff"
    return {
        "atext": re.compile(rf"[A-Za-z0-9!#$%&'*+\-/=?^_`{{|}}~{text}]++"),
        "label": re.compile(rf"[A-Za-z0-9\-{text}]++"),
        "qtext": re.compile(rf"[ !#-\[\]-~{text}]++"),
        "ctext": re.compile(rf"[!-'*-\[\]-~{text}]++"),
        "dtext": re.compile(r"[!-Z^-~]++"),
        "wsp": re.compile(r"[ \t]++"),
    }


_CONTROLS = frozenset(map(chr, (*range(1, 9), 11, 12, *range(14, 32), 127)))  # obs-NO-WS-CTL, RFC 5322 4.1


class _Reading:
    """A position in the text, which only moves forward, and the gravest thing seen before it."""

    __slots__ = ("at", "gravest", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.gravest = "valid"

    # -- helpers

    def note(self, code: str) -> None:
        """Remember what is unusual, if nothing graver was seen."""
        if _RANK[code] > _RANK[self.gravest]:
            self.gravest = code

    def fail(self, code: str) -> NoReturn:
        """Stop: this is no address."""
        raise _UnreadableError(code)

    def peek(self) -> str:
        """Give the next character, ``""`` at the end."""
        return self.text[self.at : self.at + 1]

    def run(self, kind: str) -> str:
        """Take a run of characters of one kind, maybe none."""
        found = _runs()[kind].match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found[0]

    # -- the grammar

    def address(self) -> None:
        """Read ``addr-spec = local-part "@" domain`` (RFC 5322 3.4.1)."""
        local_part = self.local_part()
        self.at += 1
        domain = self.domain()
        if _octets(domain) > _MAX_DOMAIN:
            self.note("domain-toolong")
        elif _octets(local_part) + 1 + _octets(domain) > _MAX_ADDRESS:
            self.note("toolong")

    def local_part(self) -> str:
        """Read ``word *("." word)`` up to the ``@``, with CFWS around each word (RFC 5322 4.4, obs-local-part)."""
        words: list[str] = []
        while True:
            self.cfws(*(("deprec-comment", "deprec-fws") if words else ("cfws-comment", "cfws-fws")))
            following = self.peek()
            quoted = following == '"'
            if quoted:
                self.note("deprec-localpart" if words else "quotedstring")
                word = self.quoted_string()
            elif not (word := self.run("atext")):
                absent = ("dot-start", "nolocalpart") if not words else ("consecutivedots", "dot-end")
                self.fail({".": absent[0], "@": absent[1], "": "nodomain"}.get(following, "expecting-atext"))
            words.append(word)
            spaced = self.cfws("cfws-comment", "cfws-fws")
            if self.peek() == "@":
                break
            if spaced or quoted:
                self.note("deprec-localpart")
            self.dot("atext-after-cfws" if spaced else "atext-after-qs" if quoted else "expecting-atext")
        if spaced:
            self.note("deprec-cfws-near-at")
        local_part = ".".join(words)
        if _octets(local_part) > _MAX_LOCAL_PART:
            self.note("local-toolong")
        return local_part

    def dot(self, otherwise: str) -> None:
        """Move over the dot between two words of a local part, or say what is wrong with what stands there."""
        following = self.peek()
        if following != ".":
            self.fail({"": "nodomain", '"': "expecting-atext"}.get(following, otherwise))
        self.at += 1

    def domain(self) -> str:
        """Read ``domain-literal / label *("." label)`` to the end, with CFWS around each label (obs-domain)."""
        labels: list[str] = []
        while True:
            self.cfws(*(("deprec-comment", "deprec-fws") if labels else ("deprec-cfws-near-at",) * 2))
            literal = self.peek() == "[" and not labels
            labels.append(self.literal() if literal else self.label(first=not labels))
            spaced = self.cfws("cfws-comment", "cfws-fws")
            following = self.peek()
            if not following:
                break
            if literal:
                self.fail("atext-after-cfws" if spaced else "atext-after-domlit")
            if following != ".":
                self.fail("atext-after-cfws" if spaced and following != "[" else "expecting-atext")
            self.at += 1
        domain = ".".join(labels)
        if not literal:
            self.name(domain, labels)
        return domain

    def label(self, *, first: bool) -> str:
        """Read one label, which RFC 5321 4.1.2 makes of letters, digits and hyphens within."""
        following = self.peek()
        label = self.run("atext")
        if not label:
            absent = ("dot-start", "nodomain") if first else ("consecutivedots", "dot-end")
            self.fail({".": absent[0], "": absent[1]}.get(following, "expecting-atext"))
        if label.startswith("-"):
            self.fail("domainhyphenstart")
        if not _runs()["label"].fullmatch(label):
            self.note("domain")
        if label.isascii() and len(label) > domains.MAX_LABEL:  # of others the A-label counts, see `name`
            self.note("label-toolong")
        if label.endswith("-"):
            # What may not stand here at all is the graver fault, unless it is the dot or the end.
            rest = self.peek()
            self.fail("domainhyphenend" if rest in (".", "") else "expecting-atext")
        return label

    def name(self, domain: str, labels: list[str]) -> None:
        """Look at the labels together: one alone is a host or a top-level domain, which no number is (RFC 3696 2)."""
        if len(labels) == 1:
            self.note("tld")
        if labels[-1][0].isdigit():
            self.note("tldnumeric")
        if not domain.isascii():
            try:
                domains.to_ascii(domain)
            except AddressError:
                self.note("domain")

    def literal(self) -> str:
        """Read a domain literal (RFC 5322 3.4.1, dtext; 4.4, obs-dtext; RFC 5321 4.1.3)."""
        start = self.at
        self.at += 1
        while True:
            self.run("dtext")
            following = self.peek()
            if following == "]":
                break
            if following in ("\r", " ", "\t") and following:
                self.note("cfws-fws")
                self.fws("cfws-fws")
            elif following == "\\":
                self.note("domlit-obsdtext")
                self.quoted_pair()
            elif following in _CONTROLS:
                self.note("domlit-obsdtext")
                self.at += 1
            else:
                self.fail("expecting-dtext" if following else "uncloseddomlit")
        self.at += 1
        content = self.text[start + 1 : self.at - 1]
        self.note(diagnose_literal(content))
        return self.text[start : self.at]

    def quoted_string(self) -> str:
        """Read a quoted string (RFC 5322 3.2.4) and give it with its quotes, each fold a space."""
        start = self.at
        folds = 0
        self.at += 1
        while True:
            self.run("qtext")
            following = self.peek()
            if following == '"':
                break
            if following in ("\r", "\t"):
                first = self.at
                self.fws("cfws-fws")
                folds += self.at - first - 1
            elif following == "\\":
                self.quoted_pair()
            elif following in _CONTROLS:
                self.note("deprec-qtext")
                self.at += 1
            else:
                self.fail("expecting-qtext" if following else "unclosedquotedstr")
        self.at += 1
        return self.text[start : self.at - folds]

    def quoted_pair(self) -> None:
        """Move over a backslash and its character (RFC 5322 3.2.1; 4.1, obs-qp)."""
        self.at += 1
        following = self.peek()
        if not following:
            self.fail("backslashend")
        if following in _CONTROLS or following in "\0\r\n":
            self.note("deprec-qp")
        elif not following.isascii():
            self.fail("expecting-qpair")  # RFC 6531 3.3 lets UTF-8 stand in qtext, not after a backslash
        self.at += 1

    def cfws(self, comment: str, white: str) -> bool:
        """Move over comments and white space, noting what they mean at this place; tell whether there were any."""
        start = self.at
        while True:
            following = self.peek()
            if following == "(":
                self.note(comment)
                self.comment()
            elif following in (" ", "\t", "\r"):
                self.fws(white)
            else:
                return self.at > start

    def fws(self, white: str) -> None:
        """Move over folding white space (RFC 5322 3.2.2); more than one fold is obs-FWS (4.2)."""
        self.note(white)
        folds = 0
        while True:
            self.run("wsp")
            if self.peek() != "\r":
                return
            if not self.text.startswith("\r\n", self.at):
                self.fail("cr-no-lf")
            self.at += 2
            following = self.peek()
            if following == "\r":
                self.fail("fws-crlf-x2" if self.text.startswith("\r\n", self.at) else "cr-no-lf")
            if following not in (" ", "\t"):
                self.fail("fws-crlf-end")
            folds += 1
            if folds > 1:
                self.note("deprec-fws")

    def comment(self) -> None:
        """Move over a comment and those inside it (RFC 5322 3.2.2)."""
        depth = 0
        while True:
            following = self.peek()
            if following in (" ", "\t", "\r"):
                self.fws("cfws-fws")
            elif following == "\\":
                self.quoted_pair()
            elif following in ("(", ")"):
                depth += 1 if following == "(" else -1
                self.at += 1
                if not depth:
                    return
            elif following in _CONTROLS:
                self.note("deprec-ctext")
                self.at += 1
            elif not self.run("ctext"):
                self.fail("expecting-ctext" if following else "unclosedcomment")


def _octets(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
