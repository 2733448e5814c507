"""What a question to the roster asks for, phrase by phrase: 古陂村 · 高危 · 没来产检 · 有几个.

The one place where words become filters (`conversations.asking.question.Question`). What no phrase covers is `unread`.
Whether it follows up an earlier question, and who may ask it, is for the callers: `conversations.asking.grammar`, and
`queries` for the published fields. docs/roster-questions.md lists the phrases.
"""

from .places import bare_place
from .reading import Asked, read_asked, read_whole

__all__ = ["Asked", "bare_place", "read_asked", "read_whole"]
