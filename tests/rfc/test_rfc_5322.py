"""
RFC 5322, Appendix A: every message, read whole.

What single fields of these messages say in detail is tested beside the value that reads them.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from mimekit import Group, Mailbox, Message, parse
from mimekit.headers.trace import Received
from tests.support.reading import reads

HELLO = """\
From: John Doe <jdoe@machine.example>
To: Mary Smith <mary@example.net>
Subject: Saying Hello
Date: Fri, 21 Nov 1997 09:55:06 -0600
Message-ID: <1234@local.machine.example>

This is a message just to say hello.
So, "Hello".
"""

SENT_BY_MICHAEL = HELLO.replace("To:", "Sender: Michael Jones <mjones@machine.example>\nTo:", 1)

MAILBOXES = r"""
From: "Joe Q. Public" <john.q.public@example.com>
To: Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>
Cc: <boss@nil.test>, "Giant; \"Big\" Box" <sysservices@example.net>
Date: Tue, 1 Jul 2003 10:52:37 +0200
Message-ID: <5678.21-Nov-1997@example.com>

Hi everyone.
""".lstrip()

GROUPS = """\
From: Pete <pete@silly.example>
To: A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;
Cc: Undisclosed recipients:;
Date: Thu, 13 Feb 1969 23:32:54 -0330
Message-ID: <testabcd.1234@silly.example>

Testing.
"""

ANSWER = """\
From: Mary Smith <mary@example.net>
To: John Doe <jdoe@machine.example>
Reply-To: "Mary Smith: Personal Account" <smith@home.example>
Subject: Re: Saying Hello
Date: Fri, 21 Nov 1997 10:01:10 -0600
Message-ID: <3456@example.net>
In-Reply-To: <1234@local.machine.example>
References: <1234@local.machine.example>

This is a reply to your hello.
"""

ANSWER_TO_THE_ANSWER = """\
To: "Mary Smith: Personal Account" <smith@home.example>
From: John Doe <jdoe@machine.example>
Subject: Re: Saying Hello
Date: Fri, 21 Nov 1997 11:00:00 -0600
Message-ID: <abcd.1234@local.machine.test>
In-Reply-To: <3456@example.net>
References: <1234@local.machine.example> <3456@example.net>

This is a reply to your reply.
"""

RESENT = f"""\
Resent-From: Mary Smith <mary@example.net>
Resent-To: Jane Brown <j-brown@other.example>
Resent-Date: Mon, 24 Nov 1997 14:22:01 -0800
Resent-Message-ID: <78910@example.net>
{HELLO}"""

TRACED = """\
Received: from x.y.test
   by example.net
   via TCP
   with ESMTP
   id ABC12345
   for <mary@example.net>;  21 Nov 1997 10:05:43 -0600
Received: from node.example by x.y.test; 21 Nov 1997 10:01:22 -0600
From: John Doe <jdoe@node.example>
To: Mary Smith <mary@example.net>
Subject: Saying Hello
Date: Fri, 21 Nov 1997 09:55:06 -0600
Message-ID: <1234@local.node.example>

This is a message just to say hello.
So, "Hello".
"""

ODDITIES = r"""
From: Pete(A nice \) chap) <pete(his account)@silly.test(his host)>
To:A Group(Some people)
     :Chris Jones <c@(Chris's host.)public.example>,
         joe@example.org,
  John <jdoe@one.test> (my dear friend); (the end of the group)
Cc:(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;
Date: Thu,
      13
        Feb
          1969
      23:32
               -0330 (Newfoundland Time)
Message-ID:              <testabcd.1234@silly.test>

Testing.
""".lstrip()

OBSOLETE_ADDRESSES = """\
From: Joe Q. Public <john.q.public@example.com>
To: Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example
Date: Tue, 1 Jul 2003 10:52:37 +0200
Message-ID: <5678.21-Nov-1997@example.com>

Hi everyone.
"""

OBSOLETE_DATE = HELLO.replace("Fri, 21 Nov 1997 09:55:06 -0600", "21 Nov 97 09:55:06 GMT")

OBSOLETE_WHITE_SPACE = """\
From  : John Doe <jdoe@machine(comment).  example>
To    : Mary Smith
\x20\x20
          <mary@example.net>
Subject     : Saying Hello
Date  : Fri, 21 Nov 1997 09(comment):   55  :  06 -0600
Message-ID  : <1234   @   local(blah)  .machine .example>

This is a message just to say hello.
So, "Hello".
"""

HELLO_TEXT = 'This is a message just to say hello.\nSo, "Hello".\n'


def addresses(message: Message) -> tuple[list[str], list[str], list[str]]:
    """Give the addresses of From, To and Cc, groups flattened."""
    return (
        [mailbox.address for mailbox in message.from_],
        [mailbox.address for mailbox in message.to],
        [mailbox.address for mailbox in message.cc],
    )


@pytest.mark.parametrize(
    ("text", "from_", "to", "cc", "date", "message_id", "body"),
    [
        pytest.param(
            HELLO,
            "jdoe@machine.example",
            ["mary@example.net"],
            [],
            "1997-11-21T09:55:06-06:00",
            "<1234@local.machine.example>",
            HELLO_TEXT,
            id="A.1.1",
        ),
        pytest.param(
            MAILBOXES,
            "john.q.public@example.com",
            ["mary@x.test", "jdoe@example.org", "one@y.test"],
            ["boss@nil.test", "sysservices@example.net"],
            "2003-07-01T10:52:37+02:00",
            "<5678.21-Nov-1997@example.com>",
            "Hi everyone.\n",
            id="A.1.2",
        ),
        pytest.param(
            GROUPS,
            "pete@silly.example",
            ["c@a.test", "joe@where.test", "jdoe@one.test"],
            [],
            "1969-02-13T23:32:54-03:30",
            "<testabcd.1234@silly.example>",
            "Testing.\n",
            id="A.1.3",
        ),
        pytest.param(
            TRACED,
            "jdoe@node.example",
            ["mary@example.net"],
            [],
            "1997-11-21T09:55:06-06:00",
            "<1234@local.node.example>",
            HELLO_TEXT,
            id="A.4",
        ),
    ],
)
def test_a_message_is_read_without_a_defect(  # noqa: PLR0913, PLR0917 - what a message says
    text: str, from_: str, to: list[str], cc: list[str], date: str, message_id: str, body: str
) -> None:
    message = reads(text)
    assert addresses(message) == ([from_], to, cc)
    assert message.date == datetime.fromisoformat(date)
    assert (message.message_id, message.text, message.defects) == (message_id, body, ())
    assert message.envelope.mail_from == from_
    assert message.envelope.rcpt_to == (*to, *cc)


@pytest.mark.parametrize("text", [pytest.param(SENT_BY_MICHAEL, id="A.1.1")])
def test_the_sender_is_another_than_the_author_and_gets_the_bounces(text: str) -> None:
    message = reads(text)
    assert message.sender == Mailbox("Michael Jones", "mjones", "machine.example")
    assert message.from_[0].address == "jdoe@machine.example"
    assert message.envelope.mail_from == "mjones@machine.example"
    assert message.defects == ()


@pytest.mark.parametrize("text", [pytest.param(GROUPS, id="A.1.3")])
def test_groups_stay_groups_in_the_entries(text: str) -> None:
    message = reads(text)
    (group,) = message.to.entries
    assert isinstance(group, Group)
    assert (group.display_name, len(group.mailboxes)) == ("A Group", 3)
    assert message.cc.entries == (Group("Undisclosed recipients", []),)


def test_a_conversation_is_threaded_a_2() -> None:
    hello, answer, last = reads(HELLO), reads(ANSWER), reads(ANSWER_TO_THE_ANSWER)
    assert answer.in_reply_to == answer.references == (hello.message_id,)
    assert last.in_reply_to == (answer.message_id,)
    assert last.references == (hello.message_id, answer.message_id)
    assert last.to == answer.reply_to
    assert {message.subject for message in (answer, last)} == {f"Re: {hello.subject}"}
    assert hello.defects == answer.defects == last.defects == ()


@pytest.mark.parametrize("text", [pytest.param(RESENT, id="A.3")])
def test_a_resent_message_keeps_its_header_and_goes_to_whom_it_is_resent(text: str) -> None:
    message = reads(text)
    assert addresses(message) == (["jdoe@machine.example"], ["mary@example.net"], [])
    assert message.message_id == "<1234@local.machine.example>"
    assert message.headers["Resent-Message-ID"] == "<78910@example.net>"
    assert (message.envelope.mail_from, message.envelope.rcpt_to) == ("mary@example.net", ("j-brown@other.example",))
    assert message.to_bytes().endswith(parse(HELLO.replace("\n", "\r\n").encode()).to_bytes())
    assert message.defects == ()


@pytest.mark.parametrize("text", [pytest.param(TRACED, id="A.4")])
def test_the_way_of_a_message_is_read_from_the_top(text: str) -> None:
    headers = reads(text).headers
    assert len(headers.all("Received")) == 2
    hop = Received.parse(headers.raw("Received") or b"")
    assert dict(hop.clauses) == {
        "from": "x.y.test",
        "by": "example.net",
        "via": "TCP",
        "with": "ESMTP",
        "id": "ABC12345",
        "for": "<mary@example.net>",
    }
    assert hop.date == datetime.fromisoformat("1997-11-21T10:05:43-06:00")


@pytest.mark.parametrize("text", [pytest.param(ODDITIES, id="A.5")])
def test_white_space_and_comments_change_nothing(text: str) -> None:
    message = reads(text)
    assert addresses(message) == (["pete@silly.test"], ["c@public.example", "joe@example.org", "jdoe@one.test"], [])
    assert [mailbox.display_name for mailbox in message.to] == ["Chris Jones", "", "John"]
    assert message.cc.entries == (Group("Hidden recipients", []),)
    assert message.date == datetime.fromisoformat("1969-02-13T23:32:00-03:30")
    assert message.message_id == "<testabcd.1234@silly.test>"
    assert "error" not in {defect.severity for defect in message.defects}  # "perfectly legal"


@pytest.mark.parametrize("text", [pytest.param(OBSOLETE_ADDRESSES, id="A.6.1")])
def test_obsolete_addresses_are_read_and_flagged(text: str) -> None:
    message = reads(text)
    assert addresses(message) == (["john.q.public@example.com"], ["mary@example.net", "jdoe@test.example"], [])
    assert message.from_[0].display_name == "Joe Q. Public"
    assert {defect.code for defect in message.defects} == {"A017", "A018", "A031"}


@pytest.mark.parametrize("text", [pytest.param(OBSOLETE_DATE, id="A.6.2")])
def test_an_obsolete_date_is_read(text: str) -> None:
    message = reads(text)
    assert message.date == datetime.fromisoformat("1997-11-21T09:55:06+00:00")
    assert message.defects == ()


@pytest.mark.parametrize("text", [pytest.param(OBSOLETE_WHITE_SPACE, id="A.6.3")])
def test_obsolete_white_space_is_read_over_and_flagged(text: str) -> None:
    message = reads(text)
    assert addresses(message) == (["jdoe@machine.example"], ["mary@example.net"], [])
    assert message.to[0].display_name == "Mary Smith"
    assert message.subject == "Saying Hello"
    assert message.date == datetime.fromisoformat("1997-11-21T09:55:06-06:00")
    assert message.message_id == "<1234@local.machine.example>"
    assert message.text == HELLO_TEXT
    assert {"H011", "H014", "A017"} <= {defect.code for defect in message.defects}
