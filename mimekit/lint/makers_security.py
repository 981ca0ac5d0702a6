"""
Makers of the examples of family X: signed and encrypted messages, attachments, fields that keep readers busy.

    arguments of ``@make name`` -> octets, context

May import: `lint.examples`.  Imported by: `lint.rules.security_files`, `lint.rules.security_mime`.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from mimekit.lint.examples import example, maker

if TYPE_CHECKING:
    from mimekit.lint.examples import Made

__all__ = ["attached", "busy_field", "sealed_alone", "sealed_beside"]

_SIGNATURE = """\
-----BEGIN PGP SIGNATURE-----

iQEzBAABCAAdFiEE
-----END PGP SIGNATURE-----"""

_ENCRYPTED = """\
-----BEGIN PGP MESSAGE-----

hQEMA7mF6PPwz9pB
-----END PGP MESSAGE-----"""


@maker
def sealed_alone(arguments: str) -> Made:
    """Give a message that is ``signed`` or ``encrypted`` as a whole, with ``hp`` protected header fields in it."""
    kind, _, protected = arguments.partition(" ")
    fields, body = _sealed(kind, protected)
    return example(f"-Content-Transfer-Encoding\n{fields}\n\n{body}")


@maker
def sealed_beside(arguments: str) -> Made:
    """Give a message with a ``text`` or ``html`` part beside one that is ``signed`` or ``encrypted``."""
    beside, _, kind = arguments.partition(" ")
    fields, body = _sealed(kind, "")
    subtype, text = ("plain", "Hello") if beside == "text" else ("html", _HTML)
    plain = "" if beside == "text" else _leaf("plain", "Hello")
    return example(
        "-Content-Transfer-Encoding\n"
        "Content-Type: multipart/mixed; boundary=outer\n\n"
        f"{plain}{_leaf(subtype, text)}--outer\n{fields}\n\n{body}\n--outer--"
    )


_HTML = '<!doctype html>\n<html lang="en"><title>Hello</title><body><p>Hello</p></body></html>'


def _leaf(subtype: str, text: str) -> str:
    return f"--outer\nContent-Type: text/{subtype}; charset=utf-8\n\n{text}\n"


def _sealed(kind: str, protected: str) -> tuple[str, str]:
    """Give the Content-Type and the body of a multipart/signed or multipart/encrypted."""
    if kind == "encrypted":
        fields = 'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted";\n boundary=inner'
        parts = ["Content-Type: application/pgp-encrypted\n\nVersion: 1"]
        parts.append(f"Content-Type: application/octet-stream\nContent-Disposition: inline\n\n{_ENCRYPTED}")
    else:
        fields = (
            'Content-Type: multipart/signed; protocol="application/pgp-signature";\n micalg=pgp-sha256; boundary=inner'
        )
        header = f"Content-Type: text/plain; charset=utf-8{'; hp=clear' if protected else ''}"
        parts = [f"{header}\n\nHello", f"Content-Type: application/pgp-signature\n\n{_SIGNATURE}"]
    return fields, "".join([f"--inner\n{part}\n" for part in parts]) + "--inner--"


@maker
def busy_field(arguments: str) -> Made:
    """Give a message with a field that has so many nested ``comments`` or ``parameters``."""
    kind, _, count = arguments.partition(" ")
    number = int(count)
    if kind == "comments":
        return example(f"MIME-Version: 1.0 {'(' * number}{')' * number}")
    lines = "".join([f";\n x{index}=1" for index in range(number)])
    return example(f"Content-Type: text/plain; charset=utf-8{lines}")


@maker
def attached(arguments: str) -> Made:
    """Give a message with an attachment: file name, media type, content in hexadecimal."""
    name, kind, octets = arguments.split(" ")
    content = b64encode(bytes.fromhex(octets)).decode()
    return example(
        "-Content-Transfer-Encoding\n"
        "Content-Type: multipart/mixed; boundary=outer\n\n"
        f"{_leaf('plain', 'Hello')}--outer\n"
        f'Content-Type: {kind}; name="{name}"\n'
        f'Content-Disposition: attachment; filename="{name}"\n'
        f"Content-Transfer-Encoding: base64\n\n{content}\n--outer--"
    )
