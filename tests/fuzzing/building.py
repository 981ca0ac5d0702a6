"""
Building: any text as any argument, which is taken as the value it is, or refused with a sentence.

Promise 3 of the design.  The octet 0xFF, which UTF-8 does not have, divides an input into the arguments.
"""

from __future__ import annotations

from random import Random
from typing import Any

from mimekit import Envelope, Message, MimekitError
from tests.fuzzing.keys import now
from tests.fuzzing.rebuilding import check_built
from tests.fuzzing.target import refused, target
from tests.fuzzing.values import text_of

_ARGUMENTS = ("from_", "to", "cc", "bcc", "subject", "text", "html", "name", "file", "field", "value", "message_id")


@target("arguments", passes=20)
def building(octets: bytes) -> None:
    """Build a message of texts."""
    given = dict(zip(_ARGUMENTS, map(text_of, octets.split(b"\xff")), strict=False))
    arguments: dict[str, Any] = {name: given[name] for name in _ARGUMENTS[:7] if given.get(name)}
    if not arguments.get("from_"):
        arguments["from_"] = "a@example.com"
    if given.get("name"):
        arguments["attachments"] = [(given["name"], given.get("file", "").encode("utf-8", "surrogateescape"))]
    if given.get("field"):
        arguments["headers"] = [(given["field"], given.get("value", ""))]
    if given.get("message_id"):
        arguments["message_id"] = given["message_id"]
    arguments["encoding"] = ("7bit", "8bit", "smtputf8")[len(octets) % 3]
    try:
        built = Message(**arguments, date=now(), rng=Random(1))
    except MimekitError as error:
        refused(error)
        return
    said = {
        name: value
        for name, value in arguments.items()
        if name in ("subject", "text", "html", "attachments", "encoding")
    }
    check_built(built, said)
    assert len(built.headers) <= 16 + len(arguments)
    try:
        deliveries = built.deliveries("separate")
    except MimekitError as error:
        refused(error)
        return
    served = {address for delivery in deliveries for address in delivery.rcpt_to}
    assert len(served) >= 1


@target("arguments", passes=8)
def envelopes(octets: bytes) -> None:
    """Make an envelope of texts: no value becomes a command."""
    mail_from, *rcpt_to = map(text_of, octets.split(b"\xff"))
    more: dict[str, Any] = {}
    for name in ("envid", "orcpt", "notify", "ret"):
        if len(rcpt_to) > 1:
            more[name] = rcpt_to.pop()
    for chosen in (more, {}):
        try:
            envelope = Envelope(mail_from, rcpt_to, **chosen)
        except MimekitError as error:
            refused(error)
            continue
        words = [envelope.mail_from, *envelope.rcpt_to, *envelope.mail_options]
        words += [one for address in envelope.rcpt_to for one in envelope.rcpt_options(address)]
        for word in words:
            assert "\r" not in word
            assert "\n" not in word
            assert "\0" not in word
            assert word.isascii() or envelope.needs_smtputf8
        for word in envelope.mail_options:
            assert " " not in word
