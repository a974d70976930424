"""The description of the interface (OpenAPI 3.1), made from the doors themselves."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chengyun.api.describing import ABOUT, JSON, About
from chengyun.api.doors import Door
from chengyun.api.problems import MEDIA_TYPE, Problem
from chengyun.engine.commands import Command
from chengyun.kernel.errors import Bug

VERSION: Final = "3.1.0"
_PART: Final = re.compile(r"\{(\w+)(?::path)?\}")
_COMMANDS: Final = "/api/v1/commands/{name}"
_REFERENCE: Final = "#/components/schemas/{name}"


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command: its facts are on disk."""

    facts: list[str]
    known_at: int


class DescriptionPages:
    """The door at which the interface describes itself."""

    def __init__(
        self, doors: Sequence[Door], commands: Mapping[str, type[Command]], version: str
    ) -> None:
        self.doors = (Door("/api/v1/openapi.json", "city:read", self.description, wide=False),)
        self._of = ([*doors, *self.doors], commands, version)
        self._made: bytes | None = None

    async def description(self, request: Request) -> Response:
        """Return the description of every door and every command."""
        if self._made is None:
            self._made = msgspec.json.encode(described(*self._of))
        headers = {"Cache-Control": "no-cache"}
        return Response(self._made, headers=headers, media_type=JSON)


def described(
    doors: Iterable[Door], commands: Mapping[str, type[Command]], version: str
) -> dict[str, Any]:
    """Return the description; ``Bug`` names a door that ``describing.ABOUT`` does not know."""
    entries = [(door, _about(door)) for door in doors]
    types: list[type] = [Problem, Done, *commands.values()]
    types += [one for _, about in entries for one in (about.body, about.answer) if one is not None]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    schema_of = dict(zip(map(repr, types), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for door, about in entries:
        if door.path == _COMMANDS:
            for name, shape in sorted(commands.items()):
                path = door.path.replace("{name}", name)
                paths[path] = {"post": _command(name, shape, schema_of)}
            continue
        path = _PART.sub(r"{\1}", door.path)
        paths.setdefault(path, {})[door.method.lower()] = _operation(door, about, schema_of)
    return {
        "openapi": VERSION,
        "info": {"title": "Chengyun", "version": version},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"feed": {"type": "http", "scheme": "bearer"}},
        },
    }


def _about(door: Door) -> About:
    plain = _PART.sub(r"{\1}", door.path)
    name = f"{door.method} {plain}"
    if name not in ABOUT:
        raise Bug(f"the door {name} is not described", remedy="enter it in api/describing.py")
    return ABOUT[name]


def _command(
    name: str, shape: type[Command], schema_of: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": (inspect.getdoc(shape) or "").partition("\n")[0],
        "description": f"Needs `engine:send` and `{shape.NEEDS}`.",
        "requestBody": _body({JSON: schema_of[repr(shape)]}),
        "responses": _answers(schema_of[repr(Done)], JSON, schema_of),
    }


def _operation(
    door: Door, about: About, schema_of: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    said = about.says or (inspect.getdoc(door.endpoint) or "").replace("\n", " ")
    answer = {"type": "object"} if about.media_type == JSON else {"type": "string"}
    if about.answer is not None:
        answer = dict(schema_of[repr(about.answer)])
    found: dict[str, Any] = {
        "operationId": f"{door.method.lower()} {door.path}",
        "summary": said,
        "description": f"Needs `{door.needs}`.",
        "parameters": _parameters(door, about),
        "responses": _answers(answer, about.media_type, schema_of),
    }
    if about.body is not None:
        found["requestBody"] = _body({JSON: schema_of[repr(about.body)]})
    elif about.bodies:
        found["requestBody"] = _body(about.bodies)
    if about.key:
        found["security"] = [{"feed": []}]
    return found


def _parameters(door: Door, about: About) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PART.findall(door.path)
    ]
    return found + [
        {
            "name": one.name,
            "in": one.place,
            "required": one.is_needed,
            "description": one.says,
            "schema": one.schema,
        }
        for one in about.asks
    ]


def _body(contents: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "required": True,
        "content": {media_type: {"schema": schema} for media_type, schema in contents.items()},
    }


def _answers(
    answer: Mapping[str, Any], media_type: str, schema_of: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    problem = {MEDIA_TYPE: {"schema": schema_of[repr(Problem)]}}
    return {
        "200": {"description": "Done.", "content": {media_type: {"schema": answer}}},
        "default": {"description": "Why not.", "content": problem},
    }
