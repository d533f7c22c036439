// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * A server that tells the squares of numbers over UDP, an XDP program that answers in its
 * place what it has in its store, and a client that asks. User space alone changes the
 * store, and each change counts from the next packet on.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/libbpf.h>
#include "accel.h"
#include "accel.skel.h"

#define HEAP_PAGES 1024

static struct store *store;
static struct arena_pool *heap;
static int server, client;

/* An element is complete before the program can find it. */
static int put(__u64 key, __u64 value)
{
	struct elem **head = BUCKET(store, key), *e;

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

static int open_sockets(void)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	server = socket(AF_INET, SOCK_DGRAM, 0);
	client = socket(AF_INET, SOCK_DGRAM, 0);
	if (bind(server, (void *)&addr, sizeof(addr)) ||
	    connect(client, (void *)&addr, sizeof(addr)))
		return -errno;
	return 0;
}

/* What comes up here is not in the store yet. */
static void serve(void)
{
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);
	struct message m;

	if (recvfrom(server, &m, sizeof(m), 0, (void *)&peer, &len) != sizeof(m))
		return;
	m.value = m.key * m.key;
	m.from = FROM_SERVER;
	if (put(m.key, m.value))
		fprintf(stderr, "accel: the store is full\n");
	if (sendto(server, &m, sizeof(m), 0, (void *)&peer, len) < 0)
		perror("accel: sendto");
}

static int ask(__u64 key)
{
	struct pollfd fds[] = {
		{ .fd = server, .events = POLLIN },
		{ .fd = client, .events = POLLIN },
	};
	struct message m = { .key = key };

	if (send(client, &m, sizeof(m), 0) < 0)
		return -errno;
	while (poll(fds, 2, 5000) > 0) {
		if (fds[0].revents) {
			serve();
		} else {
			if (recv(client, &m, sizeof(m), 0) != sizeof(m))
				return -EPROTO;
			printf("%llu: %llu, from the %s\n", m.key, m.value,
			       m.from == FROM_DRIVER ? "driver" : "server");
			return 0;
		}
	}
	return -ETIMEDOUT;
}

static int run(struct accel_bpf *skel, const char *ifname)
{
	int key, err = 0;
	size_t size;

	store = &skel->arena->store;
	/* from its first page on; global variables are at its end */
	heap = arena_pool_init((void *)bpf_map__initial_value(skel->maps.arena, &size),
			       HEAP_PAGES * PAGE_SIZE);
	for (key = 0; key < 10000 && !err; key++)
		err = put(key, key * key);
	if (err)
		return err;
	skel->links.answer = bpf_program__attach_xdp(skel->progs.answer, if_nametoindex(ifname));
	if (!skel->links.answer)
		return -errno;
	err = open_sockets() ?: ask(12) ?: ask(9999) ?: ask(77777) ?: ask(77777);
	err = err ?: put(12, 21) ?: ask(12);
	printf("hits: %llu, misses: %llu\n", store->hits, store->misses);
	return err;
}

int main(int argc, char **argv)
{
	struct accel_bpf *skel = accel_bpf__open_and_load();
	int err = skel ? run(skel, argc > 1 ? argv[1] : "lo") : -errno;

	if (err)
		fprintf(stderr, "accel: %s\n", strerror(-err));
	accel_bpf__destroy(skel);
	return !!err;
}
