"""docs/access.md shows the table as it is. `ACCESS_UPDATE=1` writes it anew."""

from __future__ import annotations

import os
from pathlib import Path

from bot.access import ACTIONS, OF_A_HOSPITAL, OF_FLOW, POLICY, REACH, has_rule
from conversations.flows import FLOWS
from storage.models import Audit

PAGE = Path(__file__).parents[2] / "docs" / "access.md"
BEGIN, END = "<!-- the table: from bot/access.py -->\n", "<!-- end of the table -->\n"
ROLES = ("coordinator", "township", "institution", "county", "woman", "unknown")


def table() -> str:
    """Role × action, over whom, and which fields stay closed."""
    lines = [f"| | {' | '.join(ROLES)} |", f"|---|{'---|' * len(ROLES)}"]
    lines.append(f"| **over** | {' | '.join(REACH[role] for role in ROLES)} |")
    hidden: list[str] = []
    for action, words in ACTIONS.items():
        cells = []
        for role in ROLES:
            rule = next((one for one in POLICY if (one.role, one.action) == (role, action)), None)
            cell = "" if rule is None else "yes"
            if rule is not None and rule.hides:
                note = f"without {', '.join(sorted(rule.hides))}"
                if note not in hidden:
                    hidden.append(note)
                cell += f" [{hidden.index(note) + 1}]"
            if rule is not None and rule.events is not None:
                cell += f" ({len(rule.events)} reports)"
            cells.append(cell)
        lines.append(f"| `{action}`: {words} | {' | '.join(cells)} |")
    lines += ["", *(f"[{number}] {note}" for number, note in enumerate(hidden, 1))]
    lines += ["", f"What an institution reports: {', '.join(sorted(OF_A_HOSPITAL))}.", ""]
    lines += ["| action | flows |", "|---|---|"]
    for action in ACTIONS:
        flows = [name for name, of in OF_FLOW.items() if of == action and name in FLOWS]
        if flows:
            lines.append(f"| `{action}` | {', '.join(flows)} |")
    return "\n".join(lines) + "\n"


def test_the_page_shows_the_table() -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    wanted = f"{before}{BEGIN}\n{table()}\n{END}{after}"
    if os.environ.get("ACCESS_UPDATE"):
        PAGE.write_text(wanted, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == wanted, "ACCESS_UPDATE=1 pytest tests/access/test_page.py"


def test_the_page_names_every_column_of_the_log() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in Audit._meta.fields_map if f"`{name}`" not in text] == []


def test_the_table_is_asked_by_those_names() -> None:
    assert has_rule("county", "who_looked")
    assert not has_rule("township", "who_looked")
