"""HubSpot's versions of a property, read as changes."""

from __future__ import annotations

from connectors.hubspot.calls import Json
from connectors.hubspot.history import changes_of

STAGE = "lifecyclestage"


def version(value: str, day: int, kind: str = "CRM_UI", **more: object) -> Json:
    return {
        "value": value,
        "timestamp": f"2026-03-{day:02}T10:00:00.000Z",
        "sourceType": kind,
        **more,
    }


def item(*versions: object) -> Json:
    """Give a record as an answer holds it: the newest version first."""
    return {"id": "7", "properties": {}, "propertiesWithHistory": {STAGE: list(versions)}}


def test_versions_are_changes_from_the_oldest_on() -> None:
    found = list(
        changes_of(item(version("", 3), version("customer", 2), version("lead", 1)), [STAGE])
    )
    assert [(one.before, one.after, one.at.day) for one in found] == [
        (None, "lead", 1),
        ("lead", "customer", 2),
        ("customer", None, 3),
    ]


def test_value_set_once_more_is_no_change() -> None:
    found = list(changes_of(item(version("lead", 2), version("lead", 1)), [STAGE]))
    assert [one.at.day for one in found] == [1]


def test_changes_of_several_properties_come_in_the_order_of_time() -> None:
    record = item(version("customer", 3), version("lead", 1))
    record["propertiesWithHistory"]["hs_lead_status"] = [version("NEW", 2)]
    found = changes_of(record, [STAGE, "hs_lead_status"])
    assert [one.at.day for one in found] == [1, 2, 3]


def test_editor_is_a_user_who_did_it_of_their_own_accord() -> None:
    versions = [
        version("customer", 5, "DEALS", sourceId="deal-sync-triggered", updatedByUserId=777),
        version("opportunity", 4, "INTEGRATION", sourceLabel="Some app", updatedByUserId=777),
        version("salesqualifiedlead", 3, "IMPORT", updatedByUserId=778),
        version("marketingqualifiedlead", 2, "CRM_UI", sourceId="userId:779"),
        version("lead", 1, "FORM", sourceId="f0e1"),
    ]
    found = list(changes_of(item(*versions), [STAGE]))
    assert [one.editor for one in found] == [None, "779", "778", None, None]
    assert [one.source for one in found] == [
        "FORM",
        "CRM_UI",
        "IMPORT",
        "INTEGRATION: Some app",
        "DEALS",
    ]


def test_what_is_no_version_is_passed_over() -> None:
    odd = ["customer", None, {"value": "lead"}, version("subscriber", 1)]
    assert [one.after for one in changes_of(item(*odd), [STAGE])] == ["subscriber"]
    assert list(changes_of({"id": "7", "propertiesWithHistory": None}, [STAGE])) == []
    assert list(changes_of({"id": "7"}, [STAGE])) == []
