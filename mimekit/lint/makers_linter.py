"""
Makers of what is over a limit of the parser, for the examples of family L (see `examples.MAKERS`).

    arguments of ``@make`` -> octets, Context

May import: the core, `lint.examples`.  Imported by: `lint.rules.linter`.
"""

from __future__ import annotations

from binascii import b2a_base64
from typing import TYPE_CHECKING

from mimekit.limits import Limits
from mimekit.lint import examples

if TYPE_CHECKING:
    from mimekit.lint.examples import Made

__all__: list[str] = []

_TEXT = "Content-Type: text/plain; charset=utf-8\n\nHello John."


@examples.maker
def limited(arguments: str) -> Made:
    """Give a message to three people, and limits to read it with: ``name=bound``."""
    octets, context = examples.example("To: john@customer.example, ann@customer.example,\n max@customer.example")
    bounds = dict([bound.split("=") for bound in arguments.split()])
    return octets, context.changed(options={"limits": Limits(**{name: int(most) for name, most in bounds.items()})})


@examples.maker
def limit_depth(arguments: str) -> Made:
    """Give a multipart in a multipart, so many of them."""
    depth = int(arguments)
    opening = [f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}" for level in range(depth)]
    closing = [f"--b{level}--" for level in range(depth - 1, -1, -1)]
    first, _, rest = "\n".join([*opening, _TEXT, *closing]).partition("\n")
    return examples.example(f"{first}\n-Content-Transfer-Encoding\n{rest}")


@examples.maker
def limit_parts(arguments: str) -> Made:
    """Give a multipart of so many parts."""
    parts = "\n".join([f"--b\n{_TEXT}"] * int(arguments))
    return examples.example(f"Content-Type: multipart/mixed; boundary=b\n-Content-Transfer-Encoding\n\n{parts}\n--b--")


@examples.maker
def limit_fields(arguments: str) -> Made:
    """Give a message with so many fields."""
    return examples.example("\n".join([f"X-Note-{number}: one" for number in range(int(arguments))]))


@examples.maker
def limit_field_size(arguments: str) -> Made:
    """Give a message with a field of so many lines."""
    return examples.example("X-Note:" + "\n".join([f" {'one ' * 18}"] * int(arguments)))


@examples.maker
def limit_parameters(arguments: str) -> Made:
    """Give a message whose type has so many parameters."""
    given = ";\n".join([f" x-p{number}=one" for number in range(int(arguments))])
    return examples.example(f"Content-Type: text/plain; charset=utf-8;\n{given}")


@examples.maker
def limit_words(arguments: str) -> Made:
    """Give a message with so many encoded words in a field."""
    return examples.example("X-Note:" + "\n".join([" =?utf-8?Q?=C3=BC?="] * int(arguments)))


@examples.maker
def limit_comments(arguments: str) -> Made:
    """Give a message with a comment in a comment, so many of them."""
    depth = int(arguments)
    return examples.example(f"To: John Roe <john@customer.example> {'(' * depth}home{')' * depth}")


@examples.maker
def limit_ids(arguments: str) -> Made:
    """Give an answer to so many messages."""
    listed = "\n".join([f" <{number}.7f3a9c2e@customer.example>" for number in range(int(arguments))])
    return examples.example(f"References:{listed}")


@examples.maker
def limit_date(arguments: str) -> Made:
    """Give a message whose Date has a comment of so many words."""
    words = "\n".join([" one two three four five"] * (int(arguments) // 5))
    return examples.example(f"Date: Tue, 24 Nov 2026 03:30:00 +0000\n ({words.strip()})")


@examples.maker
def limit_encoded(arguments: str) -> Made:
    """Give a message in base64 in a message in base64, so many of them."""
    inner, context = examples.example("Subject: Hello\n\nHello John.")
    for _ in range(int(arguments)):
        outer, _, _ = examples.example("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64")[0].partition(
            b"\r\n\r\n"
        )
        encoded = b2a_base64(inner, newline=False)
        lines = [encoded[at : at + 76] for at in range(0, len(encoded), 76)]
        inner = outer + b"\r\n\r\n" + b"\r\n".join([*lines, b""])
    return inner, context


@examples.maker
def limit_boundary(arguments: str) -> Made:
    """Give a multipart with a boundary of so many octets."""
    boundary = "b" * int(arguments)
    return examples.example(
        f'Content-Type: multipart/mixed;\n boundary="{boundary}"\n-Content-Transfer-Encoding\n\n--{boundary}\n{_TEXT}\n'
        f"--{boundary}--"
    )


@examples.maker
def limit_field_name(arguments: str) -> Made:
    """Give a message with a field name of so many octets."""
    return examples.example(f"X-{'n' * (int(arguments) - 2)}: one")


@examples.maker
def html_tags(arguments: str) -> Made:
    """Give an HTML body of nine tags, and how many of them are looked at."""
    octets, context = examples.example(
        '@html\n<!DOCTYPE html>\n<html lang="en"><body><p>Hello John,</p><p>your order 10482 has left our house.</p>'
        "</body></html>"
    )
    return octets, context.changed(options={"max-html-tags": int(arguments)})
