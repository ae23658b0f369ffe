"""The panel in a Lead: which of a person's Leads is being looked at, and what it says there."""

from flask import g, request

from app import panel_words
from app.filters import Viewer
from sync.languages import gettext
from sync.panel import PanelState, PanelView, Pass
from sync.panel.values import Crossing


def in_lead(pass_: Pass) -> Pass:
    """The pass, told in which Lead it was opened, if it was in one."""
    return pass_.on_lead(request.form["lead"]) if "lead" in request.form else pass_


def key() -> str | None:
    """The key of the Lead that the panel stands in; None: it stands in a Contact."""
    pass_: Pass | None = g.get("panel_pass")
    return pass_.lead_key if pass_ else None


def stranger() -> PanelView:
    """The panel in a record that carries no key."""
    return PanelView(state=PanelState.NOT_CREATED, space_id="", on_lead="lead" in request.form)


def state(view: PanelView) -> panel_words.Message | None:
    """What the panel has to say instead of a score."""
    if view.on_lead and view.state is PanelState.NOT_CREATED and not view.name:
        return panel_words.Message(
            title=panel_words.STATES[view.state].title,
            text=gettext("The Act-On Integration did not create this Lead."),
            step=gettext("Open its Contact: if Act-On knows the person, the panel there shows it."),
        )
    return panel_words.state(view)


def reached(one: Crossing, viewer: Viewer) -> str:
    """Why there is a Lead for this list, with the threshold of that day where it is known."""
    if one.threshold is None:
        return panel_words.crossed(one.crossed_at, viewer)
    return gettext(
        "Reached %(threshold)s points on %(day)s",
        threshold=viewer.number(one.threshold),
        day=viewer.day(one.crossed_at),
    )
