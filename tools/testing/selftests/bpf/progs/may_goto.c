// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* may_goto loops that must load, from simple to hard, and what they compute. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"
#include "bpf_may_goto.h"
#include "may_goto.h"
#include "timers.h"

char _license[] SEC("license") = "GPL";

#define GLOBAL __weak __attribute__((noinline))
#define STATIC static __attribute__((noinline))

/* Where indexes start that are compared with a constant: the verifier remembers the value
 * of what it has to, and a value that is known in the first iteration is known in each.
 */
unsigned int zero;

/* Set by the test; the verifier does not know them. */
unsigned int n;
unsigned int rows, inner, cols;
unsigned int len, pattern_len;
long stop;

int numbers[MAX_NUMBERS];
int many_numbers[MANY_NUMBERS];
int a[DIM][DIM], b[DIM][DIM], c[DIM][DIM];
char text[MAX_TEXT], pattern[MAX_TEXT];
long count;

SEC("syscall")
int sum_array(void *ctx)
{
	unsigned int i;
	int sum = 0;

	for (i = 0; i < n && can_loop; i++) {
		if (i >= MAX_NUMBERS)
			break;
		sum += numbers[i];
	}
	return sum;
}

SEC("syscall")
int sum_until_zero(void *ctx)
{
	unsigned int i = 0;
	int sum = 0;

	while (true) {
		if (i >= MAX_NUMBERS || !numbers[i])
			break;
		sum += numbers[i++];
		cond_break;
	}
	return sum;
}

/* A number of iterations that is known may be followed to its end: no check is needed. */
SEC("syscall")
int constant_bound(void *ctx)
{
	unsigned int i;
	int sum = 0;

	for (i = 0; i < MANY_NUMBERS && can_loop; i++)
		sum += many_numbers[i]++;
	return sum;
}

SEC("syscall")
int break_to_label(void *ctx)
{
	unsigned int i, j = 0;

	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++)
			cond_break_label(out);
	return 0;
out:
	return 1;
}

/* What does not change in a loop, or is known again, need not be given up. */
SEC("syscall")
int bounds_are_kept(void *ctx)
{
	unsigned int i = 0, at = 3;
	int *p = numbers, sum = 0;

	while (can_loop) {
		if (i++ >= n)
			break;
		barrier_var(p);
		sum += p[at];
		at = i & (MAX_NUMBERS - 1);
	}
	return sum;
}

/* An element, or NULL. The compiler may not make the index of a loop a pointer that grows:
 * the verifier would have to follow it.
 */
static int *number(unsigned int i)
{
	barrier_var(i);
	return i < MAX_NUMBERS ? &numbers[i] : NULL;
}

SEC("syscall")
int bubble_sort(void *ctx)
{
	unsigned int i, j;
	int *x, *y, tmp;

	for (i = zero; i < n && can_loop; i++)
		for (j = zero; j + 1 < n && can_loop; j++) {
			x = number(j);
			y = number(j + 1);
			if (!x || !y)
				return -1;
			if (*x <= *y)
				continue;
			tmp = *x;
			*x = *y;
			*y = tmp;
		}
	return 0;
}

static int *at(int (*matrix)[DIM], unsigned int i, unsigned int j)
{
	barrier_var(i);
	barrier_var(j);
	return i < DIM && j < DIM ? &matrix[i][j] : NULL;
}

SEC("syscall")
int multiply(void *ctx)
{
	unsigned int i, j, k;
	int *x, *y, sum;

	for (i = zero; i < rows && can_loop; i++)
		for (j = zero; j < cols && can_loop; j++) {
			sum = 0;
			for (k = zero; k < inner && can_loop; k++) {
				x = at(a, i, k);
				y = at(b, k, j);
				if (!x || !y)
					return -1;
				sum += *x * *y;
			}
			x = at(c, i, j);
			if (!x)
				return -1;
			*x = sum;
		}
	return 0;
}

/* A character of a string in an array of MAX_TEXT. No branch: it would tell the verifier
 * something about the index, which it had to remember from then on.
 */
static char char_at(const char *string, unsigned int i)
{
	barrier_var(i);
	return string[i & (MAX_TEXT - 1)];
}

/* The first place where the pattern is in the text, or -1 */
SEC("syscall")
int search(void *ctx)
{
	unsigned int i, j;

	for (i = zero; i + pattern_len <= len && can_loop; i++) {
		for (j = zero; j < pattern_len && can_loop; j++)
			if (char_at(text, i + j) != char_at(pattern, j))
				break;
		if (j == pattern_len)
			return i;
	}
	return -1;
}

/* The sum of the numbers in the text: signs, blanks between, hexadecimal after 0x */
SEC("syscall")
int parse_numbers(void *ctx)
{
	enum { BLANK, SIGN, ZERO, DECIMAL, HEX } state = BLANK;
	int sum = 0, sign = 1, value = 0;
	unsigned int i;
	char ch;

	for (i = zero; i <= len && can_loop; i++) {
		ch = i < len ? char_at(text, i) : ' ';
		if (ch == ' ') {
			sum += sign * value;
			sign = 1;
			value = 0;
			state = BLANK;
		} else if (ch == '-' && state == BLANK) {
			sign = -1;
			state = SIGN;
		} else if (ch == 'x' && state == ZERO) {
			state = HEX;
		} else if (ch >= '0' && ch <= '9') {
			value = value * (state == HEX ? 16 : 10) + ch - '0';
			if (state != HEX)
				state = ch == '0' && state != DECIMAL ? ZERO : DECIMAL;
		} else if (ch >= 'a' && ch <= 'f' && state == HEX) {
			value = value * 16 + ch - 'a' + 10;
		} else {
			return -1;
		}
	}
	return sum;
}

/* Records of a type, a length and a value, nested in records of type 1: how many others */
SEC("syscall")
int parse_records(void *ctx)
{
	unsigned int pos = zero, size, found = 0;
	unsigned char type;

	while (pos + 2 <= len && can_loop) {
		type = char_at(text, pos);
		size = (unsigned char)char_at(text, pos + 1);
		pos += 2;
		if (type == 1)
			continue;
		if (pos + size > len)
			return -1;
		pos += size;
		found++;
	}
	return found;
}

STATIC int count_on(int from)
{
	int i;

	for (i = 0; i < n && can_loop; i++)
		from++;
	return from;
}

GLOBAL int global_count_on(int from)
{
	int i;

	for (i = 0; i < n && can_loop; i++)
		from++;
	return from;
}

SEC("syscall")
int in_functions(void *ctx)
{
	int sum = 0, i;

	for (i = 0; i < 10 && can_loop; i++)
		sum = count_on(sum);
	for (i = 0; i < 10 && can_loop; i++)
		sum = global_count_on(sum);
	return count_on(sum);
}

/* A pointer to the caller's stack, through which an index changes */
STATIC void next_index(unsigned int *i)
{
	while (can_loop) {
		if (++*i >= MAX_NUMBERS || numbers[*i] >= 0)
			break;
	}
}

SEC("syscall")
int index_on_stack(void *ctx)
{
	unsigned int i = 0;
	int sum = 0;

	while (i < n && can_loop) {
		if (i >= MAX_NUMBERS)
			break;
		sum += numbers[i];
		next_index(&i);
	}
	return sum;
}

static long loop_in_callback(__u32 i, void *ctx)
{
	long *sum = ctx;
	int j;

	for (j = 0; j < n && can_loop; j++)
		++*sum;
	return 0;
}

SEC("syscall")
int in_callback(void *ctx)
{
	long sum = 0;

	bpf_loop(10, loop_in_callback, &sum, 0);
	return sum;
}

/* Calls of a callback in a may_goto loop, which calls one again */
SEC("syscall")
int around_callback(void *ctx)
{
	long sum = 0;
	int i;

	for (i = 0; i < 3 && can_loop; i++)
		bpf_loop(2, loop_in_callback, &sum, 0);
	return sum;
}

/* A loop that is compiled into the program beside an open one, on a stack of odd size */
static long add_one(__u32 i, void *ctx)
{
	++*(long *)ctx;
	return 0;
}

SEC("syscall")
int beside_bpf_loop(void *ctx)
{
	char buf[13] = "hello, world";
	unsigned int i, at;
	long sum = 0;

	barrier_var(ctx);
	bpf_loop(100, add_one, &sum, 0);
	for (i = 0; i < n && can_loop; i++) {
		at = i;
		barrier_var(at);
		buf[1 + (at & 7)]++;
		sum++;
	}
	bpf_loop(100, add_one, &sum, 0);
	for (i = 0; i < 12 && can_loop; i++)
		sum += buf[i];
	return sum;
}

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16);
	__type(key, int);
	__type(value, long);
} array SEC(".maps");

static long sum_elem(struct bpf_map *map, int *key, long *value, long *sum)
{
	unsigned int i;

	for (i = 0; i < *value && can_loop; i++)
		++*sum;
	return 0;
}

SEC("syscall")
int array_elements(void *ctx)
{
	long sum = 0, value;
	int i;

	for (i = 0; i < 16 && can_loop; i++) {
		value = i;
		bpf_map_update_elem(&array, &i, &value, 0);
	}
	bpf_for_each_map_elem(&array, sum_elem, &sum, 0);
	return sum;
}

/* The kernel ends it. */
SEC("syscall")
int until_limit(void *ctx)
{
	long i;

	for (i = 0; can_loop; i++)
		;
	count = i;
	return 0;
}

/* Loops of a function have one limit together, */
SEC("syscall")
int shared_limit(void *ctx)
{
	long i, j;

	for (i = 0; i < 1000 && can_loop; i++)
		barrier_var(i);
	for (j = 0; can_loop; j++)
		;
	count = i + j;
	return 0;
}

STATIC long loops_of_call(int more)
{
	long i;

	for (i = 0; i != stop && can_loop; i++)
		;
	return i + more;
}

/* and each call has its own. */
SEC("syscall")
int limit_of_calls(void *ctx)
{
	long i, sum;

	sum = loops_of_call(0) + loops_of_call(0);
	for (i = 0; can_loop; i++)
		;
	count = sum + i;
	return 0;
}

int timer_done;

static int timer_cb(void *map, __u32 *key, struct timed *timed)
{
	long i;

	for (i = 0; can_loop; i++)
		;
	count = i;
	timer_done = 1;
	return 0;
}

SEC("tc")
int in_timer(struct __sk_buff *ctx)
{
	return start_timer(timer_cb);
}

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 4);
} jump_table SEC(".maps");

SEC("tc")
int tail_called(struct __sk_buff *ctx)
{
	long i;

	for (i = 0; can_loop; i++)
		;
	count += i;
	return 7;
}

/* A program that is called from the end of another starts to count anew. */
SEC("tc")
int tail_calls(struct __sk_buff *ctx)
{
	long i;

	for (i = 0; can_loop; i++)
		;
	count = i;
	bpf_tail_call(ctx, &jump_table, 0);
	return 8;
}

STATIC int jump_from_function(struct __sk_buff *ctx)
{
	int ret = 9;
	long i;

	for (i = 0; i < n && can_loop; i++)
		count++;
	bpf_tail_call(ctx, &jump_table, 0);
	/* The compiler may not know what it returns, for it does not return. */
	barrier_var(ret);
	return ret;
}

SEC("tc")
int tail_calls_from_function(struct __sk_buff *ctx)
{
	count = 0;
	return jump_from_function(ctx);
}

GLOBAL int replaced(struct __sk_buff *ctx)
{
	int ret = 1;

	barrier_var(ret);
	return ret;
}

SEC("tc")
int calls_replaced(struct __sk_buff *ctx)
{
	return replaced(ctx);
}
