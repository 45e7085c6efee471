#!/usr/bin/env bash
# A Python with PyTorch in the cache, for the bench's part "learning": some 5 GB, because PyPI's build brings the libraries for
# GPUs along. Prints the path of its interpreter last.
source "$(dirname "$0")/env.sh"

folder="$CACHE/torch"
if [ ! -e "$folder/complete" ]; then
  rm -rf "$folder"
  python3 -m venv "$folder" >&2 || die "Python cannot make a virtual environment: install python3-venv"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.15.0 transformers gguf accelerate >&2
  touch "$folder/complete"
fi
say "$folder/bin/python"
