"""What a message says. Nobody reads more than the first lines: what is, why, what to do, where."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final
from urllib.parse import quote as in_address

from sync.languages import current_language, gettext, ngettext, speaking
from sync.messages.news import Tales
from sync.messages.quoting import Quote, for_chat, for_mail
from sync.messages.words import date_in_words, number
from sync.model import SpaceStatus
from sync.model.messages import Channel, HotLead, HotLeads, Letter, Line, News, Week

QUOTES: Final[dict[Channel, Quote]] = {Channel.EMAIL: for_mail, Channel.WEBHOOK: for_chat}


class Writer:
    """Writes messages. `public_url` None: without links to our pages. `record_url`: the address of
    a record in the CRM, with `{space}`, `{collection}` and `{id}`."""

    def __init__(self, public_url: str | None, record_url: str | None = None) -> None:
        self._public_url = public_url
        self._record_url = record_url

    def news(self, news: News, channel: Channel, language: str) -> Letter:
        """What began or ended."""
        with speaking(language):
            tales = Tales(news, QUOTES[channel], lambda run: self._run_page(news.space_id, run))
            return _letter(tales.subject(), tales.lines(), self._why(news.space_id))

    def digest(self, week: Week, channel: Channel, language: str) -> Letter:
        """The week in numbers."""
        quote = QUOTES[channel]
        with speaking(language):
            subject = gettext("%(space)s: the week of the sync", space=quote(week.space_name))
            lines = (*_of_week(week, quote), Line(text="", **self._page(week.space_id, "")))
            return _letter(subject, lines, self._why(week.space_id))

    def hot_leads(self, hot: HotLeads, language: str) -> Letter:
        """New Leads, for who owns them."""
        with speaking(language):
            why = gettext(
                "You get this because you own the new Leads of %(space)s. The admins of the space "
                "can switch it off.",
                space=for_mail(hot.space_name),
            )
            return _letter(_hot_subject(hot), self._of_hot(hot), (Line(text=why),))

    # --- parts -----------------------------------------------------------------------------------

    def _of_hot(self, hot: HotLeads) -> Iterator[Line]:
        yield Line(
            text=gettext(
                "Their score in Act-On reached %(threshold)s for the first time in a list, so each "
                "became a Lead of yours:",
                threshold=number(hot.threshold),
            )
        )
        for one in hot.leads:
            yield self._hot_line(hot.space_id, one)
        more = hot.total - len(hot.leads)
        if more > 0:
            yield Line(text=ngettext("and %(num)s more.", "and %(num)s more.", more))

    def _hot_line(self, space_id: str, one: HotLead) -> Line:
        facts = {"name": for_mail(one.name), "list": for_mail(one.list_name)}
        text = (
            gettext("%(name)s, list %(list)s", **facts)
            if one.score is None
            else gettext("%(name)s: score %(score)s, list %(list)s", score=one.score, **facts)
        )
        if one.lead_id:
            url, label = self._record(space_id, "leads", one.lead_id), gettext("Open the Lead")
        elif one.contact_id:
            url = self._record(space_id, "contacts", one.contact_id)
            label = gettext("Open the Contact")
        else:
            url = label = ""
        return Line(text=text, url=url, label=label)

    def _why(self, space_id: str) -> tuple[Line, ...]:
        text = gettext(
            "You get this because an admin of the space put this address on its page Messages."
        )
        return (Line(text=text, **self._page(space_id, "messages", gettext("Change that"))),)

    def _run_page(self, space_id: str, run_id: int | None) -> dict[str, str]:
        place = "" if run_id is None else f"runs/{run_id}"
        return self._page(space_id, place, gettext("See the run") if place else "")

    def _page(self, space_id: str, place: str, label: str = "") -> dict[str, str]:
        if self._public_url is None:
            return {}
        url = f"{self._public_url}/admin/{in_address(space_id, safe='')}/{place}"
        return {"url": url, "label": label or gettext("See the space")}

    def _record(self, space_id: str, collection: str, record_id: str) -> str:
        if self._record_url is None:
            return ""
        space, name = in_address(space_id, safe=""), in_address(record_id, safe="")
        return self._record_url.format(space=space, collection=collection, id=name)


def _letter(subject: str, lines: Iterable[Line], footer: tuple[Line, ...]) -> Letter:
    said = tuple(one for one in lines if one.text or one.url)
    return Letter(subject=subject, lines=said, footer=footer, language=current_language())


def _hot_subject(hot: HotLeads) -> str:
    if hot.total == 1 and hot.leads:
        return gettext("New hot Lead: %(name)s", name=for_mail(hot.leads[0].name))
    return ngettext("%(num)s new hot Lead", "%(num)s new hot Leads", hot.total)


def _of_week(week: Week, quote: Quote) -> Iterator[Line]:
    yield Line(
        text=gettext(
            "%(begin)s to %(end)s:",
            begin=date_in_words(week.begin, week.time_zone),
            end=date_in_words(week.end, week.time_zone, days=-1),
        )
    )
    yield Line(
        text=gettext(
            "Leads created: %(leads)s. Contacts created: %(contacts)s. Scores updated: "
            "%(scores)s. Runs: %(runs)s.",
            leads=number(week.leads_created),
            contacts=number(week.contacts_created),
            scores=number(week.scores_updated),
            runs=number(week.runs),
        )
    )
    troubles = " ".join(_troubles(week))
    yield Line(text=troubles or gettext("Nothing failed, and nothing waits."))
    if week.hottest:
        people = ", ".join(f"{quote(name)} ({number(score)})" for name, score in week.hottest)
        yield Line(text=gettext("The hottest people: %(people)s.", people=people))
    yield Line(
        text=gettext(
            "Calls used: %(acton)s to Act-On, %(pipeliner)s to Pipeliner.",
            acton=number(week.acton_calls),
            pipeliner=number(week.pipeliner_calls),
        )
    )


Counted = Callable[[int], str]


def _troubles(week: Week) -> Iterator[str]:
    counted: tuple[tuple[int, Counted], ...] = (
        (
            week.runs_failed,
            lambda n: ngettext("%(n)s run failed.", "%(n)s runs failed.", n, n=number(n)),
        ),
        (
            week.runs_partial,
            lambda n: ngettext("%(n)s run fell short.", "%(n)s runs fell short.", n, n=number(n)),
        ),
        (
            week.rows_failed,
            lambda n: ngettext("%(n)s row failed.", "%(n)s rows failed.", n, n=number(n)),
        ),
        (
            week.waiting,
            lambda n: ngettext(
                "%(n)s new Lead waits for approval.",
                "%(n)s new Leads wait for approval.",
                n,
                n=number(n),
            ),
        ),
    )
    yield from (words(count) for count, words in counted if count)
    if week.status is SpaceStatus.NEEDS_ATTENTION:
        yield gettext("The space needs attention: nothing is synced until somebody acts.")
