"""
Keys: every file format of a private key read and checked once, and the two operations that DKIM makes with a key.

RFC 6376 3.3 and RFC 8301 (rsa-sha256), RFC 8463 (ed25519-sha256).  Reading an RSA key costs as much as a hundred
signatures, for its primes are tested; so a key is an object that is made once and signs from any thread.  The key
decides the algorithm, never the caller.

    a file, or its octets -> SigningKey;  digest -> signature
    ``k=`` and ``p=`` of a key record -> PublicKey;  (digest, signature) -> good or not

May import: `errors`, `frozen`, and as the only module of `dkim` `cryptography`.  Imported by: `cli`, `dkim`,
`dkim.diagnose`, `dkim.record`, `dkim.sign`, `dkim.verify`, `lint`, `strategies`.
"""

from __future__ import annotations

import os
import re
import warnings
from binascii import Error as Base64Error
from binascii import a2b_base64, a2b_hex
from errno import ENAMETOOLONG
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InternalError, InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256

from mimekit.errors import DkimError, show
from mimekit.frozen import Frozen, put

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any, NoReturn

    _Private = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
    _Public = rsa.RSAPublicKey | ed25519.Ed25519PublicKey

__all__ = [
    "ED25519",
    "RSA",
    "KeyProtocol",
    "PublicKey",
    "SigningKey",
    "UnusableKey",
    "generate_key",
    "holds_private_key",
    "is_key_text",
]

RSA = "rsa-sha256"
ED25519 = "ed25519-sha256"

_LEAST_BITS = 1024  # RFC 8301 3.2: signers MUST use that many
_GOOD_BITS = 2048  # likewise: SHOULD
_MOST_BITS = 4096  # likewise: what every verifier can be relied on to take
_LEAST_EXPONENT = 3  # RFC 8017 3.1
_DIGEST = 32
_SEED = 32  # RFC 8032 5.1.5
_MAX_FILE = 65536
_SHOWN = 60  # characters of a path
_WHITE = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"
_SEQUENCE = b"\x30"  # X.690 8.9: what every key in DER begins with
# "openssh-key-v1" in base64, without and with the name of the cipher "none" (PROTOCOL.key of OpenSSH).
_OPENSSH = b"\nb3BlbnNzaC1rZXktdjEA"
_OPENSSH_PLAIN = _OPENSSH + b"AAAABG5vbmU"
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=" + _WHITE

# What is passed with every RSA signature; making the two for each costs as much as the hash of a small header.
_PKCS1_V15 = (padding.PKCS1v15(), utils.Prehashed(SHA256()))

_hex = re.compile(rb"[0-9A-Fa-f]++")
# Text of a key on one line: base64 of either alphabet, in which both cases stand, or hex.  What divides it is left out.
_hex_text = re.compile(r"[0-9A-Fa-f-]{40,}+")
_base64_text = re.compile(r"[A-Za-z0-9+/_=-]{40,}+")
_dividers = str.maketrans("", "", " \t\r\n\"'\\:,;")
_LONG_PATH, _MAX_PATH = 255, 4096  # characters

# The y of the points of small order (RFC 8032 5.1), little-endian, those that are not reduced too.  For such a key
# there are signatures that fit any message.
_SMALL_ORDER = frozenset(
    bytes.fromhex(y)
    for y in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)

_FORMATS = {
    b"PRIVATE KEY": "a PKCS#8 PEM",
    b"ENCRYPTED PRIVATE KEY": "a PKCS#8 PEM",
    b"RSA PRIVATE KEY": "a PKCS#1 PEM",
    b"EC PRIVATE KEY": "a SEC 1 PEM",
    b"OPENSSH PRIVATE KEY": "an OpenSSH private key",
}
_WANTED = "give PEM, DER or OpenSSH of an RSA or Ed25519 key, or the 32 octets of an Ed25519 seed, raw, hex or base64"


class UnusableKey(DkimError):  # noqa: N818 - what was published, not what failed
    """The ``p=`` of a key record is no key of the type that its ``k=`` says."""


class KeyProtocol(Protocol):
    """
    What signs: a `SigningKey`, or a few lines around a KMS or HSM.

    *digest* is the 32-octet SHA-256 digest of the header hash input (RFC 6376 3.7).  With ``rsa-sha256`` it is signed
    by RSASSA-PKCS1-v1_5 as a SHA-256 digest, without hashing it again; with ``ed25519-sha256`` it is the message of a
    pure Ed25519 signature (RFC 8463 3).
    """

    @property
    def algorithm(self) -> str:
        """``rsa-sha256`` or ``ed25519-sha256``, as in ``a=``."""

    def sign(self, digest: bytes, /) -> bytes:
        """Give the octets of the signature."""


class SigningKey(Frozen):
    """
    A private key: read and checked once, immutable, for any number of threads.  Made by `load` and `generate_key`.

    Two keys are equal when their public halves are.  Nothing shows or pickles the secret: a key from a file pickles as
    the path of that file, any other one raises `DkimError` when pickled.

    >>> key = generate_key("ed25519-sha256")
    >>> key == SigningKey.load(key.to_pem()), len(key.sign(bytes(32)))
    (True, 64)
    """

    __slots__ = ("_arguments", "_file", "_private", "_sign", "algorithm", "bits", "public_octets")

    algorithm: str
    """``rsa-sha256`` or ``ed25519-sha256``, as in ``a=``."""
    bits: int
    """The size of an RSA modulus; 256 for Ed25519."""
    public_octets: bytes
    """What stands in ``p=``: SubjectPublicKeyInfo in DER for RSA, 32 octets for Ed25519 (RFC 8463 4.2)."""

    _private: _Private
    _sign: Callable[..., bytes]
    _arguments: tuple[object, ...]
    _file: tuple[str, bool] | None

    def __init__(self, private: _Private, file: tuple[str, bool] | None = None) -> None:
        """Keep a key that was read; *file* is what pickling keeps: a path, and whether to check what it holds."""
        if isinstance(private, rsa.RSAPrivateKey):
            put(self, "algorithm", RSA)
            put(self, "bits", private.key_size)
            put(self, "_arguments", _PKCS1_V15)
            if private.key_size < _LEAST_BITS:
                message = (
                    f"the RSA key has {private.key_size} bits and signing needs {_LEAST_BITS} at least (RFC 8301 3.2); "
                    f"make one with dkim.generate_key()"
                )
                raise DkimError(message)
        else:
            put(self, "algorithm", ED25519)
            put(self, "bits", 256)
            put(self, "_arguments", ())
        put(self, "public_octets", _public_octets(private.public_key()))
        put(self, "_private", private)
        put(self, "_sign", private.sign)
        put(self, "_file", file)

    @classmethod
    def load(
        cls,
        source: bytes | bytearray | memoryview | str | Path,
        *,
        password: bytes | str | None = None,
        validate: bool = True,
    ) -> SigningKey:
        """
        Read a private key: *source* is a path, or as bytes what a key file holds.

        PEM and DER of PKCS#1 and PKCS#8, encrypted or not, OpenSSH, and an Ed25519 seed as 32 octets, hex or base64;
        line ends do not matter.  ``validate=False`` leaves out the test of an RSA key's primes, some 50 ms, for a file
        that is trusted (OpenSSH has it always).  An RSA key of under 1024 bits raises `DkimError`, one of under 2048
        warns (RFC 8301 3.2); a file that cannot be read raises `OSError`.
        """
        file = None
        if isinstance(source, (bytes, bytearray, memoryview)):
            octets = bytes(source)
            where = "the key given as bytes"
        else:
            path = _path(source)
            try:
                with open(path, "rb") as opened:  # noqa: PTH123 - a str is a path here
                    octets = opened.read(_MAX_FILE + 1)
            except OSError as error:
                if error.errno == ENAMETOOLONG or is_key_text(path):
                    raise _key_as_path() from None
                raise
            where = f"the key file {_named(path)}"
            # A process that reads the pickle may be in another directory.
            file = None if password else (os.path.abspath(path), validate)  # noqa: PTH100 - stays a str
        if len(octets) > _MAX_FILE:
            message = f"{where} has over {_MAX_FILE} octets, which is no key; {_WANTED}"
            raise DkimError(message)
        key = cls(_Reader(where, password, validate=validate).private(octets), file)
        _warn_if_short(key)
        return key

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        return PublicKey(self._private.public_key())

    def sign(self, digest: bytes, /) -> bytes:
        """Sign the 32-octet SHA-256 digest of a header hash input (RFC 6376 3.7, RFC 8463 3)."""
        if len(digest) != _DIGEST:
            message = f"the digest has {len(digest)} octets; what is signed is a SHA-256 digest of 32 (RFC 6376 3.7)"
            raise DkimError(message)
        return self._sign(digest, *self._arguments)

    def to_pem(self, *, password: bytes | str | None = None) -> bytes:
        """Write the private key as PKCS#8 PEM (RFC 5208), encrypted when there is a *password*."""
        encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if password is not None:
            if not password:
                message = "the password to write a key with is empty; leave it out to write the key unencrypted"
                raise DkimError(message)
            encryption = serialization.BestAvailableEncryption(_octets(password))
        try:
            return self._private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
            )
        except ValueError as error:  # its limit is that of OpenSSL, which is not the same everywhere
            message = f"the key cannot be written with this password: {error}; take a shorter one"
            raise DkimError(message) from None

    def _content(self) -> tuple[Any, ...]:
        return self.algorithm, self.public_octets

    def __repr__(self) -> str:
        return f"<SigningKey {self.algorithm}, {self.bits} bits>"

    def __reduce__(self) -> tuple[Any, ...]:
        if self._file is None:
            message = (
                "a key that was made from bytes, generated, or read with a password cannot be pickled, for the pickle "
                "would hold its secret; load it from an unencrypted file, or load it in the process that signs"
            )
            raise DkimError(message)
        return _again, (*self._file, self._content())


def _again(path: str, validate: bool, public: tuple[str, bytes]) -> SigningKey:  # noqa: FBT001 - called by pickle
    """Read the file of a pickled key; its record is published under one selector, so it must be the same key."""
    key = SigningKey.load(path, validate=validate)
    if key._content() != public:
        message = (
            f"the key file {_named(path)} holds another key than when it was pickled; load the new one, then pickle"
        )
        raise DkimError(message)
    return key


def generate_key(algorithm: str = RSA, *, bits: int = _GOOD_BITS) -> SigningKey:
    """
    Make a key for ``rsa-sha256`` with a modulus of *bits* (1024 to 4096), or for ``ed25519-sha256``.

    >>> generate_key("ed25519-sha256")
    <SigningKey ed25519-sha256, 256 bits>
    """
    if algorithm == ED25519:
        return SigningKey(ed25519.Ed25519PrivateKey.generate())
    if algorithm != RSA:
        message = f"there is no key for {show(algorithm)}; DKIM signs with {RSA} and {ED25519} (RFC 8301, RFC 8463)"
        raise DkimError(message)
    if not isinstance(bits, int) or not _LEAST_BITS <= bits <= _MOST_BITS:
        message = (
            f"an RSA key of {show(bits)} bits cannot be relied on: verifiers take {_LEAST_BITS} to {_MOST_BITS} "
            f"(RFC 8301 3.2); use {_GOOD_BITS}"
        )
        raise DkimError(message)
    key = SigningKey(rsa.generate_private_key(65537, bits))
    _warn_if_short(key)
    return key


class PublicKey(Frozen):
    """The public half of a key: of a key record, of a `SigningKey`, or what a KMS gives out."""

    __slots__ = ("_arguments", "_public", "algorithm_family", "bits")

    algorithm_family: str
    """``rsa`` or ``ed25519``, as in ``k=``."""
    bits: int
    """The size of an RSA modulus; 256 for Ed25519."""

    _public: _Public
    _arguments: tuple[Any, ...]

    def __init__(self, public: _Public) -> None:
        """Keep a key that was read; `from_record` is what reads."""
        is_rsa = isinstance(public, rsa.RSAPublicKey)
        put(self, "algorithm_family", "rsa" if is_rsa else "ed25519")
        put(self, "bits", public.key_size if isinstance(public, rsa.RSAPublicKey) else 256)
        put(self, "_public", public)
        put(self, "_arguments", _PKCS1_V15 if is_rsa else ())

    @classmethod
    def from_record(cls, k: str, octets: bytes) -> PublicKey:
        """
        Read what ``k=`` and the decoded ``p=`` of a key record say; raise `UnusableKey` for what is no such key.

        ``rsa``: SubjectPublicKeyInfo or PKCS#1 RSAPublicKey, in DER (RFC 6376 3.6.1); ``ed25519``: the
        bare 32 octets (RFC 8463 4.2).
        """
        if k == "ed25519":
            if len(octets) != _SEED:
                message = f"p= has {len(octets)} octets; an Ed25519 key is the bare 32 octets (RFC 8463 4.2)"
                raise UnusableKey(message)
            if octets[:-1] + bytes([octets[-1] & 0x7F]) in _SMALL_ORDER:  # RFC 8032 5.1.2: the sign of x is beside y
                message = "p= is a point of small order, with which any message can be signed: it protects nothing"
                raise UnusableKey(message)
            return cls(ed25519.Ed25519PublicKey.from_public_bytes(octets))
        if k != "rsa":
            message = f"the key type {show(k)} is not known; there are rsa and ed25519 (RFC 8463 4.1)"
            raise UnusableKey(message)
        try:
            public = serialization.load_der_public_key(octets)
        except (ValueError, UnsupportedAlgorithm, InternalError):
            public = None
        if not isinstance(public, rsa.RSAPublicKey):
            hint = "; 32 octets are an Ed25519 key, which needs k=ed25519 (RFC 8463 4)" if len(octets) == _SEED else ""
            message = f"p= is no RSA public key in DER, neither SubjectPublicKeyInfo nor PKCS#1 (RFC 6376 3.6.1){hint}"
            raise UnusableKey(message)
        numbers = public.public_numbers()
        # With e=1 anything is its own signature; `cryptography` looks at that in its newer versions.
        if not _LEAST_EXPONENT <= numbers.e < numbers.n:
            message = f"p= is an RSA key with the exponent {show(numbers.e)}, which protects nothing (RFC 8017 3.1)"
            raise UnusableKey(message)
        return cls(public)

    @property
    def public_octets(self) -> bytes:
        """What stands in ``p=``: SubjectPublicKeyInfo in DER for RSA, 32 octets for Ed25519 (RFC 8463 4.2)."""
        return _public_octets(self._public)

    def verify(self, digest: bytes, signature: bytes, /) -> bool:
        """Tell whether *signature* is this key's over a SHA-256 digest.  Never raises, whatever the octets are."""
        try:
            self._public.verify(signature, digest, *self._arguments)
        except (InvalidSignature, ValueError, InternalError):  # the latter: numbers that OpenSSL does not compute with
            return False
        return True

    def _content(self) -> tuple[Any, ...]:
        return self.algorithm_family, self.public_octets

    def __repr__(self) -> str:
        return f"<PublicKey {self.algorithm_family}, {self.bits} bits>"

    def __reduce__(self) -> tuple[Any, ...]:
        return PublicKey.from_record, self._content()


def holds_private_key(octets: bytes) -> bool:
    """Tell whether octets that should be a public key are a private one, in DER."""
    try:
        serialization.load_der_private_key(octets, None, unsafe_skip_rsa_key_validation=True)
    except (TypeError, ValueError, UnsupportedAlgorithm, InternalError):
        return False
    return True


def _public_octets(public: _Public) -> bytes:
    if isinstance(public, ed25519.Ed25519PublicKey):
        return public.public_bytes_raw()
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _warn_if_short(key: SigningKey) -> None:
    """Warn the caller of the caller."""
    if key.algorithm == RSA and key.bits < _GOOD_BITS:
        message = f"the RSA key has {key.bits} bits; RFC 8301 3.2 asks signers for {_GOOD_BITS} at least"
        warnings.warn(message, stacklevel=3)


def _octets(password: bytes | str) -> bytes:
    if not isinstance(password, (str, bytes)):
        message = f"the password is of the type {type(password).__name__}; give a str or bytes"
        raise DkimError(message)
    return password.encode() if isinstance(password, str) else password


def _named(path: str) -> str:
    """Show a path in an error: of a long one the end, which has the name of the file."""
    return show(path if len(path) <= _SHOWN else f"...{path[-_SHOWN:]}")


def _path(source: str | Path) -> str:
    """Give a path; a key that was passed as text is no path and is not repeated in the error."""
    if not isinstance(source, (str, os.PathLike)):
        message = f"a key is a path, or bytes of what a key file holds, not {type(source).__name__}"
        raise DkimError(message)
    path = os.fspath(source)
    if "-----BEGIN" in path or "\n" in path or "\0" in path or len(path) > _MAX_PATH:
        raise _key_as_path()
    return path


def _key_as_path() -> DkimError:
    message = (
        "no file has the path of the key, which may be the text of a key and is not repeated; pass the text as bytes, "
        "text.encode(), or the path of a file"
    )
    return DkimError(message)


def is_key_text(path: str) -> bool:
    """
    Tell whether what should be a path may be the text of a private key, which is not to be shown.

    >>> is_key_text("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="), is_key_text("/etc/mail/keys/s2026.pem")
    (True, False)
    """
    if "-----BEGIN" in path or len(path) > _MAX_PATH:
        return True
    text = path.translate(_dividers)
    if _hex_text.fullmatch(text):
        return True
    # A path has a dot before its suffix, and one that is so long that nothing else tells it is no loss.
    runs = _base64_text.findall(text)
    is_whole = len(path) > _LONG_PATH or runs == [text]
    return is_whole and any([not (run.islower() or run.isupper()) for run in runs])


# -- formats


class _Reader:
    """One key being read: where it is from, and how to open it."""

    def __init__(self, where: str, password: bytes | str | None, *, validate: bool) -> None:
        self.where = where
        self.password = _octets(password) if password else None  # an empty one is none
        self.validate = validate

    def private(self, octets: bytes) -> _Private:
        """Read whatever format it is."""
        if len(octets) == _SEED:
            return self.seed(octets)
        text = octets.removeprefix(_BOM).strip(_WHITE)
        if b"-----BEGIN " in text:
            return self.pem(text)
        if text and not text.translate(None, _BASE64):
            return self.encoded(text)
        if octets[:1] == _SEQUENCE:
            return self.opened("a DER", serialization.load_der_private_key, octets)
        return self.unknown()

    def unknown(self) -> NoReturn:
        self.refuse(f"is no private key in a format that is known; {_WANTED}")

    def refuse(self, what: str) -> NoReturn:
        message = f"{self.where} {what}"
        raise DkimError(message) from None

    def misfit(self, name: str) -> NoReturn:
        is_encrypted = self.password is None
        found = f"{self.where} is {name} and {'' if is_encrypted else 'not '}encrypted"
        message = f"{found}; {'pass password=' if is_encrypted else 'leave the password out'}"
        raise DkimError(message, found=found, kind="encrypted" if is_encrypted else "not-encrypted") from None

    def seed(self, octets: bytes) -> _Private:
        if self.password is not None:
            self.misfit("the seed of an Ed25519 key")
        return ed25519.Ed25519PrivateKey.from_private_bytes(octets)

    def encoded(self, text: bytes) -> _Private:
        """Read a seed in hex or base64, or the base64 of a DER."""
        text = text.translate(None, _WHITE)
        try:
            if len(text) == 2 * _SEED and _hex.fullmatch(text):
                return self.seed(a2b_hex(text))
            octets = a2b_base64(text + b"=" * (-len(text) % 4), strict_mode=True)
        except Base64Error:
            octets = b""
        if len(octets) == _SEED:
            return self.seed(octets)
        if octets[:1] == _SEQUENCE:
            return self.opened("a DER in base64", serialization.load_der_private_key, octets)
        return self.unknown()

    def pem(self, text: bytes) -> _Private:
        """Read the first private key among the blocks of a PEM file (RFC 7468)."""
        labels = []
        at = text.find(b"-----BEGIN ")
        while at >= 0:
            label, dashes, _ = text[at + 11 : at + 80].partition(b"-----")
            foot = b"-----END " + label + b"-----"
            end = text.find(foot, at)
            if not dashes or end < 0:
                self.refuse("is a PEM file without the END line of its key; the end of it is missing")
            if label.endswith(b"PRIVATE KEY"):
                # Whatever its line ends were, and an indentation of the file that it was copied from.
                lines = [line.strip(_WHITE) for line in text[at : end + len(foot)].splitlines()]
                return self.block(label, b"\n".join(lines) + b"\n")
            labels.append(label.decode("ascii", "replace"))
            at = text.find(b"-----BEGIN ", end)
        return self.refuse(f"holds {show(labels[0])} and no private key; signing needs the private half")

    def block(self, label: bytes, octets: bytes) -> _Private:
        name = _FORMATS.get(label, "a PEM")
        if label == b"OPENSSH PRIVATE KEY":
            # Said here, for not every version of `cryptography` does.
            if _OPENSSH in octets and (_OPENSSH_PLAIN in octets) is (self.password is not None):
                self.misfit(name)
            return self.opened(name, serialization.load_ssh_private_key, octets)
        return self.opened(name, serialization.load_pem_private_key, octets)

    def opened(self, name: str, load: Callable[..., object], octets: bytes) -> _Private:
        """Call what reads one format; every way to fail is one sentence that says which format it was."""
        # `load_ssh_private_key` tests the primes always, in the oldest `cryptography` that is supported.
        is_tested = self.validate or load is serialization.load_ssh_private_key
        options = {} if is_tested else {"unsafe_skip_rsa_key_validation": True}
        try:
            key = load(octets, self.password, **options)
        except TypeError:  # of `cryptography`: a password that is missing, or one too many
            self.misfit(name)
        except UnsupportedAlgorithm as error:
            way_out = "pip install bcrypt, or write it" if "bcrypt" in str(error) else "write it"
            self.refuse(f"is {name} in a form that cannot be read here ({error}); {way_out} as PKCS#8 PEM")
        except (ValueError, InternalError):
            if self.password is not None:
                self.refuse(f"is {name} that this password does not open, or it is damaged")
            self.refuse(f"is {name} that is damaged, or no RSA or Ed25519 private key; {_WANTED}")
        if not isinstance(key, (rsa.RSAPrivateKey, ed25519.Ed25519PrivateKey)):
            kind = type(key).__name__.removesuffix("PrivateKey").lstrip("_")
            self.refuse(f"is {name} of the type {kind}; DKIM signs with RSA or Ed25519 (RFC 8301, RFC 8463)")
        return key
