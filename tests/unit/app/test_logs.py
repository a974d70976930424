"""A line of the log is one event, whatever senders put into their ids."""

import json
import logging

import pytest

from chengyun.app import logs

FORGED = "a\n2026-01-01T00:00:00.000Z info forged: by=somebody"


@pytest.fixture
def said(capsys, monkeypatch):
    root = logging.getLogger()
    kept = root.handlers, root.level

    def lines(form):
        logs.configure(form)
        logs.note("command", facts=(FORGED,), name=FORGED, tab="a\tb", plain="词")
        return capsys.readouterr().err.splitlines()

    yield lines
    root.handlers, root.level = kept


def test_no_sender_begins_a_line_of_the_log(said):
    (line,) = said("text")
    assert " command: " in line
    assert "plain=词" in line
    assert "\\n2026" in line


def test_as_json_neither(said):
    (line,) = said("json")
    assert json.loads(line)["name"] == FORGED
