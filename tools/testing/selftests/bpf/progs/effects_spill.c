// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Pointers that must not become numbers. All are loaded without CAP_PERFMON. Stock 6.1
 * accepts packet_forgotten and dynptr_of_callback; it has no dynptr arguments.
 */
#include "effects.h"

char _license[] SEC("license") = "GPL";

__u64 seen;

#define STORE(size, off, value) \
	asm volatile("*(" size " *)(r10 " off ") = %[v]" : : [v] "r"(value) : "memory")
#define LOAD(size, off) ({ \
	__u64 __v; \
	asm volatile("%[v] = *(" size " *)(r10 " off ")" : [v] "=r"(__v) : : "memory"); \
	__v; \
})

/* A callback and a global function that get a dynptr, in each of which @body runs */
#define WITH_DYNPTR(name, result, body)					\
STATIC int name##_sample(struct bpf_dynptr *dynptr, void *unused)	\
{									\
	body;								\
	return 0;							\
}									\
									\
SEC("tc")								\
result									\
int name##_of_callback(struct __sk_buff *skb)				\
{									\
	bpf_user_ringbuf_drain(&user_ring, name##_sample, NULL, 0);	\
	return 0;							\
}									\
									\
GLOBAL int name##_global(struct bpf_dynptr *dynptr)			\
{									\
	body;								\
	return 0;							\
}									\
									\
SEC("tc")								\
result									\
int name##_of_global(struct __sk_buff *skb)				\
{									\
	struct bpf_dynptr local;					\
									\
	bpf_ringbuf_reserve_dynptr(&ring, 8, 0, &local);		\
	name##_global(&local);						\
	bpf_ringbuf_discard_dynptr(&local, 0);				\
	return 0;							\
}

#define REFUSED(msg) __failure __msg(msg)

WITH_DYNPTR(dynptr, REFUSED("leaks addr into map"), {
	STORE("u64", "-256", dynptr);
	seen = LOAD("u64", "-256");
})

WITH_DYNPTR(half_stored, REFUSED("invalid size of register spill"), {
	STORE("u32", "-256", dynptr);
	seen = LOAD("u32", "-256");
})

WITH_DYNPTR(half_loaded, REFUSED("invalid size of register fill"), {
	STORE("u64", "-256", dynptr);
	seen = LOAD("u32", "-256");
})

WITH_DYNPTR(half_overwritten, REFUSED("attempt to corrupt spilled pointer on stack"), {
	STORE("u64", "-256", dynptr);
	STORE("u32", "-252", (__u64)0);
	seen = LOAD("u32", "-256");
})

WITH_DYNPTR(read_by_helper, REFUSED("invalid indirect read from stack"), {
	__u64 word = 0;

	asm volatile("*(u64 *)(%[p] + 0) = %[v]" : : [p] "r"(&word), [v] "r"(dynptr) : "memory");
	bpf_ringbuf_output(&ring, &word, sizeof(word), 0);
})

/* A pointer on the stack is the same when it comes back. */
WITH_DYNPTR(used_again, __success, {
	__u64 word;

	STORE("u64", "-256", dynptr);
	bpf_dynptr_read(&word, sizeof(word), (void *)LOAD("u64", "-256"), 0, 0);
	seen = word;
})

/* Nothing is left of a pointer into a packet that has moved. */
SEC("tc")
__failure __msg("!read_ok")
int packet_forgotten(struct __sk_buff *skb)
{
	char *data = PACKET(skb->data);

	bpf_skb_pull_data(skb, 0);
	seen = (__u64)data;
	return 0;
}

SEC("tc")
__failure __msg("!read_ok")
int packet_end_forgotten(struct __sk_buff *skb)
{
	char *data = PACKET(skb->data_end);

	bpf_skb_pull_data(skb, 0);
	seen = (__u64)data;
	return 0;
}

SEC("xdp")
__failure __msg("!read_ok")
int meta_forgotten(struct xdp_md *xdp)
{
	char *data = PACKET(xdp->data_meta);

	bpf_xdp_adjust_meta(xdp, -4);
	seen = (__u64)data;
	return 0;
}

SEC("tc")
__failure __msg("leaks addr into map")
int packet_known(struct __sk_buff *skb)
{
	seen = (__u64)PACKET(skb->data);
	return 0;
}

/* The dynptr of a callback ends with the call. */
STATIC int keep(struct bpf_dynptr *dynptr, struct bpf_dynptr **kept)
{
	*kept = dynptr;
	return 0;
}

SEC("tc")
__failure __msg("R3 type=scalar expected=fp, dynptr_ptr")
int used_after_callback(struct __sk_buff *skb)
{
	struct bpf_dynptr *kept = NULL;
	__u64 word;

	bpf_user_ringbuf_drain(&user_ring, keep, &kept, 0);
	if (kept)
		bpf_dynptr_read(&word, sizeof(word), kept, 0, 0);
	return 0;
}

STATIC int use_last(struct bpf_dynptr *dynptr, struct bpf_dynptr **kept)
{
	__u64 word;

	if (*kept)
		bpf_dynptr_read(&word, sizeof(word), *kept, 0, 0);
	*kept = dynptr;
	return 0;
}

SEC("tc")
__failure __msg("!read_ok")
int used_in_next_callback(struct __sk_buff *skb)
{
	struct bpf_dynptr *kept = NULL;

	bpf_user_ringbuf_drain(&user_ring, use_last, &kept, 0);
	return 0;
}
