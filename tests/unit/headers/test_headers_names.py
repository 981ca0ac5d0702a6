"""The registry of header fields."""

from __future__ import annotations

import pickle

import pytest

from mimekit.headers import names

# The table of RFC 5322 3.6, without the fields that stand once in each block, and RFC 2045 3.
ONCE = [
    ("Date", "date"),
    ("From", "mailbox-list"),
    ("Sender", "mailbox"),
    ("Reply-To", "address-list"),
    ("To", "address-list"),
    ("Cc", "address-list"),
    ("Bcc", "address-list"),
    ("Message-ID", "msg-id"),
    ("In-Reply-To", "msg-id-list"),
    ("References", "msg-id-list"),
    ("Subject", "unstructured"),
    ("MIME-Version", "mime-version"),
    ("Content-Type", "content-type"),
    ("Content-Transfer-Encoding", "token"),
    ("Content-ID", "msg-id"),
    ("Content-Description", "unstructured"),
    ("Content-Disposition", "content-disposition"),
]
ANY_NUMBER = [
    ("Comments", "unstructured"),
    ("Keywords", "phrase-list"),
    ("Resent-Date", "date"),
    ("Resent-From", "mailbox-list"),
    ("Resent-To", "address-list"),
    ("Resent-Message-ID", "msg-id"),
    ("Return-Path", "path"),
    ("Received", "received"),
    ("DKIM-Signature", "tag-list"),
]


@pytest.mark.parametrize(("name", "kind"), ONCE, ids=[name for name, _ in ONCE])
def test_a_field_of_rfc_5322_3_6_or_rfc_2045_3_stands_once(name: str, kind: str) -> None:
    known = names.info(name)
    assert (known.name, known.kind, known.max_count, known.status) == (name, kind, 1, "standard")
    assert name.lower() in names.SINGLETONS


@pytest.mark.parametrize(("name", "kind"), ANY_NUMBER, ids=[name for name, _ in ANY_NUMBER])
def test_a_field_that_may_repeat_has_no_count(name: str, kind: str) -> None:
    known = names.info(name)
    assert (known.name, known.kind, known.max_count) == (name, kind, 0)
    assert name.lower() not in names.SINGLETONS


def test_a_name_is_known_in_any_case_and_spelled_as_the_registry_spells_it() -> None:
    assert names.info("mime-VERSION").name == "MIME-Version"
    assert names.info("LIST-unsubscribe-post").name == "List-Unsubscribe-Post"


def test_an_unknown_field_is_unstructured_and_keeps_its_spelling() -> None:
    assert names.info("X-Unheard-OF") == names.FieldInfo("X-Unheard-OF", "unstructured", 0, "other", "unregistered")


def test_an_unknown_content_field_is_of_mime() -> None:
    """RFC 2045 9."""
    assert names.info("Content-Unheard-Of").group == "mime"


def test_every_row_has_a_known_kind_and_group_and_a_name_of_its_own() -> None:
    for key, known in names.FIELDS.items():
        assert key == known.name.lower()
        assert known.kind in names.KINDS
        assert known.group in names.GROUPS
        assert known.status in ("standard", "experimental", "informational", "unregistered")
        assert known.max_count in (0, 1)


def test_every_kind_and_group_is_used() -> None:
    assert {known.kind for known in names.FIELDS.values()} == set(names.KINDS)
    assert {known.group for known in names.FIELDS.values()} == set(names.GROUPS)


def test_address_keys_are_the_fields_of_the_address_kinds() -> None:
    assert b"resent-cc" in names.ADDRESS_KEYS
    assert b"return-path" not in names.ADDRESS_KEYS
    for key in names.ADDRESS_KEYS:
        assert names.info(key.decode()).kind in names.ADDRESS_KINDS


def test_a_row_is_a_value() -> None:
    known = names.info("Subject")
    assert pickle.loads(pickle.dumps(known)) == known
    assert hash(known) == hash(names.info("subject"))
