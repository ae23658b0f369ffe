"""What a person did, as Act-On tells it: one reading serves score and stream.

Texts are Act-On's and untrusted; they are cleaned to one line, but not escaped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Tab(StrEnum):
    """The tabs of the activity stream. Unknown verbs stand in All only."""

    ALL = "all"
    EMAIL = "email"
    WEB = "web"
    FORMS = "forms"
    MEDIA = "media"
    EVENTS = "events"  # webinars and custom events


@dataclass(frozen=True, kw_only=True, slots=True)
class Deed:
    """One entry of the stream. `verb` is Act-On's code, `what` its text.

    `at` None: the answer held no readable instant. `counts`: within the period that the score
    looks at. `answers` are a form's questions and answers.
    """

    at: datetime | None
    verb: str
    what: str
    counts: bool = True
    answers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreRule:
    """What one rule of the score sheet gave. `specific`: a rule for one asset; `profile`: for who
    the person is, not for what they did."""

    action: str
    points: int
    asset_id: str = ""
    specific: bool = False
    profile: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Activity:
    """A person's score and all that Act-On knows they did, newest first.

    `score` None: Act-On has no score sheet for the person. `period`: what the score looks at, in
    Act-On's words.
    """

    score: int | None
    period: str = ""
    deeds: Sequence[Deed] = ()
    rules: Sequence[ScoreRule] = ()


@dataclass(frozen=True, kw_only=True)
class Reading:
    """An activity, and when it was read."""

    activity: Activity
    read_at: datetime


class Standing(StrEnum):
    """What a person's latest deeds say about writing to them."""

    OPTED_OUT = "opted_out"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
