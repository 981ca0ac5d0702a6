"""
Rules about messages inside messages, and about signed and encrypted parts (family M, M131 to M133, M150 to M152).

RFC 2046 5.2, RFC 1847, RFC 3156.

    parts -> hits

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
    from mimekit.lint.rule import Hit, Rule
    from mimekit.lint.view import Entity, Field, Mail

__all__: list[str] = []

_MOST_SHOWN = 4  # findings of an embedded message that a sentence names


@rule("M131", marks=["several parts"], severity="warning", reference="RFC 2046 5.2.1")
def embedded_message_invalid(mail: Mail, context: Context) -> Iterator[Hit]:
    """
    A message inside the message has errors of its own, judged as one that was received.

    Why it matters: it may not open, or not be forwarded.  What is wrong with single fields and parts of it is found at
    its place; this is about the whole.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        The message is attached.
        --b1
        Content-Type: message/rfc822

        From: John Roe <john@customer.example>
        Subject: Order 10482
        To: Jane Doe <jane@shop.example>
        Message-ID: <20261123120000.1b2c3d4e@customer.example>

        Where is it?
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        The message is attached.
        --b1
        Content-Type: message/rfc822

        Date: Mon, 23 Nov 2026 12:00:00 +0000
        From: John Roe <john@customer.example>
        Subject: Order 10482
        To: Jane Doe <jane@shop.example>
        Message-ID: <20261123120000.1b2c3d4e@customer.example>

        Where is it?
        --b1--

    References: RFC 2046 5.2.1
    """
    if len(mail.entities) < 2:
        return
    for entity in mail.entities:
        above = entity.parent
        if above is None or not entity.is_message or above.is_embedded or _is_in_report(above):
            continue
        errors = _errors(entity, context)
        if errors:
            shown = ", ".join([f"{code} {name}" for code, name in list(errors.items())[:_MOST_SHOWN]])
            more = f" and {len(errors) - _MOST_SHOWN} more" if len(errors) > _MOST_SHOWN else ""
            hit = above.hit(f"the message inside has errors: {shown}{more}")
            yield hit._replace(path=f"{above.path}/message")


def _is_in_report(entity: Entity) -> bool:
    """Tell whether a message is one that a report gives back: who reports cannot mend it."""
    return entity.parent is not None and entity.parent.part.content_type.subtype == "report"


def _errors(entity: Entity, context: Context) -> dict[str, str]:
    """Give the errors of an embedded message that are not found part by part and field by field."""
    from mimekit.lint.view import Mail

    inner = context.changed(envelope=None, wire=False, seen=None, ses_call=None)
    mail = Mail(entity.part.raw, inner)
    found: dict[str, str] = {}
    for one in _whole_rules():
        views = (mail,) if one.looks_at == "message" else mail.addresses
        for view in views:
            if any([hit.severity in (None, "error") for hit in one.function(view, inner)]):
                found[one.code] = one.name
    return found


def _whole_rules() -> list[Rule]:
    """Give the rules of errors that look at a message as a whole, without those of sending, signing and this one."""
    from mimekit.lint import selection

    chosen = selection.plan("received").rules.values()
    return [
        one
        for one in chosen
        if one.looks_at in ("message", "address")
        and one.severity == "error"
        and one.code[0] in "HAMT"
        and not one.is_defect
    ]


@rule(
    "M132",
    severity="error",
    looks_at="field",
    names=["content-type"],
    needs=b"artial",
    reference="RFC 2046 5.2.2",
    implies=["X027"],
)
def partial_parameters(field: Field, _: Context) -> Iterator[Hit]:
    """
    A message/partial lacks its id or number, or its numbers cannot be.

    Why it matters: the pieces cannot be put together again.

    Bad:
        Content-Type: message/partial; number=1; total=3

        Hello

    Bad:
        Content-Type: message/partial; id="p1@shop.example"; number=4; total=3

        Hello

    Good:
        Content-Type: text/plain; charset=utf-8

        Hello

    References: RFC 2046 5.2.2
    """
    if b"artial" not in field.raw or field.entity.part.content_type.essence != "message/partial":
        return
    parameters = field.entity.part.content_type.parameters
    number, total = parameters.get("number"), parameters.get("total")
    if missing := [name for name in ("id", "number") if not parameters.get(name)]:
        yield field.hit(f"message/partial has no {' and no '.join(missing)}")
        return
    counts = [_count(number), _count(total) if total is not None else 0]
    if -1 in counts or (total is not None and counts[0] > counts[1]):
        yield field.hit(f"message/partial has number {show(number, 20)} of total {show(total, 20)}")


def _count(value: str | None) -> int:
    """Give a number from 1 on, -1 for what is none."""
    made = int(value) if value and value.isascii() and value.isdigit() and len(value) < 10 else 0
    return made or -1


# RFC 2046 5.2.3.1 to 5.2.3.6, RFC 2017
_EXTERNAL = {
    "ftp": ("name", "site"),
    "anon-ftp": ("name", "site"),
    "tftp": ("name", "site"),
    "local-file": ("name",),
    "mail-server": ("server",),
    "url": ("url",),
}


@rule("M133", severity="warning", looks_at="field", names=["content-type"], needs=b"xternal",
      reference="RFC 2046 5.2.3",
      implies=["X027", "X038"])  # fmt: skip
def external_body_parameters(field: Field, _: Context) -> Iterator[Hit]:
    """
    A message/external-body does not say how, or where, its content is found.

    Why it matters: nobody can fetch it.

    Bad:
        Content-Type: message/external-body; access-type=anon-ftp; name=plan.pdf

        Content-Type: application/pdf

    Good:
        Content-Type: text/plain; charset=utf-8

        The plan is on our server.

    References: RFC 2046 5.2.3; RFC 2017
    """
    if b"xternal" not in field.raw or field.entity.part.content_type.essence != "message/external-body":
        return
    parameters = field.entity.part.content_type.parameters
    access = parameters.get("access-type")
    wanted = ("access-type",) if not access else _EXTERNAL.get(access.lower(), ())
    if missing := [name for name in wanted if not parameters.get(name)]:
        yield field.hit(f"message/external-body has no {' and no '.join(missing)}")


# -- signed and encrypted


def _sealed_faults(entity: Entity, names: tuple[str, ...]) -> Iterator[str]:
    """Say what RFC 1847 2 asks for that is not there: parameters and two parts."""
    parameters = entity.part.content_type.parameters
    if missing := [name for name in names if not parameters.get(name)]:
        yield f"{entity.part.content_type.essence} has no {' and no '.join(missing)}"
    count = len(entity.part.children)
    if count != 2:
        yield f"{entity.part.content_type.essence} has {count} parts; it has two"


@rule("M150", severity="error", looks_at="part", marks=["multipart/signed"], reference="RFC 1847 2.1")
def signed_structure(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A multipart/signed lacks protocol or micalg, has not exactly two parts, or its second part is no such signature.

    Why it matters: nobody can check the signature; some mail programs show what is outside as if it were signed.

    Bad:
        Content-Type: multipart/signed; boundary=b1; protocol="application/pgp-signature"

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: application/pgp-signature

        -----BEGIN PGP SIGNATURE-----
        --b1--

    Good:
        Content-Type: multipart/signed; boundary=b1; micalg=pgp-sha256; protocol="application/pgp-signature"

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: application/pgp-signature

        -----BEGIN PGP SIGNATURE-----
        --b1--

    References: RFC 1847 2.1
    """
    if not entity.part.children or entity.part.content_type.essence != "multipart/signed":
        return
    for text in _sealed_faults(entity, ("protocol", "micalg")):
        yield entity.hit(text)
    protocol = entity.part.content_type.parameters.get("protocol")
    if len(entity.part.children) == 2 and protocol:
        kind = entity.part.children[1].content_type.essence
        if kind.replace("/x-", "/") != protocol.strip().lower().replace("/x-", "/"):
            yield entity.hit(f"the second part is {kind}; protocol is {show(protocol, 40)}")


_BLANK_AT_END = re.compile(rb"[ \t](?=\r?\n)")


@rule(
    "M151", severity="error", looks_at="part", marks=["multipart/signed"], reference="RFC 3156 3; RFC 8551 3.1.2, 3.1.3"
)
def signed_not_7bit(entity: Entity, _: Context) -> Iterator[Hit]:
    r"""
    What a multipart/signed signs is not in 7 bits, or has, under OpenPGP, blanks at line ends.

    Why it matters: relays encode it anew, or take the blanks away, and the signature does not verify any more.

    Bad:
        Content-Type: multipart/signed; boundary=b1; micalg=pgp-sha256; protocol="application/pgp-signature"

        --b1
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 8bit

        Hello J\xc3\xb6rg
        --b1
        Content-Type: application/pgp-signature

        -----BEGIN PGP SIGNATURE-----
        --b1--

    Good:
        Content-Type: multipart/signed; boundary=b1; micalg=pgp-sha256; protocol="application/pgp-signature"

        --b1
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        Hello J=C3=B6rg
        --b1
        Content-Type: application/pgp-signature

        -----BEGIN PGP SIGNATURE-----
        --b1--

    References: RFC 3156 3, 5; RFC 8551 3.1.2, 3.1.3
    """
    if not entity.part.children or entity.part.content_type.essence != "multipart/signed":
        return
    signed = next(inner for inner in entity.mail.entities if inner.parent is entity)
    part = signed.part
    raw = part.raw
    if not raw.isascii():
        at = len(raw) - len(raw.lstrip(_ASCII))
        yield _raw_hit(signed, "the signed part has 8-bit octets", at, at + 1)
        return
    protocol = (entity.part.content_type.parameters.get("protocol") or "").strip().lower()
    found = _BLANK_AT_END.search(raw) if protocol == "application/pgp-signature" else None
    if found is not None:
        yield _raw_hit(signed, "a line of the signed part ends with a blank", *found.span())


_ASCII = bytes(range(128))


def _raw_hit(entity: Entity, text: str, start: int, end: int) -> Hit:
    """Say what is wrong with octets of a part, its header included."""
    if entity.outside is not None:
        return entity.hit(text)
    return entity.mail.hit(text, entity.start + start, entity.start + end)._replace(path=entity.path)


_VERSION_1 = re.compile(rb"(?i)\s*+Version:[ \t]*+1\s*+(?:[!-~]++:[^\n]*+\s*+)*+")


@rule("M152", severity="error", looks_at="part", marks=["multipart/encrypted"], reference="RFC 3156 4; RFC 1847 2.2")
def encrypted_structure(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A multipart/encrypted is not exactly a control part, with `Version: 1` for OpenPGP, and an application/octet-stream.

    Why it matters: mail programs cannot decrypt it; what else stands there is shown as if it had been secret.

    Bad:
        Content-Type: multipart/encrypted; boundary=b1; protocol="application/pgp-encrypted"

        --b1
        Content-Type: application/pgp-encrypted

        Version: 1
        --b1
        Content-Type: text/plain

        -----BEGIN PGP MESSAGE-----
        --b1--

    Good:
        Content-Type: multipart/encrypted; boundary=b1; protocol="application/pgp-encrypted"

        --b1
        Content-Type: application/pgp-encrypted

        Version: 1
        --b1
        Content-Type: application/octet-stream

        -----BEGIN PGP MESSAGE-----
        --b1--

    References: RFC 3156 4; RFC 1847 2.2
    """
    if not entity.part.children or entity.part.content_type.essence != "multipart/encrypted":
        return
    for text in _sealed_faults(entity, ("protocol",)):
        yield entity.hit(text)
    children = entity.part.children
    if len(children) != 2:
        return
    control, content = children
    protocol = (entity.part.content_type.parameters.get("protocol") or "").strip().lower()
    if protocol and control.content_type.essence != protocol:
        yield entity.hit(f"the first part is {control.content_type.essence}; protocol is {show(protocol, 40)}")
    elif protocol == "application/pgp-encrypted" and _VERSION_1.fullmatch(control.decoded()[:200]) is None:
        yield entity.hit("the control part is not `Version: 1`")
    if content.content_type.essence != "application/octet-stream":
        yield entity.hit(f"the second part is {content.content_type.essence}; it is application/octet-stream")
