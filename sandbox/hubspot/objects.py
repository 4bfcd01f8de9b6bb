"""The standard objects, as data: names, ids and the properties each answers with."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["OBJECT_TYPES", "ObjectType"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectType:
    """One object of the CRM and what sets it apart from the others."""

    name: str
    singular: str
    type_id: str
    modified: str
    """The property that holds the time of the last change."""
    created: str
    defaults: tuple[str, ...]
    """Properties that come with every answer."""
    searched: tuple[str, ...]
    """Properties looked at by a search's free text."""
    group: str
    first_id: int
    one_of: tuple[str, ...] = ()
    """A create needs at least one of these."""
    required: tuple[str, ...] = ()
    """A create needs each of these."""
    pipeline: str = ""
    """The property that holds the pipeline, for objects that have such."""
    stage: str = ""
    """The property that holds the stage."""
    display: str = ""
    """The property a record is known by."""
    custom: bool = False

    @property
    def label(self) -> str:
        """Give the name the API uses in messages."""
        return self.name if self.custom else self.singular.upper().replace(" ", "_")

    @property
    def scope_name(self) -> str:
        """Give the name scopes use; all custom objects share one."""
        return "custom" if self.custom else self.name

    @property
    def has_lifecycle(self) -> bool:
        """Tell whether its records stand in a lifecycle stage."""
        return self.stage == "lifecyclestage"


OBJECT_TYPES = (
    ObjectType(
        name="contacts",
        singular="contact",
        type_id="0-1",
        modified="lastmodifieddate",
        created="createdate",
        defaults=(
            "createdate",
            "email",
            "firstname",
            "hs_object_id",
            "lastmodifieddate",
            "lastname",
        ),
        searched=("firstname", "lastname", "email", "hs_additional_emails", "phone", "company"),
        group="contactinformation",
        first_id=1_000_001,
        stage="lifecyclestage",
        display="firstname",
    ),
    ObjectType(
        name="companies",
        singular="company",
        type_id="0-2",
        modified="hs_lastmodifieddate",
        created="createdate",
        defaults=("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
        searched=("name", "domain", "website", "phone"),
        group="companyinformation",
        first_id=5_000_001,
        one_of=("name", "domain"),
        stage="lifecyclestage",
        display="name",
    ),
    ObjectType(
        name="deals",
        singular="deal",
        type_id="0-3",
        modified="hs_lastmodifieddate",
        created="createdate",
        defaults=(
            "amount",
            "closedate",
            "createdate",
            "dealname",
            "dealstage",
            "hs_lastmodifieddate",
            "hs_object_id",
            "pipeline",
        ),
        searched=("dealname", "pipeline", "dealstage", "description", "dealtype"),
        group="dealinformation",
        first_id=9_000_001,
        pipeline="pipeline",
        stage="dealstage",
        display="dealname",
    ),
    ObjectType(
        name="tickets",
        singular="ticket",
        type_id="0-5",
        modified="hs_lastmodifieddate",
        created="createdate",
        defaults=(
            "content",
            "createdate",
            "hs_lastmodifieddate",
            "hs_object_id",
            "hs_pipeline",
            "hs_pipeline_stage",
            "hs_ticket_category",
            "hs_ticket_priority",
            "subject",
        ),
        searched=("subject", "content", "hs_pipeline_stage", "hs_ticket_category"),
        group="ticketinformation",
        first_id=13_000_001,
        pipeline="hs_pipeline",
        stage="hs_pipeline_stage",
        required=("hs_pipeline_stage", "subject"),
        display="subject",
    ),
    ObjectType(
        name="line_items",
        singular="line item",
        type_id="0-8",
        modified="hs_lastmodifieddate",
        created="createdate",
        defaults=(
            "amount",
            "createdate",
            "hs_lastmodifieddate",
            "hs_object_id",
            "hs_product_id",
            "quantity",
        ),
        searched=("quantity", "amount", "price", "hs_product_id", "name"),
        group="lineiteminformation",
        first_id=17_000_001,
        display="name",
    ),
)
