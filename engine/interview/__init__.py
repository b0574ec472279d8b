"""The interview: only questions that can still matter, the most telling first, in any order of going back."""

from amends.engine.interview.asking import Asker, Question, Standing
from amends.engine.interview.replies import Reply, choices, matching, read_reply
from amends.engine.interview.saving import answers_of, case_file
from amends.engine.interview.state import Answer, Answers

__all__ = [
    "Answer",
    "Answers",
    "Asker",
    "Question",
    "Reply",
    "Standing",
    "answers_of",
    "case_file",
    "choices",
    "matching",
    "read_reply",
]
