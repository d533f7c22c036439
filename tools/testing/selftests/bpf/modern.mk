# SPDX-License-Identifier: GPL-2.0
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
#
# Builds the tests of this series alone: the test_progs runner with their files
# only, the benchmarks and the demos. The Makefile beside it builds them too,
# together with everything else.
#
#   make -f modern.mk OUTPUT=<dir> VMLINUX_BTF=<vmlinux> BPFTOOL=<bpftool> LIBBPF=<dir>
#
# LIBBPF is a directory with libbpf.a and include/bpf/. Nothing is written outside
# of OUTPUT. For another architecture than x86-64: TARGET_ARCH, as libbpf names it, CC, and
# with EXTRA_CFLAGS and LDFLAGS where its libelf and libz are. BPFTOOL runs on this machine.

ifeq ($(filter clean sources,$(MAKECMDGOALS)),)
$(foreach v,OUTPUT VMLINUX_BTF BPFTOOL LIBBPF,$(if $($(v)),,$(error $(v) is not set)))
endif

# The parts of the series: the beginning of the names of their files. A file of another
# name is not built, and fails the project's checks.
PARTS := stream arena dynptr_sound user_rb callback may_goto fuzz effects sleep_fact precise mistakes scalar sound cpuv4 iter_num sections res_lock

CLANG ?= clang-19
TARGET_ARCH ?= x86
TOOLS := $(abspath ../../..)
OUT := $(abspath $(OUTPUT))

ifeq ($(V),1)
Q :=
msg =
else
Q := @
msg = @printf '  %-8s %s\n' "$(1)" "$(notdir $@)";
MAKEFLAGS += --no-print-directory
endif

tests := $(notdir $(basename $(wildcard $(PARTS:%=prog_tests/%*.c))))
runner := test_progs cgroup_helpers trace_helpers network_helpers testing_helpers btf_helpers \
	  cap_helpers test_loader
programs := $(notdir $(basename $(wildcard $(PARTS:%=benchs/bench_%*.c) $(PARTS:%=benchs/%*_demo.c))))
demos := $(filter %_demo,$(programs))

# What asks another kernel, which has nothing but an initramfs.
judge := fuzz_judge
judge_objs := $(addprefix $(OUT)/,$(judge).main.o cap_helpers.o $(patsubst %,%.test.o, \
	      $(filter fuzz_gen% fuzz_model fuzz_kernel fuzz_refused fuzz_shrink,$(tests))))
bpf := $(notdir $(basename $(wildcard $(PARTS:%=progs/%*.c))))

# Programs with loops, for a comparison of kernels, and 6.1's tool for that
compare := $(notdir $(wildcard compare/*.bpf.c))

# Objects that libbpf refuses to open: no skeleton, the tests open the file.
refused := $(filter %_refused,$(bpf))

skels := $(patsubst %,$(OUT)/%.skel.h,$(filter-out $(refused),$(bpf)))
test_objs := $(tests:%=$(OUT)/%.test.o)
runner_objs := $(runner:%=$(OUT)/%.o)

CFLAGS := -g -O0 -rdynamic -Wall -Werror -I$(OUT) -I. -I$(LIBBPF)/include -I$(TOOLS)/lib \
	  -I$(TOOLS)/include -I$(TOOLS)/include/uapi $(EXTRA_CFLAGS)
LDLIBS := -lelf -lz -lrt -lpthread
# The instruction set of the programs; some want a newer one.
BPF_CPU ?= v3
BPF_CFLAGS := -g -O2 -target bpf -mcpu=$(BPF_CPU) -Wall -Werror -Wno-compare-distinct-pointer-types \
	      -D__TARGET_ARCH_$(TARGET_ARCH) -I$(OUT) -Iprogs -I. -I$(LIBBPF)/include -I$(TOOLS)/include/uapi
deps = -MMD -MP -MF $@.d

all: $(OUT)/test_progs $(OUT)/$(judge) $(programs:%=$(OUT)/%) $(OUT)/bpftool $(refused:%=$(OUT)/%.bpf.o)

$(OUT) $(OUT)/prog_tests:
	$(Q)mkdir -p $@

# A new vmlinux often has the types of the old one: then nothing depends on it.
$(OUT)/vmlinux.stamp: $(VMLINUX_BTF) $(BPFTOOL) | $(OUT)
	$(Q)$(BPFTOOL) btf dump file $(VMLINUX_BTF) format c > $(OUT)/vmlinux.tmp
	$(Q)cmp -s $(OUT)/vmlinux.tmp $(OUT)/vmlinux.h || cp $(OUT)/vmlinux.tmp $(OUT)/vmlinux.h
	$(Q)rm $(OUT)/vmlinux.tmp; touch $@

$(OUT)/vmlinux.h: $(OUT)/vmlinux.stamp ;

# Rewritten only when it changes
$(OUT)/bpf_cpu: FORCE | $(OUT)
	$(Q)echo $(BPF_CPU) | cmp -s - $@ || echo $(BPF_CPU) > $@

$(OUT)/%.bpf.o: progs/%.c $(OUT)/vmlinux.h $(OUT)/bpf_cpu
	$(call msg,CLNG-BPF)
	$(Q)$(CLANG) $(BPF_CFLAGS) $(deps) -c $< -o $@

$(OUT)/cpuv4_%.bpf.o: BPF_CFLAGS += -mcpu=v4

# Linked as the Makefile does it, which drops what no one refers to.
$(OUT)/%.skel.h: $(OUT)/%.bpf.o $(BPFTOOL)
	$(call msg,GEN-SKEL)
	$(Q)$(BPFTOOL) gen object $(OUT)/$*.linked.o $<
	$(Q)$(BPFTOOL) gen skeleton $(OUT)/$*.linked.o name $* > $@.tmp
	$(Q)mv $@.tmp $@

# Rewritten only when a test comes or goes.
$(OUT)/prog_tests/tests.stamp: $(tests:%=prog_tests/%.c) | $(OUT)/prog_tests
	$(Q)sed -n -E 's/^void (serial_)?test_([a-zA-Z0-9_]+)\((void)?\).*/DEFINE_TEST(\2)/p' \
		$^ | sort > $@.tmp
	$(Q)cmp -s $@.tmp $(@:.stamp=.h) || cp $@.tmp $(@:.stamp=.h)
	$(Q)rm $@.tmp; touch $@

$(OUT)/prog_tests/tests.h: $(OUT)/prog_tests/tests.stamp ;

# The first build has to have all skeletons, later ones know which they need.
$(test_objs): $(OUT)/%.test.o: prog_tests/%.c | $(skels)
	$(call msg,TEST-OBJ)
	$(Q)$(CC) $(CFLAGS) $(deps) -c $< -o $@

# An interpreter has to be fast.
$(OUT)/fuzz%.test.o: CFLAGS += -O2

$(runner_objs): $(OUT)/%.o: %.c | $(OUT)
	$(call msg,EXT-OBJ)
	$(Q)$(CC) $(CFLAGS) $(deps) -c $< -o $@

$(OUT)/test_progs.o: $(OUT)/prog_tests/tests.h

# A demo has the skeletons that it names, so that it is there before the tests are.
skels_of = $(shell sed -n 's,^\#include "\(.*\.skel\.h\)",$(OUT)/\1,p' $(1))
$(foreach d,$(demos),$(eval $(OUT)/$d.main.o: | $(call skels_of,benchs/$d.c)))
$(filter-out $(demos:%=$(OUT)/%.main.o),$(programs:%=$(OUT)/%.main.o)): | $(skels)

$(programs:%=$(OUT)/%.main.o) $(OUT)/$(judge).main.o: $(OUT)/%.main.o: benchs/%.c
	$(call msg,CC)
	$(Q)$(CC) $(CFLAGS) -O2 $(deps) -c $< -o $@

$(OUT)/test_progs: $(test_objs) $(runner_objs) $(LIBBPF)/libbpf.a
	$(call msg,BINARY)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(programs:%=$(OUT)/%): $(OUT)/%: $(OUT)/%.main.o $(LIBBPF)/libbpf.a
	$(call msg,BINARY)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(OUT)/$(judge): $(judge_objs) $(LIBBPF)/libbpf.a
	$(call msg,BINARY)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -static $^ $(LDLIBS) -o $@

$(OUT)/compare:
	$(Q)mkdir -p $@

$(OUT)/compare/%.bpf.o: compare/%.bpf.c $(OUT)/vmlinux.h | $(OUT)/compare
	$(call msg,CLNG-BPF)
	$(Q)$(CLANG) $(BPF_CFLAGS) $(deps) -c $< -o $@

$(OUT)/veristat: veristat.c $(LIBBPF)/libbpf.a
	$(call msg,BINARY)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -static $^ $(LDLIBS) -o $@

compare: $(compare:%.c=$(OUT)/compare/%.o) $(OUT)/veristat

demos: $(demos:%=$(OUT)/%)

# The tests run it.
$(OUT)/bpftool: $(BPFTOOL) | $(OUT)
	$(Q)ln -sf $(abspath $<) $@

# What is built here, for a check that nothing is left out
sources:
	@printf '%s\n' $(tests:%=prog_tests/%.c) $(bpf:%=progs/%.c) $(wildcard $(programs:%=benchs/%.c) $(judge:%=benchs/%.c)) $(compare:%=compare/%)

clean:
	$(Q)$(if $(OUTPUT),$(RM) -r $(OUT))

.PHONY: all compare demos clean sources FORCE
.DELETE_ON_ERROR:
.SECONDARY:

-include $(wildcard $(OUT)/*.d $(OUT)/compare/*.d)
