"""What people, automations and trouble do in the loop: one step at a time, drawn from a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random

from connectors.memory import Editor, Killed
from sync.domain.errors import (
    DuplicateRejectedError,
    RateLimitedError,
    UnavailableError,
    ValidationRejectedError,
)
from sync.domain.record import Native, RecordRef, Side
from tests.property.loop_project import KINDS, REFERENCES, ROW_NAMES, TEXTS
from tests.property.loop_world import MARKERS, LoopWorld

__all__ = ["take_step"]

_RECORDS = ("companies", "contacts", "contacts", "deals", "campaigns")
_LISTS = {
    "deals.people": ("deals", (None, "buyer", "user"), (None, "Buyer", "User")),
    "campaigns.members": ("campaigns", ("members", "responded"), ("Sent", "Responded")),
}
_MOST = 7
_KEYS = 6
_DOWN = UnavailableError("no answer")
_LOST = UnavailableError("no answer", maybe_done=True)


def take_step(world: LoopWorld, random: Random) -> None:
    """Let one thing happen."""
    steps, weights = zip(*_STEPS.items(), strict=True)
    step: Step = random.choices(steps, weights)[0]
    try:
        step(world, random)
    except (DuplicateRejectedError, ValidationRejectedError) as refusal:
        world.log.append(f"  refused: {refusal}")


Step = Callable[[LoopWorld, Random], None]


# --- records --------------------------------------------------------------------------------------


def _any(world: LoopWorld, random: Random, pair: str, side: Side) -> RecordRef | None:
    found = world.records(pair, side)
    return random.choice(found) if found else None


def _side(random: Random) -> Side:
    return random.choice([Side.LEFT, Side.RIGHT])


def _key(random: Random, name: str) -> str:
    number = random.randrange(_KEYS)
    if name in ("contacts", "Contact", "Lead"):
        return f"p{number}@example.com"
    return f"{name[0].lower()}{number}"


def _fields(random: Random, name: str) -> dict[str, Native]:
    fields = iter(TEXTS[name].items())
    key, _ = next(fields)
    return {key: _key(random, name), **{field: random.choice(values) for field, values in fields}}


def _add(world: LoopWorld, random: Random) -> None:
    pair, side = random.choice(_RECORDS), _side(random)
    name = random.choice(KINDS[pair][side])
    if pair not in world.pairs or len(world.records(pair, side)) >= _MOST:
        return
    marker = f"{side.value}{len(world.markers)}"
    values = {**_fields(random, name), MARKERS[side]: marker}
    if name == "Lead":
        values["Company"] = "Acme"
    id = world.benches[side].add(name, values)
    world.log.append(f"> {id} is entered: {values}")
    ref = RecordRef(name, id)
    world.markers.add(marker)
    for native, value in values.items():
        if value is not None:
            _note(world, pair, side, ref, native, value)


def _note(
    world: LoopWorld, pair: str, side: Side, ref: RecordRef, native: str, value: Native
) -> None:
    for rule in world.pairs[pair].rules:
        if rule.native_name(side, ref.object_name) == native and rule.refers is None:
            world.note(pair, side, ref, rule.name, value)


def _edit(world: LoopWorld, random: Random) -> None:
    pair, side = random.choice(_RECORDS), _side(random)
    ref = _any(world, random, pair, side)
    if ref is not None:
        _edit_one(world, random, pair, side, ref)


def _edit_one(world: LoopWorld, random: Random, pair: str, side: Side, ref: RecordRef) -> None:
    fields = list(TEXTS[ref.object_name].items())
    native, values = random.choice(fields[1:] if random.random() < 0.9 else fields[:1])
    value = random.choice(values) if values else _key(random, ref.object_name)
    if world.values(side, ref)[native] == value:
        return
    edited: dict[str, Native] = {native: value}
    if native == fields[0][0] and (side, ref.object_name) not in world.pairs[pair].key_fields:
        edited |= _new_mark(world, pair, side, ref)
    world.benches[side].edit(ref.object_name, ref.id, edited, by=Editor.PERSON)
    world.log.append(f"> {ref.id} is edited: {native} {value!r}")
    _note(world, pair, side, ref, native, value)
    if side is Side.LEFT and random.random() < 0.1:
        world.benches[side].hide([ref.id], until=world.clock.now + timedelta(seconds=50))
        world.log.append("  and the index is late")


def _new_mark(world: LoopWorld, pair: str, side: Side, ref: RecordRef) -> dict[str, Native]:
    """Give the mark of a record that nobody can take for what it was made as any more."""
    if not world.forget_unknown(pair, side, ref):
        return {}
    marker = f"{side.value}{len(world.markers)}"
    world.markers.add(marker)
    return {MARKERS[side]: marker}


def _edit_both(world: LoopWorld, random: Random) -> None:
    pair = random.choice([pair for pair in _RECORDS if pair in world.pairs])
    links = sorted({link.id: link for link in world.links(pair).values()}.items())
    if not links:
        return
    _, link = random.choice(links)
    first = _side(random)
    for side in (first, first.other):
        if world.lives(side, link.ref(side)):
            _edit_one(world, random, pair, side, link.ref(side))
        world.clock.sleep(random.choice([0, 2, 30]))


def _remove(world: LoopWorld, random: Random) -> None:
    pair, side = random.choice(_RECORDS), _side(random)
    ref = _any(world, random, pair, side)
    if ref is not None and len(world.records(pair, side)) > 2:
        if (side, ref.object_name) not in world.pairs[pair].key_fields:
            world.forget_unknown(pair, side, ref)
        world.benches[side].remove(ref.object_name, ref.id)
        world.log.append(f"> {ref.id} is deleted")


def _restore(world: LoopWorld, random: Random) -> None:
    pair, side = random.choice(_RECORDS), _side(random)
    gone = [
        RecordRef(name, row.id)
        for name in KINDS[pair][side]
        for row in world.rows(side, name).values()
        if row.gone and row.successor is None
    ]
    if gone:
        ref = random.choice(gone)
        world.benches[side].restore(ref.object_name, ref.id)
        world.log.append(f"> {ref.id} is restored")


def _purge(world: LoopWorld, random: Random) -> None:
    pair, side = random.choice(_RECORDS), _side(random)
    ref = _any(world, random, pair, side)
    if ref is not None and len(world.records(pair, side)) > 3:
        for rows in _LISTS:
            for row in world.records(rows, side):
                if ref.id in world.values(side, row).values():
                    world.benches[side].remove(row.object_name, row.id)
        _let_go(world, side, ref.id)
        world.forget_unknown(pair, side, ref)
        world.benches[side].purge(ref.object_name, ref.id)
        world.purged.add(pair)
        world.log.append(f"> {ref.id} is purged")


def _let_go(world: LoopWorld, side: Side, id: str) -> None:
    """Take away what names a record that is about to leave no trace."""
    bench = world.benches[side]
    for name, native in REFERENCES.items():
        for one, values in bench.all(name).items() if name in world.objects(side) else ():
            if values[native] == id:
                bench.edit(name, one, {native: None}, silently=side is Side.LEFT)


# --- who is who -----------------------------------------------------------------------------------


def _merge(world: LoopWorld, random: Random) -> None:
    pair, side = random.choice(("companies", "contacts", "contacts", "deals")), _side(random)
    name = random.choice(KINDS[pair][side])
    ids = [ref.id for ref in world.records(pair, side) if ref.object_name == name]
    if name == "Opportunity" or len(ids) < 2:
        return
    winner, loser = random.sample(ids, 2)
    if side is Side.LEFT:
        world.forget_unknown(pair, side, RecordRef(name, loser))
    id = world.benches[side].merge(name, winner, loser, new_id=side is Side.LEFT)
    world.log.append(f"> {loser} is merged into {winner}, now {id}")
    _move_entries(world, side, RecordRef(name, winner), RecordRef(name, id))


def _move_entries(world: LoopWorld, side: Side, old: RecordRef, new: RecordRef) -> None:
    """Let what people entered in a record be what they entered in the one it lives on as."""
    for (at, ref, field), entry in list(world.entries.items()):
        if (at, ref) == (side, old):
            world.entries[side, new, field] = replace(entry, ids=(*entry.ids, new.id))


def _convert(world: LoopWorld, random: Random) -> None:
    side = Side.RIGHT
    people = world.records("contacts", side)
    leads = [ref.id for ref in people if ref.object_name == "Lead"]
    contacts = [ref.id for ref in people if ref.object_name == "Contact"]
    if not leads:
        return
    lead = random.choice(leads)
    existing = random.choice(contacts) if contacts and random.random() < 0.4 else None
    keeps = existing is not None or random.random() < 0.5
    id = world.benches[side].convert(
        "Lead",
        lead,
        into="Contact",
        existing_id=existing,
        values=None if keeps else {"HubSpot_Contact_Id__c": None},
    )
    world.log.append(f"> {lead} is converted into {id}{' as it was' if existing else ''}")
    if existing is None:
        _move_entries(world, side, RecordRef("Lead", lead), RecordRef("Contact", id))
    _move_members(world, lead, id)


def _move_members(world: LoopWorld, lead: str, contact: str) -> None:
    """Let a converted lead's memberships be the contact's, as they are in Salesforce."""
    bench = world.benches[Side.RIGHT]
    members = bench.all("CampaignMember")
    taken = {row["CampaignId"] for row in members.values() if row["LeadOrContactId"] == contact}
    for id, row in members.items():
        if row["LeadOrContactId"] != lead:
            continue
        if row["CampaignId"] in taken:
            bench.remove("CampaignMember", id)
        else:
            bench.edit("CampaignMember", id, {"LeadOrContactId": contact})


# --- what stands between records ------------------------------------------------------------------


def _refer(world: LoopWorld, random: Random) -> None:
    pair, side = random.choice(("companies", "contacts", "deals")), _side(random)
    ref = _any(world, random, pair, side)
    if ref is None or ref.object_name not in REFERENCES:
        return
    native = REFERENCES[ref.object_name]
    named = None if random.random() < 0.25 else _any(world, random, "companies", side)
    if named is not None and pair == "companies" and named.id >= ref.id:
        return  # nobody stands above themselves
    value = named.id if named else None
    if world.values(side, ref)[native] != value:
        silently = side is Side.LEFT
        world.benches[side].edit(ref.object_name, ref.id, {native: value}, silently=silently)
        world.log.append(f"> {ref.id} names {value}")


def _put(world: LoopWorld, random: Random) -> None:
    pair, side = random.choice(list(_LISTS)), _side(random)
    owners, *words = _LISTS[pair]
    owner, member = _any(world, random, owners, side), _any(world, random, "contacts", side)
    if owner is None or member is None:
        return
    name = KINDS[pair][side][0]
    if name == "OpportunityContactRole" and member.object_name == "Lead":
        return
    word = random.choice(words[0] if side is Side.LEFT else words[1])
    ends = {owner.id, member.id}
    held = [
        row for row in world.records(pair, side) if ends <= set(world.values(side, row).values())
    ]
    if held:
        return
    values = dict(zip(ROW_NAMES[name], (owner.id, member.id, word), strict=True))
    id = world.benches[side].add(name, values)
    world.log.append(f"> {id} of {name} is entered: {values}")


def _relabel(world: LoopWorld, random: Random) -> None:
    pair, side = random.choice(list(_LISTS)), _side(random)
    ref = _any(world, random, pair, side)
    if ref is not None:
        _, *words = _LISTS[pair]
        word = random.choice(words[0] if side is Side.LEFT else words[1])
        native = ROW_NAMES[ref.object_name][2]
        world.benches[side].edit(ref.object_name, ref.id, {native: word})
        world.log.append(f"> {ref.id} of {ref.object_name} is {word} now")


def _take_off(world: LoopWorld, random: Random) -> None:
    pair, side = random.choice(list(_LISTS)), _side(random)
    ref = _any(world, random, pair, side)
    if ref is not None:
        world.benches[side].remove(ref.object_name, ref.id)
        world.log.append(f"> {ref.id} of {ref.object_name} is taken off")


# --- time, trouble and runs -----------------------------------------------------------------------


def _wait(world: LoopWorld, random: Random) -> None:
    seconds = random.choice([0.2, 1, 7, 60, 1200, 90_000])
    world.clock.sleep(seconds)
    world.log.append(f"> {seconds} s pass")


def _run(world: LoopWorld, random: Random) -> None:
    whole, _ = world.sync(full=random.random() < 0.2)
    assert whole


def _run_through(world: LoopWorld, random: Random) -> None:
    side, skip = _side(random), random.randrange(4)
    records = random.choice([None, 1, 2])
    bench = world.benches[side]
    doomed_at = None
    match random.choice(["lost", "down", "slow", "refuse", "lock", "killed", "doomed", "unread"]):
        case "lost":
            bench.fail("after", _LOST, skip=skip, records=records)
        case "down":
            bench.fail("before", _DOWN, skip=skip)
        case "slow":
            bench.fail("before", RateLimitedError("slow down"), skip=skip)
        case "unread":
            on = random.choice(["peek", "fetch", "find", "read_changes"])
            bench.fail("before", _DOWN, skip=skip, on=on)
        case "refuse":
            names = [name for names in KINDS.values() for name in names[side]]
            bench.refuse(random.choice(names), skip + 1)
        case "lock":
            bench.lock(skip + 1)
        case "killed":
            bench.fail("after" if records else "before", Killed(), skip=skip, records=records)
        case "doomed":
            doomed_at = random.randrange(250)
    world.sync(doomed_at=doomed_at)
    world.calm()


#: What happens how often.
_STEPS: Mapping[Step, int] = {
    _add: 14,
    _edit: 16,
    _edit_both: 6,
    _remove: 4,
    _restore: 2,
    _purge: 1,
    _merge: 5,
    _convert: 4,
    _refer: 9,
    _put: 10,
    _relabel: 5,
    _take_off: 4,
    _wait: 5,
    _run: 3,
    _run_through: 2,
}
