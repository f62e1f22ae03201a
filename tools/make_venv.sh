#!/bin/sh
# Make the virtual environment $VENV with $PYTHON: by uv if $UV is set, else by the interpreter's own venv and pip.
# An environment that already works is kept as it is, unless $ANEW is set.
set -eu

if [ -z "${ANEW:-}" ] && [ -x "$VENV/bin/python" ] && "$VENV/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
    exit 0
fi

usable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; }

candidates=$PYTHON
if [ -z "${CHOSEN:-}" ]; then
    candidates="$PYTHON python3.14 python3.13 python3.12 python3.11 python3.10"
fi
chosen=
for candidate in $candidates; do
    if usable "$candidate"; then
        chosen=$candidate
        break
    fi
done
if [ -z "$chosen" ]; then
    echo "Ewer needs CPython 3.10 or newer, and none was found: '$PYTHON' is $("$PYTHON" --version 2>&1 || true)." >&2
    echo "  Fix: install one, or name it: make PYTHON=/path/to/python3.12 ..." >&2
    exit 1
fi

echo "making $VENV with $("$chosen" --version) ($chosen)"
rm -rf "$VENV"
if [ -n "${UV:-}" ]; then
    uv venv --quiet --seed --python "$("$chosen" -c 'import sys; print(sys.executable)')" "$VENV"
    exit 0
fi
if ! "$chosen" -m venv "$VENV"; then
    rm -rf "$VENV"
    echo "'$chosen -m venv' failed." >&2
    echo "  Fix: install your system's venv package (on Debian and Ubuntu: apt install python3-venv), or install uv." >&2
    exit 1
fi
