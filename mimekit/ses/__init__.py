"""
Amazon SES: what boto3 is called with, and what SES takes.

    from mimekit import ses
    boto3.client("sesv2").send_email(**ses.send_email(msg))

boto3 is not imported here: a payload is the keyword arguments of one call.
"""

from __future__ import annotations

from mimekit.ses.check import check
from mimekit.ses.loading import load_payload
from mimekit.ses.payload import send_email, send_raw_email
from mimekit.ses.series import Series

__all__ = ["Series", "check", "load_payload", "send_email", "send_raw_email"]
