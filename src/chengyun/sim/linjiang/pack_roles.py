"""The roles of Linjiang's pack: the usual ones, written out so that a city can change them."""

from __future__ import annotations

import yaml

from chengyun.guard.standard_roles import APPROVAL_H, PURPOSES, ROLES


class _Plain(yaml.SafeDumper):
    """Writes a list that comes twice twice: a reader of the pack knows no anchors."""

    def ignore_aliases(self, data: object) -> bool:
        """Make no anchor."""
        return True


def roles() -> str:
    """Return ``roles.yaml``."""
    section = {"approval_h": APPROVAL_H, "purposes": PURPOSES, "roles": ROLES}
    return yaml.dump(section, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=120)
