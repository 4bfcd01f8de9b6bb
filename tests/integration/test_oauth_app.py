"""An OAuth app instead of a token: a project is read, and calls go on when tokens end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.hubspot import HubSpotSettings, connect
from mappings.project import load_project
from sandbox.server import Sandbox
from sync.domain.errors import CredentialError
from sync.domain.ports import Crm


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox((), limits=False) as sandbox:
        yield sandbox


def crm_of(folder: Path, sandbox: Sandbox, **environment: str) -> Crm:
    """Connect as a project whose settings name the app by variables."""
    app = sandbox.hubspot.tokens.app
    variables = {
        "HUBSPOT_BASE_URL": sandbox.hubspot_url,
        "HUBSPOT_CLIENT_ID": app.client_id,
        "OUR_SECRET": app.client_secret,
        "HUBSPOT_REFRESH_TOKEN": app.refresh_token,
        **environment,
    }
    (folder / "revloop.yaml").write_text('hubspot: {client_secret: "${OUR_SECRET}"}\n')
    access = load_project(folder, variables).hubspot
    settings = HubSpotSettings(
        access_token=access.token,
        client_id=access.client_id,
        client_secret=access.client_secret,
        refresh_token=access.refresh_token,
        base_url=access.base_url,
    )
    return connect(settings, sleep=lambda _: None, clock=sandbox.clock.now)


def test_app_goes_on_when_its_token_has_ended(tmp_path: Path, sandbox: Sandbox) -> None:
    crm = crm_of(tmp_path, sandbox)

    first = crm.account()
    sandbox.clock.move(timedelta(minutes=45))

    assert crm.account() == first
    crm.close()


def test_app_goes_on_when_the_crms_clock_is_ahead(sandbox: Sandbox) -> None:
    app, now = sandbox.hubspot.tokens.app, sandbox.clock.now()
    settings = HubSpotSettings(
        client_id=app.client_id,
        client_secret=app.client_secret,
        refresh_token=app.refresh_token,
        base_url=sandbox.hubspot_url,
    )
    crm = connect(settings, sleep=lambda _: None, clock=lambda: now)

    first = crm.account()
    sandbox.clock.move(timedelta(minutes=45))

    assert crm.account() == first
    crm.close()


def test_wrong_secret_is_told_without_it(tmp_path: Path, sandbox: Sandbox) -> None:
    crm = crm_of(tmp_path, sandbox, OUR_SECRET="not-the-secret")

    with pytest.raises(CredentialError, match="client secret") as refused:
        crm.account()

    assert "not-the-secret" not in str(refused.value)
    crm.close()
