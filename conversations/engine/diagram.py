"""Every flow drawn from its own declaration (Mermaid)."""

from __future__ import annotations

from conversations.engine.flow import Flow, ReadBack, Repeat, Step
from conversations.engine.state import Talk
from conversations.text import Text


def diagram(flow: Flow) -> str:
    """The flow as a Mermaid flowchart: required steps in boxes, optional ones rounded, conditions on dashed arrows."""
    lines = [f"%% {flow.name} v{flow.version}", "flowchart TD", f'    start(["{flow.title.id}"])']
    previous = "start"
    for number, step in enumerate(_flat(flow)):
        node = f"s{number}"
        lines.append(f"    {node}{_shape(step)}")
        dashed = isinstance(step, Step) and not step.when(_NOTHING)
        lines.append(f"    {previous} {'-.->' if dashed else '-->'} {node}")
        previous = node
    lines.append(f'    {previous} --> filed(["{"上报" if flow.event else "完成"}"])')
    return "\n".join(lines) + "\n"


_NOTHING = Talk(id="", flow="", version=0, known_at="")


def _flat(flow: Flow) -> list[Step | ReadBack]:
    flat: list[Step | ReadBack] = []
    for step in flow.steps:
        flat.extend(step.steps if isinstance(step, Repeat) else (step,))
    return flat


def _shape(step: Step | ReadBack) -> str:
    if isinstance(step, ReadBack):
        return f'{{{{"{step.ask.id}"}}}}'
    label = step.ask.id if isinstance(step.ask, Text) else step.id
    label = label.replace('"', "'")
    return f'["{label}"]' if step.required else f'("{label}")'
