"""Every spelling of a value is read as that value, and the plain one is the simplest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mimekit import AddressList, Group, Mailbox
from mimekit.codecs import words
from mimekit.headers import dates, ids
from mimekit.headers.content import ContentDisposition, ContentType
from mimekit.strategies.addresses import address_lists
from mimekit.strategies.headers import content_dispositions, content_types, message_ids, subjects
from mimekit.strategies.headers import dates as any_dates
from mimekit.strategies.spellings import spellings

if TYPE_CHECKING:
    from email.headerregistry import BaseHeader

    from mimekit.defects import Flaw
    from mimekit.strategies.spellings import Value

COMMON = settings(max_examples=100, suppress_health_check=[HealthCheck.data_too_large])
ADA = Mailbox("King, Ada", "ada", "a.example")
TYPE = ContentType("text", "plain", {"charset": "utf-8", "name": "a b \u00e9.txt"})
PLACE = ContentDisposition("attachment", {"filename": 'a "b".txt', "size": "7"})
DATE = datetime(2000, 1, 1, tzinfo=UTC)
VALUES: dict[str, tuple[Value, bytes]] = {
    "a mailbox": (ADA, b'"King, Ada" <ada@a.example>'),
    "a group": (Group("a", [ADA]), b'a: "King, Ada" <ada@a.example>;'),
    "an empty group": (Group("a"), b"a:;"),
    "a list": (AddressList.of("a@a.example, b@b.example"), b"a@a.example, b@b.example"),
    "a media type": (TYPE, TYPE.encode()),
    "a disposition": (PLACE, PLACE.encode()),
    "a date": (DATE, b"Sat, 01 Jan 2000 00:00:00 +0000"),
    "ids": (("<a@a.example>", "<b@b.example>"), b"<a@a.example> <b@b.example>"),
    "text": ("gr\u00fc\u00dfe aus Ulm", b"=?utf-8?b?Z3LDvMOfZQ==?= aus Ulm"),
}


LEGAL = ("A017",)  # white space or a comment beside the brackets of an address: RFC 5322 3.4 has it; a warning


def faultless(flaws: list[Flaw], but: tuple[str, ...] = ()) -> bool:
    """Tell whether there is no flaw but those that a spelling may have."""
    return [flaw for flaw in flaws if flaw[0] not in but] == []


class TestEverySpellingIsReadAsTheValue:
    @COMMON
    @given(address_lists(), st.data())
    def test_addresses(self, addresses: AddressList, data: st.DataObject) -> None:
        body = data.draw(spellings(addresses))
        flaws: list[Flaw] = []
        assert AddressList.parse(body, flaws).entries == addresses.entries
        assert faultless(flaws, LEGAL)

    @COMMON
    @given(address_lists(profile="eai"), st.data())
    def test_addresses_in_utf8(self, addresses: AddressList, data: st.DataObject) -> None:
        body = data.draw(spellings(addresses, utf8=True))
        assert AddressList.parse(body).entries == addresses.entries

    @COMMON
    @given(content_types(), st.data())
    def test_media_types(self, kind: ContentType, data: st.DataObject) -> None:
        body = data.draw(spellings(kind))
        flaws: list[Flaw] = []
        read = ContentType.parse(body, flaws)
        assert read is not None
        assert (read.essence, read.params) == (kind.essence, kind.params)
        assert faultless(flaws)

    @COMMON
    @given(content_dispositions(), st.data())
    def test_dispositions(self, place: ContentDisposition, data: st.DataObject) -> None:
        body = data.draw(spellings(place))
        flaws: list[Flaw] = []
        read = ContentDisposition.parse(body, flaws)
        assert read is not None
        assert (read.disposition, read.params) == (place.disposition, place.params)
        assert faultless(flaws)

    @COMMON
    @given(any_dates(), st.data())
    def test_dates(self, moment: datetime, data: st.DataObject) -> None:
        body = data.draw(spellings(moment))
        flaws: list[Flaw] = []
        read = dates.parse(body, flaws)
        assert read is not None
        assert (read, read.utcoffset()) == (moment, moment.utcoffset())
        assert faultless(flaws)

    @COMMON
    @given(st.lists(message_ids(), min_size=1, max_size=4).map(tuple), st.data())
    def test_ids(self, listed: tuple[str, ...], data: st.DataObject) -> None:
        body = data.draw(spellings(listed))
        flaws: list[Flaw] = []
        assert ids.parse_many(body, flaws) == listed
        assert faultless(flaws)

    @COMMON
    @given(subjects() | st.sampled_from(("", " ", "a  b", " a ", "=?utf-8?q?a?=", "a\tb", "\u00e9" * 80)), st.data())
    def test_texts(self, said: str, data: st.DataObject) -> None:
        body = data.draw(spellings(said))
        flaws: list[Flaw] = []
        assert words.decode(body, flaws) == said
        assert faultless(flaws)


class TestLegal:
    @COMMON
    @given(st.sampled_from([value for value, _ in VALUES.values()]).flatmap(spellings))
    def test_no_line_is_blank_or_long(self, body: bytes) -> None:
        first, *more = body.split(b"\r\n")
        assert all(line[:1] in (b" ", b"\t") and line.strip() for line in more)
        assert max(map(len, (first, *more))) <= 998
        assert body.count(b"\n") == body.count(b"\r") == body.count(b"\r\n")
        assert body.isascii()

    @COMMON
    @given(spellings("gr\u00fc\u00dfe und mehr davon, so da\u00df es f\u00fcr eine Zeile zu lang ist " * 2))
    def test_a_line_with_an_encoded_word_has_76_columns(self, body: bytes) -> None:
        for line in body.split(b"\r\n"):
            assert len(line) <= 76 or b"=?" not in line


class TestStandardLibrary:
    """It reads a spelling as it reads the plain one."""

    @staticmethod
    def read(name: str, body: bytes) -> BaseHeader:
        found: BaseHeader = message_from_bytes(b"%b: %b\r\n\r\n" % (name.encode(), body), policy=policy.default)[name]
        return found

    @COMMON
    @given(spellings(ADA))
    def test_addresses(self, body: bytes) -> None:
        (address,) = self.read("To", body).addresses  # type: ignore[attr-defined]  # an AddressHeader
        # Before Python 3.14.6 it keeps the white space between two encoded words, against RFC 2047 6.2.
        assert address.display_name.replace(" ", "") == "King,Ada"
        assert (address.username, address.domain.lower()) == ("ada", "a.example")

    @COMMON
    @given(spellings(TYPE))
    def test_media_types(self, body: bytes) -> None:
        read = self.read("Content-Type", body)
        assert read.content_type == "text/plain"  # type: ignore[attr-defined]  # a ContentTypeHeader
        assert dict(read.params) == TYPE.params  # type: ignore[attr-defined]  # likewise


class TestShrinking:
    @pytest.mark.parametrize("name", VALUES)
    def test_the_plain_spelling_is_the_simplest(self, name: str) -> None:
        value, plain = VALUES[name]
        assert find(spellings(value), bool) == plain

    def test_one_difference_is_left(self) -> None:
        assert find(spellings(ADA), lambda body: b"(" in body) == b'"King, Ada" <ada@a.example> (a) '
        assert find(spellings(DATE), lambda body: b"\n" in body).count(b"\r\n") == 1


class TestWhatIsDrawn:
    def test_every_way_to_spell(self) -> None:
        wanted: dict[str, tuple[Value, bytes]] = {
            "a fold": (ADA, b"\r\n"),
            "a tab": (ADA, b"\t"),
            "a comment": (ADA, b"("),
            "a quoted pair": (ADA, b"\\"),
            "a quoted local part": (ADA, b'"ada"@'),
            "white space beside the @": (ADA, b" @"),
            "an encoded name": (ADA, b"=?"),
            "a domain in capitals": (ADA, b"A.EXAMPLE"),
            "a group without white space": (Group("a", [Mailbox("", "a", "a.example")]), b"a:a"),
            "a bare address in brackets": (Mailbox("", "a", "a.example"), b"<"),
            "iso-8859-1": ("\u00e9", b"=?iso-8859-1"),
            "a language": ("\u00e9", b"*de-AT?"),
            "base64": ("\u00e9", b"?B?"),
            "two words": ("\u00e9" * 20, b"?= =?"),
            "a needless word": ("a b", b"=?"),
            "no day of the week": (DATE, b"01 Jan"),
            "one digit": (DATE, b" 1 Jan"),
            "no seconds": (DATE, b"00:00 "),
            "a zone with a comment": (DATE, b"0000 ("),
            "ids side by side": (("<a@a>", "<b@b>"), b"><"),
            "a value in quotes": (TYPE, b'="utf-8"'),
            "a value in sections": (TYPE, b"*1"),
            "sections": (ContentType("a", "b", {"c": "d" * 20}), b"c*1"),
            "percent": (TYPE, b"*=utf-8''%"),
            "a type in capitals": (TYPE, b"TEXT/PLAIN"),
            "another order": (PLACE, b"7;"),
        }
        drawn = {id(value): self.drawn(value) for value, _ in wanted.values()}
        assert {name for name, (value, part) in wanted.items() if part not in drawn[id(value)]} == set()

    @staticmethod
    def drawn(value: Value) -> bytes:
        """Draw many spellings, one after the other."""
        found: list[bytes] = []

        @settings(
            max_examples=200,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(spellings(value))
        def count(body: bytes) -> None:
            found.append(body)

        count()
        return b"\n".join(found)


class TestRefused:
    @pytest.mark.parametrize(
        "value",
        [
            7,
            (),
            ("no id",),
            AddressList(),
            AddressList.parse(b"what is no address"),
            datetime(2000, 1, 1),
            "a\r\nb",
            Mailbox("", "\u00e9", "a.example"),
        ],
        ids=repr,
    )
    def test_when_it_is_drawn_from(self, value: Value) -> None:
        strategy = spellings(value)
        with pytest.raises(InvalidArgument):
            find(strategy, bool)

    def test_utf8_takes_a_local_part_in_utf8(self) -> None:
        mailbox = Mailbox("", "\u00e9", "a.example")
        assert find(spellings(mailbox, utf8=True), bool) == "\u00e9@a.example".encode()

    def test_a_zone_of_minutes_is_spelled(self) -> None:
        moment = datetime(2000, 1, 1, tzinfo=timezone(timedelta(minutes=-210)))
        assert find(spellings(moment), bool) == b"Sat, 01 Jan 2000 00:00:00 -0330"
