"""Values of every type, sent to both stand-ins and read back: stored is what was sent, in form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from connectors.hubspot import HubSpotSettings
from connectors.hubspot import connect as connect_hubspot
from connectors.salesforce import SalesforceSettings
from connectors.salesforce import connect as connect_salesforce
from sandbox.jsontypes import JsonObject
from sandbox.server import Sandbox
from sync.domain.ports import Crm, Write, WriteKind, WriteOutcome
from sync.domain.record import Fields, Native, Side
from sync.domain.rules import Trouble
from tests.contract.sandboxes import no_sleep, serving
from tests.unit.mappings.test_types_writing import BETWEEN, TO_HUBSPOT, TO_SALESFORCE
from tests.unit.mappings.typed import HUBSPOT, SALESFORCE, USUAL, TypedField, typed

L, R = Side.LEFT, Side.RIGHT

#: Kinds that the portal of this test has no property of its own for.
_STANDARD = {"email"}
_BETWEEN = [row for row in BETWEEN if row[1] not in _STANDARD]


def _property(name: str) -> str:
    return f"t_{name}"


def _field(name: str) -> str:
    return f"T_{name}__c"


def _seed() -> Iterator[JsonObject]:
    for name, definition in HUBSPOT.items():
        kept = {
            key: definition[key] for key in ("type", "fieldType", "options") if key in definition
        }
        field: JsonObject = {"name": _property(name), "label": name, **kept}  # type: ignore[dict-item]
        yield {"system": "hubspot", "object": "contacts", "field": field}
    for name, described in SALESFORCE.items():
        field = {"name": _field(name), "label": name, **described}  # type: ignore[dict-item]
        yield {"system": "salesforce", "object": "Lead", "field": field}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serving(list(_seed())) as served:
        yield served


@pytest.fixture(scope="module")
def crms(sandbox: Sandbox) -> Iterator[Mapping[Side, Crm]]:
    left = HubSpotSettings(access_token=sandbox.hubspot_token, base_url=sandbox.hubspot_url)
    right = SalesforceSettings(
        instance_url=sandbox.salesforce_url, access_token=sandbox.salesforce_token
    )
    opened: dict[Side, Crm] = {
        L: connect_hubspot(left, sleep=no_sleep, clock=sandbox.clock.now),
        R: connect_salesforce(right, sleep=no_sleep, clock=sandbox.clock.now),
    }
    yield opened
    for crm in opened.values():
        crm.close()


def store(crm: Crm, object_name: str, rows: list[tuple[str, Native]], base: Fields) -> list[Native]:
    """Write each value into a record of its own; give what the CRM holds then."""
    crm.describe(object_name)
    held: list[Native] = []
    for start in range(0, len(rows), crm.batch_size):
        batch = rows[start : start + crm.batch_size]
        writes = [
            Write(
                token=str(at),
                kind=WriteKind.CREATE,
                object_name=object_name,
                values={**base, name: value},
            )
            for at, (name, value) in enumerate(batch)
        ]
        results = crm.apply(writes)
        for result, (name, value) in zip(results, batch, strict=True):
            assert result.outcome is WriteOutcome.DONE, (name, value, result.message)
        ids = [str(result.id) for result in results]
        names = sorted({name for name, _ in batch})
        found = {one.ref.id: one for one in crm.fetch(object_name, ids, names)}
        held += [found[id].fields[name] for id, (name, _) in zip(ids, batch, strict=True)]
    return held


def sent_to(side: Side) -> list[tuple[TypedField, str, str]]:
    """Give every value of the tables that a side takes: its field, its place, the value."""
    usual = TO_HUBSPOT if side is L else TO_SALESFORCE
    rows = [(kind, *USUAL[kind], wire) for kind, wire, _ in usual]
    rows += [
        (kind, left, right, wire) for kind, left, right, at, wire, _ in _BETWEEN if at is not side
    ]
    found = []
    for kind, left, right, wire in rows:
        field = typed(kind, hubspot=left, salesforce=right)
        carried = field.carried(side.other, wire)
        if isinstance(carried, Trouble) or left in _STANDARD:
            continue
        assert carried is not None
        found.append((field, _property(left) if side is L else _field(right), carried))
    return found


def test_hubspot_holds_every_value_as_it_was_sent(crms: Mapping[Side, Crm]) -> None:
    rows = sent_to(L)
    assert len(rows) > 30
    held = store(crms[L], "contacts", [(name, value) for _, name, value in rows], {})
    for (field, name, value), stored in zip(rows, held, strict=True):
        assert field.codec.normal(L, stored) == value, name


def test_salesforce_holds_every_value_as_it_was_sent(crms: Mapping[Side, Crm]) -> None:
    rows = sent_to(R)
    assert len(rows) > 30
    base = {"LastName": "Lovelace", "Company": "Acme"}
    held = store(crms[R], "Lead", [(name, value) for _, name, value in rows], base)
    for (field, name, value), stored in zip(rows, held, strict=True):
        assert field.codec.normal(R, stored) == value, name
