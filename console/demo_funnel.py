"""The demo's funnel: one lead from a campaign to a customer, with everything on the way."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from console.demo_people import CLEO, CLEOS_CAMPAIGN, CLEOS_COMPANY, CLEOS_DEAL, cleo_arriving
from console.report.asked import Asked
from console.report.command import report, week

if TYPE_CHECKING:
    from console.demo_desk import Desk
    from sandbox.jsontypes import JsonObject

__all__ = ["WEEK", "begins_at", "tell_the_funnel", "tell_the_reports"]

#: The page of the last whole week, in the demo's folder.
WEEK = "week.html"
#: Where the demo's sales works; the story keeps to their hours.
_ZONE = ZoneInfo("Europe/Berlin")
#: From the first day of the story to the Monday of the last whole week.
_LENGTH = timedelta(weeks=3)


def begins_at(now: datetime) -> datetime:
    """Give when the story begins, so that it ends with the last whole week: a Monday at nine."""
    today = now.astimezone(_ZONE).date()
    monday = today - timedelta(days=today.weekday(), weeks=1) - _LENGTH
    return datetime.combine(monday, time(9), _ZONE).astimezone(UTC)


def tell_the_funnel(desk: Desk) -> None:
    """Tell how Cleo came, was handed over and back, came again, and bought."""
    _Funnel(desk).tell()


def tell_the_reports(desk: Desk) -> None:
    """Tell what the reports say of the time of the story, and write the page of last week."""
    desk.act("13  The reports tell it: the service level, the funnel, the page of last week")
    for name in ("sla", "funnel"):
        _report(desk, name)
        desk.out.print()
    page = desk.folder / WEEK
    asked, environment = Asked(html=page), desk.sandbox.environment()
    desk.show(
        f"report week --html {page}",
        lambda: week(desk.folder, asked, environment=environment, clock=desk.clock),
    )


def _report(desk: Desk, name: str) -> None:
    since = f"{_day(desk, 0):%Y-%m-%d}"
    asked, environment = Asked(since=since), desk.sandbox.environment()
    desk.show(
        f"report {name} --since {since}",
        lambda: report(desk.folder, name, asked, environment=environment, clock=desk.clock),
    )


def _day(desk: Desk, number: int) -> date:
    """Give a day of the story, counted from nought."""
    return desk.begun.astimezone(_ZONE).date() + timedelta(days=number)


class _Funnel:
    """The acts of one lead's way."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def tell(self) -> None:
        """Tell it from the campaign to the sale."""
        self._arrives()
        self._is_late()
        self._comes_back()
        self._comes_again()
        self._is_won()

    def _at(self, day: int, hour: int, minute: int = 0) -> None:
        """Go on to a moment of the story: a day of it, and the time where sales works."""
        there = datetime.combine(_day(self._desk, day), time(hour, minute), _ZONE)
        self._desk.wait_until(there.astimezone(UTC))
        self._desk.out.print(f"[dim]{there:%A}, {there.day} {there:%B}, {there:%H:%M}[/]")

    def _arrives(self) -> None:
        desk = self._desk
        desk.act("7  A campaign brings a lead, and marketing hands her over")
        self._at(0, 14)
        hubspot = desk.sandbox.hubspot
        cleo = desk.sandbox.add("hubspot", "contacts", cleo_arriving(), by="person")
        company = desk.known_as(CLEOS_COMPANY)
        hubspot.link(("contacts", int(cleo)), ("companies", int(company.left.id)))
        self._takes_part(cleo, CLEOS_CAMPAIGN)
        desk.say("HubSpot", f"Cleo Adler signs up at the campaign {CLEOS_CAMPAIGN!r}; score 38")
        desk.run_shortly()
        desk.say("", "Her score is below 50: she stays marketing's, and sales does not see her.")
        self._at(1, 10)
        desk.edit_hubspot(cleo, hubspotscore="72")
        desk.say("HubSpot", "she reads the price list: her score is 72")
        desk.run_shortly()
        desk.say("Salesforce", f"has a new Lead, an mql, owned by {self._owner()}")

    def _takes_part(self, contact: str, campaign: str) -> None:
        book = self._desk.sandbox.hubspot.lists
        (members,) = (one for one in book if campaign in one.name and "members" in one.name)
        stamp = self._desk.sandbox.hubspot.now()
        book.put(members, [int(contact)], now=stamp)

    def _owner(self) -> str:
        story = self._desk.known_as(CLEO)
        return next(one.right or "nobody" for one in story.fields if one.name == "owner")

    def _is_late(self) -> None:
        desk = self._desk
        desk.act("8  Nobody calls her: the promise was four business hours")
        self._at(3, 16)
        _report(desk, "sla")

    def _comes_back(self) -> None:
        desk = self._desk
        desk.act("9  Sales takes her, and hands her back with a reason")
        self._at(3, 16, 30)
        self._sales(Status="Working - Contacted")
        desk.say("Salesforce", "the owner calls her: the Lead is 'Working - Contacted'")
        desk.run_shortly()
        self._at(4, 11)
        self._sales(Status="Closed - Not Converted", Return_Reason__c="No Budget")
        desk.say("Salesforce", "'Closed - Not Converted', because of 'No Budget'")
        desk.run_shortly()
        told = self._marketing()
        desk.say(
            "HubSpot",
            f"she is a {told['lifecyclestage']} again; reason {told['revloop_returned_reason']}, "
            f"to be tried again from {told['revloop_try_again_date']}",
        )

    def _sales(self, **fields: str) -> None:
        right = self._desk.known_as(CLEO).right
        self._desk.edit_salesforce(right.object_name, right.id, **fields)

    def _marketing(self) -> dict[str, str]:
        left = self._desk.known_as(CLEO).left
        return self._desk.sandbox.hubspot.get("contacts", left.id) or {}

    def _comes_again(self) -> None:
        desk = self._desk
        desk.act("10  Marketing nurtures her, and hands her over again: a new clock")
        left = desk.known_as(CLEO).left.id
        self._at(8, 9)
        desk.edit_hubspot(left, hubspotscore="35")
        desk.say("HubSpot", "her score decays to 35")
        desk.run_shortly()
        self._at(21, 10)
        desk.edit_hubspot(left, hubspotscore="91")
        desk.say("HubSpot", "she has a budget now and asks for an offer: her score is 91")
        desk.run_shortly()
        self._at(21, 10, 40)
        self._sales(Status="Working - Contacted")
        desk.say("Salesforce", "40 minutes later her owner has called her: in time")
        desk.run_shortly()

    def _is_won(self) -> None:
        desk = self._desk
        desk.act("11  Sales converts her Lead and wins; marketing sees what came of it")
        self._at(22, 15)
        company = desk.known_as(CLEOS_COMPANY)
        made = desk.sandbox.salesforce.convert_lead(
            desk.known_as(CLEO).right.id,
            account_id=company.right.id,
            opportunity_name=CLEOS_DEAL,
        )
        assert made.opportunity_id is not None
        desk.say("Salesforce", "her Lead is converted: a Contact with an Opportunity")
        desk.run_shortly()
        self._at(24, 15)
        won: JsonObject = {
            "StageName": "Closed Won",
            "Amount": 18_400.0,
            "CloseDate": f"{desk.clock().astimezone(_ZONE):%Y-%m-%d}",
        }
        desk.sandbox.salesforce.edit("Opportunity", made.opportunity_id, won)
        desk.say("Salesforce", f"the Opportunity, {CLEOS_DEAL!r}, is won: 18,400 EUR")
        desk.type("sync")
        desk.run()
        desk.out.print()
        desk.type(f"record show {CLEO}")
        desk.show_record(CLEO)
