"""The hot list of a space: whom to call first, and why."""

from typing import Final

from flask import request
from flask.typing import ResponseReturnValue

from app import panel_words, session
from app.admin.records import record_url, record_urls
from app.admin.space import after, bp, page, space_of
from app.admin.spreadsheet import csv_file
from app.filters import Viewer, web_address
from app.services import get_hot_list
from sync.languages import gettext, ngettext
from sync.model.hot import HotFilter, HotPage, HotPerson
from sync.service import RANGES, hot_filter


@bp.get("/hot-list")
def hot_list(space_id: str) -> ResponseReturnValue:
    actor, wanted = session.actor(), _wanted()
    listing = get_hot_list().page(actor, space_id, wanted, after=after())
    return page(
        "admin/hot.html",
        space_of(space_id),
        "hot",
        wanted=wanted,
        filters=_in_address(wanted),
        ranges=RANGES,
        choices=get_hot_list().choices(actor, space_id),
        listing=listing,
        begun=after() is None,
        record_url=record_url,
        texts=WORDS,
    )


@bp.get("/hot-list.csv")
def hot_list_csv(space_id: str) -> ResponseReturnValue:
    """The same people, all of them, in the same order, for a spreadsheet."""
    wanted, url = _wanted(), record_urls(space_id)

    def url_of(collection: str, record_id: str) -> str:
        return web_address(url(collection, record_id))

    table = get_hot_list().table(session.actor(), space_id, wanted, url_of)
    return csv_file(table, f"hot-list-{wanted.days}-days.csv")


def _wanted() -> HotFilter:
    return hot_filter(*(request.args.get(name, "") for name in ("days", "list", "owner")))


def _in_address(wanted: HotFilter) -> dict[str, str]:
    """The filter as it stands in an address."""
    found = {"days": str(wanted.days), "list": wanted.list_id, "owner": wanted.owner_id}
    return {name: value for name, value in found.items() if value is not None}


class _Words:
    """What the page says of people; numbers and days as the viewer writes them."""

    standings = panel_words.STANDINGS

    def momentum(self, one: HotPerson, days: int, viewer: Viewer) -> str:
        """How the score moved, for those who do not see the arrow."""
        points = viewer.number(abs(one.rise))
        since = _since(one, days, viewer)
        if one.rise > 0:
            return gettext("Up %(points)s points %(since)s", points=points, since=since)
        if one.rise < 0:
            return gettext("Down %(points)s points %(since)s", points=points, since=since)
        return gettext("Unchanged %(since)s", since=since)

    def drawn(self, one: HotPerson, viewer: Viewer) -> str:
        """The drawing in words."""
        scores = [score for _, score in one.history]
        return gettext(
            "From %(first)s on %(day)s to %(last)s now; lowest %(low)s, highest %(high)s.",
            first=viewer.number(scores[0]),
            day=viewer.day(one.history[0][0]),
            last=viewer.number(scores[-1]),
            low=viewer.number(min(scores)),
            high=viewer.number(max(scores)),
        )

    def empty(self, listing: HotPage, wanted: HotFilter, viewer: Viewer) -> tuple[str, str]:
        """Why nobody is here, and what to do: a title and a text."""
        threshold = viewer.number(listing.threshold)
        if not listing.scored:
            return (
                gettext("Nobody has a score yet"),
                gettext(
                    "People appear here when a run has linked them, which it does with everybody "
                    "who reaches your threshold of %(threshold)s.",
                    threshold=threshold,
                ),
            )
        if not listing.counted:
            return (
                gettext("Momentum is being counted"),
                gettext(
                    "A worker compares the scores with those of the last 90 days. Look again in a "
                    "minute; if it stays like this, ask your operator whether the worker runs."
                ),
            )
        if wanted.narrows:
            return (
                gettext("Nobody hot is like that"),
                gettext("Choose another list or owner, or a longer range."),
            )
        return (
            gettext("Nobody is hot just now"),
            gettext(
                "Nobody has %(threshold)s points, or gained %(rising)s in the last %(days)s days.",
                threshold=threshold,
                rising=viewer.number(listing.rising_from),
                days=wanted.days,
            ),
        )

    def unknown_owner(self) -> str:
        """An owner without a name."""
        return gettext("Somebody Pipeliner does not list")


def _since(one: HotPerson, days: int, viewer: Viewer) -> str:
    if one.known_since is not None:
        return gettext("since %(day)s", day=viewer.day(one.known_since))
    return ngettext("in %(num)s day", "in %(num)s days", days)


WORDS: Final = _Words()
