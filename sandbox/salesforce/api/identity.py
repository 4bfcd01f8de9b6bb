"""Who a token speaks for: the identity page and OpenID's user information."""

from __future__ import annotations

from sandbox.jsontypes import JsonObject
from sandbox.salesforce.ids import to_18
from sandbox.salesforce.model import Row
from sandbox.salesforce.store import SalesforceStore

__all__ = ["Identities"]


class Identities:
    """Shows the users of one org, under the address it was reached at."""

    def __init__(self, store: SalesforceStore, base_url: str) -> None:
        """Write addresses below `base_url`."""
        self._store = store
        self._base_url = base_url

    def url(self, user_id: str) -> str:
        """Give the address of a user's identity page."""
        return f"{self._base_url}/id/{self._store.org_id}/{user_id}"

    def user_info(self, user_id: str) -> JsonObject:
        """Give the user and org behind a token, as OpenID does."""
        user = self._store.database.table("User").rows[user_id]
        return {
            "sub": self.url(user_id),
            "user_id": user_id,
            "organization_id": self._store.org_id,
            "preferred_username": user.get("Username"),
            "nickname": user.get("Alias"),
            "name": user.get("Name"),
            "email": user.get("Email"),
            "email_verified": True,
            "given_name": user.get("FirstName"),
            "family_name": user.get("LastName"),
            "zoneinfo": user.get("TimeZoneSidKey"),
            "profile": f"{self._base_url}/{user_id}",
            "urls": self._urls(user_id),
            **_standing(user),
            "updated_at": user.get("LastModifiedDate"),
        }

    def identity(self, org_id: str, user_id: str) -> JsonObject | None:
        """Give what the identity address of a token answer leads to, or None."""
        user = self._store.database.table("User").rows.get(to_18(user_id) or "")
        if to_18(org_id) != self._store.org_id or user is None:
            return None
        known = str(user["Id"])
        return {
            "id": self.url(known),
            "asserted_user": True,
            "user_id": known,
            "organization_id": self._store.org_id,
            "username": user.get("Username"),
            "nick_name": user.get("Alias"),
            "display_name": user.get("Name"),
            "email": user.get("Email"),
            "email_verified": True,
            "first_name": user.get("FirstName"),
            "last_name": user.get("LastName"),
            "timezone": user.get("TimeZoneSidKey"),
            "urls": self._urls(known),
            **_standing(user),
            "last_modified_date": user.get("LastModifiedDate"),
            "is_app_installed": True,
        }

    def _urls(self, user_id: str) -> JsonObject:
        lead = f"{self._base_url}/services/data/v{{version}}"
        return {
            "rest": f"{lead}/",
            "sobjects": f"{lead}/sobjects/",
            "query": f"{lead}/query/",
            "profile": f"{self._base_url}/{user_id}",
        }


def _standing(user: Row) -> JsonObject:
    return {
        "active": user.get("IsActive", False),
        "user_type": "STANDARD",
        "language": user.get("LanguageLocaleKey"),
        "locale": user.get("LocaleSidKey"),
        "utcOffset": 0,
    }
