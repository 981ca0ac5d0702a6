"""
Bulk: one template and a row for each recipient make a message each.

    Template(...), rows -> deliveries;  run(template, rows, sink) -> messages in a file, or handed over

May import: the core, `dkim`, `ses`, `smtp`.  Imported by: the façade, `cli`.
"""

from __future__ import annotations

from mimekit.bulk.handover import Retries
from mimekit.bulk.items import Item, Rejection, message_id_of
from mimekit.bulk.running import Progress, Summary, run
from mimekit.bulk.sinks import open_sink
from mimekit.bulk.slots import Slot
from mimekit.bulk.template import Template

__all__ = [
    "Item",
    "Progress",
    "Rejection",
    "Retries",
    "Slot",
    "Summary",
    "Template",
    "message_id_of",
    "open_sink",
    "run",
]
