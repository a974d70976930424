"""Accounts as the owner of the machine sees them: read from the store, names opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from chengyun.adapters.keys.keyring import FILE, Keyring, master_key
from chengyun.adapters.sql.reading import StoreReader
from chengyun.adapters.system.entropy import SystemEntropy
from chengyun.engine import codec
from chengyun.facts.envelope import OPERATIONS
from chengyun.guard.accounts import ACCOUNTS, AccountRow, plain_login
from chengyun.kernel.errors import Rejected


class KnownAccount(NamedTuple):
    """An account with what is sealed of it; empty where it was erased."""

    row: AccountRow
    login: str
    name: str


def accounts_at(folder: Path) -> list[KnownAccount]:
    """Return the accounts of the store in ``folder``, by id."""
    with StoreReader(folder) as reader:
        return [one for accounts in _accounts(folder, reader) for one in accounts.all()]


def account_at(folder: Path, login: str) -> KnownAccount:
    """Return the account with a login, or refuse."""
    with StoreReader(folder) as reader:
        for accounts in _accounts(folder, reader):
            found = accounts.by_login(login)
            if found is not None:
                return found
    raise Rejected(
        "unknown",
        f"nobody has the login {login[:64]!r}",
        where="login",
        remedy="chengyun account list names all",
        params={"login": login[:64]},
    )


def _accounts(folder: Path, reader: StoreReader) -> Iterator[_Accounts]:
    if not (folder / FILE).is_file():
        raise Rejected(
            "no_keyring",
            "names of accounts are sealed, and the keyring is not there",
            where=str(folder / FILE),
            remedy="bring back the keyring that belongs to this store",
        )
    for partition, chain, _ in reader.chains():
        if chain == OPERATIONS:
            yield _Accounts(folder, reader, partition)


class _Accounts:
    """Reads the accounts of a partition beside its writer."""

    def __init__(self, folder: Path, reader: StoreReader, partition: str) -> None:
        entropy = SystemEntropy()
        self._reader = reader
        self._partition = partition
        self._keyring = Keyring(master_key(folder, entropy), reader.person_keys(partition), entropy)

    def all(self) -> list[KnownAccount]:
        """Return all accounts, by id."""
        rows = self._reader.rows(ACCOUNTS, self._partition)
        return [self._opened(row) for row in rows]

    def by_login(self, login: str) -> KnownAccount | None:
        """Return the account with a login."""
        digest = self._keyring.digest("login", plain_login(login))
        row = next(self._reader.rows(ACCOUNTS, self._partition, login=digest), None)
        return None if row is None else self._opened(row)

    def _opened(self, row: AccountRow) -> KnownAccount:
        stored = self._reader.fact(self._partition, row.opened)
        if stored is None or stored.sealed is None:
            return KnownAccount(row, "", "")
        person = codec.header_of(stored).sealed_for
        plain = self._keyring.open(person, row.opened, stored.sealed)
        found = {} if plain is None else msgspec.json.decode(plain, type=dict[str, str])
        return KnownAccount(row, found.get("login", ""), found.get("name", ""))
