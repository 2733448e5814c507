"""Structured logs without personal data: events, ids and codes; of an error its type and place, never its
words.

One line an event, on standard error: JSON for machines, or plain for a person. What Python itself would print
of an error nobody caught goes the same way.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
import warnings
from typing import Any, TextIO

import structlog

OURS = "yunguan"
"""Loggers of this name and below write sentences made for the log; those of others may quote anything."""

QUIET = ("aiohttp", "telegram", "httpx", "httpcore", "tortoise", "asyncio", "aiosqlite", "asyncpg", "cn2an")
"""Libraries whose everyday records nobody needs: only their warnings pass."""


def configure(level: str = "info", *, json_lines: bool = True, stream: TextIO | None = None) -> None:
    """Set up logging for the whole process; everything goes to `stream` (standard error)."""
    out = stream if stream is not None else sys.stderr
    number = getattr(logging, level.upper())
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json_lines
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    structlog.configure(
        processors=[structlog.processors.add_log_level, stamp, _error_without_words, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(_Wordless(stamp, renderer))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    _catch_the_uncaught()


def whereabouts(error: BaseException | None) -> str:
    """The type of an error and the places it passed, innermost first; not its message, nor local values."""
    if error is None:
        return ""
    if isinstance(error, BaseExceptionGroup):
        return f"{type(error).__name__}: {'; '.join(whereabouts(one) for one in error.exceptions)}"
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    path = " < ".join(
        f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in reversed(frames)
    )
    said = f"{type(error).__name__} at {path}" if path else type(error).__name__
    return f"{said}; from {whereabouts(error.__cause__)}" if error.__cause__ is not None else said


def _error_without_words(_logger: Any, _name: str, event: Any) -> Any:
    info = event.pop("exc_info", None)
    if info:
        error = (
            info
            if isinstance(info, BaseException)
            else info[1]
            if isinstance(info, tuple)
            else sys.exc_info()[1]
        )
        event["error"] = whereabouts(error)
    for name, value in event.items():
        if isinstance(value, BaseException):
            event[name] = whereabouts(value)
    return event


class _Wordless(logging.Formatter):
    """Records of libraries say where they were made, not what they say: that may quote a message."""

    def __init__(self, stamp: Any, renderer: Any) -> None:
        super().__init__()
        self._stamp, self._renderer = stamp, renderer

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name.partition(".")[0] == OURS
        words = record.getMessage() if ours else f"{record.filename}:{record.lineno} {record.funcName}"
        said: Any = {"event": words, "logger": record.name, "level": record.levelname.lower()}
        if record.exc_info and record.exc_info[1] is not None:
            said["error"] = whereabouts(record.exc_info[1])
        return str(self._renderer(None, "", self._stamp(None, "", said)))


def _catch_the_uncaught() -> None:
    """Errors and warnings that Python would print with their words."""
    log = structlog.get_logger()

    def uncaught(_kind: object, error: BaseException | None, _trace: object) -> None:
        log.critical("uncaught", error=whereabouts(error))

    def in_thread(what: threading.ExceptHookArgs) -> None:
        log.critical("uncaught", thread=True, error=whereabouts(what.exc_value))

    def nowhere(what: Any) -> None:
        log.error("uncaught", unraisable=True, error=whereabouts(what.exc_value))

    def warn(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        log.warning("warning", category=category.__name__, at=f"{filename.rsplit('/', 1)[-1]}:{lineno}")

    sys.excepthook = uncaught
    threading.excepthook = in_thread
    sys.unraisablehook = nowhere
    warnings.showwarning = warn
