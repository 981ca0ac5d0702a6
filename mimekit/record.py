"""
Records: what belongs to a delivery beside its octets, as JSON.

The octets of a message must not name those in Bcc (RFC 5322 3.6.3), so what keeps octets in files keeps the envelope in
a record of its own.  Reading one back checks every value: a file is not to be trusted with SMTP commands.

    Delivery -> {"mail_from": ..., "rcpt_to": [...], ...} -> Envelope

May import: `envelope`, `delivery`, `errors`.  Imported by: `bulk`, `maildir`.
"""

from __future__ import annotations

import json
import re

from mimekit.envelope import Envelope
from mimekit.errors import EnvelopeError, show

__all__ = ["described", "encode", "envelope", "plain"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from mimekit.delivery import Delivery

_ESCAPED = re.compile(r"\+([0-9A-F]{2})")


def plain(handover: Mapping[str, Any]) -> dict[str, Any]:  # values are what a service wants to know
    """Give a read-only mapping as dicts, as JSON gives it back."""
    return {name: plain(value) if hasattr(value, "items") else value for name, value in handover.items()}


def described(delivery: Delivery) -> dict[str, Any]:  # values are what a service wants to know
    """Give the envelope of a delivery as JSON holds it; raise `EnvelopeError` for what would come back as another."""
    handover = plain(delivery.handover)
    try:
        same = not handover or repr(json.loads(json.dumps(handover))) == repr(handover)
    except (TypeError, ValueError):
        same = False
    if not same:
        message = (
            f"handover is {show(handover)}, which an outbox cannot record: "
            f"it takes dicts with str keys, lists, str, int, float, bool and None"
        )
        raise EnvelopeError(message)
    said = delivery.envelope
    return {
        "mail_from": said.mail_from,
        "rcpt_to": list(said.rcpt_to),
        "mail_params": dict(said.mail_params),
        "rcpt_params": {address: dict(items) for address, items in said.rcpt_params.items() if items},
        "handover": handover,
    }


def encode(delivery: Delivery) -> bytes:
    """Give the file of an envelope; raises as `described` does."""
    return json.dumps(described(delivery), indent=2).encode() + b"\n"


def envelope(record: Mapping[str, Any]) -> Envelope:  # what JSON gives; the constructor checks it
    """Build an envelope anew from its record, every value checked: a file is not to be trusted with SMTP commands."""
    mail: dict[str, Any] = record["mail_params"]
    recipients: dict[str, dict[str, Any]] = record["rcpt_params"]
    by_name: dict[str, dict[str, str]] = {}
    for address, items in recipients.items():
        for name, value in items.items():
            by_name.setdefault(name, {})[address] = value
    orcpt = {address: _unescaped(value) for address, value in by_name.get("ORCPT", {}).items()}
    made = Envelope(
        record["mail_from"],
        record["rcpt_to"],
        size=int(mail["SIZE"]) if "SIZE" in mail else None,
        body=mail.get("BODY"),
        smtputf8="SMTPUTF8" in mail,
        ret=mail.get("RET"),
        envid=_unescaped(mail["ENVID"]) if "ENVID" in mail else None,
        requiretls="REQUIRETLS" in mail,
        mt_priority=int(mail["MT-PRIORITY"]) if "MT-PRIORITY" in mail else None,
        notify=by_name.get("NOTIFY"),
        orcpt=orcpt or None,
    )
    read = {address: dict(items) for address, items in made.rcpt_params.items() if items}
    if dict(made.mail_params) != mail or read != recipients:
        message = f"the parameters {show(mail)} and {show(recipients)} are not those of an envelope"
        raise EnvelopeError(message)
    return made


def _unescaped(xtext: str) -> str:
    """Decode xtext (RFC 3461 4)."""
    return _ESCAPED.sub(lambda hit: chr(int(hit[1], 16)), xtext)
