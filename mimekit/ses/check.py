r"""
Checking before sending: what Amazon SES would refuse, in its own words, and what it would quietly do otherwise.

Each rule has a code of family S, which is the linter's code for it.  Where people have reported the text of a refusal,
`Finding.message` is that text; the API answers it as InvalidParameterValue (v1) or BadRequestException (v2), and SMTP
after ``554 Transaction failed:``.  SES reads a message with JavaMail, so this reads its header likewise: a line ends in
CRLF, CR or LF, and the header at the first empty one.

    Message, Delivery, octets, arguments of a call -> [Finding]

May import: the core, `finding`, `ses`.  Imported by: `lint`, `ses`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache

from mimekit.codecs import plain, quopri
from mimekit.errors import PayloadError, show
from mimekit.finding import Finding, Fix
from mimekit.headers.address import AddressList
from mimekit.parser import parse
from mimekit.ses import _javamail, _values, limits
from mimekit.ses._call import Call
from mimekit.ses._javamail import Refusal

__all__ = ["TABLE", "check"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from mimekit.delivery import Delivery
    from mimekit.message import Message
    from mimekit.part import Part

TABLE: dict[str, tuple[str, str, str]] = {
    # for each code its name, severity and reference
    "S001": ("ses-size", "error", "Amazon SES Developer Guide, quotas"),
    "S002": ("ses-recipients", "error", "Amazon SES Developer Guide, quotas"),
    "S003": ("ses-singleton", "error", "Amazon SES Developer Guide, header-fields"),
    "S004": ("ses-line-length", "error", "Amazon SES API, RawMessage"),
    "S005": ("ses-attachment-type", "error", "Amazon SES Developer Guide, mime-types"),
    "S006": ("ses-header-name", "error", "Amazon SES API v2, MessageHeader"),
    "S007": ("ses-header-value", "error", "Amazon SES API v2, MessageHeader"),
    "S008": ("ses-overridden-field", "info", "Amazon SES Developer Guide, header-fields"),
    "S009": ("ses-reserved-field", "error", "Amazon SES Developer Guide, header-fields"),
    "S010": ("ses-8bit", "warning", "Amazon SES API, SendRawEmail"),
    "S011": ("ses-recipient-format", "error", "Amazon SES API, SendRawEmail"),
    "S012": ("ses-non-ascii-local", "error", "Amazon SES API, SendRawEmail"),
    "S013": ("ses-no-recipient", "error", "Amazon SES API, SendRawEmail"),
    "S014": ("ses-tag-syntax", "error", "Amazon SES API, MessageTag"),
    "S015": ("ses-header-line", "error", "answers of Amazon SES"),
    "S016": ("ses-header-size", "error", "answers of Amazon SES"),
    "S017": ("ses-from-missing", "error", "answers of Amazon SES"),
    "S018": ("ses-start-boundary", "error", "answers of Amazon SES"),
    "S019": ("ses-content-field", "error", "answers of Amazon SES"),
    "S020": ("ses-address", "error", "answers of Amazon SES"),
    "S021": ("ses-content", "error", "answers of Amazon SES"),
    "S022": ("ses-not-verified", "error", "Amazon SES Developer Guide, troubleshoot-error-messages"),
    "S023": ("ses-list-management", "error", "Amazon SES Developer Guide, sending-email-subscription-management"),
    "S024": ("ses-header-count", "error", "Amazon SES API v2, Message"),
}

_MAX_HEADER = 102_400  # octets: SES does not say how many; that is where Postfix ends a header
_MAX_SIMPLE_HEADERS = 15
_MAX_NAME, _MAX_VALUE, _MAX_FIELD = 126, 995, 996
_MAX_URLS = 2
_NOTHING = "".join(map(chr, range(0x21)))  # what JavaMail trims off a name
_MOST = 20  # findings of one kind, of which there may be many
_ADDRESS_FIELDS = ("from", "sender", "reply-to", "return-path", "to", "cc", "bcc")
_RECIPIENTS = frozenset({"to", "cc", "bcc"})
_SINGLE = frozenset([name.lower() for name in limits.SINGLE_INSTANCE])
_UNSUBSCRIBE_URL = b"{{amazonSESUnsubscribeUrl}}"
# What SES writes itself when it makes the message out of Simple or Template content.
_RESERVED = frozenset(
    {"bcc", "cc", "content-disposition", "content-transfer-encoding", "content-type", "date", "from", "message-id",
     "mime-version", "reply-to", "return-path", "sender", "subject", "to"}
)  # fmt: skip


@cache
def _end_of_header() -> re.Pattern[bytes]:
    return re.compile(rb"(\A|\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)")


@cache
def _lines() -> re.Pattern[bytes]:
    line = rb"[^\r\n]*+(?:\r\n|\n|\r|\Z)"
    return re.compile(rb"(?=[\s\S])%b(?:[ \t]%b)*+" % (line, line))


@cache
def _long_line() -> re.Pattern[bytes]:
    return re.compile(rb"[^\r\n]{%d,}+" % (limits.MAX_LINE + 1))


@cache
def _header_name() -> re.Pattern[str]:
    return re.compile(r"[!-9;-~]++")


@cache
def _header_value() -> re.Pattern[str]:
    return re.compile(r"[ -~]*+")


@cache
def _controls() -> re.Pattern[str]:
    return re.compile(r"[\x00-\x1f\x7f-\x9f]")


def check(
    x: Message | Delivery | bytes | Mapping[str, Any],  # the arguments of a call are of many types
    *,
    call: Mapping[str, Any] | None = None,
    api: str | None = None,
    verified: Iterable[str] | None = None,
    region: str = "us-east-1",
) -> list[Finding]:
    r"""
    Say what Amazon SES would refuse or change, sorted by place; `Finding.message` is the text it would answer.

    *x*: a `Message`, a `Delivery`, the octets of a message, or the keyword arguments of ``send_raw_email`` or
    ``send_email`` of boto3; with *call* such arguments and the message apart.  *api* is ``"v1"``, ``"v2"`` or
    ``"smtp"``, for the size (default: that of the arguments, else ``"smtp"``).  *verified* are the addresses and
    domains that are verified in *region*; without it nothing is said of them.

    >>> [str(one) for one in check(b"To: b@example.org\r\nSubject: Hello\r\n\r\nHello.\r\n")]
    ["3:1: S017 ses-from-missing: Missing required header 'From'."]
    """
    given = Call.of(x, call)
    if api is not None:
        given.api = api
    finder = _Finder(given)
    finder.look()
    if verified is not None:
        finder.identities([one.lower().removeprefix("@") for one in verified], region)
    return finder.sorted()


class _Field:
    """One header line as JavaMail divides it."""

    __slots__ = ("end", "key", "name", "start", "value", "value_start")

    def __init__(self, octets: bytes, start: int) -> None:
        name, colon, value = octets.partition(b":")
        self.name = name.decode("latin-1").rstrip(" \t") if colon else ""
        self.key = self.name.lower()
        self.start = start
        self.end = start + len(octets.rstrip(b"\r\n"))
        self.value_start = start + len(name) + 1
        self.value = value.rstrip(b"\r\n").decode("latin-1")


class _Finder:
    """One check."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.data = call.data or b""
        found = _end_of_header().search(self.data)
        self.header_end = len(self.data) if found is None else found.end(1)
        self.fields = [] if call.data is None else self._fields()
        self.named: dict[str, list[_Field]] = {}
        for field in self.fields:
            self.named.setdefault(field.key, []).append(field)
        self.listed: list[tuple[str, str, int, int, str, Fix | None, str]] = []
        self.recipients: list[str] = []

    def _fields(self) -> list[_Field]:
        header = self.data[: self.header_end]
        made = [(found[0], found.start()) for found in _lines().finditer(header)]
        return [_Field(octets, start) for octets, start in made if b":" in octets]

    def add(  # noqa: PLR0913 - one argument for each thing a finding says
        self,
        code: str,
        text: str,
        start: int | None = None,
        end: int | None = None,
        *,
        severity: str = "",
        fix: Fix | None = None,
        path: str = "",
    ) -> None:
        first = self.header_end if start is None else start
        text = _controls().sub(_escaped, text)
        self.listed.append((code, text, first, max(first, first if end is None else end), severity, fix, path))

    def sorted(self) -> list[Finding]:
        """Give the findings in order."""
        starts = [0, *[found.end() for found in re.finditer(rb"\n", self.data)]] if self.listed else []
        made = []
        for code, text, start, end, severity, fix, path in sorted(self.listed, key=lambda one: (*one[2:4], *one[:2])):
            name, gravest, reference = TABLE[code]
            line = bisect_right(starts, start)
            made.append(
                Finding(
                    code, name, severity or gravest, text,
                    path=path, start=start, end=end, line=line, column=start - starts[line - 1] + 1,
                    reference=reference, url=f"rules/{code}.html", fix=fix,
                )
            )  # fmt: skip
        return made

    # -- all of it

    def look(self) -> None:
        self.arguments()
        if self.call.data is None:
            self.simple()
        else:
            self.size()
            self.header()
            self.addresses()
            self.parts()
            self.list_management()
        self.envelope()

    def arguments(self) -> None:
        """Look at the arguments that are no message."""
        call = self.call
        for label, value in call.tags:
            self._value("S014", _values.tag, "the message tags", label, value)
        if call.configuration_set is not None:
            self._value("S014", _values.name, "ConfigurationSetName", call.configuration_set)
        if call.tenant is not None:
            self._value("S014", _values.name, "TenantName", call.tenant)
        if not call.is_envelope:
            for text in [*([] if call.source is None else [call.source]), *call.others]:
                self.address(text, "S020", None)

    def _value(self, code: str, function: Any, *arguments: Any, place: _Field | None = None) -> None:  # noqa: ANN401 - of several checks
        try:
            function(*arguments)
        except PayloadError as error:
            at = (None, None) if place is None else _trimmed(place)
            self.add(code, str(error), *at)

    def simple(self) -> None:
        """Look at the headers of content that SES writes itself."""
        headers = self.call.headers
        if len(headers) > _MAX_SIMPLE_HEADERS:
            self.add("S024", f"there are {len(headers)} Headers; Amazon SES takes {_MAX_SIMPLE_HEADERS}")
        for name, value in headers:
            if not isinstance(name, str) or len(name) > _MAX_NAME or not _header_name().fullmatch(name):
                text = (
                    f"the header name {show(name)} is none; it is 1 to {_MAX_NAME} visible ASCII characters but colons"
                )
                self.add("S006", text)
            elif name.lower() in _RESERVED:
                self.add("S009", f"Amazon SES writes {name} itself, so it cannot be one of the Headers")
            if not isinstance(value, str) or not value or not _header_value().fullmatch(value):
                self.add("S007", f"the value {show(value)} of {show(name)} is not printable ASCII")
            elif len(value) > _MAX_VALUE or len(value) + len(str(name)) > _MAX_FIELD:
                text = f"the value of {show(name)} has {len(value)} characters; Amazon SES takes {_MAX_VALUE}, and "
                self.add("S007", f"{text}{_MAX_FIELD} with the name")

    # -- the octets

    def size(self) -> None:
        size = len(self.data)
        most = limits.MAX_OCTETS_V1 if self.call.api == "v1" else limits.MAX_OCTETS_V2
        if size > most:
            text = f"Message length is more than {most} bytes long: '{size}'."
            self.add("S001", "552 5.3.4 Message is too long." if self.call.api == "smtp" else text)
        if not self.data.strip() or b"\0" in self.data:
            at = max(self.data.find(b"\0"), 0)
            self.add("S021", "Illegal content.", at, at + 1 if self.data else 0)
        if plain.has_long_line(self.data, limits.MAX_LINE):
            for number, found in enumerate(_long_line().finditer(self.data)):
                if number == _MOST:
                    break
                self.add("S004", "smtp; 552 message line is too long", found.start(), found.end())

    def header(self) -> None:
        if self.header_end > _MAX_HEADER:
            self.add("S016", "Header section too long.")
        self.names()
        for key, fields in self.named.items():
            if len(fields) > 1 and key in _SINGLE:
                again = fields[1:]
                edits = [(one.start, self._after(one), b"") for one in again]
                fix = Fix(f"take out all but the first {fields[0].name}", *edits, is_safe=False)
                self.add("S003", f"Duplicate header '{again[0].name}'.", again[0].start, again[0].end, fix=fix)
        if "from" not in self.named and not self.call.replaces_from:
            self.add("S017", "Missing required header 'From'.")
        self.request_headers()
        path = self.named.get("return-path")
        if path and self.call.source is not None:
            shown = path[0].value.strip(" \t\r\n<>")
            if shown.lower() != self.call.source.lower():
                text = f"Return-Path is {show(shown)} and MAIL FROM {show(self.call.source)}, which counts"
                self.add("S008", text, *_trimmed(path[0]))

    def _after(self, field: _Field) -> int:
        """Say where the line after a field begins."""
        end = field.end
        return end + (2 if self.data[end : end + 2] == b"\r\n" else 1 if end < len(self.data) else 0)

    def names(self) -> None:
        count = 0
        for field in self.fields:
            name = field.name.strip(_NOTHING)
            if not name:
                self.add("S015", "Empty header names are illegal.", field.start, field.end)
            elif _header_name().fullmatch(field.name) is None:
                self.add("S015", f"Illegal header '{field.name[:200]}'.", field.start, field.start + len(field.name))
            else:
                continue
            count += 1
            if count == _MOST:
                break

    def request_headers(self) -> None:
        """Look at the fields that SES reads as part of the request."""
        for name, kind in limits.REQUEST_HEADERS.items():
            fields = self.named.get(name.lower(), [])
            if len(fields) > 1:
                text = f"there are {len(fields)} {name} fields; Amazon SES reads the first"
                self.add("S014", text, fields[1].start, fields[1].end, severity="warning")
            for field in fields[:_MOST]:
                value = field.value.strip(" \t\r\n")
                if kind == "tags":
                    for item in value.split(",")[:_MOST]:
                        label, _, content = item.partition("=")
                        self._value("S014", _values.tag, name, label.strip(), content.strip(), place=field)
                elif kind == "list":
                    self._value("S014", _check_list_field, name, value, place=field)
                else:
                    self._value("S014", _values.arn if kind == "arn" else _values.name, name, value, place=field)

    # -- addresses

    def addresses(self) -> None:
        for key in _ADDRESS_FIELDS:
            for field in self.named.get(key, ())[:_MOST]:
                value = field.value.strip(" \t\r\n")
                if key == "return-path" and value in ("", "<>"):
                    continue
                if not value and key == "bcc":  # legal (RFC 5322 3.6.3), and of this one no refusal was reported
                    text = "Bcc is empty: Amazon SES refuses an empty To, and what it does here is not known"
                    self.add("S011", text, field.start, field.end, severity="warning")
                    continue
                if not value:
                    self.add("S011" if key in _RECIPIENTS else "S020", "Empty address", field.start, field.end)
                    continue
                code = "S011" if key in _RECIPIENTS else "S020"
                try:
                    entries = _javamail.addresses(field.value)
                except Refusal as refusal:
                    self.refusal(refusal, code, field)
                    continue
                for entry in entries:
                    self.entry(entry, code, field)
                if key in _RECIPIENTS and self.call.rcpt_to is None:
                    self.recipients += [entry.address for entry in entries]

    def address(self, text: str, code: str, field: _Field | None) -> None:
        """Look at one argument."""
        try:
            self.entry(_javamail.one_address(text), code, field)
        except Refusal as refusal:
            self.refusal(refusal, code, field, text)

    def refusal(self, refusal: Refusal, code: str, field: _Field | None, text: str = "") -> None:
        shown = (text if field is None else field.value)[refusal.start : refusal.end]
        if refusal.text == "Domain contains illegal character" and not shown.rpartition("@")[2].isascii():
            code = "S012"
        if field is None:
            return self.add(code, refusal.text)
        end = min(refusal.end, len(field.value))
        fix = self.in_a_labels(field, shown, refusal.start) if code == "S012" else None
        return self.add(code, refusal.text, field.value_start + refusal.start, field.value_start + end, fix=fix)

    def in_a_labels(self, field: _Field, shown: str, start: int) -> Fix | None:
        """Give the fix that writes a domain in A-labels."""
        raw = shown.encode("latin-1")
        listed = AddressList.parse(raw)
        if len(listed.entries) != 1 or len(listed) != 1:
            return None
        try:
            domain = listed[0].ascii_domain.encode("ascii")
        except ValueError:
            return None
        at = raw.rindex(b"@") + 1
        first = field.value_start + start + at
        return Fix("write the domain in A-labels", (first, first + len(raw) - at, domain))

    def entry(self, entry: _javamail.Entry, code: str, field: _Field | None) -> None:
        """Look at an address that JavaMail takes."""
        local_part, _, domain = entry.address.rpartition("@")
        place = (None, None) if field is None else (field.value_start + entry.start, field.value_start + entry.end)
        if not local_part.isascii():
            text = (
                f"the local part of {show(entry.address if field is None else _utf8(entry.address))} is not ASCII: "
                f"Amazon SES documents that it takes none, and has taken some"
            )
            self.add("S012", text, *place, severity="warning")
        elif code == "S011" and "." not in domain.strip("."):
            self.add("S011", "Invalid email address", *place)

    def envelope(self) -> None:
        """Look at who gets the message."""
        call = self.call
        recipients = self.recipients if call.rcpt_to is None else call.rcpt_to
        if not call.is_envelope:
            for text in call.rcpt_to or ():
                self.address(text, "S011", None)
        if len(recipients) > limits.MAX_RECIPIENTS:
            self.add("S002", f"Recipient count exceeds {limits.MAX_RECIPIENTS}.", *self._many())
        elif not recipients and not any([key in self.named for key in _RECIPIENTS]):
            self.add("S013", "there is no recipient in To, Cc, Bcc or the call")

    def _many(self) -> tuple[int | None, int | None]:
        for key in ("to", "cc", "bcc"):
            for field in self.named.get(key, ()):
                return field.start, field.end
        return None, None

    # -- parts

    @property
    def message(self) -> Message:
        if self.call.message is None:
            self.call.message = parse(self.data)
        return self.call.message

    def parts(self) -> None:
        is_ascii = self.data.isascii()
        stack: list[Part] = [self.message.root]
        while stack:
            part = stack.pop()
            stack += part.children[::-1]
            self.content_fields(part)
            self.file_name(part)
            if part.content_type.maintype == "multipart" and not part.children:
                self.start_boundary(part)
            if not is_ascii and not part.children and not part.raw_body.isascii():
                self.eight_bit(part)

    def content_fields(self, part: Part) -> None:
        checks = (("content-type", _javamail.check_type), ("content-disposition", _javamail.check_disposition))
        for key, look in checks:
            for raw, start in _raw_fields(part, key):
                try:
                    look(raw.decode("latin-1"))
                except Refusal as refusal:
                    end = min(refusal.end, len(raw))
                    self.add("S019", refusal.text, start + refusal.start, start + end, path=self.path_of(part))

    def file_name(self, part: Part) -> None:
        place = part.disposition
        names = (part.content_type.parameters.get("name"), part.filename, None if place is None else place.filename)
        for name in dict.fromkeys(names):
            if name is not None and "." in name:
                extension = name.rpartition(".")[2].strip().lower()
                if extension in limits.BLOCKED_EXTENSIONS:
                    self.add(
                        "S005", f"Illegal filename '{name[:200]}'.", *self._header_of(part), path=self.path_of(part)
                    )
                    return

    def path_of(self, part: Part) -> str:
        """Give the IMAP number; empty for the message itself (see `Finding`)."""
        return "" if part is self.message.root else part.number or ""

    def _header_of(self, part: Part) -> tuple[int, int]:
        for key in ("content-disposition", "content-type"):
            for raw, start in _raw_fields(part, key):
                return start, start + len(raw.rstrip())
        return part.start, part.start

    def start_boundary(self, part: Part) -> None:
        boundary = part.content_type.boundary_octets or b""
        body = part.raw_body
        wanted = b"--" + boundary
        if not (body.startswith(wanted) or b"\n" + wanted in body or b"\r" + wanted in body):
            self.add("S018", "Missing start boundary", *self._header_of(part), path=self.path_of(part))

    def eight_bit(self, part: Part) -> None:
        encoding = part.transfer_encoding
        fix = None
        if encoding == "8bit" and part.content_type.maintype == "text" and part.outside is None:
            for raw, start in _raw_fields(part, "content-transfer-encoding"):
                body = quopri.encode(part.raw_body)
                edits = ((start, start + len(raw.rstrip()), b" quoted-printable"), (part.body_start, part.end, body))
                fix = Fix("write the body in quoted-printable", *edits)
        text = "the body is not 7-bit: it is damaged when Amazon SES edits it for open and click tracking"
        self.add("S010", text, *self._header_of(part), fix=fix, path=self.path_of(part))

    def list_management(self) -> None:
        """Look at what SES writes into a message for a contact list."""
        call = self.call
        fields = self.named.get("x-ses-list-management-options", [])
        count = self.data.count(_UNSUBSCRIBE_URL)
        if not (fields or count or call.manages_list):
            return
        place = (fields[0].start, fields[0].end) if fields else (None, None)
        if count > _MAX_URLS:
            text = f"{_UNSUBSCRIBE_URL.decode()} stands {count} times; Amazon SES replaces {_MAX_URLS}"
            self.add("S023", text, *place)
        recipients = self.recipients if call.rcpt_to is None else call.rcpt_to
        if len(recipients) > 1:
            self.add("S023", f"list management is for one recipient and there are {len(recipients)}", *place)
        if "dkim-signature" in self.named:
            self.add("S023", "list management changes the message and so breaks its DKIM signature", *place)

    # -- identities

    def identities(self, verified: list[str], region: str) -> None:
        """Find the senders that are not verified, each once."""
        texts = [] if self.call.source is None else [self.call.source]
        for key in ("from", "sender", "return-path"):
            if key != "from" or not self.call.replaces_from:
                texts += [field.value for field in self.named.get(key, ())[:1]]
        failed: dict[str, None] = {}
        for text in texts:
            try:
                entries = _javamail.addresses(text)
            except Refusal:
                continue
            for entry in entries:
                if not _is_verified(entry.address.lower(), verified):
                    failed[entry.address] = None
        if failed:
            self.add(
                "S022",
                f"Email address is not verified. The following identities failed the check in region "
                f"{region.upper()}: {', '.join(failed)}",
            )


def _is_verified(address: str, verified: list[str]) -> bool:
    domain = address.rpartition("@")[2]
    return any([one in (address, domain) or domain.endswith(f".{one}") for one in verified])


def _raw_fields(part: Part, key: str) -> Iterator[tuple[bytes, int]]:
    """Yield the bodies of the fields of one name of a part, and where they stand."""
    if part.outside is not None:
        return
    at = part.start
    wanted = key.encode()
    for line, name in part.headers.lines():
        if name.rstrip(b" \t") == wanted and b":" in line:
            colon = line.index(b":") + 1
            yield line[colon:], at + colon
        at += len(line) + 1


def _trimmed(field: _Field) -> tuple[int, int]:
    value = field.value
    start = field.value_start + len(value) - len(value.lstrip(" \t\r\n"))
    return start, max(start, field.end)


def _check_list_field(name: str, text: str) -> None:
    contact_list, semicolon, rest = text.partition(";")
    keyword, _, topic = rest.partition("=")
    if not contact_list.strip() or (semicolon and (keyword.strip().lower() != "topic" or not topic.strip())):
        message = f"{name} is {show(text)}; it is the name of a contact list, or that and ; topic= and a topic"
        raise PayloadError(message)


def _utf8(text: str) -> str:
    return text.encode("latin-1", "replace").decode("utf-8", "replace")


def _escaped(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]):02x}"
