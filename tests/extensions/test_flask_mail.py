"""Flask-Mail on the names of Flask: recorded messages, attachments, defaults from config, signals."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, render_template_string
from flask_mail import BadHeaderError, Mail, Message, email_dispatched


@pytest.fixture
def application() -> Flask:
    app = Flask(__name__)
    app.config.update(TESTING=True, MAIL_DEFAULT_SENDER=("Shop", "shop@example.com"))
    mail = Mail(app)

    @app.post("/order/<name>")
    def order(name: str) -> str:
        message = Message(f"Order of {name}", recipients=["a@example.com"], cc=["c@example.com"])
        message.body = render_template_string("Dear {{ name }}", name=name)
        message.attach("order.txt", "text/plain", b"tea")
        mail.send(message)
        return "sent"

    @app.post("/many")
    def many() -> str:
        with mail.connect() as connection:
            for number in range(3):
                connection.send(Message(f"No. {number}", recipients=[f"{number}@example.com"], body="x"))
        return "sent"

    return app


def test_a_message_sent_by_a_view_is_recorded(application: Flask) -> None:
    with application.app_context(), application.extensions["mail"].record_messages() as outbox:
        application.test_client().post("/order/ada")
    (message,) = outbox
    assert (message.subject, message.body, message.sender) == ("Order of ada", "Dear ada", "Shop <shop@example.com>")
    assert message.send_to == {"a@example.com", "c@example.com"}
    assert message.attachments[0].filename == "order.txt"
    with application.app_context():
        assert "Content-Disposition: attachment" in message.as_string()


def test_one_connection_sends_many(application: Flask) -> None:
    with application.app_context(), application.extensions["mail"].record_messages() as outbox:
        application.test_client().post("/many")
    assert [message.subject for message in outbox] == ["No. 0", "No. 1", "No. 2"]


def test_a_sent_message_is_signalled_with_the_app(application: Flask) -> None:
    heard: list[Any] = []

    def hear(app: Flask, message: Message) -> None:
        heard.append((message.subject, app))

    with email_dispatched.connected_to(hear):
        application.test_client().post("/order/ada")
    assert heard == [("Order of ada", application)]


def test_a_newline_in_the_subject_is_refused(application: Flask) -> None:
    with application.app_context(), pytest.raises(BadHeaderError):
        application.extensions["mail"].send(Message("a\r\nBcc: x@example.com", recipients=["a@example.com"], body="x"))
