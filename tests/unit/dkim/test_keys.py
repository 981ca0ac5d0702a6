"""Keys: every format that is read, what is refused, and what the two operations compute."""

from __future__ import annotations

import copy
import pickle
import threading
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from mimekit.dkim.keys import PublicKey, SigningKey, UnusableKey, generate_key, holds_private_key
from mimekit.errors import DkimError

WORD = "secret"
DIGEST = sha256(b"from:ada@example.com").digest()
# RFC 8463 A.2
SEED = b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
PUBLIC = b64decode("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")

BITS_512 = b"""-----BEGIN PRIVATE KEY-----
MIIBVAIBADANBgkqhkiG9w0BAQEFAASCAT4wggE6AgEAAkEAmvvnQRxqSPTeTHng
OFMoeQ9vYolJJKWK5Qzu8P/HNxtDOvPx0dnAQc/Jpzmbx+Z70qT7vDu78dunZLLR
KT+svQIDAQABAkBIYMfYwnpoY+LE+E3cQAmwr6Km89IyyRSab3XPGsRgWSL6allJ
mRa4VM6YQeiMyudFc7RY+mwh/Mtd2+KkaRgBAiEAyAFRtietSVLVcBXbilE18kc/
mMWCT5TXqZQYnkDhKwECIQDGX9kJ9s4Pxa25dv+tiXa9KpyxiHElVGR8/3/QPTPt
vQIgNOvMcDNtcbJeUYsnDSFR8eqSVF0mjuImcnOCVBV8vwECIQCJrpCG1+NhEwRm
Su9d1KCy3lZu6ZIOJKqyDur47uGRyQIgMyZVA5o9nqNPRMDQ8AGWMfEnplOser9b
X+rVq0eImd0=
-----END PRIVATE KEY-----
"""
# Written by ssh-keygen, encrypted with the word "secret".
OPENSSH_ENCRYPTED = b"""-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABDFbW29aI
Kf9zbBcb/mvRLPAAAAAQAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIANntEmSd8bvq2eR
G64MS4nH6UE2s92k42eqsX+x7JwiAAAAkPaTwqVLxAivgJ7TJRzqU+pIjQg7qWxx4ucQ5G
BEBzYQ55aHN7y37E4hY2f6vgVw2Fy4GHPfGHIAZrO036MoTF1lPjtIEfKKr+Fm3jr6n9rB
YqGPbpV82z9F2QPqwu94iv2Ud6dgjp2VGKyzXv0A3a1F0cro/MwYzE8a5jEPXNUWW9TATO
g4KCaZ1goObopPeg==
-----END OPENSSH PRIVATE KEY-----
"""

_RSA = rsa.generate_private_key(65537, 2048)
_RSA_1024 = rsa.generate_private_key(65537, 1024)  # noqa: S505 - what is warned of
_ED25519 = ed25519.Ed25519PrivateKey.from_private_bytes(SEED)

Private = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def written(private: Private, encoding: Encoding, form: PrivateFormat, password: bytes | None = None) -> bytes:
    encryption: KeySerializationEncryption = NoEncryption() if password is None else BestAvailableEncryption(password)
    return private.private_bytes(encoding, form, encryption)


RSA_PKCS8 = written(_RSA, Encoding.PEM, PrivateFormat.PKCS8)
RSA_PKCS1 = written(_RSA, Encoding.PEM, PrivateFormat.TraditionalOpenSSL)
RSA_DER = written(_RSA, Encoding.DER, PrivateFormat.PKCS8)
ED_PKCS8 = written(_ED25519, Encoding.PEM, PrivateFormat.PKCS8)
ED_DER = written(_ED25519, Encoding.DER, PrivateFormat.PKCS8)
RSA_PUBLIC = _RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
CERTIFICATE = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"

FORMATS: dict[str, tuple[bytes, bytes]] = {
    "PKCS#1 PEM": (RSA_PKCS1, RSA_PUBLIC),
    "PKCS#8 PEM": (RSA_PKCS8, RSA_PUBLIC),
    "PKCS#8 PEM of Ed25519": (ED_PKCS8, PUBLIC),
    "PKCS#1 DER": (written(_RSA, Encoding.DER, PrivateFormat.TraditionalOpenSSL), RSA_PUBLIC),
    "PKCS#8 DER": (RSA_DER, RSA_PUBLIC),
    "PKCS#8 DER of Ed25519": (ED_DER, PUBLIC),
    "OpenSSH": (written(_RSA, Encoding.PEM, PrivateFormat.OpenSSH), RSA_PUBLIC),
    "OpenSSH of Ed25519": (written(_ED25519, Encoding.PEM, PrivateFormat.OpenSSH), PUBLIC),
    "CRLF PEM": (RSA_PKCS1.replace(b"\n", b"\r\n"), RSA_PUBLIC),
    "CRLF OpenSSH": (written(_ED25519, Encoding.PEM, PrivateFormat.OpenSSH).replace(b"\n", b"\r\n"), PUBLIC),
    "CR PEM": (ED_PKCS8.replace(b"\n", b"\r"), PUBLIC),
    "PEM without a final line end": (RSA_PKCS8.rstrip(), RSA_PUBLIC),
    "PEM after a byte order mark": (b"\xef\xbb\xbf" + RSA_PKCS8, RSA_PUBLIC),
    "PEM with text around": (b"Bag Attributes\n  name: x\n" + ED_PKCS8 + b"\nend\n", PUBLIC),
    "PEM that was indented": (b"key: |\n" + ED_PKCS8.replace(b"-----BEGIN", b"  -----BEGIN"), PUBLIC),
    "PEM after a certificate": (CERTIFICATE + RSA_PKCS8, RSA_PUBLIC),
    "DER in base64": (b64encode(RSA_DER) + b"\n", RSA_PUBLIC),
    "seed": (SEED, PUBLIC),
    "seed in base64": (b64encode(SEED), PUBLIC),
    "seed in base64 with a line end": (b64encode(SEED) + b"\r\n", PUBLIC),
    "seed in base64 without padding": (b64encode(SEED).rstrip(b"="), PUBLIC),
    "seed in hex": (SEED.hex().encode(), PUBLIC),
    "base64 of a DER of Ed25519, as long as a seed in hex": (b64encode(ED_DER), PUBLIC),
    "base64 of a DER with line ends": (b64encode(RSA_DER)[:64] + b"\r\n" + b64encode(RSA_DER)[64:], RSA_PUBLIC),
    "seed in upper-case hex with a line end": (SEED.hex().upper().encode() + b"\n", PUBLIC),
}


@pytest.mark.parametrize(("octets", "public"), FORMATS.values(), ids=FORMATS)
class TestFormats:
    def test_a_key_is_read_from_bytes(self, octets: bytes, public: bytes) -> None:
        assert SigningKey.load(octets).public_octets == public

    def test_a_key_is_read_from_a_file(self, octets: bytes, public: bytes, tmp_path: Path) -> None:
        path = tmp_path / "key"
        path.write_bytes(octets)
        assert SigningKey.load(path).public_octets == SigningKey.load(str(path)).public_octets == public

    def test_a_key_of_a_trusted_file_is_the_same(self, octets: bytes, public: bytes) -> None:
        assert SigningKey.load(octets, validate=False).public_octets == public

    def test_a_password_for_what_is_not_encrypted_is_an_error(self, octets: bytes, public: bytes) -> None:
        assert public
        with pytest.raises(DkimError, match="not encrypted; leave the password out"):
            SigningKey.load(octets, password=WORD)


ENCRYPTED = {
    "a PKCS#8 PEM": written(_ED25519, Encoding.PEM, PrivateFormat.PKCS8, b"secret"),
    "a PKCS#1 PEM": written(_RSA, Encoding.PEM, PrivateFormat.TraditionalOpenSSL, b"secret"),
    "a DER": written(_ED25519, Encoding.DER, PrivateFormat.PKCS8, b"secret"),
}


@pytest.mark.parametrize(("name", "octets"), ENCRYPTED.items(), ids=ENCRYPTED)
class TestEncrypted:
    @pytest.mark.parametrize("password", ["secret", b"secret"])
    @pytest.mark.parametrize("end", [b"\n", b"\r\n"])
    def test_the_password_opens_it(self, name: str, octets: bytes, password: str | bytes, end: bytes) -> None:
        text = octets if name == "a DER" else octets.replace(b"\n", end)
        assert SigningKey.load(text, password=password).public_octets in (PUBLIC, RSA_PUBLIC)

    def test_without_a_password_the_error_asks_for_it(self, name: str, octets: bytes) -> None:
        with pytest.raises(DkimError, match=f"^the key given as bytes is {name} and encrypted; pass password=$"):
            SigningKey.load(octets)

    @pytest.mark.parametrize("password", ["", "other", "\u00fc" * 40])
    def test_a_wrong_password_is_an_error_that_does_not_show_it(self, name: str, octets: bytes, password: str) -> None:
        with pytest.raises(DkimError, match=f"{name} (that this password does not open|and encrypted)") as caught:
            SigningKey.load(octets, password=password)
        assert not password or password not in str(caught.value)


def test_the_error_of_a_misfit_says_what_is_wrong_without_the_way_out() -> None:
    for octets, password, found in ((ENCRYPTED["a DER"], None, "a DER and encrypted"), (SEED, WORD, "not encrypted")):
        with pytest.raises(DkimError) as caught:
            SigningKey.load(octets, password=password)
        again = pickle.loads(pickle.dumps(caught.value))
        assert (str(again), again.found) == (str(caught.value), caught.value.found)
        assert caught.value.found.endswith(found)
        assert again.kind == ("not-encrypted" if password else "encrypted")


def test_a_password_that_is_no_text_is_an_error() -> None:
    with pytest.raises(DkimError, match="the password is of the type int; give a str or bytes"):
        SigningKey.load(ED_PKCS8, password=5)  # type: ignore[arg-type]  # the mistake in question
    with pytest.raises(DkimError, match="the password is of the type int; give a str or bytes"):
        SigningKey.load(ED_PKCS8).to_pem(password=5)  # type: ignore[arg-type]  # likewise


def test_a_password_that_openssl_does_not_take_is_an_error() -> None:
    with pytest.raises(DkimError, match=r"the key cannot be written with this password: .*; take a shorter one"):
        SigningKey.load(ED_PKCS8).to_pem(password="x" * 2000)


def test_a_form_that_needs_bcrypt_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*_: object, **__: object) -> None:
        message = "Need bcrypt module"
        raise UnsupportedAlgorithm(message)

    monkeypatch.setattr(serialization, "load_ssh_private_key", load)
    with pytest.raises(DkimError, match=r"Need bcrypt module.; pip install bcrypt, or write it as PKCS#8 PEM"):
        SigningKey.load(OPENSSH_ENCRYPTED, password=WORD)


def test_a_size_that_is_no_number_is_an_error() -> None:
    with pytest.raises(DkimError, match="cannot be relied on"):
        generate_key(bits="2048")  # type: ignore[arg-type]  # the mistake in question


# RFC 8032 5.1: the points of small order, by their arithmetic.
P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def doubled(x: int, y: int) -> tuple[int, int]:
    product = D * x * x * y * y
    return 2 * x * y * pow(1 + product, -1, P) % P, (y * y + x * x) * pow(1 - product, -1, P) % P


def has_small_order(octets: bytes) -> bool:
    """Tell whether eight times the point is the neutral element."""
    y = int.from_bytes(octets, "little") % 2**255 % P
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if x * x % P != x2:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert x * x % P == x2, "a point of the curve"
    for _ in range(3):
        x, y = doubled(x, y)
    return (x, y) == (0, 1)


SMALL = [y.to_bytes(32, "little") for y in (0, 1, P - 1, P, P + 1)] + [
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
]


@pytest.mark.parametrize("sign", [0, 0x80])
@pytest.mark.parametrize("octets", SMALL, ids=bytes.hex)
def test_an_ed25519_key_of_small_order_protects_nothing_and_is_refused(octets: bytes, sign: int) -> None:
    assert has_small_order(octets)
    assert not has_small_order(PUBLIC)
    with pytest.raises(UnusableKey, match="a point of small order, with which any message can be signed"):
        PublicKey.from_record("ed25519", octets[:-1] + bytes([octets[-1] | sign]))
    assert PublicKey.from_record("ed25519", PUBLIC).public_octets == PUBLIC


def test_an_encrypted_openssh_key_needs_bcrypt_and_says_so() -> None:
    with pytest.raises(DkimError, match="an OpenSSH private key and encrypted; pass password="):
        SigningKey.load(OPENSSH_ENCRYPTED)
    try:
        import bcrypt  # type: ignore[import-not-found, unused-ignore]  # noqa: F401 - `cryptography` uses it
    except ImportError:
        with pytest.raises(DkimError, match=r"Need bcrypt module.*write it as PKCS#8 PEM"):
            SigningKey.load(OPENSSH_ENCRYPTED, password=WORD)
    else:
        assert SigningKey.load(OPENSSH_ENCRYPTED, password=WORD).algorithm == "ed25519-sha256"


WRONG: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "is no private key in a format that is known; give PEM, DER or OpenSSH"),
    "white space": (b" \n", "is no private key"),
    "text": (b"hello, world", "is no private key"),
    "base64 of something": (b64encode(b"x" * 40), "is no private key"),
    "33 octets": (b"\x01" * 33, "is no private key"),
    "63 hex digits": (b"a" * 63, "is no private key"),
    "64 characters that are no hex": (b"z" * 64, "is no private key"),
    "a public key": (
        _RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "holds 'PUBLIC KEY' and no private key; signing needs the private half",
    ),
    "a certificate": (CERTIFICATE, "holds 'CERTIFICATE' and no private key"),
    "a public key in DER": (RSA_PUBLIC, "is a DER that is damaged, or no RSA or Ed25519 private key"),
    "a PEM that was cut": (RSA_PKCS8[:400], "without the END line"),
    "a BEGIN line": (b"-----BEGIN PRIVATE KEY", "without the END line"),
    "a DER that was cut": (RSA_DER[:-1], "is a DER that is damaged"),
    "a PEM with an octet changed": (RSA_PKCS1.replace(b"MII", b"MIX", 1), "is a PKCS#1 PEM that is damaged"),
    "PEM of nothing": (b"-----BEGIN X PRIVATE KEY-----\n-----END X PRIVATE KEY-----", "is a PEM that is damaged"),
    "an EC key": (
        ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "is a PKCS#8 PEM of the type E.*; DKIM signs with RSA or Ed25519",
    ),
    "an EC key in SEC 1": (
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
        ),
        "is a SEC 1 PEM of the type E",
    ),
    "an RSA key of 512 bits": (
        BITS_512,
        r"^the RSA key has 512 bits and signing needs 1024 at least \(RFC 8301 3.2\); make one with dkim.generate_key",
    ),
    "a large file": (b"\n" * 65537, "has over 65536 octets, which is no key"),
}


@pytest.mark.parametrize(("octets", "text"), WRONG.values(), ids=WRONG)
def test_what_is_no_key_is_an_error_that_says_what_it_is(octets: bytes, text: str) -> None:
    with pytest.raises(DkimError, match=text):
        SigningKey.load(octets)


def test_an_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "s2026.pem"
    path.write_bytes(CERTIFICATE)
    with pytest.raises(DkimError, match=r"^the key file '.*s2026.pem' holds 'CERTIFICATE'"):
        SigningKey.load(path)
    long = tmp_path / ("d" * 100) / "s2027.pem"
    long.parent.mkdir()
    long.write_bytes(CERTIFICATE)
    with pytest.raises(DkimError, match=r"^the key file '\.\.\.d+/s2027\.pem' holds 'CERTIFICATE'"):
        SigningKey.load(long)
    with pytest.raises(FileNotFoundError):
        SigningKey.load(tmp_path / "absent.pem")


@pytest.mark.parametrize("kind", [str, Path])
@pytest.mark.parametrize(
    "text",
    [
        ED_PKCS8.decode(),
        ED_PKCS8.decode().replace("\n", "\\n"),
        b64encode(SEED).decode(),
        b64encode(SEED).decode().rstrip("="),
        urlsafe_b64encode(SEED).decode(),
        SEED.hex(),
        SEED.hex(":"),
        SEED.hex(" ").upper(),
        b64encode(RSA_DER).decode(),
        b64encode(RSA_DER).decode()[:-7],
        f'"{b64encode(ED_DER).decode()}"',
        b64encode(ED_DER).decode(),
        f"key={b64encode(RSA_DER).decode()}.",
        "a" + b64encode(RSA_DER * 9).decode() + ".b",
        b64encode(SEED).decode() + "\0",
    ],
)
def test_a_key_as_text_is_no_path_and_is_not_repeated_in_the_error(text: str, kind: type[str | Path]) -> None:
    with pytest.raises(DkimError, match="may be the text of a key and is not repeated; pass the text as") as caught:
        SigningKey.load(kind(text))
    assert text[10:20] not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__


@pytest.mark.parametrize("path", ["absent.pem", "keys/of-some-domain-or-other/for-the-year-2026/absent", "a b"])
def test_a_path_without_a_file_is_an_error_of_the_system_that_names_it(path: str) -> None:
    with pytest.raises(FileNotFoundError, match=path):
        SigningKey.load(path)


def test_a_file_may_have_the_name_of_a_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ab").with_name("a" * 64).write_bytes(SEED)
    assert SigningKey.load("a" * 64).public_octets == PUBLIC


def test_something_else_is_no_key() -> None:
    with pytest.raises(DkimError, match="not NoneType"):
        SigningKey.load(None)  # type: ignore[arg-type]  # wrong on purpose


def test_the_octets_may_be_a_bytearray_or_a_memoryview() -> None:
    assert SigningKey.load(bytearray(SEED)) == SigningKey.load(memoryview(SEED)) == SigningKey.load(SEED)


def test_an_rsa_key_whose_numbers_do_not_fit_is_refused_unless_it_is_trusted() -> None:
    numbers = _RSA.private_numbers()
    wrong = rsa.RSAPrivateNumbers(
        p=numbers.p,
        q=numbers.q,
        d=numbers.d,
        dmp1=numbers.dmp1,
        dmq1=numbers.dmq1,
        iqmp=numbers.iqmp + 2,
        public_numbers=numbers.public_numbers,
    ).private_key(unsafe_skip_rsa_key_validation=True)
    octets = written(wrong, Encoding.PEM, PrivateFormat.PKCS8)
    with pytest.raises(DkimError, match="is a PKCS#8 PEM that is damaged"):
        SigningKey.load(octets)
    assert SigningKey.load(octets, validate=False).public_octets == RSA_PUBLIC


class TestStrength:
    def test_under_2048_bits_loading_warns_where_it_is_called(self) -> None:
        octets = written(_RSA_1024, Encoding.PEM, PrivateFormat.PKCS8)
        with pytest.warns(UserWarning, match=r"1024 bits; RFC 8301 3.2 asks signers for 2048") as caught:
            key = SigningKey.load(octets)
        assert [warning.filename for warning in caught] == [__file__]
        assert key.bits == 1024
        assert len(key.sign(DIGEST)) == 128  # and signing does not warn again

    def test_generating_warns_too(self) -> None:
        with pytest.warns(UserWarning, match="1024 bits") as caught:
            generate_key(bits=1024)
        assert [warning.filename for warning in caught] == [__file__]

    @pytest.mark.parametrize("bits", [0, 512, 1023, 4097, 16384])
    def test_what_verifiers_need_not_take_is_not_made(self, bits: int) -> None:
        with pytest.raises(DkimError, match=f"an RSA key of {bits} bits cannot be relied on"):
            generate_key(bits=bits)

    @pytest.mark.parametrize("algorithm", ["rsa-sha1", "rsa", "ed25519", "RSA-SHA256", ""])
    def test_there_is_no_other_algorithm(self, algorithm: str) -> None:
        with pytest.raises(DkimError, match="there is no key for"):
            generate_key(algorithm)


class TestSigningKey:
    def test_the_key_decides_the_algorithm(self) -> None:
        rsa_key, ed25519_key = SigningKey.load(RSA_DER), SigningKey.load(SEED)
        assert (rsa_key.algorithm, rsa_key.bits) == ("rsa-sha256", 2048)
        assert (ed25519_key.algorithm, ed25519_key.bits) == ("ed25519-sha256", 256)

    def test_a_generated_key_is_what_was_asked_for(self) -> None:
        assert (generate_key().algorithm, generate_key("ed25519-sha256").algorithm) == ("rsa-sha256", "ed25519-sha256")
        assert generate_key() != generate_key()

    def test_an_rsa_signature_is_pkcs1_over_the_digest_as_it_is(self) -> None:
        """RFC 8017 9.2: EM = 00 01 FF... 00 DigestInfo, and the digest is not hashed again."""
        signature = SigningKey.load(RSA_DER).sign(DIGEST)
        numbers = _RSA.public_key().public_numbers()
        opened = pow(int.from_bytes(signature, "big"), numbers.e, numbers.n).to_bytes(256, "big")
        info = bytes.fromhex("3031300d060960864801650304020105000420") + DIGEST
        assert opened == b"\x00\x01" + b"\xff" * (256 - 3 - len(info)) + b"\x00" + info

    def test_an_ed25519_signature_has_the_digest_as_its_message(self) -> None:
        """RFC 8463 3."""
        _ED25519.public_key().verify(SigningKey.load(SEED).sign(DIGEST), DIGEST)

    @pytest.mark.parametrize("octets", [RSA_DER, SEED])
    def test_signatures_are_deterministic(self, octets: bytes) -> None:
        key = SigningKey.load(octets)
        assert key.sign(DIGEST) == key.sign(DIGEST)

    @pytest.mark.parametrize("octets", [RSA_DER, SEED])
    @pytest.mark.parametrize("digest", [b"", DIGEST[:-1], DIGEST + b"x", b"from:ada@example.com"])
    def test_what_is_no_digest_is_not_signed(self, octets: bytes, digest: bytes) -> None:
        with pytest.raises(DkimError, match="what is signed is a SHA-256 digest of 32"):
            SigningKey.load(octets).sign(digest)

    def test_it_is_equal_by_its_public_half(self) -> None:
        key, same, other = SigningKey.load(RSA_PKCS1), SigningKey.load(RSA_DER, validate=False), SigningKey.load(SEED)
        assert key == same
        assert len({key, same, other}) == 2
        assert key != other
        assert key != key.public_key

    def test_it_is_immutable(self) -> None:
        key = SigningKey.load(SEED)
        with pytest.raises(AttributeError, match="immutable"):
            key.algorithm = "rsa-sha256"
        assert copy.copy(key) is copy.deepcopy(key) is key

    @pytest.mark.parametrize("octets", [RSA_DER, SEED])
    def test_nothing_shows_the_secret(self, octets: bytes) -> None:
        key = SigningKey.load(octets)
        assert repr(key) == str(key) == f"<SigningKey {key.algorithm}, {key.bits} bits>"

    @pytest.mark.parametrize("password", [None, "secret", b"secret"])
    @pytest.mark.parametrize("octets", [RSA_DER, SEED])
    def test_it_is_written_as_pkcs8_and_read_again(self, octets: bytes, password: str | bytes | None) -> None:
        key = SigningKey.load(octets)
        pem = key.to_pem(password=password)
        label = b"PRIVATE KEY" if password is None else b"ENCRYPTED PRIVATE KEY"
        assert pem.startswith(b"-----BEGIN " + label + b"-----\n")
        assert pem.endswith(b"-----END " + label + b"-----\n")
        again = SigningKey.load(pem, password=password)
        assert again == key
        assert again.sign(DIGEST) == key.sign(DIGEST)

    def test_an_empty_password_does_not_write_a_key_in_the_clear(self) -> None:
        with pytest.raises(DkimError, match="the password to write a key with is empty"):
            SigningKey.load(SEED).to_pem(password="")

    def test_threads_share_it(self) -> None:
        key = SigningKey.load(RSA_DER)
        made: list[bytes] = []
        threads = [threading.Thread(target=lambda: made.extend(key.sign(DIGEST) for _ in range(50))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(made), len(set(made))) == (200, 1)


class TestPickling:
    def test_a_key_of_a_file_pickles_as_its_path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "s2026.pem").write_bytes(RSA_PKCS8)
        monkeypatch.chdir(tmp_path)
        key = SigningKey.load("s2026.pem")
        pickled = pickle.dumps(key)
        assert str(tmp_path).encode() in pickled
        monkeypatch.chdir("/")
        again = pickle.loads(pickled)
        assert again == key
        assert pickle.dumps(again) == pickled
        secret = _RSA.private_numbers()
        for number in (secret.d, secret.p, secret.q, secret.dmp1):
            octets = number.to_bytes((number.bit_length() + 7) // 8, "big")
            assert octets not in pickled
            assert octets[::-1] not in pickled

    def test_a_trusted_file_stays_trusted(self, tmp_path: Path) -> None:
        path = tmp_path / "seed"
        path.write_bytes(SEED)
        assert SigningKey.load(path, validate=False).__reduce__()[1][:2] == (str(path), False)

    @pytest.mark.parametrize("octets", [RSA_DER, SEED])
    def test_a_key_of_bytes_does_not_pickle(self, octets: bytes) -> None:
        with pytest.raises(DkimError, match=r"cannot be pickled.*load it in the process that signs"):
            pickle.dumps(SigningKey.load(octets))

    def test_a_generated_key_does_not_pickle(self) -> None:
        with pytest.raises(DkimError, match="cannot be pickled"):
            pickle.dumps(generate_key("ed25519-sha256"))

    def test_a_key_with_a_password_does_not_pickle(self, tmp_path: Path) -> None:
        path = tmp_path / "key.pem"
        path.write_bytes(SigningKey.load(SEED).to_pem(password=WORD))
        with pytest.raises(DkimError, match="cannot be pickled"):
            pickle.dumps(SigningKey.load(path, password=WORD))

    def test_a_file_that_was_replaced_is_another_key(self, tmp_path: Path) -> None:
        path = tmp_path / "key"
        path.write_bytes(SEED)
        pickled = pickle.dumps(SigningKey.load(path))
        path.write_bytes(bytes(32))
        with pytest.raises(DkimError, match="holds another key than when it was pickled"):
            pickle.loads(pickled)

    def test_a_public_key_pickles(self) -> None:
        for octets in (RSA_DER, SEED):
            public = SigningKey.load(octets).public_key
            assert pickle.loads(pickle.dumps(public)) == public


def integer(number: int) -> bytes:
    octets = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return b"\x02" + length(len(octets)) + octets


def length(size: int) -> bytes:
    if size < 128:
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([128 + len(octets)]) + octets


def rsa_public(n: int, e: int) -> bytes:
    """Write an RSAPublicKey (RFC 8017 A.1.1), whatever its numbers are."""
    octets = integer(n) + integer(e)
    return b"\x30" + length(len(octets)) + octets


N = _RSA.public_key().public_numbers().n
NOT_RSA = {
    "nothing": b"",
    "text": b"not a key",
    "cut": RSA_PUBLIC[:-1],
    "an octet too many": RSA_PUBLIC + b"\x00",
    "the private half": RSA_DER,
    "PEM": _RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    "an EC key": ec.generate_private_key(ec.SECP256R1())
    .public_key()
    .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    "an Ed25519 key": _ED25519.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
}
NO_RSA_NUMBERS = {
    "e=1, with which anything is a signature of itself": rsa_public(N, 1),
    "e=0": rsa_public(N, 0),
    "e=2": rsa_public(N, 2),
    "e=n": rsa_public(N, N),
    "n=0": rsa_public(0, 65537),
    "n=1": rsa_public(1, 65537),
}
STRANGE = {
    "even": rsa_public(2 * N, 65537),
    "tiny": rsa_public(15, 3),
    "an exponent as large as the modulus": rsa_public(N, N - 2),
    "a large exponent of a large modulus": rsa_public((1 << 8191) + 1, (1 << 8190) + 1),
    "20000 bits": rsa_public((1 << 19999) + 1, 65537),
}


class TestPublicKey:
    @pytest.mark.parametrize("octets", [RSA_DER, SEED])
    def test_it_verifies_what_the_private_half_signed_and_nothing_else(self, octets: bytes) -> None:
        key = SigningKey.load(octets)
        signature = key.sign(DIGEST)
        public = PublicKey.from_record(key.algorithm.partition("-")[0], key.public_octets)
        assert public.verify(DIGEST, signature) is True
        assert public.verify(sha256(b"").digest(), signature) is False
        for at in (0, 1, len(signature) // 2, len(signature) - 1):
            changed = bytearray(signature)
            changed[at] ^= 1
            assert public.verify(DIGEST, bytes(changed)) is False

    @pytest.mark.parametrize("octets", [RSA_DER, SEED])
    @pytest.mark.parametrize("change", [lambda _: b"", lambda s: s[:-1], lambda s: s + b"\x00", lambda s: b"\x00" + s])
    def test_a_signature_of_another_length_is_bad(self, octets: bytes, change: Callable[[bytes], bytes]) -> None:
        key = SigningKey.load(octets)
        assert key.public_key.verify(DIGEST, change(key.sign(DIGEST))) is False

    def test_a_digest_of_another_length_is_never_good(self) -> None:
        for octets in (RSA_DER, SEED):
            key = SigningKey.load(octets)
            assert key.public_key.verify(b"", key.sign(DIGEST)) is False

    def test_rsa_is_read_from_both_structures(self) -> None:
        """RFC 6376 3.6.1 names RSAPublicKey; what is published is SubjectPublicKeyInfo."""
        pkcs1 = _RSA.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
        one, two = PublicKey.from_record("rsa", pkcs1), PublicKey.from_record("rsa", RSA_PUBLIC)
        assert pkcs1 == rsa_public(N, 65537)
        assert one == two == SigningKey.load(RSA_DER).public_key
        assert one.public_octets == RSA_PUBLIC
        assert hash(one) == hash(two)
        assert (one.algorithm_family, one.bits) == ("rsa", 2048)

    def test_ed25519_is_the_bare_32_octets(self) -> None:
        """RFC 8463 4.2, A.2."""
        public = PublicKey.from_record("ed25519", PUBLIC)
        assert (public.algorithm_family, public.bits, public.public_octets) == ("ed25519", 256, PUBLIC)
        assert public == SigningKey.load(SEED).public_key
        for octets in (b"", PUBLIC[:-1], PUBLIC + b"\x00", NOT_RSA["an Ed25519 key"], RSA_PUBLIC):
            with pytest.raises(UnusableKey, match=rf"^p= has {len(octets)} octets; an Ed25519 key is the bare 32"):
                PublicKey.from_record("ed25519", octets)

    @pytest.mark.parametrize("octets", NOT_RSA.values(), ids=NOT_RSA)
    def test_what_is_no_rsa_key_raises(self, octets: bytes) -> None:
        with pytest.raises(UnusableKey, match=r"^p= is no RSA public key in DER"):
            PublicKey.from_record("rsa", octets)

    @pytest.mark.parametrize("octets", NO_RSA_NUMBERS.values(), ids=NO_RSA_NUMBERS)
    def test_numbers_that_protect_nothing_raise(self, octets: bytes) -> None:
        with pytest.raises(UnusableKey, match=r"^p= is (no RSA public key|an RSA key with the exponent .*, which)"):
            PublicKey.from_record("rsa", octets)

    def test_an_ed25519_key_without_its_type_is_named(self) -> None:
        with pytest.raises(UnusableKey, match=r"32 octets are an Ed25519 key, which needs k=ed25519"):
            PublicKey.from_record("rsa", PUBLIC)

    @pytest.mark.parametrize("k", ["", "RSA", "dsa", "rsa-sha256", "\x1b"])
    def test_another_type_raises(self, k: str) -> None:
        with pytest.raises(UnusableKey, match=r"the key type .* is not known") as caught:
            PublicKey.from_record(k, RSA_PUBLIC)
        assert str(caught.value).isprintable()

    @pytest.mark.parametrize("octets", STRANGE.values(), ids=STRANGE)
    def test_strange_numbers_are_a_key_that_verifies_nothing(self, octets: bytes) -> None:
        public = PublicKey.from_record("rsa", octets)
        size = (public.bits + 7) // 8
        for signature in (b"", bytes(size), b"\x01" * size, b"\xff" * size):
            assert public.verify(DIGEST, signature) is False

    def test_its_size_is_shown(self) -> None:
        assert repr(PublicKey.from_record("rsa", RSA_PUBLIC)) == "<PublicKey rsa, 2048 bits>"


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_no_octets_make_a_public_key_raise_anything_else(data: st.DataObject) -> None:
    octets = bytearray(data.draw(st.sampled_from([RSA_PUBLIC, rsa_public(N, 65537), PUBLIC, b""])))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, max(len(octets) - 1, 0)))
        octets[at : at + 1] = data.draw(st.binary(max_size=4))
    for k in ("rsa", "ed25519"):
        try:
            public = PublicKey.from_record(k, bytes(octets))
        except UnusableKey:
            continue
        assert public.verify(DIGEST, data.draw(st.binary(max_size=300))) is False
        assert PublicKey.from_record(k, public.public_octets) == public


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_no_octets_make_loading_raise_anything_else(data: st.DataObject) -> None:
    octets = bytearray(data.draw(st.sampled_from([ED_PKCS8, ED_DER, b64encode(SEED), ENCRYPTED["a DER"], b""])))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, max(len(octets) - 1, 0)))
        octets[at : at + 1] = data.draw(st.binary(max_size=4))
    try:
        key = SigningKey.load(bytes(octets))
    except DkimError:
        return
    assert key.public_key.verify(DIGEST, key.sign(DIGEST))


def test_a_private_key_is_told_from_a_public_one() -> None:
    assert holds_private_key(RSA_DER)
    assert holds_private_key(ENCRYPTED["a DER"]) is False
    assert not holds_private_key(RSA_PUBLIC)
    assert not holds_private_key(PUBLIC)
    assert not holds_private_key(b"")
