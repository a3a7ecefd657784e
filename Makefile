# The front door.  `make demo` and `make check` need nothing but make itself on a fresh Debian 12
# or newer: they install what is missing (tools/bootstrap), configure and build.
# meson and ninja do the work; each kind of build has its own directory under $(BUILD).

BUILD ?= build
CC    ?= cc
prefix ?= /usr/local
NINJA  = ninja -C

RELEASE = $(BUILD)/release
ASAN    = $(BUILD)/asan
CLANG   = $(BUILD)/clang
STATIC  = $(BUILD)/static
ARM64   = $(BUILD)/arm64
FUZZ    = $(BUILD)/fuzz

RELEASE_OPTIONS = --buildtype=debugoptimized --auto-features=enabled -Dtests=disabled \
	-Dfuzz=off --prefix="$(prefix)"
ASAN_OPTIONS_   = --buildtype=debug -Db_sanitize=address,undefined -Db_pie=false -Db_staticpic=false \
	--auto-features=enabled

# Two makes in one checkout take turns in a build directory instead of spoiling it.
LOCKED = mkdir -p $(BUILD) && flock $(1).lock

.DEFAULT_GOAL := help
.PHONY: help demo check check-clang check-fuzz check-vm check-mutants check-scale build asan install bench bench-lab bench-core bench-dumps bench-symbols bench-mcp check-core check-agents check-referees fuzz fuzz-build static cross-arm64 clean checks

help:
	@echo 'make demo         install what is missing, build, and look at real crash logs'
	@echo 'make check        install what is missing and run every test (sanitizer build)'
	@echo 'make build        the release build: $(RELEASE)/kdoc'
	@echo 'make install      install it (prefix=$(prefix), DESTDIR=)'
	@echo 'make checks       only the source checks of tools/check-* (seconds)'
	@echo 'make check-clang  make check with clang'
	@echo 'make check-vm     crash real kernels in QEMU, all cases (an hour under TCG)'
	@echo 'make check-referees  kdoc on real kernels beside llvm-symbolizer, addr2line, objdump (KERNELS=…, else one is fetched)'
	@echo 'make check-core DUMPS=…  verbs of a dump beside drgn, crash, makedumpfile, manifests (DEBUG=vmlinux MODULES=*.ko REFEREES=trixie)'
	@echo 'make check-agents kdoc mcp with OpenCode, Claude Code, Codex, Gemini CLI, other clients, the conformance suite (npm, 2 GB)'
	@echo 'make check-mutants TREE=…  crash real functions by bad variables (hours under TCG)'
	@echo 'make check-scale  an index of 1.4 million made-up commits: answers, sizes, times (REPO=REPO.git SOURCE=INDEX: models; CORPUS=FOLDER: reports); a million events (REPORTS=FILE.jsonl)'
	@echo 'make bench        throughput beside grep, memory, time of one pasted crash'
	@echo 'make bench-core   how long a dump takes to open, 1 GiB beside 64 GiB'
	@echo 'make bench-dumps DUMPS=…  questions to dumps beside drgn, crash (DEBUG=vmlinux), makedumpfile; PROCESSOR=1: its time instead of the clock'
	@echo 'make bench-mcp    kdoc mcp beside the reference server, tokens of its answers (DUMP=…)'
	@echo 'make bench-symbols VMLINUX=…  source lines beside addr2line, llvm-symbolizer, gdb'
	@echo 'make bench-lab    boots, crashes and cores per minute in QEMU, beside vng where that is'
	@echo 'make check-fuzz   libFuzzer, the same inputs each time (tests/fuzz.runs)'
	@echo 'make fuzz         20 s of libFuzzer per target (clang); SECONDS_EACH=N for more'
	@echo 'make static       one static file: $(STATIC)/kdoc'
	@echo 'make cross-arm64  one static arm64 file, tried under qemu-user'
	@echo 'make clean        remove $(BUILD)/'

demo:
	@tools/bootstrap build
	@$(MAKE) --no-print-directory build
	@tools/demo $(RELEASE)/kdoc

build:
	@tools/bootstrap build
	@tools/configure $(RELEASE) $(RELEASE_OPTIONS)
	@$(call LOCKED,$(RELEASE)) $(NINJA) $(RELEASE)

asan:
	@tools/bootstrap build check
	@tools/configure $(ASAN) $(ASAN_OPTIONS_)
	@$(call LOCKED,$(ASAN)) $(NINJA) $(ASAN)

check: asan
	@tests/run/summary $(ASAN)

# SUITES: options of meson test, as --no-suite checks
check-clang:
	@tools/bootstrap build check fuzz
	@CC=clang tools/configure $(CLANG) $(ASAN_OPTIONS_)
	@$(call LOCKED,$(CLANG)) $(NINJA) $(CLANG)
	@tests/run/summary $(CLANG) $(SUITES)

# KERNELS: folders of `kdoc lab kernel fetch --headers`, or built trees; else one is fetched
check-vm: build
	@tools/bootstrap vm
	@tests/run/lab-crash --all --cache $(BUILD)/vm $(addprefix --kernel ,$(KERNELS)) $(RELEASE)/kdoc

# KERNELS: vmlinux files and modules with debug info, or folders of them
check-referees: build
	@tools/bootstrap referees
	@$(if $(KERNELS),,tests/run/fetch-debug $(BUILD)/referees)
	@$(if $(KERNELS),,test -e $(BUILD)/referees/done || exit 0;) \
	tests/run/symbol-referees --kdoc $(RELEASE)/kdoc $(or $(KERNELS),$(BUILD)/referees)

# Other people's programs come from npm (tools/node-env) into $(BUILD)/node
check-agents: build
	@tools/bootstrap agents
	@KDOC_NODE_ENV="$(abspath $(BUILD))/node" tests/run/agents-all $(RELEASE)/kdoc

# DUMPS: what kdoc lab crash left; DEBUG: their kernel's vmlinux with debug info; MODULES: modules with debug info; REFEREES: a
# suite of Debian whose drgn, crash and makedumpfile are fetched (trixie) and taken instead of those installed
check-core: build
	@$(if $(REFEREES),tests/run/fetch-referees $(BUILD)/core-referees $(REFEREES))
	@tests/run/core-all --kdoc $(RELEASE)/kdoc $(if $(REFEREES),--referees $(BUILD)/core-referees) $(addprefix --debug ,$(DEBUG)) $(addprefix --module ,$(MODULES)) $(DUMPS)

# TREE: the kernel's source as a folder (kdoc lab kernel fetch --source); MUTANTS: more options of the tool
check-mutants: build
	@tools/bootstrap vm
	@tests/mutants/mutants.py --kdoc $(RELEASE)/kdoc --work $(BUILD)/mutants --tree "$(TREE)" $(MUTANTS) all

# REPO: a git repository whose commits are the models, SOURCE: an index of one; CORPUS: a folder with queries.jsonl.zst; COMMITS: how many
check-scale: build
	@$(call LOCKED,$(RELEASE)) $(NINJA) $(RELEASE) tests/gen-history
	@tests/scale/history --commits $(or $(COMMITS),1400000) $(addprefix --repo ,$(REPO)) $(addprefix --source ,$(SOURCE)) \
		$(addprefix --corpus ,$(CORPUS)) $(addprefix --work ,$(WORK)) $(RELEASE)/kdoc $(RELEASE)/tests/gen-history
	@tests/scale/ingest --number $(or $(EVENTS),1000000) $(addprefix --reports ,$(REPORTS)) $(RELEASE)/kdoc

checks: asan
	@tests/run/summary $(ASAN) --suite checks

install: build
	@meson install -C $(RELEASE) --no-rebuild --strip --quiet $(if $(DESTDIR),--destdir "$(abspath $(DESTDIR))")

bench: build
	@tests/bench/run.sh $(RELEASE)/kdoc

# VMLINUX: one with debug info; TREE: the kernel's source (for decode_stacktrace.sh); LOG: a log to decode
bench-symbols: build
	@tests/bench/symbols.py $(if $(TREE),--tree "$(TREE)") $(if $(LOG),--log "$(LOG)") $(RELEASE)/kdoc "$(VMLINUX)"

# DUMPS: real ones to measure as well
bench-core: build
	@tests/bench/core.py $(RELEASE)/kdoc $(DUMPS)

bench-dumps: build
	@tests/bench/verbs.py $(addprefix --debug ,$(DEBUG)) $(if $(PROCESSOR),--processor) $(RELEASE)/kdoc $(DUMPS)

# DUMP: a vmcore, for the way through a dump
bench-mcp: build
	@tools/bootstrap agents
	@KDOC_NODE_ENV="$(abspath $(BUILD))/node" tests/bench/mcp $(if $(DUMP),--dump "$(DUMP)") $(RELEASE)/kdoc

bench-lab: build
	@tools/bootstrap vm
	@tests/bench/lab.py --cache $(BUILD)/vm $(addprefix --kernel ,$(firstword $(KERNELS))) $(RELEASE)/kdoc

fuzz: fuzz-build
	@tests/run/fuzz $(FUZZ) $(or $(SECONDS_EACH),20)

check-fuzz: fuzz-build
	@tests/run/fuzz $(FUZZ) --runs

fuzz-build:
	@tools/bootstrap build check fuzz
	@CC=clang tools/configure $(FUZZ) $(ASAN_OPTIONS_) -Doptimization=1 -Dfuzz=libfuzzer -Dtests=disabled
	@$(call LOCKED,$(FUZZ)) $(NINJA) $(FUZZ)

static:
	@tools/bootstrap build
	@tools/configure $(STATIC) --buildtype=debugoptimized --auto-features=enabled -Dtests=disabled \
		-Dfuzz=off -Dstatic_pie=true --prefer-static
	@$(call LOCKED,$(STATIC)) $(NINJA) $(STATIC)
	@tests/run/static $(STATIC)/kdoc

cross-arm64:
	@tools/bootstrap build arm64
	@tools/arm64-sysroot $(BUILD)/arm64-sysroot
	@tools/configure $(ARM64) --cross-file $(BUILD)/arm64-sysroot/cross.ini \
		--buildtype=debugoptimized --auto-features=enabled -Dtests=disabled -Dfuzz=off \
		-Dstatic_pie=true --prefer-static
	@$(call LOCKED,$(ARM64)) $(NINJA) $(ARM64)
	@tests/run/static $(ARM64)/kdoc qemu-aarch64

clean:
	rm -rf $(BUILD)
