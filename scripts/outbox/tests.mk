# SPDX-License-Identifier: GPL-2.0
# Copyright (c) 2026 the Modern BPF for Linux 6.1 project
#
# Mainline's test_progs with some of its tests, static, for a guest that has nothing but an
# initramfs. In tools/testing/selftests/bpf:
#   make -f tests.mk OUTPUT=<dir> VMLINUX_BTF=<file> BPFTOOL=<file> TESTS=<names>
# TESTS are files of prog_tests; their skeletons say which files of progs they need.

CLANG ?= clang-19
TOOLS := $(abspath ../../..)
OUT := $(abspath $(OUTPUT))
LIBBPF := $(OUT)/libbpf
Q := $(if $(V),,@)

runner := test_progs cgroup_helpers trace_helpers network_helpers testing_helpers btf_helpers \
	  cap_helpers unpriv_helpers sysctl_helpers jit_disasm_helpers io_helpers test_loader \
	  disasm disasm_helpers json_writer bpftool_helpers
progs := $(shell sed -nE 's/^.include ["<](.*)\.skel\.h[">].*/\1/p' $(TESTS:%=prog_tests/%.c))
objs := $(runner:%=$(OUT)/%.o) $(OUT)/find_bit.o $(TESTS:%=$(OUT)/%.test.o)
CFLAGS := -g -O1 -std=gnu11 -Wall -D_GNU_SOURCE= -I$(OUT) -I. -I$(LIBBPF)/include \
	  -I$(TOOLS)/lib -I$(TOOLS)/include -I$(TOOLS)/arch/x86/include -I$(TOOLS)/include/uapi \
	  -Ilibarena/include
BPF_CFLAGS := -g -O2 --target=bpfel -mcpu=v3 -std=gnu11 -Wall -Werror -fno-strict-aliasing \
	  -fms-extensions -Wno-microsoft-anon-tag -Wno-compare-distinct-pointer-types \
	  -Wno-initializer-overrides -D__TARGET_ARCH_x86 -DENABLE_ATOMICS_TESTS -I$(OUT) -I. \
	  -I$(LIBBPF)/include -I$(TOOLS)/include/uapi -I$(TOOLS)/include -Ilibarena/include \
	  -idirafter /usr/include/x86_64-linux-gnu
deps = -MMD -MP -MF $@.d
$(OUT)/test_progs: $(objs) $(LIBBPF)/libbpf.a
	$(Q)$(CC) -static $^ -lelf -lz -lrt -lpthread -o $@ 2>$@.log || { cat $@.log; exit 1; }

$(LIBBPF)/libbpf.a:
	$(Q)mkdir -p $(LIBBPF)
	$(Q)$(MAKE) -s -C $(TOOLS)/lib/bpf OUTPUT=$(LIBBPF)/ DESTDIR=$(LIBBPF) prefix= \
		$@ install_headers >/dev/null

# The runner adds a key for signed programs, which no test here has, and small kernels lack.
$(OUT)/vmlinux.h: $(VMLINUX_BTF) $(BPFTOOL)
	$(Q)mkdir -p $(OUT)/prog_tests
	$(Q)$(BPFTOOL) btf dump file $(VMLINUX_BTF) format c >$@
	$(Q)printf '%s\n' '#undef __NR_add_key' '#define __NR_add_key __NR_getpid' \
		'static const char test_progs_verification_cert[1];' \
		'enum { test_progs_verification_cert_len };' >$(OUT)/verification_cert.h
$(OUT)/%.bpf.o: progs/%.c $(OUT)/vmlinux.h $(LIBBPF)/libbpf.a
	$(Q)$(CLANG) $(BPF_CFLAGS) $(deps) -c $< -o $@
$(OUT)/%.skel.h: $(OUT)/%.bpf.o
	$(Q)$(BPFTOOL) gen object $(OUT)/$*.linked.o $<
	$(Q)$(BPFTOOL) gen skeleton $(OUT)/$*.linked.o name $* >$@
$(OUT)/prog_tests/tests.h: $(TESTS:%=prog_tests/%.c) $(OUT)/vmlinux.h
	$(Q)sed -nE 's/^void (serial_)?test_([a-zA-Z0-9_]+)\((void)?\).*/DEFINE_TEST(\2)/p' \
		$(filter %.c,$^) | sort >$@
$(OUT)/%.test.o: prog_tests/%.c | $(progs:%=$(OUT)/%.skel.h)
	$(Q)$(CC) $(CFLAGS) $(deps) -c $< -o $@
$(OUT)/%.o: %.c $(OUT)/prog_tests/tests.h | $(LIBBPF)/libbpf.a
	$(Q)$(CC) $(CFLAGS) $(deps) -c $< -o $@
$(OUT)/find_bit.o: $(TOOLS)/lib/find_bit.c | $(LIBBPF)/libbpf.a
	$(Q)$(CC) $(CFLAGS) -c $< -o $@
.DELETE_ON_ERROR:
.SECONDARY:
-include $(wildcard $(OUT)/*.d)
