"""Whether the CRMs and the state belong together: looked at before anything is read."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sync.domain.errors import (
    EmptyStateError,
    WrongAccountError,
)
from sync.engine.session import Session

__all__ = ["ADOPTING", "check_accounts", "check_not_lost"]

#: The note that says links are being made again from kept ids, and are not all there yet.
ADOPTING = "adopting"

#: How long an account's identity counts as known while the same credentials are used.
_IDENTITY_FOR = timedelta(hours=1)


def check_accounts(session: Session) -> None:
    """Stop where the credentials belong to another portal or org than the state (R28)."""
    for side, crm in session.crms.items():
        note = session.store.runs.note(f"account:{side.value}")
        known: dict[str, str] = json.loads(note) if note else {}
        now = session.clock()
        checked = known.get("checked")
        if (
            checked is not None
            and known.get("credentials") == crm.credentials
            and now - datetime.fromisoformat(checked) < _IDENTITY_FOR
        ):
            continue
        account = crm.account()
        if known and known["id"] != account.id:
            raise WrongAccountError(
                f"nothing was written: the state was built from {crm.title} account "
                f"{known['id']} ({known['name']}), and these credentials belong to {account.id} "
                f"({account.name}). Use the right credentials, or another project folder."
            )
        kept = {
            "id": account.id,
            "name": account.name,
            "checked": now.isoformat(),
            "credentials": crm.credentials,
        }
        session.store.runs.keep_note(f"account:{side.value}", json.dumps(kept))


def check_not_lost(session: Session) -> None:
    """Stop where the state knows no link although the CRMs carry our ids (R32)."""
    if session.store.runs.note(ADOPTING):
        raise EmptyStateError(
            "nothing was written: `revloop adopt` was cut off before its end. Call it again; the "
            "next sync goes on from there."
        )
    if session.store.links.any():
        return
    found = session.store.staging.any_counterpart()
    if found is not None:
        side, ref = found
        raise EmptyStateError(
            f"nothing was written: the state is empty, yet records carry the other CRM's id "
            f"(first seen: {session.title(side)} {ref.object_name} {ref.id}). Was the state lost, "
            f"or is this another project folder? Put the state file back from its backup, link "
            f"again from these ids with `revloop adopt`, or clear the id fields in both CRMs if "
            f"these links shall be forgotten."
        )
