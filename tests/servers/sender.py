"""
A process that hands over a run by SMTP, to be killed: ``python -m tests.servers.sender JOURNAL PORT ROWS CONNECTIONS``.

    the same arguments again -> the same run, taken up again
"""

from __future__ import annotations

import sys
from pathlib import Path

from mimekit.bulk.handover import hand_over_all
from mimekit.bulk.sinks.smtp import SmtpSink
from tests.support.handing import AT_ONCE, items
from tests.support.net import HOST

if __name__ == "__main__":
    journal, port, rows, connections = sys.argv[1:]
    sink = SmtpSink(HOST, int(port), local_hostname="sender.test")
    hand_over_all(items(int(rows)), sink, journal_path=Path(journal), connections=int(connections), retries=AT_ONCE)
