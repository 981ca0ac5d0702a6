"""Diagnosis of any text as an address (RFC 5321 4.1.2, RFC 5322 3.4.1 and 4.4)."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit.headers.address import Diagnosis, Mailbox
from mimekit.headers.diagnose import CODES, diagnose


@pytest.mark.parametrize(
    ("text", "code", "category"),
    [
        pytest.param("ada@example.com", "valid", "valid", id="plain"),
        pytest.param("!#$%&`*+/=?^`{|}~@example.com", "valid", "valid", id="RFC 5322 3.2.3 atext"),
        pytest.param("\u00fcser@b\u00fccher.example", "valid", "valid", id="RFC 6531"),
        pytest.param("ada@com", "tld", "rfc5321", id="one label"),
        pytest.param("ada@example.123", "tldnumeric", "rfc5321", id="RFC 3696 2"),
        pytest.param('"ada lovelace"@example.com', "quotedstring", "rfc5321", id="quoted local part"),
        pytest.param("ada@[192.0.2.1]", "addressliteral", "rfc5321", id="RFC 5321 4.1.3"),
        pytest.param("ada@[IPv6:1:2:3::5:6:7:8]", "ipv6deprecated", "rfc5321", id="RFC 4291 2.2, one group elided"),
        pytest.param("ada(countess)@example.com", "deprec-cfws-near-at", "deprec", id="comment by the @"),
        pytest.param("(x)ada@example.com(y)", "cfws-comment", "cfws", id="RFC 5322 3.2.2 comment"),
        pytest.param(" ada@example.com", "cfws-fws", "cfws", id="RFC 5322 3.2.2 white space"),
        pytest.param('"ada".k@example.com', "deprec-localpart", "deprec", id="RFC 5322 4.4 obs-local-part"),
        pytest.param('"a\\\0"@example.com', "deprec-qp", "deprec", id="RFC 5322 4.1 obs-qp"),
        pytest.param("ada@under_score.example", "domain", "rfc5322", id="no host name"),
        pytest.param("a" * 65 + "@example.com", "local-toolong", "rfc5322", id="RFC 5321 4.5.3.1.1"),
        pytest.param("ada@" + "a" * 64 + ".com", "label-toolong", "rfc5322", id="RFC 1035 2.3.4"),
        pytest.param("ada@" + "a." * 127 + "com", "domain-toolong", "rfc5322", id="RFC 5321 4.5.3.1.2"),
        pytest.param("ada@[somewhere]", "domainliteral", "rfc5322", id="RFC 5322 3.4.1 domain-literal"),
        pytest.param("", "nodomain", "err", id="nothing"),
        pytest.param("@example.com", "nolocalpart", "err", id="no local part"),
        pytest.param("ada@", "nodomain", "err", id="no domain"),
        pytest.param(".ada@example.com", "dot-start", "err", id="dot first"),
        pytest.param("ada.@example.com", "dot-end", "err", id="dot last"),
        pytest.param("a..b@example.com", "consecutivedots", "err", id="two dots"),
        pytest.param("a@b@example.com", "expecting-atext", "err", id="two @"),
        pytest.param('"ada"x@example.com', "atext-after-qs", "err", id="text after quotes"),
        pytest.param("ada@[192.0.2.1].example", "atext-after-domlit", "err", id="text after a literal"),
        pytest.param("ada@-example.com", "domainhyphenstart", "err", id="hyphen first"),
        pytest.param("ada@example-.com", "domainhyphenend", "err", id="hyphen last"),
        pytest.param('"ada@example.com', "unclosedquotedstr", "err", id="open quotes"),
        pytest.param("(ada@example.com", "unclosedcomment", "err", id="open comment"),
        pytest.param("ada@[192.0.2.1", "uncloseddomlit", "err", id="open literal"),
        pytest.param('"ada\\', "backslashend", "err", id="backslash last"),
        pytest.param("ada@example.com\r", "cr-no-lf", "err", id="lone CR"),
        pytest.param("ada\r\n@example.com", "fws-crlf-end", "err", id="fold without white space"),
        pytest.param("ada\ud800@example.com", "expecting-atext", "err", id="lone surrogate"),
        pytest.param("ada\x85@example.com", "expecting-atext", "err", id="C1 control"),
    ],
)
def test_the_gravest_fault_is_named_with_its_category(text: str, code: str, category: str) -> None:
    assert Mailbox.diagnose(text) == Diagnosis(code, category)


@pytest.mark.parametrize(
    ("literal", "code"),
    [
        ("IPv6:::", "addressliteral"),
        ("IPv6:2001:db8::192.0.2.1", "addressliteral"),
        ("IPv6:1:2:3:4:5:6:7", "ipv6-grpcount"),
        ("IPv6:1:2:3:4:5:6:7:8:9", "ipv6-grpcount"),
        ("IPv6:1::2::3", "ipv6-2x2xcolon"),
        ("IPv6:1:2:3:4:5:6:7::8:9", "ipv6-maxgrps"),
        ("IPv6:1:2:3:4:5:6:7:g", "ipv6-badchar"),
        ("IPv6::1", "ipv6-colonstrt"),
        ("IPv6:1:2:", "ipv6-colonend"),
        ("256.0.0.1", "domainliteral"),
        ("IPv9:1", "domainliteral"),
    ],
)
def test_an_address_literal_follows_its_grammar(literal: str, code: str) -> None:
    assert diagnose(f"ada@[{literal}]").code == code


def test_a_folded_comment_may_have_one_fold_and_more_are_obsolete() -> None:
    assert diagnose("(a\r\n b)ada@example.com").category == "cfws"
    assert diagnose("(a\r\n \r\n b)ada@example.com").code == "deprec-fws"
    assert diagnose("(a\r\n\r\n b)ada@example.com").code == "fws-crlf-x2"


@given(
    st.text() | st.text('a.@"\\()[]:<> \t\r\n1-\x00\x7f\xe9').map(lambda text: f"a@{text}") | st.text('a.@"\\() \r\n')
)
def test_any_text_has_a_diagnosis(text: str) -> None:
    found = diagnose(text)
    assert CODES[found.code] == found.category
    assert str(found).isascii()


@pytest.mark.parametrize("unit", ["(", '"', "\\", "a.", "@", "[", " ", "\r\n ", "(a)", "a@", "a@1.", "a@[", '"\\', ":"])
def test_a_long_text_is_read_once(unit: str) -> None:
    assert diagnose(unit * 50_000).category in ("err", "rfc5322")


def test_a_diagnosis_is_a_value() -> None:
    found = diagnose("ada@com")
    assert pickle.loads(pickle.dumps(found)) == found == copy.copy(found)
    assert hash(found) == hash(diagnose("grace@org"))
    assert repr(found) == "Diagnosis('tld', 'rfc5321')"
    assert str(found) == "rfc5321: tld"
    assert str(diagnose("ada@example.com")) == "valid"
