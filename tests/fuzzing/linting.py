"""
Linting: any octets are checked under every profile and mended, and no rule crashes.

Findings are a pure function of the octets and lie inside them.  What was mended is not mended again, keeps what it says
when the fixes are safe, and has no error that was not there before.
"""

from __future__ import annotations

from random import Random

from mimekit import Message, lint, parse
from mimekit.lint import selection
from mimekit.lint.rule import PROFILES
from tests.fuzzing.keys import now, resolve
from tests.fuzzing.target import target
from tests.support.saying import said

_CONTEXT = lint.Context(now=now, resolve=resolve)
_ALL = tuple(PROFILES)
_CRASHED = "L022"
_ROUNDS = 150  # of `lint.fix`, in each of which one of several equal fields is taken out


@target("messages", passes=20)
def linting(octets: bytes) -> None:
    """Check under all profiles and rules."""
    found = lint.check(octets, profile=_ALL, select="ALL", context=_CONTEXT)
    crashed = [str(one) for one in found if one.code == _CRASHED]
    assert not crashed, crashed
    outside = [str(one) for one in found if not 0 <= one.start <= one.end <= len(octets)]
    assert not outside, outside
    assert [one.start for one in found] == sorted([one.start for one in found])
    assert lint.check(parse(octets), profile=_ALL, select="ALL", context=_CONTEXT) == found
    for one in found:
        assert one.code in selection.load()
        str(one).encode()
    touched = parse(octets)
    list(touched.parts)
    assert lint.check(touched, profile=_ALL, select="ALL", context=_CONTEXT) == found


@target("messages", passes=80)
def profiles(octets: bytes) -> None:
    """Check under one profile after the other: each finds what its rules find in the whole, or less."""
    for profile in _ALL:
        found = lint.check(octets, profile=profile, context=_CONTEXT)
        assert _CRASHED not in {one.code for one in found}
        known = selection.plan(profile, None, (), ()).rules
        assert {one.code for one in found} <= set(known)


@target("messages", passes=160, stretched=8000)
def fixing(octets: bytes) -> None:
    """Mend all that can be mended, safely and not."""
    before = lint.check(octets, profile="strict", context=_CONTEXT)
    for unsafe in (False, True):
        once = _fixed(octets, unsafe=unsafe)
        again = _fixed(once.to_bytes(), unsafe=unsafe).to_bytes()
        assert again == once.to_bytes() or _repeats(octets) > _ROUNDS, "fixing what was fixed changes it"
        if once.to_bytes() == octets:
            continue
        after = lint.check(once, profile="strict", context=_CONTEXT)
        new = {one.code for one in after if one.severity == "error"} - {one.code for one in before}
        assert not new, new
        if not unsafe:
            assert _addresses(once) >= _addresses(parse(octets)), "a recipient was lost"
            kept, was = said(once, ends_of_lines=False), said(parse(octets), ends_of_lines=False)
            assert kept == was, (kept, was)


def _fixed(octets: bytes, *, unsafe: bool) -> Message:
    return lint.fix(octets, unsafe=unsafe, profile="strict", context=_CONTEXT, break_signature=True, rng=Random(5))


def _addresses(message: Message) -> set[str]:
    return {one.address.rpartition("@")[0] for name in ("to", "cc", "bcc") for one in getattr(message, name)}


def _repeats(octets: bytes) -> int:
    """Count the fields of the name that comes most often in one header."""
    names = [[name.lower() for name, _ in part.headers] for part in parse(octets).parts]
    return max([one.count(name) for one in names for name in one], default=0)
