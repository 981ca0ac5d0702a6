"""Resolvers: from data, and from a name server on loopback that is asked for real."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import dns.rcode
import dns.resolver
import pytest

from mimekit.auth.resolver import AsyncDnspythonResolver, DnspythonResolver, ZoneResolver
from mimekit.errors import DkimError, TemporaryLookupError
from tests.support.nameserver import NameServer, name_server

Asks = type[DnspythonResolver] | type[AsyncDnspythonResolver]

KEY = "s1._domainkey.example.com"
RECORDS: dict[str, list[str] | int | None] = {
    KEY: ['"v=DKIM1; k=rsa; " "p=AAAA"', '"v=spf1 -all"'],
    "none.example.com": [],
    "broken.example.com": int(dns.rcode.SERVFAIL),
    "refused.example.com": int(dns.rcode.REFUSED),
    "silent.example.com": None,
}


@pytest.fixture(scope="module")
def server() -> Iterator[NameServer]:
    with name_server(RECORDS) as running:
        yield running


def asking(server: NameServer, *, cache_size: int = 0) -> DnspythonResolver:
    return DnspythonResolver(nameservers=["127.0.0.1"], port=server.port, timeout=0.4, cache_size=cache_size)


class TestZone:
    def test_a_record_is_text_or_its_strings(self) -> None:
        zone = ZoneResolver({"a.test": "one", "b.test": ["two", ["th", b"ree"]], "c.test": b"four", "d.test": []})
        assert [zone(name) for name in ("a.test", "b.test", "c.test", "d.test", "e.test")] == [
            [b"one"],
            [b"two", b"three"],
            [b"four"],
            [],
            [],
        ]

    def test_names_have_no_case_and_no_final_dot(self) -> None:
        zone = ZoneResolver({"S1.Example.test.": "x"})
        assert zone("s1.eXample.test") == zone("s1.example.test.") == [b"x"]

    def test_an_answer_can_be_changed_without_harm(self) -> None:
        zone = ZoneResolver({"a.test": "one"})
        zone("a.test").clear()
        assert zone("a.test") == [b"one"]

    @pytest.mark.parametrize(
        "zone", [["a.test"], {"a.test": [7]}, {"a.test": {"TXT": "x"}}, {"a.test": [["x", 1]]}, {1: "x"}]
    )
    def test_what_is_no_zone_is_refused(self, zone: object) -> None:
        with pytest.raises(DkimError):
            ZoneResolver(zone)  # type: ignore[arg-type]  # the point

    def test_json_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "zone.json").write_text('{"a.test": [["v=DKIM1; ", "p="]], "b.test": "x"}')
        zone = ZoneResolver.load(tmp_path / "zone.json")
        assert (zone("a.test"), zone("b.test")) == ([b"v=DKIM1; p="], [b"x"])

    def test_a_master_file_is_read_rfc_1035_5(self, tmp_path: Path) -> None:
        (tmp_path / "zone").write_text(
            "$ORIGIN example.com.\n"
            "@ IN SOA ns hostmaster 1 2 3 4 5\n"
            's1._domainkey IN TXT ( "v=DKIM1; k=rsa; "\n'
            '    "p=AAAA" )  ; in two strings\n'
            'other.example.com. 300 IN TXT "x\\"y"\n'
            "www IN A 192.0.2.1\n"
        )
        zone = ZoneResolver.load(tmp_path / "zone")
        assert zone(KEY) == [b"v=DKIM1; k=rsa; p=AAAA"]
        assert (zone("other.example.com"), zone("www.example.com")) == ([b'x"y'], [])

    def test_a_list_of_records_needs_no_zone(self, tmp_path: Path) -> None:
        (tmp_path / "records").write_text('a.test. TXT "x"\n$ORIGIN b.test.\nc 60 IN TXT "y"\n')
        zone = ZoneResolver.load(tmp_path / "records")
        assert (zone("a.test"), zone("c.b.test")) == ([b"x"], [b"y"])

    def test_relative_names_are_below_the_origin(self, tmp_path: Path) -> None:
        (tmp_path / "zone").write_text('s1._domainkey 60 IN TXT "p="\n')
        assert ZoneResolver.load(tmp_path / "zone", origin="example.com")(KEY) == [b"p="]

    @pytest.mark.parametrize("soa", ["example.com. IN SOA", "example.com. 3600 IN SOA", "Example.COM. SOA"])
    def test_the_name_of_the_authority_is_the_origin_rfc_1035_5(self, tmp_path: Path, soa: str) -> None:
        (tmp_path / "zone").write_text(f'{soa} ns hostmaster 1 2 3 4 5\n  IN NS ns\ns1._domainkey IN TXT "p="\n')
        assert ZoneResolver.load(tmp_path / "zone")(KEY) == [b"p="]

    def test_an_authority_below_the_origin_is_the_zone(self, tmp_path: Path) -> None:
        text = '$ORIGIN com.\n$ORIGIN example\n@ IN SOA ns host 1 2 3 4 5\ns1._domainkey IN TXT "p="\n'
        (tmp_path / "zone").write_text(text)
        assert ZoneResolver.load(tmp_path / "zone")(KEY) == [b"p="]
        (tmp_path / "zone").write_text(text.partition("\n$ORIGIN example\n")[2])
        assert ZoneResolver.load(tmp_path / "zone", origin="example.com")(KEY) == [b"p="]

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ('@ IN SOA ns hostmaster 1 2 3 4 5\ns1._domainkey IN TXT "p="\n', "@"),
            ('s1._domainkey 60 IN TXT "p="\n', "s1._domainkey"),
            ('a.test. 60 IN TXT "p="\ns1._domainkey.example.com 60 IN TXT "p="\n', "s1._domainkey.example.com"),
        ],
    )
    def test_a_relative_name_below_nothing_is_refused_with_the_way_out(
        self, tmp_path: Path, text: str, name: str
    ) -> None:
        (tmp_path / "zone").write_text(text)
        with pytest.raises(DkimError, match=f"the relative name '{name}' and does not say of which domain; put a"):
            ZoneResolver.load(tmp_path / "zone")
        (tmp_path / "zone").write_text("$ORIGIN example.com.\n" + text)
        ZoneResolver.load(tmp_path / "zone")

    @pytest.mark.parametrize("above", ["", "$TTL 60\n", "$ORIGIN a.test.\n", "; a comment\n\n"])
    def test_an_error_counts_the_lines_of_the_file(self, tmp_path: Path, above: str) -> None:
        (tmp_path / "zone").write_text(f'{above}x. TXT "p="\none two three four\n')
        with pytest.raises(DkimError, match=f"is no zone: line {above.count(chr(10)) + 2}: "):
            ZoneResolver.load(tmp_path / "zone")

    def test_a_mark_of_the_byte_order_is_no_part_of_the_file(self, tmp_path: Path) -> None:
        for text in ('{"a.test": "x"}', 'a.test. TXT "x"\n'):
            (tmp_path / "zone").write_text(text, encoding="utf-8-sig")
            assert ZoneResolver.load(tmp_path / "zone")("a.test") == [b"x"]

    @pytest.mark.parametrize("octets", [b"{]", b"one two three four\n", b"\xff\xfe", b"{" * 100_000, b'{"a": 1}'])
    def test_a_file_that_is_no_zone_is_refused_by_its_name(self, tmp_path: Path, octets: bytes) -> None:
        (tmp_path / "zone").write_bytes(octets)
        with pytest.raises(DkimError):
            ZoneResolver.load(tmp_path / "zone")


class TestAsking:
    def test_strings_are_joined_and_every_record_is_given(self, server: NameServer) -> None:
        assert sorted(asking(server)(KEY)) == [b"v=DKIM1; k=rsa; p=AAAA", b"v=spf1 -all"]

    @pytest.mark.parametrize("name", ["absent.example.com", "none.example.com", "a..b", "x" * 64 + ".test", "a." * 200])
    def test_no_name_and_no_record_are_an_empty_list(self, server: NameServer, name: str) -> None:
        assert asking(server)(name) == []

    @pytest.mark.parametrize("name", ["broken.example.com", "refused.example.com", "silent.example.com"])
    def test_a_server_that_fails_may_be_asked_again(self, server: NameServer, name: str) -> None:
        with pytest.raises(TemporaryLookupError, match=name):
            asking(server)(name)

    def test_an_answer_is_kept_for_its_time_to_live(self, server: NameServer) -> None:
        resolve = asking(server, cache_size=10)
        before = server.asked.count(KEY)
        assert resolve(KEY) == resolve(KEY)
        assert server.asked.count(KEY) == before + 1


@pytest.mark.parametrize("asks", [DnspythonResolver, AsyncDnspythonResolver])
class TestConfiguring:
    def test_a_system_without_name_servers_is_one_sentence(self, asks: Asks, monkeypatch: pytest.MonkeyPatch) -> None:
        def read(*_: object, **__: object) -> None:
            raise dns.resolver.NoResolverConfiguration

        for name in ("read_resolv_conf", "read_registry"):
            monkeypatch.setattr(dns.resolver.BaseResolver, name, read)
        with pytest.raises(DkimError, match=r"this system names no name server .*pass nameservers="):
            asks()
        asks(nameservers=["192.0.2.53"])

    @pytest.mark.parametrize("given", [["x"], ["192.0.2.53", "ns.example.com"], "ns.example.com"])
    def test_a_name_server_that_is_no_address_is_refused(self, asks: Asks, given: list[str]) -> None:
        with pytest.raises(DkimError, match=r"nameservers are \[.*\]; give IP addresses"):
            asks(nameservers=given)


class TestAskingAtOnce:
    def test_names_are_looked_up_together_and_answered_later(self, server: NameServer) -> None:
        async def run() -> None:
            asks = AsyncDnspythonResolver(nameservers=["127.0.0.1"], port=server.port, timeout=0.4)
            resolve = await asks.fetch([KEY, KEY.upper(), "absent.example.com", "broken.example.com"])
            assert sorted(resolve(KEY + ".")) == [b"v=DKIM1; k=rsa; p=AAAA", b"v=spf1 -all"]
            assert resolve("absent.example.com") == []
            for name in ("broken.example.com", "never-asked.example.com"):
                with pytest.raises(TemporaryLookupError, match=name):
                    resolve(name)

        asyncio.run(run())
