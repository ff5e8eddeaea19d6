"""Whether `api cleanup` removed what it was to, and nothing else. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from cleanup_plan import Counts, Plan


@dataclass(frozen=True)
class There:
    """What there is of the plan's tenants."""

    documents: frozenset[str]
    uploads: frozenset[str]
    deliveries: frozenset[str]
    keys: frozenset[str]
    #: Documents that the audit log has as deleted by a command, as often as it does.
    deletions: tuple[str, ...] = ()


def lost(plan: Plan, there: There) -> list[str]:
    """What is gone that was to stay: at no time may there be any."""
    uploads = {each.id for each in plan.documents if each.is_upload}
    wanted = [
        ("documents", plan.rows(goes=False), there.documents),
        ("uploads", uploads, there.uploads),
        ("deliveries", plan.delivery_ids(goes=False), there.deliveries),
        ("objects", plan.keys(goes=False), there.keys),
    ]
    return [f"{len(gone)} {what} are gone that were to stay: {named(plan, gone)}" for what, stays, found in wanted if (gone := stays - found)]


def left(plan: Plan, there: There) -> list[str]:
    """What is there that was to go, and what nobody has made; once all is done."""
    uploads = {each.id for each in plan.documents if each.is_upload}
    compared = [
        ("documents", there.documents, plan.rows(goes=False)),
        ("uploads", there.uploads, uploads),
        ("deliveries", there.deliveries, plan.delivery_ids(goes=False)),
        ("objects", there.keys, plan.keys(goes=False)),
    ]
    return [f"{len(more)} {what} are left: {named(plan, more)}" for what, found, stays in compared if (more := found - stays)]


def deleted_once(plan: Plan, there: There) -> list[str]:
    """Each document that went is in the audit log once."""
    times, went = Counter(there.deletions), plan.rows(goes=True)
    found = []
    if odd := [each for each in went | set(times) if times[each] != (1 if each in went else 0)]:
        found.append(f"{len(odd)} documents are not in the audit log as often as they were deleted: {named(plan, odd)}")
    return found


def unlike(what: str, found: Counts, expected: Counts) -> list[str]:
    """Counts that are not as they should be."""
    return [] if found == expected else [f"{what} says {found}, where it should be {expected}"]


def named(plan: Plan, odd: Collection[str]) -> str:
    """How many of each kind of document, and one of them."""
    cases = {each.id: each.case for each in plan.documents} | {placed.key: each.case for each in plan.documents for placed in each.objects}
    counted = Counter(cases.get(each, "unknown") for each in odd)
    return ", ".join(f"{count} of {case}" for case, count in sorted(counted.items())) + f"; {min(odd)}"
