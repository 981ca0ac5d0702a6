"""
The address suites of other projects: every row is read, and every difference stands in a table with its reason.

`address_differences.json` holds the reasons, each a sentence, and under each the ids of the rows.  A difference that is
not listed fails, and so does a listed one that is none any more.  No look-up is made.

    the rows of a suite -> their verdicts and ours -> the differences
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mimekit.errors import AddressError
from mimekit.headers.address import AddressList, Group, Mailbox, Unparsed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.report import ReportLine

Row = dict[str, Any]  # Any: JSON

TABLE: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("address_differences.json").read_text("ascii"))


def rows(vectors: Path, suite: str) -> list[Row]:
    with (vectors / "address" / f"{suite}.jsonl").open(encoding="ascii") as file:
        return [json.loads(line) for line in file]


def accepted(address: str, profile: Any = "message") -> Mailbox | None:  # Any: a profile, checked by `of`
    try:
        return Mailbox.of(address, profile=profile)
    except AddressError:
        return None


# -- one function for each suite: does it agree with the row?


def is_email_code(name: str) -> tuple[str, str]:
    """Translate `ISEMAIL_RFC5322_TOOLONG` and the like; what only a look-up can tell counts as valid."""
    name = name.removeprefix("ISEMAIL_")
    if name == "VALID" or name.startswith("DNSWARN"):
        return "valid", "valid"
    category, _, rest = name.lower().replace("_", "-").partition("-")
    return (f"{category}-{rest}" if category in ("cfws", "deprec") else rest), category


def is_email(row: Row) -> bool:
    found = Mailbox.diagnose(row["input"])
    return (found.code, found.category) == is_email_code(row["detail"])


_SKEGGSE_WORDS = {
    "dotafterdomainliteral": "atextafterdomlit",
    "atextafterdomainliteral": "atextafterdomlit",
    "uncloseddomainliteral": "uncloseddomlit",
    "unclosedquotedstring": "unclosedquotedstr",
    "domainliteralobsdtext": "domlitobsdtext",
    "ipv6groupcount": "ipv6grpcount",
    "ipv6maxgroups": "ipv6maxgrps",
    "ipv6colonstart": "ipv6colonstrt",
    "ipv6badcharacter": "ipv6badchar",
}


def skeggse(row: Row) -> bool:
    """Compare with a port of is_email: `errDotStart` is `dot-start` in the category `err`."""
    found = Mailbox.diagnose(row["input"])
    detail: str = row["detail"]
    if detail == "valid" or detail.startswith("dnsWarn"):
        return found.category == "valid"
    if detail == "deprecatedIPv6":
        return (found.code, found.category) == ("ipv6deprecated", "rfc5321")
    parts = re.fullmatch(r"(err|rfc5321|rfc5322|cfws|deprecated)(\w+)", detail)
    assert parts is not None
    category, rest = {"deprecated": "deprec"}.get(parts[1], parts[1]), parts[2].lower()
    code = found.code.replace("-", "").removeprefix(category if category in ("cfws", "deprec") else "")
    return (code, found.category) == (_SKEGGSE_WORDS.get(rest, rest), category)


def email_validator(row: Row) -> bool:
    """Compare the profile `deliverable`; its rows of is_email compare the diagnosis."""
    expect: str = row["expect"]
    address = row["input"]
    if expect == "see-detail":
        return is_email({"input": address[0], "detail": address[1]})
    if row["kind"] == "char":
        address += "test@example.tld"
    return (accepted(address, "deliverable") is not None) == (expect in ("valid", "valid-eai"))


def flanker(row: Row) -> bool:
    """Compare local parts, domains and whole addresses; a row of typos holds the wrong domain and the right one."""
    text: str = row["input"]
    valid: bool = row["expect"] != "invalid"
    if row["kind"] == "local-part":
        return (accepted(f"{text}@example.com") is not None) == valid
    if row["kind"] == "domain":
        return all(accepted(f"postmaster@{domain}", "smtp") for domain in text.split(","))
    return (accepted(text) is not None) == valid


def mimekit(row: Row) -> bool:
    """Compare tolerant reading with the loose mode, building with the strict one."""
    text: str = row["input"]
    valid: bool = row["expect"] != "invalid"
    if row["detail"]["mode"] == "strict":
        return (accepted(text) is not None) == valid
    found = AddressList.parse(text.encode())
    if row["kind"] != "address-list":
        kind = Mailbox if row["kind"] == "mailbox" else Group
        return (len(found.entries) == 1 and isinstance(found.entries[0], kind)) == valid
    if not found.entries or any(isinstance(entry, Unparsed) for entry in found.entries):
        return not valid
    encoded = row["detail"].get("encoded")
    return valid and (encoded is None or AddressList.parse(encoded.encode()) == found)


def validatorjs(row: Row) -> bool:
    """Compare the profile `smtp`, under those of its options that say what is looked for."""
    options = row["detail"]["options"]
    valid: bool = row["expect"] == "valid"
    found = accepted(row["input"], "smtp")
    ours = found is not None
    if found is not None:
        if options.get("require_display_name"):
            ours = found.display_name != ""
        elif not options.get("allow_display_name"):
            ours = found.display_name == ""
        if options.get("allow_utf8_local_part") is False:
            ours = ours and found.local_part.isascii()
    return ours == valid


SUITES: dict[str, Callable[[Row], bool]] = {
    "isemail-tests": is_email,
    "isemail-tests-original": is_email,
    "pyisemail-tests": is_email,
    "skeggse-isemail": skeggse,
    "email-validator": email_validator,
    "flanker": flanker,
    "mimekit-address": mimekit,
    "validatorjs": validatorjs,
}


@pytest.mark.parametrize("suite", SUITES)
def test_every_difference_has_a_reason_and_every_reason_a_difference(
    suite: str, vectors: Path, report_line: ReportLine
) -> None:
    given = rows(vectors, suite)
    known = {one for reason in TABLE.values() for one in reason["rows"]}
    listed = known & {row["id"] for row in given}
    differing = {row["id"] for row in given if not SUITES[suite](row)}
    unlisted = [row for row in given if row["id"] in differing - listed]
    assert not unlisted, f"{len(unlisted)} differences without a reason, the first: {unlisted[:5]}"
    assert not listed - differing, f"these do not differ any more: {sorted(listed - differing)}"
    report_line(f"address vectors: {suite}: {len(given)} rows, {len(differing)} explained differences")


def test_the_table_names_rows_that_there_are(vectors: Path) -> None:
    ids = [row["id"] for suite in SUITES for row in rows(vectors, suite)]
    assert len(ids) == len(set(ids))
    listed = [one for reason in TABLE.values() for one in reason["rows"]]
    assert len(listed) == len(set(listed))
    assert set(listed) <= set(ids)
    assert all(reason["why"].endswith(".") and reason["rows"] for reason in TABLE.values())


@pytest.mark.parametrize("suite", ["isemail-tests", "isemail-tests-original"])
def test_every_is_email_verdict_is_right(suite: str, vectors: Path) -> None:
    for row in rows(vectors, suite):
        ours, theirs = Mailbox.diagnose(row["input"]).category, is_email_code(row["detail"])[1]
        assert (ours == "err") == (theirs == "err"), row
        assert (ours in ("valid", "rfc5321")) == (theirs in ("valid", "rfc5321")), row


def test_what_can_be_built_is_no_error_and_what_smtp_takes_is_valid(vectors: Path) -> None:
    """Building, diagnosis and `email_validator` are three opinions; on what the strictest takes they agree."""
    from email_validator import EmailNotValidError, validate_email

    built = 0
    for suite in SUITES:
        for row in rows(vectors, suite):
            address = row["input"][0] if isinstance(row["input"], list) else row["input"]
            box = accepted(address)
            if box is None:
                continue
            built += 1
            assert Mailbox.diagnose(box.address).category in ("valid", "rfc5321", "rfc5322"), row
            assert Mailbox.parse(box.encode(utf8=True)) == box, row
            if accepted(address, "smtp"):
                assert Mailbox.diagnose(box.address).category in ("valid", "rfc5321"), row
            try:
                validate_email(box.address, check_deliverability=False)
            except EmailNotValidError:
                assert accepted(address, "deliverable") is None, row
            else:
                assert accepted(address, "deliverable") == box, row
    assert built > 600
