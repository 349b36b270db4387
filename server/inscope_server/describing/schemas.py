"""JSON Schemas (2020-12) of the wire types, collected for a description's `components`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from ..web.described import Refused

Json = dict[str, Any]
TEMPLATE = "#/components/schemas/{name}"


class Schemas:
    """Of `types`, each once; what they are made of is in `components`, by name."""

    def __init__(self, types: Iterable[Any]) -> None:
        named = {repr(kind): kind for kind in types}
        made, components = msgspec.json.schema_components(named.values(), ref_template=TEMPLATE)
        self._of = dict(zip(named, map(_in_ecma, made), strict=True))
        self.components: Json = _in_ecma(components)

    def of(self, kind: Any) -> Json:
        return dict(self._of[repr(kind)])

    def refusal(self, codes: Sequence[str]) -> Json:
        """`Refused` with one of these codes (S8)."""
        return {**self.of(Refused), "properties": {"error": {"properties": {"code": {"enum": list(codes)}}}}}

    def fields(self, kind: type[msgspec.Struct]) -> list[tuple[str, Json, bool]]:
        """(name, schema, whether it must be there) of a struct, taken out of the components: it stands nowhere else."""
        schema = self.components.pop(self.of(kind)["$ref"].rpartition("/")[2])
        return [(name, inner, name in schema["required"]) for name, inner in schema["properties"].items()]


def _in_ecma(schema: Any) -> Any:
    r"""Patterns as JSON Schema has them: `^` and `$` for what Python spells `\A` and `\Z`."""
    if isinstance(schema, list):
        return [_in_ecma(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    spelt = {"pattern": schema["pattern"].replace(r"\A", "^").replace(r"\Z", "$")} if "pattern" in schema else {}
    return {key: _in_ecma(value) for key, value in schema.items() if key != "title"} | spelt
