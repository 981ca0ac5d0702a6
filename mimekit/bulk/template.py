"""
`Template`: a message with slots, compiled once and rendered for each row.

What a template means is defined by `Message`: a row's values are put into the arguments, each in the manner of its
place (a display name is a display name, text in HTML is escaped, a URI is percent-encoded), and the message is built.
What a template does is quicker: it is compiled to octets with gaps, and a row only fills those (`bulk.compiled`).  The
two agree, and every shape that is not compiled, and every value that is not plain, goes the long way.

    the arguments of Message with slots, and a row -> Delivery

May import: the core, `dkim`, `bulk`.  Imported by: much of the package.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from mimekit import compose, headline, spec
from mimekit.bulk import arguments
from mimekit.bulk.addresses import HARMLESS_ADDRESS, Entries
from mimekit.bulk.compiled import Compiled
from mimekit.bulk.engine import Engine
from mimekit.bulk.fields import uri_of
from mimekit.bulk.rendered import Rendered
from mimekit.bulk.slots import Named, Slot, Text, Values, check_forms, culprit, html_form, plain_form
from mimekit.clock import current_rng
from mimekit.delivery import Delivery
from mimekit.envelope import Envelope
from mimekit.errors import MimekitError, SpecError, TemplateError, show
from mimekit.headers import ids, names
from mimekit.message import Message
from mimekit.part import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from mimekit.clock import RandomBits
    from mimekit.dkim import Signer
    from mimekit.spec import Source

__all__ = ["Rendered", "Template"]

_ADDRESSES = ("from_", "sender", "reply_to", "to", "cc", "bcc")
_DSN = ("envid", "ret", "notify", "orcpt")
_SPEC_KEYS = (
    *(*_DSN, "tags", "configuration_set", "tenant"),
    *("engine", "defaults", "slots"),
)
_MARKS = ("{", "}")
_NO_SLOTS = ("in_reply_to", "references", "amp", "calendar", "inline", "priority", "auto_submitted")
_NO_ARGUMENTS = frozenset({"self", "others", "rng", "unknown"})
_SHOWN = 8


class Template:
    r"""
    A message in which slots stand for what differs from one recipient to the next.

    The arguments are those of `Message`; a slot ``{name}`` may stand in addresses and display names, *subject*, the
    values of *headers*, *text*, *html*, the names of attachments, *list_unsubscribe*, *message_id* and *mail_from*.
    ``{name:raw}`` puts a value into HTML or a URI as it is, ``{name:url}`` percent-encodes it in text and HTML.  Other
    braces, and all inside doubled ones, stand as written; *slots* changes the marks.  An attachment may be a `Slot`.

    *signer* is one `dkim.Signer` or several.  *engine* ``"jinja2"`` renders *text* and *html* by Jinja2 (extra
    ``bulk``), sandboxed, autoescaping HTML, for text with conditions and loops; values go there as they are.

    *envid*, *ret*, *notify* and *orcpt* are those of `Envelope` (RFC 3461); *tags*, *configuration_set* and *tenant* go
    into `Delivery.handover`.  *defaults* fill missing fields, *formatters* make text of values that are no `str`, `int`
    or `Decimal`.  Raises at once for what no row could mend.

    >>> template = Template(from_="Shop <shop@example.com>", to="{name} <{email}>", subject="Receipt {number}",
    ...                     text="Dear {name},\n\nyour receipt {number} is paid.\n")
    >>> delivery = template.render({"name": "Ada", "email": "ada@example.org", "number": 7})
    >>> delivery.rcpt_to, template.fields
    (('ada@example.org',), ('name', 'email', 'number'))
    """

    def __init__(  # noqa: PLR0913 - one argument for each thing a message says, and a few for the rows
        self,
        *,
        from_: object,
        to: object = None,
        sender: object = None,
        reply_to: object = None,
        cc: object = None,
        bcc: object = None,
        subject: str | None = None,
        text: str | None = None,
        html: str | None = None,
        attachments: Iterable[Any] = (),
        headers: Mapping[str, object] | Iterable[tuple[str, object]] = (),
        list_unsubscribe: str | Sequence[str] | None = None,
        message_id: str | None = None,
        mail_from: str | None = None,
        envid: str | None = None,
        ret: str | None = None,
        notify: str | Iterable[str] | None = None,
        orcpt: str | None = None,
        tags: Mapping[str, str] | None = None,
        configuration_set: str | None = None,
        tenant: str | None = None,
        signer: Signer | Iterable[Signer] = (),
        engine: str | None = None,
        defaults: Mapping[str, object] | None = None,
        formatters: Mapping[str, Callable[[object], str]] | None = None,
        slots: tuple[str, str] = _MARKS,
        rng: RandomBits | None = None,
        **others: Any,  # noqa: ANN401 - the other arguments of Message, which take no slots
    ) -> None:
        if unknown := others.keys() - arguments.known():
            message = f"Template() got an unexpected keyword argument {min(unknown)!r}"
            raise TypeError(message)
        given = {name: value for name, value in locals().items() if name not in _NO_ARGUMENTS} | others
        self._arguments = {name: arguments.kept(value) for name, value in given.items() if value is not None}
        self._arguments["attachments"] = [arguments.read(item) for item in self._arguments["attachments"]]
        self._marks = arguments.marks(slots)
        self._rng = rng or current_rng()
        self._seed = self._rng.getrandbits(128)  # of the boundaries, so that a copy makes the same
        self._others = {name: self._arguments[name] for name, value in others.items() if value is not None}
        self._take_addresses()
        self._take_content(is_compiled=engine is None)
        self._take_envelope()
        self._check_places()
        self._signers = _ordered(self._arguments["signer"])
        bodies = [self._texts.pop(name, None) for name in ("text", "html")] if engine else []
        self._engine: Engine | None = Engine.of(engine, *bodies) if engine else None
        brought = [item.name for item in self._attachments if isinstance(item, Slot)]
        fields = () if self._engine is None else self._engine.fields
        self._values: Values = Values(self._needed(), [*brought, *fields], defaults or {}, formatters or {})
        self._compiled = Compiled.of(self)

    @classmethod
    def load(cls, source: Source, **options: Any) -> Template:  # noqa: ANN401 - the arguments of the constructor
        """
        Make a template of a spec (TOML; see `spec`) whose strings have slots.

        Its table ``[template]`` has the arguments that a message has not: ``envid``, ``ret``, ``notify``, ``orcpt``,
        ``tags``, ``configuration_set``, ``tenant``, ``engine``, ``defaults``, ``slots``.  Of a spec with a table
        ``[dkim]``, which ``mimekit bulk`` signs by, the caller has to pass *signer*; ``()`` signs nothing.  Raises
        `SpecError` or `TemplateError`.
        """
        found = spec.read(source, template=True)
        for name in found.template:
            if name not in _SPEC_KEYS:
                message = f"{found.name}: template.{name} is no key here; known are {', '.join(_SPEC_KEYS)}"
                raise SpecError(message)
        if found.signing and "signer" not in options:
            message = (
                f"{found.name}: the table dkim says how the messages are signed, and a key is not loaded here; give "
                f"signer=dkim.Signer(...), or signer=() for messages without a signature"
            )
            raise SpecError(message)
        options = {**found.arguments, **found.template, **options}
        if isinstance(options.get("slots"), list):
            options["slots"] = tuple(options["slots"])
        return cls(**options)

    @classmethod
    def from_message(cls, message: Message, **options: Any) -> Template:  # noqa: ANN401 - likewise
        """
        Make a template of a message whose fields and bodies have slots.

        Its Date and Message-ID are not kept, nor trace fields and signatures; *options* are further arguments, and
        replace what the message says.
        """
        found = arguments.of_message(message, options.get("slots", _MARKS)) | options
        return cls(**{name: value for name, value in found.items() if value is not None})

    # -- what was given

    def _take_addresses(self) -> None:
        given = {name: self._arguments[name] for name in _ADDRESSES if name in self._arguments}
        self._addresses = {name: Entries(name, value, self._marks) for name, value in given.items()}
        self._author_domain = ""
        author = self._addresses.get("from_", Entries("from_", (), self._marks))
        if not author.names:
            self._author_domain = headline.originators(author.fill({}), given.get("sender"))[0].ascii_domain

    def _take_content(self, *, is_compiled: bool) -> None:
        given = self._arguments
        self._texts: dict[str, Text] = {}
        for name in ("subject", "message_id", "text", "html"):
            forms = {"text": ("url",) if is_compiled else ("url", "raw"), "html": ("url", "raw")}.get(name, ())
            self._take_text(name, given.get(name), forms)
        own_id = self._texts.get("message_id")
        if own_id is not None and not own_id.slots:
            ids.check(own_id.source, "message_id")
            message = (
                f"message_id is {show(own_id.source)} for every row, and no two messages have one id (RFC 5322 3.6.4); "
                f"put a slot into it, or leave it out"
            )
            raise TemplateError(message)
        headers = given["headers"]
        pairs = headers.items() if hasattr(headers, "items") else headers
        self._headers = [(name, self._maybe_text(f"headers {name}", value)) for name, value in pairs]
        for name, _ in self._headers:
            if isinstance(name, str) and names.info(name).group == "resent":
                message = (
                    f"headers has {show(name)}: a message that is resent goes to others than its To says (RFC 5322 "
                    f"3.6.6), and a template makes new ones; leave it out"
                )
                raise TemplateError(message)
        self._unsubscribe = self._uris(given.get("list_unsubscribe"))
        self._one_uri = isinstance(given.get("list_unsubscribe"), str)
        self._attachments = [self._attachment(item) for item in given["attachments"]]

    def _take_envelope(self) -> None:
        """Take what is for the envelope and the service, and check what no row changes."""
        given = self._arguments
        if "mail_from" in given:
            given["mail_from"] = arguments.reverse_path(given["mail_from"])
        self._take_text("mail_from", given.get("mail_from"), ())
        for name in ("notify", "orcpt"):
            if hasattr(given.get(name), "items"):  # by recipient
                arguments.check_no_slots(name, given[name], self._marks)
        self._envelope_texts = {name: self._maybe_text(name, given[name]) for name in _DSN if name in given}
        sender = self._texts.get("mail_from")
        constant: dict[str, Any] = {
            name: value
            for name, value in self._envelope_texts.items()
            if not _has_slots(value) and not hasattr(value, "items")  # by recipient, whom a row says
        }
        Envelope(HARMLESS_ADDRESS if sender is None or sender.slots else sender.source, HARMLESS_ADDRESS, **constant)
        self._take_handover()

    def _take_handover(self) -> None:
        given = self._arguments
        self._handover: dict[str, Any] = {}
        tags = given.get("tags") or {}
        if not hasattr(tags, "items"):
            message = f"tags is {show(tags)}; give a mapping of names and values"
            raise TemplateError(message)
        if tags:
            self._handover["tags"] = {name: self._label(f"tags {show(name)}", value) for name, value in tags.items()}
        for name in ("configuration_set", "tenant"):
            if name in given:
                self._handover[name] = self._label(name, given[name])

    def _label(self, what: str, value: object) -> object:
        """Give what a service should know, which is text."""
        if not isinstance(value, str):
            message = f"{what} is {show(value)}, a {type(value).__name__}; give a str"
            raise TemplateError(message)
        return self._maybe_text(what, value)

    def _check_places(self) -> None:
        """Refuse slots where nothing fills them, which would go out as they are written."""
        for name in _NO_SLOTS:
            if name in self._others:
                arguments.check_no_slots(name, self._others[name], self._marks)
        if self._arguments.get("engine"):
            arguments.check_no_engine(self._arguments)

    def _take_text(self, name: str, value: object, forms: tuple[str, ...]) -> None:
        if value is None:
            return
        if not isinstance(value, str):
            message = f"{name} is {show(value)}, a {type(value).__name__}; give a str"
            raise TemplateError(message)
        text = Text(value, self._marks)
        check_forms(text, name, forms)
        self._texts[name] = text

    def _maybe_text(self, what: str, value: object) -> object:
        """Give text with slots as `Text`, in a list too, and everything else as it is."""
        if isinstance(value, (list, tuple)):
            return tuple([self._maybe_text(what, item) for item in value])
        if not isinstance(value, str):
            return value
        text = Text(value, self._marks)
        check_forms(text, what, ())
        return text if text.slots else value

    def _uris(self, value: object) -> list[Text]:
        if value is None:
            return []
        listed = list(value) if isinstance(value, (list, tuple)) else [value]
        for uri in listed:
            if not isinstance(uri, str):
                message = f"list_unsubscribe has {show(uri)}; give a URI as a str, or several"
                raise TemplateError(message)
        return [Text(str(uri), self._marks) for uri in listed]

    def _attachment(self, item: object) -> object:
        """Give an attachment without slots as the part it becomes, so that it is encoded once."""
        if isinstance(item, Slot):
            check_forms(Text(item.filename or "", self._marks), f"the filename of {item!r}", ())
            return item
        content_type = None
        if isinstance(item, Part) and item.filename and item.disposition is not None:
            if not Text(item.filename, self._marks).slots:
                return item
            content_type, item = item.content_type.essence, (item.filename, item.content)
        if not isinstance(item, tuple) or len(item) != 2 or not isinstance(item[0], str):  # noqa: PLR2004 - a name and octets
            return item
        name = Text(item[0], self._marks)
        if name.slots:
            check_forms(name, "the name of an attachment", ())
            part = compose.attachment(item, content_type=content_type)
            return Named(name, part, b"" if arguments.is_utf8(part.content) else b"\xff", content_type)
        strict = self._others.get("strict_filenames", False)
        return compose.attachment(item, strict_filenames=strict) if isinstance(item[1], bytes) else item

    def _needed(self) -> Iterator[str]:
        """Name the fields of a row, in the order of their first slots."""
        for name in _ADDRESSES:
            if name in self._addresses:
                yield from self._addresses[name].names
        for text in self._texts.values():
            yield from text.names
        for _, value in self._headers:
            yield from value.names if isinstance(value, Text) else ()
        for text in self._unsubscribe:
            yield from text.names
        for item in self._attachments:
            if isinstance(item, Slot) and item.filename is not None:
                yield from Text(item.filename, self._marks).names
            elif isinstance(item, Named):
                yield from item.name.names
        yield from self._further_names()

    def _further_names(self) -> Iterator[str]:
        """Name the fields that no part of the message has."""
        tags = self._handover.get("tags", {})
        for value in (*self._envelope_texts.values(), *tags.values(), *self._handover.values()):
            for text in value if isinstance(value, tuple) else (value,):
                yield from text.names if isinstance(text, Text) else ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields that a row needs, attachments last."""
        return (*self._values.needed, *sorted(self._values.others))

    def seeded(self, seed: int) -> Template:
        """Give the same template with boundaries that are drawn from *seed*: two such copies render the same octets."""
        return self if seed == self._seed else Template(**self._arguments, rng=self._rng)._with_seed(seed)

    def _with_seed(self, seed: int) -> Template:
        self._seed = seed
        self._compiled = Compiled.of(self)
        return self

    def __eq__(self, other: object) -> bool:
        return self._arguments == other._arguments if isinstance(other, Template) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.fields, *[text.source for text in self._texts.values()]))

    def __repr__(self) -> str:
        return f"<Template of {len(self.fields)} fields: {', '.join(self.fields[:_SHOWN])}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self._arguments, self._seed)

    # -- rendering

    def render(self, row: Mapping[str, object], *, message_id: str | None = None) -> Delivery:
        """
        Give the delivery of one row; its Bcc recipients are in the envelope alone.

        *message_id*, with its angle brackets, is that of this message; by default a new one.  Raises `TemplateError`,
        with the name of the field, for a row that is no message.
        """
        try:
            delivery = self._compiled.plain(row, message_id)
            if delivery is not None:
                return delivery
            if hasattr(row, "keys") and not hasattr(row, "get"):  # such as sqlite3.Row
                row = {name: row[name] for name in row.keys()}  # noqa: SIM118 - it is no mapping
            delivery = self._made(self._values.of(row), row, message_id)
            return _signed(delivery, self._signers) if self._signers else delivery
        except TemplateError:
            raise
        except MimekitError as error:
            message = f"the row makes no message: {error}"
            raise TemplateError(message) from error

    def _made(self, values: Mapping[str, str], row: Mapping[str, object], message_id: str | None) -> Delivery:
        """Give the delivery of a row that is not plain; the error names the field that is at fault."""

        def make(values: Mapping[str, str]) -> Delivery:
            return self._compiled.general(values, message_id, row) or self._delivery(values, row, message_id)

        try:
            return make(values)
        except TemplateError:
            raise
        except MimekitError as error:
            field = culprit(make, values, self._harmless())
            where = "the row makes no message" if field is None else f"the field {show(field)}"
            message = f"{where}: {error}"
            raise TemplateError(message, field=field) from error

    def _harmless(self) -> dict[str, str]:
        """Give a value for each field that no place refuses."""
        found = dict.fromkeys(self._values.needed, "x")
        for entries in self._addresses.values():
            found |= dict.fromkeys(entries.whole, HARMLESS_ADDRESS)
        for text in self._unsubscribe:
            found |= dict.fromkeys(text.names if text.is_one_slot else (), "https://example.com/")
        for name, value in (("mail_from", HARMLESS_ADDRESS), ("message_id", f"<{HARMLESS_ADDRESS}>")):
            if name in self._texts and self._texts[name].is_one_slot:
                found |= dict.fromkeys(self._texts[name].names, value)
        return found

    def sender_domain(self, row: Mapping[str, object]) -> str:
        """Give the domain of a row's author, in A-labels; raises `TemplateError` where the row has none."""
        entries = self._addresses["from_"]
        if not entries.names:
            return self._author_domain
        return entries.fill(self._values.of(row))[0].ascii_domain

    def message(self, row: Mapping[str, object]) -> Message:
        """Give the message of one row as `Message` builds it, not signed: the definition of what `render` gives."""
        return self._message(self._values.of(row), row, None, self._rng)

    def render_all(
        self,
        rows: Iterable[Mapping[str, object]],
        on_error: str | Callable[[int, Mapping[str, object], TemplateError], object] = "raise",
    ) -> Rendered:
        """
        Give the deliveries of *rows* in order, one after the other.

        A row that cannot be rendered raises, or is recorded in ``errors`` of what is given back (``"record"``), or is
        handed to a function of its number, the row and the error; then the next one follows.
        """
        if on_error not in ("raise", "record") and not callable(on_error):
            message = f'on_error is {show(on_error)}; it is "raise", "record" or a function'
            raise TemplateError(message)
        return Rendered(self, rows, on_error)

    def render_batch(self, batch: Any, *, key: str, run_id: str, now: datetime | None = None) -> Any:  # noqa: ANN401 - pyarrow ships no types
        """
        Give the messages of a pyarrow RecordBatch of rows as another one, in the same order.

        Its columns are ``key``, ``mail_from``, ``rcpt_to`` (list of string), ``data`` (large_binary), ``handover``
        (JSON), ``error``.  There is one row for each row: one that makes no message has the reason in ``error`` and
        null in ``data``.

        *key* names a column whose values are unique over all batches, text or whole numbers; that they are cannot be
        seen here.  Message-IDs come from *run_id* and the key, and *now* is the time in Date and signatures: with the
        same three the same row becomes the same octets, on any machine.  Raises `BulkError` for columns that would have
        every row rejected.
        """
        from mimekit.bulk.batch import render_batch

        return render_batch(self, batch, key=key, run_id=run_id, now=now)

    def _delivery(self, values: Mapping[str, str], row: Mapping[str, object], message_id: str | None) -> Delivery:
        """Build the message of a row, and its delivery."""
        message = self._message(values, row, message_id, self._rng_of(message_id))
        made = message.deliveries()[0]
        envelope = self._with_parameters(made.envelope, values)
        if envelope is made.envelope and not self._handover:
            return made
        return Delivery(envelope, made._source, handover=self._handed(values))

    def _with_parameters(self, envelope: Envelope, values: Mapping[str, str]) -> Envelope:
        if not self._envelope_texts:
            return envelope
        filled = {name: _filled(value, values) for name, value in self._envelope_texts.items()}
        options = envelope.mail_params
        return Envelope(
            envelope.mail_from,
            envelope.rcpt_to,
            body=options.get("BODY"),
            smtputf8="SMTPUTF8" in options,
            **filled,
        )

    def _reverse_path(self, values: Mapping[str, str]) -> str | None:
        """Give MAIL FROM; a row cannot say that nobody hears of a bounce, for it would only forget to say who."""
        text = self._texts.get("mail_from")
        if text is None:
            return None
        filled = text.fill(values)
        if text.slots and filled.strip() in ("", "<>"):
            field = text.slots[0].name
            message = f"the field {show(field)} is empty, and mail_from is made of it; give an address"
            raise TemplateError(message, field=field)
        return filled

    def _handed(self, values: Mapping[str, str]) -> dict[str, Any]:
        """Give what the service should know."""
        made = {name: _filled(value, values) for name, value in self._handover.items() if name != "tags"}
        if "tags" in self._handover:
            made["tags"] = {name: _filled(value, values) for name, value in self._handover["tags"].items()}
        return made

    def _rng_of(self, message_id: str | None) -> RandomBits:
        """Give the source of boundaries that nobody can guess; for one message always the same."""
        if message_id is None:
            return self._rng
        return Random(f"{self._seed:x}{message_id}")  # noqa: S311 - seeded by a secret

    def _message(
        self, values: Mapping[str, str], row: Mapping[str, object], message_id: str | None, rng: RandomBits
    ) -> Message:
        """Put the values into the arguments of `Message`."""
        made: dict[str, Any] = {name: entries.fill(values) for name, entries in self._addresses.items()}
        for name in ("subject", "message_id"):
            if name in self._texts:
                made[name] = self._texts[name].fill(values)
        made |= self._bodies(values)
        if "mail_from" in self._texts:
            made["mail_from"] = self._reverse_path(values)
        if message_id is not None:
            made["message_id"] = message_id
        if self._engine is not None:
            made |= self._engine.render(self._values.all_of(row))
        if self._headers:
            made["headers"] = [(name, _filled(value, values)) for name, value in self._headers]
        if self._unsubscribe:
            uris = [uri_of(text, values) for text in self._unsubscribe]
            made["list_unsubscribe"] = uris[0] if self._one_uri else uris
        if self._attachments:
            made["attachments"] = [self._attached(item, values, row) for item in self._attachments]
        return Message(**made, rng=rng, **self._others)

    def _bodies(self, values: Mapping[str, str]) -> dict[str, str]:
        forms = {"text": plain_form, "html": html_form}
        return {name: self._texts[name].fill_lines(values, form) for name, form in forms.items() if name in self._texts}

    def _attached(self, item: object, values: Mapping[str, str], row: Mapping[str, object]) -> object:
        strict = self._others.get("strict_filenames", False)
        if isinstance(item, Named):
            name = item.name.fill(values)
            named = compose.attachment(
                item.sample, filename=name, content_type=item.content_type, strict_filenames=strict
            )
            return Part(named.headers, item.part.pieces)
        if not isinstance(item, Slot):
            return item
        content = row.get(item.name)
        filename = None if item.filename is None else Text(item.filename, self._marks).fill(values)
        if isinstance(content, (bytes, bytearray, memoryview)):
            if filename is None:
                message = f"the field {show(item.name)} brings octets; their Slot needs a filename="
                raise TemplateError(message, field=item.name)
        elif not isinstance(content, Path):
            message = f"the field {show(item.name)} is {show(content)}; an attachment takes bytes or a Path"
            raise TemplateError(message, field=item.name)
        try:
            octets = content if isinstance(content, Path) else bytes(content)
            return compose.attachment(
                octets, filename=filename, content_type=item.content_type, strict_filenames=strict
            )
        except (MimekitError, OSError) as error:
            message = f"the field {show(item.name)}: {error}"
            raise TemplateError(message, field=item.name) from error


def _ordered(signer: Signer | Iterable[Signer]) -> tuple[Signer, ...]:
    signers = tuple(signer) if hasattr(signer, "__iter__") else (signer,)
    if not signers:
        return ()
    from mimekit.dkim.sign import ordered  # which brings `cryptography`, for those who sign

    return tuple(ordered(signers))


def _signed(delivery: Delivery, signers: tuple[Signer, ...]) -> Delivery:
    from mimekit.dkim import sign

    return sign(delivery, signers)


def _filled(value: object, values: Mapping[str, str]) -> Any:  # noqa: ANN401 - what an argument takes
    if isinstance(value, tuple):
        return tuple([_filled(item, values) for item in value])
    return value.fill(values) if isinstance(value, Text) else value


def _has_slots(value: object) -> bool:
    return isinstance(value, Text) or (isinstance(value, tuple) and any(map(_has_slots, value)))


def _restore(arguments: Mapping[str, Any], seed: int) -> Template:
    return Template(**arguments, rng=None)._with_seed(seed)
