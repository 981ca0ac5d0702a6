r"""
Scripts: which writing systems the characters of a text belong to, and which texts pretend to be of another one.

UTS 39 5.2 says when a word that mixes scripts is suspicious: a label is *highly restrictive* when it is of one script,
or Latin with what Japanese, Chinese or Korean is written in.  A word of one script may still look like a Latin one;
`twin` knows the letters that do.

    text -> the scripts in it, whether they go together, the Latin text it looks like

The scripts come from the Unicode character database, see ``data/scripts.txt``.

May import: nothing.  Imported by: `lint.rules.addresses_domains`, `lint.rules.security_unicode`.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from functools import cache, lru_cache
from importlib import resources

__all__ = ["disguised_word", "found", "is_highly_restrictive", "of", "twin"]

# UTS 39 5.1: beside the scripts themselves, the writing systems that use them together.
_WRITING = {
    "Han": ("Bopomofo", "Hanb", "Jpan", "Kore"),
    "Hiragana": ("Jpan",),
    "Katakana": ("Jpan",),
    "Hangul": ("Kore",),
    "Bopomofo": ("Hanb",),
}
_WITH_LATIN = frozenset({"Hanb", "Jpan", "Kore"})
_ANY = frozenset({"Common", "Inherited"})
_FEWEST = 3  # letters of a label that is said to look like another: shorter ones do by chance

# Letters that a person takes for a Latin one, in the usual typefaces.  One script to a line: small ones, then capitals.
_TWINS = {
    "Cyrillic": (
        (
            "\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u04cf\u043e\u0440\u051b\u0455\u051d\u0445\u0443\u0475"
            "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0405\u0406\u0408"
        ),
        "acdehijlopqswxyvABEKMHOPCTXSIJ",
    ),
    "Greek": (
        (
            "\u03bf\u03bd\u03b9\u03c1\u03c5\u03ba\u03c7\u03b1"
            "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
        ),
        "ovipukxaABEZHIKMNOPTYX",
    ),
    "Armenian": ("\u0570\u0585\u0578\u057d\u0566\u0581\u0575", "honuqgj"),
}


@cache
def _table() -> tuple[list[int], list[int], list[frozenset[str]]]:
    """Read the ranges: the first code points, the last ones, the scripts."""
    lines = resources.files("mimekit.lint").joinpath("data", "scripts.txt").read_text(encoding="utf-8").splitlines()
    known: dict[str, frozenset[str]] = {}
    firsts: list[int] = []
    lasts: list[int] = []
    scripts: list[frozenset[str]] = []
    for line in lines:
        if line[:1] == "#":
            continue
        first, last, names = line.split()
        firsts.append(int(first, 16))
        lasts.append(int(last, 16))
        scripts.append(known.setdefault(names, frozenset(names.split(","))))
    return firsts, lasts, scripts


@lru_cache(maxsize=1024)
def of(character: str) -> frozenset[str]:
    r"""
    Give the scripts that use *character*: its Script_Extensions, by their names in full.

    >>> sorted(of("\u0430")), sorted(of("1")), sorted(of("\u3001"))[:3]
    (['Cyrillic'], ['Common'], ['Bopomofo', 'Han', 'Hangul'])
    """
    firsts, lasts, scripts = _table()
    point = ord(character)
    at = bisect_right(firsts, point) - 1
    return scripts[at] if at >= 0 and point <= lasts[at] else frozenset({"Unknown"})


def found(text: str) -> list[str]:
    r"""
    Give the scripts of the letters of *text*, in order, those that every script uses left out.

    >>> found("p\u0430yp\u0430l 1")
    ['Latin', 'Cyrillic']
    """
    names: dict[str, None] = {}
    for character in text:
        scripts = of(character)
        if not scripts & _ANY:
            names.setdefault(min(scripts))
    return list(names)


@lru_cache(maxsize=1024)
def is_highly_restrictive(text: str) -> bool:
    r"""
    Tell whether the characters of *text* go together (UTS 39 5.2, the level Highly Restrictive).

    >>> is_highly_restrictive("p\u0430ypal"), is_highly_restrictive("b\xfccher"), is_highly_restrictive("shop\u5e97")
    (False, True, True)
    """
    if text.isascii():
        return True
    sets = [_augmented(scripts) for scripts in map(of, text) if not scripts & _ANY]
    return not sets or bool(frozenset.intersection(*sets)) or _goes_with_latin(sets)


def _goes_with_latin(sets: list[frozenset[str]]) -> bool:
    others = [scripts for scripts in sets if "Latin" not in scripts]
    return bool(frozenset.intersection(*others) & _WITH_LATIN)


@lru_cache(maxsize=256)
def _augmented(scripts: frozenset[str]) -> frozenset[str]:
    return scripts.union(*[_WRITING.get(name, ()) for name in scripts])


def disguised_word(text: str) -> str | None:
    r"""
    Give the first word of *text* that is Latin but for letters of another script that look so; ``None`` without one.

    Words that mix scripts and look like it, as some brands do, are none.

    >>> disguised_word("P\u0430ypal Team"), disguised_word("i\u0413\u043e\u0442\u043e\u0432\u043e Shop")
    ('P\u0430ypal', None)
    """
    if text.isascii():
        return None
    words = "".join([letter if unicodedata.category(letter)[0] in "LM" else " " for letter in text]).split()
    return next((word for word in words if not is_highly_restrictive(word) and _reads_latin(word)), None)


def _reads_latin(word: str) -> bool:
    made = word.translate(_twins())
    return found(made) in (["Latin"], [])


@cache
def _twins() -> dict[int, str]:
    return {letter: latin for letters in _TWINS.values() for letter, latin in _translation(*letters).items()}


@lru_cache(maxsize=1024)
def twin(label: str) -> str | None:
    r"""
    Give the Latin text that *label*, all of it of another script, looks like; ``None`` when it looks like none.

    Digits and hyphens may stand in it; three letters at least have to look like Latin ones, and none may not.

    >>> twin("\u0430\u0440\u0440\u04cf\u0435"), twin("\u043c\u0438\u0440"), twin("shop")
    ('apple', None, None)
    """
    if label.isascii() or any("a" <= letter.lower() <= "z" for letter in label):
        return None
    for letters, latin in _TWINS.values():
        made = label.translate(_translation(letters, latin))
        if made.isascii():
            return made if sum([not letter.isascii() for letter in label]) >= _FEWEST else None
    return None


@cache
def _translation(letters: str, latin: str) -> dict[int, str]:
    return str.maketrans(dict(zip(letters, latin, strict=True)))
