"""Who wants no e-mail: an opt-out belongs to an address, and contacts carry what theirs says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

__all__ = ["OPT_OUT", "OptOuts"]

OPT_OUT = "hs_email_optout"
_EMAIL = "email"


class OptOuts:
    """The addresses that opted out of all e-mail, each since when in milliseconds."""

    def __init__(self) -> None:
        self._since: dict[str, int] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._since))

    def since(self, address: str) -> int | None:
        """Tell when an address opted out; None where it did not."""
        return self._since.get(_form(address))

    def add(self, address: str, *, now: int) -> bool:
        """Note an opt-out; tell whether it is a new one."""
        new = _form(address) not in self._since
        self._since.setdefault(_form(address), now)
        return new

    def remove(self, address: str) -> None:
        """Take an opt-out back, as only the person can."""
        self._since.pop(_form(address), None)

    def carried(
        self, changes: Mapping[str, str], old: Mapping[str, str], *, now: int
    ) -> dict[str, str]:
        """Give what a contact's change means for the property, once it is noted here.

        Who is marked by hand opts the address out; a contact with another address carries what
        is known of that one.
        """
        address, before = changes.get(_EMAIL, old.get(_EMAIL, "")), old.get(_EMAIL, "")
        if before and old.get(OPT_OUT) == "true":
            self.add(before, now=now)
        if OPT_OUT in changes:
            if changes[OPT_OUT] == "true" and address:
                self.add(address, now=now)
            elif address:
                self.remove(address)
            return {}
        if address == before:
            return {}
        value = "true" if self.since(address) is not None else ""
        was = old.get(OPT_OUT, "")
        return {OPT_OUT: value} if value != was and "true" in (value, was) else {}


def _form(address: str) -> str:
    return address.strip().lower()
