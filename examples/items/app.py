import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Annotated

from msgspec import Meta

from ewer import Depends, Ewer, OpenAPI, Path, Query, abort, current_app

app = Ewer(__name__, openapi=OpenAPI(title="Items", version="1.0.0"))
sqlite3.register_converter("bool", lambda stored: stored == b"1")
app.config["DATABASE"] = os.environ.get("ITEMS_DATABASE", "items.sqlite3")


@dataclass
class NewItem:
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    price: Annotated[float, Meta(gt=0)]
    description: str | None = None
    in_stock: bool = True


@dataclass
class Item(NewItem):
    id: int = 0


def database() -> Iterator[sqlite3.Connection]:
    file = current_app.config["DATABASE"]
    with closing(sqlite3.connect(file, detect_types=sqlite3.PARSE_DECLTYPES)) as db, db:  # commits, or rolls back
        db.execute("CREATE TABLE IF NOT EXISTS items (name, price, description, in_stock bool, id INTEGER PRIMARY KEY)")
        yield db


Database = Annotated[sqlite3.Connection, Depends(database)]
LARGEST = 2**63 - 1  # that SQLite keeps


@app.post("/items", status=201)
def create_item(item: NewItem, db: Database) -> Item:
    made = db.execute("INSERT INTO items VALUES (:name, :price, :description, :in_stock, NULL)", asdict(item))
    return Item(**asdict(item), id=made.lastrowid or 0)


@app.get("/items/<int:item_id>")
def get_item(item_id: Annotated[int, Path(le=LARGEST)], db: Database) -> Item:
    row = db.execute("SELECT * FROM items WHERE id = ?", (item_id,)).fetchone()
    return Item(*row) if row else abort(404, f"There is no item {item_id}.")


@app.get("/items")
def list_items(db: Database, skip: Annotated[int, Query(ge=0, le=LARGEST)] = 0, limit: Annotated[int, Query(ge=1, le=100)] = 20,
               in_stock_only: bool = False) -> list[Item]:  # fmt: skip
    query = "SELECT * FROM items WHERE in_stock OR NOT ? ORDER BY id LIMIT ? OFFSET ?"
    return [Item(*row) for row in db.execute(query, (in_stock_only, limit, skip))]
