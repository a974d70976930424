"""The typed errors of the platform: what was wrong, where, and what to do about it.

Three families tell the engine how to react, and the engine alone decides:

* ``Rejected``: the input is at fault; it is refused with its reason and the rest goes on.
* ``Retryable``: the surroundings are at fault; the same call may succeed later.
* ``Bug``: the platform is at fault; the unit is set aside as a dead letter and looked at.
"""

from __future__ import annotations


class ChengyunError(Exception):
    """An error that says what was wrong, where, and what to do."""

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f" ({self.remedy})" if self.remedy else ""
        return f"{place}{self.what}{remedy}"


class Rejected(ChengyunError):  # noqa: N818 - a verdict in the words of the field
    """The input is refused; ``code`` and ``params`` render the reason in any language."""

    def __init__(
        self,
        code: str,
        what: str,
        *,
        where: str = "",
        remedy: str = "",
        params: dict[str, str] | None = None,
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.code = code
        self.params = params or {}


class Conflict(Rejected):
    """The same identifier came a second time with another content."""

    def __init__(self, identifier: str) -> None:
        super().__init__(
            "conflict",
            f"{identifier!r} is already known with another content",
            remedy="send the change under an identifier of its own",
            params={"id": identifier},
        )


class Forbidden(Rejected):
    """The gate did not let this actor through this door."""


class Retryable(ChengyunError):  # noqa: N818 - a verdict in the words of the field
    """The surroundings failed; the same call may succeed later."""


class Overloaded(Retryable):
    """More comes in than can be taken; wait and send it again."""


class Bug(ChengyunError):  # noqa: N818 - a verdict in the words of the field
    """The platform broke a promise of its own."""


class StoreFailed(ChengyunError):  # noqa: N818 - past tense: the commit did not happen
    """A commit failed: memory is ahead of disk, so the process must stop."""


class PackRefused(ChengyunError):  # noqa: N818 - a verdict in the words of the field
    """A city pack holds mistakes and never starts; all of them are named at once."""
