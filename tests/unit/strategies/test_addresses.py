"""
Addresses are valid by every judge and shrink to ``a@a.example``.

The judges beside our own reader and linter are `email_validator` and the standard library.
"""

from __future__ import annotations

import unicodedata
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest
from email_validator import validate_email
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mimekit.headers.address import AddressList, Group, Mailbox
from mimekit.strategies.addresses import (
    addr_specs,
    address_lists,
    display_names,
    domains,
    groups,
    local_parts,
    mailboxes,
)
from mimekit.wire.fold import fold
from tests.support.judged import counted, errors, shrunk, stdlib_field

if TYPE_CHECKING:
    from mimekit.defects import Flaw

SPACED = frozenset({"A017"})
"""White space or a comment around the @, which the grammar allows and RFC 5322 3.4.1 advises against."""
NON_ASCII = ("Non-ASCII characters found in header token", "local-part contains non-ASCII characters)")


def parsed(raw: bytes, *, allowed: frozenset[str] = frozenset()) -> AddressList:
    """Read a field body, having checked that nothing is wrong with it but what is *allowed*."""
    flaws: list[Flaw] = []
    found = AddressList.parse(raw, flaws)
    assert {code for code, *_ in flaws} <= allowed
    return found


def body(value: Mailbox | Group | AddressList, *, utf8: bool = False) -> bytes:
    return fold(b"To", value.pieces(utf8=utf8))[len("To: ") : -2]


# -- valid


@given(addr_specs())
def test_an_smtp_address_is_accepted_by_all_judges_and_read_alike(spec: str) -> None:
    mailbox = Mailbox.of(spec, profile="smtp")
    assert parsed(spec.encode()).entries == (mailbox,)
    assert errors("To", spec.encode()) == set()
    theirs = validate_email(
        spec, check_deliverability=False, allow_quoted_local=True, allow_domain_literal=True, test_environment=True
    )
    assert theirs.ascii_email is not None
    field = stdlib_field("To", spec.encode())
    assert field.defects == ()
    assert [(one.username, one.domain) for one in field.addresses] == [(mailbox.local_part, mailbox.domain)]


@given(addr_specs(profile="message"))
def test_an_address_with_comments_and_folds_is_read_alike_by_the_standard_library(spec: str) -> None:
    mailbox, *more = parsed(spec.encode(), allowed=SPACED)
    assert not more
    assert errors("To", spec.encode()) == set()
    field = stdlib_field("To", spec.encode())
    assert field.defects == ()
    assert [(one.username, one.domain) for one in field.addresses] == [(mailbox.local_part, mailbox.domain)]


@given(addr_specs(profile="eai"))
def test_an_eai_address_is_accepted_by_email_validator_and_read_as_it_is(spec: str) -> None:
    mailbox = Mailbox.of(spec)
    assert parsed(spec.encode()).entries == (mailbox,)
    assert errors("To", spec.encode()) == set()
    validate_email(
        spec, check_deliverability=False, allow_quoted_local=True, allow_domain_literal=True, test_environment=True
    )
    assert unicodedata.is_normalized("NFC", spec)
    if spec.isascii():
        return
    # The standard library reads UTF-8 in headers, and calls it a defect: RFC 6532 is not its default.
    assert {str(one).partition(" ... ")[0] for one in stdlib_field("To", spec.encode()).defects} <= set(NON_ASCII)


@given(addr_specs() | addr_specs(profile="message") | addr_specs(profile="eai"))
def test_an_address_keeps_the_limits_of_rfc_5321(spec: str) -> None:
    mailbox = parsed(spec.encode(), allowed=SPACED)[0]
    assert len(mailbox.address.encode()) <= 254
    assert len(f"{mailbox.local_part}@{mailbox.ascii_domain}".encode()) <= 254
    assert len(mailbox.address.rpartition("@")[0].encode()) <= 64
    assert all(len(label) <= 63 for label in mailbox.ascii_domain.split("."))


@given(domains(kind="literal"))
def test_a_literal_is_an_ip_address_by_the_standard_library(domain: str) -> None:
    address = domain[1:-1]
    assert ip_address(address.removeprefix("IPv6:")).version == (6 if address.startswith("IPv6:") else 4)


@given(local_parts(kind="quoted"), local_parts(kind="dot_atom"), local_parts(kind="eai"), domains(kind="idn"))
def test_each_kind_draws_its_kind(quoted: str, dot_atom: str, eai: str, idn: str) -> None:
    assert quoted[0] == quoted[-1] == '"'
    assert quoted.isascii()
    assert dot_atom.isascii()
    assert '"' not in dot_atom
    assert not eai.isascii()
    assert not idn.isascii()


@given(mailboxes())
def test_a_mailbox_is_written_and_read_back_without_a_defect(mailbox: Mailbox) -> None:
    raw = body(mailbox)
    assert raw.isascii()
    assert parsed(raw).entries == (mailbox,)
    assert Mailbox.of(str(mailbox)) == mailbox
    assert errors("To", raw) == set()
    field = stdlib_field("To", raw)
    if mailbox.display_name.isascii():  # until 3.14.6 it puts a space between two encoded words of a name
        assert [one.display_name for one in field.addresses] == [mailbox.display_name]


@given(mailboxes(profile="eai"))
def test_an_eai_mailbox_is_written_in_utf8_and_read_back(mailbox: Mailbox) -> None:
    raw = body(mailbox, utf8=True)
    assert parsed(raw).entries == (mailbox,)
    assert errors("To", raw) == set()


@given(address_lists(), groups())
def test_a_list_and_a_group_are_written_and_read_back_without_a_defect(listed: AddressList, group: Group) -> None:
    assert listed.entries
    for value, entries in ((listed, listed.entries), (group, (group,))):
        raw = body(value)
        assert parsed(raw).entries == entries
        assert errors("To", raw) == set()
    theirs = [len(tuple(one.addresses)) for one in stdlib_field("To", body(listed)).groups]
    assert theirs == [len(one.mailboxes) if isinstance(one, Group) else 1 for one in listed.entries]


def test_parts_can_be_given_and_the_address_still_fits() -> None:
    long = st.just(".".join(["a" * 60] * 4))
    spec = shrunk(addr_specs(local_parts=st.just("b" * 64), domains=long))
    assert spec == "b" * 64 + "@" + ".".join(["a" * 60] * 3)
    name = shrunk(mailboxes(display_names=st.just("Ada"), domains=st.just("a.example")))
    assert name == Mailbox("Ada", "a", "a.example")
    boxes = st.just(Mailbox("", "b", "b.example"))
    listed = shrunk(address_lists(mailboxes=boxes, min_size=3), lambda one: len(one) > 2)
    assert set(listed) == {Mailbox("", "b", "b.example")}
    assert shrunk(groups(mailboxes=boxes, min_size=1)) == Group("a", ["b@b.example"])


# -- what a failure shrinks to

MINIMA: list[tuple[st.SearchStrategy[object], object]] = [
    (local_parts(), "a"),
    (local_parts(kind="quoted"), '"a a"'),
    (local_parts(kind="eai"), "a\u00e9"),
    (domains(), "a.example"),
    (domains(kind="ascii"), "a.example"),
    (domains(kind="idn"), "\u00df.example"),
    (domains(kind="literal"), "[192.0.2.0]"),
    (addr_specs(), "a@a.example"),
    (addr_specs(profile="message"), "a@a.example"),
    (addr_specs(profile="eai"), "a@a.example"),
    (display_names(), "a"),
    (mailboxes(), Mailbox("", "a", "a.example")),
    (mailboxes(profile="eai"), Mailbox("", "a", "a.example")),
    (groups(), Group("a")),
    (address_lists(), AddressList.of("a@a.example")),
    (address_lists(profile="eai"), AddressList.of("a@a.example")),
]


@pytest.mark.parametrize(("strategy", "minimum"), MINIMA, ids=repr)
def test_a_strategy_shrinks_to_what_its_page_says(strategy: st.SearchStrategy[object], minimum: object) -> None:
    assert shrunk(strategy) == minimum


def test_a_failure_shrinks_to_the_part_that_matters() -> None:
    assert shrunk(addr_specs(), lambda one: one[0] == '"') == '"a a"@a.example'
    assert shrunk(addr_specs(), lambda one: "\\" in one) == '"\\""@a.example'
    assert shrunk(addr_specs(), lambda one: "." in one.partition("@")[0]) == "a.a@a.example"
    assert shrunk(addr_specs(), lambda one: "xn--" in one) in ("a@a.xn--zca.example", "a@a.xn--p1ai")
    assert shrunk(addr_specs(), lambda one: one[-1] == "]") == "a@[192.0.2.0]"
    assert shrunk(addr_specs(), lambda one: "IPv6" in one) == "a@[IPv6:2001:db8::]"
    assert shrunk(addr_specs(profile="message"), lambda one: "()" in one) in ("()a@a.example", "a@a.example ()")
    assert shrunk(mailboxes(), lambda one: "," in one.display_name) == Mailbox(",", "a", "a.example")
    assert shrunk(mailboxes(), lambda one: not one.display_name.isascii()) == Mailbox("\u00df", "a", "a.example")
    assert set(shrunk(addr_specs(), lambda one: len(one) == 254).removesuffix(".example")) == set("a@.")


def test_a_failure_in_a_list_shrinks_to_the_entry_that_matters() -> None:
    empty = shrunk(address_lists(), lambda one: any(isinstance(entry, Group) for entry in one.entries))
    assert empty.entries == (Group("a"),)
    full = shrunk(
        address_lists(), lambda one: any(isinstance(entry, Group) and entry.mailboxes for entry in one.entries)
    )
    assert str(full) == "a: a@a.example;"
    several = shrunk(address_lists(), lambda one: len(one.entries) == 2)
    assert str(several) == "a@a.example, a@a.example"


@pytest.mark.parametrize(
    "strategy",
    [
        local_parts(kind="x"),  # type: ignore[arg-type]  # wrong on purpose
        domains(kind="x"),  # type: ignore[arg-type]  # wrong on purpose
        addr_specs(profile="x"),  # type: ignore[arg-type]  # wrong on purpose
        mailboxes(profile="x", domains=st.just("a.example")),  # type: ignore[arg-type]  # wrong on purpose
        address_lists(min_size=3, max_size=2),
    ],
    ids=repr,
)
def test_a_wrong_option_raises_when_it_is_drawn_from(strategy: st.SearchStrategy[object]) -> None:
    with pytest.raises(InvalidArgument):
        shrunk(strategy)


# -- how often each thing is drawn


def what_is_in(spec: str) -> list[str]:
    local_part, _, domain = spec.rpartition("@")
    found = {
        "quoted local part": local_part[:1] == '"',
        "quoted pair": local_part[:1] == '"' and "\\" in local_part,
        "dots": '"' not in local_part and "." in local_part,
        "UTF-8 local part": not local_part.isascii(),
        "IPv4 literal": domain[:1] == "[" and domain[:2] != "[I",
        "IPv6 literal": domain[:2] == "[I",
        "A-label": "xn--" in domain,
        "U-label": not domain.isascii(),
        "right to left": any(unicodedata.bidirectional(one) in ("R", "AL") for one in domain),
        "reserved domain": domain.endswith(("example", "test", "example.com", "example.org", "example.net")),
        "other domain": domain[-1].isalpha() and not domain.endswith(("example", "test", "com", "org", "net")),
        "comment": "(" in spec and local_part[:1] != '"',
        "fold": "\n" in spec,
        "local part of 64": len(local_part) == 64,
        "address of 254": len(spec) == 254,
        "label of 63": any(len(label) == 63 for label in domain.split(".")),
    }
    return [name for name, is_so in found.items() if is_so]


# In percent of the draws; about half of what is seen.
FLOORS: dict[str, dict[str, float]] = {
    "smtp": {
        "quoted local part": 10,
        "quoted pair": 2,
        "dots": 10,
        "IPv4 literal": 0.5,
        "IPv6 literal": 3,
        "A-label": 6,
        "reserved domain": 35,
        "other domain": 5,
        "local part of 64": 1.5,
        "address of 254": 0.5,
        "label of 63": 6,
    },
    "message": {"comment": 8, "fold": 6, "quoted local part": 8},
    "eai": {"UTF-8 local part": 14, "U-label": 20, "right to left": 6, "quoted local part": 10},
}


@pytest.mark.parametrize("profile", FLOORS)
def test_each_construct_of_an_address_is_drawn_often_enough(profile: str) -> None:
    shares = counted(addr_specs(profile=profile), what_is_in, 1000)  # type: ignore[arg-type]  # a str, of those three
    assert {name: shares[name] for name, floor in FLOORS[profile].items() if shares[name] < floor} == {}


def what_is_listed(listed: AddressList) -> list[str]:
    found = ["several"] if len(listed.entries) > 1 else []
    for entry in listed.entries:
        if isinstance(entry, Group):
            found.append("group" if entry.mailboxes else "empty group")
        elif isinstance(entry, Mailbox):
            raw = entry.encode()
            found.append("name" if entry.display_name else "no name")
            found += ["quoted name"] * raw.startswith(b'"') if entry.display_name else []
            found += ["encoded word"] * (b"=?" in raw)
    return found


def test_each_construct_of_a_list_is_drawn_often_enough() -> None:
    shares = counted(address_lists(), what_is_listed, 500)
    floors = {
        "several": 30,
        "group": 6,
        "empty group": 3,
        "name": 30,
        "no name": 30,
        "quoted name": 12,
        "encoded word": 20,
    }
    assert {name: shares[name] for name, floor in floors.items() if shares[name] < floor} == {}
