"""
Strategies: what tests draw messages from, and how a valid message is broken.

`damage` needs nothing but this package.
"""

from __future__ import annotations

__all__: list[str] = []
