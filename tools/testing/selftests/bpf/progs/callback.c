// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Callbacks that must load, and find what they are to find: each program returns 0 then,
 * otherwise which check failed. From simple to hard.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf_misc.h"
#include "callback.h"

char _license[] SEC("license") = "GPL";

/* what the verifier must not know */
volatile __u32 nr_ten = 10;
volatile __u32 nr_zero;

__u64 nr_samples, sum_samples;

char sink;

struct ctx {
	__u64 i, sum;
	char *bytes;
};

struct key_ctx {
	__u64 sum;
	__u32 *key;
};

static int do_nothing(__u32 n, void *ctx)
{
	return 0;
}

static int stop_at_three(__u32 n, void *ctx)
{
	return n == 3;
}

SEC("syscall")
int number_of_calls(void *unused)
{
	if (bpf_loop(nr_ten, do_nothing, NULL, 0) != 10)
		return 1;
	if (bpf_loop(10, stop_at_three, NULL, 0) != 4)
		return 2;
	if (bpf_loop(nr_zero, do_nothing, NULL, 0) != 0)
		return 3;
	if (bpf_loop(0, do_nothing, NULL, 0) != 0)
		return 4;
	if ((int)bpf_loop(1, do_nothing, NULL, 1) != -22)
		return 5;
	return 0;
}

static int add_up(__u32 n, struct ctx *ctx)
{
	ctx->sum += n;
	ctx->i++;
	return 0;
}

SEC("syscall")
int counter_on_stack(void *unused)
{
	struct ctx ctx = {};

	bpf_loop(nr_ten, add_up, &ctx, 0);
	return ctx.i != 10 || ctx.sum != 45;
}

/* the checks that make a growing index right */
static int fill_next(__u32 n, struct ctx *ctx)
{
	if (ctx->i >= VALUE_SIZE)
		return 1;
	ctx->bytes[ctx->i++] = n;
	return 0;
}

static int sum_next(__u32 n, struct ctx *ctx)
{
	__u32 i = n;

	if (i >= VALUE_SIZE)
		return 1;
	ctx->sum += ctx->bytes[i];
	return 0;
}

SEC("syscall")
int fill_and_sum(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };

	if (!ctx.bytes)
		return 1;
	if (bpf_loop(1000, fill_next, &ctx, 0) != VALUE_SIZE + 1)
		return 2;
	if (ctx.i != VALUE_SIZE)
		return 3;
	if (bpf_loop(1000, sum_next, &ctx, 0) != VALUE_SIZE + 1)
		return 4;
	return ctx.sum != VALUE_SIZE * (VALUE_SIZE - 1) / 2;
}

/* 32-bit numbers stay 32-bit numbers */
struct ctx32 {
	__u32 i, limit;
	char *bytes;
	__u32 sum;
};

static int sum_next32(__u32 n, struct ctx32 *ctx)
{
	if (ctx->i >= ctx->limit || ctx->i >= VALUE_SIZE)
		return 1;
	ctx->sum += ctx->bytes[ctx->i];
	ctx->i += 1;
	return 0;
}

SEC("syscall")
int index_of_32_bits(void *unused)
{
	struct ctx32 ctx = { .bytes = value_bytes(), .limit = nr_ten };

	if (!ctx.bytes)
		return 1;
	__builtin_memset(ctx.bytes, 3, VALUE_SIZE);
	bpf_loop(100, sum_next32, &ctx, 0);
	return ctx.sum != 30 || ctx.i != 10;
}

/* as many calls as the index is right for, and no more */
static int read_next(__u32 n, struct ctx *ctx)
{
	ctx->sum += ctx->bytes[ctx->i];
	ctx->i += 16;
	return 0;
}

SEC("syscall")
int known_number_of_calls(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };

	if (!ctx.bytes)
		return 1;
	__builtin_memset(ctx.bytes, 2, VALUE_SIZE);
	bpf_loop(4, read_next, &ctx, 0);
	return ctx.sum != 8 || ctx.i != 64;
}

static int sum_elem(void *map, __u32 *key, __u64 *value, struct ctx *ctx)
{
	ctx->i += *key;
	ctx->sum += *value;
	return 0;
}

static int sum_value(void *map, __u32 *key, struct value *value, struct ctx *ctx)
{
	ctx->sum += value->bytes[*key & (VALUE_SIZE - 1)];
	return *key == 2;
}

SEC("syscall")
int for_each(void *unused)
{
	struct ctx ctx = {};
	__u32 i, key;
	__u64 value;

	for (i = 0; i < 4; i++) {
		key = i;
		value = i * i;
		bpf_map_update_elem(&hash, &key, &value, 0);
	}
	if (bpf_for_each_map_elem(&hash, sum_elem, &ctx, 0) != 4)
		return 1;
	if (ctx.i != 6 || ctx.sum != 14)
		return 2;

	for (i = 0; i < 4; i++) {
		char *bytes;

		key = i;
		bytes = bpf_map_lookup_elem(&values, &key);
		if (bytes)
			__builtin_memset(bytes, i, VALUE_SIZE);
	}
	ctx.sum = 0;
	if (bpf_for_each_map_elem(&values, sum_value, &ctx, 0) != 3)
		return 3;
	return ctx.sum != 3;
}

static int count_vma(struct task_struct *task, struct vm_area_struct *vma, struct ctx *ctx)
{
	ctx->bytes[ctx->i] = 1;
	ctx->i += VALUE_SIZE; /* there is but one */
	return 0;
}

__u64 some_addr;

SEC("syscall")
int find_vma(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };
	int err;

	if (!ctx.bytes)
		return 1;
	err = bpf_find_vma(bpf_get_current_task_btf(), some_addr, count_vma, &ctx, 0);
	if (err == -16)
		return 0;
	return err || ctx.i != VALUE_SIZE;
}

static long sum_sample(struct bpf_dynptr *dynptr, struct ctx *ctx)
{
	__u64 value = 0;

	bpf_dynptr_read(&value, sizeof(value), dynptr, 0, 0);
	ctx->sum += value;
	ctx->i++;
	return 0;
}

SEC("syscall")
int drain(void *unused)
{
	struct ctx ctx = {};

	if (bpf_user_ringbuf_drain(&user_ring, sum_sample, &ctx, 0) != nr_samples)
		return 1;
	return ctx.i != nr_samples || ctx.sum != sum_samples;
}

/* what a callback takes it gives back */
static int reserve_and_submit(__u32 n, struct ctx *ctx)
{
	__u64 *sample = bpf_ringbuf_reserve(&ring, sizeof(*sample), 0);

	if (!sample)
		return 1;
	*sample = n;
	bpf_ringbuf_discard(sample, 0);
	ctx->sum++;
	return 0;
}

SEC("syscall")
int references(void *unused)
{
	struct ctx ctx = {};
	char *held;

	held = bpf_ringbuf_reserve(&ring, 8, 0);
	if (!held)
		return 1;
	bpf_loop(nr_ten, reserve_and_submit, &ctx, 0);
	*held = 1;
	bpf_ringbuf_discard(held, 0);
	return ctx.sum != 10;
}

static int count_locked(__u32 n, void *unused)
{
	struct locked *locked = lookup_locked();

	if (!locked)
		return 1;
	bpf_spin_lock(&locked->lock);
	locked->count++;
	bpf_spin_unlock(&locked->lock);
	return 0;
}

SEC("tc")
int lock(struct __sk_buff *skb)
{
	struct locked *locked = lookup_locked();

	if (!locked)
		return 1;
	locked->count = 0;
	bpf_loop(nr_ten, count_locked, NULL, 0);
	return locked->count != 10;
}

/* c = a * b, each element found by a loop in a loop in a loop */
#define N 4

static struct {
	int a[N][N], b[N][N], c[N][N];
} matrix;

struct product {
	__u32 row, column;
	int sum;
};

static int add_product(__u32 n, struct product *p)
{
	if (n >= N || p->row >= N || p->column >= N)
		return 1;
	p->sum += matrix.a[p->row][n] * matrix.b[n][p->column];
	return 0;
}

static int one_element(__u32 n, struct product *p)
{
	__u32 row = p->row;

	if (n >= N || row >= N)
		return 1;
	p->column = n;
	p->sum = 0;
	bpf_loop(N, add_product, p, 0);
	matrix.c[row][n] = p->sum;
	return 0;
}

static int one_row(__u32 n, struct product *p)
{
	p->row = n;
	bpf_loop(N, one_element, p, 0);
	return 0;
}

SEC("syscall")
int matrix_product(void *unused)
{
	struct product p = {};
	int i, j;

	for (i = 0; i < N; i++) {
		for (j = 0; j < N; j++) {
			matrix.a[i][j] = i + j;
			matrix.b[i][j] = i == j ? 2 : 0;
		}
	}
	bpf_loop(nr_ten, one_row, &p, 0);
	for (i = 0; i < N; i++)
		for (j = 0; j < N; j++)
			if (matrix.c[i][j] != 2 * (i + j))
				return 1;
	return 0;
}

/* the first place of one string in another, and its words, by a state machine */
static const char text[] = "the quick brown fox  jumps over the lazy dog";
static const char wanted[] = "jumps";

struct search {
	__u32 at, found, word;
	__u32 words, longest, in_word, hit;
};

static int match_here(__u32 n, struct search *s)
{
	__u32 at = s->at + n;

	if (n >= sizeof(wanted) - 1) {
		s->hit = 1;
		return 1;
	}
	if (at >= sizeof(text) - 1)
		return 1;
	barrier_var(at);
	if (at >= sizeof(text))
		return 1;
	return text[at] != wanted[n];
}

static int search_here(__u32 n, struct search *s)
{
	if (n >= sizeof(text) - 1)
		return 1;
	s->at = n;
	bpf_loop(sizeof(wanted), match_here, s, 0);
	if (!s->hit)
		return 0;
	s->found = n;
	return 1;
}

static __noinline void end_word(struct search *s)
{
	if (!s->in_word)
		return;
	s->in_word = 0;
	s->words++;
	if (s->word > s->longest)
		s->longest = s->word;
	s->word = 0;
}

static int next_char(__u32 n, struct search *s)
{
	char c;

	if (n >= sizeof(text))
		return 1;
	c = text[n];
	if (c == ' ' || !c) {
		end_word(s);
	} else {
		s->in_word = 1;
		s->word++;
	}
	return !c;
}

SEC("syscall")
int search(void *unused)
{
	struct search s = {};

	bpf_loop(1000, search_here, &s, 0);
	if (!s.hit || s.found != 21)
		return 1;
	bpf_loop(1000, next_char, &s, 0);
	return s.words != 9 || s.longest != 5;
}

/* paths that come together again, many times */
__u64 nr_small, nr_large, nr_odd, nr_even, nr_threes, nr_sevens;

struct stats {
	__u64 max, min, sum[6];
};

static int classify(__u32 n, struct stats *s)
{
	if (n < 50)
		nr_small = ++s->sum[0];
	else
		nr_large = ++s->sum[1];
	if (n & 1)
		nr_odd = ++s->sum[2];
	else
		nr_even = ++s->sum[3];
	if (n % 3 == 0)
		nr_threes = ++s->sum[4];
	if (n % 7 == 0)
		nr_sevens = ++s->sum[5];
	if (n > s->max)
		s->max = n;
	if (n < s->min)
		s->min = n;
	return 0;
}

SEC("syscall")
int branches(void *unused)
{
	struct stats s = { .min = ~0ULL };

	bpf_loop(nr_ten * 10, classify, &s, 0);
	if (nr_small != 50 || nr_large != 50 || nr_odd != 50 || nr_even != 50)
		return 1;
	return nr_threes != 34 || nr_sevens != 15 || s.max < 99 || s.min > 0;
}

/* a callback for a loop that the verifier walks through */
SEC("syscall")
int loop_around(void *unused)
{
	struct ctx ctx = {};
	int i;

	for (i = 0; i < 20; i++) {
		ctx.i = 0;
		bpf_loop(nr_ten, add_up, &ctx, 0);
		if (ctx.i != 10)
			return 1;
	}
	return ctx.sum != 20 * 45;
}

/* two callbacks of one call */
static int add_one(__u32 n, struct ctx *ctx)
{
	ctx->sum += 1;
	return 0;
}

SEC("syscall")
int either_callback(void *unused)
{
	int (*fn)(__u32, struct ctx *) = add_up;
	struct ctx ctx = {};

	if (nr_zero)
		fn = add_one;
	bpf_loop(nr_ten, fn, &ctx, 0);
	return ctx.sum != 45;
}

/* References that belong to the caller, and others that do not outlive a call */
static int stop_without_socket(__u32 n, struct bpf_sock **sk)
{
	return !*sk;
}

SEC("tc")
int reference_checked_in_callback(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk;

	sk = bpf_sk_lookup_udp(skb, &tuple, sizeof(tuple.ipv4), -1, 0);
	bpf_loop(nr_ten, stop_without_socket, &sk, 0);
	if (sk)
		bpf_sk_release(sk);
	return 0;
}

static __noinline int take_and_release(struct ctx *ctx)
{
	char *bytes = bpf_ringbuf_reserve(&ring, 8, 0);

	if (!bytes)
		return 0;
	ctx->sum++;
	bpf_ringbuf_discard(bytes, 0);
	return 0;
}

static int call_take_and_release(__u32 n, struct ctx *ctx)
{
	return take_and_release(ctx);
}

static int take_around_loop(__u32 n, struct ctx *ctx)
{
	char *bytes = bpf_ringbuf_reserve(&ring, 8, 0);

	if (!bytes)
		return 1;
	bpf_loop(nr_ten, call_take_and_release, ctx, 0);
	bpf_ringbuf_discard(bytes, 0);
	return 0;
}

SEC("syscall")
int references_in_functions(void *unused)
{
	struct ctx ctx = {};

	bpf_loop(nr_ten, take_around_loop, &ctx, 0);
	return ctx.sum != 100;
}

/* A key that is used while it is valid, in a callback of a callback, too */
static int add_key_of_context(__u32 n, struct key_ctx *ctx)
{
	ctx->sum += *ctx->key;
	return 0;
}

static int add_key(void *map, __u32 *key, struct value *value, struct key_ctx *ctx)
{
	ctx->key = key;
	bpf_loop(nr_ten, add_key_of_context, ctx, 0);
	return 0;
}

SEC("syscall")
int key_in_inner_callback(void *unused)
{
	struct key_ctx ctx = {};

	bpf_for_each_map_elem(&values, add_key, &ctx, 0);
	return ctx.sum != 60;
}

/* The packet is looked at anew, whoever has changed it. */
static __noinline int tail_call(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &progs, 0);
	return sink ? 8 : 7;
}

SEC("tc")
int tail_call_in_function(struct __sk_buff *skb)
{
	char *bytes = value_bytes();
	int i, n;

	if (!bytes)
		return 1;
	for (i = 0; i < 3; i++) {
		n = tail_call(skb);
		barrier_var(n);
		if (n < 0 || n >= VALUE_SIZE)
			return 2;
		sink = bytes[n];
	}
	return n != 7;
}

/* The index is less than the number of calls, and the number of calls limits what is
 * written behind each other.
 */
static int read_at_index(__u32 n, struct ctx *ctx)
{
	sink = ctx->bytes[n];
	return 0;
}

static int append(__u32 n, struct ctx *ctx)
{
	__u32 len = bpf_get_prandom_u32();

	if (len <= 2)
		ctx->bytes += len;
	if (n >= 30)
		return 1;
	ctx->bytes[0] = n;
	ctx->i++;
	return 0;
}

SEC("syscall")
int index_is_bounded(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };

	if (ctx.bytes)
		bpf_loop(VALUE_SIZE, read_at_index, &ctx, 0);
	return 0;
}

SEC("syscall")
int pointer_grows_to_limit(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };

	if (!ctx.bytes)
		return 1;
	bpf_loop(15, append, &ctx, 0);
	bpf_loop(15, append, &ctx, 0);
	ctx.bytes[2] = 0;
	return ctx.i != 30;
}

SEC("syscall")
int counter_grows_to_limit(void *unused)
{
	struct ctx ctx = { .bytes = value_bytes() };

	if (!ctx.bytes)
		return 1;
	bpf_loop(VALUE_SIZE - 1, add_up, &ctx, 0);
	sink = ctx.bytes[ctx.i];
	return 0;
}

/* A sleepable program may sleep in these. */
static int copy_in_loop(__u32 n, struct ctx *ctx)
{
	char c;

	ctx->i += bpf_copy_from_user(&c, 1, NULL) != 0;
	return 0;
}

SEC("syscall")
int sleep_in_loop(void *unused)
{
	struct ctx ctx = {};

	bpf_loop(nr_ten, copy_in_loop, &ctx, 0);
	return ctx.i != 10;
}

/* The address of a function that is not called leads nowhere. */
SEC("syscall")
int function_not_called(void *unused)
{
	void *func = stop_at_three;

	barrier_var(func);
	if (!func)
		bpf_loop(1, do_nothing, NULL, 0);
	return bpf_loop(nr_ten, do_nothing, NULL, 0) != 10;
}
