"""Ewer: Flask's API, FastAPI's powers, faster than both."""
