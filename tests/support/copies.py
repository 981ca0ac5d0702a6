"""
Copies: what arrived at a server, and the one question of the main job about them.

    copies -> nothing, or an AssertionError that names who was not served or whose address was seen

The standard library reads the copies here, so that what mimekit writes is not judged by mimekit.
"""

from __future__ import annotations

from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Literal, NamedTuple

from tests.support.receipt import EVERYBODY, FILES, HIDDEN, SPEC, TRACES

__all__ = [
    "SEEN",
    "Copy",
    "Reading",
    "check_everybody_served_and_nobody_seen",
    "check_the_receipt_is_whole",
    "with_planted_bcc",
]

SEEN = "who is hidden"
"""What the failure of the check says when an address was seen; a test that plants one matches it."""

Reading = Literal["omit", "separate", "empty"]
"""The three readings of RFC 5322 3.6.3: where a Bcc field may stand."""


class Copy(NamedTuple):
    """One message that reached one recipient."""

    recipient: str
    """The envelope recipient, as the server got it."""
    octets: bytes
    """The whole message as it was stored."""


def check_everybody_served_and_nobody_seen(copies: list[Copy], *, bcc: Reading = "omit") -> None:
    """
    Check that To, Cc and Bcc each got one copy, and that a Bcc address stands in no copy but its own.

    *bcc* is the reading of RFC 5322 3.6.3 in force, which says where a Bcc field may stand: ``"omit"`` nowhere,
    ``"separate"`` in a hidden recipient's own copy, ``"empty"`` everywhere but without an address.
    """
    served = Counter([copy.recipient for copy in copies])
    assert served == Counter(EVERYBODY), f"served: {dict(served)}"
    for recipient, octets in copies:
        seen = _everything_readable(octets)
        for hidden in HIDDEN:
            if hidden != recipient:
                traces = [trace for trace in TRACES[hidden] if trace in seen]
                assert not traces, f"the copy of {recipient} shows {hidden}, {SEEN}: {traces}"
    for recipient, octets in copies:
        fields = message_from_bytes(octets, policy=policy.default).get_all("Bcc", [])
        if bcc == "empty":
            assert [str(field) for field in fields] == [""], f"the copy of {recipient} has the Bcc fields {fields}"
        else:
            expected = 1 if bcc == "separate" and recipient in HIDDEN else 0
            assert len(fields) == expected, f"the copy of {recipient} has {len(fields)} Bcc fields, not {expected}"


def _everything_readable(octets: bytes) -> str:
    """Give all that a curious reader could find in a copy, in lower case: its octets, its values and its texts."""
    message = message_from_bytes(octets, policy=policy.default)
    found = [octets.decode("utf-8", "replace")]
    for part in message.walk():
        found += [f"{name}: {value}" for name, value in part.items()]
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            found.append(content.decode("utf-8", "replace"))
    return "\n".join(found).lower()


def check_the_receipt_is_whole(octets: bytes) -> None:
    """Check that a copy says what the files of the receipt say: subject, text, HTML, picture, PDF and invitation."""
    folder = SPEC.parent
    message = message_from_bytes(octets, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert message["Subject"] == "Your receipt for order 10482 \u2013 thank you, Zo\u00eb"
    assert str(message["From"].addresses[0].display_name) == "B\u00fccherstube Gr\u00fcn"
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n") == (folder / "receipt.txt").read_text(encoding="utf-8")
    assert html is not None
    assert "Thank you, Zo\u00eb" in html.get_content()
    for media_type, name in FILES.items():
        (part,) = [part for part in message.walk() if part.get_content_type() == media_type]
        assert part.get_payload(decode=True) == (folder / name).read_bytes(), f"{name} is not what it was"
    (invitation,) = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert invitation.get_param("method") == "REQUEST"


def with_planted_bcc(data: bytes) -> bytes:
    """Give message octets that name a hidden recipient, as a builder with a leak would make them."""
    return b"Bcc: Taro <yamada.taro@archive.test>\r\n" + data
