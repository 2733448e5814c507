"""Playing: what the facts decide is settled, the next question asked, what is confirmed filed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from conversations.engine.answering import changed
from conversations.engine.errands import menu, taken_up
from conversations.engine.filling import labels_of
from conversations.engine.flow import Aside, Choice, Context, Ended, Flow, ReadBack, Step, button
from conversations.engine.heard import READING, UNLOCKING, Heard
from conversations.engine.state import Talk, text_as_plain, text_from_plain
from conversations.engine.trust import Trust
from conversations.engine.unfinished import put_off
from conversations.flows import FLOWS
from conversations.flows.who import DRAFT
from conversations.local_time import LOCAL
from conversations.message import Button, CountAttempt, ForgetSaid, Reply, Report, SetPin, Turn
from conversations.records import EVENTS, FIELDS, mask_name
from conversations.text import (
    ROOM,
    ROOM_OF_TWO,
    Sayable,
    T,
    Text,
    chinese,
    how_many_fit,
    lines,
    plain,
    shortened,
)

SHORT_LABEL = 6
"""Characters of a label two of which fit abreast on a phone."""
HINT = T("（不知道的说“跳过”，想直接核对说“就这些”。）", sms=T("不知道就回“跳过”。"))
MORE = T("还有没列出来的，直接说就行。")
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
        self.quiet = False
        self.trust = Trust(self.state, context, heard.effects.count(CountAttempt("code")))

    def play(self) -> Turn:
        """The turn. The errand in hand asks, files or ends; then the next one that waits is taken up."""
        if (quick := self.heard.quick) is not None:
            self._at_once(quick)
        if self.heard.action == "cancel":
            self._cancel()
        elif (talk := self.state.talk) is not None and talk.step == UNLOCKING:
            self._unlock(talk)
        if self.heard.action == "code" and self._waits_for_code():
            pass
        elif self.heard.action != "idle" and not self.quiet:
            self._go_on(file=self.heard.action == "file")
        if self.remarks:
            after_danger = sum(reply.kind == "danger" for reply in self.replies)
            self.replies.insert(after_danger, Reply(lines(*self.remarks)))
        if not self.replies and not self.quiet:
            self.replies.append(menu(self.context, T("您直接用平时的话告诉我就行，比如：")))
        hand = self.state.talk if self.heard.quick is None else None
        check_at = put_off(self.state, self.context.now, hand)
        return Turn(
            session=self.state.dump(),
            replies=tuple(self.replies),
            reports=tuple(self.reports),
            effects=tuple(self.effects),
            check_at=check_at,
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
        for report in result.reports:
            self._bind_waiting(report)
        self.effects.extend(result.effects)
        if any(isinstance(effect, SetPin) for effect in result.effects):
            self.state.unlocked.clear()  # the old one holds nowhere any more
        self.quiet = self.quiet or result.quiet
        if result.listed is not None:
            self.state.listed = {"at": self.context.now.isoformat(), "ids": list(result.listed)}
        if result.roster is not None:
            self.state.roster = {"at": self.context.now.isoformat(), **result.roster}
        if self.context.speaker.role == "woman" and (woman_id := talk.answers.get("woman_id")):
            self.state.remember(str(woman_id), self.context.now)
        follow = [taken_up(one, self.state.waiting) for one in result.then]
        self.state.waiting = [*follow, *self.state.waiting]
        if not (FLOWS[talk.flow].quick or FLOWS[talk.flow].keeps_said):
            self._forget_said(talk)

    def _forget_said(self, talk: Talk) -> None:
        own = self.context.message.provider_id
        said = tuple(dict.fromkeys([*talk.said, *([own] if own else [])]))
        if self.context.message.channel.deletes and said:
            self.effects.append(ForgetSaid(said))

    def _at_once(self, quick: Talk) -> None:
        """What is answered without leaving the errand in hand. Where it needs her PIN first, it comes before that one; not
        where she cannot say one: a report must not wait for it."""
        if self.trust.hides(quick, FLOWS[quick.flow], None):
            if self.trust.can_unlock or self.state.talk is None:
                self._put_before(quick)
            else:
                self.remarks.append(T("短信里看名单要先有PIN，今天先不看了，接着报："))
            return
        waiting = len(self.state.waiting)
        self._finish(quick)
        if self.heard.action == "idle" and len(self.state.waiting) > waiting:
            self.heard.action = "ask"  # what it leads to begins at once

    def _put_before(self, quick: Talk) -> None:
        """What is else answered at once, taken for an errand: it needs her PIN first."""
        if self.state.talk is not None:
            self.state.waiting.insert(0, self.state.talk)
        self.state.talk, self.heard.action = quick, "ask"

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
            talk.version, talk.programme = flow.version, self.context.speaker.programme
            talk.unproven = talk.unproven or self.context.message.channel.trust == "low"
            if self._finish_draft_first(talk, flow):
                continue
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
            file = file and not (flow.wants_code(talk) and self.trust.codes_spent)
            if (step is not None or not file) and self.trust.hides(talk, flow, step):
                self._ask_pin(talk)
                return
            if step is not None:
                self.ask(talk, flow, step)
                return
            if talk.before is not None and talk.before == talk.answers:
                self.remarks.append(T("这一项还是原来那样。"))
            talk.before = None
            reading = flow.read_back_of(talk)
            if reading is not None and not file:
                self._read_back(talk, flow, reading)
                return
            self.state.talk, file = None, False
            self.state.filed = talk.code or self.state.filed
            self._finish(talk)

    def _finish_draft_first(self, talk: Talk, flow: Flow) -> bool:
        """Note that the pregnancy of the woman this errand names, which the roster lacks, waits half told; whether that
        draft was chosen to be finished before, and is in hand now."""
        name = talk.answers.get(flow.subject)
        halves = (one for one in self.state.waiting if one.flow == "pregnancy" and one.amends is None)
        draft = next((one for one in halves if name and one.answers.get("woman_name") == name), None)
        talk.draw("drafted", True if draft is not None else None)
        if talk.answers.get("unlisted") != DRAFT:
            return False
        del talk.answers["unlisted"]
        if draft is None:
            return False
        self.state.waiting.remove(draft)
        self.state.waiting.insert(0, talk)
        self.state.talk = draft
        self._resume(draft)
        return True

    def _bind_waiting(self, report: Report) -> None:
        """What waited because the roster lacked her is about the woman whose pregnancy was reported now."""
        for one in self.state.waiting:
            same = one.answers.get(FLOWS[one.flow].subject) == report.body.get("woman_name")
            if report.event == "pregnancy" and same and one.answers.get("found") == 0:
                one.answers |= {"found": 1, "woman_id": report.woman_id}
                one.draw("nearly", None)
                one.draw("village_id", report.village_id)
                one.draw("village", report.body.get("village"))

    def _resume(self, talk: Talk) -> None:
        """Say which errand goes on, or comes next. What is asked by the way, and only for a while, needs no heading."""
        flow = FLOWS[talk.flow]
        if flow.lapses is not None and not talk.begun:
            return
        name = talk.answers.get(flow.subject)
        hidden = talk.amends is not None and self.trust.locked
        shown = (
            plain(mask_name(str(name)) if self.context.masked else str(name)) if name and not hidden else None
        )
        grieved = {
            report.body.get(FLOWS[report.event].subject)
            for report in self.reports
            if EVENTS[report.event].solemn
        }
        if talk.begun and shown and name in grieved:
            self.remarks.append(
                T("刚才的“{title}”（{who}）还给您留着，不急，方便时再接着说：", title=flow.title, who=shown)
            )
        elif talk.begun:
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

    # ── the PIN ─────────────────────────────────────────────────────────────────────────────────────────

    def _unlock(self, talk: Talk) -> None:
        """The PIN she was asked for: right, or counted."""
        wrong = self.trust.unlock(talk)
        if wrong is not None:
            self.effects.append(wrong)
            if left := self.trust.tries_left:
                self.remarks.append(T("PIN不对，今天还能再试{left}次。", left=left))

    def _waits_for_code(self) -> bool:
        """No code, or a wrong one: the reading back before it still holds, and is not sent once more. False: it has
        to be, or no code is taken any more today."""
        talk = self.state.talk
        if talk is None or talk.code is None or self.trust.codes_spent:
            return False
        self.remarks.append(
            T("确认码不对。请照上一条末尾的，连“对”字一起再回一次。")
            if CountAttempt("code") in self.effects
            else T("为防有人冒用，请照上一条末尾的，连确认码一起回。")
        )
        return True

    def _ask_pin(self, talk: Talk) -> None:
        """Ask for it; say what to do where that leads nowhere. The errand waits as it is."""
        self._leave_step(talk, UNLOCKING)
        talk.offered, talk.doubt = [], None
        if not self.trust.pin.is_set:
            said = T("短信里看名单要先有PIN，请在聊天里说“设置PIN”，或请{township}帮忙。这一份先给您留着。")
        elif not self.trust.tries_left:
            said = T("今天PIN错得太多，名单先不看了。请明天再来，或在聊天里说“改PIN”。这一份先给您留着。")
        else:
            said = T("要看名单，请先回您的6位PIN。")
        self._say(said, ())

    # ── asking ──────────────────────────────────────────────────────────────────────────────────────────

    def ask(self, talk: Talk, flow: Flow, step: Step) -> None:
        context = self.context
        if step.id != talk.step:
            talk.misses = 0
        self._leave_step(talk, step.id)
        if step.id in talk.trail:
            talk.trail = talk.trail[: talk.trail.index(step.id)]
        talk.trail.append(step.id)
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
            hinted = lines(question, HINT)
            talk.hinted = self._fits(hinted)
            question = hinted if talk.hinted else question
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

    def _leave_step(self, talk: Talk, to: str) -> None:
        """Come to another step; the one left can be gone back to. What was read back must be read back again."""
        if talk.step not in (None, READING, UNLOCKING, to) and talk.step not in talk.trail:
            talk.trail.append(str(talk.step))
        talk.step = to
        talk.turn += 1
        if to != READING:
            talk.read_at, talk.code = None, None

    def _read_back(self, talk: Talk, flow: Flow, reading: ReadBack) -> None:
        context = self.context
        shown = reading.show(talk, context)
        self._leave_step(talk, READING)
        steps = {step.id for step in flow.walk(talk)} | {
            step.id.rpartition(".")[0] for step in flow.walk(talk) if "." in step.id
        }
        talk.offered = [
            [step_id if step_id in steps else None, text_as_plain(label)] for step_id, label, _ in shown
        ]
        talk.read_at = context.now.isoformat()
        parts: list[Sayable] = [
            T("{number} {label}：{value}", sms=T("{number} {value}"), number=number, label=label, value=value)
            if label.sms == Text("")
            else T("{number} {label}：{value}", number=number, label=label, value=value)
            for number, (_, label, value) in enumerate(shown, 1)
        ]
        if talk.late:
            day = datetime.fromisoformat(talk.late).astimezone(LOCAL).date()
            parts.append(
                T(
                    "（您有的话是{date}发来的，里面的日子按那天算，请再看一眼。）",
                    sms=T("（日子按{date}您发来那天算。）"),
                    date=day,
                )
            )
        new = changed(talk, flow)
        wants_code = new and flow.wants_code(talk)
        if wants_code and self.trust.codes_spent:
            talk.code = None
            self._say(
                T(
                    "今天确认码错得太多，短信里先不能办了，内容给您留着。请明天再来，或在聊天里接着办，急事请打电话给{township}。"
                ),
                (),
            )
            return
        talk.code = self._code(talk) if wants_code else None
        if talk.code is not None:
            parts.append(
                T("都对就回“对 {code}”，要改说“改1”，不报回“取消”。", code=talk.code)
                if flow.event
                else T("都对就回“对 {code}”，要改说“改1”，不办了回“取消”。", code=talk.code)
            )
        elif not new:
            parts.append(
                T("要改说“改 3”或直接说对的；不改了回“取消”。", sms=T("要改说“改1”，不改了回“取消”。"))
            )
        elif flow.event:
            parts.append(
                T(
                    "都对就回“对”；要改说“改 3”或直接说对的；不报回“取消”。",
                    sms=T("都对就回“对”，要改说“改1”，不报回“取消”。"),
                )
            )
        else:
            parts.append(
                T(
                    "都对就回“对”；要改说“改 1”或直接说对的；不办了回“取消”。",
                    sms=T("都对就回“对”，要改说“改1”，不办了回“取消”。"),
                )
            )
        ask = reading.ask
        if talk.amends is not None and flow.event:
            ask = T("要更正成这样，请核对：") if new else T("这是您报的那一份，哪里要改？")
        if flow.event and (EVENTS[flow.event].ends_pregnancy or EVENTS[flow.event].solemn):
            ask = T("{title}，{ask}", title=flow.title, ask=ask)  # whose death it is must be seen at once
        row = [button(talk, T("对"), "yes")] if new else []
        row += [button(talk, T("要改"), "edit"), button(talk, T("取消"), "cancel")]
        self._say(lines(ask, *parts), (tuple(row),) if talk.code is None else ())

    def _code(self, talk: Talk) -> str | None:
        """The code that files it, where a sender can be forged; the same one as long as it is read back."""
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
                parts.extend(self._numbered(talk, lines(*parts)))
            rows = ()
        self.replies.append(Reply(lines(*parts), rows, ask_phone=ask_phone))

    def _numbered(self, talk: Talk, question: Sayable) -> list[Sayable]:
        """The choices by number: as many as go out in two parts, the others can still be named."""
        choices = [
            T("{number} {label}", number=number, label=text_from_plain(label))
            for number, (_, label, *_) in enumerate(talk.offered, 1)
        ]
        shown = how_many_fit(question, choices, MORE, ROOM_OF_TWO, self.context.today)
        return list(choices) if shown == len(choices) else [*choices[:shown], MORE]

    def _fits(self, question: Sayable) -> bool:
        """Whether the question in hand goes out in one part with what stands around it; it need not, on a screen."""
        context, talk = self.context, self.state.talk
        if context.message.channel.buttons:
            return True
        said = lines(*self.remarks, question)
        whole = lines(said, *(self._numbered(talk, said) if talk is not None else ()))
        return len(chinese(shortened(whole, context.today))) <= ROOM
