"""Streets along the edges of blocks, rings, and the bridges that carry them over the river."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from chengyun.sim.linjiang.division import Division
from chengyun.sim.linjiang.ground import Ground, Ints, half_sizes
from chengyun.sim.linjiang.lines import Lines, Path, lines_of
from chengyun.sim.linjiang.names import draw
from chengyun.sim.linjiang.seeds import stream

STREET_KINDS: Final = ("ring", "arterial", "embankment", "local")
_RINGS: Final = {"district": (), "city": (0.55,), "mega": (0.35, 0.72)}


def _filled_columns(division: Division) -> list[NDArray[np.bool_]]:
    """By bank: whether line (column line, row) has a cell on either side."""
    found = []
    for table in division.at:
        cells = table >= 0
        edge = np.zeros((cells.shape[0] + 1, cells.shape[1]), np.bool_)
        edge[:-1] |= cells
        edge[1:] |= cells
        found.append(edge)
    return found


def _longest_run(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the numbers of the longest stretch that is set; streets end at a gap of the city."""
    places = np.flatnonzero(flags)
    runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    return max(runs, key=len)


def streets_across(ground: Ground, division: Division) -> list[Path]:
    """Streets across the river's direction, one or two parts each; arterials bridge the river."""
    filled = _filled_columns(division)
    middle = len(ground.column_edges) // 2
    paths = []
    for number, line in enumerate(ground.column_edges):
        parts = []
        for bank, sign in enumerate((1, -1)):
            rows = _longest_run(filled[bank][line])
            if len(rows):
                lines = ground.rows[bank]
                edges = ground.row_edges[bank]
                kept = edges[(edges >= rows[0]) & (edges <= rows[-1] + 1)]
                if len(kept) > 1:
                    parts.append((sign, lines[kept[0] : kept[-1] + 1]))
        arterial = (number - middle) % ground.scale.arterial_every == 0
        kind = "arterial" if arterial else "local"
        touching = all(len(part) and part[0] <= ground.bank_m + 1 for _, part in parts)
        if len(parts) == 2 and arterial and touching:
            off = np.concatenate((-parts[1][1][::-1], parts[0][1]))
            paths.append(Path(kind, np.full(len(off), ground.columns[line]), off))
        else:
            for sign, part in parts:
                off = part * sign
                paths.append(Path(kind, np.full(len(off), ground.columns[line]), off))
    return paths


def streets_along(ground: Ground, division: Division) -> list[Path]:
    """Streets along the river; the first of each bank is the road on the embankment."""
    paths = []
    for bank, sign in enumerate((1, -1)):
        cells = division.at[bank] >= 0
        for number, line in enumerate(ground.row_edges[bank]):
            beside = np.zeros(cells.shape[0], np.bool_)
            if line < cells.shape[1]:
                beside |= cells[:, line]
            if line > 0:
                beside |= cells[:, line - 1]
            columns = _longest_run(beside)
            if not len(columns):
                continue
            edges = ground.column_edges
            kept = edges[(edges >= columns[0]) & (edges <= columns[-1] + 1)]
            if len(kept) < 2:
                continue
            kind = "local" if number % ground.scale.arterial_every else "arterial"
            kind = kind if number else "embankment"
            x = ground.columns[kept[0] : kept[-1] + 1]
            off = np.full(len(x), ground.rows[bank][line] * sign)
            paths.append(Path(kind, x, off, (bank, int(line))))
    return paths


def rings_of(ground: Ground) -> list[Path]:
    """Rings on the lines nearest to a share of the city's half sizes, closed, over two bridges."""
    long, high = half_sizes(ground.scale)
    half = len(ground.columns) // 2
    paths = []
    for share in _RINGS[ground.scale.name]:
        west, east = (_nearest(ground.column_edges, half + side * share * long) for side in (-1, 1))
        north = _nearest(ground.row_edges[0], share * high * 1.16)
        south = _nearest(ground.row_edges[1], share * high * 0.84)
        x = ground.columns[west : east + 1]
        ups = [ground.rows[0][: north + 1], ground.rows[1][: south + 1]]
        side = np.concatenate((-ups[1][::-1], ups[0]))
        along = np.concatenate((x, np.full(len(side), x[-1]), x[::-1], np.full(len(side), x[0])))
        off = np.concatenate(
            (
                np.full(len(x), -ups[1][-1]),
                side,
                np.full(len(x), ups[0][-1]),
                side[::-1],
            )
        )
        paths.append(Path("ring", along, off))
    return paths


def _nearest(edges: Ints, wanted: float) -> int:
    return int(edges[int(np.argmin(np.abs(edges - wanted)))])


def street_lines(ground: Ground, paths: list[Path], seed: int) -> Lines:
    """Return the streets by their paths, named by the seed."""
    bare = draw(len(paths), stream(seed, ground.scale.name, "street names"))
    name_en, name_zh, rings = [], [], 0
    for path, (en, zh) in zip(paths, bare, strict=True):
        if path.kind == "ring":
            rings += 1
            name_en.append("Inner Ring Road" if rings == 1 else "Outer Ring Road")
            name_zh.append("内环路" if rings == 1 else "外环路")
        elif path.kind == "embankment" and path.row is not None:
            side = ("North", "北") if path.row[0] == 0 else ("South", "南")
            name_en.append(f"Riverside Avenue {side[0]}")
            name_zh.append(f"滨江{side[1]}大道")
        elif path.kind == "arterial":
            name_en.append(f"{en} Avenue")
            name_zh.append(f"{zh}大道")
        else:
            name_en.append(f"{en} Road" if path.row else f"{en} Street")
            name_zh.append(f"{zh}路" if path.row else f"{zh}街")
    kinds = np.array([STREET_KINDS.index(path.kind) for path in paths], np.uint8)
    return lines_of(ground, kinds, name_en, name_zh, [(one.along, one.off) for one in paths])


def bridges_of(ground: Ground, paths: list[Path], streets: Lines) -> Lines:
    """Return the stretch of every street from bank to bank; streets on one line share a bridge."""
    ends, name_en, name_zh = [], [], []
    crossed: set[float] = set()
    reach = ground.bank_m * 1.15
    for number, path in enumerate(paths):
        over = np.flatnonzero(np.sign(path.off[1:]) != np.sign(path.off[:-1]))
        for place in over:
            at = float(path.along[place])
            if at in crossed:
                continue
            crossed.add(at)
            ends.append((np.full(5, at), np.linspace(-reach, reach, 5)))
            suffix = "" if len(over) == 1 else (" East" if at > 0 else " West")
            suffix_zh = "" if len(over) == 1 else ("东" if at > 0 else "西")
            bare_en = streets.name_en[number].rsplit(" ", 1)[0]
            bare_zh = streets.name_zh[number].removesuffix("大道").removesuffix("路")
            name_en.append(f"{bare_en}{suffix} Bridge")
            name_zh.append(f"{bare_zh}{suffix_zh}大桥")
    return lines_of(ground, np.zeros(len(ends), np.uint8), name_en, name_zh, ends)


def street_by_row(ground: Ground, paths: list[Path]) -> tuple[Ints, Ints]:
    """Return for every row of cells of a bank the street on its river's side."""
    found = []
    for bank in (0, 1):
        table = np.full(len(ground.rows[bank]), -1, np.int32)
        for number, path in enumerate(paths):
            if path.row is not None and path.row[0] == bank:
                table[path.row[1]] = number
        edges = ground.row_edges[bank]
        nearest = edges[np.searchsorted(edges, np.arange(len(table)), side="right") - 1]
        found.append(table[nearest])
    return found[0], found[1]
