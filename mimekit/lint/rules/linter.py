"""
Rules about the linter itself and the limits of the parser (family L).

    what was not looked at, what was ignored for nothing -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.lint import makers_linter  # noqa: F401 - the examples use it
from mimekit.lint.rule import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.context import Context
    from mimekit.lint.html import Html
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Mail

__all__: list[str] = []


@rule("L001")
def limit_message_size() -> None:
    """
    The message is larger than max_message_bytes, so its body was not looked into.

    Why it matters: nothing is known about what is in it; no rule looked there.

    Bad:
        @make limited max_message_bytes=200

    Good:
        @make limited max_message_bytes=2000
    """


@rule("L002", implies=["M025", "M030", "M033", "M037"])
def limit_depth() -> None:
    """
    Multiparts and messages are nested deeper than max_depth, so the innermost were not looked into.

    Why it matters: nobody writes such a message; it is made to exhaust readers, which give up at different depths.

    Bad:
        @make limit_depth 102

    Good:
        X-Campaign: autumn
    """


@rule("L003", implies=["M038"])
def limit_parts() -> None:
    """
    There are more parts than max_parts, so the last were not looked into.

    Why it matters: nobody writes such a message; it is made to exhaust readers.

    Bad:
        @make limit_parts 10001

    Good:
        @make limit_parts 3
    """


@rule("L004", implies=["B013", "H020"])
def limit_header_fields() -> None:
    """
    A header has more fields than max_header_fields, so the last were not read.

    Why it matters: a reader with another bound sees another message, and large receivers refuse it.

    Bad:
        @make limit_fields 10001

    Good:
        @make limit_fields 3
    """


@rule("L005", implies=["B013", "H020"])
def limit_header_size() -> None:
    """
    A header or one of its fields is larger than its bound, so it was not read.

    Why it matters: a reader with another bound sees another message, and large receivers refuse it.

    Bad:
        @make limit_field_size 3700

    Good:
        @make limit_field_size 3
    """


@rule("L006", implies=["X026"])
def limit_parameters() -> None:
    """
    A field has more parameters than max_params_per_field, so the last were not read.

    Why it matters: it is made to exhaust readers, or to hide a second boundary or file name from one of them.

    Bad:
        @make limit_parameters 130

    Good:
        @make limit_parameters 3
    """


@rule("L007")
def limit_addresses() -> None:
    """
    A field has more addresses than max_addresses_per_field, so the last were not read.

    Why it matters: whoever stands beyond the bound is not known to be a recipient.

    Bad:
        @make limited max_addresses_per_field=2

    Good:
        @make limited max_addresses_per_field=3
    """


@rule("L008", implies=["B013", "H020", "X026"])
def limit_encoded_words() -> None:
    """
    A field has more encoded words than max_encoded_words_per_field, so the last are shown as they stand.

    Why it matters: it is made to exhaust readers, or to show something else behind the bound.

    Bad:
        @make limit_words 5001

    Good:
        @make limit_words 1
    """


@rule("L009")
def limit_comment_depth() -> None:
    """
    Comments or groups are nested deeper than max_comment_depth or max_group_depth.

    Why it matters: readers count in different ways, so one may take for an address what is a comment to another.

    Bad:
        @make limit_comments 17

    Good:
        @make limit_comments 1
    """


@rule("L010")
def limit_message_ids() -> None:
    """
    A field has more message ids than max_msg_ids, so the last were not read.

    Why it matters: a thread of that length is made by a program in a loop, and receivers cut the field.

    Bad:
        @make limit_ids 1001

    Good:
        @make limit_ids 3
    """


@rule("L011")
def limit_date_length() -> None:
    """
    A date is longer than max_date_bytes, so it was not read.

    Why it matters: a date has 40 octets; the rest are comments, which readers skip or stumble over.

    Bad:
        @make limit_date 50

    Good:
        @make limit_date 5
    """


@rule("L012", implies=["M034", "M125"])
def limit_encoded_nesting() -> None:
    """
    Messages are encoded within each other deeper than max_encoded_depth, so the innermost was not looked into.

    Why it matters: each level hides the next from scanners that decode once.

    Bad:
        @make limit_encoded 5

    Good:
        @make limit_encoded 0
    """


@rule("L013", implies=["H004", "H006", "M022"])
def limit_boundary() -> None:
    """
    A boundary is longer than max_boundary, so the multipart was not divided.

    Why it matters: a boundary has 70 octets at most; readers cut it at different lengths and see different parts.

    Bad:
        @make limit_boundary 2049

    Good:
        X-Campaign: autumn
    """


@rule("L014")
def limit_field_name() -> None:
    """
    A field name is longer than max_field_name.

    Why it matters: receivers cut it or refuse the message.

    Bad:
        @make limit_field_name 260

    Good:
        @make limit_field_name 20
    """


@rule("L020", severity="warning", looks_at="run")
def unused_ignore(_: Mail, __: Context) -> Iterator[Hit]:
    """
    An ignore matched nothing in the whole run.

    Why it matters: what it was for is mended or gone, and it would hide the next fault of that kind.  Take it out.
    """
    yield from ()  # `Ignores` finds it, when a run is over


@rule("L021", severity="info", looks_at="run")
def ignore_without_reason(_: Mail, __: Context) -> Iterator[Hit]:
    """
    An ignore has no reason.

    Why it matters: nobody can tell later whether it is still needed.  Give the reason beside the code.
    """
    yield from ()  # `Ignores` finds it, when a run is over


@rule("L022", severity="error", looks_at="run")
def rule_crashed(_: Mail, __: Context) -> Iterator[Hit]:
    """
    A rule raised an exception: the finding names both.  The other rules were asked all the same.

    Why it matters: what this rule would have found is not known.  It is a fault of the rule; please report it.
    """
    yield from ()  # the engine finds it


@rule("L023", name="findings-left-out", severity="info", looks_at="run")
def findings_left_out(_: Mail, __: Context) -> Iterator[Hit]:
    """
    A rule found something more often than a report lists: the finding says how often.

    Why it matters: a thousand findings of one rule (the option max-findings is another number) say as much as all, and
    nobody reads more.  A fix mends all of them.
    """
    yield from ()  # the engine finds it


@rule("L024", name="html-left-out", severity="warning", looks_at="html", reference="mimekit.lint")
def html_left_out(html: Html, _: Context) -> Iterator[Hit]:
    """
    An HTML body has so many tags that only the first of them were looked at.

    What stands behind them was not searched for links and scripts, and what a rule misses may be there.

    Why it matters: no mail for people has 20,000 tags (the option max-html-tags is another number); many mail programs
    are slow with them or stop, and Gmail shows the first 102 KB.

    Bad:
        @make html_tags 8

    Good:
        @make html_tags 9

    References: mimekit.lint
    """
    if html.left_out is not None:
        text = f"the HTML goes on here after {html.most_tags:,} tags; the rules did not look at that"
        yield html.text.hit(text, html.left_out, html.left_out + 1)
