"""The statuses each campaign has for its members: an unknown one must not be sent.

Salesforce does not always refuse it: it may store the campaign's default status instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from connectors.salesforce.advice import advice_on
from connectors.salesforce.answers import Part, PartAnswer, Row
from connectors.salesforce.batches import Prepared
from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.faults import Call
from connectors.salesforce.ids import normal_id
from connectors.salesforce.soql import any_of, literals, select
from sync.domain.errors import RecordRejectedError, SchemaDriftError
from sync.domain.ports import WriteKind, WriteOutcome, WriteResult
from sync.domain.schema import FieldKind

__all__ = ["CAMPAIGN", "MEMBER", "STATUS", "MemberStatuses"]

CAMPAIGN = "Campaign"
MEMBER = "CampaignMember"
STATUS = "Status"

_STATUSES = "CampaignMemberStatus"
_OWNER = "CampaignId"
_LABEL = "Label"
_HOLDERS = "holders"
_CODE = "UNKNOWN_MEMBER_STATUS"


class MemberStatuses:
    """What campaigns of one org call the statuses of their members, as far as it was asked."""

    def __init__(self, client: SalesforceClient) -> None:
        self._client = client
        self._everywhere: frozenset[str] | None = None
        self._of: dict[str, tuple[str, ...]] = {}

    def forget(self) -> None:
        """Forget what was asked, since people add statuses."""
        self._everywhere = None
        self._of.clear()

    def labels(self) -> tuple[str, ...]:
        """Read all statuses that any campaign has for its members; none where that is hidden."""
        answers, _ = self._client.composite([_labels_part()])
        return tuple(sorted(self._holders(answers[0])))

    def refused(self, rows: Sequence[Prepared]) -> dict[str, WriteResult]:
        """Give a result for each row whose status its campaign does not have.

        One call at most for a batch, and none once it is known that every campaign has the
        statuses of its rows.
        """
        unsure = [row for row in rows if _asks(row) and not self._is_everywhere(row)]
        if not unsure:
            return {}
        campaigns = self._read_for(unsure)
        lacking = [
            (row, campaign)
            for row in unsure
            if (campaign := campaigns.get(row.write.token)) and self._lacks(campaign, row)
        ]
        names = self._names({campaign for _, campaign in lacking})
        return {
            row.write.token: _refusal(row, names.get(campaign, campaign), self._of[campaign])
            for row, campaign in lacking
        }

    def _is_everywhere(self, row: Prepared) -> bool:
        return self._everywhere is not None and _wanted(row) in self._everywhere

    def _lacks(self, campaign: str, row: Prepared) -> bool:
        """Tell whether a campaign is known to have other statuses only; hidden ones are not."""
        labels = self._of.get(campaign, ())
        return bool(labels) and _wanted(row) not in {label.casefold() for label in labels}

    def _read_for(self, rows: Sequence[Prepared]) -> Mapping[str, str]:
        """Read what is not known of the rows' campaigns; gives the campaign of each by token."""
        creates = [row for row in rows if row.write.kind is WriteKind.CREATE]
        owners = {row.write.token: str(row.values.get(_OWNER) or "") for row in creates}
        parts = self._questions(
            [one for one in dict.fromkeys(owners.values()) if one and one not in self._of],
            [row.id for row in rows if row.id is not None],
        )
        if not parts:
            return owners
        answers, _ = self._client.composite(list(parts.values()))
        told = dict(zip(parts, answers, strict=True))
        for name in {"of campaigns", "of members"} & told.keys():
            self._take(told[name])
        if "labels" in told:
            self._everywhere = self._on_all(told["labels"], told["campaigns"])
        if "members" in told:
            found = self._pairs(told["members"], _OWNER)
            owners |= {row.write.token: found[row.id] for row in rows if row.id in found}
        return owners

    def _questions(self, campaigns: Sequence[str], members: Sequence[str]) -> dict[str, Part]:
        parts: dict[str, Part] = {}
        if campaigns:
            parts["of campaigns"] = _statuses_part(literals(FieldKind.TEXT, campaigns))
        if members:
            these = any_of("Id", literals(FieldKind.TEXT, members))
            parts["members"] = _part(MEMBER, select(MEMBER, ("Id", _OWNER), where=(these,)))
            parts["of members"] = _statuses_part([select(MEMBER, (_OWNER,), where=(these,))])
        if parts and self._everywhere is None:
            parts["labels"] = _labels_part()
            parts["campaigns"] = _part(CAMPAIGN, select(CAMPAIGN, ("COUNT()",)))
        return parts

    def _on_all(self, labels: PartAnswer, campaigns: PartAnswer) -> frozenset[str]:
        """Give the statuses that every campaign has, in small letters."""
        if campaigns.fault is not None:
            return frozenset()
        total = campaigns.page().total
        held = self._holders(labels)
        return frozenset(label.casefold() for label, holders in held.items() if holders == total)

    def _holders(self, answer: PartAnswer) -> Mapping[str, int]:
        """Give each status with the number of campaigns that have it."""
        return {str(row[_LABEL]): int(row[_HOLDERS]) for row in self._shown(answer)}

    def _take(self, answer: PartAnswer) -> None:
        read: dict[str, list[str]] = {}
        for row in self._shown(answer):
            read.setdefault(str(normal_id(str(row[_OWNER]))), []).append(str(row[_LABEL]))
        self._of |= {campaign: tuple(sorted(labels)) for campaign, labels in read.items()}

    def _names(self, campaigns: Iterable[str]) -> Mapping[str, str]:
        ids = literals(FieldKind.TEXT, sorted(campaigns))
        if not ids:
            return {}
        soql = select(CAMPAIGN, ("Id", "Name"), where=(any_of("Id", ids),))
        answers, _ = self._client.composite([_part(CAMPAIGN, soql)])
        return self._pairs(answers[0], "Name")

    def _pairs(self, answer: PartAnswer, name: str) -> dict[str, str]:
        return {str(normal_id(str(row["Id"]))): str(row[name]) for row in self._shown(answer)}

    def _shown(self, answer: PartAnswer) -> list[Row]:
        """Give the rows of an object; none where the org keeps it from this user."""
        try:
            return list(self._client.rows(answer))
        except (SchemaDriftError, RecordRejectedError):
            return []


def _asks(row: Prepared) -> bool:
    written = row.write.kind in {WriteKind.CREATE, WriteKind.UPDATE}
    return written and row.write.object_name == MEMBER and bool(row.values.get(STATUS))


def _wanted(row: Prepared) -> str:
    return str(row.values[STATUS]).casefold()


def _part(object_name: str, soql: str) -> Part:
    return Part.query(soql, Call(operation="read", object_name=object_name))


def _labels_part() -> Part:
    counted = select(_STATUSES, (_LABEL, f"COUNT(Id) {_HOLDERS}"))
    return _part(_STATUSES, f"{counted} GROUP BY {_LABEL}")


def _statuses_part(campaigns: Sequence[str]) -> Part:
    return _part(_STATUSES, select(_STATUSES, (_OWNER, _LABEL), where=(any_of(_OWNER, campaigns),)))


def _refusal(row: Prepared, campaign: str, labels: Sequence[str]) -> WriteResult:
    """Give the result of a row kept back; a new one as a whole, not for its status alone."""
    is_new = row.write.kind is WriteKind.CREATE
    return WriteResult(
        token=row.write.token,
        outcome=WriteOutcome.REJECTED,
        id=row.write.id,
        code=_CODE,
        message=f"The campaign '{campaign}' has no member status '{row.values[STATUS]}'; it has "
        f"{', '.join(labels)}. Add the status to the campaign in Salesforce, or name one it has "
        "under `members:` in the mapping; nothing was sent.",
        fields=() if is_new else (STATUS,),
        advice=advice_on(_CODE, WriteOutcome.REJECTED),
    )
