"""The addresses of the CRM's pages, `/demo/…`."""

from typing import Any, Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from sync.sandbox.crm.space import Record
from sync.sandbox.options import SPACE_ID
from sync.sandbox.pages.cards import (
    contact_of,
    find_by_email,
    find_contact,
    find_lead,
    make_card,
    make_groups,
    make_lead_line,
    score_name,
)
from sync.sandbox.pages.frame import make_frame, make_launch_frame
from sync.sandbox.world import World

WIDTHS: Final = (280, 320, 360, 480)
USUAL_WIDTH: Final = 360
# Any page may be framed here, and a signed launch may be posted to it; nothing else is let in.
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "frame-src *",
        "form-action *",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    # With no-referrer a browser would also say Origin: null when it posts a launch.
    "Referrer-Policy": "strict-origin-when-cross-origin",
}


def make_pages_blueprint(world: World) -> Blueprint:
    """The list of Contacts, Contacts and Leads with the embedded panel, and a page of strangers."""
    bp = Blueprint(
        "pages",
        __name__,
        url_prefix="/demo",
        template_folder="templates",
        static_folder="static",
    )
    bp.after_request(_with_headers)

    @bp.get("/contacts")
    def contacts() -> ResponseReturnValue:
        wanted = request.args.get("q", "")
        groups = make_groups(world.crm.spaces[SPACE_ID], wanted)
        return render_template("demo/contacts.html", groups=groups, wanted=wanted)

    @bp.get("/contacts/<contact_id>")
    def contact(contact_id: str) -> ResponseReturnValue:
        space = world.crm.spaces[SPACE_ID]
        record = find_contact(space, contact_id)
        if record is None:
            return _not_found("There is no such Contact, or it was deleted.")
        return render_template(
            "demo/contact.html",
            card=make_card(space, record),
            **_panel(world, "Contact", record),
        )

    @bp.get("/contacts/by-email/<path:email>")
    def by_email(email: str) -> ResponseReturnValue:
        record = find_by_email(world.crm.spaces[SPACE_ID], email)
        if record is None:
            return _not_found(f"No Contact has the address {email}.")
        width, launch = request.args.get("width"), request.args.get("launch")
        page = url_for("pages.contact", contact_id=record["id"], width=width, launch=launch)
        return redirect(page)

    @bp.get("/leads/<lead_id>")
    def lead(lead_id: str) -> ResponseReturnValue:
        space = world.crm.spaces[SPACE_ID]
        record = find_lead(space, lead_id)
        if record is None:
            return _not_found("There is no such Lead, or it was deleted.")
        return render_template(
            "demo/lead.html",
            lead=make_lead_line(space, record),
            contact=contact_of(space, lead_id),
            score_name=score_name(space),
            **_panel(world, "Lead", record),
        )

    @bp.get("/foreign")
    def foreign() -> ResponseReturnValue:
        url = world.launch.url if world.launch else ""
        return render_template("demo/foreign.html", url=url, host=request.host)

    return bp


def _panel(world: World, entity: str, record: Record) -> dict[str, Any]:
    """What the section with the embedded page is rendered with."""
    space, by_launch = world.crm.spaces[SPACE_ID], request.args.get("launch") == "1"
    if by_launch:
        now = world.clock.seconds()
        frame = make_launch_frame(space, entity, record, world.launch, now=now)
    else:
        frame = make_frame(space, entity, record)
    return {
        "frame": frame,
        "width": _width(),
        "widths": WIDTHS,
        "by_launch": by_launch,
        "can_launch": world.launch is not None or by_launch,
    }


def _width() -> int:
    asked = request.args.get("width", USUAL_WIDTH, type=int)
    return asked if asked in WIDTHS else USUAL_WIDTH


def _not_found(message: str) -> ResponseReturnValue:
    return render_template("demo/not_found.html", message=message), 404


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response
