"""
Engines: text with conditions and loops is left to a real template language.

Jinja2 (extra ``bulk``) renders the bodies, in its sandbox, for a template may come from somebody who is not to run code
here; values are escaped in HTML.  Everything but the bodies keeps its slots.

    name of an engine, source of the bodies -> Engine;  Engine, a row -> text and html

May import: the core, `bulk.slots`.  Imported by: `bulk.template`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.errors import TemplateError, show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template as JinjaTemplate

    from mimekit.bulk.slots import Text

__all__ = ["Engine"]


class Engine:
    """The bodies of a template, compiled by Jinja2."""

    def __init__(self, bodies: Mapping[str, JinjaTemplate], fields: tuple[str, ...]) -> None:
        self._bodies = bodies
        self.parts = tuple(bodies)
        """Which bodies there are: ``text``, ``html``."""
        self.fields = fields
        """What the bodies name."""

    @classmethod
    def of(cls, name: str, text: Text | None, html: Text | None) -> Engine:
        """Compile the bodies; raises `TemplateError` for what is no template."""
        if name != "jinja2":
            message = f"engine is {show(name)}; jinja2 is the one there is"
            raise TemplateError(message)
        try:
            from jinja2 import StrictUndefined, TemplateSyntaxError, meta
            from jinja2.sandbox import ImmutableSandboxedEnvironment
        except ImportError:
            message = "engine='jinja2' needs Jinja2: pip install 'mimekit[bulk]'"
            raise TemplateError(message) from None
        bodies: dict[str, JinjaTemplate] = {}
        fields: dict[str, None] = {}
        for part, source in (("text", text), ("html", html)):
            if source is None:
                continue
            environment = ImmutableSandboxedEnvironment(
                autoescape=part == "html", undefined=StrictUndefined, keep_trailing_newline=True
            )
            try:
                fields |= dict.fromkeys(sorted(meta.find_undeclared_variables(environment.parse(source.source))))
                bodies[part] = environment.from_string(source.source)
            except TemplateSyntaxError as error:
                message = f"{part} is no Jinja2 template: line {error.lineno}: {error.message}"
                raise TemplateError(message) from None
        return cls(bodies, tuple(fields))

    def render(self, values: Mapping[str, object]) -> dict[str, str]:
        """Give the bodies of a row; raises `TemplateError` where its values do not do."""
        from jinja2 import UndefinedError

        made: dict[str, str] = {}
        for part, body in self._bodies.items():
            try:
                made[part] = body.render(values)
            except UndefinedError as error:
                message = f"{part}: {error.message}; add the field, or give defaults"
                raise TemplateError(message) from None
            except Exception as error:  # whatever an expression of the template does with this row's values
                message = f"{part} cannot be rendered: {type(error).__name__}: {show(str(error))}"
                raise TemplateError(message) from error
        return made
