"""Resting from what has failed, and pauses that grow."""

from sync.clock import Backoff, Rest


def test_what_has_failed_is_left_alone_for_a_while_and_then_tried_again() -> None:
    clock = [100.0]
    rest = Rest(5, monotonic=lambda: clock[0])
    assert not rest.is_on()
    rest.begin()
    clock[0] += 4.9
    assert rest.is_on()
    clock[0] += 0.1
    assert not rest.is_on()


def test_pauses_double_up_to_the_longest_and_begin_anew_after_a_success() -> None:
    backoff = Backoff(0.5, 3)
    assert [backoff.pause() for _ in range(5)] == [0.5, 1, 2, 3, 3]
    backoff.reset()
    assert backoff.pause() == 0.5
