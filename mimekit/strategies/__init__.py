"""
Strategies: what tests of anything that reads mail draw messages from, by Hypothesis (extra ``testing``).

Everything is valid unless its name says otherwise, every option is keyword-only and narrows what is drawn, and what
fails shrinks to a message that a person reads at a glance.  docs/reference/strategies.md lists them all.

    from hypothesis import given
    from mimekit import strategies as mail

    @given(mail.messages())
    def test_my_parser_reads_the_subject(message):
        assert my_parser(message.to_bytes()).subject == message.subject

The modules are imported on first use, so that the plugin of Hypothesis costs nothing (`_register`).

    nothing -> the names of the modules below

May import: nothing of ours until asked.  Imported by: `strategies._register`, `testing`.
"""

from __future__ import annotations

import sys
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mimekit.strategies.abnf import from_abnf
    from mimekit.strategies.addresses import (
        addr_specs,
        address_lists,
        display_names,
        domains,
        groups,
        local_parts,
        mailboxes,
    )
    from mimekit.strategies.bodies import (
        Encoded,
        attachments,
        html_parts,
        multiparts,
        text_parts,
        texts,
        transfer_encoded,
    )
    from mimekit.strategies.damage import Broken, broken, corpora, damaged, garbage
    from mimekit.strategies.headers import (
        content_dispositions,
        content_types,
        dates,
        encoded_words,
        message_ids,
        parameters,
        references,
        subjects,
        unstructured,
    )
    from mimekit.strategies.lexical import atoms, cfws, comments, dot_atoms, phrases, quoted_strings
    from mimekit.strategies.messages import Templated, deliveries, envelopes, key_records, messages, templates
    from mimekit.strategies.obsolete import (
        obsolete_addr_specs,
        obsolete_address_lists,
        obsolete_dates,
        obsolete_mailboxes,
        obsolete_message_ids,
        obsolete_phrases,
    )
    from mimekit.strategies.rare import exotic_messages, obsolete_messages
    from mimekit.strategies.spellings import renderings, spellings

_ON_FIRST_USE = {  # a name, and the module that has it
    **dict.fromkeys(("atoms", "cfws", "comments", "dot_atoms", "phrases", "quoted_strings"), "lexical"),
    **dict.fromkeys(
        (*("addr_specs", "address_lists", "display_names", "domains", "groups", "local_parts", "mailboxes"),),
        "addresses",
    ),
    **dict.fromkeys(
        (
            *("content_dispositions", "content_types", "dates", "encoded_words", "message_ids"),
            *("parameters", "references", "subjects", "unstructured"),
        ),
        "headers",
    ),
    **dict.fromkeys(
        (
            *("obsolete_addr_specs", "obsolete_address_lists", "obsolete_dates", "obsolete_mailboxes"),
            *("obsolete_message_ids", "obsolete_phrases"),
        ),
        "obsolete",
    ),
    **dict.fromkeys(
        ("Encoded", "attachments", "html_parts", "multiparts", "text_parts", "texts", "transfer_encoded"), "bodies"
    ),
    **dict.fromkeys(("Templated", "deliveries", "envelopes", "key_records", "messages", "templates"), "messages"),
    **dict.fromkeys(("renderings", "spellings"), "spellings"),
    **dict.fromkeys(("exotic_messages", "obsolete_messages"), "rare"),
    **dict.fromkeys(("Broken", "broken", "corpora", "damaged", "garbage"), "damage"),
    "from_abnf": "abnf",
}

__all__ = [
    "Broken",
    "Encoded",
    "Templated",
    "addr_specs",
    "address_lists",
    "atoms",
    "attachments",
    "broken",
    "cfws",
    "comments",
    "content_dispositions",
    "content_types",
    "corpora",
    "damaged",
    "dates",
    "deliveries",
    "display_names",
    "domains",
    "dot_atoms",
    "encoded_words",
    "envelopes",
    "exotic_messages",
    "from_abnf",
    "garbage",
    "groups",
    "html_parts",
    "key_records",
    "local_parts",
    "mailboxes",
    "message_ids",
    "messages",
    "multiparts",
    "obsolete_addr_specs",
    "obsolete_address_lists",
    "obsolete_dates",
    "obsolete_mailboxes",
    "obsolete_message_ids",
    "obsolete_messages",
    "obsolete_phrases",
    "parameters",
    "phrases",
    "quoted_strings",
    "references",
    "renderings",
    "spellings",
    "subjects",
    "templates",
    "text_parts",
    "texts",
    "transfer_encoded",
    "unstructured",
]


def __getattr__(name: str) -> object:
    """Import the module of a strategy when it is first asked for."""
    home = _ON_FIRST_USE.get(name)
    if home is None:
        message = f"module 'mimekit.strategies' has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module

    found: object = getattr(import_module(f"mimekit.strategies.{home}"), name)
    globals()[name] = found
    return found


class _Facade(ModuleType):
    """The type of this module: a strategy stays what it is, also when the module of the same name is imported."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _ON_FIRST_USE and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Facade


def __dir__() -> list[str]:
    return [*globals(), *_ON_FIRST_USE]
