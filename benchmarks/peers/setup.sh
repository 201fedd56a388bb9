#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the Python environment that the peers run in: benchmarks/peers/venv, from pinned versions. Needs
# Python 3.11 or newer, a package index, and 6 GB of disk. PYTHON names another interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

fail() {
  printf 'setup.sh: %s\n' "$*" >&2
  exit 1
}

python=${PYTHON:-python3}
command -v "$python" >/dev/null || fail "no $python found: install Python 3.11 or newer, or set PYTHON"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  fail "$("$python" --version) is too old: install Python 3.11 or newer, or set PYTHON"

[ -x venv/bin/python ] || "$python" -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check \
  --requirement requirements.txt --constraint constraints.txt

# The classes of our wire format, from the one file that says what it is.
proto=../../operators/src/main/proto
venv/bin/python -m grpc_tools.protoc --proto_path="$proto" --python_out=. \
  "$(find "$proto" -name stream_record.proto -printf '%P')"
printf 'ready: %s\n' "$PWD/venv/bin/python"
