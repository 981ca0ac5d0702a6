"""
What mimekit signs verifies under dkimpy, whatever the message; what a relay may do to it is survived, an edit is not.

dkimpy parses, canonicalises and computes without a line of mimekit.
"""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mimekit import Message, parse
from mimekit.dkim import Signer, sign
from tests.support.drawn import message_arguments
from tests.support.signable import messages, signers
from tests.support.signing import judged


@given(messages(), signers)
@settings(max_examples=300)
def test_what_is_signed_verifies_under_dkimpy_always(octets: bytes, signer: Signer) -> None:
    signed = signer.sign(octets)
    assert signed.endswith(octets)
    assert judged(signed) == [True]


@given(messages(), st.lists(signers, min_size=1, max_size=3))
@settings(max_examples=50)
def test_several_signatures_verify_and_all_kinds_of_input_give_the_same(octets: bytes, signers: list[Signer]) -> None:
    signed = sign(octets, signers)
    assert sign(parse(octets), signers).to_bytes() == signed
    assert judged(signed) == [True] * len(signers)


@given(message_arguments(), st.lists(signers, min_size=1, max_size=2))
@settings(max_examples=50)
def test_what_is_built_is_signed_delivered_and_verifies(arguments: dict[str, Any], signers: list[Signer]) -> None:
    assume(any([arguments.get(name) for name in ("to", "cc", "bcc")]))
    message = Message(**arguments)
    signed = sign(message, signers)
    assert signed.envelope == message.envelope
    assert signed.to_bytes().endswith(message.to_bytes())
    assert judged(signed.to_bytes()) == [True] * len(signers)
    for delivery in signed.deliveries(bcc="separate"):
        assert judged(delivery.data) == [True] * len(signers)


@given(messages(), signers, st.data())
@settings(max_examples=100)
def test_relays_may_add_trace_fields_and_relaxed_survives_white_space_and_case(
    octets: bytes, signer: Signer, data: st.DataObject
) -> None:
    signed = signer.sign(octets)
    field, header = signed[: -len(octets)], octets.partition(b"\r\n\r\n")
    block, body = header[0] + b"\r\n", header[2]
    if signer.canonicalization.startswith("relaxed"):
        block = block.replace(b"\r\n ", b"\r\n\t\t ").replace(b"From:", b"fROM: \t").replace(b"Subject:", b"sUBJECT:")
    if signer.canonicalization.endswith("/relaxed"):
        body = body.replace(b" ", b" \t").replace(b"\r\n", b" \r\n")
    body += b"\r\n" * data.draw(st.integers(0, 3))
    trace = b"Received: by relay.example.net\r\nX-Seen: yes\r\n"
    assert judged(trace + field + block + b"\r\n" + body) == [True]


@given(messages(), signers, st.data())
@settings(max_examples=150)
def test_a_changed_octet_of_what_is_signed_is_refused(octets: bytes, signer: Signer, data: st.DataObject) -> None:
    signed = signer.sign(octets)
    field = signed[: -len(octets)]
    body = octets.partition(b"\r\n\r\n")[2]
    places = [at for at, octet in enumerate(octets) if octet > 0x20 and _is_covered(octets, at, len(body))]
    assume(places)
    at = data.draw(st.sampled_from(places))
    changed = bytes([octets[at] ^ 0x02])
    assert judged(field + octets[:at] + changed + octets[at + 1 :]) == [False]
    inside = data.draw(st.integers(field.index(b"h=") + 2, len(field) - 8))
    assume(field[inside : inside + 1].isalnum())
    other = b"A" if field[inside : inside + 1] != b"A" else b"B"
    assume(field[inside : inside + 1].swapcase() != other)
    assert judged(field[:inside] + other + field[inside + 1 :] + octets) != [True]


def _is_covered(octets: bytes, at: int, size: int) -> bool:
    """Tell whether an octet is in the body, or in the value of From."""
    if at >= len(octets) - size:
        return True
    return (
        octets.rfind(b"ada@example.com", 0, at + 1) >= 0
        and octets[at : at + 1].isalnum()
        and (
            octets.find(b"ada@example.com", max(0, at - 15))
            <= at
            < octets.find(b"ada@example.com", max(0, at - 15)) + 15
        )
    )
