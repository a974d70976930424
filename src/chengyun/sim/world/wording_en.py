"""What citizens write in English: ``{p}`` is the place as they call it. All invented here."""

from __future__ import annotations

from typing import Final

SAID: Final[dict[str, tuple[str, ...]]] = {
    "underpass_flooding": (
        "underpass at {p} is under water, cars are stuck",
        "Deep water in the underpass near {p}, someone should close it",
    ),
    "crowd_surge": (
        "way too many people at {p}, we can hardly move",
        "The riverside at {p} is dangerously crowded",
    ),
    "street_flooding": (
        "water coming up through the road at {p}",
        "{p} is flooded, can't get into the shop",
    ),
    "water_outage": (
        "no water at {p} since this morning",
        "Whole building {p} has no water, any idea when it's back?",
    ),
    "gas_smell": (
        "strong gas smell at {p}!!",
        "I can smell gas in the staircase of {p}, please send someone",
    ),
    "fallen_tree": (
        "a tree came down at {p} and blocks the pavement",
        "big branch fell at {p}, hit a scooter",
    ),
    "lift_failure": (
        "stuck in the lift at {p}, nobody answers the bell",
        "elevator at {p} stopped with people inside",
    ),
    "power_cut": (
        "power is out at {p}, the whole block is dark",
        "no electricity at {p}, lifts are down too",
    ),
    "manhole_cover": (
        "manhole cover missing at {p}, really dangerous at night",
        "broken manhole lid in the middle of the road, {p}",
    ),
    "elder_in_need": (
        "my neighbour at {p} is 84, lives alone and does not open the door",
        "can somebody check on an old lady at {p}? Phone is off for two days",
    ),
    "noise": (
        "construction noise at {p} in the middle of the night",
        "Loud music at {p} again, can't sleep",
    ),
    "rubbish": (
        "garbage piling up at {p}, it stinks",
        "someone dumped rubble next to {p}",
    ),
    "illegal_parking": (
        "cars parked all over the pavement at {p}",
        "truck blocking the bus stop near {p}",
    ),
    "street_light": (
        "street lights out at {p}, very dark",
        "lamp flickering outside {p}",
    ),
    "road_damage": (
        "huge pothole at {p}",
        "the pavement at {p} is broken, my mother tripped",
    ),
    "enquiry": (
        "Where do I renew my residence permit? I live near {p}",
        "Suggestion: a bench at {p} would be nice",
    ),
}

OPENINGS: Final = ("", "", "", "Hi, ", "Hello, ", "To whom it may concern: ", "hey ")
PLAIN: Final = ("", "", ".", ". Thanks", " pls help", ". Thank you!")
ANGRY: Final = (
    "!! third time I report this",
    ". Does anybody even read these?",
    ", this is a disgrace",
)
AGAIN: Final = (
    "reported yesterday, nothing happened: {t}",
    "Still the same problem. {t}",
    "second report: {t}",
)
MIXED: Final = (" 谢谢", " 麻烦尽快", " (不好意思 my Chinese is not good)")
PRAISE: Final = ("quick and friendly, thank you", "fixed, great", "all good now")
BLAME: Final = ("nobody fixed anything", "still broken", "they came, looked and left")
SOSO: Final = ("fixed, but it took ages", "")
