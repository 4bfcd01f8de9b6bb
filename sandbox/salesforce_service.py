"""One Salesforce org ready to be served: its data, call log and faults."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import timedelta

from sandbox.clock import Clock
from sandbox.salesforce.app import build_app
from sandbox.salesforce.errors import ApiError, request_limit_exceeded, session_expired
from sandbox.salesforce.known_errors import SIGN_IN_REFUSALS, known_error
from sandbox.salesforce.store import SalesforceStore
from sandbox.seeds import System
from sandbox.traffic import Application, CallLog, FaultBox, HandlerFault, PlannedAnswer, Traffic

__all__ = ["DEFAULT_TOKEN", "SalesforceService", "call_kind", "salesforce_faults"]

DEFAULT_TOKEN = "00DdM0000000001!sandbox.0000000000.made.up.session"  # noqa: S105 - opens nothing but the sandbox


class SalesforceService:
    """Wires an org to its web application."""

    def __init__(self, clock: Clock, *, token: str = DEFAULT_TOKEN, limits: bool = True) -> None:
        self.token = token
        self.log = CallLog(call_kind)
        self.faults = FaultBox(system=System.SALESFORCE, api_faults=salesforce_faults)
        self._clock = clock
        self._limits = limits
        self.store = SalesforceStore(clock)
        self.app = Traffic(
            self._web(),
            system=System.SALESFORCE,
            clock=clock,
            log=self.log,
            faults=self.faults,
            mood=self._mood,
        )

    def clear(self) -> None:
        """Start over with an empty org behind the same address; switches stay as they are."""
        switches = self.store.switches
        self.store = SalesforceStore(self._clock)
        for one in fields(switches):
            setattr(self.store.switches, one.name, getattr(switches, one.name))
        self.app.app = self._web()

    @contextmanager
    def _mood(self, fault: HandlerFault, seconds: float) -> Iterator[None]:
        store = self.store
        if fault is HandlerFault.HALF_REFUSED:
            with store.rules.refusing_half():
                yield
            return
        store.api_lag = timedelta(seconds=seconds)
        try:
            yield
        finally:
            store.api_lag = timedelta(0)

    def _web(self) -> Application:
        return build_app(self.store, token=self.token, limits=self._limits)


def salesforce_faults(kind: str) -> PlannedAnswer | None:
    """Give the answer of a planned fault, by name: a status, or what went wrong."""
    if kind in SIGN_IN_REFUSALS:
        body = {"error": kind, "error_description": SIGN_IN_REFUSALS[kind]}
        return PlannedAnswer(status=400, body=json.dumps(body).encode())
    error = _fault(kind)
    if error is None:
        return None
    return PlannedAnswer(
        status=error.status,
        body=json.dumps(error.body()).encode(),
        content_type="application/json;charset=UTF-8",
    )


def call_kind(method: str, path: str) -> str:
    """Sort a call by what it is for: query, read, write, composite, describe, ..."""
    parts = path.lower().split("/")
    if "jobs" in parts:
        return "bulk"
    words = ("oauth2", "soap", "query", "queryall", "composite", "limits", "describe")
    for word in (*words, "search", "parameterizedsearch"):
        if word in parts:
            return word
    for word in ("updated", "deleted"):
        if parts[-1] == word or parts[-2:-1] == [word]:
            return word
    if "sobjects" in parts:
        return "read" if method in ("GET", "HEAD") else "write"
    return "other"


def _fault(kind: str) -> ApiError | None:
    match kind:
        case "request_limit" | "rate_limit" | "403":
            return request_limit_exceeded("TotalRequests Limit exceeded.")
        case "concurrent_limit":
            return request_limit_exceeded("ConcurrentPerOrgLongTxn Limit exceeded.")
        case "expired_token" | "401":
            return session_expired()
        case "500":
            return ApiError(
                "UNKNOWN_EXCEPTION", "An unexpected error occurred. (-12345678)", status=500
            )
        case "query_timeout":
            return ApiError("QUERY_TIMEOUT", "Your query request was running for too long.")
        case "operation_too_large" | "OPERATION_TOO_LARGE":
            return ApiError("OPERATION_TOO_LARGE", "exceeded 100000 distinct who/what's")
        case "dead_locator":
            return ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")
        case "502" | "503" | "504":
            return ApiError("SERVER_UNAVAILABLE", "Service unavailable", status=int(kind))
    return known_error(kind)
