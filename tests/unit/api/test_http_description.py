"""The interface describes itself: every door, every command, by the types that the code reads."""

import pytest
from starlette.responses import Response

from chengyun.api.doors import Door
from chengyun.api.openapi import described
from chengyun.kernel.errors import Bug


def test_every_door_of_the_city_is_described(city):
    found = city.get("/api/v1/openapi.json").json()
    paths = {door.path.replace(":path", "") for door in city.api.doors}
    described_ = set(found["paths"])
    assert paths - described_ == {"/api/v1/commands/{name}"}
    commands = {
        f"/api/v1/commands/{name}" for name, one in city.server.commands.items() if one.BY_NAME
    }
    assert described_ - paths == commands


def test_a_door_without_a_description_fails():
    door = Door("/api/v1/secret", "city:read", lambda request: Response())
    with pytest.raises(Bug, match="is not described"):
        described([door], {}, "1")


def test_every_door_says_what_it_does_and_needs(city):
    for path, methods in city.get("/api/v1/openapi.json").json()["paths"].items():
        for one in methods.values():
            assert one["summary"].strip(), path
            assert "Needs `" in one["description"], path
            assert "default" in one["responses"], path


def test_bodies_are_the_types_that_are_read(city):
    found = city.get("/api/v1/openapi.json").json()
    schemas = found["components"]["schemas"]
    assert set(schemas["ReceiveReport"]["required"]) >= {"feed", "personal"}
    assert schemas["Look"]["additionalProperties"] is False
    body = found["paths"]["/api/v1/personal"]["post"]["requestBody"]
    assert body["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Look"}
