"""The extensions, made once without an application, so that every module can import them and none imports the factory."""

from __future__ import annotations

from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy.orm import DeclarativeBase


class Model(DeclarativeBase):
    """The declarative base of every table."""


db = SQLAlchemy(model_class=Model)
csrf = CSRFProtect()

login_manager = LoginManager()
login_manager.login_view = "auth.log_in"
login_manager.login_message = "Please log in first; then we bring you back here."
login_manager.login_message_category = "info"
