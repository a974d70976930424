"""Linjiang's city pack: the same sections as any city's, written from a built city."""

from __future__ import annotations

from chengyun.sim.linjiang.city import Linjiang
from chengyun.sim.linjiang.outlines import areas_map, base_map
from chengyun.sim.linjiang.pack_feeds import feeds
from chengyun.sim.linjiang.pack_notices import notices
from chengyun.sim.linjiang.pack_policies import policies
from chengyun.sim.linjiang.pack_sensing import sensing
from chengyun.sim.linjiang.pack_tables import REGISTERED, tables


def pack_files(city: Linjiang, *, tells: bool = True) -> dict[str, bytes]:
    """Return all files of the pack by path; the same city gives the same bytes.

    ``tells`` is whether it says who is told of what: where the city is simulated nobody can be.
    """
    texts = tables(city) | policies(city) | sensing() | feeds() | {"README.md": _readme(city)}
    if tells:
        texts["notices.yaml"] = notices(city)
    files = {path: text.encode() for path, text in texts.items()}
    files["map/areas.geojson"] = areas_map(city)
    files["map/base.geojson"] = base_map(city)
    return dict(sorted(files.items()))


def _readme(city: Linjiang) -> str:
    areas, scale = city.areas, city.scale
    counts = {
        level: len(areas.at_level(level)) for level in ("district", "subdistrict", "neighbourhood")
    }
    registered = ", ".join(f"{most:,} {kind}s" for kind, *_, most in REGISTERED)
    return f"""\
# Linjiang (临江)

A city on the {city.river_en} ({city.river_zh}) that does not exist. Every file here was written by

    chengyun sim pack --seed {city.seed} --scale {scale.name} --out DIR

and nothing in it was downloaded: the same command gives the same bytes. Names are syllables put
together by the seed, codes begin with 3199, which no register gives to any place, and residents are
counts, never persons. Do not correct a file by hand; correct `src/chengyun/sim/linjiang/`.

- districts {counts["district"]}, subdistricts {counts["subdistrict"]}
- neighbourhoods {counts["neighbourhood"]:,}, a block between streets each
- unit grids {scale.grids:,}, of about 100 × 100 m in the middle of the city
- residents {scale.residents:,}, sensors {len(city.sensors):,}, places {len(city.places):,}
- `map/` holds what a screen draws: outlines of areas, and river, parks, streets and buildings
- `case_types.csv` is a catalogue by GB/T 30428: 121 subcategories of components and 83 of events in
  Chinese and English, the hotline's tiers, and the tasks of plans. Its `source` says of each where
  class and limits come from
- `assets.csv` registers a part of the components: up to {registered}
- thresholds, time limits and plans name their sources; "(?)" marks what is from memory
"""
