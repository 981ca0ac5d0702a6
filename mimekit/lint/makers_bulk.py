"""
Makers of what is long or has many recipients, for the examples of family B (see `examples.MAKERS`).

    arguments of ``@make`` -> octets, Context

May import: the core, `lint.examples`.  Imported by: `lint.rules.bulk_content`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.lint import examples

if TYPE_CHECKING:
    from mimekit.lint.examples import Made

__all__: list[str] = []

_NEWS = """\
List-ID: News of the shop <news.shop.example>
List-Unsubscribe: <https://shop.example/u/8f3a>
List-Unsubscribe-Post: List-Unsubscribe=One-Click

Hello,

the autumn catalogue is here: eighty new things for house and garden, and
the apples of our own orchard from Monday on.

To unsubscribe from these letters: https://shop.example/u/8f3a
"""
_WORDS = " this note has nothing to say and takes sixty octets to say it."


@examples.maker
def bulk_recipients(arguments: str) -> Made:
    """Give a newsletter with so many recipients in To."""
    shown = ",\n".join([f" reader{number}@customer.example" for number in range(int(arguments))])
    return examples.example(f"To:{shown}\n{_NEWS}")


@examples.maker
def bulk_note(arguments: str) -> Made:
    """Give the base message with a field of so many lines."""
    return examples.example("X-Note:" + "\n".join([_WORDS] * int(arguments)))


@examples.maker
def bulk_size(arguments: str) -> Made:
    """Give the base message and a bound for its octets."""
    octets, context = examples.example("X-Campaign: autumn")
    return octets, context.changed(options={"max-message-bytes": int(arguments)})


@examples.maker
def bulk_markup(arguments: str) -> Made:
    """Give a newsletter whose HTML has so many rows of markup around its text."""
    _, _, text = _NEWS.partition("\n\n")
    rows = "\n".join(['<tr style="height: 4px"><td style="background: #fff; color: #222"></td></tr>'] * int(arguments))
    html = f"""\
<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>News of the shop</title></head>
<body>
<p>Hello,</p>
<p>the autumn catalogue is here: eighty new things for house and garden, and
the apples of our own orchard from Monday on.</p>
<p><a href="https://shop.example/u/8f3a">Unsubscribe from these letters</a></p>
<table role="presentation">
{rows}
</table>
</body>
</html>"""
    header, _, _ = _NEWS.partition("\n\n")
    lines = [
        header,
        "Content-Type: multipart/alternative; boundary=b1",
        "-Content-Transfer-Encoding",
        "",
        "--b1",
        "Content-Type: text/plain; charset=utf-8",
        "",
        text,
        "--b1",
        "Content-Type: text/html; charset=utf-8",
        "",
        html,
        "--b1--",
    ]
    return examples.example("\n".join(lines))
