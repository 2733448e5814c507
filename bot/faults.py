"""Named points at which a test may kill this process, to prove that nothing is lost there.

`YUNGUAN_FAULT=outbox.accepted` kills at the first passage of that point, `outbox.accepted:3` at the third.
Without the variable a point costs one comparison and does nothing.
"""

from __future__ import annotations

import os
import signal

POINTS = (
    "pipeline.received",  # messages are taken from their channel, nothing is written
    "pipeline.played",  # understood and answered in memory
    "pipeline.written",  # in the transaction, not committed
    "pipeline.committed",  # committed, the channel not told
    "pipeline.acknowledged",  # the channel told
    "outbox.claimed",  # letters are leased, none handed to a provider
    "outbox.accepted",  # a provider has taken a letter, we have not noted it
    "outbox.marked",  # noted
    "county.claimed",  # deliveries are leased, none sent
    "county.sent",  # the county has answered, we have not noted it
    "county.marked",  # noted
    "files.begun",  # a file was taken on
    "files.made",  # it is made, and nowhere but in memory
    "files.handed_over",  # it is stored with its letter
    "rotation.begun",  # the new key is in the key file, nothing has it yet
    "rotation.chunk",  # some rows of a table have it
)
"""Every point of the program. A test holds this list against the calls in the code."""

_point, _, _passage = os.environ.get("YUNGUAN_FAULT", "").partition(":")
_left = int(_passage or 1)


def fault(name: str) -> None:
    """Die here, as by a power cut, if the environment asks for it."""
    if name != _point:
        return
    global _left
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
