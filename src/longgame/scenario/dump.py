"""A `Scenario` -> YAML text that loads as the same scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml
from pydantic import BaseModel

from longgame.scenario.families import has_templates
from longgame.scenario.load import AnyScenario, scenario_of
from longgame.scenario.model import Expression, Scenario
from longgame.scenario.yaml_tree import resolve

_WIDTH = 120
_FLOW_WIDTH = 100


def dump(scenario: AnyScenario) -> str:
    """The scenario as a YAML file, with only what differs from the defaults: ``loads(dump(s)) == s``.

    What is written once for the members of a family stays so, where it still says what the scenario says.
    """
    scenario = scenario_of(scenario)
    data = scenario.plain()
    if scenario.written is not None:
        written = _plain(scenario.written)
        again = Scenario.model_validate(written)
        alike = [key for key in data if getattr(again, key) == getattr(scenario, key)]
        data |= {key: written[key] for key in alike if has_templates(written.get(key))}
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)


def _plain(data: Any) -> Any:
    """Plain data of what may hold objects of the model."""
    if isinstance(data, BaseModel):
        return data.model_dump(by_alias=True, exclude_defaults=True)
    if isinstance(data, Expression):
        return data.plain()
    if isinstance(data, Mapping):
        return {str(name): _plain(part) for name, part in data.items()}
    return [_plain(part) for part in data] if isinstance(data, list | tuple) else data


_Emitter: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # libyaml's, four times as fast, where it is there


class _Dumper(_Emitter):
    """Writes words plainly where YAML 1.2 reads them as words, and small blocks on one line."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never write an alias: the language has none."""
        return True


_PLAIN = "tag:yaml.org,2002:str"  # with no resolvers of its own, PyYAML writes what has this tag without quotes


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    # PyYAML quotes what the syntax needs; what YAML 1.2 would read as a number or the like is quoted here.
    style = "'" if resolve(text) != text else ">" if len(text) > _WIDTH and _folds(text) else None
    return dumper.represent_scalar(_PLAIN, text, style=style)


def _folds(text: str) -> bool:
    """Whether a long text survives folding: one paragraph, single spaces."""
    return " ".join(text.split()) == text


def _value(dumper: yaml.SafeDumper, value: float | bool | None) -> yaml.Node:
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    return dumper.represent_scalar(_PLAIN, text)


def _keys(dumper: yaml.SafeDumper, data: dict[str, Any]) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=_fits(data))


def _list(dumper: yaml.SafeDumper, data: list[Any] | tuple[Any, ...]) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=_fits(data))


def _fits(data: Any) -> bool:
    """Whether a block fits on a line: nothing but short plain values in it."""
    parts = data.values() if isinstance(data, dict) else data
    return len(repr(data)) <= _FLOW_WIDTH and not any(isinstance(part, dict | list | tuple) and part for part in parts)


_Dumper.add_representer(str, _text)
for kind in (bool, int, float, type(None)):
    _Dumper.add_representer(kind, _value)
_Dumper.add_representer(dict, _keys)
_Dumper.add_representer(list, _list)
_Dumper.add_representer(tuple, _list)
# Which texts need quotes is for `resolve` to say, not for the rules of YAML 1.1.
_Dumper.yaml_implicit_resolvers = {}
