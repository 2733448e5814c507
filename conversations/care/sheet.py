"""One programme file laid over what it inherits, key by key, each value keeping where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError


class BadProgramme(Exception):
    """A programme file that cannot be used: `file`, the `key` in it, and the `reason`."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key or '(file)'}: {reason}")
        self.file, self.key, self.reason = file, key, reason


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: the file that says it and its source, or None: taken from nowhere."""

    file: str
    source: str | None


_SOURCING = ("source", "unverified", "off")
SAY_WHAT = frozenset(
    {"title", "on", "where", "authors", "duty", "stops", "kind", "number", "stage", "asked_of", "id", "label"}
)
"""Keys that say what a rule is about; they hold nothing a county's text could support."""


class Sheet:
    """One file laid over what it inherits, key by key, with the origin of each value.

    `sections`: the tables there may be, and whether each is one rule (or a table of rules). `merged` and
    `origins` start as those inherited.
    """

    def __init__(
        self,
        file: str,
        documents: Mapping[str, str],
        sections: Mapping[str, bool],
        merged: Mapping[str, Any],
        origins: Mapping[str, Origin],
    ) -> None:
        self.file, self.documents, self.sections = file, documents, sections
        self.merged: dict[str, Any] = deepcopy(dict(merged))
        self.origins: dict[str, Origin] = dict(origins)

    def add(self, section: str, content: Any) -> None:
        if section not in self.sections:
            raise BadProgramme(self.file, section, "there is no such table; see docs/programmes.md")
        if self.sections[section]:
            self._rule((section,), content)
            return
        if not isinstance(content, dict):
            raise BadProgramme(self.file, section, f"is a table of tables: [{section}.NAME]")
        for name, rule in content.items():
            if section == "flow":
                self._flow(name, rule)
            else:
                self._rule((section, name), rule)

    def _flow(self, flow: str, rule: Any) -> None:
        path = f"flow.{flow}"
        if not isinstance(rule, dict) or set(rule) - {"extra"} or not isinstance(rule.get("extra"), list):
            raise BadProgramme(self.file, path, f"holds questions only: [[{path}.extra]]")
        asked = set()
        for question in rule["extra"]:
            name = question.get("id") if isinstance(question, dict) else None
            if not isinstance(name, str) or name in asked:
                raise BadProgramme(self.file, f"{path}.extra", "each question has an id of its own")
            asked.add(name)
            self._rule(("flow", flow, "extra", name), question)

    def _rule(self, path: tuple[str, ...], rule: Any) -> None:
        key = ".".join(path)
        if not isinstance(rule, dict):
            raise BadProgramme(self.file, key, f"is a table: [{key}]")
        *above, last = path
        place = self.merged
        for part in above:
            place = place.setdefault(part, {})
        if rule.get("off") is not None:
            if rule["off"] is not True or last not in place or set(rule) - set(_SOURCING):
                raise BadProgramme(self.file, f"{key}.off", "true, alone, takes away what was inherited")
            self._sources(key, rule)
            del place[last]
            self.origins = {p: o for p, o in self.origins.items() if not p.startswith(f"{key}.")}
            return
        sources = self._sources(key, rule)
        place[last] = {**place.get(last, {}), **{k: v for k, v in rule.items() if k not in _SOURCING}}
        for name, source in sources.items():
            self.origins[f"{key}.{name}"] = Origin(self.file, source)

    def _sources(self, key: str, rule: Mapping[str, Any]) -> dict[str, str | None]:
        """Each value of a table with its source, or None where it says it has none."""
        source, unverified = rule.get("source"), rule.get("unverified", False)
        names = [name for name in rule if name not in _SOURCING]
        if source is not None:
            code = source.split(" ", 1)[0] if isinstance(source, str) else ""
            if code not in self.documents or source == code:
                there = ", ".join(self.documents) or "none"
                raise BadProgramme(
                    self.file,
                    f"{key}.source",
                    f'names a document and the place in it, "XF 四(三)3"; known documents: {there}',
                )
        if isinstance(unverified, list):
            for name in unverified:
                if name not in names:
                    raise BadProgramme(
                        self.file, f"{key}.unverified", f"names {name!r}, which is not in the table"
                    )
        elif unverified is True:
            if source is not None:
                raise BadProgramme(self.file, f"{key}.unverified", "true contradicts a source: list the keys")
            unverified = names
        elif unverified is not False:
            raise BadProgramme(self.file, f"{key}.unverified", "is true or a list of keys of this table")
        else:
            unverified = []
        without = [n for n in names if n not in unverified and n not in SAY_WHAT]
        if source is None and (without or (rule.get("off") and not rule.get("unverified"))):
            raise BadProgramme(
                self.file, ".".join((key, *without[:1])), "says neither its source nor that it is unverified"
            )
        return {name: None if name in unverified else source for name in names if name not in SAY_WHAT}

    def values(self) -> dict[str, Any]:
        """The merged tables as `Programme` takes them."""
        values = dict(self.merged)
        if "flow" in values:
            values["flow"] = {
                flow: {"extra": list(rules["extra"].values())} for flow, rules in values["flow"].items()
            }
        return values

    def fault(self, wrong: ValidationError) -> BadProgramme:
        """The first fault in words of the file."""
        first = wrong.errors(include_url=False)[0]
        place = [str(part) for part in first["loc"] if part not in ("[key]",)]
        if place[:1] == ["flow"] and len(place) > 3 and place[3].isdigit():
            place[3] = list(self.merged["flow"][place[1]]["extra"])[int(place[3])]
        key = ".".join(place)
        reason = {
            "missing": "is missing",
            "unexpected_keyword_argument": "there is no such key here; see docs/programmes.md",
        }.get(first["type"], first["msg"].removeprefix("Value error, "))
        shown = first["input"] if isinstance(first["input"], str | int | float) else None
        if shown is not None and first["type"] not in ("missing", "unexpected_keyword_argument"):
            reason = f"{reason} (it says {shown!r})"
        return BadProgramme(self.file, key, reason)
