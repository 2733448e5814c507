"""People who act by messages: officers who carry on a conversation with the bot, women who write a line now and then.

They know nothing of the program but what stands on their phones.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from bot.channels.base import Letter
from bot.simulate.county import PIN

TOLD = re.compile(
    r"^(?:【|早上好|今天有|.{0,30}(?:报来：|评估为|撤回了一份|迁[入出])|您报的“|前面那份|还有一份|.{2,12}：.{0,40}(?:请今天就联系她|还没有消息))"
)
"""What officers are told without having asked: no answer to what they said."""
DONE = re.compile(
    r"报好了|更正好了|撤回好了|核实过了|没有等您核实|转给|记下了。$|取消了，没有上报|不弄了|不重复报了|由您处理|在处理了|已经回过她了"
    r"|请您跟她核对|照常发|没有可以|没有找到她|还没有报过|都办好了|刚刚办好|^好的。|已经提醒|核对了，谢谢|辛苦您"
)
_CODE = re.compile(r"对 (\d{4})")
MOST_TRIES = 14
"""Messages a colleague writes for one errand before she gives up."""

Answer = str | Callable[[Letter], str]


_LINE = re.compile(r"^(\d{1,2}) (.+)$", re.MULTILINE)


def pick(word: str) -> Callable[[Letter], str]:
    """Choose the first button or numbered line that has this word; without any, the first there is."""

    def chosen(letter: Letter) -> str:
        labels = [label for row in letter.buttons for label, _ in row]
        numbered = (number for number, line in _LINE.findall(letter.text) if word in line)
        return next((label for label in labels if word in label), next(numbered, "1"))

    return chosen


COMMON: tuple[tuple[str, Answer], ...] = (
    ("请先回您的6位PIN", PIN),
    ("不再怀着|她现在怀着孕吗", "怀着孕"),
    ("已经报过了。您是想补充", "不用报了"),
    ("有一位很像的|是同一个人吗|是哪一位", pick("岁")),
    ("刚才那句|她是生了吗", "取消"),
    ("哪一?个孩子", pick("1")),
    ("孩子平安吗", "平安"),
    ("生了几个孩子", "一个"),
    ("产妇现在怎么样", "平安"),
    ("哪天的事", "今天"),
    ("在哪里走的|在哪里？", "医院"),
    ("在哪个阶段", "怀孕期间"),
    ("哪天出的院", "还没出院"),
    ("问问看：", "没有"),
    ("是谁去?看的", "我"),
    ("属实吗", "属实"),
    ("要不要给她发短信", "先不发"),
    ("先看哪一份|是哪一份", "第一份"),
    ("为什么撤回", "报错人了"),
    ("最后一次来月经", "不知道"),
)
"""What a colleague says where her errand says nothing else."""


@dataclass(frozen=True, slots=True)
class Errand:
    """Something an officer tells the bot: how she begins, and what she answers to what it asks."""

    opening: str
    answers: tuple[tuple[str, Answer], ...] = ()
    button: str = ""


@dataclass(slots=True)
class Talking:
    """One officer: the errand in hand, those that wait, and how often she could not finish one."""

    key: str
    waiting: deque[Errand] = field(default_factory=deque)
    errand: Errand | None = None
    tries: int = 0
    done: int = 0
    lost: list[tuple[str, str]] = field(default_factory=list)
    """Errands given up: how each began, and what the bot said last."""

    def begin(self) -> Errand | None:
        """The next errand, if none is in hand."""
        if self.errand is not None or not self.waiting:
            return None
        self.errand, self.tries = self.waiting.popleft(), 0
        return self.errand

    def hear(self, letters: Sequence[Letter]) -> str | None:
        """What she says to these; None: nothing, as her errand is done or nothing was an answer to it."""
        if self.errand is None:
            return None
        said, ended, last = None, False, ""
        for letter in letters:
            if TOLD.search(letter.text):
                continue
            last = letter.text
            if (answer := self._answer(letter)) is not None:
                said = answer
            elif DONE.search(letter.text):
                ended = True
        if said is None and not ended and not last:
            return None
        if said is None and ended:
            self.errand, self.done = None, self.done + 1
            return None
        self.tries += 1
        if self.tries > MOST_TRIES:
            self.lost.append((self.errand.opening, last))
            self.errand = None
            return "取消"
        return said if said is not None else "就这些"

    def _answer(self, letter: Letter) -> str | None:
        text = letter.text
        if "请核对：" in text:
            code = _CODE.search(text)
            return f"对 {code[1]}" if code else "对"
        assert self.errand is not None
        asks = "？" in text or "问问看" in text or "PIN" in text
        for pattern, answer in (*self.errand.answers, *(COMMON if asks else ())):
            if re.search(pattern, text):
                return answer if isinstance(answer, str) else answer(letter)
        if "？" in text and not DONE.search(text):
            return "就这些"
        return None


# ── women ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Woman:
    """How one woman treats what is written to her. `says_yes`: to being reminded; None: she never answers.

    `hers`: whether the number is hers at all. `answers`: how often she answers a reminder.
    """

    number: int
    name: str
    says_yes: bool | None
    answers: float
    hers: bool
    chance: Random
    last: str | None = None

    def reads(self, text: str) -> str | None:
        """What she writes back, or presses, if anything; with her name, where she is asked for it."""
        if "连名字一起回" in text:
            last, self.last = self.last, None
            return f"{last}，{self.name}" if last else None
        self.last = self._says(text)
        return self.last

    def _says(self, text: str) -> str | None:
        if "本人吗" in text:
            if not self.hers:
                return "打错了"
            if self.says_yes is None:
                return None
            return "愿意" if self.says_yes else "不用"
        if "过些天我们再来问候您" in text:
            return "好" if self.chance.random() < 0.5 else None
        if "去过了" in text and self.chance.random() < self.answers:
            return self.chance.choice(("去过了", "去过了", "改天", "不方便"))
        return None

    def waits(self) -> int:
        """Minutes until she writes back."""
        return self.chance.choice((10, 10, 30, 180, 26 * 60))


Sees = Callable[[datetime, str, Letter], None]
