"""Leads whose list was renamed in Act-On, where the admin wants them to follow. Pure.

A Lead follows only while it is called as we called it: a name that somebody gave by hand stays.
"""

from dataclasses import replace

from sync.model import Link, LinkNames
from sync.rules.plans import Keep


def follow_name(plan: Keep, link: Link, *, shown: str | None, wanted: str) -> Keep:
    """The plan, with the new name where the Lead may follow. `shown`: what it is called now."""
    if shown is None or not _same(shown, link.lead_name) or _same(shown, wanted):
        return plan
    return replace(plan, new_name=wanted)


def names_after(link: Link, *, shown: str, wanted: str, list_name: str) -> LinkNames:
    """What the link is called once the Lead was looked at.

    A name that somebody gave is not noted: it must never be taken for ours.
    """
    ours = _same(shown, link.lead_name) or _same(shown, wanted)
    name = wanted if ours else link.lead_name
    return LinkNames(key=link.key, lead_name=name, list_name=list_name)


def _same(one: str, other: str) -> bool:
    """Whether two names differ in blanks at most, which Pipeliner might trim."""
    return one.split() == other.split()
