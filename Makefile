# A thin face over CMake and tools/. Each target does first whatever it needs; `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup setup-bench setup-testbed build demo testbed files-tour test lint fuzz coverage mutation bench clean

help: ## print this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

setup: ## install every Debian package that building, testing and linting need
	@tools/setup.sh build test lint

setup-bench: ## install what only the benches need
	@tools/setup.sh build bench

setup-testbed: ## install what only the test bed of real hosts needs
	@tools/setup.sh testbed

build: ## the release binary, build/release/bin/twoseal
	@tools/setup.sh build
	cmake --preset release
	cmake --build --preset release

demo: build ## a tour through a real server, on hosts in memory: two signatures, a canary, a way back, the proof
	@tools/tour.py build/release/bin/twoseal --hosts memory

testbed: build setup-testbed ## the same tour on two real Debian hosts, as root: systemd, sshd, their own network
	@tools/tour.py build/release/bin/twoseal --hosts real

files-tour: build ## the decisions alone, on files without any server, and three attacks refused
	@tools/files_tour.sh build/release/bin/twoseal

test: ## configure, build and run every test (preset dev)
	@tools/setup.sh build test
	cmake --workflow --preset dev

lint: ## format, order of the folders, pages and texts, clang-tidy
	@tools/setup.sh build test lint
	tools/dev.sh lint

fuzz: ## run each fuzz target for SECONDS=60, or only ONLY=name
	@tools/setup.sh build lint
	tools/fuzz.sh --seconds $(or $(SECONDS),60) $(ONLY)

coverage: ## branch coverage of the trust core, naming every line that misses some
	@tools/setup.sh build test lint
	tools/coverage.py

mutation: ## how many of COUNT=100 single changes of the trust core its tests notice
	@tools/setup.sh build test lint
	tools/mutate.py --count $(or $(COUNT),100)

bench: ## run every program under bench/, or one: make bench ONLY=merkle
	@tools/setup.sh build bench
	cmake --preset release -DTWOSEAL_BENCH=ON
	cmake --build --preset release
	@set -e; for program in build/release/bench/$(or $(ONLY),*); do $$program; done

clean: ## remove everything that was built
	rm -rf build
