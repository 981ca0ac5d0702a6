"""The keyword arguments of boto3's calls, and the limits of Amazon SES before them."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from mimekit import Delivery, Envelope, Message, parse, ses
from mimekit.errors import ContentError, EnvelopeError, MimekitError, PayloadError
from mimekit.ses import limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Call = Callable[..., dict[str, Any]]

ARN = "arn:aws:ses:us-east-1:123456789012:identity/example.test"
HEADER = b"From: ada@example.test\r\nTo: grace@example.test\r\n"


def message(**arguments: Any) -> Message:
    given = {"from_": "Ada <ada@example.test>", "to": "grace@example.test", "subject": "Notes", "text": "Hello."}
    return Message(**(given | arguments))


def delivery(data: bytes = HEADER + b"\r\nHello.\r\n", *rcpt_to: str, **parameters: Any) -> Delivery:
    return Delivery(Envelope("ada@example.test", rcpt_to or ("grace@example.test",), **parameters), data)


@cache
def shape(service: str, operation: str) -> Any:
    return get_session().get_service_model(service).operation_model(operation).input_shape


def check_shape(call: dict[str, Any], service: str, operation: str) -> None:
    """Check the arguments of a call as botocore does before it sends anything."""
    assert not ParamValidator().validate(call, shape(service, operation)).generate_report()


def data_of(call: dict[str, Any]) -> bytes:
    holder = call["RawMessage"] if "RawMessage" in call else call["Content"]["Raw"]
    return cast("bytes", holder["Data"])


def recipients_of(call: dict[str, Any]) -> list[str]:
    if "Destinations" in call:
        return cast("list[str]", call["Destinations"])
    return [address for listed in call["Destination"].values() for address in listed]


both = pytest.mark.parametrize("send", [ses.send_raw_email, ses.send_email], ids=["v1", "v2"])


# -- the calls


def test_v1_has_every_argument_under_the_name_boto3_gives_it() -> None:
    call = ses.send_raw_email(
        message(cc="karen@example.test", bcc="audit@example.test"),
        source="bounces@example.test",
        source_arn=ARN,
        from_arn=ARN,
        return_path_arn=ARN,
        configuration_set="news",
        tags={"campaign": "may", "kind": "receipt"},
    )
    check_shape(call, "ses", "SendRawEmail")
    data = data_of(call)
    assert call == {
        "Source": "bounces@example.test",
        "Destinations": ["grace@example.test", "karen@example.test", "audit@example.test"],
        "RawMessage": {"Data": data},
        "SourceArn": ARN,
        "FromArn": ARN,
        "ReturnPathArn": ARN,
        "ConfigurationSetName": "news",
        "Tags": [{"Name": "campaign", "Value": "may"}, {"Name": "kind", "Value": "receipt"}],
    }
    assert b"audit" not in data


def test_v2_has_every_argument_under_the_name_boto3_gives_it() -> None:
    call = ses.send_email(
        message(),
        source="Ada <news@example.test>",
        source_arn=ARN,
        feedback_arn=ARN,
        configuration_set="news",
        tags={"campaign": "may"},
        list_management=("readers", "weekly"),
        endpoint_id="abc.123",
        tenant="acme",
    )
    check_shape(call, "sesv2", "SendEmail")
    assert call == {
        "FromEmailAddress": "Ada <news@example.test>",
        "FromEmailAddressIdentityArn": ARN,
        "Destination": {"ToAddresses": ["grace@example.test"]},
        "FeedbackForwardingEmailAddress": "ada@example.test",
        "FeedbackForwardingEmailAddressIdentityArn": ARN,
        "Content": {"Raw": {"Data": data_of(call)}},
        "EmailTags": [{"Name": "campaign", "Value": "may"}],
        "ConfigurationSetName": "news",
        "EndpointId": "abc.123",
        "TenantName": "acme",
        "ListManagementOptions": {"ContactListName": "readers", "TopicName": "weekly"},
    }


def test_what_is_not_given_is_not_in_the_call() -> None:
    msg = message()
    assert set(ses.send_raw_email(msg, tags={})) == {"Source", "Destinations", "RawMessage"}
    assert set(ses.send_email(msg)) == {"Destination", "Content"}


def test_v2_puts_each_recipient_into_one_list() -> None:
    cc = ["both@example.test", "c@b\u00fccher.test"]
    msg = message(to=["grace@example.test", "both@EXAMPLE.test"], cc=cc, bcc="h@x.test")
    assert ses.send_email(msg)["Destination"] == {
        "ToAddresses": ["grace@example.test", "both@EXAMPLE.test"],
        "CcAddresses": ["c@xn--bcher-kva.test"],
        "BccAddresses": ["h@x.test"],
    }
    only_hidden = Message(from_="ada@example.test", bcc="h@x.test", text="x")
    assert ses.send_email(only_hidden)["Destination"] == {"BccAddresses": ["h@x.test"]}


def test_v2_lists_what_a_header_shows_without_being_disturbed_by_what_is_no_address() -> None:
    raw = b"From: ada@example.test\r\nTo: ???, undisclosed:;, grace@example.test\r\n\r\nx\r\n"
    call = ses.send_email(delivery(raw, "grace@example.test", "other@example.test"))
    assert call["Destination"] == {"ToAddresses": ["grace@example.test"], "BccAddresses": ["other@example.test"]}


@both
def test_the_data_is_what_the_delivery_holds(send: Call) -> None:
    for one in message(bcc="h@x.test", html="<p>Hello.</p>", attachments=[("a.bin", b"\xff\n")]).deliveries("separate"):
        call = send(one)
        assert data_of(call) == one.data
        assert recipients_of(call) == list(one.rcpt_to)


def test_a_message_is_unchanged_in_the_call_when_it_needs_no_change() -> None:
    msg = message()
    assert data_of(ses.send_email(msg)) == msg.to_bytes()


# -- from whom


def test_the_source_of_v1_is_mail_from_unless_it_is_given() -> None:
    msg = message(mail_from="bounces@b\u00fccher.test")
    assert ses.send_raw_email(msg)["Source"] == "bounces@xn--bcher-kva.test"
    call = ses.send_raw_email(msg, source="Z\u00fcrich <z@b\u00fccher.test>")
    assert re.fullmatch(r"=\?utf-8\?[qb]\?\S+\?= <z@xn--bcher-kva\.test>", call["Source"], re.IGNORECASE)


def test_v2_leaves_the_from_field_alone_and_sends_bounces_to_mail_from() -> None:
    call = ses.send_email(message(mail_from="bounces@example.test"))
    assert "FromEmailAddress" not in call
    assert call["FeedbackForwardingEmailAddress"] == "bounces@example.test"


def test_v2_says_nothing_of_bounces_that_go_to_from_anyway() -> None:
    assert "FeedbackForwardingEmailAddress" not in ses.send_email(message(mail_from="ada@EXAMPLE.test"))
    assert "FeedbackForwardingEmailAddress" not in ses.send_email(message(), source="ada@example.test")
    two = message(from_=["ada@example.test", "bob@example.test"], sender="ada@example.test")
    assert ses.send_email(two)["FeedbackForwardingEmailAddress"] == "ada@example.test"


@both
def test_the_null_reverse_path_is_an_error(send: Call) -> None:
    with pytest.raises(PayloadError, match="null reverse-path"):
        send(message(mail_from=""))
    with pytest.raises(PayloadError, match="null reverse-path"):
        send(message().deliveries(mail_from="")[0], source="ada@example.test")


# -- nobody is shown


@both
def test_the_data_of_a_message_has_no_bcc_field(send: Call) -> None:
    raw = b"From: a@x.test\r\nTo: b@x.test\r\nBcc: h@x.test\r\nResent-Bcc: i@x.test\r\n\r\nx\r\n"
    call = send(parse(raw.replace(b"Resent-Bcc: i@x.test\r\n", b"")))
    assert recipients_of(call) == ["b@x.test", "h@x.test"]
    assert b"h@x.test" not in data_of(call)


@both
@pytest.mark.parametrize("name", ["Bcc", "BCC ", "Resent-Bcc"])
@pytest.mark.parametrize(
    ("value", "rcpt_to"),
    [
        ("h@x.test", ("grace@example.test",)),
        ("h@x.test", ("grace@example.test", "h@x.test")),
        ("h@x.test, grace@example.test", ("grace@example.test",)),
        ("hidden: h@x.test;", ("grace@example.test",)),
        ("???", ("grace@example.test",)),
        ("???", ("grace@example.test", "h@x.test")),
    ],
)
def test_a_delivery_that_shows_a_hidden_recipient_is_refused(
    send: Call, name: str, value: str, rcpt_to: tuple[str, ...]
) -> None:
    data = HEADER + f"{name}: {value}\r\n\r\nx\r\n".encode()
    with pytest.raises(EnvelopeError, match=r"Bcc field"):
        send(delivery(data, *rcpt_to))


@both
def test_a_bcc_field_does_not_hide_behind_many_fields(send: Call) -> None:
    data = HEADER + b"X-Filler: x\r\n" * 30_000 + b"Bcc: h@x.test\r\n\r\nx\r\n"
    with pytest.raises(EnvelopeError, match=r"Bcc field"):
        send(delivery(data))


@both
def test_the_only_recipient_may_see_its_own_bcc_field(send: Call) -> None:
    for value in ("H <h@X.test>", "", "undisclosed-recipients:;"):
        data = HEADER + f"Bcc: {value}\r\n\r\nx\r\n".encode()
        assert data_of(send(delivery(data, "h@x.test"))) == data


# -- 7-bit


@both
@pytest.mark.parametrize("encoding", ["8bit", "smtputf8"])
def test_a_message_with_8_bit_content_is_re_encoded(send: Call, encoding: str) -> None:
    msg = message(subject="Gr\u00fc\u00dfe", text="Gr\u00fc\u00dfe", encoding=encoding, bcc="h@x.test")
    call = send(msg)
    assert data_of(call).isascii()
    read = parse(data_of(call))
    assert (read.subject, read.text) == ("Gr\u00fc\u00dfe", "Gr\u00fc\u00dfe\n")
    assert recipients_of(call) == ["grace@example.test", "h@x.test"]
    assert "h@x.test" not in data_of(call).decode()


@both
def test_a_parsed_message_with_long_lines_or_nul_is_re_encoded(send: Call) -> None:
    for body in (b"x" * 2000, b"a\0b", "Gr\u00fc\u00dfe".encode()):
        data = data_of(send(parse(HEADER + b"Bcc: h@x.test\r\n\r\n" + body + b"\r\n")))
        assert parse(data).content == body + b"\r\n"
        assert data.isascii()
        assert b"h@x.test" not in data
        assert max(map(len, data.split(b"\r\n"))) <= limits.MAX_LINE


@both
def test_a_signed_message_is_never_re_encoded(send: Call) -> None:
    raw = HEADER + "DKIM-Signature: v=1; b=x\r\n\r\nGr\u00fc\u00dfe\r\n".encode()
    with pytest.raises(ContentError, match="signed"):
        send(parse(raw))


@both
def test_a_delivery_with_8_bit_octets_is_refused_with_the_way_out(send: Call) -> None:
    with pytest.raises(PayloadError, match=r'with_encoding\("7bit"\)'):
        send(message(text="Gr\u00fc\u00dfe", encoding="8bit").deliveries()[0])


@both
def test_a_local_part_that_is_not_ascii_is_refused_by_name(send: Call) -> None:
    for arguments in ({"to": "gr\u00fcn@x.test"}, {"bcc": "gr\u00fcn@x.test"}, {"mail_from": "gr\u00fcn@x.test"}):
        with pytest.raises(PayloadError, match=r"gr\\xfcn@x\.test"):
            send(message(encoding="smtputf8", **arguments))
    with pytest.raises(PayloadError, match=r"gr\\xfcn@x\.test"):
        send(message(), source="gr\u00fcn@x.test")


# -- limits


def test_the_limits_are_those_the_guide_documents() -> None:
    assert (limits.MAX_OCTETS_V1, limits.MAX_OCTETS_V2) == (10 * 2**20, 40 * 2**20)
    assert (limits.MAX_RECIPIENTS, limits.MAX_LINE) == (50, 998)
    assert (len(limits.SINGLE_INSTANCE), len(limits.BLOCKED_EXTENSIONS)) == (60, 90)


@pytest.mark.parametrize(
    ("send", "most"), [(ses.send_raw_email, limits.MAX_OCTETS_V1), (ses.send_email, limits.MAX_OCTETS_V2)]
)
def test_the_octets_of_the_data_are_limited_exactly(send: Call, most: int) -> None:
    rest = most - len(HEADER) - 2
    lines = (b"x" * 62 + b"\r\n") * (rest // 64 - 1) + b"x" * (62 + rest % 64) + b"\r\n"
    data = HEADER + b"\r\n" + lines
    assert data_of(send(delivery(data))) == data
    with pytest.raises(PayloadError, match=rf"{most + 3} octets .* {most} .* 3 too long"):
        send(delivery(data + b"x\r\n"))


class Counted:
    """Octets that say their number and count their readings."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.readings = 0

    def __iter__(self) -> Any:
        self.readings += 1
        yield b""


def test_a_message_that_is_too_long_is_not_read() -> None:
    source = Counted(2**40)
    with pytest.raises(PayloadError, match="too long"):
        ses.send_email(Delivery(Envelope("ada@example.test", "grace@example.test"), source))
    assert source.readings == 0


def test_a_large_file_is_in_the_data(tmp_path: Path) -> None:
    (tmp_path / "big.bin").write_bytes(b"\xff" * (3 * 2**20))
    msg = message(attachments=[tmp_path / "big.bin"])
    assert data_of(ses.send_raw_email(msg)) == msg.to_bytes()
    assert data_of(ses.send_email(msg.with_encoding("7bit"))) == msg.to_bytes()


@both
def test_fifty_recipients_pass_and_fifty_one_are_split(send: Call) -> None:
    people = [f"p{number}@x.test" for number in range(51)]
    assert len(recipients_of(send(message(to=people[:10], bcc=people[10:50])))) == 50
    msg = message(to=people[:10], bcc=people[10:])
    with pytest.raises(PayloadError, match=r"51 recipients .* 50 .* 1 too many.*delivery\.split\(50\)"):
        send(msg)
    (one,) = msg.deliveries()
    assert [address for part in one.split(50) for address in recipients_of(send(part))] == people


@both
@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({"a" * 257: "v"}, "257 characters.*256.*1 too long"),
        ({"a": "v" * 300}, "300 characters.*256.*44 too long"),
        ({"\u00fc": "v"}, r"'\\xfc'"),
        ({"a": "\u00fc"}, "ASCII letters"),
        ({"a": ""}, "1 to 256"),
        ({"": "v"}, "1 to 256"),
        ({"a": "x y"}, "'x y'"),
        ({"a": "x\n"}, r"'x\\n'"),
        ({"a": 7}, "7"),
        ("a=v", "mapping"),
    ],
)
def test_a_tag_out_of_bounds_is_refused(send: Call, tags: Any, said: str) -> None:
    with pytest.raises(PayloadError, match=said):
        send(message(), tags=tags)


@both
def test_names_are_letters_digits_and_dashes_up_to_64(send: Call) -> None:
    assert send(message(), configuration_set="a" * 64, tags={"a" * 256: "-" * 256})["ConfigurationSetName"] == "a" * 64
    for name, said in (("a" * 65, "65 characters.*64.*1 too long"), ("a b", "'a b'"), ("", "''"), ("\u00fc", "ASCII")):
        with pytest.raises(PayloadError, match=f"configuration_set.*{said}"):
            send(message(), configuration_set=name)


def test_v2_names_are_checked_too() -> None:
    for arguments in (
        {"tenant": "a" * 65},
        {"tenant": "a.b"},
        {"endpoint_id": "a b"},
        {"endpoint_id": ""},
        {"source_arn": "example.test"},
        {"feedback_arn": "arn: x"},
        {"list_management": ""},
        {"list_management": ("a", "b", "c")},
        {"list_management": ("a", "\n")},
        {"list_management": 7},
    ):
        with pytest.raises(PayloadError, match=next(iter(arguments))):
            ses.send_email(message(), **cast("Any", arguments))


@pytest.mark.parametrize("argument", ["source_arn", "from_arn", "return_path_arn"])
def test_v1_arns_are_checked(argument: str) -> None:
    with pytest.raises(PayloadError, match=f"{argument}.*arn:"):
        ses.send_raw_email(message(), **cast("Any", {argument: "identity/example.test"}))


def test_list_management_is_for_one_recipient_of_an_unsigned_message() -> None:
    call = ses.send_email(message(), list_management="readers")
    assert call["ListManagementOptions"] == {"ContactListName": "readers"}
    with pytest.raises(PayloadError, match=r"one recipient .* 2, 1 too many.*split\(1\)"):
        ses.send_email(message(bcc="h@x.test"), list_management="readers")
    with pytest.raises(PayloadError, match="DKIM"):
        ses.send_email(message().with_added("DKIM-Signature", "v=1; a=x; b=y"), list_management="readers")


def test_requiretls_is_not_dropped_in_silence() -> None:
    with pytest.raises(PayloadError, match="REQUIRETLS"):
        ses.send_email(delivery(requiretls=True))


@both
@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("X-SES-CONFIGURATION-SET: a b", "X-SES-CONFIGURATION-SET"),
        ("X-SES-MESSAGE-TAGS: a=b, c", "X-SES-MESSAGE-TAGS"),
        ("X-SES-MESSAGE-TAGS: a=" + "b" * 257, "1 too long"),
        ("X-SES-SOURCE-ARN: example.test", "arn:"),
        ("X-SES-FROM-ARN: ", "arn:"),
        ("X-SES-LIST-MANAGEMENT-OPTIONS: ; topic=x", "contact list"),
        ("X-SES-LIST-MANAGEMENT-OPTIONS: readers; subject=x", "contact list"),
        ("X-SES-TENANT: a.b", "X-SES-TENANT"),
    ],
)
def test_a_request_header_out_of_bounds_is_refused(send: Call, field: str, said: str) -> None:
    with pytest.raises(PayloadError, match=said):
        send(delivery(HEADER + field.encode() + b"\r\n\r\nx\r\n"))


@both
def test_request_headers_within_bounds_pass(send: Call) -> None:
    fields = (
        "X-SES-CONFIGURATION-SET: news",
        "X-SES-MESSAGE-TAGS: campaign=may, kind=receipt",
        f"X-SES-SOURCE-ARN: {ARN}",
        "X-SES-LIST-MANAGEMENT-OPTIONS: readers; topic=weekly",
        "X-SES-TENANT: acme",
    )
    data = HEADER + "\r\n".join(fields).encode() + b"\r\n\r\nx\r\n"
    assert data_of(send(delivery(data))) == data
    with pytest.raises(PayloadError, match="one recipient"):
        send(delivery(data, "a@x.test", "b@x.test"))


@both
@pytest.mark.parametrize("name", limits.SINGLE_INSTANCE)
def test_a_second_field_of_a_single_instance_is_refused(send: Call, name: str) -> None:
    field = f"{name}: x\r\n".encode()
    present = name == "From"
    data = HEADER + field * (1 if present else 2) + b"\r\nx\r\n"
    with pytest.raises(PayloadError, match=f"2 {re.escape(name)} fields"):
        send(delivery(data))


@both
def test_other_fields_may_stand_many_times(send: Call) -> None:
    send(delivery(HEADER + b"Received: x\r\nX-Tag: 1\r\n" * 3 + b"\r\nx\r\n"))


@both
@pytest.mark.parametrize("name", ["setup.exe", "SETUP.EXE", "a.pdf.js", "run.exe ", "n\u00e9.vbs"])
def test_an_attachment_with_a_blocked_extension_is_refused(send: Call, name: str) -> None:
    with pytest.raises(PayloadError, match=r"extension \.(exe|js|vbs)"):
        send(message(attachments=[(name, b"x")]))


@both
def test_both_places_of_a_file_name_are_looked_at(send: Call) -> None:
    for field in ("Content-Type: application/x; name=a.exe", 'Content-Disposition: attachment; filename="a.exe"'):
        other = "Content-Disposition: attachment; filename=a.txt\r\n" if field.startswith("Content-Type") else ""
        part = f"--b\r\n{other}{field}\r\n\r\nx\r\n--b--\r\n"
        data = HEADER + b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + part.encode()
        with pytest.raises(PayloadError, match="extension"):
            send(delivery(data))


@both
def test_other_names_pass(send: Call) -> None:
    # Only the attachments of the message itself are known to count.
    embedded = message(attachments=[("inner.exe", b"x")])
    send(message(attachments=[("exe", b"x"), ("a.txt", b"x"), ("exe.zip", b"x"), embedded]))


@both
@pytest.mark.parametrize("body", [b"a\nb\r\n", b"a\rBcc: h@x.test\r\n", b"a\0\r\n", b"x" * 999 + b"\r\n"])
def test_octets_that_are_no_message_are_refused(send: Call, body: bytes) -> None:
    with pytest.raises(PayloadError, match=r"NUL|999 octets.*998.*1 too long"):
        send(delivery(HEADER + b"\r\n" + body))


# -- handover


def test_what_the_delivery_carries_for_the_service_is_the_default() -> None:
    plain = message().deliveries()[0]
    handover = {"tags": {"campaign": "may"}, "configuration_set": "news", "tenant": "acme"}
    one = Delivery(plain.envelope, plain.data, handover=handover)
    call = ses.send_email(one)
    assert call["EmailTags"] == [{"Name": "campaign", "Value": "may"}]
    assert (call["ConfigurationSetName"], call["TenantName"]) == ("news", "acme")
    call = ses.send_email(one, tags={"a": "b"}, configuration_set="other", tenant="zenith")
    assert call["EmailTags"] == [{"Name": "a", "Value": "b"}]
    assert (call["ConfigurationSetName"], call["TenantName"]) == ("other", "zenith")
    with pytest.raises(PayloadError, match=r"tenant 'acme'.*send_email"):
        ses.send_raw_email(one)
    with pytest.raises(PayloadError, match="configuration_set"):
        ses.send_email(Delivery(plain.envelope, plain.data, handover={"configuration_set": "a b"}))


# -- the rest


def test_only_a_message_or_a_delivery_is_sent() -> None:
    with pytest.raises(TypeError, match="Message or a Delivery"):
        ses.send_email(cast("Message", b"From: ada@example.test\r\n\r\n"))


def test_boto3_is_not_imported() -> None:
    code = "import sys, mimekit.ses; print(sorted({'boto3', 'botocore'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


local_parts = st.sampled_from(["a", "b", "c.d", '"e f"'])
addresses = st.builds("{}@{}".format, local_parts, st.sampled_from(["x.test", "X.test", "\u00fc.test"]))
people = st.lists(addresses, max_size=5)


@both
@given(to=people, cc=people, bcc=people)
def test_everybody_is_served_once_and_nobody_is_seen(send: Call, to: list[str], cc: list[str], bcc: list[str]) -> None:
    msg = message(to=to, cc=cc, bcc=bcc)
    if not (to or cc or bcc):
        with pytest.raises(MimekitError):
            send(msg)
        return
    call = send(msg)
    check_shape(call, *(("ses", "SendRawEmail") if "Destinations" in call else ("sesv2", "SendEmail")))
    assert sorted(recipients_of(call)) == sorted(msg.envelope.rcpt_to)
    assert all(address.isascii() for address in recipients_of(call))
    shown = {mailbox.address for mailbox in (*parse(data_of(call)).to, *parse(data_of(call)).cc)}
    assert shown == {mailbox.address for mailbox in (*msg.to, *msg.cc)}
    assert not parse(data_of(call)).bcc
