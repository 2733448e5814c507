"""The commands of docs/privacy.md: their arguments, and what each calls."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.bootstrap import real_clock
from bot.programmes import install_programmes
from bot.settings import Settings, load_settings

Command = Callable[[str, object, str], argparse.ArgumentParser]
Configured = Callable[..., Any]
"""Opens the database of a configuration: `async with configured(path) as (database, settings)`."""

YES = ("yes", "是", "对")


def add(command: Command, configured: Configured, beside: Configured) -> None:
    """Add the commands to the parser. `beside`: as `configured`, for those that work beside the service."""

    def sub(
        name: str,
        run: Callable[[argparse.Namespace, Configured], Any],
        help: str,
        opens: Configured = configured,
    ) -> argparse.ArgumentParser:
        async def called(arguments: argparse.Namespace) -> int:
            return int(await run(arguments, opens) or 0)

        one = command(name, called, help)
        one.add_argument("--config", type=Path, required=True)
        return one

    one = sub(
        "rotate-key", _rotate, "a new key, and everything sealed anew with it; the service must be stopped"
    )
    one.add_argument(
        "--finish", action="store_true", help="take the old key away, once nothing is sealed with it"
    )

    one = sub("erase", _erase, "forget a woman, keeping the figures; the service must be stopped")
    one.add_argument("--person", metavar="ID|NAME", help="her id, or her name with --place")
    one.add_argument("--place", help="id of her village; see `invite --places`")
    one.add_argument(
        "--older-than", type=int, metavar="YEARS", help="all of whom nothing was told for so long"
    )
    one.add_argument(
        "--force", action="store_true", help="although something speaks against it; with --reason"
    )
    one.add_argument("--reason", default="", help="why, in a few words")
    one.add_argument("--yes", action="store_true", help="do not ask again")

    one = sub(
        "backup", _backup, "one file with everything, as sealed as the database; the service may run", beside
    )
    one.add_argument("--out", type=Path, required=True, help="a new file, or a folder")
    one.add_argument(
        "--keep-days", type=int, metavar="N", help="remove backups in that folder older than this"
    )

    one = sub("restore", _restore, "put a backup in the empty place the configuration names")
    one.add_argument("file", type=Path)

    one = sub("move-database", _move, "copy everything to another database; the service must be stopped")
    one.add_argument("--to", required=True, metavar="URL", help="an empty sqlite:///… or postgres://…")

    one = sub("export", _export, "what is known of a woman, for herself", beside)
    one.add_argument("--person", required=True, metavar="ID|NAME", help="her id, or her name with --place")
    one.add_argument("--place", help="id of her village; see `invite --places`")
    one.add_argument(
        "--out", type=Path, required=True, help="a new file: .json for machines, .txt or .xlsx to read"
    )


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _settings(arguments: argparse.Namespace) -> Settings:
    settings = load_settings(arguments.config)
    install_programmes(settings.programmes)
    return settings


async def _rotate(arguments: argparse.Namespace, configured: Configured) -> None:
    from bot.privacy.rotation import finish, rotate

    async with configured(arguments.config) as (_, settings):
        pass  # it fits this program, and so do the keys
    step = finish if arguments.finish else rotate
    await step(settings.database.url, settings.database.keys, _tell, real_clock)


async def _erase(arguments: argparse.Namespace, configured: Configured) -> None:
    from bot.privacy.erase import Wanted, erase

    wanted = Wanted(
        arguments.person, arguments.place, arguments.older_than, arguments.force, arguments.reason.strip()
    )
    async with configured(arguments.config) as (database, settings):
        await erase(
            database, settings.database.keys, wanted, real_clock(), _tell,
            (lambda question: True) if arguments.yes else _asked,
        )  # fmt: skip


def _asked(question: str) -> bool:
    _tell(f"{question}. Type yes (是) to go on:")
    return sys.stdin.readline().strip().lower() in YES


async def _backup(arguments: argparse.Namespace, configured: Configured) -> None:
    from bot.privacy.backups import backup

    async with configured(arguments.config) as (database, settings):
        await backup(
            database, settings.database.keys, arguments.out, real_clock(), _tell, arguments.keep_days
        )


async def _restore(arguments: argparse.Namespace, configured: Configured) -> None:
    from bot.privacy.restoring import restore

    settings = _settings(arguments)
    channels = [name for name in ("telegram", "sms") if getattr(settings, name) is not None]
    database = settings.database
    await restore(database.url, database.keys, arguments.file, real_clock(), channels, _tell)


async def _move(arguments: argparse.Namespace, configured: Configured) -> None:
    from bot.privacy.moving import move

    async with configured(arguments.config) as (database, _):
        await move(database, arguments.to, real_clock(), _tell)


async def _export(arguments: argparse.Namespace, configured: Configured) -> None:
    from bot.privacy.handing_over import hand_over

    async with configured(arguments.config) as (database, _):
        await hand_over(database, arguments.person, arguments.place, arguments.out, real_clock(), _tell)
