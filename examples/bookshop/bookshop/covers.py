"""Book covers drawn as SVG from a book's own data: the same book always wears the same cover.

The number seeds the dice, the subject offers palettes and motifs, and the title is fitted into what the layout leaves
free. What the motifs look like is in `motifs`.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup, escape

from .dice import Dice
from .motifs import MOTIFS, Box, Palette

WIDTH = 300
HEIGHT = 450
MARGIN = 26
SERIF = "'Iowan Old Style','Palatino Linotype',Palatino,'Liberation Serif',Georgia,serif"
SANS = "'Avenir Next','Gill Sans','Segoe UI','Liberation Sans',Helvetica,Arial,sans-serif"

# ground, ink on the ground, and three colours for the motif
PALETTES = {
    "sea": Palette("#12355b", "#f6efe0", "#e9c46a", "#2a9d8f", "#7fb7be"),
    "brick": Palette("#b23a2e", "#fbf1e3", "#f4c095", "#5b1a18", "#e8e0cf"),
    "moss": Palette("#2f4a36", "#f3eedd", "#c9d5a5", "#e0a458", "#7d9d74"),
    "cream": Palette("#f3e9d6", "#26303a", "#d1603d", "#2f6f73", "#e3b23c"),
    "night": Palette("#171c33", "#f2ecdc", "#f2c14e", "#5b6ee1", "#c96480"),
    "plum": Palette("#4a2545", "#f8ecdf", "#e7a977", "#c3566b", "#8d6a9f"),
    "sand": Palette("#e4cfa8", "#3b2a20", "#b5532f", "#3f6c6b", "#f5ecd7"),
    "rose": Palette("#e8b4a8", "#3a1f2b", "#a63d40", "#f7e7dc", "#5d737e"),
    "slate": Palette("#38464f", "#f2efe6", "#e07a5f", "#a8c0b8", "#f2cc8f"),
    "lemon": Palette("#f2c230", "#1f2a33", "#1f2a33", "#e4572e", "#fdf6dd"),
    "teal": Palette("#0f5c5c", "#f5efdf", "#f2a65a", "#8fc1b5", "#e9d8a6"),
    "ink": Palette("#1d1d1f", "#f4efe4", "#d9482b", "#8a8f98", "#e5c07b"),
    "sky": Palette("#bcd7de", "#1c3144", "#f26b4e", "#1c6e8c", "#fdf4e3"),
    "olive": Palette("#6b6b2f", "#f8f2dd", "#e8d27a", "#2e3a1f", "#d98e4a"),
    "paper": Palette("#faf6ec", "#222831", "#1f3a5f", "#b7410e", "#93a8ac"),
    "violet": Palette("#2d2a5a", "#f1ebf7", "#ff9b71", "#8f7ee7", "#53d8c0"),
    "rust": Palette("#7c3a1d", "#f9efdf", "#e9b872", "#d96f32", "#3d1d10"),
    "mint": Palette("#cfe3d4", "#1f3b34", "#e4694f", "#3f8f76", "#f9f3df"),
}

STYLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "fiction": (
        ("cream", "sea", "rose", "teal", "brick", "sky"),
        ("windows", "hills", "arcs", "leaves", "waves", "stripes"),
    ),
    "crime": (("ink", "night", "brick", "slate", "lemon"), ("city", "moon", "windows", "stripes", "labyrinth")),
    "science-fiction": (("violet", "night", "teal", "plum", "slate"), ("planets", "stars", "contours", "arcs", "city")),
    "history": (("sand", "rust", "olive", "paper", "brick"), ("arches", "tiles", "stripes", "labyrinth", "hills")),
    "nature": (("moss", "mint", "sky", "olive", "cream"), ("leaves", "hills", "waves", "contours", "fruit")),
    "science": (("paper", "sea", "night", "lemon", "teal"), ("orbits", "stars", "contours", "tiles", "arcs")),
    "cookery": (("cream", "mint", "lemon", "brick", "rose"), ("fruit", "tiles", "waves", "leaves")),
    "art": (("paper", "lemon", "rose", "ink", "cream"), ("blocks", "arcs", "stripes", "windows", "tiles")),
    "travel": (("sky", "sand", "teal", "sea", "rust"), ("hills", "waves", "contours", "arches", "moon")),
    "poetry": (("rose", "plum", "mint", "night", "paper"), ("moon", "leaves", "waves", "orbits", "arcs")),
    "philosophy": (("paper", "slate", "sand", "ink", "olive"), ("labyrinth", "orbits", "blocks", "arcs", "windows")),
    "computing": (("violet", "ink", "mint", "lemon", "sea"), ("pixels", "blocks", "labyrinth", "city", "orbits")),
}
CENTRED = frozenset({"planets", "moon", "orbits", "hills"})
LAYOUTS = ("foot", "foot", "head", "plate", "head")


@dataclass(frozen=True)
class Design:
    """All that a cover depends on."""

    seed: str
    title: str
    author: str
    palette: Palette
    motif: str
    layout: str

    @classmethod
    def of(cls, seed: str, title: str, author: str, subject: str) -> Design:
        """Choose palette, motif and layout for a book; an unknown subject dresses like fiction."""
        dice = Dice(seed)
        palettes, motifs = STYLES.get(subject, STYLES["fiction"])
        palette, motif, layout = PALETTES[dice.pick(palettes)], dice.pick(motifs), dice.pick(LAYOUTS)
        # NOTE: a plate in the middle would hide motifs that have only one centre.
        layout = "foot" if layout == "plate" and motif in CENTRED else layout
        return cls(seed, title, author, palette, motif, layout)


def draw(design: Design, *, is_inline: bool = False) -> Markup:
    """Draw a cover.

    Args:
        design: What to draw.
        is_inline: Leave out what only a file of its own needs, for use inside a page, where the drawing is decoration.

    Returns:
        An SVG document of 300 by 450 units. Title and author are escaped.
    """
    name = escape(f"{design.title}, {design.author}")
    head = 'aria-hidden="true"' if is_inline else f'role="img" aria-label="{name}"'
    body = _LAYOUT[design.layout](design, Dice(design.seed + "/drawing"))
    return Markup(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" {head}>'
        '<defs><linearGradient id="spine"><stop offset="0" stop-color="#000" stop-opacity=".2"/>'
        '<stop offset=".03" stop-color="#fff" stop-opacity=".1"/><stop offset=".055" stop-color="#000" stop-opacity=".09"/>'
        '<stop offset=".1" stop-color="#000" stop-opacity="0"/></linearGradient></defs>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{design.palette.ground}"/>{body}'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#spine)"/></svg>'
    )


def _foot(design: Design, dice: Dice) -> str:
    """The motif above, the words below it."""
    colours = design.palette
    picture = _framed(design, dice, Box(0, 0, WIDTH, 276))
    title = _block(design.title, 298, 82, colours.ink, 34, "start")
    rule = f'<rect x="{MARGIN}" y="394" width="34" height="2.5" fill="{colours.first}"/>'
    return picture + title + rule + _author(design, 420, colours.ink, "start")


def _head(design: Design, dice: Dice) -> str:
    """The words above, the motif below them."""
    colours = design.palette
    picture = _framed(design, dice, Box(0, 186, WIDTH, HEIGHT - 186))
    return (
        picture + _author(design, 44, colours.ink, "middle") + _block(design.title, 62, 104, colours.ink, 38, "middle")
    )


def _plate(design: Design, dice: Dice) -> str:
    """The motif everywhere, the words on a plate in the middle."""
    colours = design.palette
    picture = _framed(design, dice, Box(0, 0, WIDTH, HEIGHT))
    plate = (
        f'<rect x="38" y="128" width="224" height="186" fill="{colours.ground}"/>'
        f'<rect x="45" y="135" width="210" height="172" fill="none" stroke="{colours.ink}" stroke-opacity=".55"/>'
    )
    title = _block(design.title, 146, 104, colours.ink, 30, "middle", width=186)
    rule = f'<rect x="135" y="260" width="30" height="2" fill="{colours.first}"/>'
    return picture + plate + title + rule + _author(design, 286, colours.ink, "middle", size=11)


_LAYOUT = {"foot": _foot, "head": _head, "plate": _plate}


def _framed(design: Design, dice: Dice, box: Box) -> str:
    clip = (
        f'<clipPath id="frame"><rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}"/></clipPath>'
        '<g clip-path="url(#frame)">'
    )
    return clip + MOTIFS[design.motif](dice, box, design.palette) + "</g>"


def _author(design: Design, baseline: float, colour: str, anchor: str, size: float = 13) -> str:
    width = WIDTH - 2 * MARGIN if size > 12 else 186
    spacing = 1.4
    wide = _width(design.author.upper(), size) * 1.05 + spacing * len(design.author)
    if wide > width:
        size, spacing = size * width / wide, spacing * width / wide
    x = MARGIN if anchor == "start" else WIDTH / 2
    return (
        f'<text x="{x}" y="{baseline}" font-family="{SANS}" font-size="{size:.1f}" letter-spacing="{spacing:.1f}" '
        f'fill="{colour}" text-anchor="{anchor}">{escape(design.author.upper())}</text>'
    )


def _block(
    text: str, top: float, height: float, colour: str, largest: float, anchor: str, width: float = WIDTH - 2 * MARGIN
) -> str:
    """Set a title as large as it fits into a box, balanced over its lines, centred in the height."""
    size, lines = _fit(text, width, height, largest)
    leading = size * 1.12
    x = MARGIN if anchor == "start" else WIDTH / 2
    baseline = top + (height - leading * len(lines)) / 2 + size * 0.86
    spans = "".join(
        f'<tspan x="{x}" y="{baseline + leading * place:.1f}">{escape(line)}</tspan>'
        for place, line in enumerate(lines)
    )
    return f'<text font-family="{SERIF}" font-weight="600" font-size="{size:.1f}" fill="{colour}" text-anchor="{anchor}">{spans}</text>'


def _fit(text: str, width: float, height: float, largest: float) -> tuple[float, list[str]]:
    size = largest
    while size > 11:
        lines = _wrapped(text, width, size)
        widest = max(_width(line, size) for line in lines)
        if widest <= width and len(lines) * size * 1.12 <= height:
            return size, lines
        size -= 1
    return size, _wrapped(text, width, size)


def _wrapped(text: str, width: float, size: float) -> list[str]:
    """Break text into the fewest lines, then narrow the measure until just before one more line is needed."""
    lines = _greedy(text, width, size)
    measure = width
    while len(lines) > 1 and measure > width * 0.45:
        measure -= 4
        tighter = _greedy(text, measure, size)
        if len(tighter) > len(lines) or max(_width(line, size) for line in tighter) > measure:
            break
        lines = tighter
    return lines


def _greedy(text: str, width: float, size: float) -> list[str]:
    lines: list[str] = []
    for word in text.split() or [""]:
        if lines and _width(f"{lines[-1]} {word}", size) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _width(text: str, size: float) -> float:
    """Estimate how wide a line is set; generous, since the reader's fonts are not known here."""
    return sum(_em(character) for character in text) * size


def _em(character: str) -> float:
    if character in "iljtfI.,;:'’!| ":
        return 0.33
    if character in "mwMW&—":
        return 0.9
    return 0.74 if character.isupper() else 0.55
