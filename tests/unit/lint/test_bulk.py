"""Rules of family B: what bulk senders are asked for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimekit import Message, dkim, lint
from mimekit.finding import Finding
from mimekit.lint import examples
from mimekit.lint.freemail import is_free

HTML = '<!DOCTYPE html><html lang="en"><head><title>News</title></head><body>{}</body></html>'


def found(text: str, select: str, **options: object) -> list[Finding]:
    octets, context = examples.example(text)
    return lint.check(octets, select=select, context=context.changed(options=options))


def codes(text: str, select: str, **options: object) -> list[str]:
    return [one.code for one in found(text, select, **options)]


def of_html(body: str) -> str:
    return f"Content-Type: text/html; charset=utf-8\n\n{HTML.format(body)}"


def applied(octets: bytes, finding: Finding) -> bytes:
    assert finding.fix is not None
    for start, end, new in sorted(finding.fix.edits, reverse=True):
        octets = octets[:start] + new + octets[end:]
    return octets


def test_a_newsletter_that_is_built_here_is_clean() -> None:
    message = Message(
        from_="The shop <news@shop.example>",
        to="john@customer.example",
        subject="Apples",
        text=(
            "Hello John,\n\nthe autumn catalogue is here: eighty new things for house and garden, and the apples of "
            "our own orchard from Monday on.\n\nTo unsubscribe: https://shop.example/u/8f3a\n"
        ),
        list_unsubscribe=["https://shop.example/u/8f3a", "mailto:off@shop.example"],
        headers={"List-ID": "News <news.shop.example>", "Feedback-ID": "autumn:news:shopnews"},
    )
    assert lint.check(message, select="B", ignore=["B017", "B012"]) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("List-Unsubscribe: <https://shop.example/u>\nList-Unsubscribe-Post: One-Click", "B003"),
        ("X-Campaign: autumn", "B012"),
        ("List-Unsubscribe: <https://shop.example/u>", "B002"),
    ],
)
def test_a_fix_leaves_nothing_to_find(text: str, code: str) -> None:
    octets, context = examples.example(text)
    (one,) = lint.check(octets, select=code, context=context)
    assert lint.check(applied(octets, one), select=code, context=context) == []
    assert one.fix is not None
    assert one.fix.is_safe == (code != "B002")


def test_one_click_is_not_promised_where_there_is_no_https() -> None:
    (one,) = found("List-Unsubscribe: <mailto:off@shop.example>", "B002")
    assert one.fix is None


@pytest.mark.parametrize("value", ["List-Unsubscribe=One-Click", "\n List-Unsubscribe=One-Click"])
def test_the_one_value_may_be_folded_after_the_name(value: str) -> None:
    assert codes(f"List-Unsubscribe: <https://a.example/>\nList-Unsubscribe-Post: {value}", "B003") == []


@pytest.mark.parametrize("value", ["list-unsubscribe=one-click", "List-Unsubscribe=One-Click, x", ""])
def test_no_other_value_will_do(value: str) -> None:
    assert codes(f"List-Unsubscribe: <https://a.example/>\nList-Unsubscribe-Post: {value}", "B003") == ["B003"]


def test_the_place_of_an_http_uri_is_that_uri() -> None:
    octets, context = examples.example("List-Unsubscribe: <mailto:a@b.example>,\n <HTTP://shop.example/u>")
    (one,) = lint.check(octets, select="B005", context=context)
    assert octets[one.start : one.end] == b"HTTP://shop.example/u"


@pytest.mark.parametrize(
    "body",
    [
        '<a href="https://a.example/x">Unsubscribe</a>',
        '<a href="https://a.example/unsubscribe?u=1">here</a>',
        '<a href="https://a.example/x" title="Unsubscribe from our news">here</a>',
        '<a href="https://a.example/x">Newsletter <b>abbestellen</b></a>',
        '<a href="https://a.example/x">Se d&eacute;sabonner</a>',
        '<a href="{{amazonSESUnsubscribeUrl}}">leave</a>',
    ],
)
def test_a_link_that_says_unsubscribe_is_found(body: str) -> None:
    assert codes(of_html(body), "B006") == []


def test_a_word_without_a_link_is_no_way_out() -> None:
    assert codes(of_html("<p>To unsubscribe, write to us</p><a href='https://a.example/'>shop</a>"), "B006") == ["B006"]
    assert codes("X-Note: x\n\nTo unsubscribe, call us.", "B006") == ["B006"]


def test_words_can_be_added() -> None:
    text = "X-Note: x\n\nKündigung: https://a.example/k"
    assert codes(text, "B006") == ["B006"]
    assert codes(text, "B006", **{"unsubscribe-words": ["Kündigung"]}) == []


def test_a_free_address_is_told_unless_its_provider_signed() -> None:
    octets, context = examples.example("From: jane.doe@gmail.com")
    assert [one.code for one in lint.check(octets, select="B008", context=context)] == ["B008"]
    signer = dkim.Signer("gmail.com", selector="s", key=dkim.SigningKey.load(bytes(32)))
    assert lint.check(signer.sign(octets), select="B008", context=context) == []


@pytest.mark.parametrize("domain", ["gmail.com", "GMX.de", "outlook.com", "proton.me", "yahoo.co.uk", "qq.com"])
def test_public_providers_are_known(domain: str) -> None:
    assert is_free(domain)


@pytest.mark.parametrize("domain", ["example.com", "shop.example", "mail.gmail.com.shop.example", "", "github.com"])
def test_other_domains_are_no_public_providers(domain: str) -> None:
    assert not is_free(domain)


def test_where_answers_go() -> None:
    both = ["B009", "B010"]
    assert [codes("Reply-To: j@gmail.com", code) for code in both] == [["B009"], ["B010"]]
    octets, context = examples.example("Reply-To: j@gmail.com")
    assert [one.code for one in lint.check(octets, select=both, context=context)] == ["B009"]
    assert codes("From: a@gmail.com\nReply-To: j@gmx.de", "B009") == []
    assert codes("Reply-To: j@mail.shop.example", "B010") == []
    assert codes("Reply-To: j@partner.example", "B010") == ["B010"]


@pytest.mark.parametrize("local_part", ["noreply", "no-reply", "do_not_reply", "shop.DoNotReply", "no.reply+x"])
def test_nobody_answers(local_part: str) -> None:
    assert codes(f"From: {local_part}@shop.example", "B011") == ["B011"]
    assert codes(f"From: {local_part}@shop.example\nReply-To: help@shop.example", "B011") == []
    assert codes("From: reply@shop.example", "B011") == []


@pytest.mark.parametrize("mark", ["Auto-Submitted: auto-generated", "List-ID: <a.b>", "Precedence: bulk"])
def test_a_mark_of_automatic_mail_is_enough(mark: str) -> None:
    assert codes(mark, "B012") == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Subject: " + "\n ".join(["word" * 10] * 30), 1),
        ("Message-ID: <" + "\n ".join(["a" * 60] * 10) + "@b.example>", 1),
        ("To: " + ",\n ".join([f"reader{number}@customer.example" for number in range(2000)]), 0),
        ("X-Note:" + "\n".join([" word" * 10] * 700), 1),
        ("X-" + "n" * 1100 + ": a", 1),
        ("\n".join([f"X-{number}: a" for number in range(5001)]), 1),
    ],
)
def test_the_limits_of_gmail(text: str, count: int) -> None:
    assert codes(text, "B013") == ["B013"] * count


def test_most_links_count_and_domains_can_be_allowed() -> None:
    text = "X-Note: x\n\nhttps://a.other.example/1 https://b.other.example/2 https://shop.example/3"
    assert codes(text, "B016") == ["B016"]
    assert codes(text, "B016", **{"link-domains": ["other.example"]}) == []
    assert codes("X-Note: x\n\nhttps://a.other.example/1 https://shop.example/3", "B016") == []


@pytest.mark.parametrize(
    "address",
    ["12 Orchard Road, Springfield", "P.O. Box 12", "Gartenstraße 3, 10115 Berlin", "London SW1A 1AA", "rue de Rivoli",
     "Springfield, IL 62701", "D-10115 Berlin"],
)  # fmt: skip
def test_postal_addresses_are_recognised(address: str) -> None:
    assert codes(f"List-ID: <a.b>\n\nHello John. {address}", "B017") == []


def test_letters_to_one_person_need_no_postal_address() -> None:
    assert codes("X-Note: x", "B017") == []
    assert codes("List-ID: <a.b>", "B017") == ["B017"]


def test_a_link_alone_is_told_and_one_in_a_letter_is_not() -> None:
    assert codes("X-Note: x\n\nSee https://shop.example/1", "B018") == ["B018"]
    assert codes("X-Note: x\n\nSee https://shop.example/1 and https://shop.example/2", "B018") == []
    assert codes("X-Note: x\n\nSee you on Monday.", "B018") == []
    assert codes("X-Note: x\n\n" + "word " * 20 + "https://shop.example/1", "B018") == []
    assert codes(of_html('<p>See <a href="https://shop.example/1">this</a></p>'), "B018") == ["B018"]


@pytest.mark.parametrize(
    ("value", "count"),
    [("a:b:c:sender", 0), ("sender", 0), ("a:b:c:d:sender", 1), ("a:b:c:mc", 1), ("a:" + "s" * 16, 1), ("", 1)],
)
def test_feedback_ids(value: str, count: int) -> None:
    assert codes(f"Feedback-ID: {value}", "B021") == ["B021"] * count


def test_a_second_feedback_id_is_told() -> None:
    assert codes("Feedback-ID: a:sender\nFeedback-ID: b:sender", "B021") == ["B021"]


def test_words_of_a_subject_can_be_chosen() -> None:
    assert codes("Subject: Your prized apples", "B020") == []
    assert codes("Subject: You have won", "B020") == ["B020"]
    assert codes("Subject: You have won apples", "B020", **{"spam-words": ["pears"]}) == []
    assert codes("Subject: Pears", "B020", **{"spam-words": ["pears"]}) == ["B020"]
    assert codes("Subject: Pears", "B020", **{"spam-words": []}) == []


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(
        ["List-Unsubscribe", "List-Unsubscribe-Post", "From", "Reply-To", "Feedback-ID", "Subject", "List-ID"]
    ),
    st.text(st.sampled_from('<>:,@"()ahtps/ü =;\\\t'), max_size=40),
    st.text(st.sampled_from('<a href="http://x">unsubscribe1\n &;'), max_size=80),
)
def test_no_value_makes_a_rule_crash(name: str, value: str, body: str) -> None:
    raw = f"From: a@b.example\r\n{name}: {value}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{body}".encode()
    for one in lint.check(raw, select=["B", "L022"]):
        assert one.code != "L022"
        assert 0 <= one.start <= one.end <= len(raw)


@pytest.mark.parametrize("piece", ["1 a ", "a", "1", "a-", "12 a. ", "rue", "unsubscrib", "https://a ", "weg "])
def test_looking_for_words_is_linear(piece: str) -> None:
    text = f"List-ID: <a.b>\nSubject: x\n\n{piece * (200_000 // len(piece))}"
    octets, context = examples.example(text)
    lint.check(octets, select=["B006", "B016", "B017", "B018", "B019"], context=context)
