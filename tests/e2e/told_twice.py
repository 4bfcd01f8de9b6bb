"""Two CRMs held against each other and against what people entered, from an export alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.jsontypes import JsonObject
from tests.e2e.whole_loop import Noted

__all__ = ["Found", "compare"]

_Rows = dict[str, dict[str, Any]]

#: Fields of people that travel both ways, by the object on the right.
_FIELDS = {
    "Lead": {"city": "City", "title": "Title", "last_name": "LastName", "level": "Level__c"},
    "Contact": {
        "city": "MailingCity",
        "title": "Title",
        "last_name": "LastName",
        "level": "Level__c",
    },
}
_LEFT = {"city": "city", "title": "jobtitle", "last_name": "lastname"}

_STAGES = {
    "appointmentscheduled": "Qualification",
    "qualifiedtobuy": "Prospecting",
    "closedwon": "Closed Won",
}


class Found:
    """What is wrong, apart: what stands more than once, what was lost, and where both differ."""

    def __init__(self) -> None:
        """Start with nothing found."""
        self.twice: list[str] = []
        self.lost: list[str] = []
        self.differ: list[str] = []

    def __bool__(self) -> bool:
        return bool(self.twice or self.lost or self.differ)

    def as_json(self) -> dict[str, list[str]]:
        """Give it as data."""
        return {"twice": self.twice, "lost": self.lost, "differ": self.differ}


def compare(lines: Iterable[JsonObject], noted: Noted) -> Found:
    """Hold all that both CRMs hold against what people noted."""
    return _Comparison(lines, noted).found


class _Comparison:
    def __init__(self, lines: Iterable[JsonObject], noted: Noted) -> None:
        self._rows: dict[str, _Rows] = defaultdict(dict)
        for line in lines:
            if "id" in line and "object" in line:
                values: Any = line.get("properties") or line.get("fields") or {}
                self._rows[str(line["object"])][str(line["id"])] = {**values, "_": line}
        self._noted = noted
        self.found = Found()
        self._left = self._by("contacts", "email")
        self._right = {**self._by("Lead", "Email"), **self._by("Contact", "Email")}
        self._people()
        self._companies()
        self._deals()
        self._ties()
        self._told()

    # --- records ----------------------------------------------------------------------------

    def _people(self) -> None:
        both = Counter(
            row["Email"].lower()
            for name in ("Lead", "Contact")
            for row in self._rows[name].values()
            if row.get("Email") and not row.get("IsConverted")
        )
        self._once("people on the left", self._count("contacts", "email"), self._noted.people)
        self._once("people on the right", both, self._noted.people)
        for email, entered in self._noted.people.items():
            if email not in self._left or email not in self._right:
                continue
            object_name, right = self._right[email]
            _, left = self._left[email]
            for name, native in _LEFT.items():
                one, other = left.get(native), right.get(_FIELDS[object_name][name])
                self._same(f"{name} of {email}", one, other, entered.get(name))
        for email, stage in self._noted.stages.items():
            if email in self._left:
                now = self._left[email][1].get("lifecyclestage")
                if now != stage:
                    self.found.lost.append(f"stage of {email} is {now}, not {stage}")

    def _companies(self) -> None:
        wanted = self._noted.companies
        self._once("companies on the left", self._count("companies", "domain"), wanted)
        self._once("companies on the right", self._count("Account", "Website"), wanted)

    def _deals(self) -> None:
        wanted = self._noted.deals
        self._once("deals on the left", self._count("deals", "dealname"), wanted)
        self._once("deals on the right", self._count("Opportunity", "Name"), wanted)
        left, right = self._by("deals", "dealname"), self._by("Opportunity", "Name")
        for name, stage in wanted.items():
            if name in left and name in right:
                one = _STAGES.get(str(left[name][1].get("dealstage")))
                self._same(f"stage of {name}", one, right[name][1].get("StageName"), stage)

    # --- what stands between them -----------------------------------------------------------

    def _ties(self) -> None:
        self._tied("people on deals", self._noted.on_deals, self._deal_ties())
        self._tied("people in campaigns", self._noted.in_campaign, self._members())
        for email, firm in self._noted.works_for.items():
            if email not in self._left or email not in self._right:
                continue
            left = [self._name_of("companies", id) for id in self._tied_to(email, "companies")]
            right = self._name_of("Account", _id(self._right[email][1].get("AccountId")))
            if right != firm:
                self.found.lost.append(f"{email} works for {right}, not for {firm}")
            if firm not in left:
                self.found.lost.append(f"{email} belongs to {left}, and not to {firm}")

    def _deal_ties(self) -> Iterator[tuple[str, str, str]]:
        names = {id: str(row.get("dealname")) for id, row in self._rows["deals"].items()}
        emails = {id: str(row.get("email")) for id, row in self._rows["contacts"].items()}
        seen = set()
        for name in ("deals", "contacts"):
            for id, row in self._rows[name].items():
                other = "contacts" if name == "deals" else "deals"
                for end in _ends(row, other):
                    deal, person = (id, end) if name == "deals" else (end, id)
                    if (deal, person) not in seen:
                        seen.add((deal, person))
                        yield "left", names[deal], emails[person]
        for row in self._rows["OpportunityContactRole"].values():
            deal = self._rows["Opportunity"][_id(row["OpportunityId"])]["Name"]
            yield "right", deal, self._rows["Contact"][_id(row["ContactId"])]["Email"]

    def _members(self) -> Iterator[tuple[str, str, str]]:
        campaigns = {id: str(row.get("hs_name")) for id, row in self._rows["campaigns"].items()}
        seen = set()
        for row in self._rows["lists"].values():
            campaign = next((name for id, name in campaigns.items() if id in str(row)), None)
            for told in row.get("members", ()) if campaign else ():
                member = _end_of(told)
                if (campaign, member) not in seen:
                    seen.add((campaign, member))
                    yield "left", str(campaign), self._rows["contacts"][member]["email"]
        for row in self._rows["CampaignMember"].values():
            name = self._rows["Campaign"][_id(row["CampaignId"])]["Name"]
            person = _id(row.get("ContactId")) or _id(row.get("LeadId"))
            object_name = "Contact" if row.get("ContactId") else "Lead"
            yield "right", name, self._rows[object_name][person]["Email"]

    def _tied(
        self,
        what: str,
        wanted: set[tuple[str, str]],
        rows: Iterable[tuple[str, str, str]],
    ) -> None:
        counts: dict[str, Counter[tuple[str, str]]] = {"left": Counter(), "right": Counter()}
        for side, owner, email in rows:
            counts[side][owner, email] += 1
        for side, count in counts.items():
            self._once(f"{what} on the {side}", count, wanted)

    def _told(self) -> None:
        tasks: Counter[str] = Counter()
        for row in self._rows["Task"].values():
            person = self._rows["Contact"].get(_id(row.get("WhoId")))
            if person is not None:
                tasks[person["Email"]] += 1
        self._once("tasks", tasks, self._noted.told)

    # --- how it is held against each other --------------------------------------------------

    def _once(self, what: str, count: Counter[Any], wanted: Iterable[Any]) -> None:
        known = set(wanted)
        self.found.twice += [f"{what}: {one} {n} times" for one, n in count.items() if n > 1]
        self.found.twice += [f"{what}: {one}, of nobody" for one in count.keys() - known]
        self.found.lost += [f"{what}: {one} is not there" for one in known - count.keys()]

    def _same(self, what: str, left: Any, right: Any, entered: str | None) -> None:
        if entered is not None and entered not in (left, right):
            self.found.lost.append(f"{what}: {entered!r} was entered; {left!r} and {right!r} now")
        elif (left or None) != (right or None):
            self.found.differ.append(f"{what}: {left!r} and {right!r}")

    def _count(self, object_name: str, name: str) -> Counter[str]:
        rows = self._rows[object_name].values()
        return Counter(_plain(row[name]) for row in rows if row.get(name))

    def _by(self, object_name: str, name: str) -> dict[str, tuple[str, dict[str, Any]]]:
        return {
            _plain(row[name]): (object_name, row)
            for row in self._rows[object_name].values()
            if row.get(name) and not row.get("IsConverted")
        }

    def _tied_to(self, email: str, object_name: str) -> list[str]:
        mine = self._left[email][1]
        id = str(mine["_"]["id"])
        back = [
            other for other, row in self._rows[object_name].items() if id in _ends(row, "contacts")
        ]
        return [*_ends(mine, object_name), *back]

    def _name_of(self, object_name: str, id: str) -> str:
        row = self._rows[object_name].get(id, {})
        return _plain(str(row.get("domain") or row.get("Website") or row.get("Name") or ""))


def _plain(text: str) -> str:
    return text.removeprefix("https://").removeprefix("http://").lower() if "://" in text else text


def _ends(row: dict[str, Any], object_name: str) -> list[str]:
    ties = row["_"].get("associations", ())
    return [str(tie["key"]).rpartition("-")[2] for tie in ties if tie["to"] == object_name]


def _end_of(told: Any) -> str:
    """Give the id behind the key of a record: `contacts-1000001`."""
    return str(told["id"]["key"]).rpartition("-")[2]


def _id(told: Any) -> str:
    return str(told["key"]) if isinstance(told, dict) else str(told or "")
