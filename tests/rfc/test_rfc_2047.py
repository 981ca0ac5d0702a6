"""RFC 2047, section 8: the headers; the words alone are tested beside what decodes them."""

from __future__ import annotations

import pytest

from mimekit import Mailbox, Message
from tests.support.reading import reads

FIRST = """\
From: =?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>
To: =?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <keld@dkuug.dk>
CC: =?ISO-8859-1?Q?Andr=E9?= Pirard <PIRARD@vm1.ulg.ac.be>
Subject: =?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=
 =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=

"""
SECOND = """\
From: =?ISO-8859-1?Q?Olle_J=E4rnefors?= <ojarnef@admin.kth.se>
To: ietf-822@dimacs.rutgers.edu, ojarnef@admin.kth.se
Subject: Time for ISO 10646?

"""
THIRD = """\
To: Dave Crocker <dcrocker@mordor.stanford.edu>
Cc: ietf-822@dimacs.rutgers.edu, paf@comsol.se
From: =?ISO-8859-1?Q?Patrik_F=E4ltstr=F6m?= <paf@nada.kth.se>
Subject: Re: RFC-HDR care and feeding

"""
FOURTH = """\
From: Nathaniel Borenstein <nsb@thumper.bellcore.com>
      (=?iso-8859-8?b?7eXs+SDv4SDs6Oj08A==?=)
To: Greg Vaudreuil <gvaudre@NRI.Reston.VA.US>, Ned Freed
   <ned@innosoft.com>, Keith Moore <moore@cs.utk.edu>
Subject: Test of new header generator
MIME-Version: 1.0
Content-type: text/plain; charset=ISO-8859-1

"""


def shown(message: Message) -> list[tuple[str, str]]:
    """Give the names and addresses of From, To and Cc."""
    mailboxes: list[Mailbox] = [*message.from_, *message.to, *message.cc]
    return [(mailbox.display_name, mailbox.address) for mailbox in mailboxes]


@pytest.mark.parametrize(
    ("text", "mailboxes", "subject"),
    [
        pytest.param(
            FIRST,
            [
                ("Keith Moore", "moore@cs.utk.edu"),
                ("Keld J\u00f8rn Simonsen", "keld@dkuug.dk"),
                ("Andr\u00e9 Pirard", "PIRARD@vm1.ulg.ac.be"),
            ],
            "If you can read this you understand the example.",
            id="8, first",
        ),
        pytest.param(
            SECOND,
            [
                ("Olle J\u00e4rnefors", "ojarnef@admin.kth.se"),
                ("", "ietf-822@dimacs.rutgers.edu"),
                ("", "ojarnef@admin.kth.se"),
            ],
            "Time for ISO 10646?",
            id="8, second",
        ),
        pytest.param(
            THIRD,
            [
                ("Patrik F\u00e4ltstr\u00f6m", "paf@nada.kth.se"),
                ("Dave Crocker", "dcrocker@mordor.stanford.edu"),
                ("", "ietf-822@dimacs.rutgers.edu"),
                ("", "paf@comsol.se"),
            ],
            "Re: RFC-HDR care and feeding",
            id="8, third",
        ),
        pytest.param(
            FOURTH,
            [
                ("Nathaniel Borenstein", "nsb@thumper.bellcore.com"),
                ("Greg Vaudreuil", "gvaudre@NRI.Reston.VA.US"),
                ("Ned Freed", "ned@innosoft.com"),
                ("Keith Moore", "moore@cs.utk.edu"),
            ],
            "Test of new header generator",
            id="8, fourth",
        ),
    ],
)
def test_a_header_is_read_without_a_defect(text: str, mailboxes: list[tuple[str, str]], subject: str) -> None:
    message = reads(text)
    assert shown(message) == mailboxes
    assert message.subject == subject
    assert message.defects == ()
