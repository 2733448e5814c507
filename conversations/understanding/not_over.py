"""Whether a woman speaks against an end that was filed of her: 我没死, 我还没生呢, 没流产, 孩子好好的在肚子里.

The mirror of told_over.py, and as generous: it counts only where such an end is on file, and what follows is that somebody
asks. Another woman's, and a question whether, are not it.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from conversations.understanding.told_over import _ASKS, _OTHERS, PARTS

Filed = Literal["death", "birth", "loss", "child"]
"""What was filed: her death, a birth, the loss of a pregnancy, the death of a child of hers."""

_CHILD = r"(?:孩子|宝宝|宝贝|小孩|娃娃?|毛毛|崽)"
_STILL = r"(?:还|都|也|又|一直|现在|根本|明明|本来)*"
_SAYS: Final[tuple[tuple[re.Pattern[str], frozenset[Filed]], ...]] = (
    (
        re.compile(rf"{_CHILD}{_STILL}(?:没有?死|活着|活得|在世|好好的|好着|好得很|没事)"),
        frozenset({"child", "loss"}),
    ),
    (re.compile(r"(?:没有?死(?![成心机])|还活着|活得好好的|还在世)"), frozenset({"death"})),
    (re.compile(r"(?:我|人|大人|我们)(?:还|都|一直|现在)*(?:好好的|好着呢|好得很)"), frozenset({"death", "loss"})),
    (
        re.compile(
            r"没有?(?:到日子|到时候)?生(?=$|[呢呀啊哦的嘛]|孩子|宝宝|小孩|娃|下来)|没有?分娩|还怀着|还在怀孕|肚子(?:还|都)*(?:大着|在)"
            r"|(?:还|都|好好的)在(?:我)?(?:的)?肚子里|在我(?:的)?肚子里"
        ),
        frozenset({"birth", "loss"}),
    ),
    (
        re.compile(rf"没有?(?:流产|小产|流掉|引产|打掉|打胎|滑胎)|{_CHILD}{_STILL}(?:保住了|还在)"),
        frozenset({"loss"}),
    ),
)  # fmt: skip


def denied(text: str) -> frozenset[Filed]:
    """The ends that these words from her phone speak against, should one of them be on file."""
    found: set[Filed] = set()
    for part in PARTS.split(text.strip()):
        if not _OTHERS.search(part) and not _ASKS.search(part):
            for pattern, ends in _SAYS:
                if pattern.search(part):
                    found |= ends
    return frozenset(found)
