"""A paper as a page to be printed: A4, no script, no request to anywhere."""

from __future__ import annotations

from html import escape
from typing import Final

from chengyun.app.documents.paper import Blanks, Block, Grid, Heading, Pairs, Paper, Paragraph

_STYLE: Final = """
@page { size: A4; margin: 20mm 18mm 18mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 8mm; max-width: 190mm; color: #000; background: #fff;
  font: 11pt/1.5 "Noto Serif CJK SC", "Songti SC", SimSun, "Times New Roman", serif; }
header { text-align: center; border-bottom: 1.5pt solid #b00; padding-bottom: 3mm; }
header p { margin: 0; }
header .head { font-size: 13pt; color: #b00; letter-spacing: .1em; }
h1 { margin: 2mm 0 1mm; font-size: 20pt; font-weight: 700; }
h2 { margin: 5mm 0 1.5mm; font-size: 12pt; font-weight: 700; break-after: avoid; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
th, td { border: .5pt solid #000; padding: 1.2mm 2mm; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; white-space: pre-line; font-weight: 400; }
thead { display: table-header-group; }
thead th, .pairs th { background: #f2f2f2; font-weight: 700; }
.pairs th { width: 18%; }
tr { break-inside: avoid; }
p.text { margin: 1mm 0; white-space: pre-line; overflow-wrap: anywhere; }
.blank td { height: 16mm; }
footer { margin-top: 5mm; padding-top: 2mm; border-top: .5pt solid #000; font-size: 9pt; }
@media print { body { padding: 0; max-width: none; } }
"""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def page_of(paper: Paper) -> bytes:
    """Return the page, in UTF-8; the same paper gives the same bytes."""
    lang = "zh-Hans" if paper.language == "zh" else paper.language
    parts = [
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n',
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
        f"<title>{escape(f'{paper.title} {paper.number}')}</title>\n",
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<header>\n",
        f'<p class="head">{escape(paper.head)}</p>\n<h1>{escape(paper.title)}</h1>\n',
        f"<p>{escape(paper.number)}</p>\n</header>\n<main>\n",
        *map(_block, paper.blocks),
        f"</main>\n<footer>{escape(paper.foot)}</footer>\n</body>\n</html>\n",
    ]
    return "".join(parts).encode(errors="replace")


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h2>{escape(block.text)}</h2>\n"
    if isinstance(block, Paragraph):
        return f'<p class="text">{escape(block.text)}</p>\n'
    if isinstance(block, Grid):
        return _grid(block)
    if isinstance(block, Pairs):
        rows = "".join(f"<tr>{_cells(row)}</tr>\n" for row in paired(block.rows))
        return f'<table class="pairs"><tbody>\n{rows}</tbody></table>\n'
    return _blanks(block)


def _cells(row: list[tuple[str, str]]) -> str:
    span = ' colspan="3"' if len(row) == 1 else ""
    return "".join(
        f'<th scope="row">{escape(label)}</th><td{span}>{escape(value)}</td>'
        for label, value in row
    )


def _grid(grid: Grid) -> str:
    columns = "".join(f'<col style="width: {width}%">' for width in grid.widths)
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in grid.head)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(one)}</td>' for one in row)}</tr>\n" for row in grid.rows
    )
    return (
        f"<table><colgroup>{columns}</colgroup><thead><tr>{head}</tr></thead>"
        f"<tbody>\n{rows}</tbody></table>\n"
    )


def _blanks(blanks: Blanks) -> str:
    rows = "".join(
        f'<tr class="blank"><th scope="row">{escape(label)}</th><td></td></tr>\n'
        for label in blanks.labels
    )
    return f'<table class="pairs"><tbody>\n{rows}</tbody></table>\n'


_WIDE_FROM: Final = 0x2E80
_SHORT: Final = 22
"""So many letters stand beside another pair; a Chinese one is as wide as two."""


def paired(pairs: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Return pairs in rows: two short ones in one, a long one by itself.

    >>> paired([("a", "1"), ("b", "2"), ("c", "3" * 30)])
    [[('a', '1'), ('b', '2')], [('c', '333333333333333333333333333333')]]
    """
    rows: list[list[tuple[str, str]]] = []
    for pair in pairs:
        if rows and len(rows[-1]) == 1 and _is_short(rows[-1][0][1]) and _is_short(pair[1]):
            rows[-1].append(pair)
        else:
            rows.append([pair])
    return rows


def _is_short(text: str) -> bool:
    return sum(2 if ord(letter) > _WIDE_FROM else 1 for letter in text) <= _SHORT
