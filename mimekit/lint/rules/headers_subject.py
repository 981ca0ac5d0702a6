"""
Rules about subjects, and about what a template left behind (family H, H219 to H222).

    subject, fields -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.lint.rule import rule
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Entity, Field

__all__: list[str] = []

_LONG = 200  # characters
_LETTERS = 10
_SHOUT = re.compile(r"!!|\?\?|!\?|\?!\s*\Z")
# What is written by Jinja, Liquid and Mustache; shells and Freemarker; Python; ERB and EJS; Mailchimp; others.
_RESIDUE = re.compile(
    r"\{\{[^{}\n]{0,200}\}\}|\{%[^{}\n]{0,200}%\}|\$\{[^{}\n]{0,200}\}|%\([A-Za-z_][\w.]{0,100}\)[sdrif]"
    r"|<%[^%\n]{0,200}%>|\*\|[^|*\n]{1,100}\|\*|\[\[[^\[\]\n]{1,100}\]\]"
)
# Of these one is in every field that may hold a placeholder, the last one where it may be encoded: the one that is
# looked for first, and all of it.
_MARKS = (("{", "{"), ("%", "%("), ("%", "<%"), ("|", "*|"), ("[", "[["), ("?", "=?"))
_NOTHINGS = frozenset({"None", "null", "undefined", "NaN", "[object Object]"})
_NOTHING_OCTETS = frozenset([word.encode() for word in _NOTHINGS])
_NOTHING_NAME = re.compile(rb"[ \t\r\n\"]*+(?:None|null|undefined|NaN|\[object Object\])[ \t\r\n\"]*+<")
_NOTHING_LATER = re.compile(rb",%b" % _NOTHING_NAME.pattern)
_LONGEST_NOTHING = 24
# Within a text: after a greeting or a number sign, where the word is all that was said; a person may be called so.
_NOTHING_INSIDE = re.compile(
    r"\[object Object\]|\b(?:Dear|Hello|Hi|Hey)[ \t]++(?:None|null|undefined|NaN)\b(?=[ \t]*+(?:[^\w \t]|\Z))"
    r"|#[ \t]?+(?:None|null|undefined|NaN)\b"
)
_NOTHING_SIGNS = (("[", "[object Object]"), ("N", "None"), ("N", "NaN"), ("u", "undefined"), ("n", "null"))
_AROUND = b' \t\r\n"'
_NAMING = ("from", "to", "cc", "reply-to", "sender")
_SAYS_NONE = frozenset({"x-auto-response-suppress"})  # None is one of its values
_OF_MACHINES = frozenset({"trace", "auth"})


@rule("H219", severity="warning", looks_at="field", names=["subject"], reference="RFC 5322 3.6.5")
def subject_too_long(field: Field, _: Context) -> Iterator[Hit]:
    """
    The subject has more than 200 characters.

    Why it matters: lists of messages show 40 to 70 of them, and filters count a longer one as a sign of spam.

    Bad:
        Subject: Your order 10482 has left our house this morning, packed by hand, with
         the red cup, the blue cup, the green cup, the yellow cup, the white plate,
         the black plate, the brown plate, the grey plate and the two glasses

    Good:
        Subject: Your order 10482 has left our house this morning

    References: RFC 5322 3.6.5
    """
    if len(field.raw) > _LONG and field.is_top and (size := len(field.text)) > _LONG:
        yield field.hit(f"the subject has {size} characters; few people see more than 70")


@rule("H220", severity="info", looks_at="field", names=["subject"], profiles=("bulk",), reference="RFC 5322 3.6.5")
def subject_all_caps(field: Field, _: Context) -> Iterator[Hit]:
    """
    The subject has ten letters or more, and all of them are capitals.

    Why it matters: it reads like shouting, and filters count it as a sign of spam.

    Bad:
        Subject: YOUR CATALOGUE IS HERE
        List-ID: News of the shop <news.shop.example>
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

        Hello John,

        the autumn catalogue is here: eighty new things for house and garden, and
        the apples of our own orchard from Monday on.

        To unsubscribe from these letters: https://shop.example/u/8f3a

    Good:
        Subject: Your catalogue is here
        List-ID: News of the shop <news.shop.example>
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

        Hello John,

        the autumn catalogue is here: eighty new things for house and garden, and
        the apples of our own orchard from Monday on.

        To unsubscribe from these letters: https://shop.example/u/8f3a

    References: RFC 5322 3.6.5
    """
    text = field.text if field.is_top else ""
    if text.isupper() and sum([char.isupper() for char in text]) >= _LETTERS:
        yield field.hit("the subject is all capitals")


@rule("H221", severity="info", looks_at="field", names=["subject"], profiles=("bulk",), reference="RFC 5322 3.6.5")
def subject_shouting_punctuation(field: Field, _: Context) -> Iterator[Hit]:
    """
    The subject has two marks of exclamation or question in a row.

    Why it matters: it reads like shouting, and filters count it as a sign of spam.

    Bad:
        Subject: Your catalogue is here!!
        List-ID: News of the shop <news.shop.example>
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

        Hello John,

        the autumn catalogue is here: eighty new things for house and garden, and
        the apples of our own orchard from Monday on.

        To unsubscribe from these letters: https://shop.example/u/8f3a

    Good:
        Subject: Your catalogue is here!
        List-ID: News of the shop <news.shop.example>
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

        Hello John,

        the autumn catalogue is here: eighty new things for house and garden, and
        the apples of our own orchard from Monday on.

        To unsubscribe from these letters: https://shop.example/u/8f3a

    References: RFC 5322 3.6.5
    """
    if (b"!" in field.raw or b"?" in field.raw) and field.is_top and (found := _SHOUT.search(field.text)):
        yield field.hit(f"the subject shouts: {show(found[0].rstrip())}")


@rule("H222", severity="error", looks_at="part", reference="RFC 5322 3.6.5")
def template_residue_in_header(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A field holds a placeholder that no template filled in, or a word that stands for nothing, such as None.

    The word is looked for as the whole value, as a display name, and, a warning, after a greeting or a number sign.
    ``[[draft]]`` is a warning too, since some people write so.

    Why it matters: a person reads ``Hello {{ name }}`` or an order of ``None``; filters know the placeholders of mass
    mailers as a sign of spam.

    Bad:
        Subject: {{ customer.name }}, your order has left

    Bad:
        Subject: undefined

    Bad:
        Subject: Hello undefined, your order has left

    Bad:
        To: None <john@customer.example>

    Good:
        Subject: John, your order has left

    References: RFC 5322 3.6.5
    """
    block = entity.searched
    # One octet is looked for many times quicker than two.
    marks = [mark for first, mark in _MARKS if first in block and mark in block]
    words = [word for first, word in _NOTHING_SIGNS if first in block and word in block]
    if entity.is_embedded:
        return
    for field in entity.fields if marks else ():
        if any([mark in field.searched for mark in marks]):
            yield from _of_field(field)
    if not words:
        return
    yield from _of_words(entity, words)
    for field in [one for one in entity.fields if len(one.raw) < _LONGEST_NOTHING]:
        if field.raw.strip(_AROUND) in _NOTHING_OCTETS:
            yield from _of_nothing(field)
    for key in _NAMING:
        for field in entity.named.get(key, ()):
            if _NOTHING_NAME.match(field.raw) or (b"," in field.raw and _NOTHING_LATER.search(field.raw)):
                yield from _of_names(field)


def _of_field(field: Field) -> Iterator[Hit]:
    found = _RESIDUE.search(field.text)
    if found is None:
        return
    octets = found[0].encode()
    at = field.raw.find(octets)
    end = at + len(octets) if at >= 0 else None
    severity = "warning" if octets.startswith(b"[[") else None
    yield field.hit(f"{field.name} holds the placeholder {show(found[0])}", max(at, 0), end, severity=severity)


def _of_words(entity: Entity, words: list[str]) -> Iterator[Hit]:
    """Find a word that stands for nothing in a text that says more."""
    for field in entity.fields:
        if (
            field.info.kind != "unstructured"
            or field.info.group in _OF_MACHINES
            or not any([word in field.searched for word in words])
            or field.raw.strip(_AROUND) in _NOTHING_OCTETS
        ):
            continue
        found = _NOTHING_INSIDE.search(field.text)
        if found is not None:
            octets = found[0].encode()
            at = field.raw.find(octets)
            severity = None if octets.startswith(b"[") else "warning"
            text = f"{show(found[0])} in {field.name} is left over from a template"
            yield field.hit(text, max(at, 0), at + len(octets) if at >= 0 else None, severity=severity)


def _of_nothing(field: Field) -> Iterator[Hit]:
    if field.key not in _SAYS_NONE and field.info.group not in _OF_MACHINES:
        severity = "warning" if field.key.startswith("x-") else None  # which may say so, for nobody defines it
        yield field.hit(f"{field.name} is {show(field.text.strip())}", severity=severity)


def _of_names(field: Field) -> Iterator[Hit]:
    for address in field.addresses:
        name = address.mailbox.display_name if address.mailbox is not None else ""
        if name in _NOTHINGS:
            yield address.hit(f"the name of an address in {field.name} is {show(name)}")
