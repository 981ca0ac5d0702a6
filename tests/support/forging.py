"""
Signatures made by hand: any tag as it is wanted, over a message, by the letter of RFC 6376 and nothing of the library.

A signer refuses what a verifier must refuse too, so what tests need is written here: canonicalisation line by line as
the RFC has it, and a field whose every tag can be replaced.

    octets, a key, tags -> octets with a DKIM-Signature on top; keys -> a resolver
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256

from mimekit.dkim.keys import SigningKey, generate_key

__all__ = ["DOMAIN", "MESSAGE", "NOW", "Resolver", "ed25519_key", "forge", "record", "rsa_key", "seconds", "zone"]

Resolver = Callable[[str], list[bytes]]

DOMAIN = "example.com"
SELECTOR = "s1"
NOW = 1_795_500_000

MESSAGE = (
    b"Received: from b by c; Mon, 24 Nov 2025 09:59:01 +0000\r\n"
    b"Received: from a by b; Mon, 24 Nov 2025 09:59:00 +0000\r\n"
    b"From: Ada Lovelace <ada@example.com>\r\n"
    b"To: Grace Hopper <grace@example.org>, \r\n\tkaren@example.net\r\n"
    b"Subject: Figures  for\t the\r\n  quarter\r\n"
    b"Date: Mon, 24 Nov 2025 10:00:00 +0000\r\n"
    b"Message-ID: <1@example.com>\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"\r\n"
    b"Hello  Grace,\r\n\r\nthe figures\t are attached. \r\n-- \r\nAda\r\n\r\n\r\n"
)


@cache
def rsa_key(bits: int = 2048, number: int = 0) -> SigningKey:  # noqa: ARG001 - another number is another key
    """Give an RSA key, made once in a run; one of under 2048 bits warns when it is made."""
    return generate_key("rsa-sha256", bits=bits)


@cache
def ed25519_key(number: int = 0) -> SigningKey:
    """Give the Ed25519 key of a seed."""
    return SigningKey.load(bytes([number + 1]) * 32)


def seconds(timestamp: int = NOW) -> Callable[[], datetime]:
    """Give a clock that stands still."""
    return lambda: datetime.fromtimestamp(timestamp, UTC)


def record(
    key: SigningKey, *, v: str | None = "DKIM1", k: str | None = None, p: str | None = None, more: str = ""
) -> bytes:
    """Write the key record of a key."""
    tags = [] if v is None else [f"v={v}"]
    family = k or key.algorithm.partition("-")[0]
    tags.append(f"k={family}")
    if more:
        tags.append(more)
    tags.append(f"p={b64encode(key.public_octets).decode() if p is None else p}")
    return "; ".join(tags).encode()


def zone(*keys: SigningKey | bytes, names: tuple[str, ...] = ("s1", "s2", "s3"), domain: str = DOMAIN) -> Resolver:
    """Give a resolver for keys, or records, under ``s1``, ``s2`` and so on."""
    known = {
        f"{name}._domainkey.{domain}": [key if isinstance(key, bytes) else record(key)]
        for name, key in zip(names, keys, strict=False)
    }
    return lambda name: known.get(name, [])


# -- RFC 6376 3.4, line by line


def relaxed_field(field: bytes) -> bytes:
    name, _, value = field.partition(b":")
    value = re.sub(rb"\r\n(?=[ \t])", b"", value)
    return name.lower().rstrip(b" \t") + b":" + re.sub(rb"[ \t]+", b" ", value).strip(b" ")


def canonical_body(body: bytes, form: str) -> bytes:
    lines = body.split(b"\r\n")
    if form == "relaxed":
        lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        return b"" if form == "relaxed" else b"\r\n"
    return b"\r\n".join(lines) + b"\r\n"


def split(message: bytes) -> tuple[list[bytes], bytes]:
    if message.startswith(b"\r\n"):
        return [], message[2:]
    header, _, body = message.partition(b"\r\n\r\n")
    return re.split(rb"\r\n(?![ \t])", header), body


def picked(fields: list[bytes], names: str) -> list[bytes]:
    left = list(fields)
    found = []
    for name in re.sub(r"\s", "", names).lower().split(":"):
        for at in range(len(left) - 1, -1, -1):
            if left[at].partition(b":")[0].strip(b" \t").lower() == name.encode():
                found.append(left.pop(at))
                break
    return found


# -- a signature


def forge(  # noqa: PLR0913 - one argument for each thing that is forged
    message: bytes = MESSAGE,
    key: SigningKey | None = None,
    *,
    name: bytes = b"DKIM-Signature",
    glue: str = "; ",
    end: str = "",
    signs: str | None = None,
    **tags: str | None,
) -> bytes:
    """
    Sign by hand; gives the message with the field on top.

    *tags* replace the ordinary ones, ``None`` leaves a tag out, a tag that is not ordinary comes before ``b``; ``b``
    itself is a template in which ``{}`` stands for the signature.  *signs* is the ``h=`` that is really used.
    """
    key = key or rsa_key()
    forms = (tags.get("c", "relaxed/relaxed") or "simple/simple").split("/")
    header_form, body_form = forms[0], forms[1] if len(forms) > 1 else "simple"
    fields, body = split(message)
    canonical = canonical_body(body, body_form)
    length = tags.get("l")
    if length is not None and re.fullmatch(r"[0-9]{1,18}", length):
        canonical = canonical[: int(length)]
    ordinary: dict[str, str | None] = {
        "v": "1",
        "a": key.algorithm,
        "c": "relaxed/relaxed",
        "d": DOMAIN,
        "s": SELECTOR,
        "t": str(NOW - 60),
        "h": "from:to:subject:date:message-id:mime-version:content-type",
        "bh": b64encode(sha256(canonical).digest()).decode(),
    }
    template = tags.pop("b", "{}") or "{}"
    wanted = {**ordinary, **tags}
    made = glue.join([f"{tag}={value}" for tag, value in wanted.items() if value is not None])
    bare = name + b": " + f"{made}{glue}b={end.lstrip()}".encode()
    form = relaxed_field if header_form == "relaxed" else bytes
    hashed = [form(field) for field in picked(fields, signs or wanted["h"] or "from")]
    digest = sha256(b"\r\n".join([*hashed, form(bare)])).digest()
    b = template.format(b64encode(key.sign(digest)).decode())
    return name + b": " + f"{made}{glue}b={b}{end}".encode() + b"\r\n" + message
