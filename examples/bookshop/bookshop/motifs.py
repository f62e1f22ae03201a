"""The pictures on the covers. Each function fills a box with shapes in a palette's colours; the dice vary them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from .dice import Dice


class Palette(NamedTuple):
    """The colours of a cover: its ground, the ink of its words, and three for the motif."""

    ground: str
    ink: str
    first: str
    second: str
    third: str


class Box(NamedTuple):
    """Where a motif goes, in units of the drawing."""

    x: float
    y: float
    width: float
    height: float


def hills(dice: Dice, box: Box, colours: Palette) -> str:
    """Rows of hills under a sun."""
    shapes = [_rect(box, colours.third)]
    radius = dice.number(34, 58)
    shapes.append(
        _circle(
            box.x + box.width * dice.number(0.25, 0.75),
            box.y + box.height * dice.number(0.3, 0.42),
            radius,
            colours.first,
        )
    )
    tones = [colours.second, colours.ink, colours.second, colours.ground]
    for row, tone in enumerate(tones):
        top = box.y + box.height * (0.46 + 0.15 * row)
        opacity = (0.55, 0.35, 1, 1)[row]
        shapes.append(f'<path d="{_ridge(dice, box, top, 26)}" fill="{tone}" fill-opacity="{opacity}"/>')
    return "".join(shapes)


def waves(dice: Dice, box: Box, colours: Palette) -> str:
    """Rows of scallops, like roof tiles or a quiet sea."""
    radius = dice.pick((25, 30, 37.5))
    tones = dice.shuffled([colours.first, colours.second, colours.third])
    shapes = [_rect(box, tones[0])]
    rows = int(box.height / (radius * 0.62)) + 3
    for row in range(rows):
        y = box.y + row * radius * 0.62
        start = box.x - (radius if row % 2 else 0)
        for column in range(int(box.width / (2 * radius)) + 3):
            x = start + column * 2 * radius
            for ring, factor in enumerate((1, 0.72, 0.44)):
                tone = tones[(row + ring) % 3]
                shapes.append(_circle(x, y, radius * factor, tone))
    return "".join(shapes)


def arcs(dice: Dice, box: Box, colours: Palette) -> str:
    """Rainbows standing on a corner or the lower edge."""
    tones = [colours.first, colours.second, colours.third, colours.ink]
    x = box.x + box.width * dice.pick((0, 0.5, 1))
    y = box.y + box.height
    radius = math.hypot(box.width, box.height) * 0.8
    step = dice.number(26, 40)
    shapes = []
    turn = dice.whole(0, 3)
    while radius > step * 0.6:
        shapes.append(_circle(x, y, radius, tones[turn % 4]))
        radius -= step
        turn += 1
    return "".join(shapes)


def stripes(dice: Dice, box: Box, colours: Palette) -> str:
    """Slanted bands of uneven width."""
    tones = dice.shuffled([colours.first, colours.second, colours.third, colours.ground, colours.ink])
    slant = dice.pick((-120, 120, 60))
    shapes = [_rect(box, tones[0])]
    x = box.x - 160
    turn = 1
    while x < box.x + box.width + 160:
        wide = dice.number(12, 46)
        low = box.y + box.height
        points = f"{x:.0f},{box.y} {x + wide:.0f},{box.y} {x + wide + slant:.0f},{low} {x + slant:.0f},{low}"
        shapes.append(f'<polygon points="{points}" fill="{tones[turn % 5]}"/>')
        x += wide
        turn += 1
    return "".join(shapes)


def leaves(dice: Dice, box: Box, colours: Palette) -> str:
    """Stems with pairs of leaves."""
    tones = [colours.first, colours.second, colours.third]
    shapes = []
    stems = dice.whole(3, 4)
    for stem in range(stems):
        x = box.x + box.width * (stem + 0.5) / stems
        top = box.y + dice.number(8, 50)
        low = box.y + box.height + 20
        tone = tones[(stem + dice.whole(0, 1)) % 3]
        shapes.append(f'<path d="M{x:.0f} {low}V{top + 14:.0f}" stroke="{tone}" stroke-width="3"/>')
        y = top + 26
        length = box.width / stems * 0.52
        shapes.append(_leaf(x, top + 20, -90, length * 0.9, tone))
        while y < low:
            shapes.append(_leaf(x, y + 16, -38, length, tone))
            shapes.append(_leaf(x, y + 16, -142, length, tone))
            y += dice.number(28, 36)
    return "".join(shapes)


def fruit(dice: Dice, box: Box, colours: Palette) -> str:
    """Rows of round fruit with a leaf, some of them cut open."""
    columns = dice.pick((3, 4))
    cell = box.width / columns
    flesh, green = colours.first, colours.second
    shapes = [_rect(box, colours.third)]
    for row in range(int(box.height / cell) + 1):
        for column in range(columns + 1):
            x = box.x + cell * (column + (0 if row % 2 else 0.5))
            y = box.y + cell * (row + 0.55)
            radius = cell * 0.33
            shapes.append(_leaf(x, y - radius * 0.9, dice.pick((-40, -140)), radius * 1.2, green))
            shapes.append(_circle(x, y, radius, flesh))
            if dice.chance(0.4):
                shapes.append(_circle(x, y, radius * 0.78, colours.ground))
                shapes.extend(_leaf(x, y, turn, radius * 0.68, flesh) for turn in range(0, 360, 60))
    return "".join(shapes)


def city(dice: Dice, box: Box, colours: Palette) -> str:
    """House fronts at night, some windows lit."""
    low = box.y + box.height
    shapes = [_rect(box, colours.second)]
    shapes.append(
        _circle(
            box.x + box.width * dice.number(0.2, 0.8), box.y + box.height * 0.25, dice.number(24, 40), colours.third
        )
    )
    x = box.x - 6
    while x < box.x + box.width:
        wide, tall = dice.whole(3, 5) * 14, dice.whole(5, 10) * 18 * box.height / 276
        shapes.append(
            f'<rect x="{x}" y="{low - tall:.0f}" width="{wide}" height="{tall:.0f}" fill="{colours.ground}"/>'
        )
        shapes.extend(_lit_windows(dice, Box(x, low - tall, wide, tall), colours))
        x += wide + dice.pick((0, 3))
    return "".join(shapes)


def moon(dice: Dice, box: Box, colours: Palette) -> str:
    """A large moon, its mirror in the water below."""
    middle = box.x + box.width / 2
    line = box.y + box.height * 0.62
    radius = min(box.width, box.height) * dice.number(0.22, 0.3)
    shapes = [_rect(box, colours.second), _circle(middle, line - radius * 0.55, radius, colours.first)]
    if dice.chance(0.5):
        shapes.append(_circle(middle + radius * 0.42, line - radius * 0.75, radius * 0.92, colours.second))
    water = Box(box.x, line, box.width, box.height)
    shapes.append(_rect(water, colours.ground))
    y, wide = line + 9, radius * 1.9
    while y < box.y + box.height and wide > 10:
        x = middle - wide / 2 + dice.number(-10, 10)
        shapes.append(f'<rect x="{x:.0f}" y="{y:.0f}" width="{wide:.0f}" height="4" rx="2" fill="{colours.first}"/>')
        y += 11
        wide *= dice.number(0.76, 0.96)
    return "".join(shapes)


def stars(dice: Dice, box: Box, colours: Palette) -> str:
    """Stars, some of them joined into a figure."""
    shapes = [_rect(box, colours.ground)]
    for _ in range(70):
        x, y = box.x + dice.number(0, box.width), box.y + dice.number(0, box.height)
        shapes.append(_circle(x, y, dice.number(0.6, 1.8), colours.ink, 0.8))
    points = [
        (box.x + box.width * (0.1 + 0.8 * step / 6), box.y + box.height * dice.number(0.14, 0.86)) for step in range(7)
    ]
    path = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
    shapes.append(f'<polyline points="{path}" fill="none" stroke="{colours.third}" stroke-width="1.5"/>')
    for place, (x, y) in enumerate(points):
        tone = (colours.first, colours.second, colours.third)[place % 3]
        shapes.append(_circle(x, y, dice.number(6, 14), tone, 0.35))
        shapes.append(_circle(x, y, dice.number(3.5, 6), tone))
    return "".join(shapes)


def planets(dice: Dice, box: Box, colours: Palette) -> str:
    """A large planet with a ring, small ones around it."""
    shapes = [_rect(box, colours.ground)]
    for _ in range(40):
        shapes.append(
            _circle(box.x + dice.number(0, box.width), box.y + dice.number(0, box.height), 1, colours.ink, 0.7)
        )
    x, y = box.x + box.width * dice.number(0.35, 0.65), box.y + box.height * dice.number(0.45, 0.6)
    radius = min(box.width, box.height) * 0.29
    tilt = dice.whole(-28, 28)
    ring = f'rx="{radius * 1.65:.0f}" ry="{radius * 0.42:.0f}" fill="none" stroke="{colours.third}" stroke-width="7"'
    turned = f'transform="rotate({tilt} {x:.0f} {y:.0f})"'
    shapes.append(f'<ellipse cx="{x:.0f}" cy="{y:.0f}" {ring} {turned}/>')
    shapes.append(_circle(x, y, radius, colours.first))
    shapes.append(
        f'<g {turned}><path d="M{x - radius:.0f} {y:.0f}A{radius:.0f} {radius:.0f} 0 0 1 {x + radius:.0f} {y:.0f}z" fill="{colours.second}"/>'
        f'<path d="M{x - radius * 1.65:.0f} {y:.0f}A{radius * 1.65:.0f} {radius * 0.42:.0f} 0 0 0 {x + radius * 1.65:.0f} {y:.0f}" '
        f'fill="none" stroke="{colours.third}" stroke-width="7"/></g>'
    )
    for _ in range(3):
        small = dice.number(6, 15)
        tone = dice.pick((colours.second, colours.third, colours.first))
        shapes.append(
            _circle(
                box.x + box.width * dice.number(0.06, 0.94),
                box.y + box.height * dice.pick((0.1, 0.18, 0.88)),
                small,
                tone,
            )
        )
    return "".join(shapes)


def orbits(dice: Dice, box: Box, colours: Palette) -> str:
    """Thin circles around a centre, each with its traveller."""
    x, y = box.x + box.width / 2, box.y + box.height / 2
    shapes = [_circle(x, y, dice.number(16, 26), colours.first)]
    radius = 42.0
    while radius < max(box.width, box.height) * 0.75:
        shapes.append(
            f'<circle cx="{x}" cy="{y}" r="{radius:.0f}" fill="none" stroke="{colours.ink}" stroke-opacity=".45" stroke-width="1.2"/>'
        )
        angle = dice.number(0, 2 * math.pi)
        tone = dice.pick((colours.first, colours.second, colours.third))
        shapes.append(_circle(x + radius * math.cos(angle), y + radius * math.sin(angle), dice.number(5, 12), tone))
        radius += dice.number(16, 26)
    return "".join(shapes)


def contours(dice: Dice, box: Box, colours: Palette) -> str:
    """The lines of a map around two summits."""
    shapes = [_rect(box, colours.second)]
    for centre in (0.32, 0.74):
        x, y = box.x + box.width * centre, box.y + box.height * dice.number(0.3, 0.7)
        lobes = [(dice.number(0.06, 0.16), dice.whole(2, 4), dice.number(0, 6.3)) for _ in range(2)]
        for ring in range(9, 0, -1):
            points = []
            for step in range(48):
                angle = step * math.pi / 24
                wobble = 1 + sum(size * math.sin(count * angle + shift) for size, count, shift in lobes)
                points.append(
                    f"{x + ring * 15 * wobble * math.cos(angle):.0f},{y + ring * 15 * wobble * math.sin(angle):.0f}"
                )
            fill = colours.first if ring < 3 else colours.second
            shapes.append(
                f'<polygon points="{" ".join(points)}" fill="{fill}" stroke="{colours.ink}" stroke-opacity=".8" stroke-width="1.4"/>'
            )
    return "".join(shapes)


def windows(dice: Dice, box: Box, colours: Palette) -> str:
    """A house front: rows of windows, curtains drawn or lamps lit."""
    columns = dice.pick((3, 4))
    cell = box.width / columns
    tones = [colours.first, colours.second, colours.third]
    shapes = [_rect(box, dice.pick(tones))]
    tall = cell * 1.25
    for row in range(int(box.height / tall) + 1):
        for column in range(columns):
            x, y = box.x + cell * (column + 0.22), box.y + tall * (row + 0.18)
            wide, high = cell * 0.56, tall * 0.68
            shapes.append(
                f'<rect x="{x:.0f}" y="{y:.0f}" width="{wide:.0f}" height="{high:.0f}" fill="{colours.ground}"/>'
            )
            pane = dice.pick((*tones, colours.ink))
            shapes.append(
                f'<rect x="{x + 4:.0f}" y="{y + 4:.0f}" width="{wide - 8:.0f}" height="{high - 8:.0f}" fill="{pane}"/>'
                f'<path d="M{x + wide / 2:.1f} {y:.0f}v{high:.0f}M{x:.0f} {y + high * 0.45:.1f}h{wide:.0f}" '
                f'stroke="{colours.ground}" stroke-width="3"/>'
            )
    return "".join(shapes)


def arches(dice: Dice, box: Box, colours: Palette) -> str:
    """An arcade in two or three storeys."""
    columns = dice.pick((3, 4, 5))
    cell = box.width / columns
    tones = dice.shuffled([colours.first, colours.second, colours.third])
    shapes = [_rect(box, tones[0])]
    tall = cell * 1.5
    for row in range(int(box.height / tall) + 1):
        for column in range(columns):
            for ring, factor in enumerate((0.42, 0.3)):
                wide = cell * factor
                x, low = box.x + cell * (column + 0.5), box.y + tall * (row + 1) - 8
                tone = tones[1] if ring == 0 else (colours.ground if (row + column) % 2 else tones[2])
                rise = low - tall * 0.86 + cell * 0.42
                shapes.append(
                    f'<path d="M{x - wide:.1f} {low:.0f}V{rise:.0f}a{wide:.1f} {wide:.1f} 0 0 1 {2 * wide:.1f} 0V{low:.0f}z" fill="{tone}"/>'
                )
    return "".join(shapes)


def tiles(dice: Dice, box: Box, colours: Palette) -> str:
    """Patterned floor tiles, four quarter circles and a star in each."""
    columns = dice.pick((3, 4, 5))
    cell = box.width / columns
    tones = dice.shuffled([colours.first, colours.second, colours.third])
    shapes = [_rect(box, colours.ink)]
    for row in range(int(box.height / cell) + 1):
        for column in range(columns):
            x, y = box.x + column * cell, box.y + row * cell
            middle_x, middle_y, arm = x + cell / 2, y + cell / 2, cell * 0.44
            ground = tones[(row + column) % 2]
            shapes.append(
                f'<rect x="{x + 1:.1f}" y="{y + 1:.1f}" width="{cell - 2:.1f}" height="{cell - 2:.1f}" fill="{ground}"/>'
            )
            star = (
                f"M{middle_x:.1f} {middle_y - arm:.1f}Q{middle_x:.1f} {middle_y:.1f} {middle_x + arm:.1f} {middle_y:.1f}"
                f"Q{middle_x:.1f} {middle_y:.1f} {middle_x:.1f} {middle_y + arm:.1f}"
                f"Q{middle_x:.1f} {middle_y:.1f} {middle_x - arm:.1f} {middle_y:.1f}"
                f"Q{middle_x:.1f} {middle_y:.1f} {middle_x:.1f} {middle_y - arm:.1f}z"
            )
            shapes.append(f'<path d="{star}" fill="{tones[2]}"/>')
            shapes.append(_circle(middle_x, middle_y, cell * 0.11, colours.ink))
    return "".join(shapes)


def blocks(dice: Dice, box: Box, colours: Palette) -> str:
    """Squares filled with quarter circles, half circles and discs."""
    columns = dice.pick((3, 4))
    cell = box.width / columns
    tones = [colours.first, colours.second, colours.third, colours.ink, colours.ground]
    shapes = []
    for row in range(int(box.height / cell) + 1):
        for column in range(columns):
            x, y = box.x + column * cell, box.y + row * cell
            back, front = dice.shuffled(tones)[:2]
            shapes.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{cell + 0.5:.1f}" height="{cell + 0.5:.1f}" fill="{back}"/>'
            )
            turn = f'transform="rotate({dice.pick((0, 90, 180, 270))} {x + cell / 2:.1f} {y + cell / 2:.1f})"'
            kind = dice.whole(0, 3)
            if kind == 0:
                shapes.append(
                    f'<path d="M{x:.1f} {y:.1f}h{cell:.1f}a{cell:.1f} {cell:.1f} 0 0 1 {-cell:.1f} {cell:.1f}z" fill="{front}" {turn}/>'
                )
            elif kind == 1:
                half = cell / 2
                shapes.append(
                    f'<path d="M{x:.1f} {y:.1f}a{half:.1f} {half:.1f} 0 0 0 {cell:.1f} 0z" fill="{front}" {turn}/>'
                )
            elif kind == 2:
                shapes.append(_circle(x + cell / 2, y + cell / 2, cell * 0.36, front))
            else:
                shapes.append(f'<path d="M{x:.1f} {y:.1f}h{cell:.1f}l{-cell:.1f} {cell:.1f}z" fill="{front}" {turn}/>')
    return "".join(shapes)


def labyrinth(dice: Dice, box: Box, colours: Palette) -> str:
    """Broken rings around a small centre."""
    x, y = box.x + box.width / 2, box.y + box.height / 2
    shapes = [_rect(box, colours.second), _circle(x, y, 10, colours.first)]
    radius = 26.0
    while radius < max(box.width, box.height) * 0.72:
        gap = dice.number(18, 34)
        length = 2 * math.pi * radius - gap
        tone = colours.first if dice.chance(0.25) else colours.ink
        shapes.append(
            f'<circle cx="{x}" cy="{y}" r="{radius:.0f}" fill="none" stroke="{tone}" stroke-width="6" '
            f'stroke-dasharray="{length:.0f} {gap:.0f}" transform="rotate({dice.whole(0, 359)} {x} {y})"/>'
        )
        radius += 15
    return "".join(shapes)


def pixels(dice: Dice, box: Box, colours: Palette) -> str:
    """A symmetrical creature of squares, like those on early screens."""
    cell = 20.0
    tones = [colours.first, colours.second, colours.third]
    shapes = [_rect(box, colours.ground)]
    rows = int(box.height / cell) + 1
    for row in range(rows):
        for column in range(8):
            distance = abs(row - rows / 2) / rows + column / 16
            if not dice.chance(0.92 - distance):
                continue
            tone = tones[min(2, int(distance * 3 + dice.number(0, 0.8)))]
            for side in (column, -column - 1):
                x = box.x + box.width / 2 + side * cell
                shapes.append(
                    f'<rect x="{x:.0f}" y="{box.y + row * cell:.0f}" width="18.5" height="18.5" fill="{tone}"/>'
                )
    return "".join(shapes)


MOTIFS: dict[str, Callable[[Dice, Box, Palette], str]] = {
    motif.__name__: motif
    for motif in (
        arches, arcs, blocks, city, contours, fruit, hills, labyrinth, leaves,
        moon, orbits, pixels, planets, stars, stripes, tiles, waves, windows,
    )
}  # fmt: skip


def _lit_windows(dice: Dice, house: Box, colours: Palette) -> list[str]:
    shapes = []
    for place in range((int(house.height / 18) - 1) * int(house.width // 14)):
        if not dice.chance(0.42):
            continue
        row, column = divmod(place, int(house.width // 14))
        tone = colours.first if dice.chance(0.8) else colours.ink
        x, y = house.x + 4 + column * 14, house.y + 10 + row * 18
        shapes.append(f'<rect x="{x:.0f}" y="{y:.0f}" width="6" height="9" fill="{tone}"/>')
    return shapes


def _rect(box: Box, fill: str) -> str:
    return f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" fill="{fill}"/>'


def _circle(x: float, y: float, radius: float, fill: str, opacity: float = 1) -> str:
    seen = "" if opacity == 1 else f' fill-opacity="{opacity}"'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{fill}"{seen}/>'


def _leaf(x: float, y: float, angle: float, length: float, fill: str) -> str:
    wide = length * 0.3
    return (
        f'<path d="M0 0Q{length / 2:.1f} {-wide:.1f} {length:.1f} 0Q{length / 2:.1f} {wide:.1f} 0 0z" fill="{fill}" '
        f'transform="translate({x:.1f} {y:.1f}) rotate({angle:.0f})"/>'
    )


def _ridge(dice: Dice, box: Box, top: float, swing: float) -> str:
    low, step = box.y + box.height, box.width / 4
    path = f"M{box.x} {low}V{top + dice.number(-swing, swing):.0f}"
    for place in range(4):
        x = box.x + step * (place + 1)
        path += f"Q{x - step / 2:.0f} {top + dice.number(-swing, swing):.0f} {x:.0f} {top + dice.number(-swing / 2, swing / 2):.0f}"
    return path + f"V{low}z"
