"""What a campaign costs: items of its budget and its spend, one of them ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from connectors.hubspot.advice import own_advice
from connectors.hubspot.calls import Answer, Json, Operation
from connectors.hubspot.campaign_calls import OBJECT, CampaignCalls
from connectors.hubspot.faults import odd_answer
from connectors.hubspot.problems import problem_of
from connectors.hubspot.refusals import refusal
from sync.domain.errors import GoneError, RecordRejectedError, UnavailableError
from sync.domain.ports import Write, WriteOutcome, WriteResult
from sync.domain.record import Native

__all__ = ["OWN_ITEM", "CampaignMoney"]

#: The name of our item, by which it is found again; people's own items stay as they are.
OWN_ITEM = "Salesforce (revloop)"

_LISTS = {"budget": "budgetItems", "spend": "spendItems"}

#: How often an item whose answer was lost is looked for, and added where it is not there.
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """One item of a budget or a spend."""

    id: str
    name: str
    amount: Decimal
    order: int
    description: str


class CampaignMoney:
    """Lets a campaign's budget and spend add up to what they should be.

    Our one item makes up the difference between what is wanted and what people's items add up to.
    """

    def __init__(self, calls: CampaignCalls) -> None:
        """Read and write items by these calls."""
        self._calls = calls

    def read(self, campaign_id: str) -> Mapping[str, Native]:
        """Give what the items of budget and spend add up to now, by field; None without items.

        Nothing is given for a campaign that is gone.
        """
        try:
            answer = self._calls.totals(campaign_id)
        except GoneError:
            return {}
        found: dict[str, Native] = {}
        for part in _LISTS:
            items = _items(answer, part)
            found[part] = _text(sum((one.amount for one in items), Decimal(0))) if items else None
        return found

    def put(self, write: Write) -> WriteResult:
        """Let budget and spend of one campaign add up to the values of a write; nothing else."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._put(write)
            except UnavailableError as error:
                # What came of it shows when the items are read once more.
                if not error.maybe_done or attempt == _ATTEMPTS:
                    raise
        raise AssertionError("the last attempt gives a result or raises")

    def _put(self, write: Write) -> WriteResult:
        assert write.id is not None
        try:
            answer = self._calls.totals(write.id)
        except RecordRejectedError as error:
            return _refused(write, error)
        for part, amount in write.values.items():
            refused = self._settle(write, part, amount, _items(answer, part))
            if refused is not None:
                return refused
        return WriteResult(token=write.token, outcome=WriteOutcome.DONE, id=write.id)

    def _settle(
        self, write: Write, part: str, amount: Native, items: Sequence[_Item]
    ) -> WriteResult | None:
        """Change our item of one part as far as needed; give the refusal, if any."""
        own = next((one for one in items if one.name == OWN_ITEM), None)
        others = [one for one in items if one is not own]
        taken = sum((one.amount for one in others), Decimal(0))
        if others and (amount is None or Decimal(amount) < taken):
            return _too_much(write, part, amount, taken)
        answer = self._write(write.id or "", part, _needed(amount, taken, others), own, len(items))
        if answer is None or answer.good:
            return None
        result = refusal(write, problem_of(answer), status=answer.status)
        return replace(result, fields=(part,))

    def _write(
        self, campaign_id: str, part: str, needed: Decimal | None, own: _Item | None, order: int
    ) -> Answer | None:
        if own is None:
            item = None if needed is None else _wire(needed, order, _described())
            return self._calls.add_item(campaign_id, part, item) if item is not None else None
        if needed is None:
            return self._calls.remove_item(campaign_id, part, own.id)
        if needed == own.amount:
            return None
        item = _wire(needed, own.order, own.description or _described())
        return self._calls.change_item(campaign_id, part, own.id, item)


def _needed(amount: Native, taken: Decimal, others: Sequence[_Item]) -> Decimal | None:
    """Give what our item is to hold; None where there is to be none."""
    if amount is None:
        return None
    missing = Decimal(amount) - taken
    return None if others and missing == 0 else missing


def _too_much(write: Write, part: str, amount: Native, taken: Decimal) -> WriteResult:
    wanted = "nothing" if amount is None else _text(Decimal(amount))
    return WriteResult(
        token=write.token,
        outcome=WriteOutcome.REJECTED,
        id=write.id,
        code="OTHER_ITEMS",
        message=(
            f"The {part} items people keep on this HubSpot campaign add up to {_text(taken)}, more "
            f"than the {wanted} to write. revloop never changes them: correct them in HubSpot, or "
            "the amount."
        ),
        fields=(part,),
        advice=own_advice("OTHER_ITEMS", WriteOutcome.REJECTED),
    )


def _refused(write: Write, error: RecordRejectedError) -> WriteResult:
    gone = isinstance(error, GoneError)
    return WriteResult(
        token=write.token,
        outcome=WriteOutcome.GONE if gone else WriteOutcome.REJECTED,
        id=write.id,
        code=error.code,
        message=str(error),
        request_id=error.request_id,
    )


def _wire(amount: Decimal, order: int, description: str) -> Json:
    whole = amount == amount.to_integral_value()
    return {
        "name": OWN_ITEM,
        "amount": int(amount) if whole else float(amount),
        "order": order,
        "description": description,
    }


def _described() -> str:
    return "Kept by revloop; what is changed here is written over."


def _items(answer: Answer, part: str) -> Sequence[_Item]:
    listed = answer.body.get(_LISTS[part])
    if not isinstance(listed, list):
        raise _odd(f"no list of {part} items")
    return [_item(one) for one in listed]


def _item(told: object) -> _Item:
    """Read an item; raises UnavailableError where it is none."""
    if not isinstance(told, dict) or told.get("id") is None:
        raise _odd("an item without an id")
    order = told.get("order")
    return _Item(
        id=str(told["id"]),
        name=str(told.get("name") or ""),
        amount=_amount(told.get("amount")),
        order=order if isinstance(order, int) else 0,
        description=str(told.get("description") or ""),
    )


def _amount(value: object) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise _odd("an item without an amount")
    return amount


def _text(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def _odd(what: str) -> UnavailableError:
    operation = Operation(name="read the budget of", object_name=OBJECT)
    return odd_answer(operation, what)
