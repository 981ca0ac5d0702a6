"""
The exceptions: one root, a leaf for each thing that can be refused.

    MimekitError(ValueError)
    |-- BuildError           a value given to a builder cannot stand in a message
    |   |-- HeaderError      a field name or a field body
    |   |   `-- AddressError a mailbox, group or address list
    |   |-- ContentError     a body, an attachment, a transfer encoding
    |   `-- EnvelopeError    MAIL FROM, RCPT TO, an ESMTP parameter: somebody would be lost or shown
    |-- DefectError          what `parse(..., strict=True)` raises; `.defect` is the first defect
    |-- DkimError            a key, a key record or a message that cannot be signed
    |   |-- VerificationError  what `Verification.require` raises: no signature that passes
    |   `-- TemporaryLookupError  what a resolver raises when asking again may help
    |-- PayloadError         a limit of a service (Amazon SES) that a delivery would break
    |-- SpecError            a message spec (TOML) that cannot be read
    |-- BulkError            a bulk run that cannot begin or go on: its sink, its journal, its rows
    `-- TemplateError        a template, or a row that it cannot take; `.row` and `.field` say which

An error is one sentence: what is wrong, with the value; where; the rule; what to do.  It is safe to print: a value
is quoted by `show`, which escapes every control character and cuts what is long.

    May import: nothing.  Imported by: much of the package.
"""

from __future__ import annotations

__all__ = [
    "AddressError",
    "BuildError",
    "BulkError",
    "ContentError",
    "DefectError",
    "DkimError",
    "EnvelopeError",
    "HeaderError",
    "MimekitError",
    "PayloadError",
    "SpecError",
    "TemplateError",
    "TemporaryLookupError",
    "VerificationError",
    "show",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mimekit.defects import Defect


class MimekitError(ValueError):
    """The root of every exception that this library raises on purpose."""


class BuildError(MimekitError):
    """A value given to a builder cannot stand in a message."""


class HeaderError(BuildError):
    """A field name or a field body that RFC 5322 does not allow."""


class AddressError(HeaderError):
    """A mailbox, group or address list that RFC 5322 3.4 (or the asked profile) does not allow."""


class ContentError(BuildError):
    """A body, attachment or transfer encoding that cannot be written as asked."""


class EnvelopeError(BuildError):
    """An envelope that would lose a recipient, show one, or let a value become an SMTP command."""


class DefectError(MimekitError):
    """The first defect of a message that was parsed with ``strict=True``."""

    def __init__(self, defect: Defect) -> None:
        super().__init__(str(defect))
        self.defect = defect

    def __reduce__(self) -> tuple[type[DefectError], tuple[Defect]]:
        return DefectError, (self.defect,)


class DkimError(MimekitError):
    """
    A key or a key record that cannot be used, or a message that cannot be signed (RFC 6376).

    Where the way out depends on who asks, ``kind`` says what is needed and ``found`` is the sentence without it.
    """

    def __init__(self, message: str = "", *, found: str = "", kind: str = "") -> None:
        super().__init__(message)
        self.found = found
        self.kind = kind


class VerificationError(DkimError):
    """No signature passes, or none of the domain that was required."""


class TemporaryLookupError(DkimError):
    """A look-up that failed and may succeed later: a time-out, a server that fails (RFC 6376 6.1.2)."""


class PayloadError(MimekitError):
    """A hard limit of a sending service that the delivery would break."""


class SpecError(MimekitError):
    """A message spec that cannot be read: the key, its value and what is expected."""


class BulkError(MimekitError):
    """A bulk run that cannot begin or go on: what it writes to, what it reads, or the journal of an earlier one."""


class TemplateError(MimekitError):
    """
    A template that cannot be compiled, or a row that it cannot take.

    ``row`` is the number of the row, from 0, where it is known; ``field`` the name of the field.
    """

    def __init__(self, message: str, *, row: int | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.row = row
        self.field = field

    def __str__(self) -> str:
        text = super().__str__()
        return text if self.row is None else f"row {self.row}: {text}"

    def __reduce__(self) -> tuple[object, ...]:
        return _restore_template_error, (self.args[0], self.row, self.field)


def _restore_template_error(message: str, row: int | None, field: str | None) -> TemplateError:
    return TemplateError(message, row=row, field=field)


def show(value: object, limit: int = 72) -> str:
    """Quote *value* for an error sentence: ASCII only, control characters escaped, at most *limit* characters."""
    if isinstance(value, (str, bytes, bytearray)) and len(value) > 4 * limit:
        value = value[: 4 * limit]  # no need to escape what is cut anyway
    text = ascii(bytes(value))[1:] if isinstance(value, (bytes, bytearray)) else ascii(value)
    return text if len(text) <= limit else text[: limit - 4] + "..." + text[-1]
