"""One project being made: what is asked, what is found, what is written, in that order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from console.init.asking import ask_first_sync, ask_pairs, ask_region, ask_rules, confirm
from console.init.files import taken, write_files
from console.init.making import MadeField, Wanted, make_all, wanted_fields
from console.init.meeting import accounts, describe, guess_region
from console.init.owners import with_owners
from console.init.telling import print_pair
from console.init.texts import GITIGNORE, settings_text
from console.words import TITLES
from sync.domain.errors import CredentialError, UsageError
from sync.domain.record import Side

if TYPE_CHECKING:
    from rich.console import Console

    from console.init.meeting import Crms, Missing
    from console.init.wish import Wish
    from mappings.model import PairMapping
    from mappings.project import Project
    from mappings.proposing.native import NativeRules
    from mappings.proposing.proposal import ProposedPair, Shapes
    from mappings.proposing.proving import Draft, Proved
    from sync.domain.new_fields import NewField
    from sync.domain.ports import Account

__all__ = ["Result", "Visit", "refuse_taken"]

SETTINGS = "revloop.yaml"
IGNORED = ".gitignore"
#: Never written over: they may hold what init cannot know.
KEPT = (SETTINGS, IGNORED)


@dataclass(slots=True)
class Result:
    """What was done, to be told at the end."""

    pairs: tuple[ProposedPair, ...] = ()
    missing: list[Missing] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    made: list[MadeField] = field(default_factory=list)
    wanted: Wanted = field(default_factory=lambda: Wanted((), (), ()))

    @property
    def exit(self) -> int:
        """Give 0, or 2 where a field that was asked for could not be made."""
        return 0 if all(one.done for one in self.made) else 2


def refuse_taken(folder: Path, pairs: Sequence[str]) -> None:
    """Refuse to go on where a mapping of these pairs is there already."""
    there = taken(folder, [_mapping(name) for name in pairs])
    if there:
        raise UsageError(
            f"{', '.join(there)} {'is' if len(there) == 1 else 'are'} there already; init writes "
            "over nothing without being told. Add --force to write anew, name other --pairs, or "
            "another --project"
        )


def _refuse_clash(drafts: Sequence[Draft], others: Sequence[PairMapping]) -> None:
    """Refuse to propose what another file of the folder keeps already."""
    for draft in drafts:
        for other in others:
            same = other.hubspot == draft.pair.hubspot and not set(other.salesforce).isdisjoint(
                draft.pair.salesforce
            )
            if same or other.pair == draft.pair.name:
                raise UsageError(
                    f"{other.places.file} keeps {draft.pair.name} already. Move it away, or name "
                    "other --pairs"
                )


def _mapping(name: str) -> str:
    return f"mappings/{name}.yaml"


class Visit:
    """Asks both CRMs and the admin, then writes the project's files."""

    def __init__(
        self,
        folder: Path,
        project: Project,
        crms: Crms,
        wish: Wish,
        *,
        out: Console,
        environment: Mapping[str, str],
    ) -> None:
        self._folder = folder
        self._project = project
        self._crms = crms
        self._wish = wish
        self._out = out
        self._environment = environment
        self._accounts: Mapping[Side, Account] = {}

    def make(self) -> Result | None:
        """Go through all of it; None where the admin said no at the end."""
        self._accounts = accounts(self._crms)
        for side, account in self._accounts.items():
            self._out.print(f"{TITLES[side]}: {account.name}", markup=False)
        result = Result()
        drafts = self._drafts(result)
        proved = self._proved(drafts)
        result.pairs = tuple(one.pair for one in proved)
        for one in result.pairs:
            print_pair(self._out, one)
        shapes = [one.shapes for one in drafts]
        result.wanted = wanted_fields(list(zip(result.pairs, shapes, strict=True)))
        fields = self._fields_to_make(result.wanted)
        files = self._files(proved)
        if self._wish.asks and not self._is_agreed(files):
            return None
        result.kept = taken(self._folder, KEPT)
        result.files = [name for name in files if name not in result.kept]
        write_files(self._folder, {name: files[name] for name in result.files})
        result.made = make_all(self._project, fields) if fields else []
        return result

    # What both CRMs have

    def _drafts(self, result: Result) -> list[Draft]:
        """Describe the wanted pairs and propose what can be for each."""
        from mappings.proposing.pairs import KINDS, USUAL, propose_pair
        from mappings.proposing.proposal import Choices
        from mappings.proposing.proving import Draft

        shapes: dict[str, Shapes] = {}
        names = self._names(USUAL)
        for name in names:
            found, missing = describe(self._crms, KINDS[name])
            result.missing += missing
            if found is not None:
                shapes[name] = found
        self._tell_missing(result.missing, [name for name in names if name not in shapes], shapes)
        rules = self._rules()
        choices = Choices(
            first_sync=self._first_sync(rules), region=self._region(list(shapes.values()))
        )
        drafts = [
            Draft(propose_pair(KINDS[name], found, choices), KINDS[name], found)
            for name, found in shapes.items()
        ]
        drafts = self._ruled(drafts, rules) if rules is not None else drafts
        return with_owners(drafts, self._crms)

    def _names(self, possible: Sequence[str]) -> tuple[str, ...]:
        names = self._wish.pairs or tuple(possible)
        if self._wish.asks and not self._wish.pairs:
            names = ask_pairs(possible)
        if not self._wish.force and not self._wish.asks:
            refuse_taken(self._folder, names)
        return names

    def _tell_missing(
        self, missing: Sequence[Missing], without: Sequence[str], shapes: Mapping[str, Shapes]
    ) -> None:
        """Say what is not shown; stop where that leaves nothing of what was asked for."""
        said = [one.why for one in missing]
        if not shapes or set(self._wish.pairs) & set(without):
            names = " and ".join(without)
            raise CredentialError("\n".join((f"nothing can be proposed for {names}:", *said)))
        for why in said:
            self._out.print(f"Left out: {why}", markup=False)

    def _rules(self) -> NativeRules | None:
        from mappings.proposing.native import NativeRules

        if not self._wish.native:
            return None
        if self._wish.rules is not None:
            return self._wish.rules
        return ask_rules() if self._wish.asks else NativeRules()

    def _ruled(self, drafts: Sequence[Draft], rules: NativeRules) -> list[Draft]:
        """Put the rules of HubSpot's own integration on every pair."""
        from mappings.proposing.native import as_native, unknown_fields
        from mappings.proposing.pairs import with_rules

        unknown = list(unknown_fields(rules, {one.pair.name: one.pair for one in drafts}))
        if unknown:
            raise UsageError("; ".join(unknown))
        return [
            replace(one, pair=with_rules(as_native(one.pair, rules), one.kind, one.shapes))
            for one in drafts
        ]

    def _first_sync(self, rules: NativeRules | None) -> str:
        if self._wish.first_sync:
            return self._wish.first_sync
        default = rules.of_all.first_sync if rules is not None else "salesforce"
        return ask_first_sync(default) if self._wish.asks else default

    def _region(self, shapes: Sequence[Shapes]) -> str:
        if self._wish.region is not None:
            return self._wish.region
        proposed = guess_region(self._crms, shapes, self._environment)
        if self._wish.asks:
            return ask_region(proposed)
        if proposed.code:
            said = f"Phone numbers without a country code are taken for {proposed.code}"
            self._out.print(f"{said}: {proposed.because}.", markup=False)
        return proposed.code

    def _proved(self, drafts: Sequence[Draft]) -> tuple[Proved, ...]:
        from mappings.loader import read_mappings
        from mappings.proposing.proving import prove

        there = self._project.mappings
        known, wrong = read_mappings(there) if there.is_dir() else ((), ())
        ours = {_mapping(one.pair.name) for one in drafts}
        others = [one for one in known if one.places.file not in ours]
        _refuse_clash(drafts, others)
        for file in sorted({one.file for one in wrong} - ours):
            if file.endswith((".yaml", ".yml")):
                said = f"{file} is there already and has to be mended: revloop mappings check"
                self._out.print(said, markup=False)
        return prove(drafts, beside=others)

    # What is made

    def _fields_to_make(self, wanted: Wanted) -> tuple[NewField, ...]:
        """Give the fields to be made in HubSpot, as the flags or the admin say."""
        keys = wanted.made_here if self._is_to_make(wanted.made_here) else ()
        outcomes = wanted.outcomes if self._are_outcomes_to_make(wanted.outcomes) else ()
        return (*keys, *outcomes)

    def _are_outcomes_to_make(self, fields: Sequence[NewField]) -> bool:
        """Ask for them only where deals are kept, which are what fills them."""
        if self._wish.create_outcomes or not self._wish.asks:
            return self._wish.create_outcomes
        if not any(one.object_name == "deals" for one in fields):
            return False
        self._out.print(
            f"\nHubSpot has no properties for outcomes of sales yet ({fields[0].name} and others). "
            "With them, people and companies carry what became of their opportunities.",
            markup=False,
        )
        return confirm("Make them in HubSpot now?", default=True)

    def _is_to_make(self, fields: Sequence[NewField]) -> bool:
        if not fields or self._wish.create_fields is not None:
            return bool(self._wish.create_fields)
        if not self._wish.asks:
            return False
        names = ", ".join(f"{one.object_name}.{one.name}" for one in fields)
        self._out.print(
            f"\nHubSpot has no field for Salesforce's id yet: {names} (unique texts). With it no "
            "record is ever made twice, and links are found again after a loss of the state.",
            markup=False,
        )
        return confirm("Make it in HubSpot now?", default=True)

    def _files(self, proved: Sequence[Proved]) -> dict[str, str]:
        from console.schema_file import schema_text
        from mappings.editors import SCHEMA_FILE

        names = {side: account.name for side, account in self._accounts.items()}
        return {
            SETTINGS: settings_text(
                self._project, hubspot=names[Side.LEFT], salesforce=names[Side.RIGHT]
            ),
            IGNORED: GITIGNORE,
            **{_mapping(one.pair.name): one.text for one in proved},
            f"mappings/{SCHEMA_FILE}": schema_text(),
        }

    def _is_agreed(self, files: Mapping[str, str]) -> bool:
        """Ask whether to write, naming what would be written over."""
        mappings = [name for name in files if name.endswith(".yaml") and name not in KEPT]
        over = taken(self._folder, mappings)
        if over and not self._wish.force:
            self._out.print(f"\nThere already: {', '.join(over)}", markup=False)
            return confirm("Write over them?", default=False)
        self._out.print()
        return confirm(f"Write these into {self._folder.resolve()}?", default=True)
