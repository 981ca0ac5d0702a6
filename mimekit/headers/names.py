"""
The registry: what each header field is called, what it holds, how often it may stand in one header.

One table that typed access, the generator, lint, strategies and templates read: adding a field is one line here.  It
has the fields of the IANA registry of message headers (RFC 3864), with the counts of RFC 5322 3.6 and RFC 2045 3, and
beside them those that are in wide use without being registered.

    field name in any case -> FieldInfo

May import: `frozen`.  Imported by: much of the package.
"""

from __future__ import annotations

from mimekit.frozen import Frozen, put

__all__ = [
    "ADDRESS_KEYS",
    "ADDRESS_KINDS",
    "FIELDS",
    "GROUPS",
    "KINDS",
    "SINGLETONS",
    "FieldInfo",
    "info",
]

KINDS = (
    "unstructured",
    "phrase-list",
    "address-list",
    "mailbox-list",
    "mailbox",
    "path",
    "date",
    "msg-id",
    "msg-id-list",
    "content-type",
    "content-disposition",
    "mime-version",
    "token",
    "received",
    "uri-list",
    "list-id",
    "tag-list",
    "structured",  # a grammar of its own that nothing here reads; ASCII, and no place for encoded words
)
"""What a field body may be, by the value that reads it."""

GROUPS = (
    "originator",
    "destination",
    "identification",
    "informational",
    "resent",
    "trace",
    "mime",
    "list",
    "auth",
    "other",
)
"""What a field is for: the sections of RFC 5322 3.6, then MIME, mailing lists and authentication."""

ADDRESS_KINDS = frozenset({"address-list", "mailbox-list", "mailbox"})
"""The kinds that `headers.address.AddressList` reads; a ``path`` is none, for it may be empty."""


class FieldInfo(Frozen):
    """
    What is known of one field: its canonical spelling, kind, greatest count in one header (0: any), group and status.

    The status is that of the IANA registry: ``"standard"``, ``"experimental"``, ``"informational"``, or
    ``"unregistered"``.
    """

    __slots__ = ("group", "kind", "max_count", "name", "status")

    name: str
    kind: str
    max_count: int
    group: str
    status: str

    def __init__(self, name: str, kind: str, max_count: int, group: str, status: str = "standard") -> None:
        """Make a row of the table."""
        put(self, "name", name)
        put(self, "kind", kind)
        put(self, "max_count", max_count)
        put(self, "group", group)
        put(self, "status", status)


# (canonical name, kind, greatest count, group[, status])
_TABLE: tuple[tuple[str, str, int, str] | tuple[str, str, int, str, str], ...] = (
    # RFC 5322 3.6.1, 3.6.2
    ("Date", "date", 1, "originator"),
    ("From", "mailbox-list", 1, "originator"),
    ("Sender", "mailbox", 1, "originator"),
    ("Reply-To", "address-list", 1, "originator"),
    # RFC 5322 3.6.3
    ("To", "address-list", 1, "destination"),
    ("Cc", "address-list", 1, "destination"),
    ("Bcc", "address-list", 1, "destination"),
    # RFC 5322 3.6.4
    ("Message-ID", "msg-id", 1, "identification"),
    ("In-Reply-To", "msg-id-list", 1, "identification"),
    ("References", "msg-id-list", 1, "identification"),
    # RFC 5322 3.6.5
    ("Subject", "unstructured", 1, "informational"),
    ("Comments", "unstructured", 0, "informational"),
    ("Keywords", "phrase-list", 0, "informational"),
    # RFC 5322 3.6.6: once a block, and there may be any number of blocks
    ("Resent-Date", "date", 0, "resent"),
    ("Resent-From", "mailbox-list", 0, "resent"),
    ("Resent-Sender", "mailbox", 0, "resent"),
    ("Resent-To", "address-list", 0, "resent"),
    ("Resent-Cc", "address-list", 0, "resent"),
    ("Resent-Bcc", "address-list", 0, "resent"),
    ("Resent-Message-ID", "msg-id", 0, "resent"),
    # RFC 5322 3.6.7, RFC 5321 4.4, RFC 9228
    ("Return-Path", "path", 0, "trace"),
    ("Received", "received", 0, "trace"),
    ("Delivered-To", "structured", 0, "trace", "experimental"),
    ("X-Original-To", "structured", 0, "trace", "unregistered"),
    ("X-Received", "received", 0, "trace", "unregistered"),
    # RFC 2045 3, RFC 2183, RFC 3282, RFC 2557, RFC 1864 and others
    ("MIME-Version", "mime-version", 1, "mime"),
    ("Content-Type", "content-type", 1, "mime"),
    ("Content-Transfer-Encoding", "token", 1, "mime"),
    ("Content-ID", "msg-id", 1, "mime"),
    ("Content-Description", "unstructured", 1, "mime"),
    ("Content-Disposition", "content-disposition", 1, "mime"),
    ("Content-Language", "structured", 1, "mime"),
    ("Content-Location", "structured", 1, "mime"),
    ("Content-MD5", "structured", 1, "mime"),
    ("Content-Duration", "token", 1, "mime"),
    ("Content-features", "structured", 1, "mime"),
    ("Content-Alternative", "structured", 0, "mime"),  # RFC 3297 4: one for each alternative
    ("Content-Translation-Type", "token", 1, "mime"),
    ("Content-Base", "structured", 1, "mime", "unregistered"),
    # RFC 2369, RFC 2919, RFC 8058, RFC 5064
    ("List-Archive", "uri-list", 1, "list"),
    ("List-Help", "uri-list", 1, "list"),
    ("List-ID", "list-id", 1, "list"),
    ("List-Owner", "uri-list", 1, "list"),
    ("List-Post", "uri-list", 1, "list"),
    ("List-Subscribe", "uri-list", 1, "list"),
    ("List-Unsubscribe", "uri-list", 1, "list"),
    ("List-Unsubscribe-Post", "structured", 1, "list"),
    ("Archived-At", "uri-list", 0, "list"),
    # RFC 6376, RFC 8601, RFC 8617, RFC 7208, RFC 5518
    ("DKIM-Signature", "tag-list", 0, "auth"),
    ("Authentication-Results", "structured", 0, "auth"),
    ("ARC-Authentication-Results", "structured", 0, "auth", "experimental"),
    ("ARC-Message-Signature", "tag-list", 0, "auth", "experimental"),
    ("ARC-Seal", "tag-list", 0, "auth", "experimental"),
    ("Received-SPF", "structured", 0, "auth"),
    ("VBR-Info", "tag-list", 0, "auth"),
    ("BIMI-Selector", "tag-list", 0, "auth", "unregistered"),
    ("BIMI-Location", "tag-list", 0, "auth", "unregistered"),
    ("BIMI-Indicator", "structured", 0, "auth", "unregistered"),
    ("DomainKey-Signature", "tag-list", 0, "auth", "unregistered"),
    ("X-Google-DKIM-Signature", "tag-list", 0, "auth", "unregistered"),
    # RFC 3834, RFC 8098, RFC 2076, RFC 3458, RFC 6758, RFC 8689 and others: what programs act on
    ("Auto-Submitted", "structured", 1, "other"),
    ("Importance", "token", 1, "other"),
    ("Priority", "token", 1, "other"),
    ("Sensitivity", "token", 1, "other"),
    ("Disposition-Notification-To", "mailbox-list", 1, "other"),
    ("Disposition-Notification-Options", "structured", 1, "other"),
    ("Errors-To", "address-list", 0, "other"),
    ("Apparently-To", "address-list", 0, "other"),
    ("Expires", "date", 1, "other"),
    ("Expiry-Date", "date", 1, "other"),
    ("Reply-By", "date", 1, "other"),
    ("Supersedes", "msg-id-list", 1, "other"),
    ("Obsoletes", "msg-id-list", 1, "other"),
    ("Accept-Language", "structured", 1, "other"),
    ("Organization", "unstructured", 1, "informational", "informational"),
    ("Message-Context", "token", 1, "other"),
    ("MT-Priority", "structured", 1, "other"),
    ("Require-Recipient-Valid-Since", "structured", 0, "other"),
    ("TLS-Required", "token", 1, "other"),
    ("TLS-Report-Domain", "structured", 1, "other"),
    ("TLS-Report-Submitter", "structured", 1, "other"),
    ("CFBL-Address", "structured", 0, "other", "experimental"),
    ("CFBL-Feedback-ID", "structured", 0, "other", "experimental"),
    ("HP-Outer", "unstructured", 0, "other"),
    ("Jabber-ID", "structured", 1, "other"),
    ("Solicitation", "structured", 0, "other"),
    ("SIO-Label", "structured", 1, "other"),
    ("SIO-Label-History", "structured", 0, "other"),
    ("Privicon", "unstructured", 0, "other"),
    ("Form-Sub", "unstructured", 0, "other"),
    ("Eesst-Version", "structured", 1, "other"),
    ("EDIINT-Features", "structured", 0, "other"),
    ("Encrypted", "structured", 1, "other"),
    ("Encoding", "structured", 1, "other"),
    ("PICS-Label", "structured", 0, "other"),
    # fields of reports and of edited messages: RFC 8098 3.2, RFC 3464 2, RFC 5703 3
    ("Original-From", "mailbox-list", 0, "other"),
    ("Original-Message-ID", "msg-id", 1, "other"),
    ("Original-Recipient", "structured", 1, "other"),
    ("Original-Subject", "unstructured", 0, "other"),
    # RFC 6857 3.1.10: the old value as one unstructured text
    ("Downgraded-Final-Recipient", "unstructured", 0, "other"),
    ("Downgraded-In-Reply-To", "unstructured", 0, "other"),
    ("Downgraded-Message-Id", "unstructured", 0, "other"),
    ("Downgraded-Original-Recipient", "unstructured", 0, "other"),
    ("Downgraded-References", "unstructured", 0, "other"),
    # RFC 2156: what gateways to X.400 write
    ("Alternate-Recipient", "token", 0, "other"),
    ("Autoforwarded", "token", 0, "other"),
    ("Autosubmitted", "token", 0, "other"),
    ("Content-Identifier", "unstructured", 0, "other"),
    ("Content-Return", "token", 0, "other"),
    ("Conversion", "token", 0, "other"),
    ("Conversion-With-Loss", "token", 0, "other"),
    ("Deferred-Delivery", "date", 0, "other"),
    ("Delivery-Date", "date", 0, "other"),
    ("Discarded-X400-IPMS-Extensions", "structured", 0, "other"),
    ("Discarded-X400-MTS-Extensions", "structured", 0, "other"),
    ("Disclose-Recipients", "token", 0, "other"),
    ("DL-Expansion-History", "structured", 0, "other"),
    ("Generate-Delivery-Report", "structured", 0, "other"),
    ("Incomplete-Copy", "structured", 0, "other"),
    ("Language", "structured", 0, "other"),
    ("Latest-Delivery-Time", "date", 0, "other"),
    ("Message-Type", "structured", 0, "other"),
    ("Original-Encoded-Information-Types", "structured", 0, "other"),
    ("Originator-Return-Address", "structured", 0, "other"),
    ("Prevent-NonDelivery-Report", "structured", 0, "other"),
    ("X400-Content-Identifier", "unstructured", 0, "other"),
    ("X400-Content-Return", "structured", 0, "other"),
    ("X400-Content-Type", "structured", 0, "other"),
    ("X400-MTS-Identifier", "structured", 0, "other"),
    ("X400-Originator", "structured", 0, "other"),
    ("X400-Received", "structured", 0, "other"),
    ("X400-Recipients", "structured", 0, "other"),
    ("X400-Trace", "structured", 0, "other"),
    # RFC 6477, RFC 7912: military mail
    ("MMHS-Acp127-Message-Identifier", "unstructured", 0, "other"),
    ("MMHS-Authorizing-Users", "mailbox-list", 0, "other"),
    ("MMHS-Codress-Message-Indicator", "structured", 0, "other"),
    ("MMHS-Copy-Precedence", "structured", 0, "other"),
    ("MMHS-Exempted-Address", "address-list", 0, "other"),
    ("MMHS-Extended-Authorisation-Info", "date", 0, "other"),
    ("MMHS-Handling-Instructions", "unstructured", 0, "other"),
    ("MMHS-Message-Instructions", "unstructured", 0, "other"),
    ("MMHS-Message-Type", "structured", 0, "other"),
    ("MMHS-Originator-PLAD", "unstructured", 0, "other"),
    ("MMHS-Originator-Reference", "unstructured", 0, "other"),
    ("MMHS-Other-Recipients-Indicator-CC", "unstructured", 0, "other"),
    ("MMHS-Other-Recipients-Indicator-To", "unstructured", 0, "other"),
    ("MMHS-Primary-Precedence", "structured", 0, "other"),
    ("MMHS-Subject-Indicator-Codes", "unstructured", 0, "other"),
    # RFC 6109: certified mail of Italy
    ("X-Mittente", "structured", 0, "other"),
    ("X-Ricevuta", "token", 0, "other"),
    ("X-Riferimento-Message-ID", "msg-id", 0, "other"),
    ("X-TipoRicevuta", "token", 0, "other"),
    ("X-Trasporto", "token", 0, "other"),
    ("X-VerificaSicurezza", "token", 0, "other"),
    # Amazon SES: taken out on the way
    ("X-SES-CONFIGURATION-SET", "unstructured", 1, "other", "unregistered"),
    ("X-SES-MESSAGE-TAGS", "unstructured", 1, "other", "unregistered"),
    ("X-SES-SOURCE-ARN", "unstructured", 1, "other", "unregistered"),
    ("X-SES-FROM-ARN", "unstructured", 1, "other", "unregistered"),
    ("X-SES-RETURN-PATH-ARN", "unstructured", 1, "other", "unregistered"),
    ("X-SES-LIST-MANAGEMENT-OPTIONS", "unstructured", 1, "other", "unregistered"),
    ("X-SES-TENANT", "unstructured", 1, "other", "unregistered"),
    ("X-SES-Outgoing", "unstructured", 0, "other", "unregistered"),
    # in wide use, registered nowhere
    ("Feedback-ID", "unstructured", 1, "other", "unregistered"),
    ("Mail-Followup-To", "address-list", 1, "other", "unregistered"),
    ("Mail-Reply-To", "address-list", 1, "other", "unregistered"),
    ("Precedence", "unstructured", 1, "other", "unregistered"),
    ("Return-Receipt-To", "address-list", 1, "other", "unregistered"),
    ("Thread-Index", "unstructured", 1, "other", "unregistered"),
    ("Thread-Topic", "unstructured", 1, "other", "unregistered"),
    ("User-Agent", "unstructured", 1, "other", "unregistered"),
    ("Autocrypt", "structured", 0, "other", "unregistered"),
    ("X-Auto-Response-Suppress", "unstructured", 1, "other", "unregistered"),
    ("X-Entity-Ref-ID", "unstructured", 1, "other", "unregistered"),
    ("X-Forwarded-For", "unstructured", 0, "other", "unregistered"),
    ("X-Forwarded-To", "unstructured", 0, "other", "unregistered"),
    ("X-Loop", "unstructured", 0, "other", "unregistered"),
    ("X-MSMail-Priority", "unstructured", 1, "other", "unregistered"),
    ("X-Mailer", "unstructured", 1, "other", "unregistered"),
    ("X-MimeOLE", "unstructured", 1, "other", "unregistered"),
    ("X-Originating-IP", "unstructured", 0, "other", "unregistered"),
    ("X-Priority", "unstructured", 1, "other", "unregistered"),
    ("X-Report-Abuse", "unstructured", 0, "other", "unregistered"),
    ("X-Spam-Flag", "unstructured", 0, "other", "unregistered"),
    ("X-Spam-Level", "unstructured", 0, "other", "unregistered"),
    ("X-Spam-Score", "unstructured", 0, "other", "unregistered"),
    ("X-Spam-Status", "unstructured", 0, "other", "unregistered"),
    ("X-UIDL", "unstructured", 0, "other", "unregistered"),
)

FIELDS: dict[str, FieldInfo] = {row[0].lower(): FieldInfo(*row) for row in _TABLE}
"""Every known field by its lower-case name."""

SINGLETONS = frozenset([name for name, known in FIELDS.items() if known.max_count == 1])
"""The lower-case names of the fields that may stand once in a header."""

ADDRESS_KEYS = frozenset([name.encode() for name, known in FIELDS.items() if known.kind in ADDRESS_KINDS])
"""The lower-case names, as octets, of the fields that hold addresses: they have a bound of their own."""


def info(name: str) -> FieldInfo:
    """
    Give what is known of the field *name*, in any case; an unknown one is unstructured, spelled as it came.

    >>> info("message-id").name, info("Subject").kind, info("X-Unheard-Of").kind
    ('Message-ID', 'unstructured', 'unstructured')
    """
    key = name.lower()
    known = FIELDS.get(key)
    if known is not None:
        return known
    # RFC 2045 9: a field that begins with "Content-" is of MIME, whatever it says.
    return FieldInfo(name, "unstructured", 0, "mime" if key.startswith("content-") else "other", "unregistered")
