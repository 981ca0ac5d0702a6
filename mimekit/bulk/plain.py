r"""
The quick way: a function that is generated for one template, and takes the rows that nearly all are.

Such a row has a `str` in every field, without control characters and not long; its address is an ordinary one.  One
pattern over all the values says so; then each value is escaped where it may have to be, and the octets are joined: text
parts as 7bit where row and template are ASCII, as quoted-printable otherwise.  Everything else is given back as
``None`` and goes another way (`bulk.compiled`), which gives the same message.

    Compiled -> source of a function -> row -> Delivery, or None

May import: the core, `bulk.slots`, `bulk.bodies`, `bulk.fields`.  Imported by: `bulk.compiled`.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections import Counter
from operator import itemgetter
from typing import TYPE_CHECKING

from mimekit.addressing import path
from mimekit.bulk.addresses import MailboxEntry
from mimekit.bulk.bodies import Leaf, quoted_value
from mimekit.bulk.fields import AddressField, DateField, IdField, TextField, UnsubscribeField
from mimekit.bulk.forms import Hole, Seal, divided, octets_of, text_of
from mimekit.bulk.slots import Text, escape
from mimekit.delivery import checked as new_delivery
from mimekit.envelope import checked as new_envelope
from mimekit.errors import MimekitError
from mimekit.wire import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from mimekit.bulk.compiled import Compiled, Piece
    from mimekit.bulk.slots import Field
    from mimekit.bulk.template import Template
    from mimekit.delivery import Delivery

    Function = Callable[[Mapping[str, object], str | None], Delivery | None]

__all__ = ["function"]

# A value that canonicalisation changes: with a blank at an end, two that follow each other, or nothing at all.
_BLANKS = r"""'  ' in joined or ' \n' in joined or '\n ' in joined or '\n\n' in joined or joined[0] in ' \n'"""
_LINE = 76  # columns of a header line that is never folded
_LONGEST = 900  # octets of a line of a body with its values
_WORD = 45  # octets that one encoded word holds (RFC 2047 2)

_ATEXT = r"A-Za-z0-9!#$%&'*+\-/=?^_`{|}~"
# A value never begins or ends so that it makes half of an encoded word with what is beside it (RFC 2047 2).
_ATOMS = rf"(?!\?)[{_ATEXT}]++(?: [{_ATEXT}]++)*+(?<!=)"
_WORDS = r"(?!\?)[!-~]++(?: [!-~]++)*+(?<!=)"
_UNRESERVED = r"[A-Za-z0-9._~-]++"  # RFC 3986 2.3
_LABEL = r"[a-z0-9]++(?:-[a-z0-9]++)*+"  # no two hyphens, so that A-labels go the long way
_ADDRESS = (
    rf"(?=[^@\n]{{1,64}}@[^@\n]{{1,63}}\n)[{_ATEXT}]++(?:\.[{_ATEXT}]++)*+"
    rf"@(?:{_LABEL}\.)++[a-z](?:[a-z0-9]|-(?!-))*+(?<!-)"
)
_ASCII = r"[ -~]*+"
_WIDE = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]*+"
_RISKS = (".", "From ", "--=_")  # at the start of a line, see `bodies`
# A value that begins a line is none of them, nor a beginning of one that what follows would end.
_UNRISKY = r"(?!\.|From|--=_|(?:F(?:ro?)?|--?=?)?\n)"
_NO_COLON = r"[^:\n]*+"
_SAFE_LITERAL = re.compile(r"[ -~]*")
_LOCAL = r"[A-Za-z0-9_-]++"
_NARROW = (_ATOMS, _WORDS, _UNRESERVED, _ADDRESS, _LOCAL)  # what holds nothing but printable ASCII
_LOCAL_LITERAL = re.compile(r"(?:[A-Za-z0-9_+=-]++(?:\.(?=[A-Za-z0-9_+=-]))?)*+")
_FIXED_HOST = re.compile(r"https?://[^/?#]+/|mailto:[^@]+@")
_ATOM_LITERAL = re.compile(rf"(?:[{_ATEXT}]| (?! ))*")
_WORD_LITERAL = re.compile(r"(?:[!-~]| (?! ))*")


class _Unfit(Exception):  # noqa: N818 - it says that another way is taken
    """The template has a shape that the quick way does not take."""


def function(template: Template, compiled: Compiled) -> Function | None:
    """Generate the function for a template; ``None`` when its shape is not one that is quick."""
    try:
        return _Writer(template, compiled).function()
    except (_Unfit, MimekitError):  # the latter when the sample is refused: each row will say why
        return None
    except RecursionError:  # thousands of slots in one field, a sum that Python's compiler does not take
        return None


class _Writer:
    """Collects what the function is made of."""

    def __init__(self, template: Template, compiled: Compiled) -> None:
        self.template = template
        self.compiled = compiled
        self.names = template._values.needed
        self.places = {name: place for place, name in enumerate(self.names)}
        self.ascii: dict[int, list[str]] = {place: [_ASCII] for place in self.places.values()}
        self.wide: dict[int, list[str]] = {place: [_WIDE] for place in self.places.values()}
        self.room = _LONGEST  # octets that are left on the fullest line of a body
        self.times = 1  # how often one line has the same slot
        self.lengths: list[tuple[int, list[int]]] = []  # columns taken by literals, and the values beside them
        self.wide_lengths: list[tuple[int, list[int]]] = []
        self.escaped: set[int] = set()
        self.ascii_form: list[bytes | Hole] = []  # of a message that is ASCII, with holes of text
        self.wide_form: list[bytes | Hole] = []  # of another one, whose body has holes of octets
        self.known: dict[str, object] = {}
        self.to = self.recipient()
        self.mail_from = self.sender()
        if not self.names or template._values.defaults or template._values.formatters or template._values.others:
            raise _Unfit
        for piece in compiled.pieces:
            self.piece(piece)

    # -- the envelope

    def recipient(self) -> MailboxEntry:
        """Give the one mailbox with slots, which is all of To."""
        addresses = self.template._addresses
        for name, entries in addresses.items():
            if name != "to" and entries.names:
                raise _Unfit
        listed = addresses["to"].entries if "to" in addresses else ()
        entry = listed[0] if len(listed) == 1 else None
        if not isinstance(entry, MailboxEntry) or entry.whole is None:
            raise _Unfit
        place = self.places[entry.whole]
        self.ascii[place].append(_ADDRESS)
        self.wide[place].append(_ADDRESS)
        return entry

    def sender(self) -> str:
        """Give the expression of the reverse-path, which may have slots in its local part."""
        text = self.template._texts.get("mail_from")
        if text is None or not text.slots:
            return "MAIL_FROM"
        *local, (last, at, _) = [*text.literals[:-1], text.literals[-1].partition("@")]
        literals = (*local, last)
        if not at or not all([_LOCAL_LITERAL.fullmatch(one) for one in literals]) or not text.literals[0]:
            raise _Unfit
        places = [self.places[slot.name] for slot in text.slots]
        for place in places:
            self.ascii[place].append(_LOCAL)
            self.wide[place].append(_LOCAL)
        taken = (_LINE - 64 + sum(map(len, literals)), places)  # RFC 5321 4.5.3.1.1
        self.lengths.append(taken)
        self.wide_lengths.append(taken)
        return f"f{_joined((*local, f'{last}@'), places)!r} + DOMAIN"

    def envelope(self) -> dict[str, object]:
        """Give what every envelope shares."""
        template = self.template
        texts = template._envelope_texts.values()
        tags = template._handover.get("tags", {})
        handed = [*tags.values(), *[value for name, value in template._handover.items() if name != "tags"]]
        if any([isinstance(text, Text) and text.slots for text in (*texts, *handed)]):
            raise _Unfit
        constant: list[str] = []
        for name in ("cc", "bcc"):
            if name in template._addresses:
                constant += [path(box, name)[0] for box in template._addresses[name].fill({})]
        sample = self.compiled.general({**dict.fromkeys(self.names, "x"), self.to.whole or "": "x@mkslot.example"})
        if (
            sample is None
            or sample.envelope._rcpt_items
            or sample.envelope.needs_smtputf8
            or len({*constant}) != len(constant)
        ):
            raise _Unfit
        return {
            "MAIL_FROM": sample.mail_from,
            "DOMAIN": sample.mail_from.rpartition("@")[2],
            "OTHERS": tuple(constant),
            "LOWER": frozenset([one.lower() for one in constant]),
            "MAIL_ITEMS": sample.envelope._mail_items,
            "HANDED": sample._handover,
        }

    # -- pieces

    def piece(self, piece: Piece) -> None:
        if isinstance(piece, bytes):
            self.literal(piece)
        elif isinstance(piece, AddressField):
            self.address()
        elif isinstance(piece, TextField):
            self.field(piece.name, piece.text)
        elif isinstance(piece, DateField):
            self.known["DATE"] = piece.text
            self.header(b"Date: ", Hole("DATE()"), b"\r\n")
        elif isinstance(piece, IdField):
            fresh = piece.of(self.template._addresses["from_"].fill({})[0].ascii_domain)
            self.known |= {"IDS": fresh, "COUNT": fresh.count, "NEXT": next, "RIGHT": fresh.domain}
            self.header(b"Message-ID: ", Hole("own_id"), b"\r\n")
            self.own_id = (
                "if own_id is None:\n"
                "        own_id = f'<{IDS.prefix}.{NEXT(COUNT):x}@{RIGHT}>'\n"
                f"    elif ID(own_id) is None or len(own_id) > {_LINE - 12}: return None"
            )
            self.known["ID"] = _message_id
        elif isinstance(piece, UnsubscribeField):
            self.unsubscribe(piece.texts)
        elif isinstance(piece, Leaf):
            self.leaf(piece)
        else:
            raise _Unfit

    def literal(self, octets: bytes) -> None:
        """Add octets that stay."""
        if not octets.isascii():
            raise _Unfit
        self.header(octets)

    def header(self, *pieces: bytes | Hole) -> None:
        """Add what both forms have."""
        self.ascii_form += pieces
        self.wide_form += pieces

    def strings(self, text: Text, literals: re.Pattern[str], pattern: str) -> list[int]:
        """Take the slots of header text, whose literals and values must be plain; give their places."""
        if text.literals[0][:1] == " " or text.literals[-1][-1:] == " " or "=?" in "".join(text.literals):
            raise _Unfit
        if any([slot.form for slot in text.slots]) or not all([literals.fullmatch(one) for one in text.literals]):
            raise _Unfit
        places = [self.places[slot.name] for slot in text.slots]
        for place in places:
            self.ascii[place].append(pattern)
        return places

    def address(self) -> None:
        """Add the To field."""
        at = self.places[self.to.whole or ""]
        name = self.to.name
        if not name.slots and name.literals == ("",):
            self.header(b"To: ", Hole(f"v{at}"), b"\r\n")
            self.lengths.append((4, [at]))
            self.wide_lengths.append((4, [at]))
            return
        places = self.strings(name, _ATOM_LITERAL, _ATOMS)
        # As 7bit a message is octet for octet what `Message` writes, which may choose another encoded word.
        has_leaf = any([isinstance(piece, Leaf) for piece in self.compiled.pieces])
        self.known["NAME"] = _name if has_leaf else _ascii_name
        self.ascii_form += (b"To: ", *_holed(name.literals, places), b" <", Hole(f"v{at}"), b">\r\n")
        self.wide_form += (b"To: ", Hole("to", "one_line"), b"\r\n")
        self.lengths.append((7 + sum(map(len, name.literals)), [*places, at]))
        self.name = f"to = NAME(f{_joined(name.literals, places)!r}, v{at})\n    if to is None: return None"
        if self.template._signers:
            self.name += "\n    one_line = to.replace('\\r\\n', '')"

    name = comma = "pass"
    own_id = "if own_id is not None: return None"  # a template that says it itself

    def field(self, name: str, text: Text) -> None:
        """Add a field of text."""
        places = self.strings(text, _WORD_LITERAL, _WORDS)
        for place in places:
            self.wide[place].append(_WORDS)  # what is not ASCII goes into encoded words, the long way
        self.header(f"{name}: ".encode("ascii"), *_holed(text.literals, places), b"\r\n")
        taken = (len(name) + 2 + sum(map(len, text.literals)), places)
        self.lengths.append(taken)
        self.wide_lengths.append(taken)

    def unsubscribe(self, texts: Sequence[Text]) -> None:
        """Add List-Unsubscribe, and List-Unsubscribe-Post where a URI is https."""
        shown: list[bytes | Hole] = [b"List-Unsubscribe: "]
        places: list[int] = []
        taken = 18
        for text in texts:
            in_mailbox = text.literals[0].startswith("mailto:") and "@" not in "".join(text.literals[:-1])
            if not _FIXED_HOST.match(text.literals[0]) and text.slots and not in_mailbox:
                raise _Unfit
            if any([slot.form == "raw" for slot in text.slots]):
                raise _Unfit
            if not all([_SAFE_LITERAL.fullmatch(one) and " " not in one for one in text.literals]):
                raise _Unfit
            own = [self.places[slot.name] for slot in text.slots]
            for place in own:
                self.ascii[place].append(_LOCAL if in_mailbox else _UNRESERVED)
                self.wide[place].append(_LOCAL if in_mailbox else _UNRESERVED)
            shown += (*([Hole("comma", "COMMA")] if len(shown) > 1 else ()), b"<", *_holed(text.literals, own), b">")
            places += own
            taken += sum(map(len, text.literals)) + 4
        if shown.count(Hole("comma", "COMMA")) > 1 or "=?" in "".join(["\n".join(text.literals) for text in texts]):
            raise _Unfit  # where it is folded depends on each of them
        sample = dict.fromkeys(self.names, "x")
        made = UnsubscribeField(list(texts))(sample, {}).decode("ascii")
        post = made[made.index("List-Unsubscribe-Post") :] if "List-Unsubscribe-Post" in made else ""
        self.header(*shown, b"\r\n", post.encode("ascii"))
        # It is folded between the two when it passes the width, and one URI is never folded.
        total = " + ".join([str(taken - 2), *[f"len(v{place})" for place in places]])
        self.comma = "pass" if len(texts) == 1 else f"comma = ',\\r\\n ' if {total} > {fold.WIDTH} else COMMA"
        self.known["COMMA"] = ", "
        self.lengths.append((taken - _LONGEST + _LINE, places))
        self.wide_lengths.append((taken - _LONGEST + _LINE, places))

    def leaf(self, leaf: Leaf) -> None:
        """Add a text part in both forms."""
        if leaf.is_open or any([slot.form == "url" for slot in leaf.slots]):
            raise _Unfit
        is_html = leaf.is_html
        self.quoted(leaf, is_html=is_html)
        if not leaf.is_ascii:
            raise _Unfit
        if is_html:
            self.markup(leaf)
        self.lines(leaf)
        self.ascii_form.append(leaf.header + b"Content-Transfer-Encoding: 7bit\r\n\r\n")
        for number, literal in enumerate(leaf.literals):
            if number:
                slot = leaf.slots[number - 1]
                escaped = self.is_escaped(slot, is_html=is_html)
                self.ascii_form.append(Hole(f"{'e' if escaped else 'v'}{self.places[slot.name]}"))
            self.ascii_form.append(literal.replace("\n", "\r\n").encode("ascii"))

    def lines(self, leaf: Leaf) -> None:
        """See that no line as 7bit is too long, or begins as none may."""
        at_start = True
        columns = 0
        on_line: list[int] = []
        for number, literal in enumerate(leaf.literals):
            if number:
                place = self.places[leaf.slots[number - 1].name]
                if at_start:
                    self.ascii[place].append(_UNRISKY + _ASCII)
                elif columns and not on_line and (refused := _completing(leaf.literals[number - 1])):
                    self.ascii[place].append(refused + _ASCII)
                on_line.append(place)
            for count, line in enumerate(literal.split("\n")):
                if count:
                    columns, on_line = 0, []
                columns += len(line)
                if on_line:
                    self.room = min(self.room, _LONGEST - columns)
                    self.times = max(self.times, *Counter(on_line).values())
            at_start = literal.endswith("\n") or (not literal and at_start)

    def is_escaped(self, slot: Field, *, is_html: bool) -> bool:
        """Tell whether a value is escaped here, and see that it is made so."""
        escaped = is_html and slot.form != "raw"
        if escaped:
            self.escaped.add(self.places[slot.name])
        return escaped

    def markup(self, leaf: Leaf) -> None:
        """See that no value inside a tag or a style refers to an inline file, which only `compose` can look up."""
        before = ""
        is_raw = False
        for number, slot in enumerate(leaf.slots):
            before += leaf.literals[number]
            is_raw = is_raw or slot.form == "raw"
            if not is_raw and not _in_markup(before):
                continue
            if leaf.literals[number + 1].lower().startswith((":", "d:", "id:")):
                raise _Unfit
            place = self.places[slot.name]
            if _UNRESERVED not in self.ascii[place]:
                self.ascii[place].append(_NO_COLON)
                self.wide[place].append(_NO_COLON)

    def quoted(self, leaf: Leaf, *, is_html: bool) -> None:
        """Add the part as quoted-printable."""
        self.wide_form.append(leaf.header + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n")
        for number, literal in enumerate(leaf.quoted):
            if number:
                slot = leaf.slots[number - 1]
                place = self.places[slot.name]
                escaped = self.is_escaped(slot, is_html=is_html)
                self.wide_form.append(Hole(f"{'h' if escaped else 'q'}{place}"))
            self.wide_form.append(literal)

    # -- the function

    def data(self, name: str, form: list[bytes | Hole]) -> str:
        """Write the statements that make ``data``, with its signatures."""
        header, body = divided(form)
        is_text = name == "ASCII"
        plain = text_of([*header, *body]) if is_text else f"{text_of(header)} + {octets_of(body)}"
        signers = self.template._signers
        if not signers:
            return f"data = {plain}"
        seal = Seal.of(signers)
        statements = None if seal is None else seal.statements(name, header, body, is_text=is_text)
        if seal is None or statements is None:
            return f"data = SIGN({plain})"
        self.known |= seal.known
        indented = "".join([f"\n            {statement}" for statement in statements])
        return f"if {_BLANKS}: data = SIGN({plain})\n        else:{indented}"

    def sign(self, octets: bytes) -> bytes:
        """Sign a message the long way."""
        from mimekit.dkim import sign

        return sign(octets, self.template._signers)

    def pattern(self, kinds: dict[int, list[str]]) -> str:
        """Give the pattern of all the values, a line each."""
        lines = []
        for place in range(len(self.names)):
            whole, *more = dict.fromkeys(kinds[place])
            narrow = [kind for kind in more if kind in _NARROW or kind.endswith(_ASCII)]
            if narrow:
                whole = narrow[0]  # which holds less, so that the value need not be read twice
                more.remove(whole)
            looks = "".join([f"(?={kind}\n)" for kind in more])
            lines.append(f"{looks}{whole}\n")
        return "".join(lines)

    def function(self) -> Function:
        """Write the source, and compile it."""
        count = range(len(self.names))
        values = "".join([f"v{place}, " for place in count])
        same = " ".join([f"is v{place}.__class__" for place in count])
        special = " or ".join([f"{char!r} in joined" for char in "&<>\"'"])
        html = sorted(self.escaped)
        quoted = [f"q{place} = QUOTED(v{place})" for place in count]
        most = self.room // self.times
        escapes = "".join([f"e{place}, " for place in count]) + "_"
        self.known |= self.envelope()
        address = f"v{self.places[self.to.whole or '']}"
        alone, recipients = "", f"({address},)"
        if self.known["OTHERS"]:
            alone = f"if {address}.lower() in LOWER: return None"
            recipients = f"({address}, *OTHERS)"
        source = f"""
def render(row, own_id):
    try:
        if len(row) != {len(self.names)}: return None
        values = GET(row)
    except (KeyError, TypeError): return None
    try: joined = JOIN(values) + "\\n"
    except TypeError:
        values = TEXTS(values)
        if values is None: return None
        joined = JOIN(values) + "\\n"
    if "=?" in joined or "=_" in joined or len(joined) > {most}: return None
    {self.own_id}
    {values} = values
    {self.comma}
    if not (STR {same}): return None
    special = {special}
    if ASCII(joined) is not None:
        if {_over(self.lengths)}: return None
        if special:
            escaped = ESCAPE(joined)
            if len(escaped) > {most}: return None
            {escapes} = escaped.split("\\n")
        else:
            {_assigned([f"e{place} = v{place}" for place in html])}
        {self.data("ASCII", self.ascii_form)}
    else:
        if WIDE(joined) is None: return None
        if {_over(self.wide_lengths)}: return None
        {self.name.replace(chr(10) + "    ", chr(10) + "        ")}
        {_assigned(quoted, 8)}
        if special:
            {escapes} = ESCAPE(joined).split("\\n")
            {_assigned([f"h{place} = q{place} if e{place} == v{place} else QUOTED(e{place})" for place in html])}
        else:
            {_assigned([f"h{place} = q{place}" for place in html])}
        {self.data("WIDE", self.wide_form)}
    {alone}
    return DELIVERY(ENVELOPE({self.mail_from}, {recipients}, MAIL_ITEMS), data, HANDED)
"""
        getter = itemgetter(*self.names)
        self.known |= {
            "GET": getter if len(self.names) > 1 else lambda row: (getter(row),),
            "JOIN": "\n".join,
            "TEXTS": _texts,
            "STR": str,
            "OCTETS": b"".join,
            "ASCII": re.compile(self.pattern(self.ascii)).fullmatch,
            "WIDE": re.compile(self.pattern(self.wide)).fullmatch,
            "ESCAPE": escape,
            "QUOTED": quoted_value,
            "ENVELOPE": new_envelope,
            "DELIVERY": new_delivery,
            "SIGN": self.sign,
        }
        exec(compile(source, "<template>", "exec"), self.known)  # noqa: S102 - the source is made here, its literals by repr
        made: Function = self.known["render"]  # type: ignore[assignment]  # it defines it
        return made


def _texts(values: Iterable[object]) -> list[str] | None:
    """Give whole numbers as text; ``None`` where there is something else."""
    try:
        made = [str(value) if value.__class__ is int else value for value in values]
    except ValueError:  # one of more digits than Python writes
        return None
    return made if all([value.__class__ is str for value in made]) else None  # type: ignore[return-value]  # just so


def _completing(literal: str) -> str:
    """Give what refuses a value that ends what a literal has begun on its line; nothing when it has not."""
    line = literal.rpartition("\n")[2]
    begun = [risk[len(line)] for risk in _RISKS if risk.startswith(line) and risk != line]
    return f"(?![{re.escape(''.join(begun))}\\n])" if begun else ""


def _in_markup(before: str) -> bool:
    """Tell whether what follows stands inside a tag, or in a style sheet."""
    lower = before.lower()
    return lower.rfind("<") > lower.rfind(">") or lower.rfind("<style") > lower.rfind("</style")


def _holed(literals: tuple[str, ...], places: list[int]) -> list[bytes | Hole]:
    """Write ASCII text with slots as a form."""
    out: list[bytes | Hole] = [literals[0].encode("ascii")]
    for place, literal in zip(places, literals[1:], strict=True):
        out += (Hole(f"v{place}"), literal.encode("ascii"))
    return out


def _joined(literals: tuple[str, ...], places: list[int]) -> str:
    """Write text with slots as a format."""
    doubled = [literal.replace("{", "{{").replace("}", "}}") for literal in literals]
    out = [doubled[0]]
    for place, literal in zip(places, doubled[1:], strict=True):
        out += (f"{{v{place}}}", literal)
    return "".join(out)


def _over(lengths: list[tuple[int, list[int]]]) -> str:
    """Write the test that a header line is too long to stand unfolded."""
    tests = [
        " + ".join([str(taken), *[f"len(v{place})" for place in places]]) + f" > {_LINE}" for taken, places in lengths
    ]
    return " or ".join(tests) or "False"


def _assigned(statements: list[str], indent: int = 12) -> str:
    return f"\n{' ' * indent}".join(statements) or "pass"


_atoms = re.compile(_ATOMS).fullmatch
_message_id = re.compile(rf"<[{_ATEXT}]++(?:\.[{_ATEXT}]++)*+@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)*+>").fullmatch


def _ascii_name(name: str, address: str) -> str | None:
    """Write the same when it is ASCII."""
    return _name(name, address) if name.isascii() else None


def _name(name: str, address: str) -> str | None:
    """Write the value of a To field of one mailbox, when it fits one line or two."""
    if "=?" in name:
        return None
    if _atoms(name):
        shown = name
    elif name.isascii():
        return None
    else:
        octets = name.encode()
        size = len(octets)
        if size > _WORD:
            return None
        shown = f"=?utf-8?b?{b2a_base64(octets, newline=False).decode()}?="
    fits = len(shown) + len(address) + 7 <= _LINE
    return f"{shown} <{address}>" if fits else f"{shown}\r\n <{address}>"
