"""
Makes the two binary files of the receipt: `logo.png` and `receipt-10482.pdf`.

Run it to change them; both are checked in, and the same script always makes the same octets.

    nothing -> logo.png (PNG, 96 x 96), receipt-10482.pdf (PDF 1.4, one page)
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
SIDE = 96
GREEN, PAPER = b"\x1f\x6f\x50", b"\xf6\xf1\xe4"

LINES = (
    (16, "Receipt 10482"),
    (11, "B\\374cherstube Gr\\374n"),
    (11, "24 November 2026"),
    (11, "1  Notes on the Engine, hardcover          38.00 EUR"),
    (11, "1  Sketches in Two Colours                 24.50 EUR"),
    (11, "   Delivery                                 4.90 EUR"),
    (11, "   Total, VAT included                     67.40 EUR"),
    (11, "Paid by card. Thank you."),
)


def is_ink(column: int, row: int) -> bool:
    """Tell whether a pixel belongs to the drawing: an open book."""
    x, y = abs(column - SIDE // 2), row - 24
    page = 3 <= x <= 36 and x // 6 <= y <= 48 - (36 - x) // 6
    text = page and 8 <= x <= 30 and y % 8 in (4, 5) and 8 <= y <= 40
    return page and not text


def png() -> bytes:
    """Draw the logo (PNG, 8-bit RGB, no interlace)."""
    rows = [b"\0" + b"".join([PAPER if is_ink(x, y) else GREEN for x in range(SIDE)]) for y in range(SIDE)]
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
    out = b"\x89PNG\r\n\x1a\n"
    for kind, data in chunks:
        out += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return out


def pdf() -> bytes:
    """Write one page of text, its cross-reference table with true offsets (PDF 1.4, 3.4)."""
    text = ["BT", "72 760 Td"]
    for size, line in LINES:
        font = 1 if size > 11 else 2
        text += [f"/F{font} {size} Tf", f"({line}) Tj", "0 -24 Td"]
    stream = "\n".join([*text, "ET"]).encode("ascii")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 7 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
        b"<< /Font << /F1 5 0 R /F2 6 0 R >> >>",
    )
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join([b"%010d 00000 n \n" % offset for offset in offsets])
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def main() -> None:
    """Write both files beside this script."""
    (HERE / "logo.png").write_bytes(png())
    (HERE / "receipt-10482.pdf").write_bytes(pdf())


if __name__ == "__main__":
    main()
