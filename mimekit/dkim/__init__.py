"""
DKIM (RFC 6376, RFC 8301, RFC 8463): keys and their records, signing, verifying, and why a signature broke.

    Message -> signed Message;  Message and a function that looks TXT records up -> Verification
"""

from __future__ import annotations

from mimekit.dkim.canonical import BodyHasher
from mimekit.dkim.diagnose import Cause, Diagnosis, diagnose
from mimekit.dkim.keys import KeyProtocol, PublicKey, SigningKey, generate_key
from mimekit.dkim.record import KeyRecord, matches, route53, ses_byodkim, txt_record, zone_file
from mimekit.dkim.sign import Signer, for_ses, sign
from mimekit.dkim.verdict import REASONS, Note, Result, Trace, Verification
from mimekit.dkim.verify import Policy, queries, verify
from mimekit.errors import DkimError, TemporaryLookupError, VerificationError

__all__ = [
    "REASONS",
    "BodyHasher",
    "Cause",
    "Diagnosis",
    "DkimError",
    "KeyProtocol",
    "KeyRecord",
    "Note",
    "Policy",
    "PublicKey",
    "Result",
    "Signer",
    "SigningKey",
    "TemporaryLookupError",
    "Trace",
    "Verification",
    "VerificationError",
    "diagnose",
    "for_ses",
    "generate_key",
    "matches",
    "queries",
    "route53",
    "ses_byodkim",
    "sign",
    "txt_record",
    "verify",
    "zone_file",
]
