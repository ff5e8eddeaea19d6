"""Documents and objects of which it is known what `api cleanup` is to do with them. Pure."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from random import Random

#: So much older or younger than the limit is what goes or stays, in days.
MARGIN = 0.25
#: What has no limit is as old as this.
VERY_OLD = 400.0
#: Files of a result: manifest, metadata, index.
RESULT = ("manifest.json", "attempt-p/a_sections_metadata.json", "attempt-p/a_sections_index.json")


@dataclass(frozen=True)
class Limits:
    """After how many days what goes."""

    failed: int
    deliveries: int
    orphans: int
    #: How long the second tenant keeps documents; the first keeps them for ever.
    retention: int

    @classmethod
    def of(cls, arguments: Sequence[str], retention: int) -> Limits:
        """What the command is told."""
        matches = [match for each in arguments if (match := re.fullmatch(r"--(\w+)-days=(\d+)", each))]
        told = {match[1]: int(match[2]) for match in matches}
        return cls(told["failed"], told["deliveries"], told["orphans"], retention)


@dataclass(frozen=True)
class Counts:
    """What the command says that it did, or would."""

    failed_documents: int = 0
    expired_documents: int = 0
    deliveries: int = 0
    orphaned_documents: int = 0
    orphaned_results: int = 0
    orphaned_objects: int = 0
    orphaned_bytes: int = 0

    @classmethod
    def read(cls, printed: str) -> Counts | None:
        """What it printed; nothing where it did not come to its end."""
        found = {name.strip(): int(count) for name, count in re.findall(r"^([a-z][a-z ]*[a-z])\s+(\d+)$", printed, re.MULTILINE)}
        names = [each.name.replace("_", " ") for each in fields(cls)]
        return cls(*(found[name] for name in names)) if found.keys() >= set(names) else None

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(one + another for one, another in zip(astuple(self), astuple(other), strict=True)))

    def __sub__(self, other: Counts) -> Counts:
        return Counts(*(one - another for one, another in zip(astuple(self), astuple(other), strict=True)))

    def __str__(self) -> str:
        return ", ".join(f"{getattr(self, each.name):,} {each.name.replace('_', ' ')}" for each in fields(self))


@dataclass(frozen=True)
class Placed:
    """An object, last written so many days ago."""

    key: str
    days: float
    goes: bool = False

    @property
    def size(self) -> int:
        """Bytes: not of all the same number."""
        return 10 + len(self.key) % 7 + int(self.days) % 5


@dataclass(frozen=True)
class Row:
    """A document as a row. One that has ended did so many days ago."""

    status: str
    reason: str | None
    days: float
    #: The resource whose result it has; none where it has another's, or is none yet.
    uid: str | None
    goes: bool = False
    #: The document and the resource whose result it reuses.
    reuses: tuple[str, str] | None = None


@dataclass(frozen=True)
class Planned:
    """A document, or what is left of one."""

    case: str
    tenant: str
    id: str
    row: Row | None
    objects: tuple[Placed, ...]
    counts: Counts = Counts()
    #: It is an upload that has not come to its end.
    is_upload: bool = False


@dataclass(frozen=True)
class Delivery:
    """A delivery to a webhook; one that is not pending ended so many days ago."""

    id: str
    status: str
    days: float
    goes: bool


@dataclass(frozen=True)
class Plan:
    """All of it."""

    documents: list[Planned]
    deliveries: list[Delivery]

    @property
    def objects(self) -> list[Placed]:
        """All objects."""
        return [each for document in self.documents for each in document.objects]

    @property
    def items(self) -> int:
        """Rows and objects."""
        return sum(item_count(each) for each in self.documents) + len(self.deliveries)

    @property
    def counts(self) -> Counts:
        """What the command is to say."""
        return sum((each.counts for each in self.documents), Counts(deliveries=sum(each.goes for each in self.deliveries)))

    def rows(self, goes: bool) -> set[str]:
        """The ids of the documents that go, or stay."""
        return {each.id for each in self.documents if each.row is not None and each.row.goes == goes}

    def keys(self, goes: bool) -> set[str]:
        """The keys of the objects that go, or stay."""
        return {each.key for each in self.objects if each.goes == goes}

    def orphans(self) -> list[str]:
        """The keys of objects that the command itself removes, in order; others are removed by the sweeper, as their rows go."""
        return sorted(each.key for document in self.documents if document.row is None or not document.row.goes for each in document.objects if each.goes)

    def delivery_ids(self, goes: bool) -> set[str]:
        """The deliveries that go, or stay."""
        return {each.id for each in self.deliveries if each.goes == goes}


def item_count(planned: Planned) -> int:
    """Rows and objects of a document."""
    return len(planned.objects) + int(planned.row is not None or planned.is_upload)


@dataclass(frozen=True)
class Maker:
    """Makes documents of two tenants: one that keeps them for ever, and one that does not."""

    for_ever: str
    limited: str
    limits: Limits
    chance: Random

    def new(self) -> str:
        """An id."""
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    @property
    def old(self) -> float:
        """An orphan's age that is old enough."""
        return self.limits.orphans + MARGIN

    @property
    def young(self) -> float:
        """One that is not."""
        return self.limits.orphans - MARGIN

    def source(self, tenant: str, document: str, goes: bool = False, days: float = VERY_OLD) -> Placed:
        """The source of a document."""
        return Placed(f"tenants/{tenant}/documents/{document}/source", days, goes)

    def result(self, tenant: str, document: str, uid: str, goes: bool = False, days: float = VERY_OLD) -> list[Placed]:
        """The result of a resource."""
        return [Placed(f"tenants/{tenant}/documents/{document}/encodings/{uid}/{name}", days, goes) for name in RESULT]

    def ready(
        self, case: str, tenant: str, days: float = VERY_OLD, goes: bool = False, former: float | None = None, counts: Counts = Counts()
    ) -> Planned:
        """A document with a result, and perhaps with a former one of this age."""
        document, uid = self.new(), self.new()
        objects = [self.source(tenant, document, goes), *self.result(tenant, document, uid, goes)]
        if former is not None:
            is_orphan = former > self.limits.orphans
            of_former = self.result(tenant, document, self.new(), goes or is_orphan, former)
            objects += of_former
            if is_orphan and not goes:
                counts += Counts(orphaned_results=1) + orphans(of_former)
        return Planned(case, tenant, document, Row("ready", None, days, uid, goes), tuple(objects), counts)

    def failed(self, case: str, reason: str, days: float) -> Planned:
        """A document that has failed, and left a file of its attempt, which belongs to nothing."""
        document, uid, goes = self.new(), self.new(), days > self.limits.failed
        is_orphan = not goes and days > self.limits.orphans
        left = self.result(self.for_ever, document, uid, goes or is_orphan)[1]
        counts = Counts(orphaned_results=1) + orphans([left]) if is_orphan else Counts(failed_documents=int(goes))
        return Planned(case, self.for_ever, document, Row("failed", reason, days, uid, goes), (self.source(self.for_ever, document, goes), left), counts)

    def nobodys(self, case: str, days: float) -> Planned:
        """Objects of a document that nobody knows, one of which is of this age."""
        document, goes = self.new(), days > self.limits.orphans
        rest = [self.source(self.for_ever, document, goes), *self.result(self.for_ever, document, self.new(), goes)]
        rest[-1] = Placed(rest[-1].key, days, goes)
        return Planned(case, self.for_ever, document, None, tuple(rest), Counts(orphaned_documents=1) + orphans(rest) if goes else Counts())

    def in_progress(self) -> Planned:
        """A document that is encoded once more, and has two results until then."""
        document = self.new()
        objects = (self.source(self.for_ever, document), *self.result(self.for_ever, document, self.new()))
        return Planned("in progress", self.for_ever, document, Row("processing", None, VERY_OLD, None), objects)

    def upload(self) -> Planned:
        """An upload that goes on."""
        document = self.new()
        return Planned("being uploaded", self.for_ever, document, None, (self.source(self.for_ever, document),), is_upload=True)

    def reused(self) -> Iterator[Planned]:
        """A document that has expired, whose result is that of another one too, which has not."""
        whole, age = self.ready("expired, result reused", self.limited, goes=True), self.limits.retention
        uid = whole.row.uid if whole.row and whole.row.uid else ""
        objects = (whole.objects[0], *(Placed(each.key, each.days) for each in whole.objects[1:]))
        yield Planned(whole.case, whole.tenant, whole.id, Row("ready", None, age + MARGIN, uid, goes=True), objects, Counts(expired_documents=1))
        other = self.new()
        row = Row("ready", None, age - MARGIN, None, reuses=(whole.id, uid))
        yield Planned("reuses it", self.limited, other, row, (self.source(self.limited, other),))

    def of_another(self) -> Iterator[Planned]:
        """A document with a former result that another one has."""
        document, other, former = self.ready("former result reused", self.for_ever), self.new(), self.new()
        objects = (*document.objects, *self.result(self.for_ever, document.id, former))
        yield Planned(document.case, document.tenant, document.id, document.row, objects)
        row = Row("ready", None, VERY_OLD, None, reuses=(document.id, former))
        yield Planned("reuses it", self.for_ever, other, row, (self.source(self.for_ever, other),))

    def of_one_that_expires(self) -> Iterator[Planned]:
        """A document that stays, with a former result that only one has which has expired."""
        age = self.limits.retention
        document, other, former = self.ready("former result reused by one that expires", self.limited, age - MARGIN), self.new(), self.new()
        of_former = self.result(self.limited, document.id, former, goes=True)
        counts = Counts(orphaned_results=1) + orphans(of_former)
        yield Planned(document.case, document.tenant, document.id, document.row, (*document.objects, *of_former), counts)
        row = Row("ready", None, age + MARGIN, None, goes=True, reuses=(document.id, former))
        yield Planned("expired, reuses it", self.limited, other, row, (self.source(self.limited, other, goes=True),), Counts(expired_documents=1))

    def none_of_a_document(self) -> Planned:
        """An object whose key is none of ours."""
        name = self.new()
        return Planned("no document's key", self.for_ever, name, None, (Placed(f"tenants/{self.for_ever}/others/{name}", VERY_OLD),))

    def some(self) -> Iterator[Planned]:
        """Some of each kind."""
        kept, limited, limits = self.for_ever, self.limited, self.limits
        expired = limits.retention + MARGIN
        for _ in range(4):
            yield self.ready("ready", kept)
        for _ in range(3):
            yield self.ready("ready, with a former result", kept, former=self.old)
        yield self.ready("ready, with a young former result", kept, former=self.young)
        for _ in range(2):
            yield self.ready("not expired", limited, limits.retention - MARGIN)
            yield self.ready("expired", limited, expired, goes=True, counts=Counts(expired_documents=1))
        yield self.ready("expired, with a former result", limited, expired, goes=True, former=self.old, counts=Counts(expired_documents=1))
        for _ in range(3):
            yield self.failed("failed", "NoText", limits.failed + MARGIN)
        yield self.failed("cancelled", "Cancelled", limits.failed + MARGIN)
        yield self.failed("failed, young", "NoText", limits.failed - MARGIN)
        yield self.in_progress()
        yield self.upload()
        for _ in range(3):
            yield self.nobodys("nobody's", self.old)
        yield self.nobodys("nobody's, young", self.young)
        yield from self.reused()
        yield from self.of_another()
        yield from self.of_one_that_expires()
        yield self.none_of_a_document()

    def deliveries(self) -> Iterator[Delivery]:
        """Deliveries of every state."""
        limit = self.limits.deliveries
        for count, status, days in ((8, "delivered", limit + MARGIN), (4, "failed", limit + MARGIN), (4, "delivered", limit - MARGIN), (2, "pending", VERY_OLD)):
            for _ in range(count):
                yield Delivery(self.new(), status, days, status != "pending" and days > limit)


def orphans(objects: Sequence[Placed]) -> Counts:
    """Objects that belong to nothing."""
    return Counts(orphaned_objects=len(objects), orphaned_bytes=sum(each.size for each in objects))


def plan(maker: Maker, items: int) -> Plan:
    """So many rows and objects, or a few more."""
    found = Plan([], [])
    while found.items < items:
        found.documents.extend(maker.some())
        found.deliveries.extend(maker.deliveries())
    return found
