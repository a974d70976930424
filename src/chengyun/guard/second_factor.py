"""The second factor: codes that change with time (RFC 6238), and what stands in for them.

A recovery code is random with 80 bits and opens once; a secret for one use is given out on the
machine itself and sets the password anew, for a first sign-in as for a lost telephone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import ClassVar, Final
from urllib.parse import quote, urlencode

from chengyun.engine.commands import Command
from chengyun.engine.known import Known
from chengyun.engine.rows import Rows
from chengyun.engine.tables import Change
from chengyun.facts.envelope import Draft, Fact
from chengyun.facts.guard import (
    RecoveryCodesIssued,
    RecoveryCodeUsed,
    SecondFactorSet,
    SecretIssued,
    SecretUsed,
)
from chengyun.guard.accounts import (
    ACCOUNT_KIND,
    ACCOUNTS,
    changed,
    ended,
    next_id,
    open_one,
    subject_of,
)
from chengyun.guard.passwords import password_draft
from chengyun.kernel.errors import Forbidden, Rejected
from chengyun.kernel.ids import under
from chengyun.kernel.instants import SECOND_US, Instant
from chengyun.kernel.limits import MAX_SECRET_H, RECOVERY_CODES

STEP_S: Final = 30
DIGITS: Final = 6
KEY_BYTES: Final = 20
"""What RFC 4226 recommends for HMAC-SHA-1, which every authenticator knows."""

CODE_BYTES: Final = 10
_CODE: Final = re.compile(rf"\d{{{DIGITS}}}", re.ASCII)
_RECOVERY: Final = re.compile(r"[A-Z2-7]{16}", re.ASCII)
_SECRET: Final = re.compile(r"cyo_([0-9a-f]{16})_([A-Za-z0-9_-]{43})", re.ASCII)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_KEY: Final = re.compile(r"[A-Z2-7]{32}", re.ASCII)


class SetSecondFactor(Command, frozen=True, kw_only=True):
    """Give an account a second factor (base32) that proved itself, with new recovery codes."""

    NEEDS: ClassVar[str] = "account:recover"
    BY_NAME: ClassVar[bool] = False
    account: str
    key: str
    step: int
    digests: list[str]


class UseRecoveryCode(Command, frozen=True, kw_only=True):
    """Spend a recovery code by its place in the list."""

    NEEDS: ClassVar[str] = "account:recover"
    BY_NAME: ClassVar[bool] = False
    account: str
    place: int


class IssueSecret(Command, frozen=True, kw_only=True):
    """Let a secret of one use, by its digest, set the password of an account anew."""

    NEEDS: ClassVar[str] = "account:recover"
    BY_NAME: ClassVar[bool] = False
    MAY_WAIT: ClassVar[bool] = True
    account: str
    digest: str
    expires_at: Instant


class UseSecret(Command, frozen=True, kw_only=True):
    """Spend a secret of one use: the account gets this password; its second factor is void."""

    NEEDS: ClassVar[str] = "account:recover"
    BY_NAME: ClassVar[bool] = False
    account: str
    digest: str
    hash: str


# --- codes by time ----------------------------------------------------------------------------


def code_of(key: bytes, step: int, *, digits: int = DIGITS) -> str:
    """Return the code of a step of time: HOTP (RFC 4226, 5.3) over the step's number.

    >>> code_of(b"12345678901234567890", 59 // 30, digits=8)
    '94287082'
    """
    mac = hmac.new(key, step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_of(now: Instant) -> int:
    """Return the step of time that ``now`` lies in."""
    return now // (STEP_S * SECOND_US)


def matching_step(key: bytes, code: str, now: Instant, *, after: int) -> int | None:
    """Return the step whose code was given: this one or a neighbour, and later than ``after``.

    A code is good once: whoever used it stands in ``after``.
    """
    given = code.replace(" ", "")
    is_code = _CODE.fullmatch(given) is not None
    found = None
    for step in range(step_of(now) - 1, step_of(now) + 2):
        right = hmac.compare_digest(code_of(key, step), given if is_code else "-" * DIGITS)
        if right and step > after:
            found = step
    return found


def key_text(key: bytes) -> str:
    """Return a key as an authenticator takes it: base32."""
    return base64.b32encode(key).decode()


def key_of(text: str) -> bytes:
    """Return the bytes of a key in base32."""
    return base64.b32decode(text)


def key_uri(text: str, *, login: str, issuer: str) -> str:
    """Return the address that authenticators read as a picture.

    >>> key_uri("JBSWY3DP", login="li", issuer="linjiang")
    'otpauth://totp/linjiang:li?secret=JBSWY3DP&issuer=linjiang&algorithm=SHA1&digits=6&period=30'
    """
    query = {"secret": text, "issuer": issuer, "algorithm": "SHA1", "digits": DIGITS,
             "period": STEP_S}  # fmt: skip
    return f"otpauth://totp/{quote(issuer)}:{quote(login)}?{urlencode(query)}"


# --- what stands in ---------------------------------------------------------------------------


def recovery_code(random: bytes) -> str:
    """Return ten random bytes as a code to print.

    >>> recovery_code(bytes(10))
    'AAAA-AAAA-AAAA-AAAA'
    """
    text = base64.b32encode(random).decode()
    return "-".join(text[first : first + 4] for first in range(0, 16, 4))


def recovery_digest(code: str) -> str | None:
    """Return what is kept of a recovery code, or ``None`` for what is none."""
    plain = re.sub(r"[\s-]", "", code[:64]).upper()
    if not _RECOVERY.fullmatch(plain):
        return None
    return hashlib.sha256(f"recovery:{plain}".encode()).hexdigest()


def secret_of(account: str, random: str) -> str:
    """Return a secret of one use as it is shown; ``random`` are 32 bytes in base64url."""
    return f"cyo_{account}_{random}"


def parts_of(secret: str) -> tuple[str, str] | None:
    """Return the account and the digest of a secret of one use, or ``None`` for what is none."""
    parts = _SECRET.fullmatch(secret.strip()) if len(secret) < 100 else None
    if parts is None:
        return None
    return parts[1], hashlib.sha256(parts[2].encode()).hexdigest()


# --- commands ---------------------------------------------------------------------------------


def set_second_factor(command: SetSecondFactor, known: Known) -> Iterable[Draft]:
    """Record a second factor and its recovery codes."""
    row = open_one(known, command.account)
    digests = command.digests
    is_whole = len(digests) == RECOVERY_CODES and all(map(_DIGEST.fullmatch, digests))
    if not _KEY.fullmatch(command.key) or not is_whole:
        raise Rejected(
            "bad_second_factor", "the key or the recovery codes are malformed", where="key",
            remedy="set it on the screen",
        )  # fmt: skip
    subject = subject_of(command.account)
    yield Draft(
        id=next_id("second-factor", row),
        happened_at=known.now,
        subject=subject,
        body=SecondFactorSet(account=command.account, step=command.step),
        sealed={"key": command.key},
        sealed_for=subject,
    )
    yield Draft(
        id=next_id("recovery-codes", row),
        happened_at=known.now,
        subject=subject,
        body=RecoveryCodesIssued(account=command.account, count=len(digests)),
        sealed={"digests": " ".join(digests)},
        sealed_for=subject,
    )


def use_recovery_code(command: UseRecoveryCode, known: Known) -> Iterable[Draft]:
    """Record that a recovery code is spent; a second time it is refused."""
    row = open_one(known, command.account)
    if command.place in row.codes_used or not 0 <= command.place < RECOVERY_CODES:
        raise Rejected(
            "code_used", "this recovery code is void", where="code", remedy="take the next one"
        )
    yield Draft(
        id=under("spent", row.codes, command.place),
        happened_at=known.now,
        subject=subject_of(command.account),
        body=RecoveryCodeUsed(account=command.account, place=command.place),
    )


def issue_secret(command: IssueSecret, known: Known) -> Iterable[Draft]:
    """Record a secret of one use; it takes the place of an earlier one.

    Whoever has it is that account from then on. So nobody who signed in issues one for himself, nor
    for an account of one of the three powers, lest one power act for another: the owner of the
    machine does.
    """
    row = open_one(known, command.account)
    if known.actor == subject_of(row.account):
        raise Forbidden(
            "own_account",
            "nobody issues a secret for his own account",
            where="account",
            remedy="change the password, or let another security administrator do it",
        )
    if row.power and known.actor.startswith(f"{ACCOUNT_KIND}:"):
        raise Forbidden(
            "power_at_the_machine",
            "the secret of an account that holds a power is issued at the machine alone",
            where="account",
            remedy="let whoever runs the machine do it: chengyun account recover",
        )
    longest = known.now + MAX_SECRET_H * 3_600 * SECOND_US
    if not _DIGEST.fullmatch(command.digest) or not known.now < command.expires_at <= longest:
        raise Rejected(
            "bad_secret",
            f"the digest is malformed, or it would not expire within {MAX_SECRET_H} hours",
            where="expires_at",
            remedy="let chengyun account recover make it",
            params={"limit": str(MAX_SECRET_H)},
        )
    subject = subject_of(command.account)
    yield Draft(
        id=next_id("secret", row),
        happened_at=known.now,
        subject=subject,
        body=SecretIssued(
            account=command.account, digest=command.digest, expires_at=command.expires_at
        ),
    )


def use_secret(command: UseSecret, known: Known) -> Iterable[Draft]:
    """Record that a secret was used, and the password that it set."""
    row = known.get(ACCOUNTS, command.account)
    right = row is not None and row.secret != "" and row.secret == command.digest
    if row is None or row.state != "open" or not right or row.secret_until <= known.now:
        raise Rejected(
            "bad_secret_of_one_use",
            "this secret opens nothing here",
            where="secret",
            remedy="ask for a new one: chengyun account recover",
        )
    subject = subject_of(row.account)
    yield Draft(
        id=next_id("used", row),
        happened_at=known.now,
        subject=subject,
        body=SecretUsed(account=row.account, digest=row.secret),
    )
    yield password_draft(row.account, command.hash, known)


def note_second_factor(fact: Fact[SecondFactorSet], rows: Rows) -> Iterable[Change]:
    """The account asks for this factor from now on; sessions of before are over."""
    yield from ended(rows, fact.body.account, factor=fact.id, second_factor=True)


def note_codes(fact: Fact[RecoveryCodesIssued], rows: Rows) -> Iterable[Change]:
    """These codes stand in; those of before are void."""
    yield from changed(rows, fact.body.account, codes=fact.id, codes_used=[])


def note_code_used(fact: Fact[RecoveryCodeUsed], rows: Rows) -> Iterable[Change]:
    """A code is void."""
    row = rows.get(ACCOUNTS, fact.body.account)
    if row is not None:
        yield from changed(rows, row.account, codes_used=sorted({*row.codes_used, fact.body.place}))


def note_secret(fact: Fact[SecretIssued], rows: Rows) -> Iterable[Change]:
    """A secret of one use waits."""
    one = fact.body
    yield from changed(rows, one.account, secret=one.digest, secret_until=one.expires_at)


def note_secret_used(fact: Fact[SecretUsed], rows: Rows) -> Iterable[Change]:
    """It waits no longer, and neither second factor nor recovery codes of before open anything."""
    yield from changed(
        rows, fact.body.account, secret="", secret_until=0, factor="", codes="", codes_used=[]
    )
