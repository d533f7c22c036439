// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Nothing that sleeps can be called where this is not allowed.
 *
 * The kernel is asked which helpers and kfuncs there are, and whether a program of a type may
 * call them in a context: a callback of a timer, say, or a section without preemption. Arguments are found by trial, guided by
 * what the verifier says of them. What loads is run. A kernel with DEBUG_ATOMIC_SLEEP marks
 * itself as tainted when something sleeps that must not, also when it just might have.
 *
 * Functions of which no arguments are found are counted and named, with -v. All of it takes
 * minutes, and tells nothing on another kernel: it is for "make test-debug LONG=1".
 */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <bpf/btf.h>
#include "test_progs.h"
#include "modern_helpers.h"
#include "network_helpers.h"
#include "trace_helpers.h"
#include "sleep_fact.skel.h"

#define LOG_ERRORS 4	/* and statistics, but not what is done */
#define TAINT_WARN (1 << 9)
#define MAX_FUNCS 512
#define MAX_ARGS 5
/* There are more that take no arguments, or a buffer: times, numbers, names, memory. */
#define FEWEST 20

#define BUFFER (-192)	/* of 128 bytes, and what is above it: */
#define KEY (-16)
#define CONTEXT (-8)

/* What an argument may be: from here on a map */
enum arg { ARG_NONE, ARG_CTX, ARG_ZERO, ARG_SIZE, ARG_BUFFER, ARG_VALUE, ARG_TASK, ARG_MAP };

struct func {
	const char *name;
	int id;
	bool is_kfunc;
	int args[MAX_ARGS];	/* the last that were found */
	bool hopeless;		/* not offered to this type, or no arguments are found */
};

enum where {
	IN_PROGRAM, IN_FOR_EACH, IN_FIND_VMA, IN_LOOP_IN_FOR_EACH, IN_SECTION, IN_TIMER, IN_LOCK,
};

static const char * const where_name[] = {
	"program", "for_each", "find_vma", "loop_in_for_each", "section", "timer", "lock",
};

static const struct type {
	const char *name;
	enum bpf_prog_type type;
	enum bpf_attach_type attach;
	const char *func;	/* that it is attached to */
	bool sleepable;
} types[] = {
	{ "syscall", BPF_PROG_TYPE_SYSCALL, 0, NULL, true },
	{ "fmod_ret.s", BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN, "bpf_modify_return_test", true },
	{ "fmod_ret", BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN, "bpf_modify_return_test" },
	{ "tc", BPF_PROG_TYPE_SCHED_CLS },
	{ "xdp", BPF_PROG_TYPE_XDP },
	{ "cgroup_skb", BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS },
	{ "lwt_xmit", BPF_PROG_TYPE_LWT_XMIT },
	{ "raw_tp", BPF_PROG_TYPE_RAW_TRACEPOINT },
};

struct code {
	struct bpf_insn insn[256];
	int cnt;
	int func[3];	/* where functions begin */
	int nr_funcs;
};

struct fact {
	struct sleep_fact *skel;
	struct btf *vmlinux, *btf;
	int func_type;
	int preempt_disable, preempt_enable;	/* of a kernel that has sections */
	int map[32], nr_maps;
	struct func func[MAX_FUNCS];
	int nr_funcs;
	char log[4096];
	/* of the current type and context */
	int offered, called, run;
};

static void add(struct code *c, struct bpf_insn insn)
{
	c->insn[c->cnt++] = insn;
}

static void add_load(struct code *c, int reg, int src, int imm, int imm2)
{
	add(c, (struct bpf_insn) { .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = reg,
				   .src_reg = src, .imm = imm });
	add(c, (struct bpf_insn) { .imm = imm2 });
}

static void add_call(struct code *c, int id)
{
	add(c, BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id));
}

static void add_kfunc_call(struct code *c, int id)
{
	add(c, BPF_RAW_INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, id));
}

static void begin_func(struct code *c)
{
	c->func[c->nr_funcs++] = c->cnt;
}

/* The address of a function that comes later */
static int add_func(struct code *c, int reg)
{
	add_load(c, reg, BPF_PSEUDO_FUNC, 0, 0);
	return c->cnt - 2;
}

static void set_func(struct code *c, int at)
{
	begin_func(c);
	c->insn[at].imm = c->cnt - at - 1;
}

static void add_exit(struct code *c)
{
	add(c, BPF_MOV64_IMM(BPF_REG_0, 0));
	add(c, BPF_EXIT_INSN());
}

/* reg = the value of the first element, and the end if there is none */
static void add_lookup(struct code *c, int reg, int map)
{
	add(c, BPF_ST_MEM(BPF_W, BPF_REG_10, KEY, 0));
	add_load(c, BPF_REG_1, BPF_PSEUDO_MAP_FD, map, 0);
	add(c, BPF_MOV64_REG(BPF_REG_2, BPF_REG_10));
	add(c, BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, KEY));
	add_call(c, BPF_FUNC_map_lookup_elem);
	add(c, BPF_JMP_IMM(BPF_JNE, BPF_REG_0, 0, 2));
	add_exit(c);
	add(c, BPF_MOV64_REG(reg, BPF_REG_0));
}

static bool has_arg(const int *args, int arg)
{
	int i;

	for (i = 0; i < MAX_ARGS; i++)
		if (args[i] == arg)
			return true;
	return false;
}

static void add_arg(const struct fact *f, struct code *c, int reg, int arg)
{
	switch (arg) {
	case ARG_NONE:
		break;
	case ARG_CTX:
		add(c, BPF_MOV64_REG(reg, BPF_REG_6));
		break;
	case ARG_ZERO:
		add(c, BPF_MOV64_IMM(reg, 0));
		break;
	case ARG_SIZE:
		add(c, BPF_MOV64_IMM(reg, 16));
		break;
	case ARG_BUFFER:
		add(c, BPF_MOV64_REG(reg, BPF_REG_10));
		add(c, BPF_ALU64_IMM(BPF_ADD, reg, BUFFER));
		break;
	case ARG_VALUE:
		add(c, BPF_MOV64_REG(reg, BPF_REG_7));
		break;
	case ARG_TASK:
		add(c, BPF_MOV64_REG(reg, BPF_REG_8));
		break;
	default:
		add_load(c, reg, BPF_PSEUDO_MAP_FD, f->map[arg - ARG_MAP], 0);
	}
}

/* Arenas have to be named by the program, so all name the one that there is. */
static void add_arena(const struct fact *f, struct code *c)
{
	add_load(c, BPF_REG_5, BPF_PSEUDO_MAP_FD, bpf_map__fd(f->skel->maps.arena), 0);
}

/* The rest of a function, with the context of the program in R6: call, note it, and return */
static void add_body(const struct fact *f, struct code *c, const struct func *func,
		     const int *args, enum where where)
{
	int i;

	/* 4 is a type of map and the size of a key, for one */
	for (i = 0; i < 16; i++) {
		add(c, BPF_ST_MEM(BPF_W, BPF_REG_10, BUFFER + 8 * i, 4));
		add(c, BPF_ST_MEM(BPF_W, BPF_REG_10, BUFFER + 8 * i + 4, i < 2 ? 4 : 0));
	}
	if (has_arg(args, ARG_VALUE))
		add_lookup(c, BPF_REG_7, bpf_map__fd(f->skel->maps.array));
	if (has_arg(args, ARG_TASK)) {
		add_call(c, BPF_FUNC_get_current_task_btf);
		add(c, BPF_MOV64_REG(BPF_REG_8, BPF_REG_0));
	}
	if (where == IN_LOCK) {
		add_lookup(c, BPF_REG_9, bpf_map__fd(f->skel->maps.locks));
		add(c, BPF_MOV64_REG(BPF_REG_1, BPF_REG_9));
		add_call(c, BPF_FUNC_spin_lock);
	}
	if (where == IN_SECTION)
		add_kfunc_call(c, f->preempt_disable);
	for (i = 0; i < MAX_ARGS; i++)
		add_arg(f, c, BPF_REG_1 + i, args[i]);
	if (func->is_kfunc)
		add_kfunc_call(c, func->id);
	else
		add_call(c, func->id);
	if (where == IN_SECTION)
		add_kfunc_call(c, f->preempt_enable);
	if (where == IN_LOCK) {
		add(c, BPF_MOV64_REG(BPF_REG_1, BPF_REG_9));
		add_call(c, BPF_FUNC_spin_unlock);
	}
	add_load(c, BPF_REG_1, BPF_PSEUDO_MAP_VALUE, bpf_map__fd(f->skel->maps.bss), 0);
	add(c, BPF_ST_MEM(BPF_DW, BPF_REG_1, 0, 1));
	add_exit(c);
}

/* A callback that finds the context of the program where one of its arguments points to */
static void add_callback(const struct fact *f, struct code *c, const struct func *func,
			 const int *args, enum where where, int at, int ctx_reg)
{
	set_func(c, at);
	if (ctx_reg)
		add(c, BPF_LDX_MEM(BPF_DW, BPF_REG_6, ctx_reg, 0));
	else
		add(c, BPF_MOV64_IMM(BPF_REG_6, 0));
	add_body(f, c, func, args, where);
}

static void add_pointer_to_context(struct code *c, int reg)
{
	add(c, BPF_MOV64_REG(reg, BPF_REG_10));
	add(c, BPF_ALU64_IMM(BPF_ADD, reg, CONTEXT));
}

static int add_timer(const struct fact *f, struct code *c)
{
	int at;

	add_lookup(c, BPF_REG_6, bpf_map__fd(f->skel->maps.timers));
	add(c, BPF_MOV64_REG(BPF_REG_1, BPF_REG_6));
	add_load(c, BPF_REG_2, BPF_PSEUDO_MAP_FD, bpf_map__fd(f->skel->maps.timers), 0);
	add(c, BPF_MOV64_IMM(BPF_REG_3, CLOCK_MONOTONIC));
	add_call(c, BPF_FUNC_timer_init);
	add(c, BPF_MOV64_REG(BPF_REG_1, BPF_REG_6));
	at = add_func(c, BPF_REG_2);
	add_call(c, BPF_FUNC_timer_set_callback);
	add(c, BPF_MOV64_REG(BPF_REG_1, BPF_REG_6));
	add(c, BPF_MOV64_IMM(BPF_REG_2, 0));
	add(c, BPF_MOV64_IMM(BPF_REG_3, 0));
	add_call(c, BPF_FUNC_timer_start);
	add_exit(c);
	return at;
}

static int add_for_each(const struct fact *f, struct code *c)
{
	int at;

	add_load(c, BPF_REG_1, BPF_PSEUDO_MAP_FD, bpf_map__fd(f->skel->maps.hash), 0);
	at = add_func(c, BPF_REG_2);
	add_pointer_to_context(c, BPF_REG_3);
	add(c, BPF_MOV64_IMM(BPF_REG_4, 0));
	add_call(c, BPF_FUNC_for_each_map_elem);
	add_exit(c);
	return at;
}

static int add_find_vma(const struct fact *f, struct code *c)
{
	__u64 addr = (unsigned long)f;
	int at;

	add_call(c, BPF_FUNC_get_current_task_btf);
	add(c, BPF_MOV64_REG(BPF_REG_1, BPF_REG_0));
	add_load(c, BPF_REG_2, 0, addr, addr >> 32);
	at = add_func(c, BPF_REG_3);
	add_pointer_to_context(c, BPF_REG_4);
	add(c, BPF_MOV64_IMM(BPF_REG_5, 0));
	add_call(c, BPF_FUNC_find_vma);
	add_exit(c);
	return at;
}

/* A callback of bpf_for_each_map_elem() that passes what it gets on to another one */
static int add_loop(struct code *c, int at)
{
	set_func(c, at);
	add(c, BPF_MOV64_REG(BPF_REG_3, BPF_REG_4));
	add(c, BPF_MOV64_IMM(BPF_REG_1, 1));
	at = add_func(c, BPF_REG_2);
	add(c, BPF_MOV64_IMM(BPF_REG_4, 0));
	add_call(c, BPF_FUNC_loop);
	add_exit(c);
	return at;
}

static void build(const struct fact *f, struct code *c, const struct func *func,
		  const int *args, enum where where)
{
	memset(c, 0, sizeof(*c));
	begin_func(c);
	add_arena(f, c);
	add(c, BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_1, CONTEXT));
	switch (where) {
	case IN_TIMER:
		add_callback(f, c, func, args, where, add_timer(f, c), 0);
		break;
	case IN_FOR_EACH:
		add_callback(f, c, func, args, where, add_for_each(f, c), BPF_REG_4);
		break;
	case IN_FIND_VMA:
		add_callback(f, c, func, args, where, add_find_vma(f, c), BPF_REG_3);
		break;
	case IN_LOOP_IN_FOR_EACH:
		add_callback(f, c, func, args, where, add_loop(c, add_for_each(f, c)), BPF_REG_2);
		break;
	default:
		add(c, BPF_MOV64_REG(BPF_REG_6, BPF_REG_1));
		add_body(f, c, func, args, where);
	}
}

static int load(struct fact *f, const struct type *type, const struct func *func,
		const int *args, enum where where)
{
	struct bpf_func_info info[3] = {};
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		.expected_attach_type = type->attach,
		.prog_flags = type->sleepable ? BPF_F_SLEEPABLE : 0,
		.prog_btf_fd = btf__fd(f->btf),
		.func_info = info,
		.func_info_rec_size = sizeof(info[0]),
		.log_buf = f->log,
		.log_size = sizeof(f->log),
		.log_level = LOG_ERRORS,
	);
	struct code c;
	int i;

	build(f, &c, func, args, where);
	for (i = 0; i < c.nr_funcs; i++)
		info[i] = (struct bpf_func_info) { c.func[i], f->func_type };
	opts.func_info_cnt = c.nr_funcs;
	if (type->func)
		opts.attach_btf_id = btf__find_by_name_kind(f->vmlinux, type->func, BTF_KIND_FUNC);
	f->log[0] = 0;
	return bpf_prog_load(type->type, "sleep_fact", "GPL", c.insn, c.cnt, &opts);
}

/* Which argument the verifier complains of, 0 if of something else */
static int bad_arg(const struct fact *f)
{
	const char *p = f->log;

	while ((p = strchr(p, 'R'))) {
		p++;
		if (p[0] >= '1' && p[0] <= '5' && (p[1] < '0' || p[1] > '9'))
			return p[0] - '0';
	}
	return 0;
}

/* Returns a program that calls it, with arguments that the verifier takes. One after the other
 * each is what makes it complain of a later one.
 */
static int find_args(struct fact *f, const struct type *type, struct func *func, enum where where)
{
	int *args = func->args, n = 0, bad, fd;

	memset(args, 0, sizeof(func->args));
	fd = load(f, type, func, args, where);
	if (fd >= 0)
		return fd;
	for (bad = bad_arg(f); bad > n; ) {
		n = bad;
		for (args[n - 1] = ARG_CTX; args[n - 1] < ARG_MAP + f->nr_maps; args[n - 1]++) {
			fd = load(f, type, func, args, where);
			if (fd >= 0)
				return fd;
			bad = bad_arg(f);
			if (bad > n)
				break;
		}
	}
	return -EINVAL;
}

static bool log_has(const struct fact *f, const char *text)
{
	return strstr(f->log, text);
}

/* The verifier looks at this before it looks at the arguments. */
static bool is_offered(const struct fact *f)
{
	static const char * const refusals[] = {
		"unknown func", "is not allowed", "are not allowed", "might sleep", "is sleepable",
		"sleepable helper", "sleepable global function",
		"not supported", "require CAP_", "cannot use",
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(refusals); i++)
		if (log_has(f, refusals[i]))
			return false;
	return true;
}

static bool is_tainted(void)
{
	return read_number("/proc/sys/kernel/tainted") & TAINT_WARN;
}

/* For bpf_for_each_map_elem(). What ran before may have deleted it. */
static int put_element(const struct fact *f)
{
	__u64 value[8] = {};
	__u32 key = 0;

	return bpf_map_update_elem(bpf_map__fd(f->skel->maps.hash), &key, value, 0);
}

static void run_program(struct fact *f, const struct type *type, int fd, enum where where)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int i, link = -1;

	if (type->func) {
		link = bpf_raw_tracepoint_open(NULL, fd);
	} else if (type->type != BPF_PROG_TYPE_SYSCALL &&
		   type->type != BPF_PROG_TYPE_RAW_TRACEPOINT) {
		opts.data_in = &pkt_v4;
		opts.data_size_in = sizeof(pkt_v4);
	}
	put_element(f);
	f->skel->bss->reached = 0;
	bpf_prog_test_run_opts(fd, &opts);
	for (i = 0; where == IN_TIMER && !f->skel->bss->reached && i < 200; i++)
		usleep(1000);
	f->run += f->skel->bss->reached;
	if (link >= 0)
		close(link);
}

static void call_func(struct fact *f, const struct type *type, struct func *func,
		      enum where where)
{
	const int none[MAX_ARGS] = {};
	bool tainted = is_tainted();
	int fd;

	fd = load(f, type, func, func->args, where);
	if (fd < 0) {
		load(f, type, func, none, where);
		if (!is_offered(f)) {
			func->hopeless |= log_has(f, "unknown func") ||
					  log_has(f, "calling kernel function");
			return;
		}
		fd = find_args(f, type, func, where);
	}
	f->offered++;
	if (fd < 0) {
		func->hopeless = true;
		if (env.verbosity)
			printf("%s, %s: no arguments for %s: %.80s\n", type->name,
			       where_name[where], func->name, f->log);
		return;
	}
	f->called++;
	run_program(f, type, fd, where);
	close(fd);
	if (!tainted)
		ASSERT_FALSE(is_tainted(), func->name);
}

static void add_helpers(struct fact *f)
{
	const struct btf_type *t;
	const struct btf_enum *e;
	int i, id;

	id = btf__find_by_name_kind(f->vmlinux, "bpf_func_id", BTF_KIND_ENUM);
	if (!ASSERT_GT(id, 0, "enum bpf_func_id"))
		return;
	t = btf__type_by_id(f->vmlinux, id);
	for (i = 0, e = btf_enum(t); i < btf_vlen(t); i++, e++)
		f->func[f->nr_funcs++] = (struct func) {
			btf__name_by_offset(f->vmlinux, e->name_off), e->val,
		};
}

/* "<address> <type> __BTF_ID__func__<name>__<number>": cut off what follows the name */
static char *name_of_id(char *line)
{
	static const char prefix[] = "__BTF_ID__func__";
	char *name = strstr(line, prefix), *end;

	if (!name)
		return NULL;
	name += strlen(prefix);
	for (end = strstr(name, "__"); end; end = strstr(end + 2, "__"))
		if (end[2] >= '0' && end[2] <= '9') {
			*end = 0;
			return name;
		}
	return NULL;
}

static void add_kfunc(struct fact *f, const char *name)
{
	struct func func = { .is_kfunc = true };

	func.id = btf__find_by_name_kind(f->vmlinux, name, BTF_KIND_FUNC);
	/* The one that is made to bring the kernel down does so. */
	if (func.id <= 0 || f->nr_funcs == MAX_FUNCS || !strcmp(name, "crash_kexec"))
		return;
	func.name = btf__name_by_offset(f->vmlinux,
					btf__type_by_id(f->vmlinux, func.id)->name_off);
	f->func[f->nr_funcs++] = func;
}

/* The kernel has the ids of kfuncs in lists, each with a symbol, __BTF_ID__set8__<name>__<number>,
 * that is followed by those of the functions. Who else is in such a list is not offered.
 */
static void add_kfuncs(struct fact *f)
{
	FILE *syms = fopen("/proc/kallsyms", "r");
	bool in_list = false;
	char line[512], *name;

	if (!ASSERT_OK_PTR(syms, "kallsyms"))
		return;
	while (fgets(line, sizeof(line), syms)) {
		name = name_of_id(line);
		if (!name)
			in_list = strstr(line, "__BTF_ID__set8__");
		else if (in_list)
			add_kfunc(f, name);
	}
	fclose(syms);
}

static bool open_fact(struct fact *f)
{
	struct bpf_map *map;
	int ret, proto;

	f->skel = sleep_fact__open_and_load();
	f->vmlinux = btf__load_vmlinux_btf();
	f->btf = btf__new_empty();
	if (!ASSERT_OK_PTR(f->skel, "skeleton") || !ASSERT_OK_PTR(f->vmlinux, "vmlinux") ||
	    !ASSERT_OK_PTR(f->btf, "btf"))
		return false;
	ret = btf__add_int(f->btf, "long", 8, BTF_INT_SIGNED);
	proto = btf__add_func_proto(f->btf, ret);
	f->func_type = btf__add_func(f->btf, "sleep_fact", BTF_FUNC_STATIC, proto);
	if (!ASSERT_OK(btf__load_into_kernel(f->btf), "types"))
		return false;
	bpf_object__for_each_map(map, f->skel->obj)
		if (!bpf_map__is_internal(map))
			f->map[f->nr_maps++] = bpf_map__fd(map);
	f->preempt_disable = btf__find_by_name_kind(f->vmlinux, "bpf_preempt_disable",
						    BTF_KIND_FUNC);
	f->preempt_enable = btf__find_by_name_kind(f->vmlinux, "bpf_preempt_enable",
						   BTF_KIND_FUNC);
	add_helpers(f);
	add_kfuncs(f);
	return ASSERT_OK(put_element(f), "element");
}

static void close_fact(struct fact *f)
{
	btf__free(f->btf);
	btf__free(f->vmlinux);
	sleep_fact__destroy(f->skel);
}

static void call_all(struct fact *f, const struct type *type, enum where where)
{
	int i;

	f->offered = f->called = f->run = 0;
	for (i = 0; i < f->nr_funcs; i++)
		if (!f->func[i].hopeless)
			call_func(f, type, &f->func[i], where);
	printf("%s, %s: %d of %d functions are offered, %d are called, %d of them at run time\n",
	       type->name, where_name[where], f->offered, f->nr_funcs, f->called, f->run);
	/* Next to nothing may be called with a lock held, and not all types have timers. */
	if (where != IN_LOCK && (type->sleepable || where == IN_PROGRAM)) {
		ASSERT_GE(f->called, FEWEST, "functions that are called");
		ASSERT_GE(f->run, FEWEST, "functions that are run");
	}
}

/* A sleepable program may sleep, and all of its other contexts are looked at. Another one must
 * not: what is special to its type is looked at in the program.
 */
static void test_type(struct fact *f, const struct type *type)
{
	enum where where;
	char name[64];
	int i;

	for (i = 0; i < f->nr_funcs; i++)
		f->func[i].hopeless = false;
	for (where = IN_PROGRAM; where <= IN_LOCK; where++) {
		if (where == IN_PROGRAM ? type->sleepable : !type->sleepable && where < IN_TIMER)
			continue;
		if (where == IN_SECTION && f->preempt_disable <= 0)
			continue;
		snprintf(name, sizeof(name), "%s_in_%s", type->name, where_name[where]);
		if (test__start_subtest(name))
			call_all(f, type, where);
	}
}

void serial_test_sleep_fact(void)
{
	unsigned long long addr;
	struct fact *f;
	int i;

	if (kallsyms_find("__might_sleep", &addr) || !long_counts()) {
		test__skip();
		return;
	}
	f = calloc(1, sizeof(*f));
	if (!ASSERT_OK_PTR(f, "memory"))
		return;
	if (open_fact(f))
		for (i = 0; i < ARRAY_SIZE(types); i++)
			test_type(f, &types[i]);
	close_fact(f);
	free(f);
}
