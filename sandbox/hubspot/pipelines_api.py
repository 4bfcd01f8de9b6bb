"""Pipelines and their stages."""

from __future__ import annotations

from sandbox.hubspot.calls import Access, Answer, Call, Handler, Route
from sandbox.hubspot.pipelines import PipelineBook
from sandbox.jsontypes import JsonObject

__all__ = ["ROUTES"]

_READ = Access(("crm.schemas.{object}.read", "crm.objects.{object}.read"))
_WRITE = Access(("crm.schemas.{object}.write",))
_CHECKS = ("validateReferencesBeforeDelete", "validateDealStageUsagesBeforeDelete")


def list_all(call: Call) -> Answer:
    """List all pipelines; there is no paging."""
    return Answer(200, {"results": [one.to_wire() for one in _book(call)]})


def read(call: Call) -> Answer:
    """Give one pipeline."""
    return Answer(200, _book(call).get(call.path["pipeline"]).to_wire())


def create(call: Call) -> Answer:
    """Make a pipeline with its stages."""
    made = _book(call).create(call.object_body(), now=call.store.now())
    return Answer(201, made.to_wire())


def replace(call: Call) -> Answer:
    """Put another pipeline in one's place."""
    fresh = _book(call).replace(
        call.path["pipeline"],
        call.object_body(),
        check_use=_checks_use(call),
        now=call.store.now(),
    )
    return Answer(200, fresh.to_wire())


def update(call: Call) -> Answer:
    """Change a pipeline's label or place."""
    fresh = _book(call).update(call.path["pipeline"], call.object_body(), now=call.store.now())
    return Answer(200, fresh.to_wire())


def delete(call: Call) -> Answer:
    """Delete a pipeline for good."""
    book, now = _book(call), call.store.now()
    book.delete(call.path["pipeline"], check_use=_checks_use(call), now=now)
    return Answer(204)


def audit(call: Call) -> Answer:
    """Tell what was done to a pipeline."""
    return _audit(call, call.path["pipeline"])


def list_stages(call: Call) -> Answer:
    """List the stages of a pipeline."""
    stages = _book(call).get(call.path["pipeline"]).stages
    return Answer(200, {"results": [stage.to_wire() for stage in stages]})


def read_stage(call: Call) -> Answer:
    """Give one stage."""
    stage = _book(call).get(call.path["pipeline"]).stage(call.path["stage"])
    return Answer(200, stage.to_wire())


def create_stage(call: Call) -> Answer:
    """Add a stage."""
    body, now = call.object_body(), call.store.now()
    return Answer(201, _book(call).create_stage(call.path["pipeline"], body, now=now).to_wire())


def replace_stage(call: Call) -> Answer:
    """Put another stage in one's place; its id stays."""
    return _change_stage(call, whole=True)


def update_stage(call: Call) -> Answer:
    """Change what is sent of a stage."""
    return _change_stage(call, whole=False)


def delete_stage(call: Call) -> Answer:
    """Delete a stage for good."""
    _book(call).delete_stage(
        call.path["pipeline"],
        call.path["stage"],
        check_use=_checks_use(call),
        now=call.store.now(),
    )
    return Answer(204)


def audit_stage(call: Call) -> Answer:
    """Tell what was done to a stage."""
    return _audit(call, call.path["stage"])


def _book(call: Call) -> PipelineBook:
    return call.store.pipelines.book(call.kind())


def _change_stage(call: Call, *, whole: bool) -> Answer:
    stage = _book(call).change_stage(
        call.path["pipeline"],
        call.path["stage"],
        call.object_body(),
        whole=whole,
        now=call.store.now(),
    )
    return Answer(200, stage.to_wire())


def _audit(call: Call, identifier: str) -> Answer:
    who: JsonObject = {"portalId": call.store.account.id}
    entries = _book(call).audit(identifier)
    return Answer(200, {"results": [{**who, **entry} for entry in entries]})


def _checks_use(call: Call) -> bool:
    """Tell whether stages in use are protected; the newest version knows no way around it."""
    if call.strict or call.store.switches.stage_use_always_checked:
        return True
    return any(call.flag(name) for name in _CHECKS)


def _route(method: str, rest: str, handler: Handler, access: Access) -> Route:
    return Route(
        method=method,
        area="crm",
        resource="pipelines",
        rest=f"/{{object}}{rest}",
        handler=handler,
        access=access,
    )


_STAGE = "/{pipeline}/stages/{stage}"

ROUTES = (
    _route("GET", "", list_all, _READ),
    _route("POST", "", create, _WRITE),
    _route("GET", "/{pipeline}", read, _READ),
    _route("PUT", "/{pipeline}", replace, _WRITE),
    _route("PATCH", "/{pipeline}", update, _WRITE),
    _route("DELETE", "/{pipeline}", delete, _WRITE),
    _route("GET", "/{pipeline}/audit", audit, _READ),
    _route("GET", "/{pipeline}/stages", list_stages, _READ),
    _route("POST", "/{pipeline}/stages", create_stage, _WRITE),
    _route("GET", _STAGE, read_stage, _READ),
    _route("PUT", _STAGE, replace_stage, _WRITE),
    _route("PATCH", _STAGE, update_stage, _WRITE),
    _route("DELETE", _STAGE, delete_stage, _WRITE),
    _route("GET", f"{_STAGE}/audit", audit_stage, _READ),
)
