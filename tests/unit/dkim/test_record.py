"""Key records: what is read, what is found wrong, and every form in which one is written."""

from __future__ import annotations

import json
import pickle
import re
from base64 import b64decode, b64encode
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from mimekit.dkim.keys import PublicKey, SigningKey, UnusableKey, generate_key
from mimekit.dkim.record import KeyRecord, matches, record_name, route53, ses_byodkim, txt_record, zone_file
from mimekit.errors import DkimError
from tests.support.timing import is_linear

RSA = generate_key()
OTHER = generate_key()
ED25519 = SigningKey.load(b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="))  # RFC 8463 A.2
PUBLIC = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="  # likewise
P = b64encode(RSA.public_octets).decode()

NOBODY = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}


def reasons(value: str | bytes) -> list[str]:
    return [finding.reason for finding in KeyRecord.parse(value).lint()]


def problems(value: str | bytes) -> list[str]:
    return [problem.reason for problem in KeyRecord.parse(value).problems]


class TestReading:
    def test_rfc_8463_a_2(self) -> None:
        record = KeyRecord.parse(f"v=DKIM1; k=ed25519; p={PUBLIC}")
        assert (record.v, record.k, record.p, record.problems) == ("DKIM1", "ed25519", b64decode(PUBLIC), ())
        assert record.public_key() == ED25519.public_key
        assert record.lint() == []

    def test_the_defaults_are_those_of_rfc_6376_3_6_1(self) -> None:
        record = KeyRecord.parse(f"p={P}".encode())
        assert (record.v, record.k, record.h, record.s, record.t, record.n) == (None, "rsa", None, ("*",), (), "")
        assert record.problems == ()
        assert not record.revoked
        assert record.public_key() == RSA.public_key

    def test_every_tag_is_read(self) -> None:
        text = f"v=DKIM1; h=sha1 : sha256; k=rsa; n=ask=20ada@example.com; p={P}; s=chat:email; t=y:s:x; z=1"
        record = KeyRecord.parse(text)
        assert record.problems == ()
        assert (record.h, record.s, record.t) == (("sha1", "sha256"), ("chat", "email"), ("y", "s", "x"))
        assert record.n == "ask ada@example.com"
        assert record.tags["z"] == b"1"

    @pytest.mark.parametrize("space", [" ", "\t", "\r\n ", " \r\n\t "])
    def test_white_space_may_stand_in_and_around_values(self, space: str) -> None:
        half = len(P) // 2
        text = f"{space}v{space}={space}DKIM1{space};k=rsa;{space}p={space}{P[:half]}{space}{P[half:]}{space};{space}"
        record = KeyRecord.parse(text)
        assert record.problems == ()
        assert record.public_key() == RSA.public_key

    def test_a_semicolon_may_end_it(self) -> None:
        assert problems(f"v=DKIM1; p={P};") == []
        assert problems(f"v=DKIM1; p={P};;") == ["key-syntax"]

    def test_an_empty_p_is_a_revoked_key_and_no_p_is_none(self) -> None:
        for text in ("v=DKIM1; p=", "v=DKIM1; p= ;", "p="):
            record = KeyRecord.parse(text)
            assert (record.revoked, record.problems) == (True, ())
            with pytest.raises(UnusableKey, match="the key is revoked"):
                record.public_key()
        record = KeyRecord.parse("v=DKIM1; k=rsa")
        assert (record.revoked, record.p, record.problems[0].text) == (False, None, "p= is missing")
        with pytest.raises(UnusableKey, match="no key in p="):
            record.public_key()

    def test_the_version_is_first_where_it_is_present(self) -> None:
        assert problems(f"k=rsa; v=DKIM1; p={P}") == ["key-version"]
        assert problems(f"v=DKIM1; k=rsa; p={P}") == problems(f"k=rsa; p={P}") == []

    @pytest.mark.parametrize("version", ["DKIM2", "dkim1", "DKIM", "1", "", "DKIM1.0", "spf1 -all"])
    def test_another_version_is_no_key_record(self, version: str) -> None:
        assert "key-version" in problems(f"v={version}; p={P}")

    def test_a_tag_that_comes_twice_makes_all_of_it_invalid(self) -> None:
        """RFC 6376 3.2."""
        record = KeyRecord.parse(f"v=DKIM1; p={P}; p=")
        assert [(problem.reason, problem.text) for problem in record.problems] == [
            ("key-syntax", "p= comes twice, and a tag list has each tag once")
        ]
        assert problems(f"v=DKIM1; p={P}; x=1; x=1") == ["key-syntax"]

    def test_the_case_of_tags_and_values_counts(self) -> None:
        """RFC 6376 3.2."""
        assert problems(f"v=DKIM1; P={P}") == ["key-syntax"]
        assert KeyRecord.parse(f"v=DKIM1; k=RSA; p={P}").k == "RSA"
        assert problems(f"v=DKIM1; p={P}; P=x") == []

    @pytest.mark.parametrize(
        "p", ["!", "A", "AA", "AAA", "AA==AA", "=", "AAAA=", "AAAA====", "A===", f'"{PUBLIC}"', "\\", "AA-_"]
    )
    def test_what_is_no_base64_is_no_key(self, p: str) -> None:
        record = KeyRecord.parse(f"v=DKIM1; p={p}")
        assert (record.p, record.revoked) == (None, False)
        assert [problem.reason for problem in record.problems] == ["key-syntax"]

    def test_both_structures_of_an_rsa_key_are_read(self) -> None:
        private = rsa.generate_private_key(65537, 2048)
        keys = [
            KeyRecord.parse("p=" + b64encode(private.public_key().public_bytes(Encoding.DER, form)).decode())
            for form in (PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1)
        ]
        assert keys[0].public_key() == keys[1].public_key()
        assert keys[0].p != keys[1].p

    def test_an_ed25519_key_needs_its_type(self) -> None:
        with pytest.raises(UnusableKey, match="needs k=ed25519"):
            KeyRecord.parse(f"v=DKIM1; p={PUBLIC}").public_key()

    def test_octets_over_127_and_surrogates_are_no_tags(self) -> None:
        assert problems(b"v=DKIM1; n=\xc3\xbc; p=") == problems("v=DKIM1; n=\udcff; p=") == ["key-syntax"]

    def test_it_is_a_value(self) -> None:
        record = KeyRecord.parse(f"v=DKIM1; p={P}")
        assert record == KeyRecord.parse(f"v=DKIM1; p={P}".encode()) == pickle.loads(pickle.dumps(record))
        assert hash(record) == hash(pickle.loads(pickle.dumps(record)))

    def test_long_ones_are_read_in_linear_time(self) -> None:
        for unit in (b"a=b;", b";", b" ", b"p=", b"=20", b":", b"v=DKIM1;", b"AAAA"):

            def work(size: int, unit: bytes = unit) -> None:
                KeyRecord.parse(b"v=DKIM1; n=" + unit * (size // len(unit))).lint()

            assert is_linear(work, 2**15, 2**18), unit


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_no_octets_make_it_raise(data: st.DataObject) -> None:
    tag = st.sampled_from(["v", "h", "k", "n", "p", "s", "t", "x", "V", "="])
    value = st.one_of(
        st.sampled_from(["DKIM1", "rsa", "ed25519", "sha256", "email", "y:s", "*", P, PUBLIC, ""]),
        st.text(max_size=8),
    )
    text = ";".join([f"{name}={one}" for name, one in data.draw(st.lists(st.tuples(tag, value), max_size=6))])
    octets = bytearray(text.encode())
    at = data.draw(st.integers(0, len(octets)))
    octets[at:at] = data.draw(st.binary(max_size=3))
    record = KeyRecord.parse(bytes(octets))
    findings = record.lint()
    assert findings[: len(record.problems)] == list(record.problems)
    assert all(re.fullmatch(r"RFC \d{4} [\d.]+", finding.section) for finding in findings)
    assert all(finding.text.isprintable() for finding in findings)
    assert matches(ED25519, record) in (True, False)
    try:
        record.public_key()
    except UnusableKey:
        assert (
            record.revoked
            or record.p is None
            or {"key-unusable", "key-type", "key-private"} & {finding.reason for finding in findings}
        )


def private_octets(private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def published(private: rsa.RSAPrivateKey, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    return b64encode(private.public_key().public_bytes(Encoding.DER, form)).decode()


def numbers(bits: int) -> str:
    """Give a public key of that size, without a private half."""
    key = rsa.RSAPublicNumbers(65537, (1 << bits - 1) + 1).public_key()
    return b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


RSA_1024 = rsa.generate_private_key(65537, 1024)  # noqa: S505 - what is warned of
LINT: dict[str, tuple[str, str, str]] = {
    "no version": (f"k=rsa; p={P}", "key-version", "v= is missing; v=DKIM1 as the first tag is recommended"),
    "sha1 alone": (f"v=DKIM1; h=sha1; p={P}", "key-hash", "h= does not allow sha256"),
    "sha1 too": (f"v=DKIM1; h=sha256:sha1; p={P}", "key-hash", "h= allows sha1, which verifiers refuse"),
    "an empty list of hashes": (f"v=DKIM1; h=; p={P}", "key-hash", "h= does not allow sha256"),
    "an unknown hash": (f"v=DKIM1; h=sha256:sha512; p={P}", "key-hash", "the hash 'sha512' of h= is not known"),
    "another service": (f"v=DKIM1; s=chat; p={P}", "key-service", "s= has neither * nor email"),
    "no service": (f"v=DKIM1; s=; p={P}", "key-service", "s= has neither * nor email"),
    "testing": (f"v=DKIM1; t=y; p={P}", "key-testing", "t=y says that the domain is testing DKIM"),
    "an unknown flag": (f"v=DKIM1; t=Y; p={P}", "key-tag", "the flag 'Y' of t= is not known and is ignored"),
    "an unknown tag": (f"v=DKIM1; g=*; p={P}", "key-tag", "g= is no tag of a key record and is ignored"),
    "a tag in capitals": (f"v=DKIM1; T=s; p={P}", "key-tag", "T= is no tag of a key record and is ignored; t= is"),
    "another type": (f"v=DKIM1; k=dsa; p={P}", "key-type", "k= is 'dsa'; verifiers know rsa and ed25519"),
    "revoked": ("v=DKIM1; k=rsa; p=", "key-revoked", "p= is empty: the key is revoked"),
    "no key": ("v=DKIM1; p=AAAA", "key-unusable", "p= is no RSA public key in DER"),
    "an Ed25519 key without a type": (f"v=DKIM1; p={PUBLIC}", "key-unusable", "which needs k=ed25519"),
    "an RSA key of the wrong type": (f"v=DKIM1; k=ed25519; p={P}", "key-unusable", "is the bare 32 octets"),
    "a private key": (
        f"v=DKIM1; p={b64encode(private_octets(RSA_1024)).decode()}",
        "key-private",
        "p= holds a private key, and everyone can read it",
    ),
    "1024 bits": (f"v=DKIM1; p={published(RSA_1024)}", "key-strength", "1024 bits; 2048 is recommended"),
    "512 bits": (
        f"v=DKIM1; p={numbers(512)}",
        "key-strength",
        "512 bits; verifiers refuse fewer than 1024",
    ),
    "4104 bits": (
        f"v=DKIM1; p={numbers(4104)}",
        "key-strength",
        "4104 bits; verifiers need not take more than 4096",
    ),
    "a quoted value": (f'"v=DKIM1; p={P}"', "key-quoting", "quotation marks or backslashes stand in the value"),
    "two strings joined with their quotes": (f'v=DKIM1; p={P[:40]}" "{P[40:]}', "key-quoting", "quotation marks"),
    "an escaped semicolon": (f"v=DKIM1\\; p={P}", "key-quoting", "the quoting of a zone file is no part of a record"),
}


@pytest.mark.parametrize(("text", "reason", "says"), LINT.values(), ids=LINT)
def test_what_an_owner_wants_to_know_is_found(text: str, reason: str, says: str) -> None:
    found = [finding for finding in KeyRecord.parse(text).lint() if finding.reason == reason]
    assert any(says in finding.text for finding in found), KeyRecord.parse(text).lint()


def test_a_pkcs1_key_should_be_written_as_spki() -> None:
    private = rsa.generate_private_key(65537, 2048)
    assert reasons(f"v=DKIM1; p={published(private, PublicFormat.PKCS1)}") == ["key-encoding"]
    assert reasons(f"v=DKIM1; p={published(private)}") == []


def test_notes_may_hold_quotation_marks() -> None:
    assert reasons(f'v=DKIM1; n="ask\\Ada"; p={P}') == []


@pytest.mark.parametrize("key", [RSA, ED25519], ids=["rsa", "ed25519"])
class TestTxtRecord:
    def test_it_reads_as_the_key_and_nothing_is_found(self, key: SigningKey) -> None:
        value = txt_record(key)
        record = KeyRecord.parse(value)
        assert record.public_key() == key.public_key
        assert record.lint() == []
        assert value == txt_record(key.public_key)
        assert value.startswith(f"v=DKIM1; k={key.public_key.algorithm_family}; p=")

    @pytest.mark.parametrize(
        ("testing", "strict", "flags"),
        [(False, False, ()), (True, False, ("y",)), (False, True, ("s",)), (True, True, ("y", "s"))],
    )
    def test_the_flags_are_those_asked_for(
        self,
        key: SigningKey,
        testing: bool,
        strict: bool,
        flags: tuple[str, ...],
    ) -> None:
        record = KeyRecord.parse(txt_record(key, testing=testing, strict=strict))
        assert (record.t, record.problems) == (flags, ())

    def test_a_revoked_one_has_no_key(self, key: SigningKey) -> None:
        value = txt_record(key, revoked=True)
        assert value == f"v=DKIM1; k={key.public_key.algorithm_family}; p="
        assert KeyRecord.parse(value).revoked


def test_the_lengths_are_those_of_the_key() -> None:
    assert (len(txt_record(RSA)), len(txt_record(ED25519))) == (410, 66)


class Kms:
    """A key in a service: what is known here is its algorithm."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key
        self.calls = 0

    @property
    def algorithm(self) -> str:
        return self._key.algorithm

    def sign(self, digest: bytes, /) -> bytes:
        self.calls += 1
        return self._key.sign(digest)


class TestMatches:
    @pytest.mark.parametrize("key", [RSA, ED25519], ids=["rsa", "ed25519"])
    def test_a_key_matches_its_own_record_in_every_form(self, key: SigningKey) -> None:
        value = txt_record(key, testing=True, strict=True)
        for record in (value, value.encode(), KeyRecord.parse(value)):
            assert matches(key, record) is True
            assert matches(key.public_key, record) is True
            assert matches(Kms(key), record) is True

    @pytest.mark.parametrize("value", [txt_record(OTHER), txt_record(ED25519), txt_record(RSA, revoked=True), "x", ""])
    def test_it_matches_no_other_record(self, value: str) -> None:
        assert matches(RSA, value) is matches(RSA.public_key, value) is matches(Kms(RSA), value) is False

    @pytest.mark.parametrize("value", [f"k=rsa; v=DKIM1; p={P}", f"p={P}; p=", f"v=DKIM1; k=ed25519; p={P}"])
    def test_a_record_that_no_verifier_takes_is_no_match(self, value: str) -> None:
        assert matches(RSA, value) is matches(RSA.public_key, value) is matches(Kms(RSA), value) is False

    def test_a_kms_key_signs_only_when_its_type_fits(self) -> None:
        kms = Kms(RSA)
        matches(kms, txt_record(ED25519))
        assert kms.calls == 0
        matches(kms, txt_record(OTHER))
        assert kms.calls == 1


def test_a_key_that_does_not_give_out_its_public_half_says_what_does() -> None:
    with pytest.raises(DkimError, match=r"a Kms does not give out its public half; .*PublicKey.from_record"):
        txt_record(Kms(RSA))  # type: ignore[arg-type]  # the mistake in question


def test_lint_finds_an_ed25519_key_of_small_order() -> None:
    record = KeyRecord.parse(f"v=DKIM1; k=ed25519; p=AQ{'A' * 41}=")
    assert [(finding.reason, "small order" in finding.text) for finding in record.lint()] == [("key-unusable", True)]


class TestRecordName:
    def test_it_is_in_lower_case_a_labels(self) -> None:
        assert record_name("S1.Mail", "B\u00fccher.Example") == "s1.mail._domainkey.xn--bcher-kva.example"

    @pytest.mark.parametrize("name", ["", ".", "a..b", "a.", ".a", "-a", "a-", "a b", "a;b", "a\r\nb", "a_b", "a" * 64])
    @pytest.mark.parametrize("write", [zone_file, route53])
    def test_what_is_no_name_is_an_error(self, name: str, write: Callable[[str, str, str], object]) -> None:
        with pytest.raises(DkimError, match=r"^selector (is|cannot)"):
            write(name, "example.com", "x")
        with pytest.raises(DkimError, match=r"^domain (is|cannot)"):
            write("s1", name, "x")

    def test_one_that_the_dns_cannot_hold_is_an_error(self) -> None:
        domain = ".".join(["a" * 60] * 4)  # 243 octets
        assert len(record_name("s", domain[3:])) == 253
        with pytest.raises(DkimError, match=r"octets; the limit is 253 \(RFC 1035 3.1\); take a shorter selector"):
            record_name("s", domain[2:])


def zone_strings(line: str) -> list[bytes]:
    """Read the character-strings of a line of a zone file (RFC 1035 5.1)."""

    def plain(found: re.Match[str]) -> str:
        return chr(int(found[1])) if found[1].isdigit() else found[1]

    found = re.findall(r'"((?:[^"\\]|\\.)*)"', line)
    return [re.sub(r"\\(\d{3}|.)", plain, text).encode("latin-1") for text in found]


class TestZoneFile:
    def test_a_long_value_is_divided_into_strings_of_255_octets(self) -> None:
        line = zone_file("s2026", "example.com", txt_record(RSA))
        assert line.startswith('s2026._domainkey.example.com. IN TXT (\n  "v=DKIM1; k=rsa; p=')
        assert line.endswith('" )\n')
        strings = zone_strings(line)
        assert [len(string) for string in strings] == [255, 155]
        assert b"".join(strings).decode() == txt_record(RSA)

    def test_a_short_value_is_one_string_on_one_line(self) -> None:
        line = zone_file("s2026", "example.com", txt_record(ED25519))
        assert line == f's2026._domainkey.example.com. IN TXT "v=DKIM1; k=ed25519; p={PUBLIC}"\n'

    @settings(deadline=None)
    @given(st.text(st.characters(codec="utf-8"), max_size=600))
    def test_whatever_the_value_is_it_reads_back(self, value: str) -> None:
        line = zone_file("s", "example.com", value)
        assert line.isascii()
        assert line.replace("\n", "").isprintable()
        strings = zone_strings(line)
        assert b"".join(strings) == value.encode()
        assert all(len(string) <= 255 for string in strings)

    def test_a_dns_library_reads_it(self) -> None:
        zone = pytest.importorskip("dns.zone", reason="dnspython is not installed: no zone was read by it")
        for key in (RSA, ED25519):
            value = txt_record(key) + ' ; n="\\\u00fc\x01'
            read = zone.from_text("$TTL 60\n" + zone_file("s", "example.com", value), origin=".", check_origin=False)
            ((_, _, record),) = read.iterate_rdatas("TXT")
            assert b"".join(record.strings) == value.encode()


class TestRoute53:
    def test_it_is_a_change_batch(self) -> None:
        batch = route53("s2026", "example.com", txt_record(RSA))
        assert json.loads(json.dumps(batch)) == batch
        (change,) = batch["Changes"]
        record = change["ResourceRecordSet"]
        (value,) = record["ResourceRecords"]
        assert (change["Action"], record["Name"], record["Type"]) == ("UPSERT", "s2026._domainkey.example.com.", "TXT")
        assert [len(string) for string in zone_strings(value["Value"])] == [255, 155]
        assert value["Value"].replace('" "', "").strip('"') == txt_record(RSA)

    def test_what_is_special_is_escaped_in_octal(self) -> None:
        (change,) = route53("s", "example.com", 'a"b\\c\u00fc')["Changes"]
        assert change["ResourceRecordSet"]["ResourceRecords"] == [{"Value": r'"a\"b\\c\303\274"'}]

    def test_boto3_takes_it(self) -> None:
        boto3 = pytest.importorskip("boto3", reason="boto3 is not installed: what SES is told was not tried")
        client = boto3.client("route53", region_name="us-east-1", **NOBODY)
        model = client.meta.service_model.operation_model("ChangeResourceRecordSets")
        from botocore.validate import ParamValidator

        given = {"HostedZoneId": "Z1", "ChangeBatch": route53("s", "example.com", txt_record(RSA))}
        assert not ParamValidator().validate(given, model.input_shape).has_errors()


class TestSesByodkim:
    def test_it_is_the_private_key_without_header_lines(self) -> None:
        attributes = ses_byodkim(RSA, "s2026")
        assert set(attributes) == {"DomainSigningSelector", "DomainSigningPrivateKey"}
        assert attributes["DomainSigningSelector"] == "s2026"
        text = attributes["DomainSigningPrivateKey"]
        assert re.fullmatch(r"[a-zA-Z0-9+/]+={0,2}", text)  # the pattern of the API
        assert SigningKey.load(b64decode(text)) == SigningKey.load(text.encode()) == RSA

    def test_1024_bits_will_do(self) -> None:
        with pytest.warns(UserWarning, match="1024 bits"):
            key = SigningKey.load(private_octets(RSA_1024))
        assert SigningKey.load(b64decode(ses_byodkim(RSA, "s")["DomainSigningPrivateKey"])) != key
        assert ses_byodkim(key, "s")["DomainSigningPrivateKey"] == b64encode(private_octets(RSA_1024)).decode()

    def test_another_key_is_an_error_that_says_why(self) -> None:
        with pytest.raises(DkimError, match=r"RSA keys of 1024 to 2048 bits .* this is a key for ed25519-sha256"):
            ses_byodkim(ED25519, "s")
        with pytest.raises(DkimError, match="this is an RSA key of 2056 bits"):
            ses_byodkim(SigningKey(rsa.generate_private_key(65537, 2056)), "s")

    def test_a_key_that_does_not_give_out_its_private_half_is_an_error(self) -> None:
        for key in (Kms(RSA), RSA.public_key):
            with pytest.raises(DkimError, match=f"SES signs with the private key itself, and {type(key).__name__}"):
                ses_byodkim(key, "s")  # type: ignore[arg-type]  # wrong on purpose

    @pytest.mark.parametrize("selector", ["", "a.b", "-a", "a-", "a_b", "a" * 64, "\u00fc", "a\n"])
    def test_a_selector_has_one_label(self, selector: str) -> None:
        with pytest.raises(DkimError, match="is none for SES"):
            ses_byodkim(RSA, selector)

    def test_boto3_takes_it(self) -> None:
        boto3 = pytest.importorskip("boto3", reason="boto3 is not installed: what SES is told was not tried")
        client = boto3.client("sesv2", region_name="us-east-1", **NOBODY)
        model = client.meta.service_model.operation_model("PutEmailIdentityDkimSigningAttributes")
        from botocore.validate import ParamValidator

        given = {
            "EmailIdentity": "example.com",
            "SigningAttributesOrigin": "EXTERNAL",
            "SigningAttributes": ses_byodkim(RSA, "s2026"),
        }
        assert not ParamValidator().validate(given, model.input_shape).has_errors()


def test_a_public_key_of_a_kms_makes_a_record() -> None:
    """What a KMS gives out is SubjectPublicKeyInfo."""
    assert txt_record(PublicKey.from_record("rsa", RSA.public_octets)) == txt_record(RSA)
