"""Signing: what is covered, what is refused, what stays as it was.  dkimpy is the judge."""

from __future__ import annotations

import pickle
import re
import tracemalloc
from base64 import b64decode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from mimekit import Delivery, Envelope, Message, deterministic, parse
from mimekit.dkim import Signer, SigningKey, canonical, for_ses, sign, verify
from mimekit.dkim.sign import OVERSIGNED, SIGNED
from mimekit.dkim.signature import Signature, without_b
from mimekit.errors import ContentError, DkimError
from tests.support.signing import DOMAIN, NOW, ed25519_key, judged, key_record, now, rsa_key

HEADER = b"From: Ada <ada@example.com>\r\nTo: grace@example.org\r\nSubject: Notes\r\n"
PLAIN = HEADER + b"\r\nHello, Grace.\r\n"
RESIGN = (b"DKIM-Signature: v=1; a=rsa-sha256; d=example.net; s=x; h=from; bh=AAAA; b=AAAA\r\n") + PLAIN


def rsa(**arguments: Any) -> Signer:
    given: dict[str, Any] = {"selector": "rsa", "key": rsa_key(), "now": now}
    return Signer(DOMAIN, **given | arguments)


def ed25519(**arguments: Any) -> Signer:
    given: dict[str, Any] = {"selector": "ed", "key": ed25519_key(), "now": now}
    return Signer(DOMAIN, **given | arguments)


def resolve(name: str) -> list[bytes]:
    return [key_record(name.partition(".")[0])]


def signature(signed: bytes) -> Signature:
    """Read the topmost signature, which has to be free of problems."""
    raw = parse(signed).headers.raw("DKIM-Signature")
    assert raw is not None
    read = Signature.parse(raw)
    assert read.problems == ()
    return read


def names(signed: bytes) -> list[str]:
    return list(signature(signed).h)


def built(**arguments: Any) -> Message:
    given: dict[str, Any] = {
        "from_": "Ada <ada@example.com>",
        "to": "Grace <grace@example.org>",
        "bcc": ["audit@example.net", "vault@example.net"],
        "subject": "Notes on the Engine: na\u00efve caf\u00e9",
        "text": "Dear Grace,\n\nFrom here on \n.\n",
        "html": "<p>Dear Grace</p>",
    }
    return Message(**given | arguments)


# -- what comes out


@pytest.mark.parametrize("form", ["relaxed/relaxed", "relaxed/simple", "simple/relaxed", "simple/simple", "relaxed"])
@pytest.mark.parametrize("signer", [rsa, ed25519])
def test_a_signed_message_verifies(signer: Any, form: str) -> None:
    assert judged(signer(canonicalization=form).sign(PLAIN)) == [True]
    assert judged(signer(canonicalization=form).sign(built()).to_bytes()) == [True]
    assert judged(signer(canonicalization=form).sign(HEADER)) == [True]  # RFC 5322 3.5: a body is optional


def test_the_same_kind_comes_out_with_one_field_more_on_top() -> None:
    signer = ed25519()
    msg = built()
    octets = msg.to_bytes()
    field = signer.sign_octets(octets)
    assert field.startswith(b"DKIM-Signature: v=1; ")
    assert field.endswith(b"\r\n")
    for x in (octets, bytearray(octets), memoryview(octets)):
        signed = signer.sign(x)  # type: ignore[type-var]  # not bytes, and taken as bytes
        assert type(signed) is bytes
        assert signed == field + octets
    for message in (msg, parse(octets)):
        made = signer.sign(message)
        assert type(made) is Message
        assert made.to_bytes() == field + octets == b"".join(made.iter_bytes()) == made.root.raw
        assert made.size == len(field + octets)
    for delivery in (Delivery(msg.envelope, octets, handover={"tags": {"a": "b"}}), *msg.deliveries()):
        sent = signer.sign(delivery)
        assert type(sent) is Delivery
        assert (sent.data, sent.envelope, sent.handover) == (field + octets, delivery.envelope, delivery.handover)


@pytest.mark.parametrize(
    "message",
    [
        built(),
        built(mail_from="bounce@example.com"),
        built(mail_from=""),
        built(encoding="smtputf8", to="\u00fc@example.org"),
        parse(b"Bcc: audit@example.net\r\n" + PLAIN),
        parse(b"Resent-From: a@example.com\r\nResent-To: b@example.org\r\nResent-Bcc: c@example.org\r\n" + PLAIN),
    ],
)
def test_the_envelope_stays(message: Message) -> None:
    signed = rsa(allow_8bit=True).sign(message)
    assert signed.envelope == message.envelope
    assert (signed.bcc, signed.mail_from, signed.encoding) == (message.bcc, message.mail_from, message.encoding)
    assert judged(signed.to_bytes()) == [True]


@pytest.mark.parametrize("message", [built(), parse(b"Bcc: audit@example.net, vault@example.net\r\n" + PLAIN)])
@pytest.mark.parametrize("reading", ["omit", "separate", "empty"])
def test_every_copy_that_is_delivered_verifies(message: Message, reading: Any) -> None:
    deliveries = sign(message, [rsa(), ed25519()]).deliveries(bcc=reading)
    for delivery in deliveries:
        assert judged(delivery.data) == [True, True]
        assert b"bcc" not in signature(delivery.data).tags["h"]
    tops = [delivery.data.partition(b"\r\n")[0] for delivery in deliveries]
    if reading == "separate":
        assert tops[1:] == [b"Bcc: audit@example.net", b"Bcc: vault@example.net"]
    assert (tops[0] == b"Bcc: ") == (reading == "empty")


def test_a_key_that_is_not_ours_signs() -> None:
    class Remote:
        algorithm = "rsa-sha256"

        def sign(self, digest: bytes) -> bytes:
            assert len(digest) == 32
            return rsa_key().sign(digest)

    signed = rsa(key=Remote()).sign(PLAIN)
    assert judged(signed) == [True]
    assert signed == rsa().sign(PLAIN)


def test_a_key_is_loaded_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(rsa_key().to_pem())
    for key in (path, str(path), path.read_bytes()):
        assert rsa(key=key).sign(PLAIN) == rsa().sign(PLAIN)


# -- several signatures


def test_two_signatures_are_made_in_one_pass_over_one_body_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    once = canonical.body_digest

    def counted(octets: bytes, name: str) -> bytes:
        hashed.append(name)
        return once(octets, name)

    monkeypatch.setattr(canonical, "body_digest", counted)
    signed = sign(PLAIN, [ed25519(), rsa()])
    assert hashed == ["relaxed"]
    assert judged(signed) == [True, True]
    assert signed == rsa().sign_octets(PLAIN) + ed25519().sign_octets(PLAIN) + PLAIN  # RSA on top
    hashed.clear()
    assert judged(sign(built(), [rsa(canonicalization="simple/simple"), ed25519()]).to_bytes()) == [True, True]
    assert hashed == ["simple", "relaxed"]


def test_the_bodies_of_a_stream_are_hashed_for_all_at_once() -> None:
    class Once:
        """Octets that can be read a single time."""

        size = len(PLAIN)
        read = False

        def __iter__(self) -> Iterator[bytes]:
            assert not self.read
            self.read = True
            return iter([PLAIN[at : at + 7] for at in range(0, len(PLAIN), 7)])

    signers = [rsa(canonicalization="simple/simple"), ed25519()]
    signed = sign(Delivery(Envelope("", ["a@example.org"]), Once()), signers)
    again = sign(PLAIN, signers)
    assert signed.size == len(again)
    assert again.endswith(PLAIN)
    assert next(signed.iter_data()) == signers[0].sign_octets(PLAIN)


def test_a_signed_message_is_signed_again_above_the_first_signature() -> None:
    once = rsa().sign(PLAIN)
    assert judged(ed25519().sign(once)) == [True, True]
    assert judged(ed25519(headers=["from", "dkim-signature"]).sign(once)) == [True, True]
    assert judged(ed25519(headers=["from", "dkim-signature"]).sign(once).replace(b"q", b"p", 1)) != [True, True]


def test_no_signer_is_an_error() -> None:
    with pytest.raises(DkimError, match="there is no signer"):
        sign(PLAIN, [])


def test_text_is_no_message() -> None:
    with pytest.raises(DkimError, match="a str cannot be signed; give a Message, a Delivery or bytes"):
        rsa().sign("From: a@example.com\r\n\r\n")  # type: ignore[type-var]  # the mistake in question


# -- streaming


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.bin"
    path.write_bytes(bytes(range(256)) * (12 * 2**20 // 256))
    return path


def test_a_message_over_a_large_file_is_signed_and_written_without_being_held(large: Path) -> None:
    msg = built(attachments=[large])
    signer = ed25519()
    signer.sign(PLAIN)  # what is imported and cached once does not count
    tracemalloc.start()
    signed = signer.sign(msg)
    written = sum([len(block) for block in signed.iter_bytes()])
    [delivery, *_] = signed.deliveries()
    sent = signer.sign(delivery)
    assert sent.size == sum([len(block) for block in sent.iter_data()])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert written == signed.size
    assert peak < 4 * 2**20
    octets = signed.to_bytes()
    assert octets == signer.sign(msg.to_bytes())
    assert judged(octets) == [True]
    assert (signed.envelope, delivery.data) == (msg.envelope, octets)


@pytest.mark.parametrize("change", [b"other", bytes(12 * 2**20)])
def test_a_file_that_changed_raises_in_place_of_breaking_the_signature(large: Path, change: bytes) -> None:
    msg = built(attachments=[large])
    signed = ed25519().sign(msg)
    large.write_bytes(change)
    writings: list[Callable[[], object]] = [
        partial(ed25519().sign, msg),
        signed.to_bytes,
        lambda: signed.deliveries()[0].data,
    ]
    for writing in writings:
        with pytest.raises(ContentError, match="changed after the message was built"):
            writing()


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_a_stream_is_refused_for_what_octets_are_refused_for(size: int) -> None:
    class Pieces:
        def __init__(self, octets: bytes) -> None:
            self.octets = octets

        @property
        def size(self) -> int:
            return len(self.octets)

        def __iter__(self) -> Iterator[bytes]:
            return iter([self.octets[at : at + size] for at in range(0, len(self.octets), size)])

    for octets in REFUSED:
        with pytest.raises(DkimError) as whole:
            rsa().sign(octets)
        with pytest.raises(DkimError) as streamed:
            rsa().sign(Delivery(Envelope("", ["a@example.org"]), Pieces(octets)))
        assert str(streamed.value) == str(whole.value)
    for octets in (PLAIN, HEADER, HEADER + b"\r\n" + (b"x" * 998 + b"\r\n") * 3):
        assert rsa().sign(Delivery(Envelope("", ["a@example.org"]), Pieces(octets))).data == rsa().sign(octets)


# -- values


def test_a_signer_is_a_value_that_pickles_with_a_key_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(ed25519_key().to_pem())
    signer = ed25519(key=path, expires=60, headers=["from", "from", "to"], identity="a;b@x.example.com", copied=["To"])
    again = pickle.loads(pickle.dumps(signer))
    assert again == signer == ed25519(
        key=ed25519_key(), expires=timedelta(seconds=60), headers=["From", "FROM", "to"], identity="a;b@x.example.com",
        copied=["to"],
    )  # fmt: skip
    assert hash(again) == hash(signer)
    assert again.sign(PLAIN) == signer.sign(PLAIN)
    assert signer != ed25519()
    ses = for_ses(DOMAIN, selector="rsa", key=rsa_key())
    assert ses != rsa(headers=ses.headers, oversign=ses.oversign, now=None)
    with pytest.raises(DkimError):
        pickle.dumps(ed25519())  # its key was made, not loaded from a file
    with pytest.raises(AttributeError, match="immutable"):
        signer.domain = "example.org"
    assert repr(signer) == "<Signer ed._domainkey.example.com, ed25519-sha256>"


def test_threads_sign_the_same() -> None:
    signer = ed25519()
    messages = [b"X-%d: 1\r\n" % at * at + PLAIN for at in range(40)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(signer.sign, messages)) == [ed25519().sign(message) for message in messages]


def test_the_default_time_is_that_of_the_block() -> None:
    with deterministic(1, NOW):
        assert signature(rsa(now=None).sign(PLAIN)).t == int(NOW.timestamp())
    assert abs((signature(rsa(now=None).sign(PLAIN)).t or 0) - datetime.now(UTC).timestamp()) < 60


# -- what signers get wrong


def test_pitfall_01_repeated_names_are_taken_from_the_bottom_up() -> None:
    signer = rsa(headers=["from", "received"], canonicalization="simple/simple")
    message = b"Received: b\r\nReceived: a\r\n" + PLAIN
    signed = signer.sign(message)
    assert names(signed) == ["from", "from", "received", "received"]
    assert judged(signed) == [True]
    assert judged(b"Received: c\r\n" + signed) == [True]
    assert judged(signed.replace(b"Received: b\r\nReceived: a\r\n", b"Received: a\r\nReceived: b\r\n")) == [False]


@pytest.mark.parametrize("body", [b"", b"\r\n", b"\r\n" * 9, b"a\r\n" + b"\r\n" * 9, b" \t\r\n\t\r\n"])
@pytest.mark.parametrize("form", ["relaxed/relaxed", "relaxed/simple"])
def test_pitfall_02_empty_lines_at_the_end_are_hashed_as_the_rfc_says(body: bytes, form: str) -> None:
    assert judged(rsa(canonicalization=form).sign(HEADER + b"\r\n" + body)) == [True]


@pytest.mark.parametrize("octets", [PLAIN[:-2], PLAIN[:-1], HEADER[:-2], PLAIN + b" "])
def test_pitfall_03_an_unterminated_last_line_is_refused(octets: bytes) -> None:
    delivery = Delivery(Envelope("", ["a@example.org"]), octets)
    for signing in (partial(rsa().sign, octets), partial(rsa().sign, delivery), partial(rsa().sign, parse(octets))):
        with pytest.raises(DkimError, match=r"without CRLF, .* end the last line with CRLF"):
            signing()


@pytest.mark.parametrize("body", [b"a\x0b\r\n", b"a \x0c\r\n\x0b\r\n", b"\x85\r\n", b"\xc2\xa0\r\n"])
def test_pitfall_04_what_only_python_takes_for_white_space_is_content(body: bytes) -> None:
    signed = rsa(allow_8bit=True).sign(HEADER + b"\r\n" + body)
    assert judged(signed) == [True]
    assert signature(signed).bh == sha256(body.replace(b" \r", b"\r")).digest()


def test_pitfall_05_the_empty_b_is_the_only_thing_that_is_filled_in() -> None:
    field = rsa(headers=["from", "b", "bh"]).sign_octets(PLAIN)
    assert without_b(field[:-2]) == field[: field.index(b"\r\n b=") + 5]
    assert signature(field + PLAIN).h == ("from", "from", "b", "bh")


@pytest.mark.parametrize("form", ["simple/simple", "relaxed/relaxed"])
def test_pitfall_06_the_field_is_hashed_last_in_its_final_folding_and_without_its_crlf(form: str) -> None:
    signer = rsa(canonicalization=form, headers=["From"], oversign=[])
    field = signer.sign_octets(PLAIN)
    bare = without_b(field[:-2])
    lines = [b"From: Ada <ada@example.com>", bare]
    octets = b"\r\n".join(lines if form == "simple/simple" else [canonical.relaxed_field(line) for line in lines])
    assert Signature.parse(field.partition(b":")[2]).b == rsa_key().sign(sha256(octets).digest())


def test_pitfall_07_no_line_is_over_78_octets_and_no_white_space_stands_in_a_value() -> None:
    signer = rsa(
        selector="s" * 60, identity=f"{'x' * 50}@mail.{DOMAIN}", query="dns/txt", copied=["subject", "to"], expires=9
    )
    field = signer.sign_octets(b"Subject: %b\r\n" % (b"word  =|; " * 90) + PLAIN)
    assert max(map(len, field.split(b"\r\n"))) <= 78
    for tag in ("d", "s", "bh", "a", "c"):
        assert not re.search(rb"\s", signature(field + PLAIN).tags[tag])


@pytest.mark.parametrize(
    "octets", [HEADER + b"\r\n" + b"x" * 999 + b"\r\n", b"References: %b\r\n" % (b"x" * 987) + PLAIN]
)
def test_pitfall_07_a_line_over_998_octets_is_refused(octets: bytes) -> None:
    with pytest.raises(DkimError, match=r"a line of over 998 octets at octet \d+, which relays break"):
        rsa().sign(octets)
    rsa().sign(octets.replace(b"xx", b"x", 1))


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (PLAIN.replace(b"\r\n", b"\n"), "LF"),
        (PLAIN + b"a\nb\r\n", "LF"),
        (PLAIN + b"a\rb\r\n", "CR"),
        (HEADER + b"X: a\n b\r\n\r\n", "LF"),
        (PLAIN + b"a\r\r\n", "CR"),
    ],
)
def test_pitfall_08_a_bare_line_end_is_refused_and_the_way_out_works(octets: bytes, kind: str) -> None:
    with pytest.raises(DkimError, match=rf"a bare {kind} at octet \d+.*write CRLF line ends, as msg.with_encoding"):
        rsa().sign(octets)
    with pytest.raises(DkimError, match=f"a bare {kind}"):
        rsa().sign(parse(octets))
    assert judged(rsa().sign(parse(octets).with_encoding("7bit")).to_bytes()) == [True]


@pytest.mark.parametrize("octets", [PLAIN + b"na\xc3\xafve\r\n", b"X: na\xc3\xafve\r\n" + PLAIN])
def test_pitfall_09_8bit_content_is_refused_unless_allowed_and_the_way_out_works(octets: bytes) -> None:
    with pytest.raises(DkimError, match=r"the octet 0xc3 at octet \d+, .*allow_8bit=True"):
        rsa().sign(octets)
    with pytest.raises(DkimError, match="the octet 0xc3"):
        sign(octets, [rsa(allow_8bit=True), ed25519()])
    assert judged(rsa(allow_8bit=True).sign(octets)) == [True]
    seven = rsa().sign(parse(octets).with_encoding("7bit"))
    assert seven.to_bytes().isascii()
    assert judged(seven.to_bytes()) == [True]


def test_pitfall_10_what_is_signed_are_the_octets_that_leave() -> None:
    msg = built(attachments=[("na\u00efve.pdf", b"%PDF" * 999)])
    signed = rsa().sign(msg)
    assert signed.to_bytes().endswith(msg.to_bytes())
    assert [delivery.data for delivery in signed.deliveries()] == [signed.to_bytes()]
    assert pickle.loads(pickle.dumps(signed)).to_bytes() == signed.to_bytes()
    with pytest.raises(ContentError, match="signed"):
        rsa(allow_8bit=True).sign(built(encoding="8bit", text="na\u00efve", html=None)).with_encoding("7bit")


def test_pitfall_11_no_line_of_what_is_built_and_signed_needs_stuffing_or_quoting() -> None:
    signed = rsa().sign(built(html=None, text="From here\n.\n..x\nblank \n"))
    body = signed.to_bytes().partition(b"\r\n\r\n")[2]
    assert not re.search(rb"(?m)^(?:From |\.)|[ \t]\r$", body)
    assert judged(signed.to_bytes().replace(b"\r\n.", b"\r\n..")) == [True]


@pytest.mark.parametrize("name", ["From", "To", "Cc", "Subject", "Reply-To", "Date", "MIME-Version", "Content-Type"])
def test_pitfall_12_nobody_can_add_a_second_field_of_an_oversigned_name(name: str) -> None:
    signed = rsa().sign(built(cc=[]).to_bytes())
    present = len(parse(signed).headers.all(name))
    assert names(signed).count(name.lower()) == present + 1
    assert judged(signed) == [True]
    assert judged(name.encode() + b": mallory@example.net\r\n" + signed) == [False]


def test_pitfall_12_what_is_oversigned_is_the_callers_choice() -> None:
    assert names(rsa(oversign=[]).sign(PLAIN)) == ["from", "to", "subject"]
    assert names(rsa(oversign=["Subject"]).sign(PLAIN)) == ["from", "to", "subject", "subject"]
    assert names(rsa(oversign=["X-A"]).sign(PLAIN)) == ["from", "to", "subject", "x-a"]
    assert names(rsa(headers=["To", "From", "X-A"]).sign(PLAIN)) == ["to", "to", "from", "from", "x-a"]


def test_pitfall_13_the_recommended_fields_are_covered_and_no_others() -> None:
    others = [
        "return-path",
        "received",
        "comments",
        "keywords",
        "bcc",
        "resent-bcc",
        "x-mailer",
        "authentication-results",
    ]
    header = b"".join([b"%b: x@example.com\r\n" % name.encode() for name in (*SIGNED, *others)])
    signed = rsa().sign(header + b"\r\n")
    assert {*names(signed)} == {*SIGNED}
    assert judged(signed) == [True]
    assert {
        *("from", "reply-to", "subject", "date", "to", "cc", "resent-from", "in-reply-to", "references", "message-id"),
        *("list-unsubscribe", "list-unsubscribe-post", "list-id", "feedback-id", "content-transfer-encoding"),
    } < {*SIGNED}
    assert {*names(rsa().sign(PLAIN))} == {*OVERSIGNED}  # what is absent is not named, but to keep it out


def test_pitfall_13_both_list_unsubscribe_fields_are_covered_when_present() -> None:
    signed = rsa().sign(built(list_unsubscribe="https://example.com/u/8f3a"))
    assert {"list-unsubscribe", "list-unsubscribe-post"} < {*names(signed.to_bytes())}  # RFC 8058 4


@pytest.mark.parametrize("argument", ["headers", "oversign"])
@pytest.mark.parametrize("name", ["Bcc", "RESENT-BCC"])
def test_pitfall_13_bcc_is_never_signed(argument: str, name: str) -> None:
    with pytest.raises(DkimError, match="cannot be signed"):
        rsa(**{argument: ["From", name]})
    with pytest.raises(DkimError, match="everybody reads"):
        rsa(copied=[name])


@pytest.mark.parametrize(
    ("octets", "count"),
    [
        (PLAIN.partition(b"\r\n")[2], "no From field;"),
        (b"FROM: x@example.net\r\n" + PLAIN, "2 From fields;"),
        (b"", "no"),
    ],
)
def test_pitfall_14_a_message_without_exactly_one_from_is_refused(octets: bytes, count: str) -> None:
    with pytest.raises(DkimError, match=f"the message has {count}"):
        rsa().sign(octets)


def test_pitfall_14_from_cannot_be_left_out() -> None:
    with pytest.raises(DkimError, match="leaves out From, which every signature covers"):
        rsa(headers=["to", "subject"])
    assert names(rsa(headers=["to"], oversign=["from"]).sign(PLAIN)) == ["to", "from", "from"]


RFC_8463 = (
    b"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
    b" d=football.example.com; i=@football.example.com;\r\n"
    b" q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : date;\r\n"
    b" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    b" b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="
)
RFC_8463_MESSAGE = (
    b"From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\n"
    b"Subject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    b"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n"
    b"Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
)


def football(**arguments: Any) -> Signer:
    """Give the signer of RFC 8463 A.2."""
    return Signer(
        "football.example.com",
        selector="brisbane",
        key=SigningKey.load(b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")),
        now=partial(datetime.fromtimestamp, 1528637909, UTC),
        **arguments,
    )


def test_pitfall_15_ed25519_signs_the_digest_and_the_example_of_rfc_8463_a3_is_reproduced() -> None:
    signer = football()
    lines, keys, _ = canonical.split_message(RFC_8463_MESSAGE)
    known = {key: canonical.relaxed_field(line) for line, key in zip(lines, keys, strict=True)}
    order = [b"from", b"to", b"subject", b"date", b"message-id"]
    hashed = b"\r\n".join([*[known[key] for key in order], canonical.relaxed_field(without_b(RFC_8463))])
    read = Signature.parse(RFC_8463.partition(b":")[2])
    assert signer.key.sign(sha256(hashed).digest()) == read.b
    assert canonical.body_digest(RFC_8463_MESSAGE.partition(b"\r\n\r\n")[2], "relaxed") == read.bh


def test_the_same_message_signed_at_the_same_time_is_the_same_octets() -> None:
    signer = football(
        identity="@football.example.com",
        query="dns/txt",
        headers=["from", "to", "subject", "date", "message-id", "from", "subject", "date"],
        oversign=[],
    )
    assert signer.sign_octets(RFC_8463_MESSAGE) == (
        b"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
        b" d=football.example.com; s=brisbane; q=dns/txt;\r\n"
        b" i=@football.example.com;\r\n"
        b" h=from:from:to:subject:subject:date:date:message-id;\r\n"
        b" t=1528637909;\r\n"
        b" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
        b" b=YVd60/WDcEtFKQ1AFg6ToCKMDI6BycadOUMtNk/JsxB18CY4JSPKuHh3Rby2aKfBu2rZfQXV\r\n"
        b" sGwarO9cAgMQDg==\r\n"
    )


@pytest.mark.parametrize(
    ("identity", "written"),
    [
        ("@example.com", b"@example.com"),
        ("joe@Mail.Example.COM", b"joe@mail.example.com"),
        ("a;b c=d\u00fc|@example.com", b"a=3Bb=20c=3Dd=C3=BC=7C@example.com"),
        ('"a@b"@example.com', b'"a@b"@example.com'),
    ],
)
def test_pitfall_21_an_identity_is_of_the_domain_or_below_it_and_quoted(identity: str, written: bytes) -> None:
    signed = rsa(identity=identity).sign(PLAIN)
    assert signature(signed).tags["i"] == written
    assert signature(signed).i.rpartition("@")[0] == identity.rpartition("@")[0]
    assert judged(signed) == [True]


@pytest.mark.parametrize(
    "identity", ["@evil-example.com", "@example.org", "a@com", "@example.com.", "@example.com.example"]
)
def test_pitfall_21_an_identity_off_the_label_boundary_is_refused(identity: str) -> None:
    with pytest.raises(DkimError, match="identity"):
        rsa(identity=identity)


@pytest.mark.parametrize("expires", [timedelta(days=7), 7 * 86400])
def test_pitfall_22_the_expiration_is_later_than_the_time_and_both_come_from_now(expires: Any) -> None:
    read = signature(rsa(expires=expires).sign(PLAIN))
    assert (read.t, read.x) == (int(NOW.timestamp()), int(NOW.timestamp()) + 7 * 86400)
    zoned = rsa(now=lambda: NOW.astimezone(timezone(timedelta(hours=5))))
    assert signature(zoned.sign(PLAIN)).t == read.t
    untimed = signature(rsa(timestamp=False).sign(PLAIN))
    assert (untimed.t, untimed.x) == (None, None)
    assert signature(rsa(timestamp=False, expires=expires).sign(PLAIN)).x == read.x


@pytest.mark.parametrize("expires", [0, -1, timedelta(seconds=-1), 0.5])
def test_pitfall_22_an_expiration_that_is_not_later_is_refused(expires: Any) -> None:
    with pytest.raises(DkimError, match="expires is"):
        rsa(expires=expires)


@pytest.mark.parametrize("moment", [datetime(2026, 11, 25), datetime(1969, 1, 1, tzinfo=UTC)])
def test_pitfall_22_a_clock_that_gives_no_aware_time_is_refused(moment: datetime) -> None:
    with pytest.raises(DkimError, match="has to give an aware datetime"):
        rsa(now=lambda: moment).sign(PLAIN)


def test_pitfall_26_domains_are_written_in_a_labels() -> None:
    signer = Signer(
        "B\u00fcCHER.example", selector="s\u00fcd", key=ed25519_key(), identity="\u00fc@sub.b\u00fccher.example"
    )
    field = signer.sign_octets(PLAIN)
    assert field.isascii()
    read = signature(field + PLAIN)
    assert (read.d, read.s) == ("xn--bcher-kva.example", "xn--sd-xka")
    assert read.i == "\u00fc@sub.xn--bcher-kva.example"
    assert signer.domain == "xn--bcher-kva.example"


INJECTIONS = [
    "example.com; l=0",
    "a\r\nBcc: x",
    "a b",
    "a;b",
    'a"b',
    "",
    "a.",
    ".a",
    "a..b",
    "a_b",
    "-a",
    "a:b",
    "a\0",
    "x" * 64,
]


@pytest.mark.parametrize("value", INJECTIONS)
def test_pitfall_28_a_value_that_would_break_its_tag_is_refused(value: str) -> None:
    for arguments in ({"selector": value}, {"identity": f"@{value}.{DOMAIN}"}):
        with pytest.raises(DkimError):
            rsa(**arguments)
    with pytest.raises(DkimError):
        Signer(value, selector="rsa", key=rsa_key())


@pytest.mark.parametrize("argument", ["headers", "oversign", "copied"])
@pytest.mark.parametrize("name", ["a;b", "a:b", "a b", "a\r\n", "", "\u00fc", "x" * 300])
def test_pitfall_28_a_name_that_would_break_a_tag_is_refused(argument: str, name: str) -> None:
    with pytest.raises(DkimError, match="cannot stand in h="):
        rsa(**{argument: ["from", name]})


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"headers": "from"}, "give a list of field names"),
        ({"canonicalization": "relaxed/nofws"}, "it is relaxed or simple"),
        ({"query": "http"}, "the only method"),
        ({"copied": ["a=b"]}, "cannot be copied"),
        ({"identity": "example.com"}, 'write "@example.com"'),
        ({"identity": "a\r\nb@example.com"}, "identity is"),
        ({"identity": "x" * 65 + "@example.com"}, "at most 64 octets"),
        ({"selector": ".".join(["a" * 60] * 4)}, "has 266 octets; the limit is 253"),
        ({"key": object()}, "dkim.KeyProtocol"),
    ],
)
def test_an_argument_that_cannot_be_is_refused_with_the_way_out(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DkimError, match=sentence):
        rsa(**arguments)


REFUSED = [
    PLAIN.replace(b"\r\n", b"\n"),
    PLAIN + b"a\rb\r\n",
    PLAIN + b"a\r",
    PLAIN + b"a\r\r\n",
    PLAIN[:-1],
    PLAIN[:-2],
    PLAIN + b"\xff\r\n",
    PLAIN + b"x" * 999 + b"\r\n",
    PLAIN + b"x" * 2000,
    b"From ada@example.com Mon Nov 24 10:00:00 2026\r\n" + PLAIN,
    HEADER + b"no field\r\n\r\n",
    HEADER + b"Hello.\r\n",
    b" continued\r\n" + PLAIN,
    b"\r\n" + PLAIN,
    HEADER + PLAIN,
    b"",
    b"Subject : hi\r\n" + PLAIN,
    PLAIN.replace(b"Notes", b"a\x0bb"),
]


@pytest.mark.parametrize("octets", REFUSED[9:13])
def test_a_header_with_a_line_that_is_no_field_is_refused(octets: bytes) -> None:
    with pytest.raises(DkimError, match="the header has a line that is no field"):
        rsa().sign(octets)
    with pytest.raises(DkimError, match="the header has a line that is no field"):
        rsa().sign(parse(octets))


def test_a_field_name_beyond_ascii_is_refused_for_verifiers_disagree() -> None:
    octets = PLAIN.replace(b"Subject:", "S\u00fcbject:".encode())
    assert octets != PLAIN
    signer = rsa(allow_8bit=True)
    with pytest.raises(DkimError, match=r"no name in ASCII.*take it out before signing"):
        signer.sign(octets)
    with pytest.raises(DkimError, match="no name in ASCII"):
        signer.sign(parse(octets))


@pytest.mark.parametrize("code", [*range(9), 0x0B, 0x0C, *range(0x0E, 0x20)])
@pytest.mark.parametrize("form", ["relaxed/relaxed", "simple/simple"])
def test_a_control_character_in_the_header_is_refused_for_verifiers_disagree(code: int, form: str) -> None:
    sentence = f"the field 'Subject' holds the control character {code:#04x} at octet 64, over which .*; take it out"
    for value in (b"a%c", b"a\r\n b%c", b"a%cb"):
        octets = PLAIN.replace(b"Notes", value % code)
        with pytest.raises(DkimError, match=sentence.replace("64", r"\d+")):
            rsa(canonicalization=form).sign(octets)
    with pytest.raises(DkimError, match="the field 'Subject' holds the control"):
        rsa(canonicalization=form).sign(parse(octets))
    with pytest.raises(DkimError, match=f"the header holds the control character {code:#04x} at octet 1, "):
        rsa(canonicalization=form).sign(b"X%c: y\r\n" % code + PLAIN)
    body = PLAIN + b"a%cb\r\n" % code  # there it is content, and all verifiers hash it alike
    assert judged(rsa(canonicalization=form).sign(body)) == [True]


@pytest.mark.parametrize("form", ["relaxed/relaxed", "simple/simple"])
@pytest.mark.parametrize("old", [b"From", b"Subject"])
@pytest.mark.parametrize("blank", [b" ", b"\t", b" \t "])
def test_a_blank_before_a_colon_is_refused_for_not_every_verifier_reads_it(form: str, old: bytes, blank: bytes) -> None:
    octets = PLAIN.replace(old, old + blank)
    name = old.decode()
    sentence = f"the field '{name}' has a blank before its colon, .*; write \"{name}:\" without it"
    signer = rsa(canonicalization=form)
    for signing in (partial(signer.sign, octets), partial(signer.sign, parse(octets))):
        with pytest.raises(DkimError, match=sentence):
            signing()
    assert judged(rsa().sign(PLAIN.replace(b"Notes", b"Notes : on"))) == [True]


def test_more_names_than_verifiers_read_are_refused() -> None:
    count = 512 - len(names(rsa().sign(PLAIN)))
    most = b"To: <x@y.z>\r\n" * count + PLAIN
    assert len(names(rsa().sign(most))) == 512
    assert judged(rsa().sign(most)) == [True]
    assert [result.status for result in verify(rsa().sign(most), resolve=resolve, now=now).results] == ["pass"]
    with pytest.raises(DkimError, match=rf"over 512 names .* the message has {count + 2} of the field 'to': take"):
        rsa().sign(b"To: <x@y.z>\r\n" + most)
    with pytest.raises(DkimError, match="over 512 names"):
        rsa(headers=["from", *["x"] * 512]).sign(PLAIN)


def test_a_list_of_names_that_is_longer_than_verifiers_read_is_refused() -> None:
    signer = rsa(headers=["from", "list-post"], oversign=[])
    most = b"List-Post: <x@y.z>\r\n" * 409 + PLAIN
    assert len(signature(signer.sign(most)).tags.compact("h") or "") == 4 + 409 * 10
    with pytest.raises(DkimError, match="or 4095 octets, which verifiers refuse; the message has 410 of the fiel"):
        signer.sign(b"List-Post: <x@y.z>\r\n" + most)


@pytest.mark.parametrize("domain", ["localhost", "com", "LOCALHOST"])
def test_a_domain_of_one_label_is_refused_as_every_verifier_does(domain: str) -> None:
    with pytest.raises(DkimError, match=f"domain is '{domain}', and d= has two labels at least"):
        Signer(domain, selector="rsa", key=rsa_key())


@pytest.mark.parametrize(
    "expires",
    [
        *(timedelta(days=999_999_999), timedelta.max, 1e15, 1e12, 10**400, "1 day"),
        *(float("inf"), float("-inf"), float("nan")),
    ],
)
def test_an_expiration_that_x_cannot_say_is_refused(expires: Any) -> None:
    with pytest.raises(DkimError, match=r"expires is .*x= has 12 digits"):
        rsa(expires=expires)
    assert judged(rsa(expires=timedelta(days=300_000)).sign(PLAIN)) == [True]


def test_the_last_expiration_can_be_written_at_the_last_second() -> None:
    longest = 10**12 - 1 - 253_402_300_799
    signer = rsa(expires=longest, now=lambda: datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert signature(signer.sign(PLAIN)).x == 10**12 - 1
    with pytest.raises(DkimError, match="expires is"):
        rsa(expires=longest + 1)


@pytest.mark.parametrize("other", [rsa, ed25519])
def test_a_signature_that_no_other_may_join_is_not_made_beside_another(other: Any) -> None:
    for octets in (PLAIN, rsa().sign(PLAIN)):
        alone = ed25519(headers=["from", "dkim-signature"], oversign=["from", "dkim-signature"])
        with pytest.raises(DkimError, match=r"breaks when another is put beside it, .*; leave it out of oversign"):
            sign(octets, [alone, other()])
        assert verify(alone.sign(octets), resolve=resolve, now=now).results[0].status == "pass"
    covering = ed25519(headers=["from", "dkim-signature"])
    with pytest.raises(DkimError, match="breaks when another is put beside it"):
        sign(PLAIN, [covering, other()])
    assert judged(sign(rsa().sign(PLAIN), [covering, other()])) == [True] * 3


def test_what_is_no_text_is_an_error_of_ours() -> None:
    for arguments in ({"identity": 5}, {"selector": 5}, {"canonicalization": 5}, {"headers": 5}, {"headers": [5]}):
        with pytest.raises(DkimError, match="5"):
            rsa(**arguments)
    with pytest.raises(DkimError, match="domain is None; give a str"):
        Signer(None, selector="rsa", key=rsa_key())  # type: ignore[arg-type]  # the mistake in question
    for moment in (5, None, "now"):
        with pytest.raises(DkimError, match="it has to give an aware datetime"):
            rsa(now=lambda: moment).sign(PLAIN)  # noqa: B023 - called at once


def test_names_that_are_given_stand_in_h_even_if_they_are_those_of_the_default() -> None:
    signer = rsa(headers=SIGNED)
    assert {*names(signer.sign(PLAIN))} == {*SIGNED}
    assert {*names(rsa().sign(PLAIN))} == {*OVERSIGNED}
    assert signer != rsa()
    assert names(ses(headers=ses().headers).sign(PLAIN)).count("list-id") == 1
    assert judged(signer.sign(PLAIN)) == [True]


def test_a_pickled_signer_covers_the_same(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(ed25519_key().to_pem())
    for signer in (ed25519(key=path), ed25519(key=path, headers=SIGNED)):
        again = pickle.loads(pickle.dumps(signer))
        assert again == signer
        assert again.sign(PLAIN) == signer.sign(PLAIN)


def test_what_is_not_final_says_so_apart_from_the_way_out() -> None:
    for octets, kind in ((REFUSED[0], "line-end"), (REFUSED[6], "8bit"), (REFUSED[7], "long-line"), (b"x", "open-end")):
        with pytest.raises(DkimError) as caught:
            rsa().sign(octets)
        again = pickle.loads(pickle.dumps(caught.value))
        assert (again.kind, str(again)) == (kind, str(caught.value))
        assert str(again).startswith(f"{again.found}; ")


def test_the_header_is_copied_on_request() -> None:
    read = signature(rsa(copied=["From", "Subject", "X-None"]).sign(PLAIN))
    assert read.z == (b"From: Ada <ada@example.com>", b"Subject: Notes")


# -- Amazon SES


def ses(**arguments: Any) -> Signer:
    given: dict[str, Any] = {"selector": "rsa", "key": rsa_key(), "now": now}
    return for_ses(DOMAIN, **given | arguments)


def test_pitfall_30_nothing_that_ses_replaces_is_covered() -> None:
    signed = ses().sign(built(list_unsubscribe="https://example.com/u"))
    covered = names(signed.to_bytes())
    assert not {*covered} & {"date", "message-id", "return-path", "bounces-to"}
    assert not [name for name in covered if name.startswith("x-ses-")]
    assert covered.count("from") == 2
    replaced = re.sub(rb"(?m)^(Date|Message-ID): .*$", rb"\1: replaced\r", signed.to_bytes())
    assert replaced != signed.to_bytes()
    assert judged(replaced) == [True]
    assert signed.envelope == built().envelope


@pytest.mark.parametrize("argument", ["headers", "oversign"])
@pytest.mark.parametrize(
    "name", ["Date", "Message-ID", "Return-Path", "Bounces-To", "X-SES-Configuration-Set", "x-ses-a"]
)
def test_pitfall_30_asking_for_what_ses_replaces_is_an_error(argument: str, name: str) -> None:
    with pytest.raises(DkimError, match=r"cannot be signed for SES, which (?:replaces|takes out)"):
        ses(**{argument: ["From", name]})


def test_pitfall_30_ses_takes_one_rsa_signature_only() -> None:
    with pytest.raises(DkimError, match=r"ed25519-sha256; SES takes one DKIM-Signature .*use an RSA key"):
        ses(key=ed25519_key())
    for several in ([ses(), ed25519()], [rsa(), ses()], [ses(), ses()]):
        with pytest.raises(DkimError, match="SES takes one DKIM-Signature in a message and refuses a second"):
            sign(PLAIN, several)
    for octets in (ses().sign(PLAIN), RESIGN):
        with pytest.raises(DkimError, match="signed already"):
            ses().sign(octets)
