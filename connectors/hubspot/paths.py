"""The one place that knows HubSpot's paths, and how a numbered path reads in a dated version."""

from __future__ import annotations

import re
from dataclasses import dataclass

from connectors.hubspot.settings import ApiVersion

__all__ = [
    "ACCOUNT",
    "ASSOCIATIONS",
    "CAMPAIGNS",
    "LISTS",
    "MEMBERSHIPS_OF_RECORDS",
    "OPT_OUT",
    "OPT_OUT_BATCH",
    "OWNERS",
    "PIPELINES",
    "SCHEMAS",
    "TOKEN",
    "Paths",
]

#: The paths the client lacks, as numbered templates. All others are those of the client itself.
ACCOUNT = "/account-info/v3/details"
ASSOCIATIONS = "/crm/v4/associations/{from}/{to}"
CAMPAIGNS = "/marketing/v3/campaigns"
LISTS = "/crm/v3/lists"
MEMBERSHIPS_OF_RECORDS = "/crm/v3/lists/records/memberships"
OWNERS = "/crm/v3/owners"
OPT_OUT = "/communication-preferences/v4/statuses/{address}/unsubscribe-all"
OPT_OUT_BATCH = "/communication-preferences/v4/statuses/batch/unsubscribe-all"
PIPELINES = "/crm/v3/pipelines/{object}"
SCHEMAS = "/crm-object-schemas/v3/schemas"
TOKEN = "/oauth/v3/token"  # noqa: S105 a path

_NUMBERED = re.compile(r"^/(?P<area>[a-z-]+)/v\d+/(?P<rest>.+)$")

#: Numbered associations end half a year before all others, and neither campaigns nor the
#: memberships of many records were ever in the client: these are called dated whatever the setting.
_ALWAYS_DATED = re.compile(
    r"^/(crm/v4|marketing/v3/campaigns|crm/v3/lists/records/memberships/batch)(/|$)"
)
_OLDEST_DATED = ApiVersion.MARCH_2026

#: Areas whose version stands right after the area, since they hold one resource only.
_ONE_RESOURCE = frozenset(
    {"account-info", "communication-preferences", "crm-object-schemas", "oauth"}
)


@dataclass(frozen=True, slots=True)
class Paths:
    """Turns the numbered path templates the client knows into those of one version."""

    version: ApiVersion

    def resolve(self, template: str) -> str:
        """Give the template to call: `/crm/v3/objects/x` is `/crm/objects/2026-03/x` dated."""
        numbered = _NUMBERED.match(template)
        if numbered is None:
            return template
        version = self.version
        if version is ApiVersion.NUMBERED:
            if not _ALWAYS_DATED.match(template):
                return template
            version = _OLDEST_DATED
        area, rest = numbered["area"], numbered["rest"]
        if area in _ONE_RESOURCE:
            return f"/{area}/{version}/{rest}"
        resource, slash, tail = rest.partition("/")
        return f"/{area}/{resource}/{version}{slash}{tail}"
