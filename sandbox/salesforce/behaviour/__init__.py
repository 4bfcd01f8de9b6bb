"""What single objects do beyond holding values: derived fields, checks and what follows a save."""

from __future__ import annotations

from sandbox.salesforce.behaviour.activities import Events, Tasks
from sandbox.salesforce.behaviour.base import Behaviour
from sandbox.salesforce.behaviour.campaigns import Campaigns, MemberStatuses
from sandbox.salesforce.behaviour.members import Members
from sandbox.salesforce.behaviour.opportunities import ContactRoles, Opportunities
from sandbox.salesforce.database import Database
from sandbox.salesforce.switches import Switches

__all__ = ["Behaviour", "behaviours"]


def behaviours(database: Database, switches: Switches) -> dict[str, Behaviour]:
    """Give the behaviour of each object that has one, in the order seeds are completed."""
    found: tuple[Behaviour, ...] = (
        Campaigns(database, switches),
        MemberStatuses(database, switches),
        Opportunities(database, switches),
        ContactRoles(database, switches),
        Members(database, switches),
        Tasks(database, switches),
        Events(database, switches),
    )
    return {one.sobject: one for one in found}
