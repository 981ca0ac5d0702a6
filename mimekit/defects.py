"""
Defects: what parsing and reading found wrong, and the table of their codes.

Defects and lint findings share one namespace: a code here is the linter's code for the same fault.  A codec or a value
parser reports a *flaw*, a plain tuple that knows only its own octets; `faults` turns flaws into `Defect` objects with
offsets in the whole message.

    flaw (code, start, end, detail) + offset and line -> Defect

May import: `frozen`.  Imported by: much of the package.
"""

from __future__ import annotations

from mimekit.frozen import Frozen, put

__all__ = ["BESIDE_EQUALS", "FAR_ZONE", "TABLE", "Defect", "Flaw"]


Flaw = tuple[str, int, int, str]
"""``(code, start, end, detail)``: offsets in the octets that the codec or value parser was given."""

TABLE: dict[str, tuple[str, str, str]] = {
    # for each code its name, severity and reference
    "H001": ("bare-lf", "error", "RFC 5322 2.3"),
    "H002": ("bare-cr", "error", "RFC 5322 2.3"),
    "H003": ("nul-octet", "error", "RFC 5322 4.1"),
    "H008": ("header-not-utf8", "error", "RFC 6532 3.1"),
    "H009": ("control-char-in-header", "error", "RFC 5322 2.2, 4.1"),
    "H010": ("field-name-syntax", "error", "RFC 5322 2.2, 3.6.8"),
    "H011": ("space-before-colon", "error", "RFC 5322 4.5"),
    "H012": ("non-header-line", "error", "RFC 7103 7.2"),
    "H013": ("leading-continuation", "error", "RFC 5322 2.2.3, 3.5"),
    "H014": ("whitespace-only-fold", "error", "RFC 5322 3.2.2, 4.2"),
    "H015": ("missing-blank-line", "error", "RFC 5322 2.1, 3.5"),
    "H016": ("mbox-from-line", "error", "RFC 4155 App. A"),
    "H104": ("duplicate-singleton", "error", "RFC 5322 3.6"),
    "H105": ("duplicate-mime-field", "error", "RFC 2045 3"),
    "H117": ("bad-mime-version", "error", "RFC 2045 4"),
    "H201": ("date-syntax", "error", "RFC 5322 3.3"),
    "H205": ("date-range", "error", "RFC 5322 3.3"),
    "H210": ("message-id-syntax", "error", "RFC 5322 3.6.4"),
    "H216": ("references-syntax", "error", "RFC 5322 3.6.4, 4.5.4"),
    "H228": ("list-field-syntax", "error", "RFC 2369 2-3"),
    "H229": ("list-id-syntax", "error", "RFC 2919 2-3"),
    "A001": ("address-syntax", "error", "RFC 5322 3.4"),
    "A005": ("domain-syntax", "error", "RFC 5321 2.3.5, 4.1.2"),
    "A009": ("address-literal-invalid", "error", "RFC 5321 4.1.3"),
    "A017": ("cfws-in-addr-spec", "warning", "RFC 5322 3.4.1"),
    "A018": ("source-route", "error", "RFC 5322 4.4"),
    "A019": ("obsolete-local-part", "error", "RFC 5322 4.4"),
    "A020": ("dot-placement", "error", "RFC 5322 3.2.3"),
    "A022": ("unquoted-specials-in-name", "error", "RFC 5322 3.2.3, 3.2.5"),
    "A030": ("group-unterminated", "error", "RFC 5322 3.4"),
    "A031": ("empty-list-element", "error", "RFC 5322 4.4"),
    "A032": ("semicolon-list", "error", "RFC 5322 3.4"),
    "A033": ("sender-not-single", "error", "RFC 5322 3.6.2"),
    "A035": ("undisclosed-recipients-syntax", "error", "RFC 5322 3.4"),
    "A036": ("excess-angle-brackets", "error", "RFC 7103 7.1.2"),
    "A037": ("unbalanced-angle-bracket", "error", "RFC 7103 7.1.3"),
    "A038": ("unbalanced-paren", "error", "RFC 7103 7.1.4"),
    "A039": ("unbalanced-quote", "error", "RFC 7103 7.1.6"),
    "A040": ("naked-local-part", "error", "RFC 7103 7.1.7"),
    "A041": ("missing-separator", "error", "RFC 5322 3.4"),
    "A045": ("local-control-char", "error", "RFC 5322 4.1"),
    "M001": ("content-type-syntax", "error", "RFC 2045 5.1"),
    "M002": ("parameter-syntax", "error", "RFC 2045 5.1"),
    "M004": ("duplicate-parameter", "error", "RFC 2045 5.1"),
    "M005": ("unquoted-tspecials", "error", "RFC 2045 5.1"),
    "M020": ("boundary-missing", "error", "RFC 2046 5.1.1"),
    "M021": ("boundary-chars", "error", "RFC 2046 5.1.1"),
    "M022": ("boundary-too-long", "error", "RFC 2046 5.1.1"),
    "M023": ("boundary-trailing-space", "error", "RFC 2046 5.1.1"),
    "M026": ("boundary-reused", "error", "RFC 2046 5.1.2"),
    "M027": ("no-opening-delimiter", "error", "RFC 2046 5.1.1"),
    "M028": ("missing-close-delimiter", "error", "RFC 2046 5.1.1"),
    "M029": ("empty-multipart", "error", "RFC 2046 5.1.1"),
    "M030": ("delimiter-junk", "error", "RFC 2046 5.1.1"),
    "M031": ("preamble-text", "info", "RFC 2046 5.1.1"),
    "M032": ("epilogue-text", "warning", "RFC 2046 5.1.1"),
    "M034": ("encoded-composite", "error", "RFC 2045 6.4"),
    "M035": ("part-missing-blank-line", "error", "RFC 2046 5.1"),
    "M114": ("content-id-syntax", "error", "RFC 2045 7"),
    "M120": ("disposition-syntax", "error", "RFC 2183 2"),
    "E001": ("cte-unknown", "error", "RFC 2045 6.1"),
    "E002": ("cte-nonstandard", "error", "RFC 2045 6.3"),
    "E003": ("7bit-with-8bit", "error", "RFC 2045 6.2"),
    "E010": ("base64-alphabet", "error", "RFC 2045 6.8"),
    "E011": ("base64-padding", "error", "RFC 2045 6.8"),
    "E012": ("base64-data-after-padding", "error", "RFC 2045 6.8"),
    "E016": ("base64-trailing-bits", "warning", "RFC 4648 3.5"),
    "E020": ("qp-bad-escape", "error", "RFC 2045 6.7"),
    "E021": ("qp-lowercase-hex", "warning", "RFC 2045 6.7"),
    "E024": ("qp-raw-octet", "error", "RFC 2045 6.7"),
    "E030": ("charset-missing", "error", "RFC 2046 4.1.2"),
    "E031": ("charset-unknown", "error", "RFC 2046 4.1.2"),
    "E032": ("charset-decode-failure", "error", "RFC 2046 4.1.2"),
    "E033": ("ascii-with-8bit", "error", "RFC 2046 4.1.2"),
    "E050": ("encoded-word-syntax", "error", "RFC 2047 2, 4"),
    "E053": ("encoded-word-in-quotes", "error", "RFC 2047 5"),
    "E054": ("encoded-word-misplaced", "error", "RFC 2047 5"),
    "E055": ("encoded-word-not-separated", "error", "RFC 2047 5"),
    "E056": ("encoded-word-splits-character", "error", "RFC 2047 5"),
    "E057": ("encoded-word-undecodable", "error", "RFC 2047 2-3"),
    "E061": ("rfc2231-value-syntax", "error", "RFC 2231 4"),
    "E062": ("rfc2231-continuation", "error", "RFC 2231 3"),
    "E063": ("rfc2231-plain-differs", "warning", "RFC 2231 4"),
    "E064": ("encoded-word-in-parameter", "warning", "RFC 2047 5"),
    "E065": ("raw-8bit-parameter", "error", "RFC 2045 5.1"),
    "X002": ("encoded-control", "error", "RFC 2047 5"),
    "X016": ("ambiguous-filename", "error", "RFC 5322 3.2.4"),
    "L001": ("limit-message-size", "warning", "mimekit.Limits"),
    "L002": ("limit-depth", "warning", "mimekit.Limits"),
    "L003": ("limit-parts", "warning", "mimekit.Limits"),
    "L004": ("limit-header-fields", "warning", "mimekit.Limits"),
    "L005": ("limit-header-size", "warning", "mimekit.Limits"),
    "L006": ("limit-parameters", "warning", "mimekit.Limits"),
    "L007": ("limit-addresses", "warning", "mimekit.Limits"),
    "L008": ("limit-encoded-words", "warning", "mimekit.Limits"),
    "L009": ("limit-comment-depth", "warning", "mimekit.Limits"),
    "L010": ("limit-message-ids", "warning", "mimekit.Limits"),
    "L011": ("limit-date-length", "warning", "mimekit.Limits"),
    "L012": ("limit-encoded-nesting", "warning", "mimekit.Limits"),
    "L013": ("limit-boundary", "warning", "mimekit.Limits"),
    "L014": ("limit-field-name", "warning", "mimekit.Limits"),
}


BESIDE_EQUALS = "white space or a comment beside `=`"
"""The detail of the M002 that every reader takes for the same."""

FAR_ZONE = "the zone is more than 14 hours from UTC"
"""The detail of the H205 of a date that is read all the same."""

# The lesser form of a fault, by what its detail begins with: more may follow, such as where the part was found.
_LESSER = {"M002": (BESIDE_EQUALS, "warning"), "H205": (FAR_ZONE, "warning")}


def _severity(code: str, detail: str) -> str:
    lesser = _LESSER.get(code)
    return lesser[1] if lesser is not None and detail.startswith(lesser[0]) else TABLE[code][1]


class Defect(Frozen):
    """
    One fault of a parsed message: code and name as in the linter, octets ``start`` to ``end`` of the outer message.

    ``severity`` is ``"error"``, ``"warning"`` or ``"info"``; ``line`` counts from 1.  Inside an encoded embedded
    message the octets are those of the part that holds it.
    """

    __slots__ = ("code", "detail", "end", "line", "name", "severity", "start")

    code: str
    name: str
    severity: str
    start: int
    end: int
    line: int
    detail: str

    def __init__(self, code: str, start: int, end: int, line: int, detail: str) -> None:
        put(self, "code", code)
        put(self, "name", TABLE[code][0])
        put(self, "severity", _severity(code, detail))
        put(self, "start", start)
        put(self, "end", end)
        put(self, "line", line)
        put(self, "detail", detail)

    @property
    def reference(self) -> str:
        """The section that the octets break, such as ``RFC 5322 3.3``."""
        return TABLE[self.code][2]

    def __str__(self) -> str:
        return f"{self.code} at {self.start}: {self.detail or self.name}"
