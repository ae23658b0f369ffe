"""Which rules a score consists of, as `ScoreDetails` lists them (contracts/acton.md, 4.1)."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, Final, NamedTuple


class Rule(NamedTuple):
    """A rule of the score sheet. Only MESSAGE_SEND is documented; the other actions are likely."""

    action: str
    id_type: str
    specific: bool = False
    profile: bool = False


BEHAVIOUR: Final = (
    Rule("MESSAGE_OPEN", "msg"),
    Rule("MESSAGE_CLICK", "msg"),
    Rule("WEB_VISIT", "page"),
    Rule("PAGE_VIEW", "page", specific=True),
    Rule("FORM_SUBMIT", "form", specific=True),
    Rule("MEDIA_DOWNLOAD", "media", specific=True),
    Rule("WEBINAR_ATTEND", "webinar"),
    Rule("CUSTOM_EVENT", "custom"),
)
SENT: Final = Rule("MESSAGE_SEND", "msg")
JOB_TITLE: Final = Rule("PROFILE_MATCH", "profile", profile=True)
COUNTRY: Final = Rule("PROFILE_MATCH", "profile", specific=True, profile=True)
INACTIVE: Final = Rule("INACTIVITY", "custom")


def make_score_details(
    email: str, score: int | None, *, active: bool, actions: object
) -> list[dict[str, Any]]:
    """Rules with points that add up to the score. Who did nothing has points for the profile only.

    `actions` is the switch `score_actions`.
    """
    if not score:
        return []
    random = Random(f"{email} score")  # noqa: S311 - a made-up score, no secret
    return [
        {
            "id": _id_of(random, rule),
            "idType": rule.id_type if actions == "likely" else "msg",
            "specific": rule.specific,
            "profile": rule.profile,
            "action": rule.action if actions == "likely" else SENT.action,
            "score": points,
        }
        for rule, points in _share_out(random, score, active)
    ]


def _share_out(random: Random, score: int, active: bool) -> Iterator[tuple[Rule, int]]:
    if not active:
        yield from _divide(random, score, (JOB_TITLE, COUNTRY))
        return
    if score < 0:
        yield SENT, 2
        yield INACTIVE, score - 2
        return
    lost = random.choice((0, 0, 5))
    rules = random.sample(BEHAVIOUR, random.randrange(2, 6))
    if random.random() < 0.5:
        rules.append(JOB_TITLE)
    yield from _divide(random, score + lost, (SENT, *rules))
    if lost:
        yield INACTIVE, -lost


def _divide(random: Random, points: int, rules: Sequence[Rule]) -> Iterator[tuple[Rule, int]]:
    """The points over the rules, at least one for each that is given any."""
    for place, rule in enumerate(rules):
        after = len(rules) - place - 1
        if points <= 0:
            return
        most = max(1, 2 * points // (after + 1))
        share = min(points, random.randint(1, most)) if after else points
        points -= share
        yield rule, share


def _id_of(random: Random, rule: Rule) -> str:
    letter = {"msg": "s", "page": "p", "form": "q", "media": "m"}.get(rule.id_type, "r")
    return f"{letter}-{random.randrange(1, 0xFFF):04x}-{random.choice(('2603', '2606', '2609'))}"
