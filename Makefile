# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
#
# Every target works from a clean clone: it runs what it needs first, and a
# stage with nothing to do says nothing.

include base.mk

BUILD := $(CURDIR)/build
override BUILD := $(abspath $(BUILD))
JOBS := $(shell nproc)
MEM := 2G
LIMIT := 1800
LIMIT_DEBUG := 3000
export BUILD JOBS MEM BASE_PACKAGE BASE_VERSION BASE_SHA256 STRESS T V SEED COUNT FAILURES TRACE

S := $(CURDIR)/scripts
stages := source tree kernel kernel-debug kernel-stock tools selftests \
	selftests-stock
goals := help deps deps-check $(stages) refresh check-patches outgoing boot \
	demo test test-debug regress bench fuzz fuzz-debug check bisect-build base-check \
	clean distclean
.PHONY: $(goals)
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | \
		awk -F '\t' '{ printf "  %-14s %s\n", $$1, $$2 }'
	@echo "Variables: T=filter of tests, STRESS=seconds, SEED=n, COUNT=n, V=1 guest console, JOBS=n, MEM=2G, BUILD=dir"

demo: kernel tools selftests ## build, boot and show BPF programs that print
	@$(S)/demo.sh
test: kernel tools selftests ## build, boot, run the tests (T=name for some)
	@$(S)/test.sh test $(LIMIT)
test-debug: kernel-debug kernel tools selftests ## the same on the debug kernel
	@$(S)/test.sh test-debug $(LIMIT_DEBUG)
regress: kernel selftests-stock ## the base's own tests, stock and ours: what differs
	@$(S)/regress.sh
bench: kernel kernel-stock tools selftests ## costs in guest instructions, stock and ours
	@$(S)/bench.sh
fuzz: kernel tools selftests ## random programs against the verifier (SEED=n COUNT=n)
	@$(S)/fuzz.sh fuzz
fuzz-debug: kernel-debug kernel tools selftests ## the same on the debug kernel
	@$(S)/fuzz.sh fuzz-debug
check: tree deps-check ## checkpatch, W=1, sparse, shellcheck, patches, docs
	@$(S)/check.sh
boot: kernel tools ## a shell in the guest
	@$(S)/boot.sh

source: deps ## fetch and unpack the base kernel
	@$(S)/source.sh
tree: source ## build/linux: the base as a git repository, with the series
	@$(S)/tree.sh
kernel: tree ## build/bzImage and build/vmlinux
	@$(S)/kernel.sh ours
kernel-debug: tree ## build/debug/: the same with everything that finds bugs
	@$(S)/kernel.sh debug
kernel-stock: source ## build/stock/: the base without the series
	@$(S)/kernel.sh stock
tools: kernel ## build/libbpf and build/bpftool
	@$(S)/tools.sh
selftests: tools ## build/selftests: the tests of this series
	@$(S)/selftests.sh
selftests-stock: kernel kernel-stock ## build/regress: the tests of the base
	@$(S)/selftests-stock.sh

refresh: ## export the commits of build/linux to patches/
	@$(S)/refresh.sh
check-patches: tree ## patches/ survives import and export, and keeps its rules
	@$(S)/check-patches.sh
outgoing: tree ## build/outgoing: a mailable series for a pristine 6.1
	@$(S)/outgoing.sh
bisect-build: tree ## build after every patch
	@$(S)/bisect-build.sh
base-check: deps ## try another base: make base-check VERSION=6.1.187-1
	@$(S)/base-check.sh "$(VERSION)"

deps:
	@$(S)/deps.sh build
deps-check:
	@$(S)/deps.sh check

clean: ## remove what was built, keep the sources
	@$(S)/clean.sh
distclean: ## remove build/ (not while it holds work that patches/ lacks)
	@$(S)/clean.sh all
