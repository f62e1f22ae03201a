"""Clients that tools generate from the OpenAPI document are complete, pass a type checker, and work.

Each test needs its tool: openapi-python-client; for TypeScript `openapi-typescript` and `tsc` on the PATH, `openapi-fetch`
and `@types/node` beside them.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..examples.test_items import items_app as items_app  # the fixture
from .serving import served
from .torture_app import make_app

ITEMS = Path(__file__).resolve().parent.parent.parent / "examples" / "items"
TIMEOUT_S = 240
SEARCH_PATH = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))


def run(*command, cwd, **environment):
    """Run a tool to its end and give what it printed."""
    environment = {**os.environ, "PATH": SEARCH_PATH, **environment}
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture
def items_document(tmp_path):
    file = tmp_path / "items.json"
    run(sys.executable, "-m", "ewer", "--app", "app", "openapi", "--output", file, cwd=ITEMS)
    return file


@pytest.fixture
def torture_document(tmp_path):
    file = tmp_path / "torture.json"
    file.write_text(json.dumps(make_app().test_client().get("/openapi.json").json))
    return file


def python_client(document: Path) -> str:
    """Generate the package `client` beside the document and give what the generator had to say."""
    pytest.importorskip("openapi_python_client")
    package = document.parent / "client"
    config = document.parent / "config.yaml"
    config.write_text("post_hooks: []\n")  # or the generator wants a formatter
    return run(
        sys.executable, "-m", "openapi_python_client", "generate", "--path", document, "--meta", "none",
        "--output-path", package, "--config", config, cwd=document.parent,
    )  # fmt: skip


def complaints_of_mypy(folder: Path, *checked: str) -> list[str]:
    api = pytest.importorskip("mypy.api")
    out, _, _ = api.run(
        [
            "--strict",
            "--config-file=",
            "--cache-dir",
            str(folder.parent / "mypy"),
            *(str(folder / name) for name in checked),
        ]
    )
    return [line for line in out.splitlines() if ": error:" in line]


CALLS = """
import json
import sys

from client import Client
from client.api.default import create_item, get_item, list_items
from client.models import Item, NewItem, ProblemDetails
from client.types import Unset

with Client(base_url=sys.argv[1]) as client:
    made = create_item.sync(client=client, body=NewItem(name="Teapot", price=12.5))
    assert isinstance(made, Item) and not isinstance(made.id, Unset)
    create_item.sync(client=client, body=NewItem(name="Cup", price=3, description="chipped", in_stock=False))
    found = get_item.sync(made.id, client=client)
    assert isinstance(found, Item) and found == made
    listed = list_items.sync(client=client, in_stock_only=True, limit=5)
    assert isinstance(listed, list)
    refused = create_item.sync(client=client, body=NewItem(name="", price=0))
    assert isinstance(refused, ProblemDetails) and not isinstance(refused.errors, Unset)
    missing = get_item.sync_detailed(99, client=client)
    print(json.dumps([found.name, [i.name for i in listed], [e.location for e in refused.errors], missing.status_code]))
"""


@pytest.mark.parametrize("items_app", ["1"], indirect=True)
def test_a_python_client_of_the_items_example_creates_gets_and_lists(items_document, items_app):
    folder = items_document.parent
    assert "arning" not in python_client(items_document)
    (folder / "calls.py").write_text(CALLS)
    with served(items_app) as url:
        printed = run(sys.executable, "calls.py", url, cwd=folder)
    assert json.loads(printed) == ["Teapot", ["Teapot"], [["body", "name"], ["body", "price"]], 404]
    assert complaints_of_mypy(folder, "client", "calls.py") == []


NOT_GENERATED = {
    "GET /elsewhere/date": "a date in a header",
    "GET /elsewhere/datetime": "a date in a header",
    "GET /models/headers/filter": "a list in a header",
    "GET /query/literal": "texts and numbers in one enum",
    "GET /queries/literal": "texts and numbers in one enum",
    "GET /elsewhere/literal": "texts and numbers in one enum",
    "POST /form/literal": "texts and numbers in one enum",
    "POST /raw/image": "image/png",
    "POST /raw/text": "text/plain",
    "GET /lines": "lines of JSON",
    "GET /lines/later": "lines of JSON",
}
"""What openapi-python-client 0.29 does not know: it leaves out these operations, or what they answer."""

TORTURE_CALLS = """
import pkgutil
import sys
from importlib import import_module

import client
from client.api.default import body_computed, body_order, body_tagged, body_tree, one_file, secret_bearer
from client.models import Colour, Computed, ComputedOutput, Line, Order, TaggedCat, Tree
from client.types import File

for module in pkgutil.walk_packages(client.__path__, "client."):
    import_module(module.name)

known = client.AuthenticatedClient(base_url=sys.argv[1], token="t")
assert secret_bearer.sync(client=known).additional_properties == {"known": True}
order = Order(customer="Ann", lines=[Line(sku="a", count=2)])
assert body_order.sync(client=known, body=order) == Order(customer="Ann", lines=order.lines, note=None)
assert body_tree.sync(client=known, body=Tree(value=1, children=[Tree(value=2)])).children[0].value == 2
assert body_tagged.sync(client=known, body=TaggedCat(type_="cat", lives=3)).lives == 3
made = body_computed.sync(client=known, body=Computed(colour=Colour.RED))
assert isinstance(made, ComputedOutput) and made.size == 1
body = import_module("client.models").OneFileBody(it=File(payload=__import__("io").BytesIO(b"x"), file_name="x.txt"))
assert one_file.sync(client=known, body=body).additional_properties["name"] == "x.txt"
"""


def test_a_python_client_of_150_operations_is_complete_and_works(torture_document):
    folder = torture_document.parent
    said = python_client(torture_document)
    assert "Unable to parse" not in said
    assert set(re.findall(r"WARNING parsing (\w+ \S+) within", said)) <= NOT_GENERATED.keys()
    (folder / "calls.py").write_text(TORTURE_CALLS)
    with served(make_app()) as url:
        run(sys.executable, "calls.py", url, cwd=folder)
    # NOTE: for several cookies of different types the generator's own template is not right.
    assert [line for line in complaints_of_mypy(folder, "client") if "/cookies_model_" not in line] == []


TYPESCRIPT_CALLS = """
import createClient from "openapi-fetch";
import type { components, paths } from "./items.js";

const client = createClient<paths>({ baseUrl: process.argv[2] });
const made = await client.POST("/items", { body: { name: "Teapot", price: 12.5 } });
const item: components["schemas"]["Item"] = made.data!;
const found = await client.GET("/items/{item_id}", { params: { path: { item_id: item.id ?? 0 } } });
const listed = await client.GET("/items", { params: { query: { limit: 5, in_stock_only: true } } });
const names: string[] = listed.data!.map((each) => each.name);
const refused = await client.POST("/items", { body: { name: "", price: 0 } });
const problem: components["schemas"]["ProblemDetails"] = refused.error!;
// @ts-expect-error: a price is a number
await client.POST("/items", { body: { name: "Cup", price: "cheap" } });
console.log(JSON.stringify([found.data!.name, names, problem.errors!.map((each) => each.location)]));
"""

TORTURE_TYPES = """
import type { components, paths } from "./torture.js";

type Body<P extends keyof paths> = paths[P] extends { post: { requestBody: { content: { "application/json": infer B } } } }
  ? B : never;
export const tagged: Body<"/body/tagged"> = { type: "dog", age: 3 };
export const tree: Body<"/body/tree"> = { value: 1, children: [{ value: 2 }] };
export const page: components["schemas"]["Page_Line"] = { items: [{ sku: "a" }], total: 1 };
// @ts-expect-error: a cat has lives
export const cat: Body<"/body/tagged"> = { type: "cat", age: 3 };
"""


@pytest.fixture
def node_modules(tmp_path):
    """Where the TypeScript tools are installed; the test's folder finds its packages there."""
    found = [shutil.which(tool) for tool in ("node", "tsc", "openapi-typescript")]
    if None in found:
        pytest.skip("node, tsc or openapi-typescript is not on the PATH")
    inside = Path(found[2]).resolve()
    modules = next(parent for parent in inside.parents if parent.name == "node_modules")
    if not (modules / "openapi-fetch").exists() or not (modules / "@types" / "node").exists():
        pytest.skip("openapi-fetch or @types/node is not beside openapi-typescript")
    (tmp_path / "node_modules").symlink_to(modules)


def compiled(folder: Path, document: Path, source: str) -> str:
    """Generate a document's types, compile what uses them, and give the name of the compiled file."""
    # NOTE: without the option every property with a default would have to be sent.
    run("openapi-typescript", document, "--default-non-nullable=false", "-o", f"{document.stem}.d.ts", cwd=folder)
    (folder / "calls.mts").write_text(source)
    run(
        "tsc", "--strict", "--module", "nodenext", "--target", "es2022", "--types", "node", "--outDir", "out", "calls.mts",
        cwd=folder,
    )  # fmt: skip
    return "out/calls.mjs"


@pytest.mark.parametrize("items_app", ["1"], indirect=True)
def test_a_typescript_client_of_the_items_example_creates_gets_and_lists(node_modules, items_document, items_app):
    folder = items_document.parent
    script = compiled(folder, items_document, TYPESCRIPT_CALLS)
    with served(items_app) as url:
        printed = run("node", script, url, cwd=folder)
    assert json.loads(printed) == ["Teapot", ["Teapot"], [["body", "name"], ["body", "price"]]]


def test_typescript_types_of_150_operations_tell_right_from_wrong(node_modules, torture_document):
    compiled(torture_document.parent, torture_document, TORTURE_TYPES)
