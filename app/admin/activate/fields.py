"""Fields and panel: the step that sets Pipeliner up."""

from flask.typing import ResponseReturnValue

from app import htmx
from app.admin.activate.frame import bp, go, page, the_space
from app.admin.setup import checked, looked_over, mend_and_say


@bp.get("/fields")
def fields(space_id: str) -> ResponseReturnValue:
    if htmx.is_htmx():
        return checked(the_space())
    return page("activate/fields.html", "fields", **looked_over(the_space()))


@bp.post("/fields")
def mend(space_id: str) -> ResponseReturnValue:
    mend_and_say(space_id)
    return go("fields")
