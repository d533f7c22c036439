// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

#define _GNU_SOURCE
#include <sys/syscall.h>
#include "stream_helpers.h"
#include "network_helpers.h"
#include "cgroup_helpers.h"
#include "stream_types.skel.h"
#include "stream_freplace.skel.h"
#include "stream_cc.skel.h"
#include "stream_lock.skel.h"

#define LOOPBACK "127.0.0.1"

static bool prints(int fd, const char *out, const char *err)
{
	struct text text = {};
	bool ok;

	ok = ASSERT_OK(text_read(&text, fd, STDOUT, 4096), "read of stdout") &&
	     ASSERT_EQ(text.len, strlen(out), "length of stdout") &&
	     ASSERT_STREQ(text.data, out, "stdout");
	text.len = 0;
	ok = ok && ASSERT_OK(text_read(&text, fd, STDERR, 4096), "read of stderr") &&
	     ASSERT_EQ(text.len, strlen(err), "length of stderr") &&
	     ASSERT_STREQ(text.data, err, "stderr");
	text_free(&text);
	return ok;
}

/* Programs that have run n times under the name they print. */
static bool prints_name(int fd, const char *name, int n)
{
	char out[1024], err[1024];
	int i, len = 0;

	out[0] = 0;
	err[0] = 0;
	for (i = 0; i < n; i++) {
		snprintf(out + len, sizeof(out) - len, "%s on stdout\n", name);
		len += snprintf(err + len, sizeof(err) - len, "%s on stderr\n", name);
	}
	return prints(fd, out, err);
}

/* Programs that others make run too: once or more, and nothing but their name. */
static bool prints_name_often(int fd, int stream, const char *name)
{
	struct text text = {};
	char line[128];
	bool ok = false;
	char *p;

	snprintf(line, sizeof(line), "%s on %s\n", name, stream == STDOUT ? "stdout" : "stderr");
	if (!ASSERT_OK(text_read(&text, fd, stream, 4096), "read") ||
	    !ASSERT_GE(text.len, strlen(line), "length of the text"))
		goto out;
	for (p = text.data; *p; p += strlen(line))
		if (strncmp(p, line, strlen(line))) {
			PRINT_FAIL("unexpected text '%s'\n", p);
			goto out;
		}
	ok = ASSERT_EQ(p - text.data, text.len, "length of the lines");
out:
	text_free(&text);
	return ok;
}

static void run_test_skb(struct stream_types *skel, struct bpf_program *prog)
{
	__u32 retval;

	ASSERT_OK(run_skb(bpf_program__fd(prog), &pkt_v4, sizeof(pkt_v4), &retval), "run");
}

static void run_test_tracing(struct stream_types *skel, struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	struct bpf_link *link;

	link = bpf_program__attach(prog);
	if (!ASSERT_OK_PTR(link, "attach"))
		return;
	ASSERT_OK(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), "run");
	bpf_link__destroy(link);
}

static void run_test_syscall(struct stream_types *skel, struct bpf_program *prog)
{
	ASSERT_OK(run_syscall(bpf_program__fd(prog), NULL, 0), "run");
}

static void run_test_sk_lookup(struct stream_types *skel, struct bpf_program *prog)
{
	struct bpf_sk_lookup ctx = {
		.family = AF_INET,
		.protocol = IPPROTO_TCP,
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.ctx_in = &ctx,
		.ctx_size_in = sizeof(ctx),
	);

	ASSERT_OK(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), "run");
}

static void call_getpgid(struct stream_types *skel, struct bpf_program *prog)
{
	struct bpf_link *link;

	link = bpf_program__attach(prog);
	if (!ASSERT_OK_PTR(link, "attach"))
		return;
	syscall(__NR_getpgid, 0);
	bpf_link__destroy(link);
}

static void open_file(struct stream_types *skel, struct bpf_program *prog)
{
	struct bpf_link *link;
	int fd;

	link = bpf_program__attach(prog);
	if (!ASSERT_OK_PTR(link, "attach"))
		return;
	fd = open("/proc/self/stat", O_RDONLY);
	bpf_link__destroy(link);
	ASSERT_GE(fd, 0, "open");
	close(fd);
}

static void run_other_prog(struct stream_types *skel, struct bpf_program *prog)
{
	struct bpf_link *link;

	link = bpf_program__attach(prog);
	if (!ASSERT_OK_PTR(link, "attach"))
		return;
	run_test_skb(skel, skel->progs.on_xdp);
	bpf_link__destroy(link);
}

noinline int stream_uprobe_target(int arg)
{
	asm volatile ("");
	return arg;
}

static void call_function(struct stream_types *skel, struct bpf_program *prog)
{
	struct bpf_link *link;
	ssize_t offset;

	offset = get_uprobe_offset(&stream_uprobe_target);
	if (!ASSERT_GE(offset, 0, "offset of the function"))
		return;
	link = bpf_program__attach_uprobe(prog, false, 0, "/proc/self/exe", offset);
	if (!ASSERT_OK_PTR(link, "attach"))
		return;
	stream_uprobe_target(1);
	bpf_link__destroy(link);
}

static void wait_for_clock(struct stream_types *skel, struct bpf_program *prog)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.freq = 1,
		.sample_freq = 1000,
	};
	struct bpf_link *link;
	int fd, i;

	fd = syscall(__NR_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (!ASSERT_GE(fd, 0, "perf_event_open"))
		return;
	link = bpf_program__attach_perf_event(prog, fd);
	if (ASSERT_OK_PTR(link, "attach"))
		for (i = 0; i < 1000000 && !*(volatile int *)&skel->bss->perf_hits; i++)
			syscall(__NR_getpgid, 0);
	bpf_link__destroy(link);
}

static void read_iter(struct stream_types *skel, struct bpf_program *prog)
{
	struct bpf_link *link;
	char buf[64];
	int fd;

	link = bpf_program__attach_iter(prog, NULL);
	if (!ASSERT_OK_PTR(link, "attach"))
		return;
	fd = bpf_iter_create(bpf_link__fd(link));
	if (ASSERT_GE(fd, 0, "bpf_iter_create")) {
		ASSERT_EQ(read(fd, buf, sizeof(buf)), 0, "read");
		close(fd);
	}
	bpf_link__destroy(link);
}

/* Connect TCP over the loopback and give both ends. */
static bool tcp_pair(int *client, int *server)
{
	int listener;

	listener = start_server(AF_INET, SOCK_STREAM, LOOPBACK, 0, 3000);
	if (!ASSERT_GE(listener, 0, "start_server"))
		return false;
	*server = -1;
	*client = connect_to_fd(listener, 3000);
	if (ASSERT_GE(*client, 0, "connect_to_fd")) {
		*server = accept(listener, NULL, NULL);
		ASSERT_GE(*server, 0, "accept");
	}
	close(listener);
	return *server >= 0;
}

static void send_tcp(int client, int server)
{
	char buf[4] = {};

	if (!ASSERT_OK(settimeo(server, 3000), "settimeo"))
		return;
	ASSERT_EQ(send(client, "abc", 3, 0), 3, "send");
	ASSERT_EQ(recv(server, buf, sizeof(buf), 0), 3, "recv");
	ASSERT_STREQ(buf, "abc", "data");
}

/* Put one end of a connection into a sock map that has the program. */
static void send_through_map(struct bpf_program *prog, enum bpf_attach_type type, bool is_client)
{
	int map, client, server, err;
	__u32 key = 0;

	map = bpf_map_create(BPF_MAP_TYPE_SOCKMAP, "stream_socks", 4, 4, 1, NULL);
	if (!ASSERT_GE(map, 0, "map"))
		return;
	if (!tcp_pair(&client, &server))
		goto out;
	err = bpf_prog_attach(bpf_program__fd(prog), map, type, 0);
	if (ASSERT_OK(err, "attach") &&
	    ASSERT_OK(bpf_map_update_elem(map, &key, is_client ? &client : &server, BPF_ANY),
		      "update"))
		send_tcp(client, server);
	close(client);
	close(server);
	if (!err)
		bpf_prog_detach2(bpf_program__fd(prog), map, type);
out:
	close(map);
}

static void send_msg(struct stream_types *skel, struct bpf_program *prog)
{
	send_through_map(prog, BPF_SK_MSG_VERDICT, true);
}

static void send_skb(struct stream_types *skel, struct bpf_program *prog)
{
	send_through_map(prog, BPF_SK_SKB_STREAM_VERDICT, false);
}

static void send_to_group(struct stream_types *skel, struct bpf_program *prog)
{
	int fd, *fds, client, prog_fd = bpf_program__fd(prog);
	char buf[4] = {};

	fds = start_reuseport_server(AF_INET, SOCK_DGRAM, LOOPBACK, 0, 3000, 1);
	if (!ASSERT_OK_PTR(fds, "start_reuseport_server"))
		return;
	fd = fds[0];
	if (!ASSERT_OK(setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, &prog_fd, 4), "attach"))
		goto out;
	client = connect_to_fd(fd, 3000);
	if (!ASSERT_GE(client, 0, "connect_to_fd"))
		goto out;
	ASSERT_EQ(send(client, "abc", 3, 0), 3, "send");
	ASSERT_EQ(recv(fd, buf, sizeof(buf), 0), 3, "recv");
	close(client);
out:
	free_fds(fds, 1);
}

static void in_cgroup(struct bpf_program *prog, void (*trigger)(void))
{
	struct bpf_link *link;
	int cgroup;

	cgroup = test__join_cgroup("/stream_types");
	if (!ASSERT_GE(cgroup, 0, "join cgroup"))
		return;
	link = bpf_program__attach_cgroup(prog, cgroup);
	if (ASSERT_OK_PTR(link, "attach"))
		trigger();
	bpf_link__destroy(link);
	close(cgroup);
}

static void do_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	ASSERT_GE(fd, 0, "socket");
	close(fd);
}

static void do_bind(void)
{
	int fd = start_server(AF_INET, SOCK_DGRAM, LOOPBACK, 0, 0);

	ASSERT_GE(fd, 0, "start_server");
	close(fd);
}

static void do_connect(void)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	ASSERT_GE(fd, 0, "socket");
	ASSERT_OK(connect(fd, (void *)&addr, sizeof(addr)), "connect");
	close(fd);
}

static void do_send(void)
{
	int server = start_server(AF_INET, SOCK_DGRAM, LOOPBACK, 0, 3000);
	int client = server < 0 ? -1 : connect_to_fd(server, 3000);

	ASSERT_GE(client, 0, "client");
	ASSERT_EQ(send(client, "abc", 3, 0), 3, "send");
	close(client);
	close(server);
}

static void do_tcp(void)
{
	int client, server;

	if (!tcp_pair(&client, &server))
		return;
	send_tcp(client, server);
	close(client);
	close(server);
}

static void do_device(void)
{
	int fd = open("/dev/null", O_RDONLY);

	ASSERT_GE(fd, 0, "open");
	close(fd);
}

static void do_sysctl(void)
{
	int fd = open("/proc/sys/kernel/ostype", O_RDONLY);
	char buf[16];

	ASSERT_GE(fd, 0, "open");
	ASSERT_GT(read(fd, buf, sizeof(buf)), 0, "read");
	close(fd);
}

static void do_getsockopt(void)
{
	int value, fd = socket(AF_INET, SOCK_DGRAM, 0);
	socklen_t len = sizeof(value);

	ASSERT_OK(getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, &len), "getsockopt");
	close(fd);
}

static void do_setsockopt(void)
{
	int value = 1, fd = socket(AF_INET, SOCK_DGRAM, 0);

	ASSERT_OK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, sizeof(value)), "setsockopt");
	close(fd);
}

#define DEFINE_CGROUP_TRIGGER(name)						\
static void cgroup_##name(struct stream_types *skel, struct bpf_program *prog)	\
{										\
	in_cgroup(prog, do_##name);						\
}

DEFINE_CGROUP_TRIGGER(socket)
DEFINE_CGROUP_TRIGGER(bind)
DEFINE_CGROUP_TRIGGER(connect)
DEFINE_CGROUP_TRIGGER(send)
DEFINE_CGROUP_TRIGGER(tcp)
DEFINE_CGROUP_TRIGGER(device)
DEFINE_CGROUP_TRIGGER(sysctl)
DEFINE_CGROUP_TRIGGER(getsockopt)
DEFINE_CGROUP_TRIGGER(setsockopt)

#define OFTEN 0

static const struct {
	const char *name;
	void (*run)(struct stream_types *skel, struct bpf_program *prog);
	int runs;		/* or OFTEN, if that is not known */
	const char *also;	/* another program to load */
} types[] = {
	{ "xdp", run_test_skb, 1 },
	{ "sched_cls", run_test_skb, 1 },
	{ "sched_act", run_test_skb, 1 },
	{ "socket_filter", run_test_skb, 1 },
	{ "lwt_in", run_test_skb, 1 },
	{ "lwt_out", run_test_skb, 1 },
	{ "lwt_xmit", run_test_skb, 1 },
	{ "flow_dissector", run_test_skb, 1 },
	{ "spin_lock", run_test_skb, 1 },
	{ "sk_lookup", run_test_sk_lookup, 1 },
	{ "sk_reuseport", send_to_group, 1 },
	{ "sk_msg", send_msg, 1 },
	{ "sk_skb", send_skb, OFTEN },
	{ "sock_ops", cgroup_tcp, OFTEN },
	{ "cgroup_skb", cgroup_send, OFTEN },
	{ "cgroup_sock", cgroup_socket, 1 },
	{ "cgroup_sock_addr", cgroup_connect, 1 },
	{ "cgroup_device", cgroup_device, OFTEN },
	{ "cgroup_sysctl", cgroup_sysctl, OFTEN },
	{ "cgroup_getsockopt", cgroup_getsockopt, 1 },
	{ "cgroup_setsockopt", cgroup_setsockopt, 1 },
	{ "lsm_cgroup", cgroup_bind, 1 },
	{ "kprobe", call_getpgid, 1 },
	{ "kretprobe", call_getpgid, 1 },
	{ "kprobe_multi", call_getpgid, 1 },
	{ "uprobe", call_function, 1 },
	{ "tracepoint", call_getpgid, 1 },
	{ "raw_tp", call_getpgid, OFTEN },
	{ "tp_btf", call_getpgid, OFTEN },
	{ "raw_tp_writable", run_other_prog, 1, "on_xdp" },
	{ "fentry", run_test_tracing, 1 },
	{ "fexit", run_test_tracing, 1 },
	{ "fmod_ret", run_test_tracing, 1 },
	{ "fentry_sleepable", call_getpgid, 1 },
	{ "lsm", open_file, OFTEN },
	{ "lsm_sleepable", open_file, OFTEN },
	{ "syscall", run_test_syscall, 1 },
	{ "perf_event", wait_for_clock, OFTEN },
	{ "iter", read_iter, 1 },
};

/* Load nothing but the programs named, also may be NULL. */
static struct stream_types *load(const char *name, const char *also)
{
	struct stream_types *skel;

	skel = stream_types__open();
	if (!ASSERT_OK_PTR(skel, "open"))
		return NULL;
	skel->bss->pid = getpid();
	autoload_only(skel->obj, name, also);
	if (!ASSERT_OK(stream_types__load(skel), "load")) {
		stream_types__destroy(skel);
		return NULL;
	}
	return skel;
}

static void test_type(int i)
{
	struct stream_types *skel;
	struct bpf_program *prog;
	char prog_name[64];
	int fd;

	snprintf(prog_name, sizeof(prog_name), "%s%s",
		 strcmp(types[i].name, "spin_lock") ? "on_" : "", types[i].name);
	skel = load(prog_name, types[i].also);
	if (!skel)
		return;
	prog = bpf_object__find_program_by_name(skel->obj, prog_name);
	if (!ASSERT_OK_PTR(prog, "program"))
		goto out;
	types[i].run(skel, prog);
	fd = bpf_program__fd(prog);
	if (types[i].runs != OFTEN) {
		prints_name(fd, types[i].name, types[i].runs);
	} else {
		prints_name_often(fd, STDOUT, types[i].name);
		prints_name_often(fd, STDERR, types[i].name);
	}
out:
	stream_types__destroy(skel);
}

static void test_subprograms(void)
{
	struct stream_types *skel = load("subprograms", NULL);

	if (!skel)
		return;
	run_test_skb(skel, skel->progs.subprograms);
	prints(bpf_program__fd(skel->progs.subprograms),
	       "main on stdout\nstatic on stdout\nglobal on stdout\n"
	       "loop 0 on stdout\nloop 1 on stdout\n"
	       "element 0 on stdout\nelement 1 on stdout\n",
	       "main on stderr\nstatic on stderr\nglobal on stderr\n"
	       "loop 0 on stderr\nloop 1 on stderr\n"
	       "element 0 on stderr\nelement 1 on stderr\n");
	stream_types__destroy(skel);
}

static void test_timer(void)
{
	struct stream_types *skel = load("timer", NULL);
	int i;

	if (!skel)
		return;
	run_test_skb(skel, skel->progs.timer);
	for (i = 0; i < 500 && !*(volatile int *)&skel->bss->timer_hits; i++)
		usleep(10000);
	prints_name(bpf_program__fd(skel->progs.timer), "timer", 1);
	stream_types__destroy(skel);
}

static void test_tail_call(void)
{
	struct stream_types *skel = load("tail_caller", "tail");
	__u32 key = 0, retval;
	int fd, tail_fd;

	if (!skel)
		return;
	fd = bpf_program__fd(skel->progs.tail_caller);
	tail_fd = bpf_program__fd(skel->progs.tail);
	if (ASSERT_OK(bpf_map_update_elem(bpf_map__fd(skel->maps.tails), &key, &tail_fd, BPF_ANY),
		      "update")) {
		ASSERT_OK(run_skb(fd, &pkt_v4, sizeof(pkt_v4), &retval), "run");
		ASSERT_EQ(retval, 0, "the tail was called");
		prints_name(fd, "tail_caller", 1);
		prints_name(tail_fd, "tail", 1);
	}
	stream_types__destroy(skel);
}

/* A program that replaces a function prints on its own streams as well. */
static void test_freplace(void)
{
	struct stream_types *target = load("freplace_target", NULL);
	struct stream_freplace *skel = NULL;
	struct bpf_link *link;
	int target_fd;

	if (!target)
		return;
	target_fd = bpf_program__fd(target->progs.freplace_target);
	skel = stream_freplace__open();
	if (!ASSERT_OK_PTR(skel, "open") ||
	    !ASSERT_OK(bpf_program__set_attach_target(skel->progs.freplace, target_fd,
						      "replaceable"), "target") ||
	    !ASSERT_OK(stream_freplace__load(skel), "load"))
		goto out;
	link = bpf_program__attach(skel->progs.freplace);
	if (!ASSERT_OK_PTR(link, "attach"))
		goto out;
	run_test_skb(target, target->progs.freplace_target);
	bpf_link__destroy(link);
	prints_name(target_fd, "freplace_target", 1);
	prints_name(bpf_program__fd(skel->progs.freplace), "freplace", 1);
out:
	stream_freplace__destroy(skel);
	stream_types__destroy(target);
}

static void test_struct_ops(void)
{
	struct stream_cc *skel;
	struct bpf_link *link;
	int fd;

	skel = stream_cc__open_and_load();
	if (!ASSERT_OK_PTR(skel, "open and load"))
		return;
	link = bpf_map__attach_struct_ops(skel->maps.stream_cc);
	if (!ASSERT_OK_PTR(link, "attach"))
		goto out;
	fd = start_server(AF_INET, SOCK_STREAM, LOOPBACK, 0, 3000);
	if (ASSERT_GE(fd, 0, "start_server")) {
		struct network_helper_opts opts = { .cc = "bpf_stream_cc" };
		int client = connect_to_fd_opts(fd, &opts);

		ASSERT_GE(client, 0, "connect");
		close(client);
		close(fd);
	}
	usleep(100000);
	prints_name_often(bpf_program__fd(skel->progs.cc_init), STDOUT, "cc_init");
	prints_name_often(bpf_program__fd(skel->progs.cc_init), STDERR, "cc_init");
	prints_name_often(bpf_program__fd(skel->progs.cc_release), STDOUT, "cc_release");
	prints_name_often(bpf_program__fd(skel->progs.cc_release), STDERR, "cc_release");
	bpf_link__destroy(link);
out:
	stream_cc__destroy(skel);
}

/* Not through the skeleton, which would map the section of the lock. */
static void test_spin_lock_global(void)
{
	struct bpf_program *prog;
	struct bpf_object *obj;
	const void *elf;
	size_t size;

	elf = stream_lock__elf_bytes(&size);
	obj = bpf_object__open_mem(elf, size, NULL);
	if (!ASSERT_OK_PTR(obj, "open"))
		return;
	prog = bpf_object__next_program(obj, NULL);
	if (ASSERT_OK(bpf_object__load(obj), "load")) {
		run_test_syscall(NULL, prog);
		prints_name(bpf_program__fd(prog), "spin_lock_global", 1);
	}
	bpf_object__close(obj);
}

/* Serial: it uses the loopback of the initial network namespace. */
void serial_test_stream_types(void)
{
	int i;

	if (!ASSERT_OK(bring_up_loopback(), "bring_up_loopback"))
		return;
	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (test__start_subtest(types[i].name))
			test_type(i);
	if (test__start_subtest("subprograms"))
		test_subprograms();
	if (test__start_subtest("timer"))
		test_timer();
	if (test__start_subtest("spin_lock_global"))
		test_spin_lock_global();
	if (test__start_subtest("tail_call"))
		test_tail_call();
	if (test__start_subtest("freplace"))
		test_freplace();
	if (test__start_subtest("struct_ops"))
		test_struct_ops();
}
