# What one does with WarrenMQ, one word each. Everything real is in CMakeLists.txt and tools/.
# `make run` and `make test` work as the first command after a clone, as root or with sudo.

JOBS    ?= $(shell nproc)
DATA    ?= ./data
ROUNDS  ?= 200
prefix  ?= /usr/local
DESTDIR ?=

packages  = tools/install_packages.sh
configure = cmake -Wno-dev --log-level=NOTICE --preset

.DEFAULT_GOAL := help
.PHONY: help run build test crash bench sim fuzz asan tsan interop install deb format tidy clean

help: ## list these targets
	@sed -n 's/^\([a-z ]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 12

run: build ## start a broker from this folder (DATA=./data, CONFIG=rabbitmq.conf)
	@tools/run_server.sh --data-dir $(DATA) $(if $(CONFIG),--config $(CONFIG))

build: ## compile what users run, into build/release/bin
	@$(packages) build
	@$(configure) release
	@cmake --build build/release -j $(JOBS)

test: ## everything: unit tests, conformance scenarios, clients of other people
	@$(packages) build test
	@$(MAKE) --no-print-directory build
	@cmake --build build/release -j $(JOBS) --target hot-path
	@$(configure) dev
	@cmake --build build/dev -j $(JOBS)
	@JOBS=$(JOBS) tools/run_tests.sh

crash: build ## kill the server ROUNDS=200 times and see what comes back (CRASH='--seed 7')
	@$(packages) build test
	@$(configure) dev
	@cmake --build build/dev -j $(JOBS) --target warrenmq-crash
	@build/dev/bin/warrenmq-crash --server build/release/bin/warrenmq-server --rounds $(ROUNDS) $(CRASH)

bench: build ## tables of speed and memory (BENCH='--relay --peer-port 5673': beside others)
	@bench/run.py $(BENCH)

sim: ## crashes of the simulated log engine (SIM_RUNS=1000000, SIM_SEED=1: the first of the seeds)
	@$(packages) build test
	@$(configure) dev
	@cmake --build build/dev -j $(JOBS) --target engine-simulation
	@build/dev/bin/engine-simulation --runs $(or $(SIM_RUNS),100000) --seed $(or $(SIM_SEED),1) --processes $(JOBS)

fuzz: ## every parser against random input (FUZZ_SECONDS=60 each)
	@$(packages) build fuzz
	@$(configure) fuzz
	@cmake --build build/fuzz -j $(JOBS)
	@tools/run_fuzz.sh

asan tsan: ## unit tests under sanitizers: memory and undefined behaviour, or threads
	@$(packages) build test
	@$(configure) $@
	@cmake --build build/$@ -j $(JOBS)
	@ctest --test-dir build/$@ -j $(JOBS) --output-on-failure

interop: build ## client libraries of many languages (downloads them)
	@tests/interop/run.sh

install: build ## into prefix=/usr/local (DESTDIR=), with a systemd unit
	@deploy/install.sh "$(DESTDIR)" "$(prefix)"

deb: build ## build/warrenmq_VERSION_ARCH.deb
	@deploy/deb/build.sh

format: ## lay out the source as .clang-format says
	@$(packages) lint
	@git ls-files '*.h' '*.cpp' | xargs -r clang-format-19 -i

tidy: ## static checks of .clang-tidy
	@$(packages) build test lint
	@$(configure) dev
	@cmake --build build/dev -j $(JOBS)
	@run-clang-tidy-19 -quiet -p build/dev -j $(JOBS) '$(CURDIR)/(src|tools|fuzz)/.*' 2>/dev/null

clean: ## remove build/ (the data folder stays)
	@rm -rf build
