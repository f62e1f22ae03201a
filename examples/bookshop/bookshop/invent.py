"""Invent books, the same ones every time: `python -m bookshop.invent` prints them as JSON Lines.

No title, author or number here is meant to be a real book's.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from .dice import Dice
from .isbn import check_digit
from .words import FAMILY, GIVEN, HEROINES, PAPERS, POOLS, PRAISE, PRESSES, SHELVES, Shelf

DEFAULT_COUNT = 1200
DEFAULT_SEED = "marginalia"
NEWEST_YEAR = 2026
AUTHORS_PER_SUBJECT = 36
# NOTE: how often a subject comes, in turns; a shop has more novels than philosophy.
SHELF_SPACE = tuple(
    slug for slug, share in zip(SHELVES, (19, 13, 10, 12, 9, 8, 8, 7, 8, 7, 6, 8), strict=True) for _ in range(share)
)
SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Invented:
    """One invented book, as the `load-books` command reads it."""

    isbn: str
    title: str
    subtitle: str
    author: str
    subject: str
    subject_name: str
    publisher: str
    year: int
    pages: int
    binding: str
    price_pence: int
    stock: int
    blurb: str
    praise: str
    is_pick: bool


def invent(count: int = DEFAULT_COUNT, seed: str = DEFAULT_SEED) -> Iterator[Invented]:
    """Invent books of all subjects in turn, no title twice.

    Args:
        count: How many, at most 5,000; titles would run out beyond it.
        seed: Another seed invents other books.

    Raises:
        ValueError: `count` is out of bounds.
    """
    if not 0 <= count <= 5000:
        raise ValueError(f"invent() makes 0 to 5000 books, not {count}.")
    dice = Dice(seed)
    authors = _authors(dice)
    taken: set[str] = set()
    for place in range(count):
        slug = dice.pick(SHELF_SPACE)
        yield _book(dice, place, slug, authors[slug], taken)


def _authors(dice: Dice) -> dict[str, list[str]]:
    """Give each subject its authors; a few of them write on two subjects."""
    names: list[str] = []
    seen: set[str] = set()
    while len(names) < AUTHORS_PER_SUBJECT * len(SHELVES):
        name = f"{dice.pick(GIVEN)} {dice.pick(FAMILY)}"
        if dice.chance(0.07):
            name += f"-{dice.pick(FAMILY)}"
        if name not in seen:
            seen.add(name)
            names.append(name)
    shelves: dict[str, list[str]] = {}
    for place, slug in enumerate(SHELVES):
        own = names[place * AUTHORS_PER_SUBJECT : (place + 1) * AUTHORS_PER_SUBJECT]
        shelves[slug] = [*own, dice.pick(names), dice.pick(names)]
    return shelves


def _book(dice: Dice, place: int, slug: str, authors: list[str], taken: set[str]) -> Invented:
    shelf = SHELVES[slug]
    # NOTE: squaring makes the first authors of a subject the prolific ones.
    author = authors[int(dice.number(0, 1) ** 2 * len(authors))]
    year = _year(dice, author)
    # NOTE: the slots of one book share their values, so that the blurb and the subtitle speak of the same town.
    values = _values(dice, shelf, author, year)
    title = _title(dice, shelf, values, taken)
    pages = dice.whole(*shelf.pages)
    binding = "Hardback" if dice.chance(0.55 if year >= NEWEST_YEAR - 1 else 0.22) else "Paperback"
    return Invented(
        isbn=_isbn(place),
        title=title,
        subtitle=_filled(dice.pick(shelf.subtitles), values),
        author=author,
        subject=slug,
        subject_name=shelf.name,
        publisher=dice.pick(PRESSES),
        year=year,
        pages=pages,
        binding=binding,
        price_pence=_price(dice, pages, binding, slug),
        stock=0 if dice.chance(0.06) else dice.whole(1, 24),
        blurb=f"{_filled(dice.pick(shelf.blurbs), values)}\n\n{dice.pick(shelf.closings)}",
        praise=f"“{dice.pick(PRAISE)}.” — {dice.pick(PAPERS)}",
        is_pick=dice.chance(0.025),
    )


def _values(dice: Dice, shelf: Shelf, author: str, year: int) -> dict[str, str]:
    pools = {**POOLS, **shelf.pools}
    values = {name: dice.pick(pool) for name, pool in pools.items()}
    values["author"] = author
    values["name"] = f"{dice.pick(HEROINES)} {dice.pick(FAMILY)}"
    values["family"] = dice.pick(FAMILY)
    first = dice.whole(130, 188) * 10
    if shelf.name == "Poetry":
        first = year - dice.whole(15, 40)
    values["year1"] = str(first)
    values["year2"] = str(min(year, first + dice.whole(15, 140)) if shelf.name == "History" else year)
    return values


def _title(dice: Dice, shelf: Shelf, values: dict[str, str], taken: set[str]) -> str:
    pools = {**POOLS, **shelf.pools}
    while True:
        pattern = dice.pick(shelf.titles)
        for name in SLOT.findall(pattern):
            values[name] = dice.pick(pools[name]) if name in pools else values[name]
        title = _filled(pattern, values)
        if title.casefold() not in taken:
            taken.add(title.casefold())
            return title


def _filled(pattern: str, values: dict[str, str]) -> str:
    text = SLOT.sub(lambda slot: values[slot[1]], pattern)
    text = re.sub(r"\b([Aa]) (?!Use)(?=[AEIOUaeiou])", r"\1n ", text)
    text = _corrected(text)
    return text[:1].upper() + text[1:]


def _corrected(text: str) -> str:
    """Put right what filling slots gets wrong: `the the Hotel` and `Weavers’s`."""
    text = re.sub(r"\b([Tt]he) the ", r"\1 ", text)
    return text.replace("s’s", "s’")


def _year(dice: Dice, author: str) -> int:
    """Throw a year of the author's working life, recent ones more often."""
    first = NEWEST_YEAR - Dice(author).whole(2, 52)
    last = min(NEWEST_YEAR, first + 40)
    return last - int(dice.number(0, 1) ** 1.5 * (last - first))


def _price(dice: Dice, pages: int, binding: str, slug: str) -> int:
    pounds = 6 + pages / 70 + (7 if binding == "Hardback" else 0)
    pounds *= {"art": 1.7, "computing": 1.6, "cookery": 1.3, "poetry": 1.1}.get(slug, 1.0)
    return int(pounds * dice.number(0.9, 1.15)) * 100 + dice.pick((99, 99, 50, 0))


def _isbn(place: int) -> str:
    """Number the books from 979-9, a prefix that no country has, so that no real book bears one of these numbers."""
    first_twelve = f"9799{(place * 7919 + 12345) % 10**8:08d}"
    return first_twelve + check_digit(first_twelve)


def main() -> None:
    """Print invented books as JSON Lines."""
    parser = argparse.ArgumentParser(description="Invent books and print them as JSON Lines.")
    parser.add_argument("--count", type=int, default=DEFAULT_COUNT)
    parser.add_argument("--seed", default=DEFAULT_SEED)
    options = parser.parse_args()
    for book in invent(options.count, options.seed):
        sys.stdout.write(json.dumps(asdict(book), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
