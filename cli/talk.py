"""An interview at a terminal or over a pipe: what is typed, what it changes, and the file that keeps it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import click

from amends.cli.facts import wrapped
from amends.cli.question import COMMANDS, explained, listed, question, standing
from amends.engine import Case
from amends.engine.case import money_constants
from amends.engine.draw.files import write
from amends.engine.interview import Answer, Answers, Asker, Standing, case_file, matching, read_reply
from amends.engine.rulebase import Constraint, Fact
from amends.engine.values import words

PROMPT = "> "
SPELT_OUT = {
    "help": "?",
    "back": "b",
    "list": "l",
    "quit": "q",
    "exit": "q",
    "unknown": "d",
    "don't know": "d",
    "i don't know": "d",
}
"""Orders as people write them who have not read the first line; an answer that fits comes first."""


class Talk:
    """Asks until nothing that is open can change the remedy; each answer is kept in *path* at once."""

    def __init__(self, asker: Asker, start: Case, said: Answers, path: Path, *, is_kept: bool) -> None:
        self.asker = asker
        self.start = start
        self.said = said
        self.path = path
        self.changing: Fact | None = None
        self.is_kept = is_kept

    @property
    def case(self) -> Case:
        """The case as it was told so far."""
        return replace(self.start, facts=dict(sorted(self.said.facts.items())))

    @property
    def _currency(self) -> str | None:
        """The one currency of the case, or of the amounts that rules compare with; None while any will do."""
        constants = money_constants(self.asker.rulebase)
        return self.start.currency or next((currency for currency, _ in constants), None)

    def go(self) -> None:
        """Ask to the end. Raises `EOFError` where it is left before, `InputError` if it cannot be kept."""
        now = self.asker.standing(self.said)
        if now.question is not None:
            say(*wrapped(COMMANDS))
            if self.asker.few is None and sys.stdin.isatty():
                say("In a hurry? amends ask --fast asks only a few.")
        while self.changing is not None or now.question is not None:
            say("")
            if self.changing is not None:
                fact = self.changing
                was = self.said.of(fact.name)
                before = "not known" if was is None else words(was.value, fact.domain)
                say(*question(fact), f"[so far: {before}; an empty line leaves it so]")
            else:
                assert now.question is not None
                fact = now.question.fact
                say(*question(fact), *standing(now, self.said, self.asker.rulebase))
            while not self._heard(fact, _line()):
                pass
            now = self.asker.standing(self.said)

    def stop(self) -> None:
        """Say how to go on."""
        if self.is_kept:
            say("", f"Stopped. What you said is kept; to go on: amends ask --resume {self.path}")
        else:
            say("", "Stopped. Nothing was answered, so nothing is kept.")

    def end(self, remedy: str | None) -> None:
        """Say where the answers are, and how sure a short interview is of *remedy*."""
        now = self.asker.standing(self.said)
        if remedy is not None and len(now.possible) > 1 and self.asker.few is not None:
            other = 1 - now.chances.get(remedy, 0.0)
            say("", *wrapped(f"Asked in short: by our weights, asking on would change it {_times(other)}."))
            if self.is_kept:
                say(f"To be asked on: amends ask --resume {self.path}")
        if self.is_kept:
            say("", f"Your answers are in {self.path}", "")

    def _heard(self, fact: Fact, line: str) -> bool:
        """Act on *line*; True if there is another question to show."""
        text = line.strip()
        order, _, rest = text.partition(" ")
        match order.casefold():
            case "":
                if self.changing is None:
                    say("Type an answer, or d if you do not know.")
                    return False
                self.changing = None
                return True
            case "?":
                say(*explained(fact))
                return False
            case "l" if not rest:
                say(*listed(self.said, self.asker.rulebase))
                return False
            case "q" if not rest:
                raise EOFError
            case "b" if not rest:
                return self._back()
            case "e":
                return self._change(rest.strip())
            case "d" if not rest:
                return self._said(Answer(fact.name, None))
        reply = read_reply(text, fact)
        if reply.wrong is not None:
            meant = SPELT_OUT.get(text.casefold().replace("’", "'"))
            if meant is not None:
                return self._heard(fact, meant)
            say(reply.wrong)
            return False
        if reply.currency is not None and self._currency not in (reply.currency, None):
            say(f"Amounts are in {self._currency} here: give it in that, or without a currency.")
            return False
        if reply.currency is not None:
            self.start = replace(self.start, currency=reply.currency)
        return self._said(Answer(fact.name, reply.value))

    def _said(self, answer: Answer) -> bool:
        after = self.said.saying(answer)
        now: Standing = self.asker.standing(after)
        if now.clash:
            self._refuse(now.clash, answer)
            return False
        self.said, self.changing = after, None
        self._keep()
        return True

    def _refuse(self, clash: Iterable[Constraint], answer: Answer) -> None:
        for constraint in clash:
            say(*wrapped(f"That cannot be: {constraint.because}"))
        names = self.asker.read_by(clash) - {answer.fact}
        told = [other for other in self.said.said if other.fact in names]
        for other in told:
            value = words(other.value, self.asker.rulebase.facts[other.fact].domain)
            say(f"  You said: {other.fact} is {value}  (e {other.fact} changes it)")
        say("Nothing is changed; answer again.")

    def _back(self) -> bool:
        if self.changing is not None:
            self.changing = None
            return True
        last = self.said.last
        if last is None:
            say("There is nothing to go back to.")
            return False
        self.said = self.said.without(last.fact)
        self._keep()
        return True

    def _change(self, name: str) -> bool:
        known = {answer.fact: self.asker.rulebase.facts[answer.fact].title for answer in self.said.said}
        if not known:
            say("Nothing is answered yet.")
            return False
        if not name:
            say(*listed(self.said, self.asker.rulebase), "Which? Type e and its number or name.")
            return False
        found, wrong = matching(name, known)
        if wrong is not None:
            say(wrong, "You said:", *listed(self.said, self.asker.rulebase))
            return False
        self.changing = self.asker.rulebase.facts[found]
        return True

    def _keep(self) -> None:
        write(self.path, case_file(self.case, self.said).encode())
        self.is_kept = True


def _times(chance: float) -> str:
    """Return a chance as people say it.

    >>> _times(0.13), _times(0.6), _times(0.001)
    ('1 time in 8', '6 times in 10', 'less than 1 time in 100')
    """
    if chance < 0.01:
        return "less than 1 time in 100"
    return f"1 time in {round(1 / chance)}" if chance <= 0.4 else f"{round(10 * chance)} times in 10"


def say(*lines: str) -> None:
    """Write to standard error: standard output is for the verdict alone."""
    for line in lines:
        click.echo(line, err=True)


def _line() -> str:
    """Return the next line that is typed or piped. Raises `EOFError` at the end of the input."""
    if sys.stdin.isatty():
        click.echo(PROMPT, err=True, nl=False)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line
