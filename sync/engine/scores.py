"""Reading the scores of All Contacts into the working papers."""

from sync.engine.work import Work
from sync.languages import lazy_gettext
from sync.model import Progress, ScorePage
from sync.ports import ScoreFields
from sync.rules.addresses import normalise
from sync.rules.keys import person_digest
from sync.rules.scoring import parse_score

SCORE_PAGE = "score_page"
SCORES_READ = "scores_read"
SCORES_AT_ONCE = 20_000  # people come in no order: few large steps cost less than many small ones


def read_all_scores(work: Work, fields: ScoreFields) -> None:
    """All Contacts into the papers, from where an interrupted run had come."""
    with work.papers.read() as papers:
        if papers.mark(work.run_id, SCORES_READ):
            return
        start = int(papers.mark(work.run_id, SCORE_PAGE) or 0)
    done, scores = 0, dict[str, int | None]()
    for page in work.connections.acton.fetch_all_scores(fields, page=start):
        _add_scores(work, page, scores)
        done += len(page.scores)
        if len(scores) >= SCORES_AT_ONCE and page.next_page is not None:
            with work.papers.write() as papers:
                papers.add_scores(work.run_id, scores)
                papers.set_mark(work.run_id, SCORE_PAGE, str(page.next_page))
            scores = {}
            work.give_way()
        work.report(
            Progress(step=lazy_gettext("Reading scores from All Contacts"), done=done, total=None)
        )
    with work.papers.write() as papers:
        papers.add_scores(work.run_id, scores)
        papers.set_mark(work.run_id, SCORES_READ, "yes")


def _add_scores(work: Work, page: ScorePage, scores: dict[str, int | None]) -> None:
    """The page's scores by person; somebody who is there twice counts with the higher one."""
    for raw_address, raw_score in page.scores:
        address = normalise(raw_address)
        if address is None:
            continue
        person, score = person_digest(work.space.space_id, address), parse_score(raw_score)
        before = scores.get(person)
        if before is None or (score is not None and score > before):
            scores[person] = score
