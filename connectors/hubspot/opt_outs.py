"""Opting people out: HubSpot takes it by e-mail address, and never as a contact's property.

The property tells whether the contact's first address has opted out; nobody but the person can
take that back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from connectors.hubspot.advice import own_advice
from connectors.hubspot.calls import Answer
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.problems import problem_of, read_problem
from connectors.hubspot.reader import HubSpotReader
from connectors.hubspot.values import CONTACTS
from connectors.hubspot.writer import not_settled
from sync.domain.errors import ConfigError, ConnectorError, CredentialError
from sync.domain.ports import Write, WriteKind, WriteOutcome, WriteResult
from sync.domain.record import Native, Record

__all__ = ["OPT_OUT", "OptOuts", "is_opt_out"]

OPT_OUT = "hs_email_optout"

_ADDRESS = "email"
#: Why an address was not opted out, as code and words.
_Refusal = tuple[str, str, str]


def is_opt_out(object_name: str, field_name: str) -> bool:
    """Tell whether a property is the one that is written by opting an address out."""
    return field_name == OPT_OUT and object_name in CONTACTS


class OptOuts:
    """Carries out what writes to contacts ask of opt-outs, beside their properties."""

    def __init__(
        self,
        client: HubSpotClient,
        reader: HubSpotReader,
        send: Callable[[Sequence[Write]], Sequence[WriteResult]],
    ) -> None:
        """Send properties by `send`; `reader` tells the addresses of contacts."""
        self._client = client
        self._reader = reader
        self._send = send
        self._in_batches = True

    def apply(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Send writes of one kind and object, opt-outs after the properties; results in order."""
        asking = [one for one in writes if _asks(one)]
        if not asking:
            return self._send(writes)
        plain = [_without_opt_out(one) for one in writes]
        sent = [one for one in plain if one.values or one.kind is not WriteKind.UPDATE]
        results = {one.token: one for one in (self._send(sent) if sent else ())}
        try:
            standing = self._standing(asking, results)
            refused = self._opt_out(_addresses(asking, standing, results))
        except (ConnectorError, ConfigError) as error:
            if not results:
                raise
            self._settle_unanswered(asking, results, error)
            return [results[one.token] for one in writes]
        for write in asking:
            results[write.token] = _settled(write, results.get(write.token), standing, refused)
        return [results[one.token] for one in writes]

    def _standing(
        self, asking: Sequence[Write], results: Mapping[str, WriteResult]
    ) -> Mapping[str, Record]:
        """Read address and opt-out of the contacts whose write was not refused, by id."""
        ids = [
            one.id
            for one in asking
            if one.id is not None and _is_done(results.get(one.token), missing=True)
        ]
        if not ids:
            return {}
        found: dict[str, Record] = {}
        for record in self._reader.by_ids(asking[0].object_name, ids, (_ADDRESS, OPT_OUT)):
            found.update((id, record) for id in (*record.aliases, record.ref.id))
        return found

    def _opt_out(self, addresses: Iterable[str]) -> Mapping[str, _Refusal]:
        """Opt addresses out in as few calls as the account's plan allows; give the refused."""
        wanted = list(dict.fromkeys(addresses))
        refused: dict[str, _Refusal] = {}
        if len(wanted) > 1 and self._in_batches:
            try:
                return _refusals_of_batch(self._client.opt_out_batch(wanted), wanted)
            except CredentialError:
                # Batches need a larger plan than single calls; what both lack is told below.
                self._in_batches = False
        for address in wanted:
            try:
                answer = self._client.opt_out(address)
            except CredentialError as error:
                # The token may write contacts and not opt-outs; that stops no contact.
                why = (error.code or "FORBIDDEN", str(error), error.request_id)
                return refused | {one: why for one in wanted if one not in refused}
            if not answer.good:
                refused[address] = _refusal(answer)
        return refused

    def _settle_unanswered(
        self,
        asking: Sequence[Write],
        results: dict[str, WriteResult],
        error: ConnectorError | ConfigError,
    ) -> None:
        """Give results where properties are written and opt-outs met a fault: send them again."""
        for write in asking:
            known = results.get(write.token)
            if write.kind is WriteKind.UPDATE and _is_done(known, missing=True):
                # To opt out twice does no harm, so that it is never unsure.
                again = not_settled(write, error)
                results[write.token] = replace(again, outcome=WriteOutcome.LOCKED)
            elif known is not None and _is_done(known):
                held = None if write.values[OPT_OUT] == "true" else write.values[OPT_OUT]
                results[write.token] = _with_stored(write, known, None, held)


def _asks(write: Write) -> bool:
    return write.object_name in CONTACTS and OPT_OUT in write.values


def _without_opt_out(write: Write) -> Write:
    if not _asks(write):
        return write
    values = {name: value for name, value in write.values.items() if name != OPT_OUT}
    back = tuple(name for name in write.read_back if name != OPT_OUT)
    return replace(write, values=values, read_back=back)


def _is_done(result: WriteResult | None, *, missing: bool = False) -> bool:
    return missing if result is None else result.outcome is WriteOutcome.DONE


def _addresses(
    asking: Sequence[Write], standing: Mapping[str, Record], results: Mapping[str, WriteResult]
) -> list[str]:
    """List the addresses to opt out: what is asked, was not refused, and does not stand yet."""
    found = []
    for write in asking:
        record = standing.get(write.id or "")
        out = record is not None and record.fields.get(OPT_OUT) == "true"
        address = _address(write, record)
        if write.values[OPT_OUT] == "true" and address and not out:
            if write.kind is WriteKind.CREATE and not _is_done(results.get(write.token)):
                continue
            if write.id is None or record is not None:
                found.append(address)
    return found


def _address(write: Write, record: Record | None) -> str:
    held = record.fields.get(_ADDRESS) if record is not None else write.values.get(_ADDRESS)
    return (held or "").strip().lower()


def _settled(
    write: Write,
    result: WriteResult | None,
    standing: Mapping[str, Record],
    refused: Mapping[str, _Refusal],
) -> WriteResult:
    """Put the result of a write together from that of its properties and of its opt-out."""
    if result is not None and result.outcome is not WriteOutcome.DONE:
        return result
    record = standing.get(write.id or "")
    if write.kind is WriteKind.UPDATE and record is None:
        return WriteResult(
            token=write.token,
            outcome=WriteOutcome.GONE,
            id=write.id,
            code="OBJECT_NOT_FOUND",
            message="The contact is archived or deleted.",
        )
    wanted = write.values[OPT_OUT] == "true"
    now = record is not None and record.fields.get(OPT_OUT) == "true"
    why = _why_not(write, record, refused) if wanted and not now else None
    if now and not wanted:
        why = ("OPTED_OUT", "HubSpot lets only the person take an opt-out back.", "")
    if why is not None and write.kind is WriteKind.UPDATE:
        code, message, request_id = why
        return WriteResult(
            token=write.token,
            outcome=WriteOutcome.REJECTED,
            id=write.id,
            code=code,
            message=message,
            fields=(OPT_OUT,),
            request_id=request_id,
            advice=own_advice(code, WriteOutcome.REJECTED),
        )
    # A contact that is made stays made; an opt-out that is missing there is sent again as an edit.
    value = write.values[OPT_OUT] if why is None else None
    return _with_stored(write, result, record, value)


def _why_not(
    write: Write, record: Record | None, refused: Mapping[str, _Refusal]
) -> _Refusal | None:
    address = _address(write, record)
    if not address:
        return (
            "NO_EMAIL_ADDRESS",
            "HubSpot opts out addresses, and this contact has none; give it an e-mail address.",
            "",
        )
    return refused.get(address)


def _with_stored(
    write: Write, result: WriteResult | None, record: Record | None, value: Native
) -> WriteResult:
    """Give the result with what stands for the opt-out now."""
    done = result or WriteResult(
        token=write.token, outcome=WriteOutcome.DONE, id=write.id, stored=record
    )
    if done.stored is None:
        return done
    fields = {
        name: done.stored.fields[name]
        for name in write.read_back
        if name != OPT_OUT and name in done.stored.fields
    }
    if OPT_OUT in write.read_back:
        fields[OPT_OUT] = value
    return replace(done, stored=replace(done.stored, fields=fields))


def _refusals_of_batch(answer: Answer, wanted: Sequence[str]) -> Mapping[str, _Refusal]:
    if not answer.good:
        return dict.fromkeys(wanted, _refusal(answer))
    told = {str(one.get("subscriberIdString") or "").strip().lower() for one in answer.results}
    refused: dict[str, _Refusal] = {}
    for error in answer.errors:
        problem = read_problem(error)
        context = error.get("context")
        named = context.get("subscriberIdString") if isinstance(context, dict) else None
        for address in named if isinstance(named, list) else [named]:
            refused[str(address or "").strip().lower()] = _words(problem.code, problem.request_id)
    silent = [one for one in wanted if one not in told and one not in refused]
    refused.update(dict.fromkeys(silent, _words("NO_RESULT", problem_of(answer).request_id)))
    return refused


def _refusal(answer: Answer) -> _Refusal:
    problem = problem_of(answer)
    return _words(problem.code or str(answer.status), problem.request_id)


def _words(code: str, request_id: str) -> _Refusal:
    return (code, "HubSpot did not opt the address out; look at the contact's e-mail.", request_id)
