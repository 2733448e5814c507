"""The command `yunguan`. Each command is a thin caller; what it does lives where it belongs."""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TextIO, cast

import orjson

from bot import demo
from bot.bootstrap import App, real_clock, wire
from bot.county.deliver import DestinationSettings
from bot.logs import configure, whereabouts
from bot.papers import report
from bot.privacy import commands as privacy
from bot.programmes import install_programmes
from bot.refusals import CommandRefused
from bot.settings import BadSettings, Settings, load_settings
from conversations.local_time import LOCAL
from conversations.text import Sayable
from storage.crypto import Keyring, KeyringError
from storage.database import Database, DatabaseUnusable, open_database
from storage.migrate import MigrationRefused, migrate
from storage.occupancy import InUse, serving

DEMO_FOLDER = Path(".demo")
DEMO_SECRET = "whsec_" + base64.b64encode(b"for demonstration only, not kept").decode()

REFUSALS = (
    CommandRefused,
    KeyringError,
    DatabaseUnusable,
    MigrationRefused,
    demo.NotADemonstration,
)
"""What a command may be refused with: their messages are made to be shown."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all is well, 1 when it was refused, with the reason on standard error."""
    arguments = _parser().parse_args(argv)
    try:
        return asyncio.run(arguments.run(arguments)) or 0
    except REFUSALS as error:
        print("\n".join(f"yunguan: {line}" for line in str(error).splitlines()), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `yunguan outbox list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # its words may quote a message or a secret
        print(f"yunguan: failed: {whereabouts(error)}", file=sys.stderr)
        return 70  # EX_SOFTWARE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="yunguan", description="孕管: the chat and SMS assistant of a county"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, help: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help)
        sub.set_defaults(run=run)
        return sub

    sub = command("demo", _demo, "the demonstration county in the browser, with a county inbox")
    sub.add_argument("--port", type=int, default=8765)
    sub.add_argument("--db", type=Path, default=DEMO_FOLDER / "demo.db")

    sub = command("chat", _chat, "a conversation in the terminal, on the demonstration county")
    sub.add_argument(
        "--as",
        dest="role",
        default="coordinator",
        choices=["coordinator", "township", "institution", "county", "woman"],
    )
    sub.add_argument("--db", type=Path, help="keep the demonstration in this file (default: nowhere)")
    sub.add_argument("--now", type=_moment, help="the time it is, ISO")
    sub.add_argument(
        "--reports", action="store_true", help="print each filed report as a JSON line at the end"
    )

    sub = command("understand", _understand, "what is understood of a message")
    sub.add_argument("text", nargs="?")
    sub.add_argument("--today", type=date.fromisoformat)
    sub.add_argument("--as", dest="role", default="coordinator")
    sub.add_argument("--json", action="store_true", help="the default, kept for scripts")
    sub.add_argument(
        "--batch", type=argparse.FileType("r", encoding="utf-8"), help='JSON lines {"text","today","speaker"}'
    )

    sub = command("init", _init, "write a configuration and a key file")
    sub.add_argument("--config", type=Path, default=Path("yunguan.toml"))
    sub.add_argument("--data", type=Path, default=Path("data"))
    sub.add_argument("--keys", type=Path, default=Path("keys/yunguan.keys"))

    for name, run, help in (
        ("serve", _serve, "run the service"),
        ("migrate", _migrate, "bring the database to this version"),
    ):
        command(name, run, help).add_argument("--config", type=Path, required=True)

    sub = command("invite", _invite, "a code for the first officer of a county, or her confirmation")
    sub.add_argument("--config", type=Path, required=True)
    sub.add_argument("--place", help="id of the place; see --places")
    sub.add_argument("--role", default="county", choices=["county", "township", "institution", "coordinator"])
    sub.add_argument("--phone", help="the phone the code is bound to")
    sub.add_argument("--sector", help="the part of the county (片区) its officer answers for")
    sub.add_argument("--places", action="store_true", help="list the places")
    sub.add_argument("--confirm", metavar="ID", help="let in who used a code")
    sub.add_argument(
        "--replaces", metavar="PHONE", help="with --confirm: her phone till now, if it is a new one of hers"
    )
    sub.add_argument("--refuse", metavar="ID", help="do not let in who used a code")
    sub.add_argument(
        "--revoke", metavar="PHONE", help="with --place: end the office there of whoever has this phone"
    )
    sub.add_argument("--waiting", action="store_true", help="list who used a code and waits")

    sub = command(
        "link", _link, "a link by which a woman asks to be written to in the chat, with its QR code"
    )
    sub.add_argument("--config", type=Path, required=True)
    sub.add_argument("--place", required=True, help="id of her village; see `invite --places`")
    sub.add_argument("--name", required=True, help="her name, as on the roster")
    sub.add_argument("--out", type=Path, help="a picture of the code, .svg or .png; else it is printed")

    sub = command("places", _places, "load the organisation ([[place]] id, parent, kind, name, programme)")
    sub.add_argument("--config", type=Path, required=True)
    sub.add_argument("file", type=Path)

    sub = command(
        "import-roster",
        _import_roster,
        "a county's own list; without --write it only says what is wrong with it",
    )
    sub.add_argument("file", type=Path, nargs="?", metavar="FILE", help="an .xlsx workbook")
    sub.add_argument("--config", type=Path)
    sub.add_argument("--place", help="the county, township or village it is for; see `invite --places`")
    sub.add_argument("--sheet", help="which sheet (the first)")
    sub.add_argument("--problems", type=Path, metavar="FILE", help="write the rows with problems here")
    sub.add_argument("--write", action="store_true", help="bring the rows in")
    sub.add_argument("--template", type=Path, metavar="FILE", help="only write a sheet to fill in")

    outbox = command("outbox", _outbox, "what waits, failed or is in doubt; and put it back")
    actions = outbox.add_subparsers(dest="action", required=True, metavar="list|retry|resume")
    for action, help in (
        ("list", "everything that needs a look"),
        ("retry", "put rows back, by their ids"),
        ("resume", "end the pause of county systems, by their names"),
    ):
        sub = actions.add_parser(action, help=help, description=help)
        sub.add_argument("--config", type=Path, required=True)
        if action == "list":
            sub.add_argument("--json", action="store_true", help="one JSON object a line")
        else:
            sub.add_argument("ids", nargs="+")

    sub = command("doctor", _doctor, "what is missing, unsafe or stuck, and what to do about it")
    sub.add_argument("--config", type=Path, required=True)
    sub.add_argument("--json", action="store_true", help="one JSON object a line")

    county_key = command("county-key", _county_key, "keys with which the county system calls /county/v1/…")
    actions = county_key.add_subparsers(dest="action", required=True, metavar="new|list|revoke")
    for action, help, argument in (
        ("new", "a new key, shown once", "place"),
        ("list", "every key there is", None),
        ("revoke", "end a key at once", "id"),
    ):
        sub = actions.add_parser(action, help=help, description=help)
        sub.add_argument("--config", type=Path, required=True)
        if argument is not None:
            sub.add_argument(argument)

    sub = command(
        "simulate",
        _simulate,
        "a county's year in a minute: what would be sent, asked, escalated; what it costs",
    )
    sub.add_argument("--programme", metavar="NAME", default=demo.PROGRAMME)
    sub.add_argument("--women", type=int, default=40, metavar="N", help="pregnancies (40)")
    sub.add_argument("--months", type=int, default=15, metavar="M", help="how long (15)")
    sub.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed, the same log (1)")
    sub.add_argument("--price", type=float, default=0.05, help="of one SMS part, in yuan (0.05)")
    sub.add_argument("--json", action="store_true", help="every event, one JSON object a line")

    privacy.add(command, _configured, _beside)

    report.add(command, _beside, _demo_database, real_clock)

    command("diagram", _diagram, "every flow as a Mermaid diagram")
    command("schemas", _schemas, "the JSON Schemas of the reports").add_argument(
        "--out", type=Path, default=Path("docs/schemas")
    )
    return parser


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=LOCAL)


# ── demonstration ───────────────────────────────────────────────────────────────────────────────────────


@contextlib.asynccontextmanager
async def _demo_database(path: Path) -> AsyncIterator[Database]:
    """The demonstration database at `path`, its throw-away keys beside its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = path.with_suffix(".keys")
    if not keys.exists():
        Keyring.generate().to_file(keys)
    database = await open_database(f"sqlite://{path}", Keyring.from_file(keys))
    try:
        await migrate(database)
        yield database
    finally:
        await database.close()


async def _demo(arguments: argparse.Namespace) -> int:
    from bot.channels.simulated import CHAT, SMS, SimulatedChannel
    from bot.web.inbox import CountyInbox
    from bot.web.simulator import COUNTY_PATH, loopback_socket, run_demo
    from bot.wording import render

    configure("warning")
    async with _demo_database(arguments.db) as database:
        clock = await demo.restored_clock(database, real_clock)
        await demo.seed(database, clock)
        sock = loopback_socket(arguments.port)
        port = sock.getsockname()[1]
        channels = {traits.name: SimulatedChannel(traits, clock) for traits in (CHAT, SMS)}
        county = DestinationSettings(f"http://127.0.0.1:{port}{COUNTY_PATH}", DEMO_SECRET)
        inbox = CountyInbox(DEMO_SECRET, clock, real_clock, _fits_schema)
        ours = f"http://127.0.0.1:{port}"
        async with wire(
            database, channels, destinations={"county": county}, clock=clock, public_url=ours
        ) as app:
            stop = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                background = group.create_task(app.run(stop))
                try:
                    await run_demo(
                        app,
                        sock,
                        clock=clock,
                        inbox=inbox,
                        render=render,
                        ready=lambda url: print(f"孕管 demo: {url}  (Ctrl-C ends it)", flush=True),
                    )
                finally:
                    stop.set()
                    await asyncio.shield(background)
    return 0


def _fits_schema(payload: object) -> bool:
    from bot.county.schemas import fits

    return fits(payload)


async def _chat(arguments: argparse.Namespace) -> int:
    from bot.chat import chat, known_reports, read_lines, reports_since, terminal_channels

    configure("error")
    with contextlib.ExitStack() as stack:
        path = arguments.db
        if path is None:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "chat.db"
        async with _demo_database(path) as database:
            if arguments.now is not None:
                clock = demo.SimClock.starting_at(arguments.now, real_clock)
            else:
                clock = await demo.restored_clock(database, real_clock)
            await demo.seed(database, clock)
            await demo.check_demonstration(database)
            known = await known_reports(database)
            async with (
                wire(database, terminal_channels(clock), destinations=_nowhere(), clock=clock) as app,
                _taking_in(app),
            ):
                person = demo.person_as(arguments.role)

                async def settle() -> None:
                    await app.files.check()
                    await app.outbox.drain()

                await chat(app, person, read_lines(sys.stdin), print, settle=settle)
            if arguments.reports:
                for line in await reports_since(database, known):
                    print(line)
    return 0


def _nowhere() -> dict[str, DestinationSettings]:
    """A destination nothing is delivered to: the reports stay queued, and are printed from there."""
    return {"county": DestinationSettings("http://127.0.0.1:9/", DEMO_SECRET)}


@contextlib.asynccontextmanager
async def _taking_in(app: App) -> AsyncIterator[None]:
    """The pipeline at work; letters are sent by `settle`."""
    stop = asyncio.Event()
    task = asyncio.create_task(app.pipeline.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


# ── understanding, diagrams, schemas ────────────────────────────────────────────────────────────────────


async def _understand(arguments: argparse.Namespace) -> int:
    from conversations.understanding import as_json, understand

    today = arguments.today or real_clock().astimezone(LOCAL).date()
    if arguments.batch is not None:
        for number, line in enumerate(arguments.batch, 1):
            if line.strip():
                asked = _asked(number, line)
                day = date.fromisoformat(asked["today"]) if asked.get("today") else today
                _print_json(
                    as_json(
                        understand(asked["text"], today=day, speaker=asked.get("speaker", arguments.role))
                    )
                )
        return 0
    if arguments.text is None:
        raise CommandRefused("give a TEXT or --batch FILE")
    _print_json(as_json(understand(arguments.text, today=today, speaker=arguments.role)))
    return 0


def _asked(number: int, line: str) -> dict[str, str]:
    """One line of a batch."""
    try:
        asked = orjson.loads(line)
        date.fromisoformat(asked.get("today") or "2000-01-01")
        if isinstance(asked["text"], str):
            return cast("dict[str, str]", asked)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise CommandRefused(f'line {number}: must be {{"text", "today", "speaker"}}, today an ISO date')


def _print_json(value: object, out: TextIO = sys.stdout) -> None:
    print(orjson.dumps(value).decode(), file=out)


async def _simulate(arguments: argparse.Namespace) -> int:
    from bot.simulate.run import Settings as Simulated
    from bot.simulate.run import simulate
    from bot.simulate.summary import summary
    from conversations.care.programme import PROGRAMMES

    if arguments.programme not in PROGRAMMES:
        raise CommandRefused(f"no programme of that name; there are {', '.join(sorted(PROGRAMMES))}")
    if not (1 <= arguments.women <= 3000 and 1 <= arguments.months <= 60):
        raise CommandRefused("--women from 1 to 3000, --months from 1 to 60")
    settings = Simulated(arguments.programme, arguments.women, arguments.months, arguments.seed)
    world, log = await simulate(settings)
    if arguments.json:
        for event in log:
            _print_json(event)
    else:
        print(summary(world, log, arguments.price), end="")
    return 0


async def _diagram(arguments: argparse.Namespace) -> int:
    from conversations.engine.diagram import diagram
    from conversations.flows import FLOWS

    for flow in FLOWS.values():
        print(diagram(flow))
    return 0


async def _schemas(arguments: argparse.Namespace) -> int:
    from bot.county.schemas import published

    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, text in published().items():
        (arguments.out / name).write_text(text, encoding="utf-8")
        print(arguments.out / name)
    return 0


# ── the service ─────────────────────────────────────────────────────────────────────────────────────────


async def _init(arguments: argparse.Namespace) -> int:
    """A configuration, a data folder and a key file; nothing that is there is touched."""
    for path in (arguments.config, arguments.keys):
        if path.exists():
            raise CommandRefused(
                f"{path} is there already and stays as it is; name another with --config, --keys"
            )
    arguments.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    arguments.keys.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    Keyring.generate().to_file(arguments.keys)
    arguments.config.write_text(
        CONFIG.format(data=arguments.data.resolve(), keys=arguments.keys.resolve()), encoding="utf-8"
    )
    os.chmod(arguments.config, 0o600)
    print(arguments.config)
    print(f"{arguments.keys}  (keep a copy in a safe place: without this file nothing can be read)")
    return 0


CONFIG = """\
# yunguan, the service of one county. Secrets may stand in the environment instead:
# YUNGUAN_TELEGRAM__TOKEN, YUNGUAN_TELEGRAM__WEBHOOK_SECRET, YUNGUAN_COUNTY__SECRET.

[database]
url = "sqlite://{data}/yunguan.db"
keys = "{keys}"

# [telegram]
# token = "…"                 # from @BotFather
# mode = "polling"            # or "webhook", with public_url and webhook_secret

# [county]
# url = "https://…"
# secret = "whsec_…"          # agreed with the county

# [sms.phone.gupo]            # an old phone with a SIM; Kannel, Aliyun, caps: docs/sms.md
# caller_password = "…"       # openssl rand -hex 16; or in YUNGUAN_SMS__PHONE__GUPO__CALLER_PASSWORD
#
# [sms.areas]                 # which gateways serve whom: by place, and for everybody else
# everywhere = ["gupo"]

[http]
host = "127.0.0.1"
port = 8080
# public_url = "https://yg.example.cn"   # where phones reach this server, for files (docs/files.md)
"""


@contextlib.asynccontextmanager
async def _configured(path: Path, *, current: bool = True) -> AsyncIterator[tuple[Database, Settings]]:
    """The database of a configuration; a database that is not of this version is refused when `current`."""
    settings = load_settings(path)
    configure(settings.log.level, json_lines=settings.log.json_lines)
    install_programmes(settings.programmes)
    database = await open_database(settings.database.url, Keyring.from_file(settings.database.keys))
    try:
        if current:
            from storage.migrate import pending

            if await pending(database):
                raise BadSettings(
                    f"database.url = {settings.database.shown!r}: older than this program; "
                    f"run `yunguan migrate --config {path}`"
                )
        yield database, settings
    finally:
        await database.close()


@contextlib.asynccontextmanager
async def _beside(path: Path) -> AsyncIterator[tuple[Database, Settings]]:
    """The same for what works beside the service, and not while a command has the database for itself: what it wrote
    then would have an old key, or stay behind in the old database."""
    async with _configured(path) as (database, settings):
        try:
            async with serving(database):
                yield database, settings
        except InUse as error:
            raise CommandRefused(str(error)) from None


async def _migrate(arguments: argparse.Namespace) -> int:
    async with _configured(arguments.config, current=False) as (database, _):
        for name in await migrate(database):
            print(name)
    return 0


async def _serve(arguments: argparse.Namespace) -> int:
    from bot.service import serve

    async with _configured(arguments.config) as (database, settings):
        await serve(settings, database)
    return 0


async def _doctor(arguments: argparse.Namespace) -> int:
    """1 when something fails: a timer can call it and tell."""
    from bot.doctor import as_plain, as_text, examine
    from bot.wording import operator_locale, render

    async with _configured(arguments.config, current=False) as (database, settings):
        findings = await examine(database, settings, real_clock())
    locale = operator_locale(os.environ)

    def say(text: Sayable) -> str:
        return render(text, locale)

    if arguments.json:
        for line in as_plain(findings, say):
            _print_json(line)
    else:
        print(as_text(findings, say), end="")
    return int(any(finding.level == "fail" for finding in findings))


async def _link(arguments: argparse.Namespace) -> int:
    from bot.link_paper import draw, make_link

    async with _beside(arguments.config) as (database, _):
        link = await make_link(database, arguments.place, arguments.name, real_clock())
    print(link)
    draw(link, arguments.out, print)
    return 0


async def _places(arguments: argparse.Namespace) -> int:
    from bot.organise import load_file

    async with _beside(arguments.config) as (database, _):
        print(await load_file(database, arguments.file))
    return 0


async def _invite(arguments: argparse.Namespace) -> int:
    from bot import organise

    async with _beside(arguments.config) as (database, _):
        if arguments.places:
            lines = await organise.place_lines(database)
        elif arguments.waiting:
            lines = await organise.waiting_lines(database)
        elif arguments.confirm:
            lines = [
                await organise.confirm(database, arguments.confirm, real_clock(), replaces=arguments.replaces)
            ]
        elif arguments.refuse:
            lines = [await organise.confirm(database, arguments.refuse, real_clock(), accepted=False)]
        elif arguments.place and arguments.revoke:
            lines = [await organise.revoke(database, arguments.place, arguments.revoke, real_clock())]
        elif arguments.place and arguments.phone:
            lines = [
                await organise.first_code(
                    database,
                    arguments.role,
                    arguments.place,
                    arguments.phone,
                    real_clock(),
                    arguments.sector,
                )
            ]
        else:
            raise CommandRefused(
                "give --place and --phone, or --places, --waiting, --confirm ID, --refuse ID, --place and --revoke"
            )
    print("\n".join(lines))
    return 0


async def _county_key(arguments: argparse.Namespace) -> int:
    from bot.county import keys

    async with _beside(arguments.config) as (database, _):
        if arguments.action == "new":
            print(await keys.make(database, arguments.place, real_clock(), os.urandom))
        elif arguments.action == "revoke":
            await keys.revoke(database, arguments.id, real_clock())
            print(f"{arguments.id}\trevoked")
        else:
            for line in await keys.lines(database):
                print(line)
    return 0


async def _import_roster(arguments: argparse.Namespace) -> int:
    from bot.importing import command, template
    from bot.wording import operator_locale

    if arguments.template is not None:
        template.template(arguments.template)
        print(arguments.template)
        return 0
    if arguments.file is None or arguments.config is None or arguments.place is None:
        raise CommandRefused("give FILE, --config and --place; or --template FILE for a sheet to fill in")
    async with _beside(arguments.config) as (database, _):
        return await command.run(
            database,
            arguments.file,
            arguments.place,
            real_clock,
            operator_locale(os.environ),
            sheet=arguments.sheet,
            problems=arguments.problems,
            write=arguments.write,
            bar=sys.stderr.isatty(),
        )


async def _outbox(arguments: argparse.Namespace) -> int:
    from bot.outbox import as_json, as_text, outbox_rows, retry
    from bot.outbox.listing import resume

    async with _beside(arguments.config) as (database, _):
        now = real_clock()
        if arguments.action == "list":
            rows = await outbox_rows(database, now)
            print(as_json(rows) if arguments.json else as_text(rows), end="")
        elif arguments.action == "retry":
            for name, what in (await retry(database, arguments.ids, now)).items():
                print(f"{name}\t{what}")
        else:
            for destination in arguments.ids:
                async with database.transaction() as tx:
                    await resume(tx, destination, now)
                print(f"{destination}\tresumed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
