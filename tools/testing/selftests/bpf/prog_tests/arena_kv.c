// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#include <netinet/in.h>
#include <linux/if_ether.h>
#include "test_progs.h"
#include "progs/arena_kv.h"
#include "arena_kv.skel.h"

#define HEAP_SIZE (512 * 4096)
#define NR_KEYS 1000

struct frame {
	struct ethhdr eth;
	struct kv_packet kv;
} __attribute__((packed));

static __u64 value_of(__u64 key)
{
	return key * key + 1;
}

/* User space alone changes the store. An element is complete before it is found. */
static int kv_put(struct arena_kv *skel, struct arena_pool *heap, __u64 key, __u64 value)
{
	struct kv_elem **head = &skel->arena->store.buckets[kv_hash(key)], *e;

	for (e = *head; e; e = e->next) {
		if (e->key == key) {
			__atomic_store_n(&e->value, value, __ATOMIC_RELAXED);
			return 0;
		}
	}
	e = arena_malloc(heap, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->key = key;
	e->value = value;
	e->next = *head;
	__atomic_store_n(head, e, __ATOMIC_RELEASE);
	return 0;
}

static void kv_del(struct arena_kv *skel, struct arena_pool *heap, __u64 key)
{
	struct kv_elem **link = &skel->arena->store.buckets[kv_hash(key)], *e;

	for (; (e = *link); link = &e->next) {
		if (e->key != key)
			continue;
		__atomic_store_n(link, e->next, __ATOMIC_RELEASE);
		arena_free(heap, e);
		return;
	}
}

static int ask(struct arena_kv *skel, __u16 proto, __u64 key, struct frame *answer)
{
	struct frame question = {
		.eth = { .h_dest = "\1dest", .h_source = "\2from", .h_proto = htons(proto) },
		.kv = { .key = key, .value = -1ULL },
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.data_in = &question,
		.data_size_in = sizeof(question),
		.data_out = answer,
		.data_size_out = sizeof(*answer),
		.repeat = 1,
	);
	int err;

	err = bpf_prog_test_run_opts(bpf_program__fd(skel->progs.kv_answer), &opts);
	return err ?: (int)opts.retval;
}

static void check_answers(struct arena_kv *skel)
{
	struct frame answer;
	int wrong = 0;
	__u64 key;

	for (key = 0; key < NR_KEYS; key++)
		if (ask(skel, KV_MAGIC, key, &answer) != XDP_TX ||
		    answer.kv.value != value_of(key))
			wrong++;
	ASSERT_EQ(wrong, 0, "wrong answers");
	ASSERT_EQ(skel->arena->store.hits, NR_KEYS, "hits");
	ASSERT_OK(memcmp(answer.eth.h_dest, "\2from", 6), "address of the answer");
}

static void check_changes(struct arena_kv *skel, struct arena_pool *heap)
{
	struct frame answer;

	ASSERT_OK(kv_put(skel, heap, 5, 12345), "update");
	ASSERT_EQ(ask(skel, KV_MAGIC, 5, &answer), XDP_TX, "question after the update");
	ASSERT_EQ(answer.kv.value, 12345, "answer after the update");
	kv_del(skel, heap, 5);
	ASSERT_EQ(ask(skel, KV_MAGIC, 5, &answer), XDP_DROP, "question after the removal");
	ASSERT_EQ(ask(skel, KV_MAGIC, NR_KEYS, &answer), XDP_DROP, "key that never was");
	ASSERT_EQ(skel->arena->store.misses, 2, "misses");
	ASSERT_EQ(ask(skel, ETH_P_IP, 6, &answer), XDP_PASS, "another protocol");
	ASSERT_EQ(answer.kv.value, -1ULL, "packet of another protocol");
}

void test_arena_kv(void)
{
	struct arena_kv *skel = arena_kv__open_and_load();
	struct arena_pool *heap;
	int failed = 0;
	size_t size;
	__u64 key;

	if (!ASSERT_OK_PTR(skel, "load"))
		return;
	/* its first pages, far from the variables at the end */
	heap = arena_pool_init((void *)bpf_map__initial_value(skel->maps.arena, &size), HEAP_SIZE);
	if (!ASSERT_OK_PTR(heap, "heap"))
		goto out;
	for (key = 0; key < NR_KEYS; key++)
		failed += kv_put(skel, heap, key, value_of(key)) != 0;
	ASSERT_EQ(failed, 0, "failed insertions");
	check_answers(skel);
	check_changes(skel, heap);
	ASSERT_EQ(heap->bad_frees, 0, "bad frees");
out:
	arena_kv__destroy(skel);
}
