"""The files of a project beside its mappings, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mappings.project import Project

__all__ = ["GITIGNORE", "settings_text"]

GITIGNORE = """\
# What revloop knows of records, and plans with their values: personal data, not for a repository.
state/
# Credentials
.env
*.pem
*.key
"""

_SETTINGS = """\
# revloop's settings. Every key has a default; the environment goes before this file, so that no
# credential need stand here.
version: 1

# HubSpot: {hubspot}.
{token}

# Salesforce: {salesforce}.
{access}

# What is known between runs; or an address such as postgresql+psycopg://host/revloop.
state: sqlite:///state/revloop.db

# Of the day's calls, what is left to others: a run stops when no more than this is left.
leave: {{hubspot: 40%, salesforce: 50%}}

# More than this in one run, and nothing is written before somebody approved the plan.
guard: {{changes: "20%, at least 50", creates: 500, deletes: 10, blanks: 20}}

# How far a run reads back before the last one, and how often everything is compared.
overlap: 15m
compare_every: 24h
"""

_SESSION = """\
# SALESFORCE_INSTANCE_URL and SALESFORCE_ACCESS_TOKEN in the environment are a session. It ends:
# for runs by schedule, write auth: client_credentials and domain: NAME.my.salesforce.com here,
# and set SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET."""


_BY_KEY = """\
# The token of a private app or service key comes from the environment.
hubspot: {token: "${HUBSPOT_ACCESS_TOKEN}"}"""

_BY_APP = """\
# An OAuth app, by HUBSPOT_CLIENT_ID, HUBSPOT_CLIENT_SECRET and HUBSPOT_REFRESH_TOKEN in the
# environment."""


def settings_text(project: Project, *, hubspot: str, salesforce: str) -> str:
    """Give the text of revloop.yaml for the accounts this machine is set up for; no secrets."""
    from mappings.proposing.yamltext import one_line, scalar

    access = project.salesforce
    by_app = project.hubspot.client_id and not project.hubspot.token
    if access.auth in ("", "session"):
        how = _SESSION
    else:
        how = f"salesforce: {{auth: {scalar(access.auth)}"
        how += f", domain: {scalar(access.domain)}}}" if access.domain else "}"
    return _SETTINGS.format(
        hubspot=one_line(hubspot),
        token=_BY_APP if by_app else _BY_KEY,
        salesforce=one_line(salesforce),
        access=how,
    )
