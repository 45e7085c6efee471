#!/usr/bin/env bash
# A Python with the libraries that the tests compare us with; prints the path of its interpreter last.
source "$(dirname "$0")/env.sh"

wanted=scripts/requirements-test.txt
folder="$CACHE/python-$(cksum <"$wanted" | cut -d' ' -f1)"
if [ ! -e "$folder/complete" ]; then
  command -v python3 >/dev/null || apt_install python3 >&2 || die "Python 3 is missing"
  rm -rf "$folder"
  python3 -m venv "$folder" >&2 || {
    apt_install python3-venv >&2 && rm -rf "$folder" && python3 -m venv "$folder" >&2
  } || die "Python cannot make a virtual environment: install python3-venv"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$wanted" >&2
  touch "$folder/complete"
fi
say "$folder/bin/python"
