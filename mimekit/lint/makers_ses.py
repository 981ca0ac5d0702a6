"""
Makers of calls of Amazon SES, and of what is too large for it, for the examples of rules (see `examples.MAKERS`).

    arguments of ``@make`` -> octets, Context

May import: the core, `lint.examples`.  Imported by: `lint.rules.ses`, `lint.rules.ses_answers`.
"""

from __future__ import annotations

import json
from functools import cache
from random import Random
from typing import TYPE_CHECKING

from mimekit.lint import examples
from mimekit.message import Message

if TYPE_CHECKING:
    from mimekit.lint.examples import Made

__all__: list[str] = []

_TO_JOHN = {"Destination": {"ToAddresses": ["john@customer.example"]}}
_MANY = 8 * 2**20  # octets, which base64 makes more of than v1 takes


@examples.maker
def ses_call(arguments: str) -> Made:
    """Give the base message and the arguments of a call to its recipient, as JSON."""
    octets, context = examples.example("X-Campaign: autumn")
    return octets, context.changed(ses_call=_TO_JOHN | json.loads(arguments))


@examples.maker
def ses_verified(arguments: str) -> Made:
    """Give the base message and the identities that are verified."""
    octets, context = examples.example("X-Campaign: autumn")
    return octets, context.changed(options={"ses-verified": arguments.split()})


@examples.maker
def ses_recipients(arguments: str) -> Made:
    """Give the base message to so many recipients."""
    lines = [f" reader{number}@customer.example" for number in range(int(arguments))]
    return examples.example("To:" + ",\n".join(lines))


@examples.maker
def ses_large(arguments: str) -> Made:
    """Give a message of 11 MB and a call of the API of that version."""
    is_v1 = arguments == "v1"
    call = {"Source": "jane@shop.example", "RawMessage": {}} if is_v1 else {"Content": {"Raw": {}}}
    _, context = examples.example("X-Campaign: autumn")
    return _large(), context.changed(ses_call=call)


@examples.maker
def ses_long_header(_: str) -> Made:
    """Give a message that lost the empty line before its data."""
    octets, context = examples.example("X-Campaign: autumn")
    header = octets.partition(b"\r\n\r\n")[0]
    return header + b"\r\n" + b"UEsDBBQAAAAIAGFsaWNlIGFuZCBib2I\r\n" * 4000, context


@cache
def _large() -> bytes:
    return Message(
        from_="Jane Doe <jane@shop.example>",
        to="John Roe <john@customer.example>",
        subject="Your order 10482",
        text="Hello John,\n\nthe pictures of your order are attached.\n\nJane\n",
        attachments=[("pictures.zip", b"PK\x05\x06" + bytes(_MANY))],
        date=examples.NOW,
        message_id="<20261124033000.7f3a9c2e@shop.example>",
        rng=Random(1),  # noqa: S311 - a boundary, no secret
    ).to_bytes()


@examples.maker
def ses_headers(arguments: str) -> Made:
    """Give the base message and a call with so many Headers."""
    headers = [{"Name": f"X-Note-{number}", "Value": "autumn"} for number in range(int(arguments))]
    octets, context = examples.example("X-Campaign: autumn")
    return octets, context.changed(ses_call=_TO_JOHN | {"Content": {"Simple": {"Headers": headers}}})
