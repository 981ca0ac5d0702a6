"""Domains in A-labels and U-labels (RFC 5890, RFC 5891, UTS 46)."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit.codecs import domain
from mimekit.errors import AddressError


@pytest.mark.parametrize(
    ("given_domain", "ascii_domain"),
    [
        ("example.com", "example.com"),
        ("Example.COM", "Example.COM"),
        ("b\xfccher.example", "xn--bcher-kva.example"),
        ("B\xdcCHER.Example", "xn--bcher-kva.Example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("stra\xdfe.de", "xn--strae-oqa.de"),
        ("\uff25xample.com", "example.com"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "XN--BCHER-KVA.example"),
        ("xn--strae-oqa.\xe9", "xn--strae-oqa.xn--9ca"),
        ("\u0645\u062b\u0627\u0644.\u0625\u062e\u062a\u0628\u0627\u0631", "xn--mgbh0fb.xn--kgbechtv"),
        ("_dmarc.example.com", "_dmarc.example.com"),
        ("a..b", "a..b"),
        ("", ""),
    ],
)
def test_a_domain_is_written_in_a_labels(given_domain: str, ascii_domain: str) -> None:
    assert domain.to_ascii(given_domain) == ascii_domain


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param("xn--example-.org", id="advisory 61, decodes to ASCII"),
        pytest.param("example.org.xn--", id="advisory 61, nothing to decode"),
        pytest.param("xn--a-.org", id="advisory 62"),
        pytest.param("xn--0049.test", id="markup when decoded"),
        pytest.param("xn--9999999999.test", id="no punycode"),
        pytest.param("xn--Bcher-kv.test", id="other punycode"),
        pytest.param("\u00adxn--a-.org", id="prefix after mapping"),
        pytest.param("xn--a-.\xe9", id="beside a U-label"),
        pytest.param("xn--ls8h.la", id="not allowed by IDNA 2008"),
    ],
)
def test_what_is_no_a_label_raises(bad: str) -> None:
    with pytest.raises(AddressError, match=r"is no A-label|not allowed by IDNA 2008"):
        domain.to_ascii(bad)
    assert domain.to_unicode(bad) == bad
    assert domain.key(bad) == bad.casefold()


def test_a_soft_hyphen_is_mapped_away_as_validators_do() -> None:
    # Advisory 55, GHSA-wmmp-3585-3rmp: raw punycode of U+00AD names another domain.
    assert domain.to_ascii("com\u00adpany.com") == "company.com"
    assert domain.same("com\u00adpany.com", "company.com")


@pytest.mark.parametrize(
    "long",
    [
        pytest.param("xn--" + "a" * 100_000 + ".test", id="advisory 78, CVE-2022-45061"),
        pytest.param("\u0e1b\u0300" * 40_000 + ".", id="advisory 79, CVE-2024-3651"),
        pytest.param(".".join(["a" * 60] * 5), id="254 octets and more"),
        pytest.param("a" * 64 + ".com", id="ASCII label of 64"),
        pytest.param("\xe9" * 64 + ".com", id="U-label of 64"),
        pytest.param("\xe9" * 60 + ".com", id="A-label over 63"),
        pytest.param(".".join(["\xe9" * 38] * 6), id="A-labels over 253"),
    ],
)
def test_a_domain_or_label_too_long_raises_before_any_mapping(long: str) -> None:
    with pytest.raises(AddressError, match=r"the limit is (253|63) octets|too long"):
        domain.to_ascii(long)
    assert domain.to_unicode(long) == long
    assert domain.key(long)


def test_the_limits_themselves_are_allowed() -> None:
    assert domain.to_ascii("a" * 63 + ".com")
    longest = ".".join(["a" * 63] * 3 + ["b" * 61])
    assert len(longest) == 253
    assert domain.to_ascii(longest) == longest


@pytest.mark.parametrize("character", ' \t\r\n\0\x7f()<>[]:;@\\,"\u2028\x85\ud800\xa0', ids=ascii)
def test_specials_space_and_controls_raise(character: str) -> None:
    for text in (f"a{character}b.com", f"\xe9{character}.com"):
        with pytest.raises(AddressError, match=rf"U\+{ord(character):04X}"):
            domain.to_ascii(text)


@pytest.mark.parametrize("character", ["\u3002", "\uff0e", "\uff61", "\uff20", "\ufe6b"], ids=ascii)
def test_full_width_dots_and_at_signs_raise_instead_of_becoming_dots(character: str) -> None:
    with pytest.raises(AddressError, match=rf"U\+{ord(character):04X}, which cannot stand in a domain .* plain dot"):
        domain.to_ascii(f"a{character}b.com")


@pytest.mark.parametrize(
    "text",
    [
        "\u2100.com", "a\u2024b.com", "a\uff0fb.com", "\U0001f4a9.la", "\u00ad.com", "\xe9-.com", "ab--\xe9.com",
        "a\u200db.com", "-\uff41.com", "\u0628a.com",
    ],
)  # fmt: skip
def test_what_idna_2008_does_not_allow_raises(text: str) -> None:
    with pytest.raises(AddressError, match="not allowed by IDNA 2008"):
        domain.to_ascii(text)


def test_a_refusal_is_printable_ascii() -> None:
    with pytest.raises(AddressError) as caught:
        domain.to_ascii("\u0628\u2100a\U0001f4a9.com")
    assert str(caught.value).isascii()


def test_domains_are_shown_in_u_labels() -> None:
    assert domain.to_unicode("xn--bcher-kva.Example") == "b\xfccher.Example"
    assert domain.to_unicode("XN--BCHER-KVA.example") == "b\xfccher.example"
    assert domain.to_unicode("b\xfccher.example") == "b\xfccher.example"
    assert domain.to_unicode("xn--bcher-kva.xn--a-") == "b\xfccher.xn--a-"


def test_domains_are_the_same_whatever_their_form() -> None:
    assert domain.same("b\xfccher.example", "XN--bcher-KVA.EXAMPLE")
    assert not domain.same("strasse.de", "stra\xdfe.de")
    assert domain.key("[IPv6:::1]") == "[ipv6:::1]"


@given(st.text(max_size=12) | st.from_regex(r"(xn--)?[a-z0-9\-\u00e9\u0628\u00df.]{1,12}", fullmatch=True))
def test_showing_and_comparing_never_raise_and_building_gives_ascii_or_raises(text: str) -> None:
    domain.to_unicode(text)
    key = domain.key(text)
    try:
        made = domain.to_ascii(text)
    except AddressError:
        return
    assert made.isascii()
    assert not set(made) & set(' \t\r\n\0()<>[]:;@\\,"')
    assert made.count(".") == text.count(".")
    assert domain.to_ascii(made) == made  # a fixed point
    assert domain.key(made) == key
    assert domain.to_ascii(domain.to_unicode(made)).lower() == made.lower()


def test_an_ascii_domain_needs_no_idna() -> None:
    code = (
        "import sys; from mimekit.codecs.domain import to_ascii, key, to_unicode; "
        "to_ascii('example.com'); key('a.b'); to_unicode('a.b'); sys.exit('idna' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
