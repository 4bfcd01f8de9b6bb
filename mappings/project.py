"""revloop.yaml: the project's own settings, each with a default, and what the environment adds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from mappings.durations import read_duration
from mappings.findings import MappingErrors, Places, did_you_mean
from mappings.guard import Guard
from mappings.secrets import secret_of
from mappings.transforms.iso import is_currency
from mappings.yamltree import Plain, read_tree
from sync.domain.errors import ConfigError, CredentialError, MappingError

__all__ = ["HubSpotAccess", "Project", "SalesforceAccess", "load_project"]

FILE = "revloop.yaml"

#: The settings that are texts of several lines.
_OF_LINES = ("SALESFORCE_PRIVATE_KEY",)

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def _read_share(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    found = re.fullmatch(r"(\d{1,2}(?:\.\d+)?|100)\s*%", str(value).strip())
    if found is None:
        raise ValueError(f"{value!r} is no share; write a percentage such as 40%")
    return Decimal(found[1]) / 100


def _read_version(value: object) -> str:
    if str(value) != "1":
        raise ValueError(f"{value!r} is not a version this release reads; write 1")
    return str(value)


def _read_currency(value: object) -> str:
    if not is_currency(str(value)):
        raise ValueError(f"{value!r} is no currency; write its three letters, such as EUR")
    return str(value)


def _read_count(value: object) -> object:
    if not str(value).isdecimal():
        raise ValueError(
            f"{value!r} is no number of records; write one such as 2000, or 0 for never"
        )
    return int(str(value))


def _read_place(value: object) -> object:
    if value in ("", "sqlite:", "sqlite:/", "sqlite://", "sqlite:///", "sqlite:///:memory:"):
        raise ValueError(f"{value!r} names no place; write sqlite:///state/revloop.db")
    return value


Duration = Annotated[timedelta, BeforeValidator(read_duration)]
Share = Annotated[Decimal, BeforeValidator(_read_share)]
Count = Annotated[int, BeforeValidator(_read_count)]


class _Part(BaseModel):
    """A part of revloop.yaml: unknown keys are refused, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _HubSpotPart(_Part):
    token: str = ""
    client_id: str = ""
    client_secret: str = ""
    refresh_token: str = ""
    base_url: str = ""
    api_version: str = ""


class _SalesforcePart(_Part):
    auth: str = ""
    domain: str = ""
    instance_url: str = ""
    access_token: str = ""
    client_id: str = ""
    client_secret: str = ""
    username: str = ""
    private_key: str = ""
    refresh_token: str = ""
    api_version: str = ""
    bulk_from: Count | None = None


class _LeavePart(_Part):
    hubspot: Share = Decimal("0.4")
    salesforce: Share = Decimal("0.5")


class _KeepPart(_Part):
    audit: Duration = timedelta(days=400)
    runs: Duration = timedelta(days=30)


class _File(_Part):
    version: Annotated[str, BeforeValidator(_read_version)] = "1"
    hubspot: _HubSpotPart = Field(default_factory=_HubSpotPart)
    salesforce: _SalesforcePart = Field(default_factory=_SalesforcePart)
    state: Annotated[str, BeforeValidator(_read_place)] = "sqlite:///state/revloop.db"
    leave: _LeavePart = Field(default_factory=_LeavePart)
    guard: Guard = Field(default_factory=Guard)
    overlap: Duration = timedelta(minutes=15)
    compare_every: Duration = timedelta(hours=24)
    reporting_currency: Annotated[str, BeforeValidator(_read_currency)] = "EUR"
    keep: _KeepPart = Field(default_factory=_KeepPart)
    reports: str = ""
    notify: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSpotAccess:
    """How to reach the HubSpot account; empty texts where nothing is set."""

    token: str
    client_id: str
    client_secret: str
    refresh_token: str
    base_url: str
    api_version: str
    leave: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesforceAccess:
    """How to reach the Salesforce org; empty texts where nothing is set.

    `bulk_from` is from how many records on a write goes by a bulk job: 0 never, None as measured.
    """

    auth: str
    domain: str
    instance_url: str
    access_token: str
    client_id: str
    client_secret: str
    username: str
    private_key: str
    refresh_token: str
    api_version: str
    leave: Decimal
    bulk_from: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project folder with its settings, file and environment put together.

    `keep_audit` and `keep_runs` are how long the audit is kept, and runs that did nothing.
    `reports` is the folder of run reports, None where none are written; `notify` the address that
    gets messages, "" where there is none.
    """

    folder: Path
    state: str
    guard: Guard
    overlap: timedelta
    compare_every: timedelta
    reporting_currency: str
    keep_audit: timedelta
    keep_runs: timedelta
    reports: Path | None
    notify: str
    hubspot: HubSpotAccess
    salesforce: SalesforceAccess

    @property
    def mappings(self) -> Path:
        """Give the folder of mapping files."""
        return self.folder / "mappings"


def load_project(
    folder: Path, environment: Mapping[str, str], *, home: Path | None = None
) -> Project:
    """Read a project folder's settings; the environment goes before the file.

    `home` is the folder itself where `folder` is a copy of its files: relative places begin there.
    Raises MappingErrors with the place of everything wrong in revloop.yaml, CredentialError for a
    secret that is named and not there, ConfigError where there is no project at all.
    """
    if not folder.is_dir():
        raise ConfigError(f"there is no folder {folder}; name the project with --project DIR")
    settings = _read_file(folder / FILE, environment)
    hubspot, salesforce = settings.hubspot, settings.salesforce

    def first(name: str, value: str) -> str:
        found = secret_of(environment, name) or value
        if name not in _OF_LINES and not found.isprintable():
            raise CredentialError(
                f"{name} holds a line break or another character that cannot be sent; give the "
                f"value alone, on one line"
            )
        return found

    instance_url = first("SALESFORCE_INSTANCE_URL", salesforce.instance_url)
    access_token = first("SALESFORCE_ACCESS_TOKEN", salesforce.access_token)
    # An address and a token in the environment mean that session, whatever the file says.
    session = bool(
        secret_of(environment, "SALESFORCE_INSTANCE_URL")
        and secret_of(environment, "SALESFORCE_ACCESS_TOKEN")
    )
    return Project(
        folder=folder,
        state=_state_url(secret_of(environment, "REVLOOP_STATE") or settings.state, home or folder),
        guard=settings.guard,
        overlap=settings.overlap,
        compare_every=settings.compare_every,
        reporting_currency=settings.reporting_currency,
        keep_audit=settings.keep.audit,
        keep_runs=settings.keep.runs,
        reports=(home or folder) / settings.reports if settings.reports else None,
        notify=first("REVLOOP_NOTIFY", settings.notify),
        hubspot=HubSpotAccess(
            token=first("HUBSPOT_ACCESS_TOKEN", hubspot.token),
            client_id=first("HUBSPOT_CLIENT_ID", hubspot.client_id),
            client_secret=first("HUBSPOT_CLIENT_SECRET", hubspot.client_secret),
            refresh_token=first("HUBSPOT_REFRESH_TOKEN", hubspot.refresh_token),
            base_url=first("HUBSPOT_BASE_URL", hubspot.base_url),
            api_version=first("HUBSPOT_API_VERSION", hubspot.api_version),
            leave=settings.leave.hubspot,
        ),
        salesforce=SalesforceAccess(
            auth="session" if session else first("SALESFORCE_AUTH", salesforce.auth),
            domain=first("SALESFORCE_DOMAIN", salesforce.domain),
            instance_url=instance_url,
            access_token=access_token,
            client_id=first("SALESFORCE_CLIENT_ID", salesforce.client_id),
            client_secret=first("SALESFORCE_CLIENT_SECRET", salesforce.client_secret),
            username=first("SALESFORCE_USERNAME", salesforce.username),
            private_key=first("SALESFORCE_PRIVATE_KEY", salesforce.private_key),
            refresh_token=first("SALESFORCE_REFRESH_TOKEN", salesforce.refresh_token),
            api_version=first("SALESFORCE_API_VERSION", salesforce.api_version),
            leave=settings.leave.salesforce,
            bulk_from=salesforce.bulk_from,
        ),
    )


def _read_file(path: Path, environment: Mapping[str, str]) -> _File:
    # A link that leads nowhere is a file that is missing, not a project without settings.
    if not path.exists() and not path.is_symlink():
        return _File()
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise ConfigError(
            f"{path} cannot be read ({exc.strerror}): see that it is a file this user may read, "
            f"or take it away"
        ) from exc
    tree = read_tree(data, file=path.name)
    if tree.findings:
        raise MappingErrors(tree.findings)
    root = tree.root if tree.root is not None else {}
    if not isinstance(root, dict):
        finding = tree.places.at_value((), "must be keys and values, such as `version: 1`")
        raise MappingErrors([finding])
    filled = _filled(root, environment)
    try:
        return _File.model_validate(filled)
    except ValidationError as exc:
        raise MappingErrors(_findings(exc, tree.places)) from exc


def _filled(root: dict[str, Plain], environment: Mapping[str, str]) -> Any:
    """Put the environment's values in the place of `${NAME}`; a name that is not set is blank."""

    def fill(value: Plain) -> Any:
        if isinstance(value, dict):
            return {key: fill(inner) for key, inner in value.items() if inner is not None}
        if isinstance(value, list):
            return [fill(inner) for inner in value]
        if isinstance(value, str):
            return _VARIABLE.sub(lambda found: secret_of(environment, found[1]), value)
        return value

    return fill(root)


def _findings(error: ValidationError, places: Places) -> Iterator[MappingError]:
    for one in error.errors():
        path = tuple(one["loc"])
        if one["type"] == "extra_forbidden":
            known = _keys_at(path[:-1])
            guess = did_you_mean(str(path[-1]), known)
            message = f"is no key of {FILE}{guess or '; its keys here: ' + ', '.join(known)}"
            yield places.at_key(path, message)
        else:
            yield places.at_value(path, _problem(one))


def _problem(error: ErrorDetails) -> str:
    """Say in our words what pydantic found; the value may be a secret and is not repeated."""
    match error["type"]:
        case "value_error":
            return str(error["ctx"]["error"])
        case "model_type" | "dict_type" | "model_attributes_type":
            keys = ", ".join(_keys_at(tuple(error["loc"])))
            return f"must be keys and values; the keys here: {keys}"
        case "string_type":
            return "must be a text"
    return error["msg"]


def _keys_at(path: tuple[int | str, ...]) -> list[str]:
    model: type[BaseModel] = _File
    for step in path:
        field = model.model_fields.get(str(step))
        if field is None or not isinstance(field.annotation, type):
            return []
        model = field.annotation
    return sorted(model.model_fields)


def _state_url(url: str, folder: Path) -> str:
    """Make a relative SQLite path one from the project folder."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or url.startswith(prefix + "/"):
        return url
    return f"{prefix}{(folder / url.removeprefix(prefix)).resolve()}"
