r"""
Rules about characters that deceive (family X): what cannot be seen, what turns a line round, what looks like another.

UTS 36 and UTS 39, RFC 5892 A.1 and A.2 for joiners, Trojan Source (CVE-2021-42574) for text that reads otherwise than
it is.

    names, subjects, file names, links -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mimekit.codecs import domain as domains
from mimekit.codecs import words
from mimekit.errors import MimekitError, show
from mimekit.headers.address import Mailbox
from mimekit.lint import scripts
from mimekit.lint.rule import rule
from mimekit.lint.rules.addresses_names import renamed
from mimekit.wire.fold import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.finding import Fix
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.urls import Url
    from mimekit.lint.view import Address, Entity, Field, Mail, Text

__all__: list[str] = []

_UNSEEN = re.compile(
    "[\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\u3164\ufeff\uffa0"
    "\U000e0000-\U000e007f]"
)
_MARKS = "\u061c\u200e\u200f"
_FILLERS = "\u00ad\u115f\u1160\u180e\u3164\uffa0"
_JOINERS = "\u200c\u200d"
_ISOLATES = "\u2066\u2067\u2068"
_END_OF_ISOLATE = "\u2069"
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")
_VIRAMA = 9  # the combining class of what RFC 5892 A.1 and A.2 call Virama
# Scripts whose letters join, in which a non-joiner parts two of them (RFC 5892 A.1).
_JOINING = frozenset({"Arabic", "Syriac", "Mandaic", "Mongolian", "Nko", "Phags_Pa", "Adlam", "Hanifi_Rohingya"})
_MAY_HOLD = (
    "&#",
    "&zw",
    "&shy",
    "&lrm",
    "&rlm",
    "&NoBreak",
    "%E2%80",
    "%e2%80",
    "%E2%81",
    "%e2%81",
    "%C2%AD",
    "%c2%ad",
)
# How they begin in UTF-8: to look for these is much quicker than to look at every character of a body.
_LEADS = (
    *(b"\xc2\xad", b"\xd8\x9c", b"\xe1\x85", b"\xe1\xa0\x8e", b"\xe2\x81", b"\xe3\x85\xa4", b"\xef\xbb\xbf"),
    *(b"\xef\xbe\xa0", b"\xf3\xa0"),
)
_GENERAL = re.compile(rb"\xe2\x80[\x8b-\x8f\xaa-\xae]")
_SPECIALS = frozenset('@.,;:<>()[]"\\/')
_DOTS = frozenset("\u3002\uff61")  # which domains take for dots (UTS 46), and NFKC does not
_ENDINGS = frozenset({"filename", "name"})


@rule(
    "X005",
    marks=["odd header", "odd text"],
    name="invisible-characters",
    severity="error",
    reference="UTS 39; CVE-2021-42574",
    fix="unsafe",
    implies=["H007"],
)
def invisible_characters(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    An address, name, subject, file name, link or link text has a character that is not seen, or that turns the order.

    Why it matters: ``exe.txt`` can be shown for ``txt.exe``, and two names that look the same are two; filters know
    such characters from phishing.  Joiners that a script or an emoji needs are no fault, nor balanced isolates in text.

    Bad:
        Subject: =?utf-8?b?UGF54oCLcGFs?=

    Bad:
        From: =?utf-8?q?=E2=80=AEnaD?= <jane@shop.example>

    Good:
        Subject: =?utf-8?b?4oiAIPCfkajigI3wn5Kp?=

    References: UTS 39; UTS 36 3.3; RFC 5892 A.1, A.2; CVE-2021-42574
    """
    for entity in mail.entities:
        yield from _in_header(entity)
    for text in mail.texts:
        if _may_hold(text.text):
            yield from _in_links(text)


def _in_header(entity: Entity) -> Iterator[Hit]:
    """Look at the fields that a person sees, or a program follows, when one can hold such a character."""
    headers = entity.part.headers
    if headers.is_ascii and b"=?" not in (block := headers.to_bytes()) and b"*" not in block:
        return
    for field in entity.fields:
        raw = field.raw
        if raw.isascii() and b"=?" not in raw and b"*" not in raw:
            continue
        if field.info.kind in ("mailbox", "mailbox-list", "address-list"):
            yield from _in_addresses(field)
        elif field.key in ("content-disposition", "content-type"):
            yield from _in_file_name(field)
        elif field.info.kind == "unstructured":
            found = _bad(field.text.removeprefix("\ufeff"), is_text=True)
            if found is not None:
                yield field.hit(f"{field.name} holds {_named(found)}", fix=_without(field), severity=_severity(found))


def _in_addresses(field: Field) -> Iterator[Hit]:
    for address in field.addresses:
        entry = address.entry
        name = entry.display_name if isinstance(entry, Mailbox) else ""
        found = _bad(name, is_text=True)
        if found is not None:
            fix = renamed(address, _UNSEEN.sub("", name), "take them out", is_safe=False)
            yield address.hit(f"the name {show(name)} holds {_named(found)}", fix, _severity(found))
        spec = f"{entry.local_part}@{entry.domain}" if isinstance(entry, Mailbox) else entry.text
        found = _bad(spec, is_text=False)
        if found is not None:
            yield address.hit(f"the address {show(spec)} holds {_named(found)}")


def _in_file_name(field: Field) -> Iterator[Hit]:
    part = field.entity.part
    value = part.disposition if field.key == "content-disposition" else part.content_type
    for key, name in value.parameters if value is not None else ():
        found = _bad(name, is_text=False) if key in _ENDINGS else None
        if found is not None:
            yield field.hit(f"the file name {show(name)} holds {_named(found)}")


def _may_hold(source: str) -> bool:
    """Tell whether a body may hold such a character, as it is or as a reference."""
    if ("&" in source or "%" in source) and any([mark in source for mark in _MAY_HOLD]):
        return True
    if source.isascii():
        return False
    octets = source.encode("utf-8", "replace")
    if b"\xe2\x80" in octets and _GENERAL.search(octets):
        return True
    return any([lead in octets for lead in _LEADS])


def _in_links(text: Text) -> Iterator[Hit]:
    for url in text.urls:
        if url.is_css or url.scheme == "data":
            continue
        value = unquote(url.value) if "%" in url.value else url.value
        found = _bad(value, is_text=False)
        if found is not None:
            yield url.hit(f"the URL {show(url.value)} holds {_named(found)}")
    for link in text.document.links if text.is_html else ():
        content = link.text
        found = None if content.isascii() else _bad(content, is_text=True)
        if found is not None and found not in _FILLERS and found not in _MARKS:
            yield link.hit(f"the text of a link, {show(content)}, holds {_named(found)}")


def _severity(character: str) -> str | None:
    """Give the lesser severity of what is a slip more often than a trick."""
    return "warning" if character in _FILLERS or character in _MARKS else None


def _without(field: Field) -> Fix | None:
    """Give the fix that writes an unstructured field without them."""
    kept = _UNSEEN.sub("", field.text)
    try:
        made = fold(field.name.encode("ascii", "replace"), words.pieces(kept, utf8=not field.raw.isascii()))
    except MimekitError:
        return None
    return field.replacing("take them out", made.partition(b":")[2].removesuffix(b"\r\n"), is_safe=False)


def _named(character: str) -> str:
    return f"U+{ord(character):04X} ({unicodedata.name(character, 'a control').lower()})"


def _bad(text: str, *, is_text: bool) -> str | None:
    """Give the first character of *text* that should not be there."""
    if text.isascii() or not _UNSEEN.search(text):
        return None
    if "\U000e007f" in text:
        text = _FLAG.sub("\U0001f3f4", text)
    is_balanced = is_text and _is_balanced(text)
    is_rtl = is_text and any(unicodedata.bidirectional(character) in ("R", "AL") for character in text if
                             character not in _MARKS)  # fmt: skip
    for found in _UNSEEN.finditer(text):
        character, at = found[0], found.start()
        if character in _JOINERS and _may_join(text, at, character):
            continue
        if is_balanced and (character in _ISOLATES or character == _END_OF_ISOLATE):
            continue
        if is_rtl and character in _MARKS:
            continue
        return character
    return None


def _is_balanced(text: str) -> bool:
    depth = 0
    for character in text:
        if character in _ISOLATES:
            depth += 1
        elif character == _END_OF_ISOLATE:
            depth -= 1
            if depth < 0:
                return False
    return depth == 0


def _may_join(text: str, at: int, joiner: str) -> bool:
    """Tell whether a joiner stands where RFC 5892 A.1 or A.2, or an emoji sequence, has one."""
    before = at - 1
    while before >= 0 and (unicodedata.category(text[before]) == "Mn" or text[before] == "\ufe0f"):
        if unicodedata.combining(text[before]) == _VIRAMA:
            return True
        before -= 1
    after = at + 1
    if before < 0 or after >= len(text):
        return False
    if joiner == "\u200d" and unicodedata.category(text[before]) in ("So", "Sk"):
        return unicodedata.category(text[after]) == "So"
    while after < len(text) and unicodedata.category(text[after]) == "Mn":
        after += 1
    return after < len(text) and not _JOINING.isdisjoint(scripts.of(text[before]) & scripts.of(text[after]))


@rule(
    "X006",
    severity="warning",
    looks_at="text",
    marks=["odd text"],
    reference="UTS 39 5.2",
)
def homograph_url(text: Text, _: Context) -> Iterator[Hit]:
    """
    The host of a URL has a label that mixes scripts which do not go together, such as Latin with Cyrillic.

    Why it matters: it looks like another host, and browsers and filters take it for phishing.

    Bad:
        Content-Type: text/plain; charset=utf-8

        See https://xn--pypal-4ve.example/order for the rest of what you have ordered with us this year; it
        has been paid, and has left our house this morning.

    Good:
        Content-Type: text/plain; charset=utf-8

        See https://xn--bcher-kva.example/order for the rest of what you have ordered with us this year; it
        has been paid, and has left our house this morning.

    References: UTS 39 5.2
    """
    for url, host in _hosts(text):
        for label in domains.to_unicode(host).split("."):
            if not scripts.is_highly_restrictive(label):
                yield url.hit(f"the host {show(host)} mixes {' and '.join(scripts.found(label))} in a label")
                break


def _hosts(text: Text) -> Iterator[tuple[Url, str]]:
    """Give the URLs whose host is not plainly ASCII."""
    source = text.text
    if source.isascii() and "xn--" not in source and "&#" not in source:
        return
    for url in text.urls:
        host = url.host
        if not host.isascii() or "xn--" in host:
            yield url, host


@rule(
    "X032",
    name="disguised-special",
    severity="error",
    looks_at="address",
    marks=["odd"],
    reference="UTS 36 2.1; UTS 46",
    implies=["A040", "E070", "H007"],
)
def disguised_special(address: Address, _: Context) -> Iterator[Hit]:
    r"""
    An address has a character that some programs turn into ``@``, a dot or another mark that divides addresses.

    Why it matters: full-width forms become the ASCII ones when a text is normalised; what was one address is another
    one, or two, behind the check.

    Bad:
        @smtputf8
        To: john\xef\xbc\xa0customer.example

    Bad:
        @smtputf8
        To: john@customer\xe3\x80\x82example

    Good:
        To: john@customer.example

    References: UTS 36 2.1; UTS 46 2.3; RFC 5895 2
    """
    entry = address.entry
    text = f"{entry.local_part}@{entry.domain}" if isinstance(entry, Mailbox) else entry.text
    if text.isascii():
        return
    for character in text:
        if not character.isascii():
            plain = "." if character in _DOTS else unicodedata.normalize("NFKC", character)
            if not _SPECIALS.isdisjoint(plain):
                yield address.hit(f"{show(text)} holds {_named(character)}, which some programs read as {show(plain)}")
                return


@rule(
    "X034",
    marks=["odd address", "odd text"],
    name="lookalike-domain",
    severity="warning",
    reference="UTS 39 4",
)
def lookalike_domain(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    A label of a domain is of one script, and all its letters look like Latin ones; its top-level domain is Latin.

    Why it matters: it can be told from the Latin domain by nobody; it is the best known way to forge one.

    Bad:
        From: Jane Doe <jane@xn--80ak6aa92e.example>

    Good:
        From: Jane Doe <jane@xn--h1ahn.example>

    References: UTS 39 4; UTS 36 2.4
    """
    for address in mail.addresses:
        if not address.domain.isascii() or "xn--" in address.domain:
            twin = _twin(address.domain)
            if twin is not None:
                yield address.hit(f"{show(address.domain)} looks like {twin}")
    for text in mail.texts:
        for url, host in _hosts(text):
            twin = _twin(host)
            if twin is not None:
                yield url.hit(f"the host {show(host)} looks like {twin}")


def _twin(domain: str) -> str | None:
    """Give the Latin domain that a domain looks like."""
    labels = domains.to_unicode(domain).split(".")
    if not labels[-1].isascii():
        return None
    twins = [scripts.twin(label) for label in labels]
    return None if not any(twins) else ".".join([twin or label for twin, label in zip(twins, labels, strict=True)])


@rule(
    "X035",
    name="mixed-script-name",
    severity="warning",
    looks_at="address",
    marks=["odd"],
    reference="UTS 39 5.1",
)
def mixed_script_name(address: Address, _: Context) -> Iterator[Hit]:
    """
    A word of a display name is Latin but for letters of another script that look so.

    Why it matters: it is a known name to the eye and another one to a filter; that is how brands are forged.

    Bad:
        From: =?utf-8?q?P=D0=B0yments?= <jane@shop.example>

    Good:
        From: =?utf-8?q?Payments_=D0=BC=D0=B8=D1=80?= <jane@shop.example>

    References: UTS 39 5.1
    """
    mailbox = address.mailbox
    if mailbox is None or mailbox.display_name.isascii():
        return
    word = scripts.disguised_word(mailbox.display_name)
    if word is not None:
        yield address.hit(f"{show(word)} in the name mixes {' and '.join(scripts.found(word))}")


@rule(
    "X041",
    name="bidi-control-in-text",
    severity="info",
    looks_at="text",
    marks=["odd text"],
    reference="UTS 36 3.3; CVE-2021-42574",
)
def bidi_control_in_text(text: Text, _: Context) -> Iterator[Hit]:
    """
    A body turns the order of characters by an override, or by an embedding or isolate that its line does not end.

    Why it matters: what a person reads is another order than what a program reads, in amounts and in code.

    Bad:
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        Your order is paid: =E2=80=AE001 Euro

    Good:
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        Your order is paid: =E2=81=A8=D7=A9=D7=9C=D7=95=D7=9D=E2=81=A9, 100 Euro

    References: UAX 9 2; UTS 36 3.3; CVE-2021-42574
    """
    source = text.text
    if source.isascii() or not any([mark in source for mark in _TURNING]):
        return
    for found in _TURNS.finditer(source):
        if found[0] in _OVERRIDES:
            yield text.hit(f"the text holds {_named(found[0])}", *found.span())
            return
    for line in _LINE.finditer(source):
        if _TURNS.search(line[0]) and not _ends_what_it_begins(line[0]):
            yield text.hit("a line begins an embedding or isolate and does not end it", *line.span())
            return


_TURNS = re.compile("[\u202a\u202b\u202d\u202e\u2066-\u2068]")
_TURNING = "\u202a\u202b\u202d\u202e\u2066\u2067\u2068"
_OVERRIDES = "\u202d\u202e"
_LINE = re.compile("[^\n]++")
_POP = "\u202c"


def _ends_what_it_begins(line: str) -> bool:
    isolates = sum(map(line.count, _ISOLATES)) - line.count(_END_OF_ISOLATE)
    return isolates <= 0 and line.count("\u202a") + line.count("\u202b") - line.count(_POP) <= 0
