# ruff: noqa: INP001 - a script, no package
"""
Make two parts of `docs/reference/strategies.md`: the strategies, out of their docstrings, and how often what is drawn.

    python tools/make_distribution.py [--examples 10000]

It runs where mimekit is installed with the extra ``testing``, and takes two minutes: it draws that many messages of
each profile and counts the constructs in them.  What is drawn follows from the version of Hypothesis, so the figures
differ a little from one to the next; the floors are promises.  `tests/properties/test_strategies.py` fails while the
docstrings and the floors are not those of the page, and looks whether fewer draws are what the floors say.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
import warnings
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from math import exp
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, given, settings

from mimekit import Message, strategies
from mimekit.headers.address import AddressList, Group, Mailbox
from mimekit.headers.dates import UNKNOWN_ZONE
from mimekit.strategies.bodies import CHARSETS
from mimekit.strategies.messages import PROFILES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hypothesis.strategies import SearchStrategy

    from mimekit import Part

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "strategies.md"
EXAMPLES = 10_000
SHOWN = 3  # examples of a strategy
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
LONGEST = 100  # characters of an example


class Construct(NamedTuple):
    """What is counted: where (a profile, ``None`` for no profile), and how many of 10,000 have it at least."""

    name: str
    floor: int
    profile: str | None = None


# ----------------------------------------------------------------------------------------------- what a message holds

_WORD = re.compile(rb"=\?([^?*]+)(\*[^?]*)?\?([QqBb])\?[^?]*\?=")
_ADDRESS_FIELDS = ("From", "Sender", "Reply-To", "To", "Cc")


def constructs(message: Message) -> set[str]:
    """Name the constructs of a message."""
    parts = list(message.parts)
    return {*_of_header(message), *_of_addresses(message), *_of_structure(message, parts), *_of_parts(parts)}


def _of_header(message: Message) -> Iterator[str]:
    headers = message.headers
    yield from [
        name for name in ("Bcc", "Cc", "Reply-To", "Sender") if getattr(message, name.lower().replace("-", "_"))
    ]
    if message.references:
        yield "References"
    if any([name.startswith("List-") for name, _ in headers]):
        yield "list field"
    if "MIME-Version" not in headers:
        yield "no MIME field"
    if b"\r\n " in (headers.raw("Subject") or b""):
        yield "folded subject"
    if message.date is not None and message.date.utcoffset() != timedelta(0):
        yield "date with an offset"
    if message.date is not None and message.date.tzinfo is UNKNOWN_ZONE:
        yield "date with -0000"
    yield from _of_words(headers.to_bytes())
    yield from _of_signatures(headers.all("DKIM-Signature"))


def _of_words(block: bytes) -> Iterator[str]:
    for found in _WORD.finditer(block):
        yield f"encoded word, {found[3].decode().upper()}"
        yield f"encoded word in {found[1].decode().lower()}"
        if found[2]:
            yield "encoded word with a language"
    if re.search(rb"\?=\s+=\?", block):
        yield "adjacent encoded words"
    if not block.isascii():
        yield "UTF-8 in the header"


def _of_signatures(fields: tuple[str, ...]) -> Iterator[str]:
    for field in fields:
        tags = re.sub(r"\s", "", field)
        yield "signed with Ed25519" if "a=ed25519" in tags else "signed with RSA"
        if "c=simple/simple" in tags:
            yield "simple canonicalization"
    if len(fields) > 1:
        yield "two signatures"


def _of_addresses(message: Message) -> Iterator[str]:
    if len(message.from_) > 1:
        yield "several authors"
    for raw in [raw for name in _ADDRESS_FIELDS for raw in message.headers.all_raw(name)]:
        listed = AddressList.parse(raw)
        if len(listed) > 1:
            yield "several addresses in a field"
        if re.search(rb"(?:\A|[\s,])\"[^\"]+\"\s+<", raw):
            yield "quoted display name"
        yield from ["group" if one.mailboxes else "empty group" for one in listed.entries if isinstance(one, Group)]
        for box in listed:
            yield from _of_mailbox(box)


def _of_mailbox(box: Mailbox) -> Iterator[str]:
    yield "display name" if box.display_name else "bare address"
    if not box.local_part.isascii():
        yield "EAI local part"
    if box.address.startswith('"'):
        yield "quoted local part"
    if box.domain.startswith("["):
        yield "IPv6 literal" if box.domain.startswith("[IPv6:") else "IPv4 literal"
    elif "xn--" in box.ascii_domain:
        yield "IDN" if box.domain.isascii() else "U-label"


def _of_structure(message: Message, parts: list[Part]) -> Iterator[str]:
    root = message.root
    if not root.children and root.embedded is None:
        yield f"{root.content_type.maintype} alone" if root.content_type.maintype == "text" else "file alone"
    if not root.content and not root.children:
        yield "empty body"
    if message.text is None and message.html is None:
        yield "no text at all"
    deepest = _depth(root)
    if deepest > 1:
        yield "nested multipart"
    if deepest > 2:  # noqa: PLR2004 - as it says
        yield "multipart three deep"
    if len(message.attachments) > 1:
        yield "several attachments"
    if message.inline:
        yield "inline image"
    if any([part.embedded is not None for part in parts]):
        yield "embedded message"


def _depth(part: Part) -> int:
    return 1 + max([_depth(child) for child in part.children]) if part.children else 0


def _of_parts(parts: list[Part]) -> Iterator[str]:
    for part in parts:
        kind = part.content_type
        if part.children:
            yield kind.essence
            if report := kind.parameters.get("report-type"):
                yield f"{report} report"
        elif kind.maintype == "text":
            yield from _of_text(part)
        elif part.embedded is None:
            yield f"{part.transfer_encoding} file"
        if part.disposition is not None and part.disposition.disposition == "attachment":
            yield "attachment" if part.filename is not None else "attachment without a name"
        yield from _of_name(part)


def _of_text(part: Part) -> Iterator[str]:
    kind, octets = part.content_type, part.content
    if kind.subtype in ("html", "calendar"):
        yield "HTML" if kind.subtype == "html" else "invitation"
    if kind.subtype == "calendar" and b"\r\n " in octets:
        yield "folded line of iCalendar"
    if kind.parameters.get("format") == "flowed":
        yield "format=flowed"
    yield f"{part.transfer_encoding} text"
    yield "body without a charset" if kind.charset is None else f"body in {kind.charset.lower()}"
    if not octets.isascii() and kind.charset not in (None, "utf-8"):
        yield "letters beyond ASCII in another charset"
    if part.transfer_encoding in ("7bit", "8bit"):
        lines = octets.split(b"\r\n")
        if any([len(line) in (997, 998) for line in lines]):
            yield "line of 998 octets"
        if any([line.startswith(b"From ") for line in lines]):
            yield "line that begins with From"
        if b"." in lines:
            yield "line of one dot"
        if any([line.endswith((b" ", b"\t")) for line in lines]):
            yield "white space at the end of a line"


def _of_name(part: Part) -> Iterator[str]:
    fields = b"".join([part.headers.raw(name) or b"" for name in ("Content-Type", "Content-Disposition")])
    if b"*0" in fields:
        yield "RFC 2231 continuation"
    if b"*=" in fields or b"*0*=" in fields:
        yield "RFC 2231 charset"
    if b"=?" in fields:
        yield "encoded word in a parameter"
    if part.filename is not None and re.search(r'[ ;,="()]', part.filename):
        yield "name that needs quotes"


# ------------------------------------------------------------------------------------------------- what is promised

TABLE = (
    Construct("bare address", 4000),
    Construct("display name", 6000),
    Construct("quoted display name", 500),
    Construct("several addresses in a field", 2500),
    Construct("several authors", 200),
    Construct("group", 100),
    Construct("empty group", 100),
    Construct("quoted local part", 200),
    Construct("IPv4 literal", 50),
    Construct("IPv6 literal", 50),
    Construct("IDN", 500),
    Construct("Cc", 500),
    Construct("Bcc", 500),
    Construct("Reply-To", 500),
    Construct("Sender", 500),
    Construct("References", 500),
    Construct("list field", 300),
    Construct("no MIME field", 30),
    Construct("folded subject", 500),
    Construct("date with an offset", 2000),
    Construct("date with -0000", 20),
    Construct("encoded word, Q", 1000),
    Construct("encoded word, B", 2000),
    Construct("adjacent encoded words", 1000),
    Construct("encoded word with a language", 200),
    *[Construct(f"encoded word in {charset}", 30) for charset in CHARSETS],
    Construct("text alone", 2500),
    Construct("file alone", 100),
    Construct("empty body", 200),
    Construct("no text at all", 300),
    Construct("HTML", 1500),
    Construct("multipart/mixed", 1000),
    Construct("multipart/alternative", 1000),
    Construct("multipart/related", 300),
    Construct("multipart/parallel", 50),
    Construct("nested multipart", 500),
    Construct("multipart three deep", 50),
    Construct("embedded message", 300),
    Construct("attachment", 800),
    Construct("attachment without a name", 50),
    Construct("several attachments", 200),
    Construct("inline image", 300),
    Construct("invitation", 300),
    Construct("name that needs quotes", 300),
    Construct("RFC 2231 continuation", 50),
    Construct("RFC 2231 charset", 200),
    Construct("encoded word in a parameter", 50),
    Construct("7bit text", 3000),
    Construct("8bit text", 1000),
    Construct("quoted-printable text", 1000),
    Construct("base64 text", 500),
    Construct("base64 file", 1000),
    Construct("quoted-printable file", 50),
    Construct("format=flowed", 300),
    Construct("letters beyond ASCII in another charset", 300),
    Construct("body without a charset", 300),
    *[Construct(f"body in {charset}", 50) for charset in CHARSETS],
    Construct("line of 998 octets", 50),
    Construct("line that begins with From", 30),
    Construct("line of one dot", 30),
    Construct("white space at the end of a line", 300),
    Construct("EAI local part", 8000, "eai"),
    Construct("U-label", 3000, "eai"),
    Construct("UTF-8 in the header", 9000, "eai"),
    Construct("signed with RSA", 6000, "signed"),
    Construct("signed with Ed25519", 2000, "signed"),
    Construct("two signatures", 500, "signed"),
    Construct("simple canonicalization", 500, "signed"),
    Construct("delivery-status report", 2000, "report"),
    Construct("disposition-notification report", 2000, "report"),
    Construct("feedback-report report", 2000, "report"),
    Construct("invitation", 9000, "calendar"),
    Construct("folded line of iCalendar", 1000, "calendar"),
)


_CLUSTER = 9
"""Of how many messages a construct stands in at once, at most: Hypothesis draws variants of what it has drawn."""
_CHANCE = 1e-6


def least(floor: int, drawn: int) -> int:
    """
    Say how many of *drawn* messages have a construct, but for one chance in a million, if *floor* of 10,000 have it.

    The clusters that hold it come by a Poisson distribution.

    >>> least(2000, 10_000), least(2000, 1500), least(100, 1500)
    (1395, 90, 0)
    """
    mean = floor * drawn / 10_000 / _CLUSTER
    share = below = exp(-mean)
    clusters = 0
    while below < _CHANCE:
        clusters += 1
        share *= mean / clusters
        below += share
    return clusters * _CLUSTER


def sample(profile: str | None, examples: int) -> tuple[int, Counter[str]]:
    """Draw that many messages, always the same ones, and count the constructs; give how many there were."""
    counted: Counter[str] = Counter()
    drawn: Counter[str] = Counter()

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategies.messages(profile=profile))  # type: ignore[arg-type]  # one of PROFILES
    def count(message: Message) -> None:
        drawn["message"] += 1
        counted.update(constructs(message))

    count()
    return drawn["message"], counted


def distribution(examples: int = EXAMPLES) -> str:
    """Give the table."""
    made = {profile: sample(profile, examples) for profile in (None, *PROFILES) if _is_counted(profile)}
    lines = ["| construct | profile | of 10,000 | at least |", "|---|---|---|---|"]
    for name, floor, profile in TABLE:
        drawn, counted = made[profile]
        often = round(counted[name] * 10_000 / drawn)
        lines.append(f"| {name} | {f'`{profile}`' if profile else ''} | {often:,} | {floor:,} |")
        if often < floor:
            print(f"{name}: {often} is under the floor of {floor}", file=sys.stderr)  # noqa: T201 - what a script says
    return "\n".join(lines)


@cache
def _is_counted(profile: str | None) -> bool:
    return any([one.profile == profile for one in TABLE])


# --------------------------------------------------------------------------------------------------- the strategies

SECTIONS = {
    "lexical": "Tokens",
    "addresses": "Addresses",
    "headers": "Values of fields",
    "obsolete": "Obsolete forms",
    "bodies": "Bodies and parts",
    "messages": "Messages",
    "spellings": "Spellings",
    "rare": "Rare and obsolete messages",
    "damage": "Damage",
    "abnf": "Grammars",
}
"""The modules, and what their sections are called."""


def reference() -> str:
    """Give a section for each module, with each of its strategies."""
    return "\n\n".join([f"## {title}\n\n{_section(home)}" for home, title in SECTIONS.items()])


def _section(home: str) -> str:
    names = [name for name, module in strategies._ON_FIRST_USE.items() if module == home and name[0].islower()]
    return "\n\n".join([_entry(name) for name in sorted(names)])


def _entry(name: str) -> str:
    strategy = getattr(strategies, name)
    text = f"### {name}\n\n{described(strategy)}"
    if name in _NO_STRATEGIES:
        return text
    shown = examples_of(strategy(*_ARGUMENTS.get(name, ())))
    return f"{text}\n\nFor example {', '.join([_code(one) for one in shown])}."


_NO_STRATEGIES = ("key_records",)
_ARGUMENTS: dict[str, tuple[object, ...]] = {  # of those that cannot do without
    "from_abnf": ("addr-spec",),
    "renderings": (Message(from_="a@a.example", text="a", message_id="<a@a.example>", date=BEGINNING),),
    "spellings": (Mailbox("King, Ada", "ada", "a.example"),),
}


def described(strategy: Callable[..., object]) -> str:
    """Give the signature and the docstring of a strategy, without its doctest."""
    signature = inspect.signature(strategy)
    listed = ", ".join([str(one).partition(":")[0] if ":" in str(one) else str(one) for one in _parameters(signature)])
    text = inspect.cleandoc(strategy.__doc__ or "").partition("\n>>> ")[0].rstrip()
    return f"`{strategy.__name__}({listed})`\n\n{text.replace('``', '`')}"


def _parameters(signature: inspect.Signature) -> Iterator[str]:
    for one in signature.parameters.values():
        default = "" if one.default is inspect.Parameter.empty else f"={one.default!r}"
        yield f"{one.name}{default}"


def _code(text: str) -> str:
    """Write inline code, whatever is in it."""
    marks = "`" * (1 + max([len(run) for run in re.findall("`+", text)], default=0))
    return f"{marks} {text} {marks}" if "`" in text else f"`{text}`"


def examples_of(strategy: SearchStrategy[object]) -> list[str]:
    """Draw a few, always the same ones; long ones are left out, but for the shortest when all are long."""
    found: list[str] = []
    long: list[str] = []

    @settings(
        max_examples=60,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def show(value: object) -> None:
        shown = ascii(value)
        if shown not in found and len(shown) > 2:  # noqa: PLR2004 - not the empty ones
            (found if len(shown) <= LONGEST else long).append(shown)

    show()
    found = sorted(found, key=len) or [min(long, key=len)]
    step = max(1, len(found) // SHOWN)
    return found[step - 1 :: step][:SHOWN]


# --------------------------------------------------------------------------------------------------------- the page

MARKS = ("<!-- made by tools/make_distribution.py: {} -->", "<!-- end of {} -->")


def replaced(page: str, name: str, made: str) -> str:
    """Put *made* between the marks of that name."""
    start, end = [mark.format(name) for mark in MARKS]
    before, _, rest = page.partition(f"{start}\n")
    _, _, after = rest.partition(end)
    return f"{before}{start}\n{made}\n{end}{after}"


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--examples", type=int, default=EXAMPLES, help="messages to draw of each profile; 0 leaves the table as it is"
    )
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    page = PAGE.read_text(encoding="utf-8")
    page = replaced(page, "strategies", reference())
    if arguments.examples:
        page = replaced(page, "distribution", distribution(arguments.examples))
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
