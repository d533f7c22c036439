# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
#
# Every target works from a clean clone: it runs what it needs first, and a
# stage with nothing to do says nothing.

include base.mk
include outbox/base.mk

BUILD := $(CURDIR)/build
override BUILD := $(abspath $(BUILD))
JOBS := $(shell nproc)
MEM := 2G
LIMIT := 1800
LIMIT_DEBUG := 3600
PREFIX := $(BUILD)/sdk
export BUILD JOBS MEM BASE_PACKAGE BASE_VERSION BASE_TESTED BASE_OLDER STRESS LONG T V SEED COUNT FAILURES TRACE \
	CHUNK PEER_SUITE PEER_PACKAGE BPF_CPU OUTBOX_SUITE OUTBOX_SOURCE OUTBOX_BINARY OUTBOX_VERSION OUTBOX_SHA256

S := $(CURDIR)/scripts
stages := source tree kernel kernel-debug kernel-stock kernel-um kernel-up kernel-kcsan kernel-arm64 tools sdk examples selftests \
	selftests-stock
goals := help deps deps-check deps-arm64 export-deps $(stages) refresh check-patches outgoing topics export outbox \
	config-report boot demo test test-debug test-up test-kcsan test-arm64 configs regress bench bench-docs compare upstream fuzz fuzz-debug fuzz-um fuzz-mainline prove \
	mutate model check bisect-build base-check \
	clean distclean
.PHONY: $(goals) demos
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | \
		awk -F '\t' '{ printf "  %-14s %s\n", $$1, $$2 }'
	@echo "Variables: T=filter of tests, CONFIG=file, STRESS=seconds, LONG=1, SEED=n, COUNT=n, V=1 guest console, JOBS=n, MEM=2G, BUILD=dir, PREFIX=dir, BPF_CPU=v4"

demo: kernel demos examples ## build, boot and show BPF programs that print, share memory, obey
	@$(S)/demo.sh
test: kernel tools selftests examples ## build, boot, run the tests (T=name for some)
	@$(S)/test.sh test $(LIMIT)
test-debug: kernel-debug kernel tools selftests examples ## the same on the debug kernel
	@$(S)/test.sh test-debug $(LIMIT_DEBUG)
test-up: kernel-up kernel tools selftests ## the tests of what differs there on a kernel without SMP
	@T="$(or $(T),stream,user_rb,may_goto,arena)" $(S)/test.sh test-up $(LIMIT_DEBUG)
test-kcsan: kernel-kcsan kernel tools selftests ## the tests with many CPUs at once on a kernel that finds data races
	@T="$(or $(T),stress)" $(S)/test.sh test-kcsan $(LIMIT_DEBUG)
test-arm64: kernel-arm64 ## the tests that need no code of x86 on an arm64 kernel
	@$(S)/arm64.sh
	@$(S)/test-arm64.sh
configs: tree deps-arm64 ## no new warning on arm64, also with pages of 64 KiB, i386, and without SMP
	@$(S)/configs.sh
regress: kernel selftests-stock ## the base's own tests, stock and ours: what differs
	@$(S)/regress.sh
bench: kernel kernel-stock tools selftests ## costs in guest instructions, stock and ours
	@$(S)/bench.sh
bench-docs: ## the numbers of the last make bench, into scripts/bench/bench.table and the pages
	@$(S)/bench-docs.sh write
compare: kernel tools selftests ## programs with loops: which kernel loads them, and at what cost
	@$(S)/compare.sh
upstream: kernel ## mainline's own selftests, as they are, on this kernel (T=pattern)
	@$(S)/upstream.sh
fuzz: kernel tools selftests ## random programs against the verifier (SEED=n COUNT=n)
	@$(S)/fuzz.sh fuzz
fuzz-debug: kernel-debug kernel tools selftests ## the same on the debug kernel
	@$(S)/fuzz.sh fuzz-debug
fuzz-um: kernel-um tools selftests ## the same, fast: the kernel is a program of this machine, and runs none
	@$(S)/fuzz-um.sh
fuzz-mainline: kernel-um tools selftests ## the same beside a mainline kernel: who accepts what
	@$(S)/fuzz-mainline.sh
prove: tree ## the verifier's arithmetic, for all values, by a model checker
	@$(S)/prove.sh
mutate: kernel kernel-um tools selftests ## faults put into the verifier: does a test or the fuzzer notice?
	@$(S)/mutate.sh
model: tree ## the protocols without locks, under the memory model of the kernel
	@$(S)/model.sh
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
kernel-up: tree ## build/up/: the same without SMP
	@$(S)/kernel.sh up
kernel-kcsan: tree ## build/kcsan/: the same with KCSAN
	@$(S)/kernel.sh kcsan
kernel-arm64: tree deps-arm64 ## build/arm64/: the same for arm64
	@$(S)/kernel.sh arm64
kernel-um: tree ## build/um: a kernel that is a program of this machine (User Mode Linux)
	@$(S)/um/kernel.sh $(BUILD)/linux $(BUILD)/um $(S)/um/um-6.1.config
kernel-stock: source ## build/stock/: the base without the series
	@$(S)/kernel.sh stock
tools: kernel ## build/libbpf and build/bpftool
	@$(S)/tools.sh
sdk: tools ## headers, libbpf, bpftool for your programs, in build/sdk (PREFIX=dir)
	@$(S)/sdk.sh "$(PREFIX)"
examples: sdk ## build/examples: programs with both sides, built with the SDK
	@$(S)/examples.sh "$(PREFIX)"
demos: tools
	@$(S)/selftests.sh demos
selftests: demos ## build/selftests: the tests of this series
	@$(S)/selftests.sh
selftests-stock: kernel kernel-stock ## build/regress: the tests of the base
	@$(S)/selftests-stock.sh

refresh: ## export the commits of build/linux to patches/
	@$(S)/refresh.sh
check-patches: tree ## patches/ survives import and export, and keeps its rules
	@$(S)/check-patches.sh
outgoing: tree ## build/outgoing: mails, by topic, for a pristine 6.1
	@$(S)/outgoing.sh
topics: outgoing ## build and test the tree at the end of each topic (TOPIC=name, GOAL=objects)
	@$(S)/topics.sh $(or $(GOAL),test) $(TOPIC)
export: outgoing export-deps ## build/export: the same for Yocto, Buildroot, Nix, Debian, git, and proved
	@$(S)/export-forms.sh
outbox: deps ## series for mainline (outbox/): apply, build, boot, test before and after
	@$(S)/outbox.sh
config-report: ## what the kernel configuration CONFIG=file lacks, and what for
	@$(S)/config-report.sh "$(CONFIG)"
bisect-build: tree ## build after every patch
	@$(S)/bisect-build.sh
base-check: tree ## try other bases: those of base.mk, or VERSION=6.1.187-1
	@for v in $(or $(VERSION),$(foreach v,$(BASE_OLDER),$(firstword $(subst =, ,$v)))); do \
		$(S)/base-check.sh "$$v" || exit; done

deps:
	@$(S)/deps.sh build
	@$(S)/guest/qemu.sh >/dev/null
deps-check:
	@$(S)/deps.sh check
export-deps:
	@$(S)/deps.sh export
deps-arm64:
	@$(S)/deps.sh arm64

clean: ## remove what was built, keep the sources
	@$(S)/clean.sh
distclean: ## remove build/ (not while it holds work that patches/ lacks)
	@$(S)/clean.sh all
