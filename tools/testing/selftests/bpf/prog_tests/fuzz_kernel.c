// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* The kernel's part: maps, the verifier, and runs of what it accepts. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include "cap_helpers.h"
#include "fuzz.h"

#define PAGE 4096
#define RING_SIZE PAGE
#define LOAD_USEC 500000
#define LOG_ERRORS 4	/* and statistics, but not what is done */
#define LOG_ALL 6

bool fuzz_verbose;
unsigned long fuzz_load_usec = LOAD_USEC;

static const char * const kfuncs[FUZZ_NR_KFUNCS] = {
	[FUZZ_ITER_NEW] = "bpf_iter_num_new",
	[FUZZ_ITER_NEXT] = "bpf_iter_num_next",
	[FUZZ_ITER_DESTROY] = "bpf_iter_num_destroy",
	[FUZZ_RCU_LOCK] = "bpf_rcu_read_lock",
	[FUZZ_RCU_UNLOCK] = "bpf_rcu_read_unlock",
	[FUZZ_PREEMPT_DISABLE] = "bpf_preempt_disable",
	[FUZZ_PREEMPT_ENABLE] = "bpf_preempt_enable",
	[FUZZ_IRQ_SAVE] = "bpf_local_irq_save",
	[FUZZ_IRQ_RESTORE] = "bpf_local_irq_restore",
	[FUZZ_RES_LOCK] = "bpf_res_spin_lock",
	[FUZZ_RES_UNLOCK] = "bpf_res_spin_unlock",
	[FUZZ_RES_LOCK_IRQ] = "bpf_res_spin_lock_irqsave",
	[FUZZ_RES_UNLOCK_IRQ] = "bpf_res_spin_unlock_irqrestore",
};

struct fuzz_kernel {
	int fd[FUZZ_NR_MAPS];
	struct btf *btf[FUZZ_NR_TYPES];
	int func_type[FUZZ_NR_TYPES];	/* of static ones, then of global ones by prototype */
	int kfunc[FUZZ_NR_KFUNCS];	/* the id, or 0 if the kernel has none */
	__u8 *data;
	__u8 *many;
	/* A page with the consumer's position, then one with the producer's. */
	const __u64 *user_consumer;
	__u64 *user_producer;
	__u64 *ring_consumer;
	const __u64 *ring_producer;
};

static void *map_page(int fd, size_t off, size_t size, int prot)
{
	void *p = mmap(NULL, size, prot, MAP_SHARED, fd, off);

	return p == MAP_FAILED ? NULL : p;
}

static int array_create(__u32 entries)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);

	return bpf_map_create(BPF_MAP_TYPE_ARRAY, "fuzz", 4, FUZZ_VALUE, entries, &opts);
}

static bool kernel_map(struct fuzz_kernel *k)
{
	const int rw = PROT_READ | PROT_WRITE;

	k->data = map_page(k->fd[FUZZ_MAP_DATA], 0, PAGE, rw);
	k->many = map_page(k->fd[FUZZ_MAP_MANY], 0, PAGE, rw);
	k->user_consumer = map_page(k->fd[FUZZ_MAP_USER], 0, PAGE, PROT_READ);
	k->user_producer = map_page(k->fd[FUZZ_MAP_USER], PAGE, PAGE + RING_SIZE, rw);
	k->ring_consumer = map_page(k->fd[FUZZ_MAP_RING], 0, PAGE, rw);
	k->ring_producer = map_page(k->fd[FUZZ_MAP_RING], PAGE, PAGE, PROT_READ);
	return k->data && k->many && k->user_consumer && k->user_producer && k->ring_consumer &&
	       k->ring_producer;
}

/* The types that arguments of global functions have */
struct arg_types {
	int num, of[FUZZ_NR_ARGS];
};

static int ptr_to_struct(struct btf *btf, const char *name, __u32 size)
{
	int id = btf__add_struct(btf, name, size);

	return btf__add_ptr(btf, id);
}

static void types_make(struct btf *btf, enum fuzz_type type, struct arg_types *types)
{
	const char *ctx = fuzz_types[type].ctx;

	types->num = btf__add_int(btf, "long", 8, BTF_INT_SIGNED);
	types->of[FUZZ_ARG_NUM] = types->num;
	types->of[FUZZ_ARG_MEM] = btf__add_ptr(btf, types->num);
	types->of[FUZZ_ARG_DYNPTR] = ptr_to_struct(btf, "bpf_dynptr", 16);
	types->of[FUZZ_ARG_CTX] = ctx ? ptr_to_struct(btf, ctx, FUZZ_CTX) : types->num;
}

static int func_make(struct btf *btf, const struct arg_types *types, int nr)
{
	int proto = btf__add_func_proto(btf, types->num), i, arg;

	for (i = 0; i < FUZZ_GLOBAL_ARGS; i++) {
		arg = fuzz_global_arg(nr, i);
		if (arg != FUZZ_ARG_END)
			btf__add_func_param(btf, i ? i > 1 ? "c" : "b" : "a", types->of[arg]);
	}
	return btf__add_func(btf, "fuzz", nr ? BTF_FUNC_GLOBAL : BTF_FUNC_STATIC, proto);
}

/* Each kind of program has its own: they differ in the type of the context. The types of
 * functions alternate with those of prototypes.
 */
static bool kernel_types(struct fuzz_kernel *k, enum fuzz_type type)
{
	struct btf *btf = btf__new_empty();
	struct arg_types types;
	int i, id, protos = 1;

	if (!btf)
		return false;
	k->btf[type] = btf;
	types_make(btf, type, &types);
	for (i = 0; i < FUZZ_GLOBAL_ARGS; i++)
		protos *= FUZZ_NR_ARGS;
	for (i = 0; i < protos; i++) {
		id = func_make(btf, &types, i);
		if (!i)
			k->func_type[type] = id;
	}
	return id == k->func_type[type] + 2 * (protos - 1) && !btf__load_into_kernel(btf);
}

static int typed_create(struct btf *btf, int key, int value)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .btf_key_type_id = key, .btf_value_type_id = value);
	int fd = -1;

	if (!btf__load_into_kernel(btf)) {
		opts.btf_fd = btf__fd(btf);
		fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "fuzz", 4, FUZZ_VALUE, FUZZ_ELEMS, &opts);
	}
	btf__free(btf);
	return fd;
}

/* The value of FUZZ_MAP_SPECIAL */
static int special_create(void)
{
	struct btf *btf = btf__new_empty();
	int num, chars, lock, timer, value;

	if (!btf)
		return -1;
	num = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	btf__add_int(btf, "char", 1, BTF_INT_SIGNED);
	chars = btf__add_array(btf, num, num + 1, FUZZ_PLAIN);
	lock = btf__add_struct(btf, "bpf_spin_lock", 4);
	btf__add_field(btf, "val", num, 0, 0);
	timer = btf__add_struct(btf, "bpf_timer", 16);
	value = btf__add_struct(btf, "special", FUZZ_VALUE);
	btf__add_field(btf, "plain", chars, 0, 0);
	btf__add_field(btf, "lock", lock, FUZZ_LOCK * 8, 0);
	btf__add_field(btf, "timer", timer, FUZZ_TIMER * 8, 0);
	return typed_create(btf, num, value);
}

/* The value of FUZZ_MAP_RES */
static int res_create(void)
{
	struct btf *btf = btf__new_empty();
	int num, lock, value;

	if (!btf)
		return -1;
	num = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	lock = btf__add_struct(btf, "bpf_res_spin_lock", 4);
	btf__add_field(btf, "val", num, 0, 0);
	value = btf__add_struct(btf, "res", FUZZ_VALUE);
	btf__add_field(btf, "lock", lock, FUZZ_LOCK * 8, 0);
	return typed_create(btf, num, value);
}

static bool find_kfuncs(struct fuzz_kernel *k)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int i;

	if (!btf)
		return false;
	for (i = 0; i < FUZZ_NR_KFUNCS; i++) {
		k->kfunc[i] = btf__find_by_name_kind(btf, kfuncs[i], BTF_KIND_FUNC);
		if (k->kfunc[i] < 0)
			k->kfunc[i] = 0;
	}
	btf__free(btf);
	return true;
}

struct fuzz_kernel *fuzz_kernel_open(void)
{
	struct fuzz_kernel *k = calloc(1, sizeof(*k));
	enum fuzz_type type = 0;
	bool ok = true;

	if (!k)
		return NULL;
	k->fd[FUZZ_MAP_DATA] = array_create(1);
	k->fd[FUZZ_MAP_MANY] = array_create(FUZZ_ELEMS);
	k->fd[FUZZ_MAP_USER] = bpf_map_create(BPF_MAP_TYPE_USER_RINGBUF, "fuzz", 0, 0, RING_SIZE,
					      NULL);
	k->fd[FUZZ_MAP_RING] = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "fuzz", 0, 0, RING_SIZE, NULL);
	k->fd[FUZZ_MAP_SPECIAL] = special_create();
	k->fd[FUZZ_MAP_RES] = res_create();
	k->fd[FUZZ_MAP_PROGS] = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "fuzz", 4, 4, 4, NULL);
	while (ok && type < FUZZ_NR_TYPES)
		ok = kernel_types(k, type++);
	if (ok && find_kfuncs(k) && kernel_map(k) && k->fd[FUZZ_MAP_SPECIAL] >= 0 &&
	    k->fd[FUZZ_MAP_RES] >= 0 && k->fd[FUZZ_MAP_PROGS] >= 0)
		return k;
	fuzz_kernel_close(k);
	return NULL;
}

static void unmap_page(const void *p, size_t size)
{
	if (p)
		munmap((void *)p, size);
}

void fuzz_kernel_close(struct fuzz_kernel *k)
{
	int i;

	unmap_page(k->data, PAGE);
	unmap_page(k->many, PAGE);
	unmap_page(k->user_consumer, PAGE);
	unmap_page(k->user_producer, PAGE + RING_SIZE);
	unmap_page(k->ring_consumer, PAGE);
	unmap_page(k->ring_producer, PAGE);
	for (i = 0; i < FUZZ_NR_MAPS; i++)
		if (k->fd[i] >= 0)
			close(k->fd[i]);
	for (i = 0; i < FUZZ_NR_TYPES; i++)
		btf__free(k->btf[i]);
	free(k);
}

/* The type of a function that an insn names */
static __u32 type_of(const struct fuzz_kernel *k, const struct fuzz_prog *prog,
		     const struct bpf_insn *insn)
{
	return k->func_type[prog->type] + (fuzz_is_ld_imm64(insn) ? 0 : 2 * insn->off);
}

/* All functions: what the program calls or names, in order. */
static int find_funcs(const struct fuzz_kernel *k, const struct fuzz_prog *prog,
		      struct bpf_func_info *info)
{
	__u32 types[FUZZ_MAX_INSNS] = { k->func_type[prog->type] };
	const struct bpf_insn *insn;
	int pc, target, cnt = 0;

	for (pc = 0; pc < prog->cnt; pc++) {
		insn = &prog->insn[pc];
		target = pc + 1 + insn->imm;
		if (fuzz_names_func(insn) && target >= 0 && target < prog->cnt)
			types[target] = type_of(k, prog, insn);
		pc += fuzz_is_ld_imm64(insn);
	}
	for (pc = 0; pc < prog->cnt; pc++)
		if (types[pc])
			info[cnt++] = (struct bpf_func_info) {
				.insn_off = pc, .type_id = types[pc],
			};
	return cnt;
}

/* Put file descriptors in place of the numbers of maps, and ids in place of those of kfuncs. */
static void name_maps(const struct fuzz_kernel *k, struct bpf_insn *insn, int cnt)
{
	int i;

	for (i = 0; i < cnt; i++) {
		/* The number of a prototype is not for the kernel. */
		if (fuzz_names_func(&insn[i]))
			insn[i].off = 0;
		if (fuzz_names_kfunc(&insn[i]))
			insn[i].imm = k->kfunc[insn[i].imm];
		if (!fuzz_is_ld_imm64(&insn[i]))
			continue;
		if (insn[i].src_reg == BPF_PSEUDO_MAP_FD || insn[i].src_reg == BPF_PSEUDO_MAP_VALUE)
			insn[i].imm = k->fd[insn[i].imm];
		i++;
	}
}

/* A signal ends the work of the verifier on a program that takes it too long. */
static void ignore_signal(int sig)
{
}

static void set_timer(unsigned long usec)
{
	const struct sigaction action = { .sa_handler = ignore_signal };
	const struct itimerval timer = { .it_value.tv_usec = usec };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* The privileges of a strict program; returns what there was before. */
static __u64 drop_caps(const struct fuzz_prog *prog)
{
	__u64 old = 0;

	if (prog->strict)
		cap_disable_effective(1ULL << CAP_SYS_ADMIN | 1ULL << CAP_PERFMON, &old);
	return old;
}

/* Returns the fd of the program, or an error: -EAGAIN if it took too long. */
int fuzz_kernel_load(struct fuzz_kernel *k, const struct fuzz_prog *prog, char *log, int size)
{
	const struct fuzz_type_info *type = &fuzz_types[prog->type];
	static struct bpf_func_info info[FUZZ_MAX_INSNS];
	static struct bpf_insn insn[FUZZ_MAX_INSNS];
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .log_buf = log, .log_size = size,
		    .log_level = !log ? 0 : fuzz_verbose ? LOG_ALL : LOG_ERRORS, .attempts = 1,
		    .prog_flags = type->sleeps ? BPF_F_SLEEPABLE : 0,
		    .expected_attach_type = type->attach,
		    .prog_btf_fd = btf__fd(k->btf[prog->type]),
		    .func_info = info,
		    .func_info_cnt = find_funcs(k, prog, info),
		    .func_info_rec_size = sizeof(*info));
	__u64 caps;
	int fd, err;

	memcpy(insn, prog->insn, prog->cnt * sizeof(*insn));
	name_maps(k, insn, prog->cnt);
	caps = drop_caps(prog);
	set_timer(fuzz_load_usec);
	fd = bpf_prog_load(type->type, "fuzz", "GPL", insn, prog->cnt, &opts);
	err = -errno;
	set_timer(0);
	if (caps)
		cap_enable_effective(caps, NULL);
	return fd < 0 ? err : fd;
}

/* Nothing in the rings but the samples. */
static void fill_rings(struct fuzz_kernel *k, const struct fuzz_input *in)
{
	__u64 pos = __atomic_load_n(k->user_consumer, __ATOMIC_ACQUIRE);
	__u8 *data = (__u8 *)k->user_producer + PAGE, *p;
	__u32 i, j, len, hdr[2] = {};

	for (i = 0; i < in->samples; i++) {
		len = in->sample[i].len;
		hdr[0] = len;
		p = data + pos % RING_SIZE;
		memcpy(p, hdr, sizeof(hdr));
		pos += sizeof(hdr);
		for (j = 0; j < len; j++)
			data[(pos + j) % RING_SIZE] = in->sample[i].bytes[j];
		pos += (len + 7) & -8;
	}
	__atomic_store_n(k->user_producer, pos, __ATOMIC_RELEASE);
	__atomic_store_n(k->ring_consumer, *k->ring_producer, __ATOMIC_RELEASE);
}

int fuzz_kernel_run(struct fuzz_kernel *k, int fd, const struct fuzz_input *in,
		    struct fuzz_result *res)
{
	__u64 args[FUZZ_ARGS];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args));

	memcpy(args, in->args, sizeof(args));
	memcpy(k->data, in->values.data, sizeof(in->values.data));
	memcpy(k->many, in->values.many, sizeof(in->values.many));
	fill_rings(k, in);
	memset(res, 0, sizeof(*res));
	if (bpf_prog_test_run_opts(fd, &opts))
		return -errno;
	res->ret = opts.retval;
	memcpy(res->values.data, k->data, sizeof(res->values.data));
	memcpy(res->values.many, k->many, sizeof(res->values.many));
	return 0;
}
