"""One CRM: who we are there, its fields, what can be read, its clock, its quota, other syncs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from console.doctor.findings import Finding, Found, good, mend, note, of_error
from console.words import SIDES
from sync.domain.errors import (
    AccountNotSupportedError,
    ConfigError,
    ConnectorError,
    CredentialError,
    DailyQuotaError,
    SchemaDriftError,
)
from sync.domain.ports import ChangeQuery, Peek
from sync.domain.record import Side
from sync.domain.schema import ObjectShape, OtherSync
from sync.engine.other_sync import RECENT, marked_at

if TYPE_CHECKING:
    from mappings.model import PairMapping
    from sync.domain.ports import Crm
    from sync.domain.store import Store

__all__ = ["Visit", "visit"]

#: `newest` tells edits apart that lie further from each other than this.
_CLOSE = timedelta(seconds=5)

#: A clock further off than this breaks signed logins, too.
_FAR = timedelta(minutes=2)

#: Times in answers are cut to the second.
_CUT = timedelta(seconds=1)


@dataclass(slots=True, kw_only=True)
class Visit:
    """What one visit to a CRM gave; `ahead` is its clock less ours, None where it is not known.

    `without` names the objects that the account does not give, and that runs do without.
    """

    findings: list[Finding] = field(default_factory=list)
    shapes: dict[str, ObjectShape] = field(default_factory=dict)
    without: set[str] = field(default_factory=set)
    whole: bool = False
    ahead: timedelta | None = None

    def take(self, findings: Found) -> None:
        """Take findings one by one, so that those made before something failed are kept."""
        for finding in findings:
            self.findings.append(finding)


def visit(
    crm: Crm,
    side: Side,
    pairs: Sequence[PairMapping],
    *,
    store: Store | None,
    leave: Decimal,
    clock: Callable[[], datetime],
) -> Visit:
    """Look at everything one CRM tells, in few calls; what stops it is a finding, too."""
    found = Visit()
    try:
        found.take(_identity(crm, side, store))
        found.take(_describe(crm, side, pairs, found))
        found.take(_read(crm, found, clock))
        found.whole = True
    except DailyQuotaError as error:
        # Nothing to mend: the day's count starts again by itself.
        found.findings.append(of_error("quota", crm.title, error, level=note))
        return found
    except ConfigError as error:
        found.findings.append(of_error("credentials", crm.title, error))
    except ConnectorError as error:
        found.findings.append(of_error("answers", crm.title, error))
    if found.whole or crm.usage().quota is not None:
        # Who gave no answer said nothing of calls either.
        found.take(_quota(crm, leave))
    return found


def _identity(crm: Crm, side: Side, store: Store | None) -> Found:
    account = crm.account()
    yield good(
        "credentials",
        crm.title,
        f"the credentials are good for {account.name} (account {account.id})",
    )
    kept = store.runs.note(f"account:{side.value}") if store is not None else None
    known: Mapping[str, str] = json.loads(kept) if kept else {}
    if not known:
        yield good(
            "account",
            crm.title,
            "the account is met for the first time; the first plan remembers it",
        )
    elif known["id"] == account.id:
        yield good("account", crm.title, "the account is the one the state was built from")
    else:
        yield mend(
            "account",
            crm.title,
            f"the state was built from account {known['id']} ({known['name']}), and these "
            f"credentials belong to {account.id} ({account.name}); every run stops with 4",
            "use the right credentials, or another project folder",
        )


def _describe(crm: Crm, side: Side, pairs: Sequence[PairMapping], found: Visit) -> Found:
    for name in dict.fromkeys(name for pair in pairs for name in pair.objects(side)):
        try:
            found.shapes[name] = crm.describe(name)
        except AccountNotSupportedError as error:
            found.without.add(name)
            yield of_error("objects", f"{crm.title} {name}", error, level=note)
        except (CredentialError, SchemaDriftError) as error:
            yield of_error("objects", f"{crm.title} {name}", error)


def _read(crm: Crm, found: Visit, clock: Callable[[], datetime]) -> Found:
    """Read the newest records of every object: may we, what time is it there, who else writes?"""
    for name, shape in found.shapes.items():
        other = shape.other_sync
        signs = (other.mark,) if other is not None else ()
        before = clock()
        query = ChangeQuery(object_name=name, fields=signs, since=before - RECENT)
        try:
            peek = crm.peek([query])[0]
        except DailyQuotaError:
            raise
        except (ConfigError, ConnectorError) as error:
            yield of_error("reading", f"{crm.title} {name}", error)
            continue
        after = clock()
        yield good("reading", f"{crm.title} {name}", "its records can be read")
        found.ahead = _nearer(found.ahead, _ahead(peek.read_at, before, after))
        if other is not None:
            yield _other_sync(f"{crm.title} {name}", other, peek)
    if found.ahead is not None:
        yield _clock(crm.title, found.ahead)


def _ahead(there: datetime, before: datetime, after: datetime) -> timedelta:
    """Give how far a clock is ahead at least, wherever in the call it was read."""
    if there > after:
        return there - after
    return min(there + _CUT - before, timedelta())


def _nearer(one: timedelta | None, other: timedelta) -> timedelta:
    return other if one is None or abs(other) < abs(one) else one


def _clock(title: str, ahead: timedelta) -> Finding:
    seconds = abs(ahead).total_seconds()
    # Whoever is ahead there makes us late here.
    word = "behind" if ahead > timedelta() else "ahead of"
    if abs(ahead) <= _CLOSE:
        return good("clock", title, "its clock agrees with this machine's")
    message = f"this machine's clock is {seconds:,.0f} s {word} {title}'s"
    fix = "let this machine take its time from a time server (NTP)"
    if abs(ahead) <= _FAR:
        return note("clock", title, message, fix)
    return mend("clock", title, f"{message}: signed logins fail, and times in plans are off", fix)


def _other_sync(about: str, other: OtherSync, peek: Peek) -> Finding:
    """Look for signs that another sync writes the same records."""
    since = peek.read_at - RECENT
    times = [
        time
        for record in peek.records
        if (time := marked_at(record.fields.get(other.mark))) is not None
    ]
    fresh = [time for time in times if time >= since]
    if fresh:
        return mend(
            "other_sync",
            about,
            f"{other.name} is at work here: {len(fresh)} of the "
            f"{len(peek.records)} records changed last carry its {other.mark}, the newest of "
            f"{max(fresh):%Y-%m-%d %H:%M} UTC; every run stops with 4, since two syncs would undo "
            f"each other's edits",
            other.remedy,
        )
    return note(
        "other_sync",
        about,
        f"{other.name} was connected once (there is a {other.mark}), and has "
        f"marked none of the records that changed last within a day",
        "see that it stays paused or is uninstalled",
    )


def _quota(crm: Crm, leave: Decimal) -> Found:
    usage = crm.usage()
    if usage.quota is None or usage.left is None:
        yield note("quota", crm.title, "it has not said how many calls are left today")
        return
    told = f"{usage.left:,} of {usage.quota:,} calls are left today, {leave:.0%} kept for others"
    if usage.left <= usage.quota * leave:
        side = next((name for name in SIDES.values() if name == crm.title.lower()), "the CRM")
        yield note(
            "quota",
            crm.title,
            f"{told}: runs end with 3 until the day's count starts again",
            f"wait, see who else uses the calls, or lower `leave.{side}` in revloop.yaml",
        )
    else:
        yield good("quota", crm.title, told)
