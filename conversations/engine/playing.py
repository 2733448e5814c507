"""Playing: what the facts decide is settled, the next question asked, what is confirmed filed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from conversations.engine.answering import changed
from conversations.engine.errands import menu, taken_up
from conversations.engine.filling import labels_of
from conversations.engine.flow import LOCAL, Aside, Choice, Context, Ended, Flow, ReadBack, Step, button
from conversations.engine.heard import READING, Heard
from conversations.engine.state import Talk, text_as_plain, text_from_plain
from conversations.flows import FLOWS
from conversations.message import Button, ForgetSaid, Reply, Report, Turn
from conversations.records import FIELDS, mask_name
from conversations.text import Sayable, T, lines, plain

DRAFT_REMINDER = timedelta(hours=2)  # (u)
SHORT_LABEL = 6
"""Characters of a label two of which fit abreast on a phone."""
ENDLESS = 20
"""Errands settled in one turn, at most."""


class Playing:
    """One turn being made: settles, asks, files, and takes up what waits."""

    def __init__(self, heard: Heard, context: Context) -> None:
        self.heard = heard
        self.context = context
        self.state = heard.state
        self.remarks = heard.remarks
        self.replies = heard.replies
        self.effects = heard.effects
        self.reports: list[Report] = []

    def play(self) -> Turn:
        """The turn. The errand in hand asks, files or ends; then the next one that waits is taken up."""
        if self.heard.quick is not None:
            self._finish(self.heard.quick)
        if self.heard.action == "cancel":
            self._cancel()
        if self.heard.action != "idle":
            self._go_on(file=self.heard.action == "file")
        if self.remarks:
            after_danger = sum(reply.kind == "danger" for reply in self.replies)
            self.replies.insert(after_danger, Reply(lines(*self.remarks)))
        if not self.replies:
            self.replies.append(menu(self.context, T("您直接用平时的话告诉我就行，比如：")))
        talk = self.state.talk
        draft = talk is not None and not talk.reminded and FLOWS[talk.flow].event is not None
        return Turn(
            session=self.state.dump(),
            replies=tuple(self.replies),
            reports=tuple(self.reports),
            effects=tuple(self.effects),
            check_at=self.context.now + DRAFT_REMINDER if draft else None,
        )

    # ── ending an errand ────────────────────────────────────────────────────────────────────────────────

    def _cancel(self) -> None:
        talk, self.state.talk = self.state.talk, None
        if talk is not None:
            self._forget_said(talk)
            if talk.amends is not None:
                said = T("好，不改了，原来报的那份还在。")
            else:
                said = T("好，这一份取消了，没有上报。") if FLOWS[talk.flow].event else T("好，不弄了。")
            self.replies.append(Reply(lines(*self.remarks, said)))
            self.remarks.clear()

    def _finish(self, talk: Talk) -> None:
        result = FLOWS[talk.flow].finish(talk, self.context)
        if self.remarks and result.replies:
            first = result.replies[0]
            said = lines(*self.remarks, first.text)
            self.replies.append(Reply(said, first.buttons, first.kind, first.ask_phone))
            self.remarks.clear()
            self.replies.extend(result.replies[1:])
        else:
            self.replies.extend(result.replies)
        self.reports.extend(result.reports)
        self.effects.extend(result.effects)
        follow = [taken_up(one, self.state.waiting) for one in result.then]
        self.state.waiting = [*follow, *self.state.waiting]
        if not FLOWS[talk.flow].quick:
            self._forget_said(talk)

    def _forget_said(self, talk: Talk) -> None:
        own = self.context.message.provider_id
        said = tuple(dict.fromkeys([*talk.said, *([own] if own else [])]))
        if self.context.message.channel.deletes and said:
            self.effects.append(ForgetSaid(said))

    # ── going on ────────────────────────────────────────────────────────────────────────────────────────

    def _go_on(self, *, file: bool) -> None:
        """Ask the next question of the errand in hand. One that needs no more, or is to be filed (`file`), is
        finished, and the next taken up."""
        for _ in range(ENDLESS):
            talk = self.state.talk
            if talk is None:
                if not self.state.waiting:
                    return
                talk = self.state.waiting.pop(0)
                self.state.talk = talk
                self._resume(talk)
            flow = FLOWS[talk.flow]
            talk.version = flow.version
            talk.unproven = talk.unproven or self.context.message.channel.trust == "low"
            if not talk.opened:
                talk.opened = True
                if flow.opening:
                    self.remarks.append(flow.opening)
            settled = flow.settle(talk, self.context)
            if isinstance(settled, Ended):
                self.replies.append(Reply(lines(*self.remarks, settled.text)))
                self.remarks.clear()
                self.effects.extend(settled.effects)
                self._forget_said(talk)
                self.state.talk, file = None, False
                continue
            if isinstance(settled, Talk):
                self.state.talk, file = settled, False
                continue
            if isinstance(settled, Aside):
                self.effects.extend(settled.effects)
            if settled is not None:
                self.remarks.append(settled.text if isinstance(settled, Aside) else settled)
            step = next((step for step in flow.walk(talk) if not step.known(talk)), None)
            if step is not None:
                self._ask(talk, flow, step)
                return
            if talk.before is not None and talk.before == talk.answers:
                self.remarks.append(T("这一项还是原来那样。"))
            talk.before = None
            reading = flow.read_back_of(talk)
            if reading is not None and not file:
                self._read_back(talk, flow, reading)
                return
            self.state.talk, file = None, False
            self._finish(talk)

    def _resume(self, talk: Talk) -> None:
        """Say which errand goes on, or comes next."""
        flow = FLOWS[talk.flow]
        name = talk.answers.get(flow.subject)
        shown = plain(mask_name(str(name)) if self.context.masked else str(name)) if name else None
        if talk.begun:
            self.remarks.append(
                T("接着刚才的“{title}”（{who}）：", title=flow.title, who=shown)
                if shown
                else T("接着刚才的“{title}”：", title=flow.title)
            )
        else:
            self.remarks.append(
                T("下一份，“{title}”（{who}）：", title=flow.title, who=shown)
                if shown
                else T("下一份，“{title}”：", title=flow.title)
            )

    # ── asking ──────────────────────────────────────────────────────────────────────────────────────────

    def _ask(self, talk: Talk, flow: Flow, step: Step) -> None:
        context = self.context
        if step.id != talk.step:
            talk.misses = 0
        if talk.step not in (None, READING, step.id) and talk.step not in talk.trail:
            talk.trail.append(str(talk.step))
        if step.id in talk.trail:
            talk.trail = talk.trail[: talk.trail.index(step.id)]
        talk.trail.append(step.id)
        talk.step = step.id
        talk.turn += 1
        talk.read_at, talk.code = None, None
        if talk.doubt is None:
            choices: Sequence[Choice] = step.offers(talk, context)
            talk.offered = [[choice.value, text_as_plain(choice.label)] for choice in choices]
            if callable(step.choices):
                for entry, choice in zip(talk.offered, choices, strict=True):
                    entry.append(list(choice.words))
                talk.shown[step.id] = talk.offered
            question = step.question(talk, context)
        else:
            field = FIELDS.get(talk.doubt.rpartition(".")[2])
            question = (
                T("“{field}”有两种可能，您说的是哪一个？", field=field.label)
                if field is not None
                else T("这里有两种可能，您说的是哪一个？")
            )
        passable = not step.required and flow.event is not None
        if passable and not talk.hinted:
            talk.hinted = True
            question = lines(question, T("（不知道的说“跳过”，想直接核对说“就这些”。）"))
        labels = [text_from_plain(label) for _, label, *_ in talk.offered]
        buttons = [button(talk, label, str(number)) for number, label in enumerate(labels)]
        short = all(len(label) <= SHORT_LABEL for _, label in labels_of(talk.offered))
        abreast = 1 if not short else 2 if len(buttons) > 3 else max(1, len(buttons))
        rows = [tuple(buttons[i : i + abreast]) for i in range(0, len(buttons), abreast)]
        if not step.required:
            extra = [button(talk, T("跳过"), "skip")]
            if passable:
                extra.append(button(talk, T("就这些"), "enough"))
            rows.append(tuple(extra))
        self._say(question, tuple(rows), ask_phone=step.own_phone)

    def _read_back(self, talk: Talk, flow: Flow, reading: ReadBack) -> None:
        context = self.context
        shown = reading.show(talk, context)
        if talk.step not in (None, READING) and talk.step not in talk.trail:
            talk.trail.append(str(talk.step))
        talk.step = READING
        talk.turn += 1
        steps = {step.id for step in flow.walk(talk)} | {
            step.id.rpartition(".")[0] for step in flow.walk(talk) if "." in step.id
        }
        talk.offered = [
            [step_id if step_id in steps else None, text_as_plain(label)] for step_id, label, _ in shown
        ]
        talk.read_at = context.now.isoformat()
        parts: list[Sayable] = [
            T("{number} {label}：{value}", number=number, label=label, value=value)
            for number, (_, label, value) in enumerate(shown, 1)
        ]
        if talk.late:
            day = datetime.fromisoformat(talk.late).astimezone(LOCAL).date()
            parts.append(T("（您有的话是{date}发来的，里面的日子按那天算，请再看一眼。）", date=day))
        new = changed(talk, flow)
        talk.code = self._code(talk) if new and flow.wants_code(talk) else None
        if talk.code is not None:
            parts.append(T("都对就回“对 {code}”；要改说“改 3”或直接说对的；不报回“取消”。", code=talk.code))
        elif not new:
            parts.append(T("要改说“改 3”或直接说对的；不改了回“取消”。"))
        elif flow.event:
            parts.append(T("都对就回“对”；要改说“改 3”或直接说对的；不报回“取消”。"))
        else:
            parts.append(T("都对就回“对”；要改说“改 1”或直接说对的；不办了回“取消”。"))
        ask = reading.ask
        if talk.amends is not None and flow.event:
            ask = T("要更正成这样，请核对：") if new else T("这是您报的那一份，哪里要改？")
        row = [button(talk, T("对"), "yes")] if new else []
        row += [button(talk, T("要改"), "edit"), button(talk, T("取消"), "cancel")]
        self._say(lines(ask, *parts), (tuple(row),) if talk.code is None else ())

    def _code(self, talk: Talk) -> str | None:
        """The code that files it, where a sender can be forged; the same one until it was guessed at too often."""
        message = self.context.message
        if message.channel.trust != "low":
            return None
        return talk.code or str(int(message.entropy[:8] or "0", 16) % 9000 + 1000)

    def _say(self, text: Sayable, rows: tuple[tuple[Button, ...], ...], *, ask_phone: bool = False) -> None:
        """Say it, with buttons where the channel has them and numbers where it has not."""
        talk = self.state.talk
        parts: list[Sayable] = [*self.remarks, text]
        self.remarks.clear()
        if not self.context.message.channel.buttons:
            if talk is not None and talk.step != READING:
                parts.extend(
                    T("{number} {label}", number=number, label=text_from_plain(label))
                    for number, (_, label, *_) in enumerate(talk.offered, 1)
                )
            rows = ()
        self.replies.append(Reply(lines(*parts), rows, ask_phone=ask_phone))
