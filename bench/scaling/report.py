"""From what was measured to figures against budgets. Pure: the same results, the same table."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench._naive import PACE
from bench.scaling.figures import (
    Figure,
    divided_seconds,
    extrapolate,
    ideal_seconds,
    in_words,
)

Results = Mapping[str, Any]

DIVISION = 1.3  # design §8
EXTRA_MB = 150.0
PANEL_MS = 10.0
CONSTANT = 1.5  # what still counts as the same time
QUOTA = 30_000
PIPELINER_PACE = 10.0  # our own; Pipeliner documents none
NAMES = {"postgresql": "PostgreSQL", "redis": "PostgreSQL, queue in Redis"}


def make_figures(results: Results) -> Iterator[Figure]:
    """The figures of all parts that were measured."""
    for name, make in PARTS.items():
        if name in results:
            yield from make(results[name])


def plain_fleets(part: Results) -> list[Results]:
    """The constellations in which no worker was killed."""
    return [one for one in part["fleets"] if not one["fleet"]["killed"]]


def divided(part: Results, one: Results) -> float:
    """Seconds by perfect division: what one worker with the same queue would need, by workers."""
    fleet = one["fleet"]
    (base,) = (
        other
        for other in plain_fleets(part)
        if other["fleet"]["workers"] == 1 and other["fleet"]["queue"] == fleet["queue"]
    )
    return divided_seconds(
        base["seconds"], fleet["spaces"], by_one=base["fleet"]["spaces"], workers=fleet["workers"]
    )


def of_spaces(part: Results) -> Iterator[Figure]:
    """Time against perfect division, and whether each space had its one run."""
    for one in plain_fleets(part):
        fleet = one["fleet"]
        if fleet["workers"] > 1:
            compare = divided(part, one)
            yield _against(_name(fleet), one["seconds"], "perfect division", compare, DIVISION)
    for queue in NAMES:
        one = largest(part, queue)
        fleet = one["fleet"]
        ideal = ideal_seconds(fleet["spaces"], fleet["workers"] * fleet["threads"], part["alone"])
        yield _against(_name(fleet), one["seconds"], "each run as if alone", ideal)
        yield _processors(one, part["cores"])
    for one in part["fleets"]:
        if one["fleet"]["killed"]:
            yield _killed(one)
    yield _right(part["fleets"])
    yield _naive_spaces(part)


def _name(fleet: Results) -> str:
    workers = "1 worker" if fleet["workers"] == 1 else f"{fleet['workers']} workers"
    return f"{fleet['spaces']:,} spaces, {workers}, {NAMES[fleet['queue']]}"


def _processors(one: Results, cores: int) -> Figure:
    """Whether the machine was the limit, and how much of it the sandboxes took."""
    all_there_is = one["seconds"] * cores
    return Figure(
        what=f"{_name(one['fleet'])}: processor time",
        measured=f"workers {one['worker_cpu']:.0f} s, sandboxes {one['sandbox_cpu']:.0f} s, "
        f"with the database and all else {one['machine_cpu']:.0f} s",
        compare=f"{cores} cores: {all_there_is:.0f} s",
        ratio=one["machine_cpu"] / all_there_is,
    )


def _killed(one: Results) -> Figure:
    fleet = one["fleet"]
    done = _done(one)
    return Figure(
        what=f"{_name(fleet)}; one is killed half-way and {fleet['killed']}",
        measured=f"{done:,} done in {one['seconds']:.1f} s, {one['resumed']} of them taken over",
        compare=f"all {fleet['spaces']:,}",
        ratio=done / fleet["spaces"],
        least=1.0,
    )


def _done(one: Results) -> int:
    """Spaces with exactly one run that succeeded; not all of them where anything else is wrong."""
    spaces = int(one["fleet"]["spaces"])
    return spaces if one["is_right"] else min(one["statuses"].get("succeeded", 0), spaces - 1)


def _right(fleets: Sequence[Results]) -> Figure:
    spaces, done = sum(one["fleet"]["spaces"] for one in fleets), sum(map(_done, fleets))
    leads, twice, missing = (
        sum(one[name] for one in fleets) for name in ("leads", "leads_twice", "leads_missing")
    )
    return Figure(
        what=f"all {len(fleets)} constellations: spaces with exactly one run, and it succeeded",
        measured=f"{done:,}; of {leads:,} Leads {twice} are there twice, {missing} are missing",
        compare=f"all {spaces:,}",
        ratio=done / spaces,
        least=1.0,
    )


def naive_seconds(part: Results) -> float:
    """How long the naive way takes for all spaces, by what a few took."""
    naive = part["naive"]
    return float(naive["seconds"] / naive["spaces"] * most_spaces(part))


def most_spaces(part: Results) -> int:
    """The number of spaces of the largest constellation."""
    return int(max(one["fleet"]["spaces"] for one in part["fleets"]))


def largest(part: Results, queue: str) -> Results:
    """The constellation with all spaces and that queue."""
    found = [one for one in plain_fleets(part) if one["fleet"]["queue"] == queue]
    return max(found, key=lambda one: one["fleet"]["workers"])


def _naive_spaces(part: Results) -> Figure:
    naive, ours = part["naive"], largest(part, "postgresql")["seconds"]
    calls = extrapolate({"acton": naive["acton"]}, naive["spaces"], most_spaces(part))
    seconds = naive_seconds(part)
    return Figure(
        what=f"{most_spaces(part):,} spaces, naive way (from {naive['spaces']})",
        measured=f"{calls['acton']:,} Act-On calls, {in_words(seconds)}",
        compare=f"ours: {in_words(ours)}",
        ratio=seconds / ours,
    )


def of_rows(part: Results) -> Iterator[Figure]:
    """Time against the pace, memory against a small run, and what the small spaces waited."""
    large, base = part["large"], part["base"]
    rows = f"{large['rows']:,} rows"
    pace = large["acton_calls"] / PACE
    yield _against(
        f"{rows}: {large['acton_calls']:,} Act-On calls", large["seconds"], "the pace", pace
    )
    both = pace + large["pipeliner_calls"] / PIPELINER_PACE
    yield _against(
        f"{rows}: the same with {large['pipeliner_calls']:,} Pipeliner calls after each other",
        large["seconds"],
        "both paces",
        both,
    )
    extra = large["peak_mb"] - base["peak_mb"]
    yield Figure(
        what=f"{rows}: memory of the worker beyond {base['rows']:,} rows",
        measured=f"{extra:.0f} MB (peak {large['peak_mb']:.0f} MB)",
        compare=f"{EXTRA_MB:.0f} MB",
        ratio=max(0.0, extra) / EXTRA_MB,
        most=1.0,
    )
    yield Figure(
        what=f"{rows}: Leads created",
        measured=f"{large['leads']:,}",
        compare=f"rows at the threshold: {large['leads_wanted']:,}",
        ratio=large["leads"] / max(1, large["leads_wanted"]),
        least=1.0,
        most=1.0,
    )
    yield from _waiting(part)
    yield _naive_rows(large)


def _waiting(part: Results) -> Iterator[Figure]:
    alone = part["alone"]["small_done"]
    for name in ("large", "crowd"):
        one = part[name]
        beside = f"{one['big']} of {one['rows']:,} rows"
        for word, place in (("first", 0), ("last", -1)):
            yield _against(
                f"{one['small']} small spaces beside {beside}: {word} done",
                one["small_done"][place],
                "without",
                alone[place],
            )


def _naive_rows(large: Results) -> Figure:
    naive = large["naive"]
    calls = extrapolate({"acton": naive["acton"]}, naive["rows"], large["rows"])["acton"]
    return Figure(
        what=f"{large['rows']:,} rows, naive way (from {naive['rows']})",
        measured=f"{calls:,} Act-On calls, at the pace {in_words(calls / PACE)}, "
        f"{calls / QUOTA:.1f} days of quota",
        compare=f"ours: {in_words(large['seconds'])}",
        ratio=calls / PACE / large["seconds"],
    )


def of_cron(part: Results) -> Iterator[Figure]:
    """Answer times with many spaces against few, and callers at once."""
    few, some, many = part["answers"]
    for share in ("p50_ms", "p95_ms"):
        yield _milliseconds("nothing due", share, few, many, "quiet")
    for share in ("p50_ms", "p95_ms"):
        yield _milliseconds(f"all due, {many['due']['started']} started", share, some, many, "due")
    at_once = part["at_once"]
    same = at_once["runs"] == at_once["of_spaces"] == at_once["started"]
    twice = at_once["told_twice"] + at_once["runs"] - at_once["of_spaces"]
    yield Figure(
        what=f"{at_once['crons']} crons at once, {at_once['calls']} calls",
        measured=f"{at_once['started']:,} runs started, {twice} twice",
        compare=f"{at_once['spaces']:,} spaces due",
        ratio=at_once["started"] / at_once["spaces"] if same else 0.0,
        least=1.0,
        most=1.0,
    )


def _milliseconds(what: str, share: str, small: Results, large: Results, state: str) -> Figure:
    measured, compare = large[state][share], small[state][share]
    return Figure(
        what=f"`POST /sync`, {large['spaces']:,} spaces, {what}: {share.removesuffix('_ms')}",
        measured=f"{measured:.1f} ms",
        compare=f"{small['spaces']:,} spaces: {compare:.1f} ms",
        ratio=measured / compare,
        most=CONSTANT,
    )


def of_panel(part: Results) -> Iterator[Figure]:
    """The panel beside a sync, against the budget and against without."""
    quiet, busy = part["quiet"], part["busy"]
    yield Figure(
        what=f"panel beside a sync of {part['rows']:,} rows: p95 of one alone",
        measured=f"{busy['p95_ms']:.2f} ms (without: {quiet['p95_ms']:.2f} ms)",
        compare=f"{PANEL_MS:.0f} ms",
        ratio=busy["p95_ms"] / PANEL_MS,
        most=1.0,
    )
    yield Figure(
        what="panel beside a sync: requests a second",
        measured=f"{busy['per_second']:,.0f}",
        compare=f"without: {quiet['per_second']:,.0f}",
        ratio=busy["per_second"] / quiet["per_second"],
    )


def _against(
    what: str, seconds: float, name: str, compare: float, most: float | None = None
) -> Figure:
    return Figure(
        what=what,
        measured=f"{seconds:.1f} s",
        compare=f"{name}: {compare:.1f} s",
        ratio=seconds / compare,
        most=most,
    )


def missed(figures: Sequence[Figure]) -> list[str]:
    """What did not keep its budget."""
    return [one.what for one in figures if one.is_met is False]


PARTS = {"spaces": of_spaces, "rows": of_rows, "cron": of_cron, "panel": of_panel}
