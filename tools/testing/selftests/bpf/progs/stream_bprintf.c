// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

#define SIZE 128

/* What bpf_snprintf() made of each format, and what it returned. */
char out[16][SIZE];
long ret[16];
char user_word[] = "user";

const __u8 ip4[4] = { 192, 168, 0, 1 };
const __u8 ip6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
const char word[] = "word";

extern const void schedule __ksym;

#define PRINT(i, size, fmt, args...) \
	(ret[i] = BPF_SNPRINTF(out[i], size, fmt, ##args))

SEC("syscall")
int print(void *ctx)
{
	PRINT(0, SIZE, "%pi4 %pI4 %10pI4|", ip4, ip4, ip4);
	PRINT(1, SIZE, "%pI6 %pi6", ip6, ip6);
	PRINT(2, SIZE, "%s %5s %-5s|%pks", word, "abc", "abc", word);
	PRINT(3, SIZE, "%px %8px", 0xffff000000abcdefUL, 0xabcdefUL);
	PRINT(4, SIZE, "%ps %pS %pB", &schedule, &schedule, &schedule);
	PRINT(5, SIZE, "[% d] [%+-6d] [%06x] [%-6x] [%6lld]", 7, 7, 0xab, 0xab, -7LL);
	PRINT(6, SIZE, "%c%3c%-3c|", 'a', 'b', 'c');
	PRINT(7, SIZE, "%pI4abc %pxdef|", ip4, 1UL);	/* swallowed */
	PRINT(8, 8, "%s and more", word);		/* cut */
	PRINT(9, 4, "%d", 123456);
	PRINT(10, SIZE, "%s %pI4", (char *)8, (void *)16);	/* not readable */
	PRINT(11, SIZE, "100%% %d%%", 5);
	PRINT(12, SIZE, "%d %x", 1L << 40 | 3, ~0UL);	/* 32 bits */
	ret[13] = BPF_SNPRINTF((char *)0, 0, "%s %d", word, 10);
	return 0;
}

/* A format that user space changes while it is printed, with a bad address. */
char changing[4] = "%d";

static long print_changing(__u32 i, void *ctx)
{
	bpf_trace_printk(changing, sizeof(changing), 0x41414141UL);
	return 0;
}

SEC("syscall")
int changing_format(void *ctx)
{
	bpf_loop(20000, print_changing, NULL, 0);
	return 0;
}

/* Wider than a conversion may be */
SEC("?syscall")
int too_wide(void *ctx)
{
	return PRINT(0, SIZE, "%0000000000012d", 1);
}
