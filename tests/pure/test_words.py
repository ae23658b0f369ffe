"""Every word of the machine that people get to see has a sentence."""

import pytest

from sync.model import (
    FailReason,
    LimitReason,
    Result,
    RunStatus,
    ScoreSource,
    SkipReason,
    SpaceStatus,
    Trigger,
)
from sync.words import (
    LIMIT_REASONS,
    PROSPECTS,
    REASONS,
    RESULTS,
    RUN_STATUSES,
    SCORE_SOURCES,
    SPACE_STATUSES,
    TRIGGERS,
    explain,
    foresee,
)


@pytest.mark.parametrize(
    ("words", "machine_words"),
    [
        (REASONS, {*SkipReason, *FailReason}),
        (RESULTS, {*Result}),
        (PROSPECTS, {*Result}),
        (RUN_STATUSES, {*RunStatus}),
        (SPACE_STATUSES, {*SpaceStatus}),
        (SCORE_SOURCES, {*ScoreSource}),
        (TRIGGERS, {*Trigger}),
        (LIMIT_REASONS, {*LimitReason}),
    ],
)
def test_every_machine_word_has_plain_ones(words: dict[str, str], machine_words: set[str]) -> None:
    assert set(words) == machine_words
    assert all(words.values())


@pytest.mark.parametrize("reason", [*SkipReason, *FailReason])
def test_a_reason_is_a_sentence_without_the_machines_own_word(reason: str) -> None:
    sentence = explain(Result.SKIPPED, reason)
    assert sentence.endswith(".")
    assert "_" not in sentence


def test_without_a_reason_the_result_speaks() -> None:
    assert explain("created") == "A Lead was created."
    assert foresee("created", None) == "A Lead would be created."


def test_a_reason_of_a_later_version_is_still_readable() -> None:
    assert explain("skipped", "some_new_reason") == "Some new reason."
