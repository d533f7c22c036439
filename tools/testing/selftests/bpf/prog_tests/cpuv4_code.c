// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Compiled programs with insns of cpuv4 */
#include <limits.h>
#include <pthread.h>
#include <sys/syscall.h>
#include "test_progs.h"
#include "cpuv4_helpers.h"
#include "cpuv4_code.skel.h"

static bool run_tc(const struct bpf_program *prog, struct __sk_buff *skb)
{
	char packet[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet),
		    .ctx_in = skb, .ctx_size_in = skb ? sizeof(*skb) : 0);

	return ASSERT_OK(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), "run");
}

static void compute(struct cpuv4_code *skel)
{
	static const long numbers[] = { 7, -7, 100, LONG_MAX, LONG_MIN, INT_MIN, -1 };
	static const long divisors[] = { 3, -3, -1, 1, 0, INT_MIN };
	struct cpuv4_code__bss *bss = skel->bss;
	__s32 in, by;
	long n, d;
	int i, j;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		for (j = 0; j < ARRAY_SIZE(divisors); j++) {
			n = bss->in64 = numbers[i];
			d = bss->by64 = divisors[j];
			in = bss->in32 = numbers[i];
			by = bss->by32 = divisors[j];
			bss->in8 = numbers[i];
			bss->in16 = numbers[i];
			if (!run_tc(skel->progs.compute, NULL))
				return;
			ASSERT_EQ((__u64)bss->sum8, (__u64)n + (signed char)n, "8 bits");
			ASSERT_EQ((__u64)bss->sum16, (__u64)n + (short)n, "16 bits");
			ASSERT_EQ((__u64)bss->sum32, (__u64)n + in, "32 bits");
			ASSERT_EQ(bss->swapped, __builtin_bswap32(in), "swap");
			ASSERT_EQ(bss->div64, d ? d == -1 ? (long)-(__u64)n : n / d : 0, "div 64");
			ASSERT_EQ(bss->mod64, d ? d == -1 ? 0 : n % d : n, "mod 64");
			ASSERT_EQ(bss->div32, by ? by == -1 ? (__s32)-(__u32)in : in / by : 0,
				  "div 32");
			ASSERT_EQ(bss->mod32, by ? by == -1 ? 0 : in % by : in, "mod 32");
		}
	}
}

static void context(struct cpuv4_code *skel)
{
	struct __sk_buff skb = { .mark = 0x8001fe7f };

	if (!run_tc(skel->progs.context, &skb))
		return;
	ASSERT_EQ(skel->bss->sum8, (signed char)0xfe, "8 bits");
	ASSERT_EQ(skel->bss->sum16, (short)0x8001, "16 bits");
	ASSERT_EQ(skel->bss->sum32, (int)0x8001fe7f, "32 bits");
}

static void shared(struct cpuv4_code *skel)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	skel->arena->arena_int = -100000;
	skel->arena->arena_char = -5;
	if (ASSERT_OK(bpf_prog_test_run_opts(bpf_program__fd(skel->progs.shared), &opts), "run"))
		ASSERT_EQ(skel->bss->arena_sum, -100005, "sum");
}

static void *thread(void *arg)
{
	struct cpuv4_code *skel = arg;
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	skel->bss->tid = syscall(SYS_gettid);
	ASSERT_OK(bpf_prog_test_run_opts(bpf_program__fd(skel->progs.kernel), &opts), "run");
	return NULL;
}

static void kernel(struct cpuv4_code *skel)
{
	pthread_t t;

	skel->links.kernel = bpf_program__attach(skel->progs.kernel);
	if (!ASSERT_OK_PTR(skel->links.kernel, "attach"))
		return;
	if (ASSERT_OK(pthread_create(&t, NULL, thread, skel), "thread"))
		pthread_join(t, NULL);
	ASSERT_EQ(skel->data->exit_signal, -1, "exit signal");
	ASSERT_EQ(skel->data->absent, 0, "through null");
}

/* Are there insns of this kind in what the compiler made, and in what the kernel says? */
static bool has_insn(const struct bpf_insn *insn, int cnt, __u8 code, int off)
{
	while (cnt--) {
		if (insn->code == code && (off < 0 || insn->off == off))
			return true;
		insn++;
	}
	return false;
}

static void check_insns(struct cpuv4_code *skel)
{
	static struct bpf_insn xlated[512];
	const struct {
		const struct bpf_program *prog;
		__u8 code;
		int off;
	} insns[] = {
		{ skel->progs.compute, BPF_LDX | BPF_MEMSX | BPF_B, -1 },
		{ skel->progs.compute, BPF_LDX | BPF_MEMSX | BPF_H, -1 },
		{ skel->progs.compute, BPF_LDX | BPF_MEMSX | BPF_W, -1 },
		{ skel->progs.compute, BPF_ALU64 | BPF_DIV | BPF_X, 1 },
		{ skel->progs.compute, BPF_ALU | BPF_DIV | BPF_X, 1 },
		{ skel->progs.compute, BPF_ALU64 | BPF_MOV | BPF_X, 32 },
		{ skel->progs.compute, BPF_ALU64 | BPF_END, -1 },
		{ skel->progs.shared, BPF_LDX | BPF_MEMSX | BPF_W, -1 },
		{ skel->progs.kernel, BPF_LDX | BPF_MEMSX | BPF_W, -1 },
	};
	struct bpf_prog_info info;
	__u32 len;
	int i;

	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		ASSERT_TRUE(has_insn(bpf_program__insns(insns[i].prog),
				     bpf_program__insn_cnt(insns[i].prog), insns[i].code,
				     insns[i].off), "compiled");
		memset(&info, 0, sizeof(info));
		info.xlated_prog_insns = (unsigned long)xlated;
		info.xlated_prog_len = sizeof(xlated);
		len = sizeof(info);
		if (ASSERT_OK(bpf_obj_get_info_by_fd(bpf_program__fd(insns[i].prog), &info, &len),
			      "info"))
			ASSERT_TRUE(has_insn(xlated, info.xlated_prog_len / sizeof(*xlated),
					     insns[i].code, insns[i].off), "dumped");
	}
}

static void run_all(__u32 flags)
{
	struct cpuv4_code *skel = cpuv4_code__open();
	struct bpf_program *prog;

	if (!ASSERT_OK_PTR(skel, "open"))
		return;
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_flags(prog, bpf_program__flags(prog) | flags);
	if (!ASSERT_OK(cpuv4_code__load(skel), "load")) {
		cpuv4_code__destroy(skel);
		return;
	}
	compute(skel);
	context(skel);
	shared(skel);
	kernel(skel);
	if (!may_goto_hardened() && !flags)
		check_insns(skel);
	cpuv4_code__destroy(skel);
}

void serial_test_cpuv4_code(void)
{
	struct sysctl sysctl;

	if (test__start_subtest("jit"))
		run_all(0);
	/* What is not defined by an insn is some number after it. */
	if (test__start_subtest("random_upper_halves"))
		run_all(BPF_F_TEST_RND_HI32);
	if (!test__start_subtest("blinded") ||
	    !ASSERT_OK(sysctl_set(&sysctl, "net/core/bpf_jit_harden", 2), "sysctl"))
		return;
	run_all(0);
	sysctl_restore(&sysctl);
}
