"""One Flask application, the same file on Flask and on Ewer: text, path, query and JSON body in turn."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import BARE, FLASK, FLASK_GUNICORN

WORKLOAD = Workload(
    name="flask-app",
    title="the same Flask app",
    exchanges=(
        Exchange(Request("/"), Expected(text="Hello, World!", content_type="text/html")),
        Exchange(Request("/api/hello/ewer"), Expected(json={"hello": "ewer"})),
        Exchange(Request("/api/search?q=jug&limit=5"), Expected(json={"q": "jug", "limit": 5})),
        Exchange(
            Request("/api/orders", "POST", {"Content-Type": "application/json"}, b'{"name": "Ewer", "quantity": 3}'),
            Expected(status=201, json={"name": "Ewer", "quantity": 3}),
        ),
    ),
    baselines=(FLASK, FLASK_GUNICORN, BARE),
)
