"""What a page says in any case, put into its code when it is compiled: one environment speaks one language.

`_("…")` and `static("…")` of a plain text alone are the same for every request, so they are no calls when a page is
shown; what stands in the text itself is escaped then and there, as Jinja does with every constant.
"""

from typing import Any

from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame

FIXED = ("_", "static")
"""Functions whose answer to a plain text never changes in an environment; no template has others by these names."""


class Speaking(CodeGenerator):
    """Writes the code of templates."""

    environment: Environment

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802 - Jinja's name
        """Write a call, or what comes of it."""
        said = _said(node, self.environment)
        if said is None:
            super().visit_Call(node, frame, forward_caller=forward_caller)
        else:
            self.visit_Const(nodes.Const(said), frame)

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        said = _said(node, self.environment)
        return super()._output_child_to_const(node if said is None else nodes.Const(said), frame, finalize)


def _said(node: nodes.Node, environment: Environment) -> str | None:
    """Return what comes of a call that has one answer; None for any other expression."""
    match node:
        case nodes.Call(
            node=nodes.Name(name=name), args=[nodes.Const(value=str(text))], kwargs=[], dyn_args=None, dyn_kwargs=None
        ) if name in FIXED:
            answers: Any = environment.globals[name]
            return str(answers(text))
    return None
