"""The plots of the results: SVG, drawn from templates, readable in light and dark."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bench._naive import PACE
from bench.scaling.charts import Bar, Bars, Group, Line, Lines
from bench.scaling.figures import extrapolate, in_words
from bench.scaling.report import (
    EXTRA_MB,
    NAMES,
    PANEL_MS,
    divided,
    largest,
    most_spaces,
    naive_seconds,
    plain_fleets,
)

Results = Mapping[str, Any]


def draw_all(results: Results, folder: Path) -> Iterator[Path]:
    """Every plot that the results have something for, written into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, chart in make_charts(results):
        path = folder / f"{name}.svg"
        path.write_text(write_chart(chart), encoding="utf-8")
        yield path


def write_chart(chart: Bars | Lines) -> str:
    """The chart as SVG."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return templates.get_template(chart.template).render(chart=chart)


def make_charts(results: Results) -> Iterator[tuple[str, Bars | Lines]]:
    """The charts by name."""
    if "spaces" in results:
        yield "spaces", _spaces(results["spaces"])
    if "spaces" in results and "rows" in results:
        yield "naive", _naive(results["spaces"], results["rows"])
    if "rows" in results:
        yield "memory", _memory(results["rows"])
        yield "waiting", _waiting(results["rows"])
    if "cron" in results:
        yield "cron", _cron(results["cron"])
    if "panel" in results:
        yield "panel", _panel(results["panel"])


def _spaces(part: Results) -> Bars:
    groups = []
    for queue in ("postgresql", "redis"):
        fleets = [one for one in plain_fleets(part) if one["fleet"]["queue"] == queue]
        groups.append(Group(label=NAMES[queue], bars=[_speed(part, one) for one in fleets]))
    return Bars(
        title="Spaces synced a minute",
        subtitle=f"All due in the same minute; each worker has {part['threads']} threads",
        mark="perfect division of what one worker does",
        groups=groups,
    )


def _speed(part: Results, one: Results) -> Bar:
    fleet = one["fleet"]
    label = "1 worker" if fleet["workers"] == 1 else f"{fleet['workers']} workers"
    speed = fleet["spaces"] / one["seconds"] * 60
    ideal = fleet["spaces"] / divided(part, one) * 60
    text = f"{speed:,.0f}"
    if fleet["workers"] > 1:
        text += f", {speed / ideal:.0%} of perfect"
    return Bar(label=label, value=speed, text=text, mark=ideal if fleet["workers"] > 1 else None)


def _naive(spaces: Results, rows: Results) -> Bars:
    large = rows["large"]
    naive = large["naive"]
    calls = extrapolate({"acton": naive["acton"]}, naive["rows"], large["rows"])["acton"]
    pairs = (
        (
            f"{most_spaces(spaces):,} small spaces",
            largest(spaces, "postgresql")["seconds"],
            naive_seconds(spaces),
        ),
        (f"One space of {large['rows']:,} rows", large["seconds"], calls / PACE),
    )
    return Bars(
        title="How long a night's sync takes",
        subtitle="At Act-On's limit of calls; the naive way asks for each row, one space after "
        "the other",
        groups=[
            Group(
                label=label,
                own_scale=True,
                bars=[
                    Bar(label="this integration", value=ours, text=in_words(ours)),
                    Bar(label="naive way", value=theirs, text=in_words(theirs), kind="other"),
                ],
            )
            for label, ours, theirs in pairs
        ],
    )


def _memory(part: Results) -> Bars:
    base, large = part["base"], part["large"]
    return Bars(
        title="Memory of a worker",
        subtitle="The most it held, in MB",
        mark=f"budget: {EXTRA_MB:.0f} MB more than with {base['rows']:,} rows",
        groups=[
            Group(
                label="",
                bars=[
                    Bar(
                        label=f"{one['rows']:,} rows",
                        value=one["peak_mb"],
                        text=f"{one['peak_mb']:.0f} MB",
                        mark=base["peak_mb"] + EXTRA_MB if one is large else None,
                    )
                    for one in (base, large)
                ],
            )
        ],
    )


def _waiting(part: Results) -> Lines:
    alone, large, crowd = (part[name] for name in ("alone", "large", "crowd"))
    names = (
        (f"beside {crowd['big']} of {crowd['rows']:,} rows", crowd, "other"),
        (f"beside 1 of {large['rows']:,} rows", large, "main"),
        ("without a large one", alone, "quiet"),
    )
    return Lines(
        title="How long small spaces wait for a large one",
        subtitle=f"Seconds until so many of {alone['small']} small spaces are done; "
        f"one worker of {part['threads']} threads",
        lines=[
            Line(label=label, values=one["small_done"], kind=kind) for label, one, kind in names
        ],
    )


def _cron(part: Results) -> Bars:
    words = {"quiet": "Nothing is due", "due": "All are due, each call starts up to 100"}
    return Bars(
        title="How long the cron waits for POST /sync",
        subtitle="95 of 100 calls are answered within so many milliseconds",
        groups=[
            Group(
                label=label,
                own_scale=True,
                bars=[
                    Bar(
                        label=f"{one['spaces']:,} spaces",
                        value=one[state]["p95_ms"],
                        text=f"{one[state]['p95_ms']:,.0f} ms",
                    )
                    for one in part["answers"]
                ],
            )
            for state, label in words.items()
        ],
    )


def _panel(part: Results) -> Bars:
    states = (("without a sync", "quiet", "quiet"), ("beside a sync", "busy", "main"))
    figures = (
        ("One visitor alone, 95th percentile", "p95_ms", "{:.1f} ms", PANEL_MS),
        ("Requests a second, four visitors", "per_second", "{:,.0f}", None),
    )
    return Bars(
        title="The panel while a sync runs",
        subtitle=f"A space of {part['rows']:,} rows is synced into the same database",
        mark=f"budget: at most {PANEL_MS:.0f} ms",
        groups=[
            Group(
                label=label,
                own_scale=True,
                bars=[
                    Bar(
                        label=name,
                        value=part[state][figure],
                        text=text.format(part[state][figure]),
                        kind=kind,
                        mark=mark,
                    )
                    for name, state, kind in states
                ],
            )
            for label, figure, text, mark in figures
        ],
    )
