"""What stories told by hand begin with: a world without deals, and the people entered in it."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from sync.domain.record import Side
from tests.property.loop_project import draw_rules
from tests.property.loop_world import MARKERS, LoopWorld

__all__ = ["begin", "enter", "enter_lead"]


def begin(**rules: Any) -> LoopWorld:
    """Begin a story without deals under these rules."""
    drawn = replace(draw_rules(Random("by hand")), without="deals", chunk=100)
    return LoopWorld(replace(drawn, **rules))


def enter(world: LoopWorld, name: str, /, **values: str) -> str:
    """Let somebody enter a record; it is known again by its mark."""
    side = Side.LEFT if name in world.objects(Side.LEFT) else Side.RIGHT
    marker = f"{side.value}{len(world.markers)}"
    world.markers.add(marker)
    return world.benches[side].add(name, {**values, MARKERS[side]: marker})


def enter_lead(world: LoopWorld, email: str) -> str:
    """Let somebody enter a lead."""
    return enter(world, "Lead", Email=email, LastName="Byron", Company="Acme")
