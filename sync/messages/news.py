"""News of a space in words: what began, why, what to do; what is over; what is still so."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from sync.languages import gettext, ngettext
from sync.messages.quoting import Quote
from sync.messages.words import day_in_words, number
from sync.model import Run
from sync.model.messages import Line, News, Telling
from sync.rules.telling import OF_WORK

FOR_THE_SHELL: Final = "python -m sync"  # hints that help nobody who reads a message
Link = Callable[[int | None], Mapping[str, str]]


class Tales:
    """The words for one message of news. `link`: the address and label of a run's page."""

    def __init__(self, news: News, quote: Quote, link: Link) -> None:
        self._news = news
        self._quote = quote
        self._link = link

    def subject(self) -> str:
        """The gravest of it, after the name of the space."""
        news = self._news
        name = self._quote(news.space_name)
        if news.began:
            said = self._heading(news.began[0])
        elif news.still or len(news.ended) == 1:
            said = self._over(news.ended[0])
        else:
            said = gettext("all is well again")
        return f"{name}: {said}"

    def lines(self) -> Iterator[Line]:
        """Paragraph by paragraph."""
        news = self._news
        for one in news.began:
            yield from self._begun(one)
        for one in news.ended:
            yield Line(text=self._over_in_full(one))
        if news.ended and not news.began:
            if news.still:
                yield from (Line(text=self._still(one)) for one in news.still)
            yield Line(text="", **self._link(news.run.run_id if news.run else None))

    # --- what began ------------------------------------------------------------------------------

    def _heading(self, one: Telling) -> str:
        if one is Telling.GUARD_WAITING:
            waiting = self._news.waiting
            return ngettext(
                "%(n)s new Lead waits for approval",
                "%(n)s new Leads wait for approval",
                waiting,
                n=number(waiting),
            )
        return {
            Telling.NEEDS_ATTENTION: gettext("the sync needs you"),
            Telling.FAILED: gettext("the sync failed"),
            Telling.PARTIAL: gettext("the sync fell short"),
            Telling.PAUSED: gettext("the sync is paused"),
            Telling.UNUSUAL_VOLUME: gettext("far more new Leads than usual"),
        }[one]

    def _begun(self, one: Telling) -> Iterator[Line]:
        run = self._news.run
        run_id = run.run_id if run else None
        if one is Telling.GUARD_WAITING:
            run_id = self._news.waiting_run_id or run_id
        yield Line(text=self._what(one))
        if run is not None and one in OF_WORK:
            yield from self._why(run, one)
        yield Line(text="", **self._link(run_id))

    def _what(self, one: Telling) -> str:
        if one is Telling.GUARD_WAITING:
            return gettext(
                "A run held back %(waiting)s new Leads: more than the volume guard lets through "
                "unasked. They are made by the next run once somebody approves them on the run's "
                "page.",
                waiting=number(self._news.waiting),
            )
        if one is Telling.UNUSUAL_VOLUME:
            return gettext(
                "%(made)s new Leads were made in a day. More than %(usual)s are unusual for this "
                "space. If you did not expect that, look at the lists and at Set Score.",
                made=number(self._news.made_now),
                usual=number(self._news.usual),
            )
        if one is Telling.NEEDS_ATTENTION:
            return gettext(
                "Its runs failed again and again for a cause that only a person can mend. Nothing "
                "is synced until then."
            )
        day = day_in_words(self._news.run.local_date) if self._news.run else ""
        return {
            Telling.FAILED: gettext(
                "The run of %(day)s ended before its work was done. The next run takes it up.",
                day=day,
            ),
            Telling.PARTIAL: gettext(
                "The run of %(day)s finished, but not all of it could be done. The next run takes "
                "up the rest.",
                day=day,
            ),
            Telling.PAUSED: gettext(
                "The run of %(day)s waits, since the day's calls are used up. It continues by "
                "itself; nothing has to be done.",
                day=day,
            ),
        }[one]

    def _why(self, run: Run, one: Telling) -> Iterator[Line]:
        if run.problem is None or one is Telling.PAUSED:
            return
        yield Line(text=gettext("Why: %(problem)s", problem=self._quote(run.problem.message)))
        if run.problem.hint and FOR_THE_SHELL not in run.problem.hint:
            yield Line(text=gettext("What to do: %(hint)s", hint=self._quote(run.problem.hint)))

    # --- what is over, and what is not -----------------------------------------------------------

    def _over(self, one: Telling) -> str:
        if one is Telling.GUARD_WAITING:
            return gettext("no Leads wait any more")
        if one is Telling.UNUSUAL_VOLUME:
            return gettext("as many new Leads as usual again")
        return gettext("the sync works again")

    def _over_in_full(self, one: Telling) -> str:
        if one is Telling.GUARD_WAITING:
            return gettext("No new Leads wait for approval any more.")
        if one is Telling.UNUSUAL_VOLUME:
            return gettext("The number of new Leads a day is as usual again.")
        return gettext("The sync works again: its last run went through without a problem.")

    def _still(self, one: Telling) -> str:
        return gettext("Still so: %(what)s.", what=self._heading(one))
