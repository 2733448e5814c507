"""Messages to people: leased, sent, noted, tried again; and the machinery the county deliveries share."""

from bot.outbox.letters import Drop, Outbox, Recheck, as_stored
from bot.outbox.listing import Line, as_json, as_text, outbox_rows, retry

__all__ = ["Drop", "Line", "Outbox", "Recheck", "as_json", "as_stored", "as_text", "outbox_rows", "retry"]
