"""What the plays came to: figures for the table, and the charts. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from bench.scaling.figures import Figure, in_words, percentile
from bench.soaking.charts import Band, Curve, WeekChart

Played: TypeAlias = Mapping[str, Any]
HOUR = 3_600.0
NAMES = {
    "daily": "daily run alone",
    "refresh": "with Refresh",
    "webhooks": "with Refresh and webhooks",
}
KINDS = {"daily": "quiet", "refresh": "main", "webhooks": "other"}
RIVAL = "daily"


def make_figures(plays: Sequence[Played]) -> Iterator[Figure]:
    """The rows of the table: promises first, then how fresh what was shown is in each way."""
    rival = next(one for one in plays if one["way"] == RIVAL)
    for one in plays:
        yield of_promises(one)
    for one in plays:
        yield from of_runs(one)
    for one in plays:
        yield from of_freshness(one, None if one is rival else rival)
    for one in plays:
        yield from of_leads(one, None if one is rival else rival)


def of_promises(one: Played) -> Figure:
    """How many promises were broken."""
    counts = one["counts"]
    return Figure(
        what=f"{NAMES[one['way']]}: promises broken",
        measured=f"{len(one['violations'])}; {counts['leads_made']} Leads and "
        f"{counts['contacts_made']} Contacts made, {counts['rows']:,} rows, "
        f"{counts['score_changes']:,} changes of a score",
        compare="0",
        ratio=float(len(one["violations"])),
        most=0.0,
    )


def of_runs(one: Played) -> Iterator[Figure]:
    """Runs and calls."""
    runs, counts = one["runs"], one["counts"]
    done = sum(run["status"] == "succeeded" for run in runs)
    daily = sum(run["daily"] for run in runs)
    yield Figure(
        what=f"{NAMES[one['way']]}: runs",
        measured=f"{len(runs)}, of them {daily} daily; {done} succeeded",
        compare=f"{counts['workers_killed']} workers killed, {counts['small_faults']} calls gone "
        f"wrong beside the large faults",
    )
    yield Figure(
        what=f"{NAMES[one['way']]}: most Act-On calls in a second of the moved clock",
        measured=f"{counts['most_calls_in_a_second']} (of {counts['acton_calls']:,} calls)",
        compare="5",
        ratio=counts["most_calls_in_a_second"] / 5,
        most=1.0,
    )
    yield Figure(
        what=f"{NAMES[one['way']]}: most Act-On calls in a day",
        measured=str(counts["most_calls_in_a_day"]),
        compare=f"the day's budget: {counts['budget']}",
        ratio=counts["most_calls_in_a_day"] / counts["budget"],
        most=1.0,
    )


def of_freshness(one: Played, rival: Played | None) -> Iterator[Figure]:
    """How old what people saw was, and how often it was no longer true."""
    for what, values, share in (
        ("age of the score in an opened panel", ages_of_looks, False),
        ("opened panels whose score was no longer true", untrue_looks, True),
        ("Leads in the CRM whose score was no longer true", untrue_leads, True),
    ):
        yield _against(f"{NAMES[one['way']]}: {what}", values(one), rival and values(rival), share)


def ages_of_looks(one: Played) -> list[float]:
    """How long ago the score was read that each opened panel showed, before anybody pressed."""
    return [look["age"] for look in one["looks"]]


def untrue_looks(one: Played) -> list[float]:
    """For how long it had not been true any more, 0.0 where it was."""
    return [look["untrue_for"] for look in one["looks"]]


def untrue_leads(one: Played) -> list[float]:
    """The same of all our Leads, every hour."""
    return [age for hour in one["hours"] for age in hour["leads_untrue"]]


def _against(
    what: str, values: Sequence[float], rival: Sequence[float] | None, of_share: bool
) -> Figure:
    """Median, p95 and most; compared by the share that is not 0 or by the mean."""
    if of_share:
        old = [one for one in values if one > 0]
        measured = f"{len(old) / len(values):.1%}; of these {in_spread(old)}"
        mine, theirs = _share(values), _share(rival)
    else:
        measured, mine, theirs = in_spread(values), _mean(values), _mean(rival)
    return Figure(
        what=what,
        measured=measured,
        compare="" if theirs is None else f"{NAMES[RIVAL]}: {_said(theirs, of_share)}",
        ratio=mine / theirs if mine is not None and theirs else None,
    )


def _said(value: float, of_share: bool) -> str:
    return f"{value:.1%}" if of_share else f"mean {in_words(value)}"


def _mean(values: Sequence[float] | None) -> float | None:
    return sum(values) / len(values) if values else None


def _share(values: Sequence[float] | None) -> float | None:
    return sum(one > 0 for one in values) / len(values) if values else None


def in_spread(values: Sequence[float]) -> str:
    """Median, 95th percentile and most, in words."""
    if not values:
        return "none"
    median, late, most = percentile(values, 0.5), percentile(values, 0.95), max(values)
    return f"median {in_words(median)}, p95 {in_words(late)}, at most {in_words(most)}"


def of_leads(one: Played, rival: Played | None) -> Iterator[Figure]:
    """How long whoever reached the threshold waited for their Lead, and how many fell below it
    before anybody had looked."""
    mine, theirs = waits_of(one), waits_of(rival) if rival else []
    mean, mean_of_rival = _mean(mine), _mean(theirs)
    yield Figure(
        what=f"{NAMES[one['way']]}: from reaching the threshold to the Lead",
        measured=in_spread(mine),
        compare=f"{NAMES[RIVAL]}: mean {in_words(mean_of_rival)}" if mean_of_rival else "",
        ratio=mean / mean_of_rival if mean and mean_of_rival else None,
    )
    unseen, of_rival = unseen_in(one), unseen_in(rival) if rival else 0
    yield Figure(
        what=f"{NAMES[one['way']]}: fell below it again before they had one",
        measured=f"{unseen} of {len(one['crossings'])} times",
        compare=f"{NAMES[RIVAL]}: {of_rival}" if rival else "",
        ratio=unseen / of_rival if of_rival else None,
    )


def waits_of(one: Played) -> list[float]:
    """Seconds from reaching the threshold to the Lead, for all who got one before they fell."""
    return [found["lead_at"] - found["at"] for found in one["crossings"] if found["lead_at"]]


def unseen_in(one: Played) -> int:
    """How often somebody fell below the threshold again, and no Lead had been made."""
    crossings = one["crossings"]
    return sum(not found["lead_at"] and found["until"] < one["end"] for found in crossings)


def make_charts(plays: Sequence[Played]) -> Iterator[tuple[str, WeekChart]]:
    """The charts by name."""
    first = plays[0]
    bands = [
        Band(label=span["name"], begin=span["begin"], end=span["end"]) for span in first["spans"]
    ]
    week = {"begin": first["begin"], "end": first["end"], "bands": bands}
    yield (
        "freshness",
        WeekChart(
            title="How old the scores are that panels show",
            subtitle="Hours since the score was read, on average over everybody with a Lead",
            unit="h",
            curves=[_curve(one, "panel_ages", _mean_hours) for one in plays],
            **week,
        ),
    )
    yield (
        "truth",
        WeekChart(
            title="Scores in the CRM that are no longer true",
            subtitle="Of all Leads that we made, those whose score Act-On has changed since",
            unit="%",
            curves=[_curve(one, "leads_untrue", _percent_untrue) for one in plays],
            **week,
        ),
    )


def _curve(one: Played, name: str, value: Any) -> Curve:
    points = [(hour["at"], value(hour[name])) for hour in one["hours"] if hour[name]]
    return Curve(label=NAMES[one["way"]], kind=KINDS[one["way"]], points=points)


def _mean_hours(ages: Sequence[float]) -> float:
    return sum(ages) / len(ages) / HOUR


def _percent_untrue(ages: Sequence[float]) -> float:
    return sum(one > 0 for one in ages) / len(ages) * 100
