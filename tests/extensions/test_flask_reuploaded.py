"""flask-reuploaded on the names of Flask: upload sets, allowed kinds, file names, served files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from flask_uploads import IMAGES, UploadNotAllowed, UploadSet, configure_uploads


@pytest.fixture
def application(tmp_path: Path) -> Flask:
    app = Flask(__name__)
    app.config.update(UPLOADED_PHOTOS_DEST=str(tmp_path), UPLOADS_AUTOSERVE=True)
    photos = UploadSet("photos", IMAGES)
    configure_uploads(app, photos)

    @app.post("/")
    def upload() -> Any:
        name = photos.save(request.files["photo"], name=request.form.get("name"))
        return {"name": name, "url": photos.url(name)}

    @app.errorhandler(UploadNotAllowed)
    def refused(error: UploadNotAllowed) -> Any:
        return "not allowed", 415

    return app


def send(application: Flask, name: str) -> Any:
    return application.test_client().post("/", data={"photo": (io.BytesIO(b"picture"), name)})


def test_a_photo_is_stored_and_served(application: Flask, tmp_path: Path) -> None:
    reply = send(application, "../my cat.png").json
    assert (reply["name"], (tmp_path / "my_cat.png").read_bytes()) == ("my_cat.png", b"picture")
    assert reply["url"] == "http://localhost/_uploads/photos/my_cat.png"
    served = application.test_client().get("/_uploads/photos/my_cat.png")
    assert served.data == b"picture"
    served.close()


def test_a_second_file_of_the_same_name_gets_a_number(application: Flask) -> None:
    send(application, "cat.png")
    assert send(application, "cat.png").json["name"] == "cat_1.png"


def test_another_kind_of_file_is_refused(application: Flask) -> None:
    assert send(application, "cat.exe").status_code == 415
