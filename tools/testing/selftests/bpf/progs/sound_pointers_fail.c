// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Pointers that are not what 6.1 takes them for: one whose lower half is 0, one that has moved
 * away from the end of the packet, one that is no map value. All must be refused.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"

char _license[] SEC("license") = "GPL";

#define __naked __attribute__((naked))

char bytes[64] SEC(".data.bytes");

/* "w6 != 0" may be false for a pointer: what is there is run. */
SEC("tc")
__failure __msg("invalid access to map value, value_size=64 off=64 size=1")
__naked int lower_half_not_0(void)
{
	asm volatile("r6 = %[bytes] ll; if w6 != 0 goto 1f; r0 = *(u8 *)(r6 + 64);"
		     "1: r0 = 0; exit;" : : [bytes] "i"(&bytes) : "r0", "r6");
}

SEC("tc")
__failure __msg("invalid access to map value, value_size=64 off=64 size=1")
__naked int lower_half_0(void)
{
	asm volatile("r6 = %[bytes] ll; if w6 == 0 goto 1f; goto 2f;"
		     "1: r0 = *(u8 *)(r6 + 64); 2: r0 = 0; exit;"
		     : : [bytes] "i"(&bytes) : "r0", "r6");
}

/* The 0 is in a register. */
SEC("tc")
__failure __msg("invalid access to map value, value_size=64 off=64 size=1")
__naked int lower_half_register(void)
{
	asm volatile("r6 = %[bytes] ll; r1 = 0; if w6 != w1 goto 1f; r0 = *(u8 *)(r6 + 64);"
		     "1: r0 = 0; exit;" : : [bytes] "i"(&bytes) : "r0", "r1", "r6");
}

#define PACKET								\
	"r9 = *(u32 *)(r1 + %[data]); r8 = *(u32 *)(r1 + %[end]); r9 += 256;"
#define PACKET_ARGS							\
	: : [data] "i"(__builtin_offsetof(struct __sk_buff, data)),	\
	    [end] "i"(__builtin_offsetof(struct __sk_buff, data_end))	\
	: "r0", "r1", "r2", "r8", "r9"
#define READ "0: r0 = 0; exit; 1: r0 = *(u8 *)(r9 + 0); r0 = 0; exit;"

/* It is at the end, and 256 bytes ahead of it when it has moved. */
SEC("tc")
__failure __msg("invalid access to packet")
__naked int end_then_back(void)
{
	asm volatile(PACKET "if r9 >= r8 goto 2f; goto 0f; 2: r9 += -256;"
		     "if r9 < r8 goto 1f;" READ PACKET_ARGS);
}

SEC("tc")
__failure __msg("invalid access to packet")
__naked int end_then_subtract(void)
{
	asm volatile(PACKET "if r9 >= r8 goto 2f; goto 0f; 2: r9 -= 256;"
		     "if r8 > r9 goto 1f;" READ PACKET_ARGS);
}

SEC("tc")
__failure __msg("invalid access to packet")
__naked int beyond_then_back(void)
{
	asm volatile(PACKET "if r9 > r8 goto 2f; goto 0f; 2: r9 += -256;"
		     "if r9 <= r8 goto 1f;" READ PACKET_ARGS);
}

SEC("tc")
__failure __msg("invalid access to packet")
__naked int end_then_register(void)
{
	asm volatile(PACKET "if r9 >= r8 goto 2f; goto 0f; 2: r2 = -256; r9 += r2;"
		     "if r9 < r8 goto 1f;" READ PACKET_ARGS);
}

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} inner SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps") = { .values = { &inner } };

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} socks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} xsks SEC(".maps");

/* Reads 4 bytes of the kernel's map, socket, XDP socket */
SEC("tc")
__failure __msg("R1 type=map_ptr_or_null expected=fp")
int read_map(struct __sk_buff *skb)
{
	__u32 key = 0;

	return bpf_csum_diff(bpf_map_lookup_elem(&outer, &key), 4, NULL, 0, 0);
}

SEC("tc")
__failure __msg("R1 type=sock_or_null expected=fp")
int read_sock(struct __sk_buff *skb)
{
	__u32 key = 0;

	return bpf_csum_diff(bpf_map_lookup_elem(&socks, &key), 4, NULL, 0, 0);
}

SEC("xdp")
__failure __msg("R3 type=xdp_sock_or_null expected=fp")
int read_xsk(struct xdp_md *xdp)
{
	__u32 key = 0;

	return bpf_csum_diff(NULL, 0, bpf_map_lookup_elem(&xsks, &key), 4, 0);
}

/* Writes to the kernel's map */
SEC("raw_tp")
__failure __msg("R1 type=map_ptr_or_null expected=fp")
int write_map(void *ctx)
{
	static const char text[] = "abc";
	__u32 key = 0;

	return bpf_snprintf(bpf_map_lookup_elem(&outer, &key), 4, text, NULL, 0);
}

/* A socket may be locked here, and its lock would be taken again. */
#define UPDATE(name, section, context)					\
SEC(section) __failure __msg("cannot update sockmap in this context")	\
int name(context *ctx)							\
{									\
	__u32 key = 0;							\
									\
	return bpf_map_delete_elem(&socks, &key);			\
}

UPDATE(sockmap_tc, "tc", struct __sk_buff)
UPDATE(sockmap_xdp, "xdp", struct xdp_md)
UPDATE(sockmap_filter, "socket", struct __sk_buff)
UPDATE(sockmap_dissector, "flow_dissector", struct __sk_buff)
