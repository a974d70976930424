"""The commands about city packs: what they print, and with which code they end."""

import json
from pathlib import Path

from click.testing import CliRunner

from chengyun.cli import check, pack

TABLE = "id,created_at,type,longitude,latitude\n" + "".join(
    f"{n},2020-01-{1 + n % 28:02d} 10:00,{'hole' if n % 2 else 'lamp'},121.4{n},31.2{n}\n"
    for n in range(10, 60)
)


def run(command: object, *arguments: str | Path, typed: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(command, [str(one) for one in arguments], input=typed)  # type: ignore[arg-type]
    return result.exit_code, result.output


def proposed(folder: Path) -> Path:
    (folder / "requests.csv").write_text(TABLE)
    code, printed = run(
        pack.command, "init", folder / "requests.csv", "--out", folder / "p", "--yes"
    )
    assert code == 0, printed
    return folder / "p"


def test_a_proposed_pack_passes_the_check(tmp_path: Path) -> None:
    folder = proposed(tmp_path)
    code, printed = run(check.command, folder)
    assert code == 0
    assert "is sound" in printed
    assert "# confirm:" in (folder / "feeds" / "requests.yaml").read_text()


def test_mistakes_are_printed_with_place_and_remedy(tmp_path: Path) -> None:
    folder = proposed(tmp_path)
    broken = (folder / "review.yaml").read_text() + "perod_days: 7\n"
    (folder / "review.yaml").write_text(broken)
    code, printed = run(check.command, folder)
    assert code == 1
    assert "review.yaml:3: there is no key 'perod_days' here" in printed
    assert "did you mean 'period_days'?" in printed
    assert "1 mistake: the pack is refused" in printed
    code, printed = run(check.command, folder, "--json")
    assert code == 1
    data = json.loads(printed)
    assert not data["ok"]
    assert data["mistakes"][0]["line"] == 3
    assert data["mistakes"][0]["code"] == "unknown_key"


def test_a_folder_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    code, printed = run(check.command, tmp_path / "none")
    assert code == 1
    assert "is no folder" in printed


def test_questions_are_asked_and_answers_are_kept(tmp_path: Path) -> None:
    (tmp_path / "requests.csv").write_text(TABLE)
    code, printed = run(
        pack.command, "init", tmp_path / "requests.csv", "--out", tmp_path / "p",
        typed="Lingang\n\nBD-09\n" + "\n" * 20,
    )  # fmt: skip
    assert code == 0, printed
    assert "some 500 m" in printed
    feed = (tmp_path / "p" / "feeds" / "requests.yaml").read_text()
    assert 'crs: "BD-09"\n' in feed
    assert 'id: "lingang"' in (tmp_path / "p" / "city.yaml").read_text()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    proposed(tmp_path)
    code, printed = run(
        pack.command, "init", tmp_path / "requests.csv", "--out", tmp_path / "p", "--yes"
    )
    assert code == 1
    assert "not empty" in printed


def test_a_file_that_is_no_table_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"")
    code, printed = run(pack.command, "init", tmp_path / "x.csv", "--yes")
    assert code == 1
    assert "x.csv" in printed


def test_json_is_one_object(tmp_path: Path) -> None:
    (tmp_path / "requests.csv").write_text(TABLE)
    code, printed = run(
        pack.command, "init", tmp_path / "requests.csv", "--out", tmp_path / "p", "--json"
    )
    data = json.loads(printed)
    assert code == 0
    assert data["ok"]
    assert data["columns"]["opened_at"] == "created_at"
    assert "crs" in data["to_confirm"]


def test_schemas_are_written(tmp_path: Path) -> None:
    code, printed = run(pack.command, "schemas", tmp_path / "s", "--json")
    assert code == 0
    assert (
        sorted(path.name for path in (tmp_path / "s").iterdir()) == json.loads(printed)["written"]
    )


def test_every_command_declares_the_permission_it_needs() -> None:
    commands = [check.command, pack.command, *pack.command.commands.values()]
    assert all(getattr(command.callback, "__needs__", "") for command in commands)
