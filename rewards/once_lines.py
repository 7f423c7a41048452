"""Once for a list: the lines of a hot flow whose key was answered before get that answer, the others are worked on."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from kit.errors import Refusal
from kit.once import Answer, Once, Rendered, keep, recall

T = TypeVar("T")


class Line(Protocol):
    """A line of a hot flow."""

    @property
    def once(self) -> Once | None:
        """The key under which the line was asked for; seed and import give none."""


L = TypeVar("L", bound=Line)


async def answer_lines(
    lines: Sequence[L], work: Callable[[Sequence[L]], Awaitable[Sequence[T | Refusal]]]
) -> list[Answer[T]]:
    """Answer every line once, in order (a step); `work` gives one outcome for each line that is new."""
    keys = [line.once for line in lines if line.once is not None]
    stored = dict(zip((each.reference for each in keys), await recall(keys), strict=True))
    known = [None if line.once is None else stored[line.once.reference] for line in lines]
    new = [line for line, rendered in zip(lines, known, strict=True) if rendered is None]
    outcomes = iter(await work(new) if new else ())
    answers: list[Answer[T]] = []
    kept: list[tuple[Once, Rendered]] = []
    for line, rendered in zip(lines, known, strict=True):
        if rendered is not None:
            answers.append(Answer(rendered, None))
            continue
        outcome = next(outcomes)
        if line.once is None:
            answers.append(Answer(Rendered(0, b""), outcome))
            continue
        made = line.once.refused(outcome) if isinstance(outcome, Refusal) else line.once.render(outcome)
        kept.append((line.once, made))
        answers.append(Answer(made, outcome))
    await keep(kept)
    return answers
