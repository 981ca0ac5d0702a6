"""
What is asked of the domain name system to tell who sent a message; `resolver` is the part that asks.

    from mimekit.auth import resolver

May import: the core, `dkim`.  Imported by: the façade.
"""

from __future__ import annotations

from mimekit.auth import resolver

__all__ = ["resolver"]
