"""RFC 3461, section 10: a message to six people who shall be reported on in five ways; RFC 3464, Appendix E."""

from __future__ import annotations

import pytest

from mimekit import Envelope, Message, parse_headers
from tests.support.reading import reads

SUBMITTED = {
    "Bob@Example.COM": ["NOTIFY=SUCCESS", "ORCPT=rfc822;Bob@Example.COM"],
    "Carol@Ivory.EDU": ["NOTIFY=FAILURE", "ORCPT=rfc822;Carol@Ivory.EDU"],
    "Dana@Ivory.EDU": ["NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;Dana@Ivory.EDU"],
    "Eric@Bombs.AF.MIL": ["NOTIFY=FAILURE", "ORCPT=rfc822;Eric@Bombs.AF.MIL"],
    "Fred@Bombs.AF.MIL": ["NOTIFY=NEVER"],
    "George@Tax-ME.GOV": ["NOTIFY=FAILURE", "ORCPT=rfc822;George@Tax-ME.GOV"],
}


def envelope() -> Envelope:
    return Envelope(
        "Alice@Example.ORG",
        list(SUBMITTED),
        ret="HDRS",
        envid="QQ314159",
        notify={
            "Bob@Example.COM": "SUCCESS",
            "Carol@Ivory.EDU": "FAILURE",
            "Dana@Ivory.EDU": ["SUCCESS", "FAILURE"],
            "Eric@Bombs.AF.MIL": "FAILURE",
            "Fred@Bombs.AF.MIL": "NEVER",
            "George@Tax-ME.GOV": "FAILURE",
        },
        orcpt={address: address for address in SUBMITTED if not address.startswith("Fred")},
    )


@pytest.mark.parametrize("wanted", [pytest.param(SUBMITTED, id="10.1")])
def test_parameters_are_those_that_were_asked_for(wanted: dict[str, list[str]]) -> None:
    made = envelope()
    assert list(made.mail_options) == ["RET=HDRS", "ENVID=QQ314159"]
    assert {address: list(made.rcpt_options(address)) for address in made.rcpt_to} == wanted


@pytest.mark.parametrize("addresses", [pytest.param(["Carol@Ivory.EDU", "Dana@Ivory.EDU"], id="10.3")])
def test_a_part_of_the_recipients_keeps_its_parameters(addresses: list[str]) -> None:
    some = envelope().with_recipients(addresses)
    assert list(some.mail_options) == ["RET=HDRS", "ENVID=QQ314159"]
    assert {address: list(some.rcpt_options(address)) for address in some.rcpt_to} == {
        address: SUBMITTED[address] for address in addresses
    }


DELIVERED = """\
To: Alice@Example.ORG
From: postmaster@mail.Example.COM
Subject: Delivery Notification (success) for Bob@Example.COM
Content-Type: multipart/report; report-type=delivery-status;
    boundary=abcde
MIME-Version: 1.0

--abcde
Content-type: text/plain; charset=us-ascii

Your message (id QQ314159) was successfully delivered to
Bob@Example.COM.

--abcde
Content-type: message/delivery-status

Reporting-MTA: dns; mail.Example.COM
Original-Envelope-ID: QQ314159

Original-Recipient: rfc822;Bob@Example.COM
Final-Recipient: rfc822;Bob@Example.COM
Action: delivered
Status: 2.0.0

--abcde
Content-type: message/rfc822

(headers of returned message go here)

--abcde--
"""

FAILED_FOR_SAM = """\
To: Alice@Example.ORG
From: Postmaster@Boondoggle.GOV
Subject: Delivery failure for Sam@Boondoggle.GOV
Content-Type: multipart/report; report-type=delivery-status;
              boundary=defgh
MIME-Version: 1.0

--defgh
Your message, originally addressed to George@Tax-ME.GOV, and
forwarded from there to Sam@Boondoggle.GOV could not be delivered,
for the following reason:

write error to mailbox, disk quota exceeded

--defgh
Content-type: message/delivery-status

Reporting-MTA: Boondoggle.GOV
Original-Envelope-ID: QQ314159

Original-Recipient: rfc822;George@Tax-ME.GOV
Final-Recipient: rfc822;Sam@Boondoggle.GOV
Action: failed
Status: 4.2.2 (disk quota exceeded)

--defgh
Content-type: message/rfc822

(headers of returned message go here)

--defgh--
"""

SIMPLE = """\
Date: Thu, 7 Jul 1994 17:16:05 -0400
From: Mail Delivery Subsystem <MAILER-DAEMON@CS.UTK.EDU>
Message-Id: <199407072116.RAA14128@CS.UTK.EDU>
Subject: Returned mail: Cannot send message for 5 days
To: <owner-info-mime@cs.utk.edu>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
       boundary="RAA14128.773615765/CS.UTK.EDU"

--RAA14128.773615765/CS.UTK.EDU

The original message was received at Sat, 2 Jul 1994 17:10:28 -0400
from root@localhost

    ----- The following addresses had delivery problems -----
<louisl@larry.slip.umd.edu>  (unrecoverable error)

--RAA14128.773615765/CS.UTK.EDU
content-type: message/delivery-status

Reporting-MTA: dns; cs.utk.edu

Original-Recipient: rfc822;louisl@larry.slip.umd.edu
Final-Recipient: rfc822;louisl@larry.slip.umd.edu
Action: failed
Status: 4.0.0
Diagnostic-Code: smtp; 426 connection timed out
Last-Attempt-Date: Thu, 7 Jul 1994 17:15:49 -0400

--RAA14128.773615765/CS.UTK.EDU
content-type: message/rfc822

[original message goes here]

--RAA14128.773615765/CS.UTK.EDU--
"""

DELAYED = """\
MIME-Version: 1.0
From: <postmaster@nsfnet-relay.ac.uk>
Message-Id: <199407092338.TAA23293@CS.UTK.EDU>
Received: from nsfnet-relay.ac.uk by sun2.nsfnet-relay.ac.uk
        id <g.12954-0@sun2.nsfnet-relay.ac.uk>;
        Sun, 10 Jul 1994 00:36:51 +0100
To: owner-info-mime@cs.utk.edu
Date: Sun, 10 Jul 1994 00:36:51 +0100
Subject: WARNING: message delayed at "nsfnet-relay.ac.uk"
content-type: multipart/report; report-type=delivery-status;
       boundary=foobar

--foobar
content-type: text/plain

despite repeated delivery attempts over the past 24 hours.

--foobar
content-type: message/delivery-status

Reporting-MTA: dns; sun2.nsfnet-relay.ac.uk

Final-Recipient: rfc822;thomas@de-montfort.ac.uk
Status: 4.0.0 (unknown temporary failure)
Action: delayed

--foobar--
"""


def blocks(message: Message) -> list[dict[str, str]]:
    """Give the groups of fields of a report: that of the message, then one for each recipient."""
    (status,) = [part for part in message.parts if str(part.content_type) == "message/delivery-status"]
    assert status.embedded is None  # its content is fields, no message (RFC 3464 2.1)
    return [dict(parse_headers(block + b"\r\n\r\n")) for block in status.content.strip().split(b"\r\n\r\n")]


@pytest.mark.parametrize(
    ("text", "report", "recipient", "codes"),
    [
        pytest.param(
            DELIVERED,
            {"Reporting-MTA": "dns; mail.Example.COM", "Original-Envelope-ID": "QQ314159"},
            {
                "Original-Recipient": "rfc822;Bob@Example.COM",
                "Final-Recipient": "rfc822;Bob@Example.COM",
                "Action": "delivered",
                "Status": "2.0.0",
            },
            {"M035"},  # "(headers of returned message go here)" are none
            id="RFC 3461 10.6",
        ),
        pytest.param(
            SIMPLE,
            {"Reporting-MTA": "dns; cs.utk.edu"},
            {
                "Original-Recipient": "rfc822;louisl@larry.slip.umd.edu",
                "Final-Recipient": "rfc822;louisl@larry.slip.umd.edu",
                "Action": "failed",
                "Status": "4.0.0",
                "Diagnostic-Code": "smtp; 426 connection timed out",
                "Last-Attempt-Date": "Thu, 7 Jul 1994 17:15:49 -0400",
            },
            {"M035"},
            id="RFC 3464 E, simple",
        ),
        pytest.param(
            DELAYED,
            {"Reporting-MTA": "dns; sun2.nsfnet-relay.ac.uk"},
            {
                "Final-Recipient": "rfc822;thomas@de-montfort.ac.uk",
                "Status": "4.0.0 (unknown temporary failure)",
                "Action": "delayed",
            },
            set(),
            id="RFC 3464 E, delayed",
        ),
    ],
)
def test_a_report_has_its_fields(text: str, report: dict[str, str], recipient: dict[str, str], codes: set[str]) -> None:
    message = reads(text)
    assert blocks(message) == [report, recipient]
    assert message.content_type.params["report-type"] == "delivery-status"
    assert {defect.code for defect in message.defects} == codes


@pytest.mark.parametrize("text", [pytest.param(FAILED_FOR_SAM, id="RFC 3461 10.9")])
def test_a_part_without_an_empty_line_before_its_text_is_read_and_flagged(text: str) -> None:
    message = reads(text)
    assert (message.text or "").startswith("Your message, originally addressed to George@Tax-ME.GOV, and\n")
    assert blocks(message)[1]["Final-Recipient"] == "rfc822;Sam@Boondoggle.GOV"
    assert "M035" in {defect.code for defect in message.defects}
