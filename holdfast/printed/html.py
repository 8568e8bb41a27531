"""A document as one HTML file that needs no other: style and pictures inside, no script, light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files

from holdfast.printed.blocks import (
    Block,
    Bullets,
    Cell,
    Document,
    Note,
    Notice,
    Paragraph,
    Picture,
    Pictures,
    Section,
    Table,
    Terms,
    mark_of,
    tone_of,
    words_of,
)
from holdfast.printed.drawing import Area, Dot, Drawing, Line, Shape, Words
from holdfast.printed.inks import DARK, LIGHT

_FIRST_RANK = 2  # of the headings below the title
_LAST_RANK = 6
_SOFT = ' class="soft"'
_UP = '<p class="up"><a href="#contents">Contents</a></p>\n'  # stays in sight on a long page


def html(document: Document) -> str:
    """The whole file as text."""
    body = "".join(_block(block, _FIRST_RANK) for block in document.blocks)
    return (
        f'<!doctype html>\n<html lang="{escape(document.language)}">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(document.title)}</title>\n<style>\n{_style()}</style></head>\n<body>\n"
        '<a class="skip" href="#start">To the text</a>\n'
        f'<header><h1>{escape(document.title)}</h1><p class="subtitle">{escape(document.subtitle)}</p></header>\n'
        f'{_contents(document)}<main id="start">\n{body}{_UP if document.contents else ""}</main>\n'
        f"<footer><p>{escape(document.foot)}</p></footer>\n</body>\n</html>\n"
    )


@cache
def _style() -> str:
    sheet = files("holdfast.printed").joinpath("page.css").read_text(encoding="utf-8")
    dark = f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {_named(DARK)} }} }}"
    return f":root {{ {_named(LIGHT)} }}\n{dark}\n{sheet}"


def _named(inks: Mapping[str, str]) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in inks.items())


def _contents(document: Document) -> str:
    if len(document.sections) < 2:
        return ""
    entries = "".join(_entry(section) for section in document.sections)
    return f'<nav id="contents" aria-label="Contents"><ul class="plain">{entries}</ul></nav>\n'


def _entry(section: Section) -> str:
    own = _link(section)
    if not section.parts:
        return f"<li>{own}</li>"
    inside = "".join(f"<li>{_link(part)}</li>" for part in section.parts)
    return f"<li>{own}<details><summary>{len(section.parts)} parts</summary><ol>{inside}</ol></details></li>"


def _link(section: Section) -> str:
    return f'<a href="#{escape(section.key)}">{escape(section.title)}</a>'


def _block(block: Block, rank: int) -> str:
    match block:
        case Paragraph(text, soft):
            return f"<p{_SOFT if soft else ''}>{escape(text)}</p>\n"
        case Bullets(items):
            return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>\n"
        case Terms(pairs):
            return f"<dl>{''.join(f'<dt>{escape(a)}</dt><dd>{escape(b)}</dd>' for a, b in pairs)}</dl>\n"
        case Notice(title, text, tone):
            return f'<div class="notice {tone}"><p class="title">{escape(title)}</p><p>{escape(text)}</p></div>\n'
        case Table():
            return _table(block)
        case Picture():
            return _picture(block)
        case Pictures(pictures):
            return f'<div class="pictures">{"".join(map(_picture, pictures))}</div>\n'
        case Section():
            return _section(block, rank)


def _section(section: Section, rank: int) -> str:
    inside = "".join(_block(block, rank + 1) for block in section.blocks)
    heading = f"h{min(rank, _LAST_RANK)}"
    return (
        f'<section aria-labelledby="{escape(section.key)}"><{heading} id="{escape(section.key)}">'
        f"{escape(section.title)}</{heading}>\n{inside}</section>\n"
    )


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col"{_set(i, table)}>{_words(name)}</th>' for i, name in enumerate(table.header))
    label = f"<b>{escape(table.label)}.</b> " if table.label else ""
    title = escape(table.title)
    told = (
        f'<div class="wide" tabindex="0" role="region" aria-label="{title}"><table>'
        f"<caption><span>{label}{escape(table.caption)}</span></caption><thead><tr>{head}</tr></thead>\n"
        f"{_bodies(table)}</table></div>\n{_notes(table.notes)}"
    )
    if not table.folded:
        return told
    return f'<details class="numbers"><summary>The numbers: {title}</summary>\n{told}</details>\n'


def _bodies(table: Table) -> str:
    """One body a sub-heading, which names the rows below it."""
    across = len(table.header)
    return "".join(
        "<tbody>"
        + (f'<tr><th scope="rowgroup" colspan="{across}">{escape(heading)}</th></tr>\n' if heading else "")
        + "".join(f"<tr>{_cells(row, table)}</tr>\n" for row in rows)
        + "</tbody>"
        for heading, rows in table.parts
    )


def _notes(notes: Sequence[Note]) -> str:
    """One run of text, each note after its mark."""
    told = " ".join(f"{f'<sup>{escape(one.mark)}</sup>' if one.mark else ''}{escape(one.text)}" for one in notes)
    return f'<p class="soft below">{told}</p>\n' if told else ""


def _cells(row: Iterable[str | Cell], table: Table) -> str:
    return "".join(
        f'<th scope="row"{_set(i, table)}>{_words(cell)}</th>' if i == 0 else f"<td{_set(i, table)}>{_words(cell)}</td>"
        for i, cell in enumerate(row)
    )


def _set(column: int, table: Table) -> str:
    return ' class="n"' if column in table.numbers else ""


def _words(cell: str | Cell) -> str:
    tone = tone_of(cell)
    words = escape(words_of(cell))
    if mark := mark_of(cell):
        words += f"<sup>{escape(mark)}</sup>"
    return words if tone == "plain" else f'<span class="{tone}-word">{words}</span>'


def _picture(picture: Picture) -> str:
    label = f"<b>{escape(picture.label)}.</b> " if picture.label else ""
    drawn = svg(picture.drawing, picture.alternative)
    return f"<figure>{drawn}<figcaption>{label}{escape(picture.caption)}</figcaption></figure>\n"


def svg(drawing: Drawing, alternative: str) -> str:
    """The drawing as an SVG element whose colours are those of the page."""
    shapes = "".join(map(_shape, drawing.shapes))
    return (
        f'<svg viewBox="0 0 {drawing.width:g} {drawing.height:g}" role="img" aria-label="{escape(alternative)}" '
        f'xmlns="http://www.w3.org/2000/svg">{shapes}</svg>'
    )


def _shape(shape: Shape) -> str:
    ink = f"var(--{shape.ink})"
    match shape:
        case Line(places, _, width, dashed):
            dash = ' stroke-dasharray="4 3"' if dashed else ""
            return f'<polyline points="{_points(places)}" fill="none" stroke="{ink}" stroke-width="{width:g}"{dash}/>'
        case Area(places, _, opacity):
            return f'<polygon points="{_points(places)}" fill="{ink}" fill-opacity="{opacity:g}"/>'
        case Dot(x, y, radius, _, filled):
            fill = ink if filled else "var(--paper)"
            return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{fill}" stroke="{ink}" stroke-width="1.4"/>'
        case Words(x, y, text, _, size, anchor):
            return (
                f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{ink}" text-anchor="{anchor}">'
                f"{escape(text)}</text>"
            )


def _points(places: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
