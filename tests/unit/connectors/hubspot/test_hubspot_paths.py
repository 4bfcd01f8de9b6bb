from __future__ import annotations

import pytest

from connectors.hubspot.paths import Paths
from connectors.hubspot.settings import ApiVersion

MARCH, SEPTEMBER = ApiVersion.MARCH_2026, ApiVersion.SEPTEMBER_2026


@pytest.mark.parametrize(
    ("numbered", "dated"),
    [
        ("/crm/v3/objects/{objectType}", "/crm/objects/2026-09/{objectType}"),
        ("/crm/v3/objects/contacts/search", "/crm/objects/2026-09/contacts/search"),
        ("/crm/v3/properties/{objectType}", "/crm/properties/2026-09/{objectType}"),
        ("/crm/v3/lists", "/crm/lists/2026-09"),
        ("/crm/v3/lists/7/memberships/add", "/crm/lists/2026-09/7/memberships/add"),
        ("/crm/v3/owners/", "/crm/owners/2026-09/"),
        ("/account-info/v3/details", "/account-info/2026-09/details"),
        ("/oauth/v3/token", "/oauth/2026-09/token"),
        ("/crm/v3/pipelines/{object}", "/crm/pipelines/2026-09/{object}"),
        ("/crm-object-schemas/v3/schemas", "/crm-object-schemas/2026-09/schemas"),
    ],
)
def test_version_stands_after_the_resource(numbered, dated):
    assert Paths(SEPTEMBER).resolve(numbered) == dated


def test_numbered_paths_stay_where_the_setting_says_so():
    path = "/crm/v3/objects/{objectType}/batch/read"

    assert Paths(ApiVersion.NUMBERED).resolve(path) == path


@pytest.mark.parametrize(
    ("numbered", "dated"),
    [
        ("/crm/v4/associations/a/b/batch/read", "/crm/associations/2026-03/a/b/batch/read"),
        ("/crm/v4/objects/a/1/associations/b/2", "/crm/objects/2026-03/a/1/associations/b/2"),
        ("/marketing/v3/campaigns", "/marketing/campaigns/2026-03"),
        ("/marketing/v3/campaigns/{id}", "/marketing/campaigns/2026-03/{id}"),
        (
            "/crm/v3/lists/records/memberships/batch/read",
            "/crm/lists/2026-03/records/memberships/batch/read",
        ),
    ],
)
def test_what_the_numbered_client_lacks_or_loses_is_dated_whatever_the_setting(numbered, dated):
    assert Paths(ApiVersion.NUMBERED).resolve(numbered) == dated
    assert Paths(MARCH).resolve(numbered) == dated


def test_dated_path_stays_as_it_is():
    path = "/crm/objects/2026-03/contacts"

    assert Paths(SEPTEMBER).resolve(path) == path
