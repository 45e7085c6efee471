# One line a command; the work is in scripts/. `make` alone lists them.
.PHONY: help run dev test test-gpu e2e bench screenshots fmt lint
help:        ; @sed -nE 's/^([a-z0-9-]+):.*@(scripts|cargo).*## (.*)/make \1: \3/p' Makefile
run:         ; @scripts/run.sh         ## build everything and serve on 127.0.0.1:3000 (ENGINE=off: without training)
dev:         ; @scripts/dev.sh         ## rebuild and reload on every change (needs cargo-leptos)
test:        ; @scripts/test.sh        ## every check, with a real Postgres and a real Chromium
test-gpu:    ; @scripts/test-gpu.sh    ## the engine on a GPU beside the CPU (builds burn for GPUs: long)
e2e:         ; @scripts/e2e.sh $(ARGS) ## the browser tests alone; make e2e ARGS="--project=hydrated annotate"
bench:       ; @scripts/bench.sh       ## measurements against their limits
screenshots: ; @scripts/screenshots.sh ## the pictures in docs/screenshots, made anew
fmt:         ; @cargo fmt --all        ## format the Rust sources
lint:        ; @scripts/lint.sh        ## formatting, clippy on both halves, dependency directions, file length
