"""Takes the sentences out of the code for the catalogues (babel.cfg), each with what it costs as SMS.

A translator sees `#. 短信1条（43/70字）` above a sentence: how many parts its Chinese wording takes, how many of their
characters it fills. A signature, a way out, and what is filled into its places come on top.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any

from babel.messages.extract import extract_python

from bot.channels.sms.parts import sms_length

SINGLE, JOINED = 70, 67
"""UCS-2 units of a message of one part, and of each of several."""

_PLACE = re.compile(r"\{\w+\}")

Extracted = tuple[int, str, Any, list[str]]


def extract(
    source: IO[bytes], keywords: Mapping[str, Any], comment_tags: Collection[str], options: Any
) -> Iterator[Extracted]:
    """Babel's own extraction from Python, with the cost of each sentence among its comments."""
    message: Any  # a sentence, or what stands in the call: the sentence first
    for line, function, message, comments in extract_python(source, keywords, comment_tags, options):
        wording = message[0] if isinstance(message, tuple) else message
        yield line, str(function), message, [*(comments or ()), cost(wording)] if wording else []


def cost(wording: str) -> str:
    """What a Chinese sentence costs as SMS, in a translator's words."""
    places = len(_PLACE.findall(wording))
    bare = _PLACE.sub("", wording)
    length = sms_length(bare)
    units = sum(2 if ord(character) > 0xFFFF else 1 for character in bare)
    room = SINGLE if length.parts == 1 else JOINED * length.parts
    filled = f"，另填{places}处" if places else ""
    return f"短信{length.parts}条（{units}/{room}字{filled}）"
