"""
DKIM before independent judges: what is signed here verifies there, and the other way round.

What was changed by one octet verifies nowhere.  The judges are dkimpy, the library of OpenDKIM and mailauth; one that
is not installed is left out, and said so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mimekit.dkim import Signer, sign, verify
from mimekit.errors import DkimError
from tests.support.judges import JUDGES, Judge, judge
from tests.support.signable import FORMS, messages, odd_messages, signers
from tests.support.signing import DOMAIN, key_record, now


@pytest.fixture(params=[*JUDGES], scope="module", name="judge")
def _judge(request: pytest.FixtureRequest) -> Iterator[Judge]:
    with judge(request.param) as made:
        yield made


def resolve(name: str) -> list[bytes]:
    selector, _, domain = name.partition("._domainkey.")
    return [key_record(selector)] if domain == DOMAIN and selector in ("rsa", "ed") else []


def ours(signed: bytes) -> list[str]:
    """Let mimekit verify; a pass is ``pass``, anything else comes with its reason."""
    return [
        "pass" if result.status == "pass" else f"{result.status}: {result.text}"
        for result in verify(signed, resolve=resolve, now=now).results
    ]


@settings(max_examples=100)
@given(messages(), st.lists(signers, min_size=1, max_size=2))
def test_what_mimekit_signs_verifies(judge: Judge, octets: bytes, signers: list[Signer]) -> None:
    assert judge.verdicts(sign(octets, signers)) == [True] * len(signers)


@settings(max_examples=200)
@given(odd_messages(), st.lists(signers, min_size=1, max_size=2))
def test_what_mimekit_does_not_refuse_to_sign_verifies(judge: Judge, octets: bytes, signers: list[Signer]) -> None:
    try:
        signed = sign(octets, signers)
    except DkimError:
        return
    assert judge.verdicts(signed) == [True] * len(signers)
    assert ours(signed) == ["pass"] * len(signers)


@settings(max_examples=100)
@given(messages(), st.sampled_from(["rsa", "ed"]), st.sampled_from(FORMS))
def test_what_a_judge_signs_verifies_with_mimekit(judge: Judge, octets: bytes, selector: str, forms: str) -> None:
    assert ours(judge.signed(octets, selector, forms)) == ["pass"]


# -- one octet


def _visible(octets: bytes, start: int, end: int, *, blanks: bool) -> list[int]:
    """Give the places whose octet can be changed and still be one; *blanks*: also where that matters to *simple*."""
    return [
        at
        for at, octet in enumerate(octets[start:end], start)
        if (octet > 0x20 and octet ^ 2 > 0x20) or (blanks and octet in b" \t")
    ]


def _places(part: str, signer: Signer, signed: bytes, size: int) -> list[int]:
    """Give the places of one part of a message, *size* octets long before it was signed, that a signature covers."""
    header, body = signer.canonicalization.split("/")
    top = len(signed) - size
    end = signed.index(b"\r\n\r\n", top) + 2
    if part == "the body":
        return _visible(signed, end + 2, len(signed), blanks=body == "simple")
    if part == "a tag":
        # The last four characters of b= may hold bits that mean nothing.
        last = len(signed[:top].rstrip(b"\r\n=")) - 4
        return _visible(signed, signed.index(b":") + 1, last, blanks=False)
    covered = {*signer.headers, *signer.oversign}
    found = []
    for field in re.finditer(rb"(?s)([^:]+):.*?\r\n(?![ \t])", signed[:end][top:]):
        if field[1].decode().lower() in covered:
            found += _visible(signed, top + field.start(), top + field.end(), blanks=header == "simple")
    return found


def _changed(octets: bytes, at: int) -> bytes:
    """Change one octet into another of its kind: a blank into the other blank; never a letter into its other case."""
    octet = octets[at]
    return octets[:at] + bytes([octet ^ (ord(" ") ^ ord("\t")) if octet in b" \t" else octet ^ 2]) + octets[at + 1 :]


@pytest.mark.parametrize("part", ["a signed field", "the body", "a tag"])
@settings(max_examples=100)
@given(octets=messages(), signer=signers, data=st.data())
def test_one_changed_octet_is_refused_by_every_verifier(
    judge: Judge, part: str, octets: bytes, signer: Signer, data: st.DataObject
) -> None:
    signed = signer.sign(octets)
    places = _places(part, signer, signed, len(octets))
    assume(places)
    changed = _changed(signed, data.draw(st.sampled_from(places)))
    assert not any(judge.verdicts(changed))
    assert "pass" not in ours(changed)


@settings(max_examples=60)
@given(messages(), st.sampled_from(["rsa", "ed"]), st.sampled_from(FORMS), st.data())
def test_one_changed_octet_of_what_a_judge_signed_is_refused(
    judge: Judge, octets: bytes, selector: str, forms: str, data: st.DataObject
) -> None:
    signed = judge.signed(octets, selector, forms)
    from_ = signed.index(b"ada@example.com", len(signed) - len(octets))
    body = _visible(signed, signed.index(b"\r\n\r\n") + 4, len(signed), blanks=False)
    at = data.draw(st.sampled_from([*range(from_, from_ + 15), *body[:1000]]))
    assert "pass" not in ours(_changed(signed, at))
