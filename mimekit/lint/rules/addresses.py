r"""
Rules about the syntax of address fields, which the parser checks (family A): the pages of its findings.

RFC 5322 3.4 says what an address list is, 4.4 what it was, RFC 7103 7.1 what is written instead.

    defects of the parser -> pages, fixes

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.finding import Fix
from mimekit.headers import _phrase as phrases
from mimekit.headers.address import Mailbox
from mimekit.lint.rule import rule

if TYPE_CHECKING:
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Field, Mail

__all__: list[str] = []

_WHITE = b" \t\r\n"
_ATEXT = rb"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]++"
_SPACES = re.compile(rb"[ \t\r\n]++")
_LOCAL_PART = re.compile(rb"(?:[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]|[ \t\r\n]|\"[^\"\\\r\n]*+\")++")
_SPEC = re.compile(rb"<[ \t]*+%b(?:\.%b)*+@%b(?:\.%b)*+" % (_ATEXT, _ATEXT, _ATEXT, _ATEXT))
_TWO = re.compile(rb">[ \t\r\n]*+>")
_UNDISCLOSED = re.compile(rb"(?i)(undisclosed[- ]?recipients?)[:; \t\r\n]*+(>?)[ \t\r\n]*+")
_PLAIN_NAME = re.compile(rb"[^\"<>()=\\\r\n,;]++(?=<)")


def _octets(mail: Mail, hit: Hit) -> bytes:
    """Give the octets that the parser found fault with."""
    return mail.octets[hit.start : hit.end]


def _field(mail: Mail, hit: Hit) -> Field | None:
    """Give the field that they stand in; none inside a message that is transferred encoded."""
    for entity in mail.entities:
        if entity.outside is None and entity.start <= hit.start <= entity.header_end:
            for field in entity.fields:
                if field.value_start <= hit.start <= field.end:
                    return field
    return None


def _writing(text: str, hit: Hit, octets: bytes, *, is_safe: bool = True) -> Fix:
    return Fix(text, (hit.start, hit.end, octets), is_safe=is_safe)


@rule("A001")
def address_syntax() -> None:
    """
    An address field holds something that is no address by any grammar, old or new.

    Why it matters: readers guess, each in its own way, or leave the recipient out; some servers refuse the message.

    Bad:
        To: john@customer.example, John Roe Junior

    Good:
        To: john@customer.example, John Roe Junior <junior@customer.example>

    References: RFC 5322 3.4, 4.4
    """


@rule("A005", fix="safe")
def domain_syntax(mail: Mail, hit: Hit) -> Fix | None:
    """
    The domain of an address is no domain name: an empty label, a hyphen at the end of one, an underscore, a last dot.

    Why it matters: no name server has such a name, so the mail comes back, or it is never accepted.

    Bad:
        To: john@customer_one.example

    Bad:
        To: john@customer.example.

    Bad:
        To: john@-customer.example

    Good:
        To: john@customer-one.example

    References: RFC 5321 2.3.5, 4.1.2; RFC 1035 2.3.1
    """
    octets = _octets(mail, hit)
    domain = octets.removesuffix(b".")
    if domain == octets or b".." in octets or not domain.replace(b".", b"").replace(b"-", b"").isalnum():
        return None
    return _writing("take the last dot out", hit, domain)


@rule("A009", supersedes=["A008"])
def address_literal_invalid() -> None:
    """
    What stands in the brackets of a domain is neither an IPv4 address nor ``IPv6:`` and an IPv6 address.

    Why it matters: no server knows where to send it.

    Bad:
        To: john@[192.0.2.300]

    Good:
        To: john@customer.example

    References: RFC 5321 4.1.3; RFC 4291 2.2
    """


@rule("A017", fix="safe")
def cfws_in_addr_spec(mail: Mail, hit: Hit) -> Fix | None:
    """
    White space or a comment stands inside the domain of an address, beside its ``@``, or beside its angle brackets.

    Why it matters: the grammar allows it, some of it the obsolete one alone; programs that look for an address cut it
    off there, or take the white space or the comment for a piece of it.

    Bad:
        To: John Roe <john@customer. example>

    Bad:
        To: John Roe <john @customer.example>

    Bad:
        To: John Roe <john@
         customer.example>

    Bad:
        To: John Roe < john@customer.example >

    Good:
        To: John Roe <john@customer.example>

    References: RFC 5322 3.4.1, 4.4
    """
    octets = _octets(mail, hit)
    return None if b"(" in octets else _writing("take the white space out", hit, _SPACES.sub(b"", octets))


@rule("A018", fix="safe")
def source_route(mail: Mail, hit: Hit) -> Fix | None:
    """
    An address begins with a route: the domains that the mail is to pass through.

    Why it matters: nobody routes mail like this any more; readers and filters take another part for the address.

    Bad:
        To: <@relay.example,@other.example:john@customer.example>

    Good:
        To: <john@customer.example>

    References: RFC 5322 4.4; RFC 5321 3.6.1, C; RFC 7103 7.1.1
    """
    return _writing("take the route out", hit, b"") if _octets(mail, hit).endswith(b":") else None


@rule("A019", fix="safe")
def obsolete_local_part(mail: Mail, hit: Hit) -> Fix | None:
    """
    A local part is put together of several words, with white space between them or with a quoted one among them.

    Why it matters: only the obsolete grammar has this; readers drop the quotes, the space, or the address.

    Bad:
        To: john."q".roe@customer.example

    Good:
        To: john.q.roe@customer.example

    References: RFC 5322 4.4
    """
    octets = _octets(mail, hit)
    if not _LOCAL_PART.fullmatch(octets):
        return None
    found = Mailbox.parse(octets + b"@a.example")
    return None if found is None else _writing("write one word", hit, found.address.removesuffix("@a.example").encode())


@rule("A020", fix="unsafe")
def dot_placement(mail: Mail, hit: Hit) -> Fix | None:
    """
    A local part without quotes begins or ends with a dot, or has two dots in a row.

    Why it matters: SMTP has no way to write such an address, so many servers refuse it.

    Bad:
        To: john..roe@customer.example

    Good:
        To: john.roe@customer.example

    References: RFC 5322 3.2.3, 3.4.1
    """
    octets = _octets(mail, hit)
    if not octets.isascii() or b'"' in octets or _SPACES.search(octets):
        return None
    return _writing("put the local part in quotes", hit, b'"%b"' % octets, is_safe=False)


@rule("A022", fix="safe")
def unquoted_specials_in_name(mail: Mail, hit: Hit) -> Fix | None:
    """
    A display name has one of ``( ) < > [ ] : ; @ , "`` or a backslash outside quotes.

    Why it matters: these characters divide an address list, so readers take the name for one or two addresses.

    Bad:
        From: Jane [Shop] Doe <jane@shop.example>

    Good:
        From: "Jane [Shop] Doe" <jane@shop.example>

    References: RFC 5322 3.2.3, 3.2.5; RFC 7103 7.1.5
    """
    field = _field(mail, hit)
    if field is None:
        return None
    at = hit.start - field.value_start
    for address in field.addresses:
        mailbox = address.mailbox
        if mailbox is not None and address.before <= at < address.end:
            start = (
                address.before
                + len(field.raw[address.before : at])
                - len(field.raw[address.before : at].lstrip(b"> \t,"))
            )
            found = _PLAIN_NAME.match(field.raw, start)
            if found is None or not mailbox.display_name.isascii():
                return None
            end = start + len(found[0].rstrip(_WHITE))
            return field.replacing("put the name in quotes", phrases.quoted(mailbox.display_name).encode(), start, end)
    return None


@rule("A030", fix="safe")
def group_unterminated(mail: Mail, hit: Hit) -> Fix | None:
    """
    A group has no semicolon at its end.

    Why it matters: what follows belongs to the group for one reader and stands beside it for another.

    Bad:
        To: Customers: john@customer.example

    Good:
        To: Customers: john@customer.example;

    References: RFC 5322 3.4
    """
    octets = _octets(mail, hit)
    end = hit.start + len(octets.rstrip(_WHITE))
    return None if octets.count(b":") != 1 else Fix("end the group", (end, end, b";"))


@rule("A031", fix="safe")
def empty_list_element(mail: Mail, hit: Hit) -> Fix | None:
    """
    A list of addresses has an empty place: two commas in a row, or one at an end.

    Why it matters: often an address was meant to stand there; strict readers refuse the field.

    Bad:
        To: john@customer.example,, max@customer.example

    Bad:
        To: john@customer.example,

    Good:
        To: john@customer.example, max@customer.example

    References: RFC 5322 3.4, 4.4
    """
    octets = mail.octets
    field = _field(mail, hit)
    if field is None:
        return None
    before = octets[field.value_start : hit.start].rstrip(_WHITE)
    if octets[hit.start : hit.end] == b",":
        start = field.value_start + len(before) if before else hit.start
        return Fix("take the comma out", (start, hit.end, b""))
    end = field.value_start + len(before)
    return Fix("take the comma out", (end - 1, end, b"")) if before.endswith(b",") else None


@rule("A032", fix="safe")
def semicolon_list(mail: Mail, hit: Hit) -> Fix | None:
    """
    A semicolon stands between addresses, where a comma belongs.

    Why it matters: programs show lists so, but in a message a semicolon ends a group; readers lose what follows.

    Bad:
        To: john@customer.example; max@customer.example

    Good:
        To: john@customer.example, max@customer.example

    References: RFC 5322 3.4
    """
    field = _field(mail, hit)
    if field is None or _octets(mail, hit) != b";":
        return None
    is_last = not field.raw[hit.end - field.value_start :].strip(_WHITE + b";")
    return _writing("write a comma", hit, b"" if is_last else b",")


@rule("A033")
def sender_not_single() -> None:
    """
    Sender is not exactly one mailbox.

    Why it matters: it names the one who sent the message on behalf of its authors; of two, readers take either.

    Bad:
        Sender: jane@shop.example, max@shop.example

    Good:
        Sender: max@shop.example

    References: RFC 5322 3.6.2
    """


@rule("A035", fix="safe")
def undisclosed_recipients_syntax(mail: Mail, hit: Hit) -> Fix | None:
    """
    The words for hidden recipients are no empty group.

    Why it matters: without the colon and the semicolon they are an address without a domain, which servers complete
    with their own.

    Bad:
        To: undisclosed-recipients

    Good:
        To: undisclosed-recipients:;

    References: RFC 5322 3.4, A.1.3
    """
    octets = mail.octets
    found = _UNDISCLOSED.fullmatch(octets[hit.start : hit.end])
    if found is None:
        return None
    start = hit.start - (found[2] == b">" and octets[hit.start - 1 : hit.start] == b"<")
    return Fix("write an empty group", (start, hit.start + len(found[0].rstrip(_WHITE)), found[1] + b":;"))


@rule("A036", fix="safe")
def excess_angle_brackets(mail: Mail, hit: Hit) -> Fix | None:
    """
    An address stands in more angle brackets than one pair.

    Why it matters: strict readers refuse the field; others take the inner bracket for a part of the address.

    Bad:
        To: John Roe <<john@customer.example>>

    Good:
        To: John Roe <john@customer.example>

    References: RFC 7103 7.1.2
    """
    field = _field(mail, hit)
    two = None if field is None else _TWO.search(mail.octets, hit.end, field.end)
    if two is None or b"," in mail.octets[hit.end : two.start()]:
        return None
    return Fix("leave one pair", (hit.start, hit.end, b""), (two.start(), two.end() - 1, b""))


@rule("A037", fix="safe")
def unbalanced_angle_bracket(mail: Mail, hit: Hit) -> Fix | None:
    """
    An angle bracket of an address has no partner.

    Why it matters: where the address ends is a guess, and guesses differ.

    Bad:
        To: John Roe <john@customer.example

    Bad:
        To: john@customer.example>

    Good:
        To: John Roe <john@customer.example>

    References: RFC 7103 7.1.3
    """
    if _octets(mail, hit) == b">":
        return _writing("take the bracket out", hit, b"")
    found = _SPEC.match(mail.octets, hit.start)
    return None if found is None else Fix("close the bracket", (found.end(), found.end(), b">"))


@rule("A038", supersedes=["A001"], fix="unsafe")
def unbalanced_paren(mail: Mail, hit: Hit) -> Fix | None:
    """
    A parenthesis in an address field has no partner.

    Why it matters: a comment that does not end swallows the addresses after it, for some readers.

    Bad:
        To: John Roe (Sales <john@customer.example>

    Good:
        To: John Roe (Sales) <john@customer.example>

    References: RFC 7103 7.1.4
    """
    is_one = _octets(mail, hit) in (b"(", b")")
    return _writing("take the parenthesis out", hit, b"", is_safe=False) if is_one else None


@rule("A039", fix="unsafe")
def unbalanced_quote(mail: Mail, hit: Hit) -> Fix | None:
    """
    A quote in an address field has no partner.

    Why it matters: a quoted string that does not end swallows the addresses after it, for some readers.

    Bad:
        To: "John Roe <john@customer.example>

    Good:
        To: "John Roe" <john@customer.example>

    References: RFC 7103 7.1.6
    """
    return _writing("take the quote out", hit, b"", is_safe=False) if _octets(mail, hit) == b'"' else None


@rule("A040")
def naked_local_part() -> None:
    """
    An address has no ``@`` and no domain.

    Why it matters: each server that sees it may add its own domain, and so write to somebody else.

    Bad:
        To: john@customer.example, max

    Good:
        To: john@customer.example, max@customer.example

    References: RFC 7103 7.1.7; RFC 5321 2.3.5
    """


@rule("A041", fix="unsafe")
def missing_separator(mail: Mail, hit: Hit) -> Fix | None:
    """
    No comma stands between two addresses.

    Why it matters: readers take the first of them, or the last, or neither.

    Bad:
        To: john@customer.example max@customer.example

    Good:
        To: john@customer.example, max@customer.example

    References: RFC 5322 3.4
    """
    before = mail.octets[max(0, hit.start - 100) : hit.start]
    end = hit.start - len(before) + len(before.rstrip(_WHITE))
    return Fix("write a comma", (end, end, b", " if end == hit.start else b","), is_safe=False)


@rule("A045", supersedes=["H007"], implies=["H009"])
def local_control_char() -> None:
    r"""
    A control character stands in a local part or in a display name, be it behind a backslash.

    Why it matters: it cannot be seen, and it ends the address for programs that take it for the end of a text.

    Bad:
        To: "john\x01roe"@customer.example

    Good:
        To: "john roe" <johnroe@customer.example>

    References: RFC 5322 3.2.4, 4.1
    """
