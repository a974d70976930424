"""A paper as a document of word processors: WordprocessingML in a zip (ECMA-376, transitional).

Written directly: five parts are all it takes, and every byte is ours, so that the same paper is the
same file. No macro, no link, no field.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import Final
from xml.sax.saxutils import escape

from chengyun.app.documents.html import paired
from chengyun.app.documents.paper import Blanks, Block, Grid, Heading, Pairs, Paper, Paragraph

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_W: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_BEGINNING: Final = (1980, 1, 1, 0, 0, 0)
"""The first instant that a zip knows: when it was made says nothing of the content."""
_UNFIT: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""

_PAGE_W, _PAGE_H, _MARGIN = 11_906, 16_838, 1_134
"""A4 in twentieths of a point, with margins of 2 cm."""
_INNER: Final = _PAGE_W - 2 * _MARGIN
_LABEL: Final = 18

_TYPES: Final = f"""{_XML}<Types xmlns="{_PACKAGE}/content-types">\
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
<Default Extension="xml" ContentType="application/xml"/>\
<Override PartName="/word/document.xml" ContentType="{MEDIA_TYPE}.main+xml"/>\
<Override PartName="/word/styles.xml" ContentType="\
application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/></Types>"""

_ROOT: Final = f"""{_XML}<Relationships xmlns="{_PACKAGE}/relationships">\
<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>\
</Relationships>"""

_PARTS: Final = f"""{_XML}<Relationships xmlns="{_PACKAGE}/relationships">\
<Relationship Id="rId1" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>"""

_FONTS: Final = (
    '<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="宋体"'
    ' w:cs="Times New Roman"/>'
)


def _style(name: str, called: str, paragraph: str, run: str) -> str:
    return (
        f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{called}"/>'
        f'<w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr>'
        "</w:style>"
    )


_BORDERS: Final = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)
_STYLES: Final = (
    f'{_XML}<w:styles xmlns:w="{_W}"><w:docDefaults><w:rPrDefault><w:rPr>{_FONTS}'
    '<w:sz w:val="22"/><w:szCs w:val="22"/><w:lang w:val="en-GB" w:eastAsia="zh-CN"/></w:rPr>'
    '</w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after="40"/></w:pPr></w:pPrDefault>'
    '</w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal">'
    '<w:name w:val="Normal"/><w:qFormat/></w:style>'
    + _style(
        "Head", "Head", '<w:jc w:val="center"/>', '<w:color w:val="BB0000"/><w:sz w:val="26"/>'
    )
    + _style("Title", "Title", '<w:jc w:val="center"/>', '<w:b/><w:sz w:val="40"/>')
    + _style("Number", "Number", '<w:spacing w:after="200"/><w:jc w:val="center"/>', "")
    + _style(
        "Heading1",
        "heading 1",
        '<w:keepNext/><w:spacing w:before="240" w:after="80"/><w:outlineLvl w:val="0"/>',
        '<w:b/><w:sz w:val="24"/>',
    )
    + _style("Foot", "Foot", '<w:spacing w:before="240"/>', '<w:sz w:val="18"/>')
    + '<w:style w:type="table" w:styleId="Lines"><w:name w:val="Lines"/><w:tblPr>'
    f"<w:tblBorders>{_BORDERS}</w:tblBorders></w:tblPr></w:style></w:styles>"
)


def docx_of(paper: Paper) -> bytes:
    """Return the document; the same paper gives the same bytes."""
    body = "".join(
        (
            _paragraph(paper.head, "Head"),
            _paragraph(paper.title, "Title"),
            _paragraph(paper.number, "Number"),
            *map(_block, paper.blocks),
            _paragraph(paper.foot, "Foot"),
        )
    )
    section = (
        f'<w:sectPr><w:pgSz w:w="{_PAGE_W}" w:h="{_PAGE_H}"/><w:pgMar w:top="{_MARGIN}"'
        f' w:right="{_MARGIN}" w:bottom="{_MARGIN}" w:left="{_MARGIN}" w:header="567"'
        ' w:footer="567" w:gutter="0"/></w:sectPr>'
    )
    document = f'{_XML}<w:document xmlns:w="{_W}"><w:body>{body}{section}</w:body></w:document>'
    return _zipped(
        {
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": _ROOT,
            "word/document.xml": document,
            "word/_rels/document.xml.rels": _PARTS,
            "word/styles.xml": _STYLES,
        }
    )


def _zipped(parts: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in parts.items():
            info = zipfile.ZipInfo(name, _BEGINNING)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, text.encode(), compresslevel=6)
    return content.getvalue()


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return _paragraph(block.text, "Heading1")
    if isinstance(block, Paragraph):
        return _paragraph(block.text)
    if isinstance(block, Grid):
        return _grid(block)
    if isinstance(block, Pairs):
        return _pairs(block)
    return _blanks(block)


def _grid(grid: Grid) -> str:
    widths = [_INNER * share // 100 for share in grid.widths]
    head = "".join(
        _cell(text, width, is_label=True) for text, width in zip(grid.head, widths, strict=True)
    )
    rows = "".join(
        _row("".join(_cell(text, width) for text, width in zip(row, widths, strict=True)))
        for row in grid.rows
    )
    return _table(widths, _row(head, is_head=True) + rows)


def _pairs(pairs: Pairs) -> str:
    label, value = _INNER * _LABEL // 100, _INNER * (50 - _LABEL) // 100
    rows = "".join(
        _row(
            "".join(
                _cell(name, label, is_label=True)
                + _cell(text, value if len(row) == 2 else 2 * value + label, span=5 - 2 * len(row))
                for name, text in row
            )
        )
        for row in paired(pairs.rows)
    )
    return _table([label, value, label, value], rows)


def _blanks(blanks: Blanks) -> str:
    label = _INNER * _LABEL // 100
    rows = "".join(
        _row(_cell(one, label, is_label=True) + _cell("", _INNER - label), height=900)
        for one in blanks.labels
    )
    return _table([label, _INNER - label], rows)


def _table(widths: list[int], rows: str) -> str:
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="Lines"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        '<w:tblLayout w:type="fixed"/></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{rows}</w:tbl>"
    )


def _row(cells: str, *, is_head: bool = False, height: int = 0) -> str:
    about = "<w:cantSplit/>"
    about += f'<w:trHeight w:val="{height}"/>' if height else ""
    about += "<w:tblHeader/>" if is_head else ""
    return f"<w:tr><w:trPr>{about}</w:trPr>{cells}</w:tr>"


def _cell(text: str, width: int, *, is_label: bool = False, span: int = 1) -> str:
    about = f'<w:tcW w:w="{width}" w:type="dxa"/>'
    about += f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    about += '<w:shd w:val="clear" w:color="auto" w:fill="F2F2F2"/>' if is_label else ""
    return f"<w:tc><w:tcPr>{about}</w:tcPr>{_paragraph(text, is_bold=is_label)}</w:tc>"


def _paragraph(text: str, style: str = "", *, is_bold: bool = False) -> str:
    about = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    bold = "<w:rPr><w:b/></w:rPr>" if is_bold else ""
    lines = _UNFIT.sub("", text).split("\n")
    runs = f"<w:r>{bold}" + "<w:br/>".join(
        f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in lines
    )
    return f"<w:p>{about}{runs}</w:r></w:p>"
