"""Structured logs without personal data: events, ids and codes; of an error its type and place, never its words."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any, TextIO

import structlog

KEPT = ("aiohttp", "telegram", "httpx", "httpcore", "tortoise", "asyncio", "aiosqlite", "asyncpg")
"""Libraries that would log addresses, URLs with tokens or message texts: only their warnings pass, without words."""


def configure(level: str = "info", *, json_lines: bool = True, stream: TextIO | None = None) -> None:
    """Set up logging for the whole process; everything goes to `stream` (standard error)."""
    out = stream if stream is not None else sys.stderr
    number = getattr(logging, level.upper())
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False) if json_lines else structlog.dev.ConsoleRenderer(colors=False)
    )
    shared: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _error_without_words,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(_Wordless())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    for name in KEPT:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))


def whereabouts(error: BaseException | None) -> str:
    """The type of an error and the places it passed, innermost last. Never its message, never a local value."""
    if error is None:
        return ""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    path = " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return f"{type(error).__name__} at {path}" if path else type(error).__name__


def _error_without_words(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    info = event.pop("exc_info", None)
    if info:
        error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else sys.exc_info()[1]
        event["error"] = whereabouts(error)
    return event


class _Wordless(logging.Formatter):
    """Records of libraries say where they were made, not what they say: that may quote a message or a token."""

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name.startswith("yunguan")
        words = record.getMessage() if ours else f"{record.filename}:{record.lineno} {record.funcName}"
        error = record.exc_info[1] if record.exc_info else None
        said = {"event": words, "logger": record.name, "level": record.levelname.lower()}
        if error is not None:
            said["error"] = whereabouts(error)
        return structlog.processors.JSONRenderer(ensure_ascii=False)(None, "", said)  # type: ignore[return-value]
