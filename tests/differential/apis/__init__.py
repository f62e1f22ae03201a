"""APIs written with extensions that read parameters and describe themselves, each once, against `flask` alone.

A module has `make_app()` and `ASKED`: method, path, and the options of the test client.
"""
