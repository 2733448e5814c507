"""Programs started as forks of a process that has imported them: `python -m MODULE …` in all but the seconds that
Python takes to import it. Each has its own process, environment, folder and streams, and may be killed.

In between stands tests/support/forked_stub.py: to whoever starts it, it is the program; it ends as that does.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import importlib
import marshal
import os
import runpy
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from bot import faults
from tests.support.databases import no_power_cut

ROOT = Path(__file__).parents[2]
STUB = Path(__file__).with_name("forked_stub.py")


async def start_forked(
    module: str, *arguments: str, env: Mapping[str, str], **options: Any
) -> asyncio.subprocess.Process:
    """Start `python -m MODULE ARGUMENTS`; `options` as for `asyncio.create_subprocess_exec`.

    It hears SIGTERM, SIGINT and SIGHUP. SIGKILL ends it, too, but a moment after the process returned here.
    """
    stub = (sys.executable, "-I", "-S", str(STUB), _nursery(), module)
    return await asyncio.create_subprocess_exec(*stub, *arguments, env=env, **options)


@cache
def _nursery() -> str:
    """Start the process that is forked from, once in this one; the socket it listens on."""
    folder = tempfile.mkdtemp(prefix="yunguan-forked-")
    where = f"{folder}/socket"
    env = {name: value for name, value in os.environ.items() if not name.startswith("YUNGUAN_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.forked", where],
        cwd=ROOT,
        env={**env, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.read() == b"", "it closes its output when it listens"
    process.stdout.close()

    def end() -> None:
        process.stdin.close()  # type: ignore[union-attr]
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return where


def serve(where: str) -> tuple[str, list[str], list[int]]:
    """Fork for whoever asks, until standard input ends. Returns in each fork: what to run there, on which streams."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(where)
    listener.listen()
    os.dup2(2, 1)  # whoever started this reads the end of it, and knows that it may ask
    watched = selectors.DefaultSelector()
    watched.register(0, selectors.EVENT_READ)
    watched.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in watched.select():
            if key.fileobj == 0:
                os._exit(0)
            elif key.fileobj is listener:
                link, _ = listener.accept()
                (module, *arguments), folder, env, streams = _asked(link)
                if module not in sys.modules:
                    importlib.import_module(module)
                    gc.collect()
                    gc.freeze()  # the collector leaves alone, and shared, what was there before the fork
                assert threading.active_count() == 1, "a fork of several threads has only one of them"
                if (pid := os.fork()) == 0:
                    for other in [*watched.get_map().values()]:
                        if other.fd != 0:
                            os.close(other.fd) if other.fileobj == other.fd else other.fileobj.close()
                    link.close()
                    watched.close()
                    os.chdir(folder)
                    os.environ.clear()
                    os.environ.update(env)
                    return module, arguments, streams
                for stream in streams:
                    os.close(stream)
                link.sendall(pid.to_bytes(4, "big"))
                watched.register(link, selectors.EVENT_READ, ("stub", pid))
                watched.register(os.pidfd_open(pid), selectors.EVENT_READ, ("fork", pid, link))
            elif key.data[0] == "stub":  # nobody waits for it any more
                watched.unregister(key.fileobj)
                os.kill(key.data[1], signal.SIGKILL)
            else:
                _, pid, link = key.data
                watched.unregister(key.fileobj)
                os.close(key.fd)
                _, status = os.waitpid(pid, 0)
                with suppress(KeyError):
                    watched.unregister(link)
                with suppress(OSError):
                    link.sendall(status.to_bytes(4, "big"))
                link.close()
                break  # of the two of a program, the other may be among what was selected


def _asked(link: socket.socket) -> tuple[list[str], str, dict[str, str], list[int]]:
    size, streams, _, _ = socket.recv_fds(link, 4, 3)
    message = link.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL)
    arguments, folder, env = marshal.loads(message)  # noqa: S302
    return arguments, folder, env, list(streams)


def become(module: str, arguments: list[str], streams: list[int]) -> None:
    """Be `python -m MODULE ARGUMENTS` from here on."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.path[0] = os.getcwd()
    sys.argv[1:] = arguments
    importlib.reload(faults)  # reads the environment when it is imported
    del sys.modules[module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    no_power_cut()
    become(*serve(sys.argv[1]))
