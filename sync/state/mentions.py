"""What other records' rows say of a person who is erased: ids in references, words in texts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Table

from sync.state.columns import CompactJson
from sync.state.subject import About, Subject
from sync.state.tables import (
    audit,
    conflicts,
    errors,
    journal,
    links,
    plan_items,
    runs,
    sale_versions,
    shadows,
)

__all__ = ["erase_mentions", "erase_references"]

#: Shorter ids are numbers like any other: only where they stand quoted may they be one.
_LONG = 15

#: What tells of single events, and is deleted where it names the person.
_TOLD = (audit, journal, plan_items)

#: What stays, with the words taken out.
_WORDED: Mapping[Table, tuple[str, ...]] = {
    conflicts: ("reason", "proposal"),
    errors: ("message", "fix"),
    runs: ("stopped",),
}

_TAKEN_OUT = "(forgotten)"


def erase_references(connection: Connection, subject: Subject, about: About) -> None:
    """Take the person's ids out of the fields of other records that name people.

    On both sides, so that neither looks edited.
    """
    for pair, fields in about.references.items():
        text = [sa.type_coerce(column, sa.Text) for column in (shadows.c.base, shadows.c.seen)]
        found = (
            sa.select(shadows)
            .join(links, links.c.id == shadows.c.link_id)
            .where(links.c.pair == pair, _names_any(text, _quoted(subject)))
        )
        for row in connection.execute(found).mappings().all():
            _blank(connection, row["link_id"], fields, subject.ids)
        told = [audit.c.before, audit.c.after, audit.c.origin, audit.c.overruled]
        connection.execute(
            sa.delete(audit).where(
                audit.c.pair == pair,
                audit.c.field.in_(fields),
                _names_any([sa.type_coerce(one, sa.Text) for one in told], _quoted(subject)),
            )
        )


def _blank(
    connection: Connection, link_id: int, fields: Sequence[str], ids: frozenset[str]
) -> None:
    for row in connection.execute(
        sa.select(shadows).where(shadows.c.link_id == link_id)
    ).mappings():
        base = _without(row["base"], fields, ids)
        seen = row["seen"]
        if seen is not None:
            seen = [_without(seen[0], fields, ids), seen[1]]
        if (base, seen) != (row["base"], row["seen"]):
            connection.execute(
                sa.update(shadows)
                .where(shadows.c.link_id == link_id, shadows.c.side == row["side"])
                .values(base=base, seen=seen)
            )


def _without(values: Mapping[str, Any], fields: Sequence[str], ids: frozenset[str]) -> Any:
    return {
        name: None if name in fields and ids & set((value or "").split(";")) else value
        for name, value in values.items()
    }


def erase_mentions(
    connection: Connection, subject: Subject, about: About, erased: Counter[str]
) -> None:
    """Delete events that name the person, and take address and long ids out of messages."""
    _erase_from_sales(connection, subject)
    words = [about.address, *sorted(id for id in subject.ids if len(id) >= _LONG)]
    for table in _TOLD:
        texts = _texts(table)
        conditions = [_names_any(texts, words)]
        if table is plan_items:
            conditions.append(_names_any(texts, _quoted(subject)))
        deleted = connection.execute(sa.delete(table).where(sa.or_(*conditions))).rowcount
        if deleted > 0:
            erased[table.name] += deleted
    for table, names in _WORDED.items():
        for name in names:
            _take_out(connection, table, name, words)


def _erase_from_sales(connection: Connection, subject: Subject) -> None:
    """Take the person off the lists of who stood behind an opportunity, at any time."""
    text = sa.type_coerce(sale_versions.c.body, sa.Text)
    found = sa.select(sale_versions.c.id, sale_versions.c.since, sale_versions.c.body)
    for id, since, body in connection.execute(
        found.where(_names_any([text], _quoted(subject)))
    ).all():
        people = [one for one in body.get("people", ()) if one not in subject.ids]
        connection.execute(
            sa.update(sale_versions)
            .where(sale_versions.c.id == id, sale_versions.c.since == since)
            .values(body={**body, "people": people})
        )


def _take_out(connection: Connection, table: Table, name: str, words: Sequence[str]) -> None:
    column = table.c[name]
    found = sa.select(table.c.id, column).where(_names_any([column], words))
    for id, told in connection.execute(found).all():
        text = told
        for word in words:
            text = _replaced(text, word)
        connection.execute(sa.update(table).where(table.c.id == id).values({name: text}))


def _replaced(text: str, word: str) -> str:
    """Give a text without a word, however it is spelled."""
    at = text.lower().find(word.lower())
    while at >= 0:
        text = text[:at] + _TAKEN_OUT + text[at + len(word) :]
        at = text.lower().find(word.lower(), at + len(_TAKEN_OUT))
    return text


def _texts(table: Table) -> list[ColumnElement[str]]:
    return [
        sa.type_coerce(column, sa.Text)
        for column in table.c
        if isinstance(column.type, sa.Text | CompactJson)
    ]


def _quoted(subject: Subject) -> list[str]:
    return sorted(json.dumps(id) for id in subject.ids)


def _names_any(texts: Sequence[ColumnElement[str]], words: Sequence[str]) -> ColumnElement[bool]:
    return sa.or_(
        sa.false(),
        *(
            sa.func.lower(text).contains(word.lower(), autoescape=True)
            for text in texts
            for word in words
        ),
    )
