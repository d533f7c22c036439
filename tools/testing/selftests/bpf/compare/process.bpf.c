// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Paths, arguments and ancestors: what an agent for security looks at. */
#include "compare.h"

#define MAX_DEPTH	20
#define MAX_ARGS	20
#define PATH_SIZE	1024

struct event {
	__u32 pid, depth, args;
	char comm[16];
	__u32 ancestors[MAX_DEPTH];
	char path[PATH_SIZE];
	char arg[MAX_ARGS][64];
};

PER_CPU(events, struct event);
HASH(watched, __u32, __u32, 10240);
HASH(parents, __u32, __u32, 10240);

struct node {
	__u32 parent;
	__u32 name_len;
	char name[32];
};

HASH(nodes, __u32, struct node, 10240);

/* Names of a path up to the root, one after the other */
SEC("kprobe/security_file_open")
int BPF_KPROBE(path_of_file, struct file *file)
{
	struct event *e = first(&events);
	struct dentry *d = BPF_CORE_READ(file, f_path.dentry), *parent;
	__u32 off = 0;
	long len;
	int i;

	if (!e)
		return 0;
	for (i = 0; i < MAX_DEPTH; i++) {
		const unsigned char *name = BPF_CORE_READ(d, d_name.name);

		if (off > PATH_SIZE - 64)
			break;
		len = bpf_probe_read_kernel_str(e->path + off, 64, name);
		if (len <= 0)
			break;
		off += len;
		parent = BPF_CORE_READ(d, d_parent);
		if (parent == d)
			break;
		d = parent;
	}
	e->depth = i;
	return 0;
}

/* The same to any depth, and only the inodes: is one of them watched? */
SEC("kprobe/security_file_open")
int BPF_KPROBE(path_is_watched, struct file *file)
{
	struct dentry *d = BPF_CORE_READ(file, f_path.dentry), *parent;
	__u32 *found = NULL;

	while (d && can_loop) {
		__u32 ino = BPF_CORE_READ(d, d_inode, i_ino);

		found = bpf_map_lookup_elem(&watched, &ino);
		if (found)
			break;
		parent = BPF_CORE_READ(d, d_parent);
		if (parent == d)
			break;
		d = parent;
	}
	if (found)
		__sync_fetch_and_add(found, 1);
	return 0;
}

/* A path in a map, where each node knows its parent: written from its end */
SEC("raw_tp/sys_enter")
int path_of_node(void *ctx)
{
	struct event *e = first(&events);
	__u32 key = bpf_get_prandom_u32(), at = PATH_SIZE / 2;
	int i;

	if (!e)
		return 0;
	for (i = 0; i < MAX_DEPTH; i++) {
		struct node *n = bpf_map_lookup_elem(&nodes, &key);
		__u32 len;

		if (!n)
			break;
		len = n->name_len;
		if (len > sizeof(n->name) || len + 1 > at)
			break;
		at -= len;
		bpf_probe_read_kernel(e->path + (at & (PATH_SIZE / 2 - 1)), len & 31, n->name);
		key = n->parent;
	}
	return at;
}

/* The arguments of a new program */
SEC("tp/syscalls/sys_enter_execve")
int exec_args(struct trace_event_raw_sys_enter *ctx)
{
	const char *const *argv = (void *)ctx->args[1];
	struct event *e = first(&events);
	const char *arg = NULL;
	int i;

	if (!e)
		return 0;
	for (i = 0; i < MAX_ARGS; i++) {
		bpf_probe_read_user(&arg, sizeof(arg), &argv[i]);
		if (!arg || bpf_probe_read_user_str(e->arg[i], sizeof(e->arg[i]), arg) < 0)
			break;
	}
	e->args = i;
	return 0;
}

struct arg_walk {
	struct event *e;
	const char *const *argv;
	__u32 off;
};

static long copy_arg(__u32 i, struct arg_walk *w)
{
	const char *arg = NULL;
	long len;

	bpf_probe_read_user(&arg, sizeof(arg), &w->argv[i]);
	if (!arg || w->off > PATH_SIZE - 256)
		return 1;
	len = bpf_probe_read_user_str(w->e->path + w->off, 256, arg);
	if (len < 0)
		return 1;
	w->off += len;
	return 0;
}

/* The same as one string, packed, with bpf_loop() */
SEC("tp/syscalls/sys_enter_execve")
int exec_args_packed(struct trace_event_raw_sys_enter *ctx)
{
	struct arg_walk w = { .e = first(&events), .argv = (void *)ctx->args[1] };

	if (w.e)
		bpf_loop(100, copy_arg, &w, 0);
	return 0;
}

/* Is LD_PRELOAD in the environment? */
SEC("tp/syscalls/sys_enter_execve")
int exec_env(struct trace_event_raw_sys_enter *ctx)
{
	static const char name[] = "LD_PRELOAD=";
	const char *const *envp = (void *)ctx->args[2];
	const char *var;
	char buf[16];
	__u32 i, j;

	for (i = 0; can_loop; i++) {
		if (bpf_probe_read_user(&var, sizeof(var), &envp[i]) || !var)
			break;
		if (bpf_probe_read_user_str(buf, sizeof(buf), var) < (long)sizeof(name))
			continue;
		for (j = 0; j < sizeof(name) - 1; j++)
			if (buf[j] != name[j])
				break;
		if (j == sizeof(name) - 1) {
			bpf_printk("%d preloads", (int)bpf_get_current_pid_tgid());
			break;
		}
	}
	return 0;
}

/* The ancestors of a process */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(task_ancestors, struct task_struct *p)
{
	struct event *e = first(&events);
	struct task_struct *t = p;
	int i;

	if (!e)
		return 0;
	for (i = 0; i < MAX_DEPTH; i++) {
		t = t->real_parent;
		e->ancestors[i] = t->pid;
		if (t->pid <= 1)
			break;
	}
	e->depth = i;
	return 0;
}

/* Is one of the ancestors a container's first process? */
SEC("raw_tp/sched_process_exec")
int task_in_container(void *ctx)
{
	struct task_struct *t = (void *)bpf_get_current_task();
	__u32 pid, *found;

	while (can_loop) {
		pid = BPF_CORE_READ(t, tgid);
		if (pid <= 1)
			break;
		found = bpf_map_lookup_elem(&watched, &pid);
		if (found) {
			__sync_fetch_and_add(found, 1);
			break;
		}
		t = BPF_CORE_READ(t, real_parent);
	}
	return 0;
}

/* The same with a map of parents that the program keeps itself */
SEC("raw_tp/sched_process_fork")
int task_depth_in_map(void *ctx)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32, depth = 0;
	__u32 *parent;

	for (; depth < 64; depth++) {
		parent = bpf_map_lookup_elem(&parents, &pid);
		if (!parent || !*parent)
			break;
		pid = *parent;
	}
	return depth;
}

/* PIDs in each of the namespaces that the task is in */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(task_namespaces, struct task_struct *p)
{
	struct event *e = first(&events);
	struct pid *pid = p->thread_pid;
	__u32 i, level;

	if (!e)
		return 0;
	level = pid->level;
	for (i = 0; i <= level && i < MAX_DEPTH && can_loop; i++)
		e->ancestors[i] = BPF_CORE_READ(pid, numbers[i].nr);
	e->depth = i;
	return 0;
}
