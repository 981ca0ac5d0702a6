"""
The receipt of `docs/examples/receipt`, and who must get it.

The addresses stand here a second time, as an SMTP server sees them, so that a test compares what arrived with what a
person wrote down and not with what the library derived.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["EVERYBODY", "FILES", "HIDDEN", "MAIL_FROM", "SENDING_DOMAIN", "SPEC", "TRACES", "VISIBLE"]

SPEC = Path(__file__).resolve().parents[2] / "docs" / "examples" / "receipt" / "receipt.toml"

SENDING_DOMAIN = "xn--bcher-kva.test"
MAIL_FROM = "bounces+10482@xn--bcher-kva.test"
VISIBLE = ("zoe.faerber@example.test", "joerg.mueller@example.test", "maja@lager.xn--bcher-kva.test")
HIDDEN = ("yamada.taro@archive.test", "revision@xn--bcher-kva.test")
EVERYBODY = (*VISIBLE, *HIDDEN)

TRACES = {
    "yamada.taro@archive.test": ("yamada", "\u5c71\u7530", "archive.test"),
    "revision@xn--bcher-kva.test": ("revision",),
}
"""Strings that stand for a hidden recipient and occur nowhere else in the receipt."""

FILES = {"application/pdf": "receipt-10482.pdf", "application/ics": "delivery.ics", "image/png": "logo.png"}
"""What must arrive octet for octet, by media type."""
