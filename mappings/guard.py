"""How much one run may change before a person must look."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

__all__ = ["Guard", "GuardOverride", "Limit", "read_limit"]

_LIMIT = re.compile(
    r"\s*(?:(?P<count>\d{1,9})|(?P<percent>\d{1,3}(?:\.\d{1,3})?)\s*%"
    r"(?:\s*,\s*at\s+least\s+(?P<floor>\d{1,9}))?)\s*",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A number, or a percentage of the pair's linked records with a floor under it."""

    count: int = 0
    percent: Decimal | None = None
    floor: int = 0

    def allowed(self, linked: int) -> int:
        """Give the most that may happen in one run for a pair with that many links."""
        if self.percent is None:
            return self.count
        return max(int(self.percent * linked / 100), self.floor)

    def __str__(self) -> str:
        """Write the limit as the file spells it."""
        if self.percent is None:
            return str(self.count)
        floor = f", at least {self.floor}" if self.floor else ""
        return f"{self.percent}%{floor}"


def read_limit(value: object) -> Limit:
    """Read `500`, `20%` or `20%, at least 50`; raises ValueError on anything else."""
    if isinstance(value, Limit):
        return value
    found = _LIMIT.fullmatch(str(value)) if not isinstance(value, bool) else None
    if found is None:
        raise ValueError(f"{value!r} is no limit; write 500, '20%' or '20%, at least 50'")
    if found["count"] is not None:
        return Limit(count=int(found["count"]))
    return Limit(percent=Decimal(found["percent"]), floor=int(found["floor"] or 0))


LimitField = Annotated[Limit, BeforeValidator(read_limit)]


class GuardOverride(BaseModel):
    """The single keys a pair's own `guard` sets; None where it says nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    changes: LimitField | None = None
    creates: LimitField | None = None
    deletes: LimitField | None = None
    blanks: LimitField | None = None


class Guard(BaseModel):
    """The limits of a project, each with its default."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    changes: LimitField = Limit(percent=Decimal(20), floor=50)
    creates: LimitField = Limit(count=500)
    deletes: LimitField = Limit(count=10)
    blanks: LimitField = Limit(count=20)

    def for_pair(self, override: GuardOverride) -> Guard:
        """Give these limits with a pair's own keys put in their place."""
        return Guard(
            changes=override.changes or self.changes,
            creates=override.creates or self.creates,
            deletes=override.deletes or self.deletes,
            blanks=override.blanks or self.blanks,
        )
