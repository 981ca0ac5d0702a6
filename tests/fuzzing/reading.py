"""
Reading: any octets are kept, everything can be asked of them, and the answers do not depend on what was asked before.

Promises 1, 2 and 8 of the design, over whole messages, with the usual limits and with narrow ones.
"""

from __future__ import annotations

import copy
import pickle

from mimekit import DefectError, Limits, Message, parse
from tests.fuzzing.target import refused, target
from tests.support.reading import read_everything

_NARROW = Limits(
    max_depth=2,
    max_parts=4,
    max_header_fields=6,
    max_header_block_bytes=400,
    max_field_bytes=120,
    max_params_per_field=3,
    max_boundary=20,
    max_addresses_per_field=4,
    max_comment_depth=2,
    max_encoded_words_per_field=3,
    max_msg_ids=2,
    max_date_bytes=40,
    max_encoded_depth=1,
    max_decoded_bytes=300,
    max_defects=5,
)


@target("messages", passes=12)
def reading(octets: bytes) -> None:
    """Parse, and call every accessor."""
    _check(octets, Limits())


@target("messages", passes=12)
def reading_within_limits(octets: bytes) -> None:
    """Likewise, with bounds that nearly every message passes; nothing beyond them is lost."""
    _check(octets, _NARROW)


def _check(octets: bytes, limits: Limits) -> None:
    message = parse(octets, limits=limits)
    assert message.to_bytes() == octets
    assert b"".join(message.iter_bytes()) == octets
    assert message.size == len(octets)
    untouched = parse(octets, limits=limits).defects
    texts = read_everything(message)
    for text in texts:
        text.encode()  # no lone surrogate
    assert message.defects == untouched
    again = parse(memoryview(octets), limits=limits)
    assert read_everything(again) == texts
    assert again == message
    assert hash(again) == hash(message)
    _check_strict(octets, message, limits)
    restored = pickle.loads(pickle.dumps(message))
    assert restored == copy.copy(message)
    assert read_everything(restored) == texts
    _check_parts(message)


def _check_strict(octets: bytes, message: Message, limits: Limits) -> None:
    try:
        parse(octets, strict=True, limits=limits)
    except DefectError as error:
        refused(error)
        found = error.defect
        assert message.defects[:1] == (found,), "strict mode refuses what has no defect"
    else:
        assert not message.defects


def _check_parts(message: Message) -> None:
    numbers = []
    for part in message.parts:
        numbers.append(part.number)
        inside = part.raw
        assert part.raw_body == inside[len(inside) - len(part.raw_body) :]
        assert part.decoded([]) == part.decoded()
        assert part.decoded_size == len(part.decoded())
        part.decoded_text([]).encode()
        if part.embedded is not None:
            assert Message.of(part.embedded).to_bytes() == part.embedded.raw
    named = [one for one in numbers if one is not None]
    assert len(set(named)) == len(named)
