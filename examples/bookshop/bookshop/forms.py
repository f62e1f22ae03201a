"""The forms, and what each field accepts. Every one of them carries a CSRF token, which Flask-WTF checks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask import current_app
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DecimalField,
    EmailField,
    IntegerField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import (
    DataRequired,
    EqualTo,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
    ValidationError,
)

from .catalogue import BINDINGS
from .isbn import check_digit
from .models import User
from .uploads import image_format

MIN_PASSWORD_CHARACTERS = 10
EMAIL = Regexp(r"^[^@\s]+@[^@\s]+\.[^@\s]+$", message="Write the whole address, such as ada@example.org.")


def _squeezed(text: str | None) -> str | None:
    return " ".join(text.split()) if text else text


class LogInForm(FlaskForm):
    """Who are you?"""

    email = EmailField("Email", [DataRequired("Write your email address."), Length(max=254)])
    password = PasswordField("Password", [InputRequired("Write your password."), Length(max=200)])
    remember = BooleanField("Keep me logged in on this device")


class RegisterForm(FlaskForm):
    """A new account."""

    name = StringField("Your name", [DataRequired("Tell us your name."), Length(max=80)], filters=[_squeezed])
    email = EmailField("Email", [DataRequired("Write your email address."), Length(max=254), EMAIL])
    password = PasswordField(
        "Password",
        [
            InputRequired("Choose a password."),
            Length(
                MIN_PASSWORD_CHARACTERS,
                200,
                f"Use at least {MIN_PASSWORD_CHARACTERS} characters; a few words are fine.",
            ),
        ],
    )
    again = PasswordField("The same password again", [EqualTo("password", "The two passwords differ.")])

    def validate_email(self, field: EmailField) -> None:
        """Refuse an address that already has an account."""
        if User.by_email(field.data or "") is not None:
            raise ValidationError("This address already has an account; log in instead.")


class CheckoutForm(FlaskForm):
    """Where the parcel goes."""

    recipient = StringField(
        "Name on the parcel", [DataRequired("Who receives it?"), Length(max=80)], filters=[_squeezed]
    )
    address = TextAreaField("Address", [DataRequired("Where does it go?"), Length(10, 400, "Write the whole address.")])
    note = TextAreaField("A note for us (optional)", [Optional(), Length(max=300)])


class StockForm(FlaskForm):
    """How many copies lie on the shelf."""

    stock = IntegerField(
        "Copies in stock", [InputRequired("How many?"), NumberRange(0, 9999, "From 0 to 9999 copies.")]
    )


class DeleteForm(FlaskForm):
    """Nothing but the token: the question was answered with yes."""


class BookForm(FlaskForm):
    """Everything about a book that the staff may change."""

    title = StringField("Title", [DataRequired("A book needs a title."), Length(max=160)], filters=[_squeezed])
    subtitle = StringField("Subtitle", [Length(max=160)], filters=[_squeezed])
    author = StringField("Author", [DataRequired("Who wrote it?"), Length(max=120)], filters=[_squeezed])
    isbn = StringField("ISBN-13", [DataRequired("Thirteen digits, from the back of the book.")])
    subject = SelectField("Subject", coerce=int)
    publisher = StringField("Publisher", [Length(max=80)], filters=[_squeezed])
    year = IntegerField("Year", [InputRequired("When was it published?"), NumberRange(1450, date.today().year + 2)])
    pages = IntegerField("Pages", [InputRequired("How many pages?"), NumberRange(1, 9999)])
    binding = SelectField("Binding", choices=list(BINDINGS))
    price = DecimalField(
        "Price in pounds", [InputRequired("What does it cost?"), NumberRange(Decimal("0.01"), 10_000)], places=2
    )
    stock = IntegerField(
        "Copies in stock", [InputRequired("How many?"), NumberRange(0, 9999, "From 0 to 9999 copies.")]
    )
    is_pick = BooleanField("Show it among our picks on the front page")
    blurb = TextAreaField("About the book", [Length(max=4000)])
    praise = TextAreaField("Praise, one line", [Length(max=300)])
    cover = FileField("Cover picture")
    remove_cover = BooleanField("Go back to the drawn cover")

    def validate_isbn(self, field: StringField) -> None:
        """Accept thirteen digits, however they are grouped, with the right check digit."""
        digits = (field.data or "").replace("-", "").replace(" ", "")
        if len(digits) != 13 or not (digits.isascii() and digits.isdecimal()):
            raise ValidationError("An ISBN-13 has thirteen digits.")
        expected = check_digit(digits[:12])
        if digits[12] != expected:
            raise ValidationError(f"The last digit does not fit the others: for these twelve it would be {expected}.")
        field.data = digits

    def validate_cover(self, field: FileField) -> None:
        """Accept a picture by what is in the file; its name and the type that the browser claims prove nothing."""
        if not field.data:
            return
        content = field.data.stream.read(current_app.config["MAX_COVER_BYTES"] + 1)
        field.data.stream.seek(0)
        if len(content) > current_app.config["MAX_COVER_BYTES"]:
            raise ValidationError("The picture is larger than 2 MB.")
        if image_format(content) is None:
            raise ValidationError("This is no picture we can show: use JPEG, PNG, WebP or GIF.")
