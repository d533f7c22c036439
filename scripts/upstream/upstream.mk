# SPDX-License-Identifier: GPL-2.0-only
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
# Build mainline's BPF selftests as they are, or those that are named:
#   make -k -f upstream.mk SRC=<its source> OUT=<dir> BTF=<its vmlinux.btf> TESTS=<names>
# A test is a file of prog_tests/, or one of progs/verifier_*, to which its own test_loader
# is all that is needed. What does not build with this compiler is left out of the runner.
CLANG ?= clang-19
B := $(SRC)/tools/testing/selftests/bpf
T := $(SRC)/tools
bpftool := $(OUT)/bpftool/bootstrap/bpftool
libbpf := $(OUT)/libbpf/libbpf.a
verifier := $(filter verifier_% arena_kfunc% irq,$(TESTS))
others := $(filter-out $(verifier),$(TESTS))
runner := test_progs cgroup_helpers trace_helpers network_helpers testing_helpers btf_helpers \
	  cap_helpers unpriv_helpers sysctl_helpers netlink_helpers jit_disasm_helpers io_helpers \
	  test_loader disasm disasm_helpers json_writer bpftool_helpers
tests := $(TESTS:%=$(OUT)/%.test.o)
skels = $(patsubst %,$(OUT)/%,$(shell sed -nE 's/^\#include ["<](\w+\.l?skel\.h)[">]/\1/p' $(B)/prog_tests/$(1).c))

CFLAGS := -g -O0 -rdynamic -std=gnu11 -w -D_GNU_SOURCE -fno-omit-frame-pointer -I$(OUT) -I$(B) \
	  -I$(OUT)/libbpf/include -I$(T)/lib -I$(T)/include -I$(T)/arch/x86/include \
	  -I$(T)/include/uapi -I$(B)/libarena/include
system := $(shell $(CLANG) -v -E - </dev/null 2>&1 | \
	  sed -n '/<...> search starts here:/,/End of search list./{s| \(/.*\)|-idirafter \1|p}')
BPF_CFLAGS := -g -O2 --target=bpf -mcpu=v3 -w -D__TARGET_ARCH_x86 -DENABLE_ATOMICS_TESTS \
	      -I$(OUT) -I$(OUT)/libbpf/include -I$(B) -I$(T)/include/uapi -I$(T)/include \
	      -I$(B)/libarena/include -std=gnu11 -fno-strict-aliasing -fms-extensions $(system)

all: $(tests) $(runner:%=$(OUT)/%.o) $(OUT)/find_bit.o
.PHONY: all link
.SECONDARY:
$(libbpf):
	mkdir -p $(OUT)/libbpf
	$(MAKE) -s -C $(T)/lib/bpf OUTPUT=$(OUT)/libbpf/ DESTDIR=$(OUT)/libbpf prefix= $@ install_headers
$(bpftool):
	mkdir -p $(OUT)/bpftool
	$(MAKE) -s -C $(T)/bpf/bpftool OUTPUT=$(OUT)/bpftool/ bootstrap
$(OUT)/vmlinux.h: $(bpftool) $(BTF)
	$(bpftool) btf dump file $(BTF) format c >$@
$(OUT)/%.bpf.o: $(B)/progs/%.c $(OUT)/vmlinux.h $(libbpf)
	$(CLANG) $(BPF_CFLAGS) -c $< -o $@ 2>$(OUT)/$*.err
# Linked as mainline does it: what its bpftool makes of an object is what its libbpf loads.
$(OUT)/%.skel.h: $(OUT)/%.bpf.o
	$(bpftool) gen object $(OUT)/$*.linked.o $<
	$(bpftool) gen skeleton $(OUT)/$*.linked.o name $* >$@
$(OUT)/%.lskel.h: $(OUT)/%.bpf.o
	$(bpftool) gen object $(OUT)/$*.linked.o $<
	$(bpftool) gen skeleton -L $(OUT)/$*.linked.o name $*_lskel >$@
$(verifier:%=$(OUT)/%.test.o): $(OUT)/%.test.o: $(OUT)/%.skel.h
	printf '#include "test_progs.h"\n#include "%s.skel.h"\nvoid test_%s(void) { RUN_TESTS(%s); }\n' \
		$* $* $* >$(OUT)/$*.test.c
	cd $(OUT) && $(CC) $(CFLAGS) -c $*.test.c -o $@
.SECONDEXPANSION:
$(others:%=$(OUT)/%.test.o): $(OUT)/%.test.o: $(B)/prog_tests/%.c $$(call skels,$$*)
	cd $(OUT) && $(CC) $(CFLAGS) -c $< -o $@
$(OUT)/%.o: $(B)/%.c $(libbpf)
	cd $(OUT) && $(CC) $(CFLAGS) -c $< -o $@
$(OUT)/find_bit.o: $(T)/lib/find_bit.c
	$(CC) $(CFLAGS) -c $< -o $@

# Links what there is: tests.h names the tests. The runner wants to add a key, which no test
# here asks for, to a kernel that may have none.
$(OUT)/no_key.c:
	printf '%s\n' '#include <sys/syscall.h>' 'long __real_syscall(long, ...);' \
		'long __wrap_syscall(long n, long a, long b, long c, long d, long e, long f) {' \
		'return n == SYS_add_key ? 0 : __real_syscall(n, a, b, c, d, e, f); }' >$@
$(OUT)/test_progs.o: $(wildcard $(OUT)/prog_tests/tests.h)
link: $(OUT)/no_key.c $(runner:%=$(OUT)/%.o) $(OUT)/find_bit.o
	$(CC) $(CFLAGS) -Wl,--wrap=syscall $(OUT)/*.test.o $(runner:%=$(OUT)/%.o) \
		$(OUT)/find_bit.o $< $(libbpf) -lelf -lz -lrt -lpthread -o $(OUT)/test_progs
