"""Whether a batch was read whole: what could not be read is not proven to be gone."""

from __future__ import annotations

from connectors.hubspot.calls import Answer
from connectors.hubspot.faults import SYSTEM
from connectors.hubspot.problems import read_problem
from connectors.hubspot.refusals import is_gone
from sync.domain.errors import UnavailableError

__all__ = ["check_whole"]

#: Says of a record that it has no associations, which is no error.
_NONE = "crm.associations.NO_ASSOCIATIONS_FOUND"


def check_whole(answer: Answer, *, name: str, object_name: str) -> None:
    """Raise UnavailableError where an answer lacks more than what HubSpot says it does not have."""
    for problem in map(read_problem, answer.errors):
        if is_gone(problem) or problem.has(_NONE):
            continue
        raise UnavailableError(
            f"HubSpot could not {name} some of {object_name} ({problem.code}). The next run asks "
            "again.",
            system=SYSTEM,
            object_name=object_name,
            operation=name,
            code=problem.code,
            request_id=problem.request_id,
        )
