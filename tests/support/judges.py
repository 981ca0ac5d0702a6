"""
Judges of DKIM: other people's programs that sign and verify, each behind the same two functions.

None of them shares a line with mimekit: dkimpy (Python), the library of OpenDKIM (C, called in this process), mailauth
(JavaScript, in a process of its own).  Each reads the key records that `signing` makes; no name is looked up.  A test
whose judge is not installed is left out, with a sentence that says so.

    octets -> signed octets;  signed octets -> what is said of each signature, from the top
"""

from __future__ import annotations

import ctypes
import ctypes.util
import json
import os
import re
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import dkim as dkimpy
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mimekit.dkim import SigningKey
from tests.support.signing import DOMAIN, NOW, ed25519_key, judged, key_record, rsa_key

__all__ = ["JUDGES", "Judge", "judge"]

SELECTORS = ("rsa", "ed")


class Judge(Protocol):
    """Who signs and verifies."""

    def verdicts(self, signed: bytes, /) -> list[bool]:
        """Tell of every signature, from the top, whether it is good; nothing of a message that is no message at all."""

    def signed(self, octets: bytes, selector: str, forms: str, /) -> bytes:
        """Sign with the key of a selector, ``rsa`` or ``ed``; *forms* is ``c=``.  Covers what the judge likes."""


def _key(selector: str) -> SigningKey:
    return rsa_key() if selector == "rsa" else ed25519_key()


# -- dkimpy


class _DkimPy:
    def verdicts(self, signed: bytes) -> list[bool]:
        try:
            return judged(signed)
        except dkimpy.DKIMException:  # the header cannot be read
            return []

    def signed(self, octets: bytes, selector: str, forms: str) -> bytes:
        header, _, body = forms.encode().partition(b"/")
        key = _key(selector)
        pem = key.to_pem()
        if selector == "ed":
            pem = b64encode(load_pem_private_key(pem, None).private_bytes_raw())  # type: ignore[union-attr]  # an Ed25519 key
        field = dkimpy.sign(
            octets, selector.encode(), DOMAIN.encode(), pem, canonicalize=(header, body),
            signature_algorithm=key.algorithm.encode(),
        )  # fmt: skip
        return bytes(field) + octets


@contextmanager
def _dkimpy() -> Iterator[Judge]:
    yield _DkimPy()


# -- OpenDKIM
#
# `opendkim-testmsg` asks the DNS and signs in one form only; the library that it is made of reads keys from a file.

_Handle = ctypes.c_void_p
_Int, _Size, _Text = ctypes.c_int, ctypes.c_size_t, ctypes.c_char_p
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {  # name: result, arguments; Any: ctypes has no name for its types
    "dkim_init": (_Handle, [_Handle, _Handle]),
    "dkim_close": (None, [_Handle]),
    "dkim_options": (_Int, [_Handle, _Int, _Int, _Handle, _Size]),
    "dkim_libfeature": (ctypes.c_bool, [_Handle, ctypes.c_uint]),
    "dkim_verify": (_Handle, [_Handle, _Text, _Handle, ctypes.POINTER(_Int)]),
    "dkim_sign": (
        _Handle,
        [_Handle, _Text, _Handle, _Text, _Text, _Text, _Int, _Int, _Int, ctypes.c_ssize_t, ctypes.POINTER(_Int)],
    ),
    "dkim_set_margin": (_Int, [_Handle, _Int]),
    "dkim_header": (_Int, [_Handle, _Text, _Size]),
    "dkim_eoh": (_Int, [_Handle]),
    "dkim_body": (_Int, [_Handle, _Text, _Size]),
    "dkim_eom": (_Int, [_Handle, ctypes.POINTER(ctypes.c_bool)]),
    "dkim_free": (_Int, [_Handle]),
    "dkim_getsiglist": (_Int, [_Handle, ctypes.POINTER(ctypes.POINTER(_Handle)), ctypes.POINTER(_Int)]),
    "dkim_sig_getflags": (ctypes.c_uint, [_Handle]),
    "dkim_sig_getbh": (_Int, [_Handle]),
    "dkim_getsighdr_d": (_Int, [_Handle, _Size, ctypes.POINTER(_Text), ctypes.POINTER(_Size)]),
}
# dkim.h of OpenDKIM
_SET, _OPT_QUERY, _OPT_QUERY_INFO, _OPT_CLOCK_DRIFT = 1, 6, 7, 12
_BY_FILE = 1
_DECADES = 10**9  # seconds: what was signed at a time that tests stand at is in force whatever day it is
_HAS_ED25519 = 11
_ALGORITHMS = {"rsa": 1, "ed": 2}
_FORMS = {"simple": 0, "relaxed": 1}
_PASSED = 0x04
_MATCH = 0


class _OpenDkimError(Exception):
    """A function of the library gave a status other than OK."""


class _OpenDkim:
    def __init__(self, library: ctypes.CDLL, keys: Path) -> None:
        self.library = library
        self.handle = library.dkim_init(None, None)
        by_file = _Int(_BY_FILE)
        drift = ctypes.c_uint64(_DECADES)
        path = ctypes.create_string_buffer(os.fsencode(keys))
        self.ask("dkim_options", self.handle, _SET, _OPT_QUERY, ctypes.byref(by_file), ctypes.sizeof(by_file))
        self.ask("dkim_options", self.handle, _SET, _OPT_CLOCK_DRIFT, ctypes.byref(drift), ctypes.sizeof(drift))
        self.ask("dkim_options", self.handle, _SET, _OPT_QUERY_INFO, path, len(path.value))

    def ask(self, name: str, *arguments: object) -> None:
        status = getattr(self.library, name)(*arguments)
        if status:
            message = f"{name}: status {status}"
            raise _OpenDkimError(message)

    def feed(self, context: int, octets: bytes) -> None:
        header, _, body = octets.partition(b"\r\n\r\n")
        for field in re.split(rb"\r\n(?![ \t])", header):
            self.ask("dkim_header", context, field, len(field))
        self.ask("dkim_eoh", context)
        if body:
            self.ask("dkim_body", context, body, len(body))
        self.ask("dkim_eom", context, None)

    def verdicts(self, signed: bytes) -> list[bool]:
        library = self.library
        context = library.dkim_verify(self.handle, b"message", None, ctypes.byref(_Int()))
        try:
            with suppress(_OpenDkimError):  # of a bad signature too
                self.feed(context, signed)
            found, count = ctypes.POINTER(_Handle)(), _Int()
            if library.dkim_getsiglist(context, ctypes.byref(found), ctypes.byref(count)):
                return []
            return [
                bool(library.dkim_sig_getflags(found[at]) & _PASSED) and library.dkim_sig_getbh(found[at]) == _MATCH
                for at in range(count.value)
            ]
        finally:
            library.dkim_free(context)

    def signed(self, octets: bytes, selector: str, forms: str) -> bytes:
        header, _, body = forms.partition("/")
        status = _Int()
        pem = _key(selector).to_pem()
        context = self.library.dkim_sign(
            self.handle, b"message", None, pem, selector.encode(), DOMAIN.encode(), _FORMS[header], _FORMS[body],
            _ALGORITHMS[selector], -1, ctypes.byref(status),
        )  # fmt: skip
        if not context:
            message = f"dkim_sign: status {status.value}"
            raise _OpenDkimError(message)
        try:
            if selector == "ed" and header == "simple":
                # QUIRK: it wraps the field again once b= is there, which with Ed25519 is not as it was hashed.
                self.ask("dkim_set_margin", context, 0)
            self.feed(context, octets)
            made, size = _Text(), _Size()
            self.ask("dkim_getsighdr_d", context, len("DKIM-Signature: "), ctypes.byref(made), ctypes.byref(size))
            field = re.sub(rb"\r?\n", b"\r\n", made.value or b"")  # a milter hands lines over with LF
        finally:
            self.library.dkim_free(context)
        return b"DKIM-Signature: " + field + b"\r\n" + octets


@contextmanager
def _opendkim() -> Iterator[Judge]:
    name = ctypes.util.find_library("opendkim")
    if name is None:
        pytest.skip("OpenDKIM's library is not installed, so it did not judge")
    library = ctypes.CDLL(name)
    for function, (result, arguments) in _FUNCTIONS.items():
        getattr(library, function).restype = result
        getattr(library, function).argtypes = arguments
    with TemporaryDirectory() as folder:
        keys = Path(folder) / "keys"
        lines = [b"%b._domainkey.%b %b\n" % (one.encode(), DOMAIN.encode(), key_record(one)) for one in SELECTORS]
        keys.write_bytes(b"".join(lines))
        made = _OpenDkim(library, keys)
        try:
            if not library.dkim_libfeature(made.handle, _HAS_ED25519):
                pytest.skip("this version of OpenDKIM's library knows no Ed25519, so it did not judge")
            yield made
        finally:
            library.dkim_close(made.handle)


# -- mailauth


class _MailAuth:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.zone = {f"{one}._domainkey.{DOMAIN}": key_record(one).decode() for one in SELECTORS}

    def ask(self, octets: bytes, **question: object) -> Any:  # Any: JSON
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(
            json.dumps({"octets": b64encode(octets).decode(), "now": NOW.isoformat(), **question}),
            file=self.process.stdin,
            flush=True,
        )
        answer = json.loads(self.process.stdout.readline())
        assert "error" not in answer, answer
        return answer

    def verdicts(self, signed: bytes) -> list[bool]:
        return [result == "pass" for result in self.ask(signed, zone=self.zone) if result != "none"]

    def signed(self, octets: bytes, selector: str, forms: str) -> bytes:
        key = _key(selector)
        signature = {
            "signingDomain": DOMAIN,
            "selector": selector,
            "privateKey": key.to_pem().decode(),
            "algorithm": key.algorithm,
        }
        field: str = self.ask(octets, forms=forms, signature=signature)
        return field.encode() + octets


@contextmanager
def _mailauth() -> Iterator[Judge]:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(os.environ.get("MIMEKIT_MAILAUTH") or cache / "mimekit" / "mailauth")
    node = shutil.which("node")
    if node is None or not (folder / "node_modules" / "mailauth").is_dir():
        pytest.skip(
            "mailauth is not installed (MIMEKIT_MAILAUTH names the folder of its node_modules): it did not judge"
        )
    process = subprocess.Popen(
        [node, Path(__file__).with_name("mailauth.js"), folder],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        yield _MailAuth(process)
        assert process.stdin is not None
        process.stdin.close()


JUDGES: dict[str, Callable[[], Any]] = {"dkimpy": _dkimpy, "OpenDKIM": _opendkim, "mailauth": _mailauth}


@contextmanager
def judge(name: str) -> Iterator[Judge]:
    """Start a judge; leaves the test out, and says why, when it is not installed."""
    with JUDGES[name]() as made:
        yield made
