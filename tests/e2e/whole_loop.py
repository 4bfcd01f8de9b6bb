"""All that people do between two runs, in some hundreds of records: who makes and edits what.

What they entered is noted as it must stand in both CRMs in the end, so that nobody has to ask
revloop what it did.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from console.demo_project import make_project
from sandbox.demo import demo_seed
from sandbox.hubspot.list_desk import ListDesk
from sandbox.jsontypes import JsonObject
from sandbox.server import Sandbox

__all__ = ["Loop", "Noted"]

_WIDE = "guard: {changes: 1000000, creates: 1000000, deletes: 1000000, blanks: 1000000}\n"
_CAMPAIGN = "Spring fair"


@dataclass(slots=True)
class Noted:
    """What must stand in both CRMs: values by e-mail and field, and all there is, by its name.

    `ties` are people on deals and in the campaign, by (deal or campaign, e-mail); `told` are those
    whose owner is to be told of them by one task; `stages` are HubSpot's lifecycle stages.
    """

    people: dict[str, dict[str, str]] = field(default_factory=dict)
    companies: set[str] = field(default_factory=set)
    deals: dict[str, str] = field(default_factory=dict)
    on_deals: set[tuple[str, str]] = field(default_factory=set)
    in_campaign: set[tuple[str, str]] = field(default_factory=set)
    works_for: dict[str, str] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    stages: dict[str, str] = field(default_factory=dict)


class Loop:
    """Two CRMs that were one, and what people did to them since; `size` is some 50 changes each."""

    def __init__(self, folder: Path, *, size: int) -> None:
        """Lay out the project and both CRMs as they are before the first run."""
        self.folder = folder
        self.size = size
        self.noted = Noted()
        self.sandbox = Sandbox(list(self._seed()), limits=False)
        make_project(folder, self.sandbox.hubspot_token, self.sandbox.salesforce_token)
        (folder / "revloop.yaml").write_text(f"version: 1\n{_WIDE}", encoding="utf-8")
        lifecycle = folder / "mappings" / "lifecycle.yaml"
        text = lifecycle.read_text(encoding="utf-8")
        # Rules of the org's own assign leads only; here contacts are handed over, too.
        assert text.count("to: salesforce rules") == 1
        text = text.replace("to: salesforce rules", "to: anna@example.com")
        lifecycle.write_text(text, encoding="utf-8")

    # --- before the first run ---------------------------------------------------------------

    def _seed(self) -> Iterator[JsonObject]:
        size, noted = self.size, self.noted
        yield from (
            line for line in demo_seed() if "field" in line or line["object"] in ("owners", "User")
        )
        # Those who make records are somebody in HubSpot, too.
        for number, name in enumerate(("integration", "sam.seller")):
            email = f"{name}@sandbox.invalid"
            yield _seed("hubspot", "owners", f"o{number}", email=email, lastName=name)
        for number in range(5 * size):
            domain = f"firm{number}.example"
            noted.companies.add(domain)
            yield _seed("hubspot", "companies", f"h-{domain}", name=domain, domain=domain)
            yield _seed("salesforce", "Account", f"s-{domain}", Name=domain, Website=domain)
        for number in range(8 * size):
            email = f"lead{number}@people.example"
            noted.people[email] = {}
            yield from self._person(email, "Lead", Company="Example")
        for number in range(8 * size):
            email = f"contact{number}@people.example"
            firm = f"firm{number % (5 * size)}.example"
            noted.people[email] = {}
            noted.works_for[email] = firm
            yield from self._person(email, "Contact", AccountId={"key": f"s-{firm}"})
        yield from self._sales()

    def _person(self, email: str, name: str, **more: Any) -> Iterator[JsonObject]:
        last = email.partition("@")[0]
        yield _seed("hubspot", "contacts", f"h-{email}", email=email, lastname=last)
        yield _seed("salesforce", name, f"s-{email}", Email=email, LastName=last, **more)

    def _sales(self) -> Iterator[JsonObject]:
        noted = self.noted
        yield _seed("hubspot", "campaigns", "h-c", hs_name=_CAMPAIGN)
        yield _seed("salesforce", "Campaign", "s-c", Name=_CAMPAIGN, IsActive=True)
        for number in range(2 * self.size):
            deal, email = f"Deal {number}", f"contact{number}@people.example"
            firm = {"key": f"s-firm{number}.example"}
            noted.deals[deal] = "Prospecting"
            noted.on_deals.add((deal, email))
            yield _seed(
                "salesforce",
                "Opportunity",
                f"s-{deal}",
                Name=deal,
                StageName="Prospecting",
                CloseDate="2030-06-30",
                AccountId=firm,
            )
            yield _seed(
                "salesforce",
                "OpportunityContactRole",
                f"s-role{number}",
                OpportunityId={"key": f"s-{deal}"},
                ContactId={"key": f"s-{email}"},
            )
        for number in range(self.size):
            for field_name, name in (("LeadId", "lead"), ("ContactId", "contact")):
                email = f"{name}{number}@people.example"
                noted.in_campaign.add((_CAMPAIGN, email))
                yield _seed(
                    "salesforce",
                    "CampaignMember",
                    f"s-{name}-member{number}",
                    CampaignId={"key": "s-c"},
                    Status="Sent",
                    **{field_name: {"key": f"s-{email}"}},
                )

    # --- after it ---------------------------------------------------------------------------

    def warm_up(self) -> None:
        """Let some be vouched for, so that sales can give them back later."""
        ids = self._ids("hubspot", "contacts", "email")
        for number in range(2 * self.size):
            email = f"lead{number}@people.example"
            self._edit("hubspot", "contacts", ids[email], hubspotscore="80")

    def work(self) -> None:
        """Let people make, edit, tie, convert and give back."""
        self._in_hubspot()
        self._in_salesforce()

    def on_the_left(self) -> dict[str, str]:
        """Give the ids of all people in HubSpot, by e-mail."""
        return self._ids("hubspot", "contacts", "email")

    def on_the_right(self) -> dict[str, tuple[str, str]]:
        """Give object and id of all people in Salesforce who may be worked on, by e-mail."""
        return {
            email: (name, id)
            for name in ("Lead", "Contact")
            for email, id in self._ids("salesforce", name, "Email").items()
        }

    def _in_hubspot(self) -> None:
        size, noted = self.size, self.noted
        people = self._ids("hubspot", "contacts", "email")
        for name, first, last in (("contact", 0, 4), ("lead", 2, 5)):
            for number in range(first * size, last * size):
                email = f"{name}{number}@people.example"
                noted.people[email]["city"] = city = f"Left {number}"
                self._edit("hubspot", "contacts", people[email], city=city)
        for number in range(4 * size):
            email = f"newleft{number}@people.example"
            noted.people[email] = {"city": "Bonn"}
            noted.stages[email] = "marketingqualifiedlead"
            values = {"email": email, "lastname": "New", "city": "Bonn", "hubspotscore": "80"}
            people[email] = self.sandbox.add("hubspot", "contacts", values, by="person")
        for number in range(2 * size):
            domain = f"leftfirm{number}.example"
            noted.companies.add(domain)
            values = {"domain": domain, "name": domain}
            self.sandbox.add("hubspot", "companies", values, by="person")
        for number in range(7 * size, 8 * size):
            email = f"contact{number}@people.example"
            noted.told.add(email)
            self._edit("hubspot", "contacts", people[email], hubspotscore="80")
        self._tie_in_hubspot(people)

    def _tie_in_hubspot(self, people: dict[str, str]) -> None:
        portal, noted = self.sandbox.hubspot, self.noted
        deals = self._ids("hubspot", "deals", "dealname")
        for number in range(2 * self.size):
            deal, email = f"Deal {number}", f"contact{4 * self.size + number}@people.example"
            noted.on_deals.add((deal, email))
            portal.link(("deals", int(deals[deal])), ("contacts", int(people[email])))
            # A tie by itself moves no stamp, and would wait for the next full comparison.
            self._edit("hubspot", "deals", deals[deal], description=f"with {email}")
        (members,) = (one for one in portal.lists if "members (revloop" in one.name)
        joining = [f"contact{self.size + number}@people.example" for number in range(self.size)]
        noted.in_campaign.update((_CAMPAIGN, email) for email in joining)
        ids = [str(each) for each in members.ids] + [people[email] for email in joining]
        ListDesk(portal).edit(str(members.id), {"members": [*ids]})

    def _in_salesforce(self) -> None:
        size, noted = self.size, self.noted
        people = self._ids("salesforce", "Contact", "Email")
        leads = self._ids("salesforce", "Lead", "Email")
        firms = self._ids("salesforce", "Account", "Website")
        for name, object_name, first, last in (
            ("contact", "Contact", 2, 6),
            ("lead", "Lead", 4, 8),
        ):
            for number in range(first * size, last * size):
                email = f"{name}{number}@people.example"
                noted.people[email]["title"] = title = f"Right {number}"
                self._edit("salesforce", object_name, {**people, **leads}[email], Title=title)
        for number in range(2 * size):
            domain = f"rightfirm{number}.example"
            noted.companies.add(domain)
            firms[domain] = self._add("Account", Name=domain, Website=domain)
        self._new_people(firms)
        for number in range(6 * size, 7 * size):
            email, firm = f"contact{number}@people.example", f"rightfirm{number % size}.example"
            noted.works_for[email] = firm
            self._edit("salesforce", "Contact", people[email], AccountId=firms[firm])
        self._sell(people, firms)
        for number in range(size):
            email = f"lead{number}@people.example"
            noted.stages[email] = "lead"
            given = {"Status": "Closed - Not Converted", "Return_Reason__c": "No Budget"}
            self._edit("salesforce", "Lead", leads[email], **given)
        for number in range(5 * size, 6 * size):
            self.sandbox.salesforce.convert_lead(leads[f"lead{number}@people.example"])

    def _new_people(self, firms: dict[str, str]) -> None:
        for number in range(3 * self.size):
            for name in ("Contact", "Lead"):
                email = f"newright{name.lower()}{number}@people.example"
                self.noted.people[email] = {"title": "Boss"}
                values = {"Email": email, "LastName": "New", "Title": "Boss"}
                if name == "Lead":
                    self._add(name, **values, Company="Example")
                    continue
                firm = f"rightfirm{number % (2 * self.size)}.example"
                self.noted.works_for[email] = firm
                self._add(name, **values, AccountId=firms[firm])

    def _sell(self, people: dict[str, str], firms: dict[str, str]) -> None:
        noted = self.noted
        deals = self._ids("salesforce", "Opportunity", "Name")
        (campaign,) = self._ids("salesforce", "Campaign", "Name").values()
        for number in range(self.size):
            won, new = f"Deal {number}", f"New deal {number}"
            noted.deals |= {won: "Closed Won", new: "Qualification"}
            self._edit("salesforce", "Opportunity", deals[won], StageName="Closed Won")
            deals[new] = self._add(
                "Opportunity",
                Name=new,
                StageName="Qualification",
                CloseDate="2030-06-30",
                AccountId=firms[f"firm{number}.example"],
            )
            email = f"contact{number + 3 * self.size}@people.example"
            noted.on_deals.add((new, email))
            self._add("OpportunityContactRole", OpportunityId=deals[new], ContactId=people[email])
            email = f"contact{number + 4 * self.size}@people.example"
            noted.in_campaign.add((_CAMPAIGN, email))
            member = {"CampaignId": campaign, "ContactId": people[email], "Status": "Sent"}
            self._add("CampaignMember", **member)

    def _add(self, object_name: str, **values: Any) -> str:
        return self.sandbox.add("salesforce", object_name, values, by="person")

    def _edit(self, system: str, object_name: str, id: str, **values: Any) -> None:
        self.sandbox.edit(system, object_name, id, values, by="person")

    def _ids(self, system: str, object_name: str, name: str) -> dict[str, str]:
        """Give the ids of all records of an object by what they hold in one field."""
        found = {}
        for line in self.sandbox.export():
            if line["system"] == system and line.get("object") == object_name and "id" in line:
                values: Any = line.get("properties") or line.get("fields")
                if values.get(name) and not values.get("IsConverted"):
                    found[str(values[name])] = str(line["id"])
        return found


def _seed(system: str, object_name: str, key: str, **values: Any) -> JsonObject:
    holder = "properties" if system == "hubspot" else "fields"
    return {"system": system, "object": object_name, "key": key, holder: values}
