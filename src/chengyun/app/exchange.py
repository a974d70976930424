"""Carries addressed facts from one partition to another in the same process."""

from __future__ import annotations

from chengyun.engine.engine import Engine
from chengyun.engine.exchange import ARRIVALS, addressed
from chengyun.engine.ports import Store
from chengyun.facts.envelope import OPERATIONS


def carry(store: Store, sender: str, receiver: Engine) -> int:
    """Deliver what ``sender`` addressed to ``receiver`` since its last arrival; return how much.

    Call it after the sender has settled: only what is on disk leaves a partition.
    """
    heard = receiver.rows.get(ARRIVALS, sender)
    after_seq = 0 if heard is None else heard.seq
    carried = 0
    for command in addressed(
        store.read(sender, OPERATIONS, after_seq=after_seq), receiver.partition
    ):
        outcome = receiver.execute(command, actor=f"partition:{sender}")
        if outcome.refused is not None:
            raise outcome.refused
        carried += 1
        if receiver.group_is_full:
            receiver.commit()
    receiver.commit()
    receiver.settle()
    return carried
