"""What must come of a story: a simple model, from the rules of the design and nothing else.

It looks at both vendors as they are, and remembers only which (list, person) a run may have seen at
the threshold. What it cannot know it allows: a set with several outcomes means "one of these".
"""

from collections.abc import Iterator

from sync.model import CrmContact, ExistingLead, FieldPurpose, Run, RunStatus
from tests.reliability.stage import Stage, Trouble

WRITTEN = {"updated", "unchanged"}
FAILED = {"failed"}


class Model:
    """The truth about one stage. Every `check_…` raises AssertionError with what is wrong."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.seen: set[tuple[str, str]] = set()  # at the threshold, when a run was at work

    # --- what is there -------------------------------------------------------------------------

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every (list, person) in Act-On."""
        for list_id in self.stage.acton.lists:
            people = [row.person for row in self.stage.acton.rows_of(list_id)]
            yield from ((list_id, person) for person in dict.fromkeys(people) if person)

    def a_run_looks(self) -> None:
        """Whoever is at the threshold now may be seen by the run that is at work."""
        self.seen |= {pair for pair in self.pairs() if self._reaches(pair[1])}

    def _reaches(self, person: str) -> bool:
        score = self.stage.acton.score_of(person)
        return score is not None and score >= self.stage.threshold

    def _contacts(self, person: str) -> list[CrmContact]:
        contacts = self.stage.pipeliner.contacts.values()
        return [one for one in contacts if person in one.addresses]

    def _kin(self, person: str) -> list[CrmContact]:
        """Contacts that belonged to the person, whatever their address now."""
        crm = self.stage.pipeliner
        made = {one for one, write in crm.contact_writes.items() if write.address == person}
        for list_id, whose in self.seen:
            if whose == person:
                for lead_id in self.stage.leads_of(list_id, person):
                    made |= {*crm.leads[lead_id].contact_ids}
                    made |= {crm.lead_writes[lead_id].contact_id or ""}
        return [crm.contacts[one] for one in made if one in crm.contacts]

    # --- rules of the design -------------------------------------------------------------------

    def _blocked(self, person: str) -> set[bool]:
        """Whether somebody deleted the person's Contact on purpose (design §3.10)."""
        own, kin = self._contacts(person), self._kin(person)
        if any(not one.deleted for one in own):
            return {False}
        if not any(one.deleted and one.ours for one in (*own, *kin)):
            return {False}
        if any(not one.deleted for one in kin) or not any(one.ours for one in own):
            return {True, False}  # its address was changed or it was merged: who is the person now?
        return {True}

    def _made_by_hand(self, person: str) -> set[bool]:
        """Whether an open Lead that somebody made has the address (design §3.4)."""
        crm = self.stage.pipeliner
        if self.stage.space.settings.existing_lead is ExistingLead.CREATE:
            return {False}
        open_ones = [
            crm.leads[one]
            for one in crm.made_by_hand()
            if crm.leads[one].open and not crm.leads[one].deleted
        ]
        if any(lead.quick_email == person for lead in open_ones):
            return {True}
        linked = {contact_id for lead in open_ones for contact_id in lead.contact_ids}
        near = [one for one in self._contacts(person) if one.contact_id in linked]
        if any(not one.deleted for one in near):
            return {True}
        return {False} if not near else {True, False}

    def expected(self, list_id: str, person: str, made_now: set[str]) -> set[str]:
        """What may become of the first row of this person in this list."""
        crm, lead_ids = self.stage.pipeliner, self.stage.leads_of(list_id, person)
        live = [one for one in lead_ids if not crm.leads[one].deleted]
        if set(lead_ids) & made_now:
            return {"created"} if live else set()
        if live:
            return WRITTEN | (FAILED if crm.refuse_changes else set())
        if lead_ids:
            return {"deleted_in_crm"}
        return self._expected_without_lead(list_id, person)

    def _expected_without_lead(self, list_id: str, person: str) -> set[str]:
        blocked, by_hand = self._blocked(person), self._made_by_hand(person)
        allowed = set()
        if True in blocked:
            allowed |= {"deleted_in_crm"}
        if True in by_hand and False in blocked:
            allowed |= {"existing_lead"}
        if self.stage.pipeliner.refuse_names:
            allowed |= FAILED if False in blocked and False in by_hand else set()
        if not self._reaches(person):
            score = self.stage.acton.score_of(person)
            unreached = "no_score" if score is None else "below_threshold"
            return {unreached, *allowed} if (list_id, person) in self.seen else {unreached}
        return allowed  # nothing allowed: the Lead is lost

    # --- after any run, and in the middle of one -----------------------------------------------

    def check_nothing_is_double(self) -> None:
        stage, crm = self.stage, self.stage.pipeliner
        keys = [write.ours[FieldPurpose.LEAD_KEY] for write in crm.lead_writes.values()]
        assert len(keys) == len(set(keys)), "Two Leads were made for one (list, person)."
        legitimate = {stage.key(*pair) for pair in self.seen}
        assert set(keys) <= legitimate, "A Lead was made for somebody below the threshold."
        for person in {write.address for write in crm.contact_writes.values()}:
            made = [one for one, write in crm.contact_writes.items() if write.address == person]
            still = [one for one in made if person in crm.contacts[one].addresses]
            assert len(still) <= 1, f"Two Contacts were made for {person}: {still}."

    def check_records_of_others(self) -> None:
        changed = self.stage.pipeliner.changed_beyond_ours()
        assert not changed, f"More than our own fields was changed: {changed}."

    # --- after a run that ended ----------------------------------------------------------------

    def check_counts(self, run: Run, made: set[str]) -> None:
        assert run.counts.adds_up, run.counts
        found = self.stage.outcomes_by_list(run.run_id)
        results = [result for rows in found.values() for _, result in rows]
        assert None not in results, "A row has no outcome."
        assert len(results) == run.counts.rows
        if run.status is not RunStatus.FAILED:
            assert run.counts.created == len(made), (run.counts, made)

    def check_end(self, run: Run, made: set[str]) -> None:
        """All there is to say about a run that came to its end while nobody changed anything."""
        found, unread = (
            self.stage.outcomes_by_list(run.run_id),
            self.stage.lists_not_read(run.run_id),
        )
        assert set(found) == set(self.stage.acton.lists)
        if self.stage.fate.met is not Trouble.AWAY:
            assert unread == set(self.stage.acton.failing)
        for list_id, rows in found.items():
            if list_id not in unread:
                self._check_list(list_id, rows, made)
        failed = any(result == "failed" for rows in found.values() for _, result in rows)
        short = failed or bool(unread)
        assert run.status is (RunStatus.PARTIAL if short else RunStatus.SUCCEEDED), run.problem
        self._check_new_leads(made)
        self._check_contacts(unread)

    def _check_list(
        self, list_id: str, found: list[tuple[int, str | None]], made: set[str]
    ) -> None:
        rows = self.stage.acton.rows_of(list_id)
        assert [position for position, _ in found] == list(range(len(rows))), "Rows are lost."
        met: set[str] = set()
        for row, (_, result) in zip(rows, found, strict=True):
            if row.person is None:
                assert result == "no_address"
            elif row.person in met:
                assert result == "duplicate_in_list"
            else:
                met.add(row.person)
                expected = self.expected(list_id, row.person, made)
                assert result in expected, f"{row.person} in {list_id}: {result}, not {expected}."
                if result != "failed":
                    self._check_score(list_id, row.person)

    def _check_score(self, list_id: str, person: str) -> None:
        crm, score = self.stage.pipeliner, self.stage.acton.score_of(person)
        for lead_id in self.stage.leads_of(list_id, person):
            lead = crm.leads[lead_id]
            if not lead.deleted and score is not None:
                assert lead.score == score, f"{lead_id} shows {lead.score}, Act-On says {score}."

    def _check_new_leads(self, made: set[str]) -> None:
        crm, acton = self.stage.pipeliner, self.stage.acton
        for list_id, person in self.pairs():
            for lead_id in made & set(self.stage.leads_of(list_id, person)):
                [contact_id] = crm.leads[lead_id].contact_ids
                contact = crm.contacts[contact_id]
                assert not contact.deleted, f"{lead_id} is linked to a deleted Contact."
                assert person in contact.addresses or contact_id in crm.moved
                name = crm.lead_writes[lead_id].name or ""
                assert name.endswith(f"({acton.lists[list_id]})"), name

    def _check_contacts(self, unread: set[str]) -> None:
        """A Contact that is one person's alone shows that person's score."""
        crm = self.stage.pipeliner
        if crm.refuse_changes or crm.moved:
            return
        for list_id, person in self.pairs():
            if list_id in unread:
                continue
            live = [one for one in self._contacts(person) if not one.deleted]
            leads = [crm.leads[one] for one in self.stage.leads_of(list_id, person)]
            score = self.stage.acton.score_of(person)
            alone = len(live) == 1 and live[0].addresses == (person,)
            if alone and score is not None and any(not lead.deleted for lead in leads):
                assert live[0].score == score, f"{live[0]} should show {score}."
