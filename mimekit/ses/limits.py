"""
What Amazon SES takes and what it refuses, as tables.

Its own rules go further than the RFCs: RFC 5322 allows many Comments fields, SES one.  Sources: the Amazon SES
Developer Guide (pages quotas, header-fields, mime-types, sending-authorization-delegate-sender-tasks-email,
event-publishing-send-email, sending-email-list-management) and the API models 2010-12-01 (v1) and 2019-09-27 (v2) of
botocore 1.43.

    nothing -> numbers, names, patterns

May import: nothing.  Imported by: `bulk`, `ses._data`, `ses._values`, `ses.check`, `ses.payload`, `ses.series`.
"""

from __future__ import annotations

__all__ = [
    "BLOCKED_EXTENSIONS",
    "MAX_LINE",
    "MAX_OCTETS_V1",
    "MAX_OCTETS_V2",
    "MAX_RECIPIENTS",
    "NAME_MAX",
    "REQUEST_HEADERS",
    "SINGLE_INSTANCE",
    "TAG_MAX",
]

MAX_OCTETS_V1 = 10_485_760
"""Octets of a message through v1; the attachments in it are base64 already.  The guide says 10 MB."""

MAX_OCTETS_V2 = 41_943_040
"""Octets of a message through v2 and through SMTP; the guide says 40 MB."""

MAX_RECIPIENTS = 50
"""Recipients of a message over To, Cc and Bcc."""

MAX_LINE = 998
"""Octets of a line without its CRLF; the API documents 1,000 with it."""

TAG_MAX = 256
"""Characters of the name and of the value of a message tag, each a letter, digit, ``_`` or ``-``."""

NAME_MAX = 64
"""Characters of the name of a configuration set or tenant, likewise."""

REQUEST_HEADERS = {
    "X-SES-CONFIGURATION-SET": "name",
    "X-SES-MESSAGE-TAGS": "tags",
    "X-SES-SOURCE-ARN": "arn",
    "X-SES-FROM-ARN": "arn",
    "X-SES-RETURN-PATH-ARN": "arn",
    "X-SES-LIST-MANAGEMENT-OPTIONS": "list",
    "X-SES-TENANT": "name",
}
"""Fields that SES reads as part of the request and takes out of the message, by what each holds."""

SINGLE_INSTANCE = (
    "Accept-Language",
    "acceptLanguage",
    "Archived-At",
    "Auto-Submitted",
    "Bounces-to",
    "Comments",
    "Content-Alternative",
    "Content-Base",
    "Content-Class",
    "Content-Description",
    "Content-Disposition",
    "Content-Duration",
    "Content-ID",
    "Content-Language",
    "Content-Length",
    "Content-Location",
    "Content-MD5",
    "Content-Transfer-Encoding",
    "Content-Type",
    "Date",
    "Delivered-To",
    "Disposition-Notification-Options",
    "Disposition-Notification-To",
    "DKIM-Signature",
    "DomainKey-Signature",
    "Errors-To",
    "From",
    "Importance",
    "In-Reply-To",
    "Keywords",
    "List-Archive",
    "List-Help",
    "List-Id",
    "List-Owner",
    "List-Post",
    "List-Subscribe",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Message-Context",
    "Message-ID",
    "MIME-Version",
    "Organization",
    "Original-From",
    "Original-Message-ID",
    "Original-Recipient",
    "Original-Subject",
    "Precedence",
    "Priority",
    "References",
    "Reply-To",
    "Return-Path",
    "Return-Receipt-To",
    "Sender",
    "Sensitivity",
    "Solicitation",
    "Subject",
    "Thread-Index",
    "Thread-Topic",
    "User-Agent",
    "VBR-Info",
)
"""Fields that may stand once in the header of a message; a second one is answered with ``Duplicate header``."""

BLOCKED_EXTENSIONS = frozenset(
    {
        "ade",
        "adp",
        "app",
        "asp",
        "bas",
        "bat",
        "cer",
        "chm",
        "cmd",
        "com",
        "cpl",
        "crt",
        "csh",
        "der",
        "exe",
        "fxp",
        "gadget",
        "hlp",
        "hta",
        "inf",
        "ins",
        "isp",
        "its",
        "js",
        "jse",
        "ksh",
        "lib",
        "lnk",
        "mad",
        "maf",
        "mag",
        "mam",
        "maq",
        "mar",
        "mas",
        "mat",
        "mau",
        "mav",
        "maw",
        "mda",
        "mdb",
        "mde",
        "mdt",
        "mdw",
        "mdz",
        "msc",
        "msh",
        "msh1",
        "msh1xml",
        "msh2",
        "msh2xml",
        "mshxml",
        "msi",
        "msp",
        "mst",
        "ops",
        "pcd",
        "pif",
        "plg",
        "prf",
        "prg",
        "ps1",
        "ps1xml",
        "ps2",
        "ps2xml",
        "psc1",
        "psc2",
        "reg",
        "scf",
        "scr",
        "sct",
        "shb",
        "shs",
        "sys",
        "tmp",
        "url",
        "vb",
        "vbe",
        "vbs",
        "vps",
        "vsmacros",
        "vss",
        "vst",
        "vsw",
        "vxd",
        "ws",
        "wsc",
        "wsf",
        "wsh",
        "xnk",
    }
)
"""Extensions of attachments that SES refuses, without the dot."""
