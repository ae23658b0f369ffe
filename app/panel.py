"""The panel that a sales user sees inside a Contact in Pipeliner (design §3.16, §4).

Space and person come from the pass only, which a key, a launch token or a panel session gives. The
session travels as a header (htmx) or a form field (without JavaScript): never in an address, a
cookie or a log. Every answer that needed one carries a renewed one.
"""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import structlog
from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed, TooManyRequests

from app import htmx, limits, panel_assets, panel_lead, panel_words
from app.encoding import compressed, takes_gzip
from app.filters import Viewer, find_zone
from app.gzipped import join, join_packed
from app.panel_form import read_locale, read_query, told_zone, wants_fresh
from app.services import get_last_views, get_page_cache, get_panel, get_settings
from sync.errors import IntegrationError, TryLater
from sync.languages import speak
from sync.metrics import ERRORS, PANEL_VIEWS
from sync.model import Tab
from sync.panel import PanelClosed, PanelView, Pass, StreamView

log = structlog.get_logger(__name__)
bp = Blueprint("panel", __name__, url_prefix="/panel")

PARTS: Final = ("score", "find", "activity", "session")
PATHS: Final = frozenset({"/panel", *(f"/panel/{part}" for part in PARTS)})

SESSION_HEADER: Final = "X-Panel-Session"
RENEWED_HEADER: Final = "Panel-Session"


@bp.get("")
def launch() -> ResponseReturnValue:
    """The page that takes the key out of the address; without one it explains itself."""
    return _page("panel/launch.html", message=panel_words.LAUNCH)


@bp.get(f"/<any({', '.join(PARTS)}):_part>")
def part(_part: str) -> ResponseReturnValue:
    """These take forms only; whoever comes by their address is told how the panel is opened."""
    return redirect(url_for("panel.launch"))


@bp.post("")
def enter() -> ResponseReturnValue:
    panel, form = get_panel(), request.form
    key = form.get("key")
    if key is None:
        return _opened(panel.open_with_token(form.get("token", "")))
    try:
        return _opened(panel_lead.in_lead(panel.open_with_key(key)), key)
    except TryLater as away:
        return _last_panel(key, away)


def _opened(pass_: Pass, key: str = "") -> Response:
    g.panel_session = get_panel().make_session(_let_in(pass_))
    return _kept_panel(pass_, key, g.panel_session)


def _last_panel(key: str, away: TryLater) -> Response:
    """What the key's panel showed last, while the database is away. Raises what it was given where
    nothing was shown lately, or not for such a key."""
    panel = get_panel()
    try:
        pass_, view = get_last_views().open(panel, key)
    except PanelClosed:
        raise away from None  # whether the key is good is not known either
    log.info("panel_shown_from_memory", space=pass_.space_id)
    PANEL_VIEWS.add("memory")
    g.panel_session = panel.make_session(_let_in(pass_))
    return _whole_panel(view, key=key)


def _kept_panel(pass_: Pass, key: str, session: str) -> Response:
    """The panel as it was rendered a moment ago, for whoever opens it next."""
    reader = f"{read_locale()}|{told_zone()}|{pass_.user is not None}|{pass_.lead_key}"

    def render(session: str, key: str) -> str:
        made.append("new")
        view = _remembered(pass_, get_panel().view(pass_))
        return _whole_panel(view, key=key, session=session).get_data(as_text=True)

    made: list[str] = []
    pieces = get_page_cache().page(_subject(pass_), reader, session, key, render)
    PANEL_VIEWS.add("new" if made else "cache")
    if not takes_gzip():
        return Response(join(pieces))
    return Response(join_packed(pieces), headers={"Content-Encoding": "gzip"})


def _remembered(pass_: Pass, view: PanelView) -> PanelView:
    """The view, kept for when the database is away."""
    name = get_panel().name_of(pass_)
    if name is not None:
        get_last_views().keep(name, pass_.epoch, view)
    return view


@bp.post("/score")
def score() -> ResponseReturnValue:
    pass_ = _pass()
    limits.count_live_look()
    view = _remembered(pass_, get_panel().refresh(pass_))
    get_page_cache().forget(_subject(g.panel_pass))
    return _after_deed(view, block="record")


@bp.post("/find")
def find() -> ResponseReturnValue:
    pass_ = _pass()
    limits.count_live_look()
    view = get_panel().find(pass_)
    get_page_cache().forget(_subject(g.panel_pass))
    return _after_deed(view, block="panel")


@bp.post("/activity")
def activity() -> ResponseReturnValue:
    """The stream: a fragment for htmx, else the panel with it, or a page of its own."""
    pass_ = _pass()
    if request.form.get("open") == "no":
        return _whole_panel(get_panel().view(pass_))
    tab, query = read_query()
    fresh = wants_fresh()
    if fresh:
        limits.count_live_look()
    stream = get_panel().stream(pass_, query, fresh=fresh)
    if fresh:
        get_page_cache().forget(_subject(pass_))
    if htmx.is_htmx():
        return _stream(stream, tab) + (_score_beside(pass_) if fresh else "")
    view = get_panel().view(pass_)
    if request.form.get("page") == "full":
        return _page("panel/page.html", view=view, **_stream_context(stream, tab))
    return _whole_panel(view, **_stream_context(stream, tab))


@bp.post("/session")
def session() -> ResponseReturnValue:
    """A renewed session, for the session or for the key that opened the panel."""
    key = request.form.get("key")
    opened = panel_lead.in_lead(get_panel().open_with_key(key)) if key else _pass()
    _let_in(opened)
    return "", HTTPStatus.NO_CONTENT


@bp.errorhandler(PanelClosed)
def closed(refusal: PanelClosed) -> ResponseReturnValue:
    """One refusal for whatever is not ours; own words for what was ours and is over."""
    if refusal.kind == "invalid" and limits.is_too_often(limits.REFUSED_PANELS, "refused panels"):
        return _message(panel_words.TOO_OFTEN, HTTPStatus.TOO_MANY_REQUESTS)
    if refusal.kind == "not_created":
        return _whole_panel(panel_lead.stranger())
    by_session = refusal.kind == "expired" and request.endpoint != "panel.enter"
    message = panel_words.REFUSALS["session" if by_session else refusal.kind]
    return _message(message, HTTPStatus.FORBIDDEN)


@bp.errorhandler(Exception)
def broken(error: Exception) -> ResponseReturnValue:
    """Errors as a page that the CRM may frame; the log has the details of a mistake of ours."""
    if isinstance(error, MethodNotAllowed):
        answer = make_response(_message(panel_words.LAUNCH, HTTPStatus.METHOD_NOT_ALLOWED))
        answer.headers.extend(one for one in error.get_headers() if one[0] == "Allow")
        return answer
    if isinstance(error, TooManyRequests):
        return _message(panel_words.TOO_OFTEN, HTTPStatus.TOO_MANY_REQUESTS)
    if isinstance(error, HTTPException):
        return _message(panel_words.BROKEN, HTTPStatus(error.code or 500))
    if isinstance(error, IntegrationError):
        log.warning("panel_answered_with_error", kind=error.kind, path=request.path)
        ERRORS.add("panel", error.kind)
        words = panel_words.AWAY if isinstance(error, TryLater) else panel_words.BROKEN
        return _message(words, HTTPStatus.SERVICE_UNAVAILABLE)
    log.exception("request_broke", path=request.path)
    ERRORS.add("panel", "bug")
    return _message(panel_words.BROKEN, HTTPStatus.INTERNAL_SERVER_ERROR)


@bp.after_request
def guard(response: Response) -> Response:
    """What may frame the page and run in it, a renewed session, and a smaller body."""
    pass_: Pass | None = g.get("panel_pass")
    headers = response.headers
    headers.add("Content-Security-Policy", panel_assets.policy(get_settings().frame_ancestors))
    if pass_ and response.status_code < HTTPStatus.BAD_REQUEST:
        headers.add(RENEWED_HEADER, _renewed(pass_))
    return compressed(response)


def _pass() -> Pass:
    token = request.headers.get(SESSION_HEADER) or request.form.get("session", "")
    return _let_in(get_panel().check_session(token))


def _let_in(pass_: Pass) -> Pass:
    """Whoever this request is for, spoken to in the language that their launch named."""
    g.panel_pass = pass_
    if pass_.language:
        speak(pass_.language)
    return pass_


def _subject(pass_: Pass) -> str:
    """Whom a pass shows, as the cache names it; a new epoch of keys is a new name."""
    return f"{pass_.space_id}|{pass_.epoch}|{pass_.person}|{pass_.contact_id}"


def _renewed(pass_: Pass) -> str:
    """The session that this answer hands out: one, wherever it stands in it."""
    if "panel_session" not in g:
        g.panel_session = get_panel().make_session(pass_)
    token: str = g.panel_session
    return token


def _after_deed(view: PanelView, *, block: str) -> ResponseReturnValue:
    """What is shown of the person, after Refresh or Find."""
    if not htmx.is_htmx():
        return _whole_panel(view)
    context = _context(view=view, stream=None)
    texts = {"announce": panel_words.said(view, context["viewer"]), "address": view.address}
    return htmx.fragment("panel/view.html", block, texts=texts, **context)


def _stream(stream: StreamView, tab: str) -> str:
    context = _context(view=None, **_stream_context(stream, tab))
    texts = {"announce": panel_words.count_of(stream, context["viewer"], tab=tab)}
    block = "stream" if htmx.target() == "stream" else "activity"
    return htmx.fragment("panel/_activity.html", block, texts=texts, **context)


def _score_beside(pass_: Pass) -> str:
    """The score as it is after a live reading: what stands beside the stream must agree with it."""
    full = request.form.get("page") == "full"
    template, block = ("panel/page.html", "standing") if full else ("panel/view.html", "record")
    view = _remembered(pass_, get_panel().view(pass_))
    context = _context(view=view, stream=None, beside=True)
    return htmx.fragment(template, block, texts={}, **context)


def _stream_context(stream: StreamView, tab: str) -> dict[str, Any]:
    return {
        "stream": stream,
        "tab": tab,
        "updating": stream.stale and not wants_fresh(),
        "full": request.form.get("page") == "full",
    }


def _whole_panel(view: PanelView, *, key: str = "", **context: Any) -> Response:
    shown = {"stream": None, "tab": Tab.ALL.value, "full": False} | context
    return _page("panel/view.html", view=view, key=key, **shown)


def _message(message: panel_words.Message, status: HTTPStatus) -> ResponseReturnValue:
    g.pop("panel_pass", None)
    if htmx.is_htmx():
        return htmx.fragment("panel/closed.html", "message", texts={}, message=message), status
    return _page("panel/closed.html", message=message), status


def _page(template: str, **context: Any) -> Response:
    return make_response(render_template(template, **_context(**context)))


def _context(view: PanelView | None = None, **context: Any) -> dict[str, Any]:
    """What every template of the panel may use."""
    pass_: Pass | None = g.get("panel_pass")
    viewer = _viewer(view)
    return {
        "view": view.seen_from(pass_.lead_key) if view and pass_ else view,
        "viewer": viewer,
        "zone": viewer.zone.key,
        "session": _renewed(pass_) if pass_ else "",
        "assets": panel_assets,
        "words": panel_words,
        "lead": panel_lead,
        "beside": False,
    } | context


def _viewer(view: PanelView | None) -> Viewer:
    zone = find_zone(told_zone(), view.time_zone if view else None)
    return Viewer(zone=zone, locale=read_locale(), now=datetime.now(UTC))
