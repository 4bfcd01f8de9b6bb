"""Bodies that once brought the HubSpot stand-in down: each is refused with HubSpot's own error."""

from __future__ import annotations

import pytest

from tests.unit.sandbox.portal import CONTACTS, Portal

PIPELINES = "/crm/v3/pipelines/deals"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            f"{CONTACTS}/search",
            {"filterGroups": [{"filters": [{"propertyName": "email", "operator": []}]}]},
        ),
        (
            CONTACTS,
            {
                "properties": {"lastname": "Li"},
                "associations": [
                    {
                        "to": {"id": "2"},
                        "types": [
                            {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": False}
                        ],
                    }
                ],
            },
        ),
        (
            PIPELINES,
            {
                "label": "P",
                "displayOrder": 0,
                "stages": [{"label": "S", "displayOrder": 0, "metadata": {"probability": 10**400}}],
            },
        ),
    ],
)
def test_value_of_a_wrong_kind_is_refused(portal: Portal, path: str, body: object) -> None:
    answer = portal.post(path, body)
    assert answer.status_code == 400
    assert answer.json()["status"] == "error"


def test_body_without_an_end_is_refused(portal: Portal) -> None:
    deep = portal.call(
        "POST", CONTACTS, data=b"[" * 100_000, headers={"Content-Type": "application/json"}
    )
    assert deep.status_code == 400
