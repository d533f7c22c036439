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

struct fuzz_kernel {
	int fd[FUZZ_NR_MAPS];
	struct btf *btf;
	int func_type;
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

/* Callbacks need types, and all functions can have the same. */
static bool kernel_types(struct fuzz_kernel *k)
{
	int ret, proto;

	k->btf = btf__new_empty();
	if (!k->btf)
		return false;
	ret = btf__add_int(k->btf, "long", 8, BTF_INT_SIGNED);
	proto = btf__add_func_proto(k->btf, ret);
	k->func_type = btf__add_func(k->btf, "fuzz", BTF_FUNC_STATIC, proto);
	return k->func_type > 0 && !btf__load_into_kernel(k->btf);
}

struct fuzz_kernel *fuzz_kernel_open(void)
{
	struct fuzz_kernel *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->fd[FUZZ_MAP_DATA] = array_create(1);
	k->fd[FUZZ_MAP_MANY] = array_create(FUZZ_ELEMS);
	k->fd[FUZZ_MAP_USER] = bpf_map_create(BPF_MAP_TYPE_USER_RINGBUF, "fuzz", 0, 0, RING_SIZE,
					      NULL);
	k->fd[FUZZ_MAP_RING] = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "fuzz", 0, 0, RING_SIZE, NULL);
	if (kernel_map(k) && kernel_types(k))
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
	btf__free(k->btf);
	free(k);
}

/* All functions: what the program calls or names, in order. */
static int find_funcs(const struct fuzz_kernel *k, const struct fuzz_prog *prog,
		      struct bpf_func_info *info)
{
	bool starts[FUZZ_MAX_INSNS] = { true };
	const struct bpf_insn *insn;
	int pc, target, cnt = 0;

	for (pc = 0; pc < prog->cnt; pc++) {
		insn = &prog->insn[pc];
		target = pc + 1 + insn->imm;
		if (fuzz_names_func(insn) && target >= 0 && target < prog->cnt)
			starts[target] = true;
		pc += fuzz_is_ld_imm64(insn);
	}
	for (pc = 0; pc < prog->cnt; pc++)
		if (starts[pc])
			info[cnt++] = (struct bpf_func_info) {
				.insn_off = pc, .type_id = k->func_type,
			};
	return cnt;
}

/* Put file descriptors in place of the numbers of maps. */
static void name_maps(const struct fuzz_kernel *k, struct bpf_insn *insn, int cnt)
{
	int i;

	for (i = 0; i < cnt; i++) {
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
	enum bpf_prog_type type = prog->strict ? BPF_PROG_TYPE_SYSCALL :
				  BPF_PROG_TYPE_RAW_TRACEPOINT;
	static struct bpf_func_info info[FUZZ_MAX_INSNS];
	static struct bpf_insn insn[FUZZ_MAX_INSNS];
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .log_buf = log, .log_size = size,
		    .log_level = log ? LOG_ERRORS : 0, .attempts = 1,
		    .prog_flags = prog->strict ? BPF_F_SLEEPABLE : 0,
		    .prog_btf_fd = btf__fd(k->btf),
		    .func_info = info,
		    .func_info_cnt = find_funcs(k, prog, info),
		    .func_info_rec_size = sizeof(*info));
	__u64 caps;
	int fd, err;

	memcpy(insn, prog->insn, prog->cnt * sizeof(*insn));
	name_maps(k, insn, prog->cnt);
	caps = drop_caps(prog);
	set_timer(LOAD_USEC);
	fd = bpf_prog_load(type, "fuzz", "GPL", insn, prog->cnt, &opts);
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
