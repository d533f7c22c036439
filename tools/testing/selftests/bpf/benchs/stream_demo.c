// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/*
 * Loads the program of progs/stream_demo.c, makes it run in all contexts and
 * leaves it pinned, for bpftool to read its streams.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/libbpf.h>
#include "stream_demo.skel.h"

#define PIN "/sys/fs/bpf/stream_demo"

static const char * const functions[] = {
	"__x64_sys_getpgid",	/* task */
	"net_rx_action",	/* softirq */
	"update_process_times",	/* hardirq */
	"show_regs",		/* NMI, here */
};

static void call_from_tasks(void)
{
	int i;

	for (i = 0; i < 5; i++)
		getpgid(0);
}

/* What is sent to the loopback is received in a softirq. */
static void call_from_softirqs(void)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int i, fd = socket(AF_INET, SOCK_DGRAM, 0);

	for (i = 0; i < 5; i++)
		if (sendto(fd, "", 1, 0, (void *)&addr, sizeof(addr)) < 0)
			perror("sendto");
	close(fd);
}

static void *spin(void *done)
{
	while (!*(volatile int *)done)
		;
	return NULL;
}

static int write_file(const char *path, const char *text)
{
	int err, fd = open(path, O_WRONLY);

	err = fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return err;
}

/* The other CPUs are asked for a backtrace by NMI. A busy one shows its registers. */
static int call_from_nmis(void)
{
	int i, err, done = 0;
	pthread_t threads[4];

	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, spin, &done);
	err = write_file("/proc/sys/kernel/printk", "1");
	for (i = 0; i < 5 && !err; i++) {
		usleep(20000);
		err = write_file("/proc/sysrq-trigger", "l");
	}
	write_file("/proc/sys/kernel/printk", "4");
	done = 1;
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	return err;
}

int main(void)
{
	LIBBPF_OPTS(bpf_kprobe_multi_opts, opts,
		.syms = (const char **)functions,
		.cnt = sizeof(functions) / sizeof(functions[0]),
	);
	struct stream_demo *skel = stream_demo__open_and_load();
	struct bpf_link *link = NULL;
	int err = 1;

	if (!skel)
		goto out;
	link = bpf_program__attach_kprobe_multi_opts(skel->progs.stream_demo, NULL, &opts);
	if (!link)
		goto out;
	call_from_tasks();
	call_from_softirqs();
	usleep(50000);		/* for the timer, which interrupts on its own */
	if (call_from_nmis())
		goto out;
	unlink(PIN);
	err = bpf_program__pin(skel->progs.stream_demo, PIN);
	if (!err)
		printf("The program has run in task, softirq, hardirq and NMI context.\n");
out:
	if (err)
		fprintf(stderr, "stream_demo: %s\n", strerror(errno));
	bpf_link__destroy(link);
	stream_demo__destroy(skel);
	return !!err;
}
