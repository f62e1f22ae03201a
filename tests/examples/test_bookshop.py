"""The bookshop works, on Flask (`pytest tests/examples`) and on Ewer (`pytest -p ewer.as_flask tests/examples`) alike.

CSRF protection stays on in every test: the visitors below fetch their tokens from the pages, as a browser does.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import stat
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("flask")
for extension in ("flask_sqlalchemy", "flask_login", "flask_wtf"):
    pytest.importorskip(extension)

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "bookshop"))

import bookshop  # noqa: E402
from bookshop import commands, covers, invent, isbn, models, pages, uploads  # noqa: E402
from bookshop.extensions import db  # noqa: E402
from werkzeug.security import generate_password_hash  # noqa: E402

BOOK_COUNT = 96
CUSTOMER = ("reader@marginalia.example", "a walk in the rain")
STAFF = ("staff@marginalia.example", "keys to the office")
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00" + b"\x00" * 40
TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


class Visitor:
    """A browser at the shop's door: a test client that fills in the token of a form before it sends it."""

    def __init__(self, shop: Any) -> None:
        self.client = shop.test_client()

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(path, **options)

    def text(self, path: str) -> str:
        response = self.client.get(path, follow_redirects=True)
        assert response.status_code == 200, response.status
        return response.get_data(as_text=True)

    def post(self, path: str, **fields: Any) -> Any:
        page = self.client.get("/account/log-in", follow_redirects=True).get_data(as_text=True)
        found = TOKEN.search(page)
        assert found is not None, "the page has no form"
        return self.client.post(path, data={"csrf_token": found[1], **fields})

    def log_in(self, email: str, password: str, query: str = "") -> Any:
        return self.post(f"/account/log-in{query}", email=email, password=password)


@pytest.fixture(scope="session")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop made once: its books and its two accounts."""
    folder = tmp_path_factory.mktemp("stocked")
    shop = bookshop.create_app({"SECRET_KEY": "a key for tests"}, instance_path=str(folder))
    with shop.app_context():
        commands.add_books(vars(book) for book in invent.invent(BOOK_COUNT))
        db.session.query(models.Book).update({"stock": 10})
        for (email, password), is_admin in ((CUSTOMER, False), (STAFF, True)):
            user = models.User(name=email.split("@")[0].title(), email=email, is_admin=is_admin)
            # NOTE: a quick hash; the tests log in a hundred times, and each login checks it for real.
            user.password_hash = generate_password_hash(password, method="pbkdf2:sha256:1000")
            db.session.add(user)
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    return folder


@pytest.fixture
def shop(stocked: Path, tmp_path: Path) -> Iterator[Any]:
    folder = tmp_path / "instance"
    shutil.copytree(stocked, folder)
    shop = bookshop.create_app({"SECRET_KEY": "a key for tests", "TESTING": True}, instance_path=str(folder))
    # NOTE: it is not called `app`, since pytest-flask holds a context open around tests with a fixture of that name.
    yield shop
    with shop.app_context():
        db.engine.dispose()


@pytest.fixture
def visitor(shop: Any) -> Visitor:
    return Visitor(shop)


@pytest.fixture
def customer(shop: Any) -> Visitor:
    visitor = Visitor(shop)
    assert visitor.log_in(*CUSTOMER).status_code == 302
    return visitor


@pytest.fixture
def staff(shop: Any) -> Visitor:
    visitor = Visitor(shop)
    assert visitor.log_in(*STAFF).status_code == 302
    return visitor


def some_book(shop: Any, **changes: Any) -> dict[str, Any]:
    """Change the first book of the shop and tell what it is like."""
    with shop.app_context():
        book = db.session.get(models.Book, 1)
        for name, value in changes.items():
            setattr(book, name, value)
        db.session.commit()
        return {
            "id": book.id,
            "title": book.title,
            "isbn": book.isbn,
            "author": book.author.name,
            "cover": book.cover_file,
        }


def stock_of(shop: Any, book_id: int) -> int:
    with shop.app_context():
        return db.session.get(models.Book, book_id).stock


def edit_fields(shop: Any, **changes: Any) -> dict[str, Any]:
    """What the form of a new book sends when it is filled in well."""
    with shop.app_context():
        subject = db.session.scalar(db.select(models.Subject.id))
    fields = {
        "title": "The Test of Time", "subtitle": "", "author": "Ada Probe", "isbn": "979-9-99999-999-0", "subject": subject,
        "publisher": "Lantern & Lock", "year": 2024, "pages": 200, "binding": "Paperback", "price": "12.50", "stock": 3,
        "blurb": "One.\n\nTwo.", "praise": "",
    }  # fmt: skip
    return fields | changes


# the catalogue


def test_the_front_page_shows_picks_and_every_shelf(visitor: Visitor) -> None:
    page = visitor.text("/")
    assert "Our picks" in page and "Science Fiction" in page and "Cookery" in page


def test_the_catalogue_shows_a_page_of_books_and_leads_to_the_next(visitor: Visitor) -> None:
    first, second = visitor.text("/books/"), visitor.text("/books/?page=2")
    assert first.count('<article class="card">') == 24
    assert "96 books, page 1 of 4" in first and 'rel="next" href="/books/?page=2"' in first
    titles = re.compile(r"<h3><a [^>]+>([^<]+)")
    assert not set(titles.findall(first)) & set(titles.findall(second))


def test_a_page_beyond_the_last_says_that_nothing_is_there(visitor: Visitor) -> None:
    assert "Nothing on this shelf" in visitor.text("/books/?page=99")


def test_the_search_finds_words_in_any_order_and_without_accents(shop: Any, visitor: Visitor) -> None:
    with shop.app_context():
        book = db.session.get(models.Book, 1)
        book.title = "Ångström & Sons"
        book.index()
        db.session.commit()
    assert "Ångström &amp; Sons" in visitor.text("/books/?q=sons+ANGSTROM")


@pytest.mark.parametrize("pattern", ["%", "_", "100%"])
def test_the_search_takes_wildcards_literally(visitor: Visitor, pattern: str) -> None:
    assert "No book found" in visitor.get("/books/", query_string={"q": pattern}).get_data(as_text=True)


def test_a_search_without_a_hit_offers_all_books(visitor: Visitor) -> None:
    page = visitor.text("/books/?q=xyzzy")
    assert "No book found" in page and "See all books" in page


def test_what_was_searched_for_is_escaped(visitor: Visitor) -> None:
    page = visitor.get("/books/", query_string={"q": '"><script>alert(1)</script>'}).get_data(as_text=True)
    assert "<script" not in page and "&lt;script&gt;" in page


def test_filters_narrow_and_combine(shop: Any, visitor: Visitor) -> None:
    found = visitor.get("/api/books?subject=poetry&min=8&max=12&binding=Paperback&per_page=100").get_json()["books"]
    assert found
    assert all(book["subject"] == "Poetry" and 8 <= float(book["price"]) <= 12 for book in found)


def test_the_stock_filter_leaves_out_what_is_sold_out(shop: Any, visitor: Visitor) -> None:
    some_book(shop, stock=0)
    assert visitor.get("/api/books?stock=1").get_json()["total"] == BOOK_COUNT - 1


@pytest.mark.parametrize(
    ("sort", "key"),
    [("title", "title"), ("author", "author"), ("price", "price"), ("-price", "price"), ("newest", "year")],
)
def test_sorting_puts_books_in_order(visitor: Visitor, sort: str, key: str) -> None:
    books = visitor.get(f"/api/books?sort={sort}&per_page=100").get_json()["books"]
    values = [float(book[key]) if key == "price" else book[key] for book in books]
    assert values == sorted(values, reverse=sort in {"-price", "newest"})


@pytest.mark.parametrize(
    "query",
    [
        "page=abc",
        "page=-1",
        "page=0",
        "min=x&max=-3",
        "sort=drop",
        "author=1e9",
        "page=" + "9" * 40,
        "subject=%00",
        "q=%ff",
    ],
)
def test_nonsense_in_the_query_is_ignored(visitor: Visitor, query: str) -> None:
    assert visitor.get(f"/books/?{query}").status_code == 200


def test_an_incomplete_address_of_a_book_leads_to_the_full_one(shop: Any, visitor: Visitor) -> None:
    book = some_book(shop, title="The Long Way")
    response = visitor.get("/books/1/some-old-title")
    assert (response.status_code, response.location) == (301, "/books/1/the-long-way")
    assert book["author"] in visitor.text("/books/1/")


def test_a_book_page_shows_its_facts_and_its_neighbours(shop: Any, visitor: Visitor) -> None:
    book = some_book(shop)
    page = visitor.text("/books/1/")
    assert f"{book['isbn'][:3]}-{book['isbn'][3:]}" in page
    assert "On the same shelf" in page


def test_a_sold_out_book_cannot_be_put_in_the_cart(shop: Any, visitor: Visitor) -> None:
    some_book(shop, stock=0)
    assert "Put in the cart" not in visitor.text("/books/1/")
    visitor.post("/cart/1", add="1")
    assert "Your cart is empty" in visitor.text("/cart")


# covers


def test_every_subject_and_motif_gives_a_well_formed_drawing() -> None:
    for book in invent.invent(BOOK_COUNT):
        ElementTree.fromstring(covers.draw(covers.Design.of(book.isbn, book.title, book.author, book.subject)))


def test_a_cover_is_drawn_the_same_every_time_and_its_words_are_escaped() -> None:
    design = covers.Design.of("1", 'Salt & <b>"Pepper"</b>', "A & B", "cookery")
    assert covers.draw(design) == covers.draw(design)
    ElementTree.fromstring(covers.draw(design))


def test_a_drawn_cover_is_answered_from_the_browsers_cache_when_it_has_not_changed(shop: Any, visitor: Visitor) -> None:
    path = f"/covers/{some_book(shop)['isbn']}.svg"
    response = visitor.get(path)
    assert response.mimetype == "image/svg+xml" and response.headers["ETag"]
    again = visitor.get(path, headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


# the cart


def test_the_cart_adds_up_without_an_account(shop: Any, visitor: Visitor) -> None:
    some_book(shop, price_pence=1250)
    visitor.post("/cart/1", add="1", quantity="2")
    visitor.post("/cart/1", add="1", quantity="1")
    page = visitor.text("/cart")
    assert "£37.50" in page and "Total for 3 books" in page


def test_the_cart_can_be_changed_and_emptied(visitor: Visitor) -> None:
    visitor.post("/cart/1", add="1", quantity="2")
    visitor.post("/cart/1", quantity="5")
    assert 'value="5"' in visitor.text("/cart")
    visitor.post("/cart/1", quantity="0")
    assert "Your cart is empty" in visitor.text("/cart")


def test_nobody_gets_more_copies_than_there_are(shop: Any, visitor: Visitor) -> None:
    some_book(shop, stock=3)
    page = visitor.client.get(visitor.post("/cart/1", add="1", quantity="9").location).get_data(as_text=True)
    assert 'value="3"' in page and "more we cannot give you" in page


@pytest.mark.parametrize("quantity", ["-1", "two", "", "1e3", "٣", "99999999999"])
def test_nonsense_for_a_number_of_copies_buys_nothing(visitor: Visitor, quantity: str) -> None:
    visitor.post("/cart/1", quantity=quantity)
    assert "Your cart is empty" in visitor.text("/cart")


def test_a_book_that_left_the_shop_leaves_the_cart(shop: Any, visitor: Visitor) -> None:
    visitor.post("/cart/1", add="1")
    with shop.app_context():
        db.session.delete(db.session.get(models.Book, 1))
        db.session.commit()
    page = visitor.text("/cart")
    assert "Your cart has changed" in page or "Your cart has changed" in visitor.text("/")
    assert "Your cart is empty" in page


def test_a_message_is_shown_once(visitor: Visitor) -> None:
    visitor.post("/cart/1", add="1")
    assert "is in your cart." in visitor.text("/cart")
    assert "is in your cart." not in visitor.text("/cart")


# accounts


def test_registering_logs_in_and_hashes_the_password(shop: Any, visitor: Visitor) -> None:
    visitor.post("/account/register", name="Ada", email="Ada@Example.org", password="ten letters", again="ten letters")
    assert "ada@example.org" in visitor.text("/account/")
    with shop.app_context():
        user = models.User.by_email("ADA@example.org")
        assert user.password_hash.startswith("scrypt:") and "ten letters" not in user.password_hash
        assert user.has_password("ten letters") and not user.is_admin


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"password": "short", "again": "short"}, "Use at least 10 characters"),
        ({"again": "something else"}, "The two passwords differ."),
        ({"email": "no address"}, "Write the whole address"),
        ({"email": CUSTOMER[0].upper()}, "already has an account"),
        ({"name": ""}, "Tell us your name."),
    ],
)
def test_registering_explains_what_is_wrong(visitor: Visitor, fields: dict[str, str], complaint: str) -> None:
    good = {"name": "Ada", "email": "ada@example.org", "password": "ten letters", "again": "ten letters"}
    assert complaint in visitor.post("/account/register", **good | fields).get_data(as_text=True)


def test_registering_cannot_make_anybody_staff(shop: Any, visitor: Visitor) -> None:
    visitor.post(
        "/account/register",
        name="Eve",
        email="eve@example.org",
        password="ten letters",
        again="ten letters",
        is_admin="1",
    )
    assert visitor.get("/admin/").status_code == 403


@pytest.mark.parametrize("email", [CUSTOMER[0], "nobody@example.org"])
def test_a_wrong_login_says_the_same_for_known_and_unknown_addresses(visitor: Visitor, email: str) -> None:
    page = visitor.log_in(email, "wrong password").get_data(as_text=True)
    assert "The address and the password do not fit together." in page
    assert visitor.get("/account/").status_code == 302


def test_a_page_that_needs_a_login_comes_back_after_it(visitor: Visitor) -> None:
    away = visitor.get("/account/")
    assert away.status_code == 302 and "next=%2Faccount%2F" in away.location
    assert visitor.log_in(*CUSTOMER, query="?next=%2Faccount%2F").location == "/account/"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil",
        "",
    ],
)
def test_a_login_never_redirects_to_another_site(visitor: Visitor, target: str) -> None:
    page = visitor.get("/account/log-in").get_data(as_text=True)
    token = TOKEN.search(page)
    assert token is not None
    data = {"csrf_token": token[1], "email": CUSTOMER[0], "password": CUSTOMER[1]}
    response = visitor.client.post("/account/log-in", query_string={"next": target}, data=data)
    assert (response.status_code, response.location) == (302, "/")


@pytest.mark.parametrize("target", ["/", "/cart", "/books/?q=a//b", "/account/orders/3"])
def test_pages_of_the_shop_are_safe_to_go_back_to(target: str) -> None:
    assert pages.is_own_path(target)


def test_logging_out_forgets_the_account_and_the_cart(customer: Visitor) -> None:
    customer.post("/cart/1", add="1")
    customer.post("/account/log-out")
    assert customer.get("/account/").status_code == 302
    assert "Your cart is empty" in customer.text("/cart")


def test_a_remembered_login_survives_the_session(shop: Any, visitor: Visitor) -> None:
    visitor.post("/account/log-in", email=CUSTOMER[0], password=CUSTOMER[1], remember="y")
    visitor.client.delete_cookie("marginalia")
    assert visitor.get("/account/").status_code == 200


def test_the_session_cookie_is_hidden_from_scripts_and_from_other_sites(visitor: Visitor) -> None:
    cookie = visitor.get("/account/log-in").headers["Set-Cookie"]
    assert cookie.startswith("marginalia=") and "HttpOnly" in cookie and "SameSite=Lax" in cookie


# checkout


def order(visitor: Visitor) -> Any:
    return visitor.post("/checkout", recipient="A. Reader", address="1 Harbour Lane\nPorto", note="")


def test_a_checkout_needs_an_account_and_keeps_the_cart_through_the_login(visitor: Visitor) -> None:
    visitor.post("/cart/1", add="1", quantity="2")
    assert "/account/log-in" in visitor.get("/checkout").location
    assert visitor.log_in(*CUSTOMER, query="?next=/checkout").location == "/checkout"
    assert "2 × " in visitor.text("/checkout")


def test_an_order_takes_the_copies_from_the_shelf_and_empties_the_cart(shop: Any, customer: Visitor) -> None:
    book = some_book(shop, price_pence=1000)
    customer.post("/cart/1", add="1", quantity="2")
    page = customer.text(order(customer).location)
    assert "M-00001" in page and "£20.00" in page and book["title"] in page
    assert stock_of(shop, 1) == 8
    assert "Your cart is empty" in customer.text("/cart")
    assert "M-00001" in customer.text("/account/")


def test_an_order_without_an_address_is_not_placed(shop: Any, customer: Visitor) -> None:
    customer.post("/cart/1", add="1")
    assert "Where does it go?" in customer.post("/checkout", recipient="A", address="").get_data(as_text=True)
    assert stock_of(shop, 1) == 10


def test_an_empty_cart_cannot_be_checked_out(customer: Visitor) -> None:
    assert customer.get("/checkout").location == "/books/"


def test_the_last_copy_is_sold_once(shop: Any, customer: Visitor, staff: Visitor) -> None:
    some_book(shop, stock=1)
    for buyer in (customer, staff):
        buyer.post("/cart/1", add="1")
    assert "/orders/" in order(customer).location
    assert "/orders/" not in order(staff).location
    assert stock_of(shop, 1) == 0


def test_somebody_elses_order_does_not_exist_except_for_the_staff(
    shop: Any, customer: Visitor, visitor: Visitor, staff: Visitor
) -> None:
    customer.post("/cart/1", add="1")
    path = order(customer).location
    visitor.post("/account/register", name="Eve", email="eve@example.org", password="ten letters", again="ten letters")
    assert visitor.get(path).status_code == 404
    assert staff.get(path).status_code == 200


def test_an_order_keeps_what_was_bought_after_the_book_is_deleted(shop: Any, customer: Visitor, staff: Visitor) -> None:
    title = some_book(shop)["title"]
    customer.post("/cart/1", add="1")
    path = order(customer).location
    staff.post("/admin/books/1/delete")
    page = customer.text(path)
    assert title.replace("’", "’") in page and "/books/1/" not in page


# the office

OFFICE = ["/admin/", "/admin/books", "/admin/books/new", "/admin/books/1/edit", "/admin/books/1/delete"]


@pytest.mark.parametrize("path", OFFICE)
def test_strangers_are_asked_to_log_in_before_the_office(visitor: Visitor, path: str) -> None:
    assert "/account/log-in?next=" in visitor.get(path).location


@pytest.mark.parametrize("path", OFFICE)
def test_customers_may_not_enter_the_office(customer: Visitor, path: str) -> None:
    response = customer.get(path)
    assert response.status_code == 403 and "The Locked Room" in response.get_data(as_text=True)


@pytest.mark.parametrize("path", OFFICE)
def test_the_staff_may_enter_the_office(staff: Visitor, path: str) -> None:
    assert staff.get(path).status_code == 200


def test_customers_cannot_change_anything_in_the_office(shop: Any, customer: Visitor) -> None:
    assert customer.post("/admin/books/1/stock", stock="99").status_code == 403
    assert customer.post("/admin/books/1/delete").status_code == 403
    assert stock_of(shop, 1) == 10


def test_the_staff_set_the_stock_and_come_back_to_their_search(shop: Any, staff: Visitor) -> None:
    response = staff.post("/admin/books/1/stock?q=the&page=2", stock="42")
    assert response.location == "/admin/books?q=the&page=2"
    assert stock_of(shop, 1) == 42


@pytest.mark.parametrize("stock", ["-1", "many", "", "10000"])
def test_an_impossible_stock_is_refused(shop: Any, staff: Visitor, stock: str) -> None:
    page = staff.client.get(staff.post("/admin/books/1/stock", stock=stock).location).get_data(as_text=True)
    assert "keeps its stock" in page and stock_of(shop, 1) == 10


def test_a_new_book_can_be_found_and_bought_at_once(shop: Any, staff: Visitor) -> None:
    response = staff.post("/admin/books/new", **edit_fields(shop))
    assert response.status_code == 302
    found = staff.get("/api/search?q=probe+test").get_json()["books"]
    assert [(book["title"], book["price"]) for book in found] == [("The Test of Time", "12.50")]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"isbn": "9799999999991"}, "The last digit does not fit"),
        ({"isbn": "123"}, "An ISBN-13 has thirteen digits."),
        ({"title": ""}, "A book needs a title."),
        ({"price": "0"}, "Number must be"),
        ({"price": "free"}, "Not a valid decimal value"),
        ({"year": "soon"}, "Not a valid integer value"),
        ({"subject": "999"}, "Not a valid choice"),
    ],
)
def test_a_book_with_a_mistake_is_not_stored(
    shop: Any, staff: Visitor, changes: dict[str, str], complaint: str
) -> None:
    response = staff.post("/admin/books/new", **edit_fields(shop, **changes))
    assert response.status_code == 422 and complaint in response.get_data(as_text=True)
    assert staff.get("/api/search?q=probe").get_json()["total"] == 0


def test_two_books_cannot_share_a_number(shop: Any, staff: Visitor) -> None:
    response = staff.post("/admin/books/new", **edit_fields(shop, isbn=some_book(shop)["isbn"]))
    assert response.status_code == 422 and "has this number already" in response.get_data(as_text=True)


def test_editing_a_book_changes_what_the_search_finds(shop: Any, staff: Visitor) -> None:
    fields = edit_fields(shop, title="Quite Another Title")
    staff.post("/admin/books/1/edit", **fields)
    assert [book["id"] for book in staff.get("/api/search?q=quite+another").get_json()["books"]] == [1]


def test_markup_in_a_book_is_shown_as_text(shop: Any, staff: Visitor) -> None:
    staff.post("/admin/books/1/edit", **edit_fields(shop, title="<script>x</script>", blurb="<img src=x onerror=y>"))
    page = staff.text("/books/1/")
    assert "<script" not in page and "<img src=x" not in page and "&lt;img src=x" in page


def test_deleting_asks_first(shop: Any, staff: Visitor) -> None:
    assert "This cannot be undone" in staff.text("/admin/books/1/delete")
    assert staff.get("/api/books/1").status_code == 200
    staff.post("/admin/books/1/delete")
    assert staff.get("/api/books/1").status_code == 404


# uploads


def test_an_uploaded_picture_becomes_the_cover_under_a_name_of_our_own(shop: Any, staff: Visitor) -> None:
    staff.post("/admin/books/1/edit", **edit_fields(shop, cover=(io.BytesIO(PNG), "../../evil.html")))
    name = some_book(shop)["cover"]
    assert re.fullmatch(r"\d{13}-[0-9a-f]{16}\.png", name)
    assert f"/uploads/{name}" in staff.text("/books/1/")
    response = staff.get(f"/uploads/{name}")
    assert (response.mimetype, response.data) == ("image/png", PNG)
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "cover.svg"),
        (b"<html>hello</html>", "cover.png"),
        (b"MZ\x90\x00", "cover.jpg"),
        (b"\x89PNG\r\n\x1a\n", "short.png"),
        (b"", "nothing.gif"),
    ],
)
def test_what_is_no_picture_is_refused_whatever_its_name(shop: Any, staff: Visitor, content: bytes, name: str) -> None:
    response = staff.post("/admin/books/1/edit", **edit_fields(shop, cover=(io.BytesIO(content), name)))
    assert response.status_code == 422 and "This is no picture we can show" in response.get_data(as_text=True)
    assert some_book(shop)["cover"] is None


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (b"\xff\xd8\xff\xe0rest", "jpg"),
        (PNG, "png"),
        (b"GIF89a...", "gif"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "webp"),
        (b"RIFF\x10\x00\x00\x00WAVE", None),
    ],
)
def test_pictures_are_recognised_by_their_first_bytes(content: bytes, ending: str | None) -> None:
    assert uploads.image_format(content) == ending


def test_a_picture_just_over_the_limit_is_explained_in_the_form(shop: Any, staff: Visitor) -> None:
    content = PNG + bytes(shop.config["MAX_COVER_BYTES"] + 1 - len(PNG))
    response = staff.post("/admin/books/1/edit", **edit_fields(shop, cover=(io.BytesIO(content), "big.png")))
    assert response.status_code == 422 and "larger than 2 MB" in response.get_data(as_text=True)


def test_a_picture_of_exactly_the_limit_is_taken(shop: Any, staff: Visitor) -> None:
    content = PNG + bytes(shop.config["MAX_COVER_BYTES"] - len(PNG))
    assert (
        staff.post("/admin/books/1/edit", **edit_fields(shop, cover=(io.BytesIO(content), "big.png"))).status_code
        == 302
    )


def test_a_far_too_large_upload_gets_its_own_page(shop: Any, staff: Visitor) -> None:
    content = PNG + bytes(3 * 1024 * 1024)
    response = staff.post("/admin/books/1/edit", **edit_fields(shop, cover=(io.BytesIO(content), "huge.png")))
    assert response.status_code == 413 and "Too Big for the Shelf" in response.get_data(as_text=True)


def test_replacing_or_removing_a_cover_deletes_the_old_file(shop: Any, staff: Visitor) -> None:
    folder = Path(shop.config["COVER_FOLDER"])
    for _ in range(2):
        staff.post("/admin/books/1/edit", **edit_fields(shop, cover=(io.BytesIO(PNG), "a.png")))
        assert len(list(folder.iterdir())) == 1
    staff.post("/admin/books/1/edit", **edit_fields(shop, remove_cover="y"))
    assert list(folder.iterdir()) == [] and some_book(shop)["cover"] is None


@pytest.mark.parametrize("name", ["../secret-key", "..%2fsecret-key", "%2e%2e/bookshop.sqlite3", "nothing.png"])
def test_uploads_cannot_be_used_to_read_other_files(visitor: Visitor, name: str) -> None:
    assert visitor.get(f"/uploads/{name}").status_code == 404


# protection and errors


@pytest.mark.parametrize("path", ["/account/log-in", "/account/register", "/account/log-out", "/cart/1"])
def test_a_form_without_its_token_is_refused(visitor: Visitor, path: str) -> None:
    response = visitor.client.post(path, data={"quantity": "1"})
    assert response.status_code == 400 and "The Stale Letter" in response.get_data(as_text=True)


def test_a_token_of_another_visitor_is_refused(shop: Any, visitor: Visitor) -> None:
    token = TOKEN.search(Visitor(shop).text("/account/log-in"))
    assert token is not None
    visitor.get("/account/log-in")
    assert visitor.client.post("/cart/1", data={"csrf_token": token[1]}).status_code == 400


def test_a_missing_page_has_its_own_book(visitor: Visitor) -> None:
    response = visitor.get("/no/such/page")
    assert response.status_code == 404 and "The Missing Page" in response.get_data(as_text=True)


def test_the_wrong_method_is_refused_with_a_page(visitor: Visitor) -> None:
    response = visitor.get("/cart/1")
    assert response.status_code == 405 and "The Wrong Door" in response.get_data(as_text=True)


def test_a_bug_shows_a_page_that_tells_nothing_and_logs_the_rest(
    shop: Any, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    shop.config["PROPAGATE_EXCEPTIONS"] = False
    shop.config["TESTING"] = False
    shop.view_functions["shop.browse"] = lambda: 1 / 0
    response = visitor.get("/books/")
    page = response.get_data(as_text=True)
    assert response.status_code == 500 and "The Spilled Ink" in page and "ZeroDivision" not in page
    assert "ZeroDivisionError" in caplog.text


def test_every_page_forbids_scripts_and_other_sites(visitor: Visitor) -> None:
    for path in ("/", "/books/1/", "/cart", "/nope"):
        response = visitor.get(path, follow_redirects=True)
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        page = response.get_data(as_text=True)
        assert "<script" not in page and not re.search(r'(?:src|href)="https?://', page)
        assert " style=" not in page


def test_pages_of_an_account_are_kept_nowhere_and_others_only_by_the_browser(
    visitor: Visitor, customer: Visitor
) -> None:
    assert customer.get("/account/").headers["Cache-Control"] == "no-store"
    assert visitor.get("/books/").headers["Cache-Control"] == "private, no-cache"


# the JSON API


def test_the_api_pages_through_all_books(visitor: Visitor) -> None:
    path, seen = "/api/books?per_page=40", []
    while path:
        body = visitor.get(path).get_json()
        seen += [book["id"] for book in body["books"]]
        path = body["next"]
    assert len(seen) == len(set(seen)) == body["total"] == BOOK_COUNT


def test_the_api_gives_at_most_a_hundred_books_at_once(visitor: Visitor) -> None:
    assert visitor.get("/api/books?per_page=5000").get_json()["per_page"] == 100


def test_the_api_tells_everything_about_one_book(shop: Any, visitor: Visitor) -> None:
    book = some_book(shop)
    body = visitor.get("/api/books/1").get_json()
    assert body["title"] == book["title"] and body["isbn"] == book["isbn"] and body["stock"] == 10
    assert visitor.get(body["url"]).status_code == visitor.get(body["cover_url"]).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/api/books/99999", 404, "There is no book 99999."),
        ("/api/nothing", 404, "not found"),
        ("/api/search", 400, "Say what to look for"),
    ],
)
def test_the_api_answers_errors_as_json(visitor: Visitor, path: str, status: int, message: str) -> None:
    response = visitor.get(path)
    error = response.get_json()["error"]
    assert response.status_code == error["status"] == status and message in error["message"]


def test_the_api_is_read_only(visitor: Visitor) -> None:
    assert visitor.client.post("/api/books", json={}).status_code in {400, 405}


# commands and data


def test_the_invented_books_are_the_same_every_time() -> None:
    assert list(invent.invent(50)) == list(invent.invent(50))
    assert list(invent.invent(50)) != list(invent.invent(50, seed="other"))


def test_there_are_enough_books_and_each_has_its_own_title_and_a_right_number() -> None:
    books = list(invent.invent())
    assert len(books) >= 1000
    assert len({book.title for book in books}) == len({book.isbn for book in books}) == len(books)
    for book in books:
        assert len(book.isbn) == 13 and book.isbn[12] == isbn.check_digit(book.isbn[:12])
        assert "{" not in book.title + book.subtitle + book.blurb
        assert 1960 < book.year <= invent.NEWEST_YEAR and book.price_pence > 300


def test_the_check_digit_agrees_with_a_printed_number() -> None:
    assert isbn.check_digit("978030640615") == "7"


def test_load_books_reads_a_file_and_leaves_known_books_alone(shop: Any, tmp_path: Path) -> None:
    file = tmp_path / "books.jsonl"
    books = [vars(book) for book in invent.invent(BOOK_COUNT + 4)]
    file.write_text("\n".join(json.dumps(book) for book in books), encoding="utf-8")
    result = shop.test_cli_runner().invoke(args=["load-books", str(file)])
    assert result.exit_code == 0 and f"4 books loaded, {BOOK_COUNT} were there already." in result.output


@pytest.mark.parametrize(
    ("line", "complaint"), [("no json", "line 1 is no JSON object"), ('{"isbn": "1"}', "line 1 lacks author")]
)
def test_load_books_names_the_line_that_it_cannot_read(shop: Any, tmp_path: Path, line: str, complaint: str) -> None:
    file = tmp_path / "books.jsonl"
    file.write_text(line, encoding="utf-8")
    result = shop.test_cli_runner().invoke(args=["load-books", str(file)])
    assert result.exit_code == 1 and complaint in result.output


def test_make_admin_gives_a_customer_the_keys(shop: Any, customer: Visitor) -> None:
    result = shop.test_cli_runner().invoke(args=["make-admin", CUSTOMER[0]])
    assert result.exit_code == 0 and customer.get("/admin/").status_code == 200


def test_make_admin_needs_an_existing_account(shop: Any) -> None:
    result = shop.test_cli_runner().invoke(args=["make-admin", "nobody@example.org"])
    assert result.exit_code == 1 and "Nobody has an account" in result.output


def test_create_admin_opens_a_staff_account(shop: Any, visitor: Visitor) -> None:
    result = shop.test_cli_runner().invoke(
        args=["create-admin", "boss@example.org"], input="a long password\na long password\n"
    )
    assert result.exit_code == 0, result.output
    visitor.log_in("boss@example.org", "a long password")
    assert visitor.get("/admin/").status_code == 200


def test_create_admin_refuses_a_short_password(shop: Any) -> None:
    result = shop.test_cli_runner().invoke(args=["create-admin", "boss@example.org", "--password", "short"])
    assert result.exit_code == 1 and "at least 10 characters" in result.output


def test_open_shop_makes_everything_ready_and_can_be_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "invent", lambda: invent.invent(12))
    shop = bookshop.create_app(instance_path=str(tmp_path))
    first, second = (shop.test_cli_runner().invoke(args=["open-shop"]).output for _ in range(2))
    assert "Loaded 12 books." in first and "Loaded" not in second
    found = re.search(r"staff +(\S+) +password: (\S+)", second)
    assert found is not None and found[0] in first
    visitor = Visitor(shop)
    visitor.log_in(found[1], found[2])
    assert visitor.get("/admin/").status_code == 200


def test_the_secret_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    keys = [bookshop.create_app(instance_path=str(tmp_path)).config["SECRET_KEY"] for _ in range(2)]
    assert keys[0] == keys[1] and len(keys[0]) == 64
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600
