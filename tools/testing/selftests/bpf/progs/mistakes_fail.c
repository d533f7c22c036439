// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * What authors of programs get wrong, and the words of the verifier that tell what to change.
 * Documentation/bpf/troubleshooting.rst has each of them.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_arena_common.h>
#include "bpf_misc.h"
#include "bpf_may_goto.h"

char _license[] SEC("license") = "GPL";

#ifndef BPF_F_MMAPABLE
#define BPF_F_MMAPABLE (1U << 10)
#endif

struct node {
	struct node __arena *next;
	struct bpf_spin_lock lock;
	__u32 value;
	char name[32];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 16);
} arena SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ringbuf SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} user_ringbuf SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} hash SEC(".maps");

struct node __arena *__arena head;
long address;
__u64 table[16];
unsigned int zero, n = 16;
int state, turns;

/* Arena */

/* From a number that was passed here, and without a word on the arena */
SEC("syscall")
__failure __msg("no insn refers to the arena map: pass &arena to a kfunc")
int arena_not_named(void *ctx)
{
	struct node __arena *node = (struct node __arena *)address;

	cast_kern(node);
	return node->value;
}

/* A helper reads memory of the kernel */
SEC("syscall")
__failure
__msg("R2 points into an arena: copy what the helper shall use to the stack or to a map value")
int key_in_arena(void *ctx)
{
	struct node __arena *node = head;

	bpf_map_delete_elem(&hash, (void *)&node->value);
	return 0;
}

SEC("syscall")
__failure
__msg("R1 points into an arena: copy what the helper shall use to the stack or to a map value")
int lock_in_arena(void *ctx)
{
	struct node __arena *node = head;

	bpf_spin_lock((void *)&node->lock);
	node->value++;
	bpf_spin_unlock((void *)&node->lock);
	return 0;
}

/* User space may change it at any time */
SEC("syscall")
__failure __msg("math between map_value pointer and register with unbounded min value")
int index_from_arena(void *ctx)
{
	return table[(long)head->next];
}

/* Streams */

/* A text that the program puts together on its stack is no format */
SEC("syscall")
__failure __msg("R2 doesn't point to a const string")
int format_on_stack(void *ctx)
{
	char text[] = "text\n";
	__u64 none = 0;

	return bpf_stream_vprintk(BPF_STDOUT, text, &none, 0);
}

char changing[] = "text\n";

SEC("syscall")
__failure __msg("R2 does not point to a readonly map")
int format_in_data(void *ctx)
{
	__u64 none = 0;

	return bpf_stream_vprintk(BPF_STDOUT, changing, &none, 0);
}

SEC("syscall")
__failure __msg("Possibly NULL pointer passed to trusted arg2")
int no_arguments(void *ctx)
{
	static const char text[] = "text\n";

	return bpf_stream_vprintk(BPF_STDOUT, text, NULL, 0);
}

/* User ring buffer */

static long take(struct bpf_dynptr *sample, void *ctx)
{
	return 0;
}

SEC("syscall")
__failure __msg("cannot pass map_type 27 into func bpf_user_ringbuf_drain")
int drains_ringbuf(void *ctx)
{
	return bpf_user_ringbuf_drain(&ringbuf, take, NULL, 0);
}

SEC("syscall")
__failure __msg("cannot pass map_type 31 into func bpf_ringbuf_output")
int writes_user_ringbuf(void *ctx)
{
	return bpf_ringbuf_output(&user_ringbuf, &(__u64){ 0 }, 8, 0);
}

static long return_two(struct bpf_dynptr *sample, void *ctx)
{
	return 2;
}

SEC("syscall")
__failure __msg("should have been in (0x0; 0x1)")
int callback_returns_two(void *ctx)
{
	return bpf_user_ringbuf_drain(&user_ringbuf, return_two, NULL, 0);
}

static long use_unchecked(struct bpf_dynptr *sample, void *ctx)
{
	__u64 *data = bpf_dynptr_data(sample, 0, sizeof(*data));

	return *data & 1;
}

SEC("syscall")
__failure __msg("invalid mem access 'mem_or_null'")
int sample_not_checked(void *ctx)
{
	return bpf_user_ringbuf_drain(&user_ringbuf, use_unchecked, NULL, 0);
}

static long use_length(struct bpf_dynptr *sample, void *ctx)
{
	__u32 len;
	char *data;

	if (bpf_dynptr_read(&len, sizeof(len), sample, 0, 0))
		return 0;
	data = bpf_dynptr_data(sample, 4, len & 15);
	return data ? *data & 1 : 0;
}

SEC("syscall")
__failure __msg("R3 is not a known constant")
int length_from_sample(void *ctx)
{
	return bpf_user_ringbuf_drain(&user_ringbuf, use_length, NULL, 0);
}

static long use_as_index(struct bpf_dynptr *sample, void *ctx)
{
	long index;

	if (!bpf_dynptr_read(&index, sizeof(index), sample, 0, 0))
		table[index]++;
	return 0;
}

SEC("syscall")
__failure __msg("math between map_value pointer and register with unbounded min value")
int index_from_sample(void *ctx)
{
	return bpf_user_ringbuf_drain(&user_ringbuf, use_as_index, NULL, 0);
}

static long keep(struct bpf_dynptr *sample, void *ctx)
{
	*(struct bpf_dynptr **)ctx = sample;
	return 1;
}

SEC("syscall")
__failure __msg("R3 type=scalar expected=fp, dynptr_ptr")
int sample_after_callback(void *ctx)
{
	struct bpf_dynptr *sample = NULL;
	__u64 value = 0;

	bpf_user_ringbuf_drain(&user_ringbuf, keep, &sample, 0);
	if (sample)
		bpf_dynptr_read(&value, sizeof(value), sample, 0, 0);
	return value & 1;
}

static long submit(struct bpf_dynptr *sample, void *ctx)
{
	bpf_ringbuf_submit_dynptr(sample, 0);
	return 0;
}

SEC("syscall")
__failure __msg("CONST_PTR_TO_DYNPTR cannot be released")
int submits_sample(void *ctx)
{
	return bpf_user_ringbuf_drain(&user_ringbuf, submit, NULL, 0);
}

/* Loops */

SEC("syscall")
__failure __msg("put can_loop into the condition of the loop")
int no_can_loop(void *ctx)
{
	struct node __arena *node;
	long sum = 0;

	for (node = head; node; node = node->next)
		sum += node->value;
	return sum & 1;
}

SEC("syscall")
__failure __msg("infinite loop detected at insn")
int no_end(void *ctx)
{
	while (*(volatile int *)&state)
		;
	return 0;
}

/* Leaves the switch, and goes round again. */
SEC("syscall")
__failure __msg("cond_break in a switch leaves the switch")
int cond_break_in_switch(void *ctx)
{
	for (;;) {
		switch (*(volatile int *)&state) {
		case 0:
			cond_break;
			break;
		default:
			*(volatile int *)&turns;
			cond_break;
			break;
		}
	}
	return 0;
}

SEC("syscall")
__failure __log_level(4) __msg("BPF program is too large. Processed 1000001 insn")
int plain_loop_of_a_million(void *ctx)
{
	long sum = 0;
	int i;

	for (i = 0; i < 1000000; i++)
		sum += bpf_get_prandom_u32() & 1;
	return sum & 1;
}

/* The limit is a variable: user space may make it any number. */
SEC("syscall")
__failure __msg("unbounded memory access, make sure to bounds check any such access")
int index_not_checked(void *ctx)
{
	__u64 sum = 0;
	unsigned int i;

	for (i = zero; i < n && can_loop; i++)
		sum += table[i];
	return sum & 1;
}

SEC("syscall")
__failure __msg("Unreleased reference")
int reserves_in_each(void *ctx)
{
	void *sample = NULL;

	while (can_loop)
		sample = bpf_ringbuf_reserve(&ringbuf, 8, 0);
	if (sample)
		bpf_ringbuf_discard(sample, 0);
	return 0;
}

static long go_on(__u32 i, void *ctx)
{
	return -1;
}

SEC("syscall")
__failure __msg("At callback return the register R0 has")
int callback_returns_error(void *ctx)
{
	return bpf_loop(10, go_on, NULL, 0);
}

static long big_frame(__u32 i, void *ctx)
{
	char text[300] = {};

	bpf_probe_read_kernel(text, sizeof(text), ctx);
	return text[i & 255] & 1;
}

SEC("syscall")
__failure __msg("combined stack size of 2 calls is")
int stack_of_callback(void *ctx)
{
	char text[300] = {};

	bpf_probe_read_kernel(text, sizeof(text), (void *)address);
	bpf_loop(10, big_frame, text, 0);
	return text[n & 255] & 1;
}

/* Iterators over tasks are of 6.7. A weak kfunc that is absent can be asked for, not called. */
extern int bpf_iter_task_new(void *it, void *task, unsigned int flags) __weak __ksym;

SEC("syscall")
__failure __msg("the kfunc called here is not in this kernel: ask whether it is, before the call")
int iterator(void *ctx)
{
	__u64 it;

	return bpf_iter_task_new(&it, NULL, 0);
}
