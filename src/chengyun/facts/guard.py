"""What guards people and doors: erasure, looks, accounts, sign-ins, keys, grants of roles."""

from __future__ import annotations

from chengyun.facts.envelope import Body


class PersonErased(Body, frozen=True, kw_only=True):
    """The key of a person was destroyed; every seal under it is unreadable from now on."""

    person: str
    ground: str


class FeedKeyIssued(Body, frozen=True, kw_only=True):
    """A feed may send with a key; here stands its digest, the key itself nowhere."""

    key: str
    feed: str
    digest: str
    """SHA-256 of the secret, in hexadecimal: the secret is random and long, so that is enough."""
    expires_at: int


class FeedKeyRevoked(Body, frozen=True, kw_only=True):
    """A key opens nothing any more."""

    key: str
    reason: str


class PersonalDataSeen(Body, frozen=True, kw_only=True):
    """Somebody opened data of a person; stands on the audit chain before anything was shown."""

    person: str
    """Whose data: the id under whose key they are sealed, which shows no name."""
    fact: str
    kind: str
    fields: list[str]
    purpose: str
    """A purpose of the city pack, and …"""
    ground: str
    """… what whoever looked says of it."""


class RetentionPlanned(Body, frozen=True, kw_only=True):
    """When data of persons fall due next; then it is looked again."""

    next_at: int


class PersonalDataExpired(Body, frozen=True, kw_only=True):
    """Data of persons were kept long enough: the keys of these records were destroyed."""

    what: str
    """``personal``, ``sensitive`` or ``refused``."""
    day: int
    """The day on which their matter ended, counted from 1970, UTC."""
    batch: int
    persons: list[str]
    kept_days: int


class GrantGiven(Body, frozen=True, kw_only=True):
    """An account holds a role in an area, for a unit and a purpose, for a time."""

    grant: str
    account: str
    role: str
    unit: str
    """The department with everything below it; empty is every one."""
    purpose: str
    """One purpose of the role alone; empty is each of them."""
    from_at: int
    until_at: int | None
    nature: str
    """``standing``, ``emergency`` or ``stand_in``."""
    ground: str


class GrantWithdrawn(Body, frozen=True, kw_only=True):
    """An account holds a grant no longer."""

    grant: str
    account: str
    reason: str


class GrantLapsed(Body, frozen=True, kw_only=True):
    """The time of a grant is over."""

    grant: str
    account: str


class AccountOpened(Body, frozen=True, kw_only=True):
    """Somebody, or a service, may sign in. Sealed for the account: ``login`` and ``name``."""

    account: str
    kind: str
    """``person`` or ``service``."""
    login: str
    """Keyed digest of the login name, to look the account up by."""
    power: str
    """One of the three powers, or empty."""
    second_factor: bool
    """Whether it is let in with a second factor only."""


class AccountSuspended(Body, frozen=True, kw_only=True):
    """An account is let in no longer, until it is resumed."""

    account: str
    reason: str


class AccountResumed(Body, frozen=True, kw_only=True):
    """A suspended account is let in again."""

    account: str
    reason: str


class AccountClosed(Body, frozen=True, kw_only=True):
    """An account is over for good; its id is never given again."""

    account: str
    reason: str


class AccountLinked(Body, frozen=True, kw_only=True):
    """Whom a provider (OpenID Connect) knows by this subject signs in to an account."""

    account: str
    subject: str
    """SHA-256 of issuer and subject, in hexadecimal."""


class SecretIssued(Body, frozen=True, kw_only=True):
    """A secret for one use sets the password anew, until it expires."""

    account: str
    digest: str
    expires_at: int


class SecretUsed(Body, frozen=True, kw_only=True):
    """A secret for one use was used: second factor and recovery codes of before are void."""

    account: str
    digest: str


class PasswordSet(Body, frozen=True, kw_only=True):
    """An account has a new password; its hash (argon2id) is sealed as ``hash``."""

    account: str
    is_same: bool
    """Only hashed anew, under parameters of today: no session ends."""


class SecondFactorSet(Body, frozen=True, kw_only=True):
    """An account has a new second factor; its key (RFC 6238) is sealed as ``key``."""

    account: str
    step: int
    """The step of time whose code proved it; that code opens nothing more."""


class RecoveryCodesIssued(Body, frozen=True, kw_only=True):
    """An account has new codes for the day its second factor is lost, sealed as ``digests``."""

    account: str
    count: int


class RecoveryCodeUsed(Body, frozen=True, kw_only=True):
    """One recovery code stood in for the second factor, and is void."""

    account: str
    place: int


class LoggedIn(Body, frozen=True, kw_only=True):
    """Somebody signed in (audit chain). Sealed for the account: ``address``."""

    account: str
    epoch: int
    """The account's when it signed in; the session is over when the account's is another one."""
    session: str
    """SHA-256 of the session's token, in hexadecimal."""
    how: str
    """``password``, ``second_factor``, ``recovery_code``, ``secret`` or ``provider``."""
    step: int
    """The step of time of the code that was used; 0 without one."""
    address: str
    """Keyed digest of the address it came from."""


class LoginRefused(Body, frozen=True, kw_only=True):
    """Somebody was not let in (audit chain). Sealed: ``address``."""

    account: str
    """Empty where the login is nobody's."""
    login: str
    """Keyed digest of what was given as login."""
    code: str
    address: str


class LoggedOut(Body, frozen=True, kw_only=True):
    """A session ended by its owner's wish (audit chain); an empty one stands for all of them."""

    account: str
    session: str


class ServiceKeyIssued(Body, frozen=True, kw_only=True):
    """A service may ask with a key, within these permissions; here stands its digest alone."""

    key: str
    account: str
    digest: str
    permissions: list[str]
    expires_at: int


class ServiceKeyRevoked(Body, frozen=True, kw_only=True):
    """A key of a service opens nothing any more."""

    key: str
    reason: str


class DoorRefused(Body, frozen=True, kw_only=True):
    """Somebody did not pass a door of the interface; stands on the audit chain."""

    door: str
    needs: str
    code: str
