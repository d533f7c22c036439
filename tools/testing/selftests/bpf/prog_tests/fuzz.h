/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __FUZZ_H
#define __FUZZ_H

/*
 * Random programs against the verifier. A program that it accepts is run by an
 * interpreter (fuzz_interp.c, fuzz_call.c) that knows for each pointer the object
 * that it belongs to and finds what the verifier should have refused. If it finds
 * nothing, the kernel runs the program with the same input, and has to come to the
 * same result (fuzz_kernel.c). What fails is cut down to a few insns (fuzz_shrink.c).
 *
 * Program number n of a run with seed s is program number 0 of one with seed s + n.
 */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <linux/bpf.h>
#include <linux/filter.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))
#endif

#define FUZZ_MAX_INSNS	512
#define FUZZ_ARGS	8	/* u64 of the context */
#define FUZZ_VALUE	64	/* bytes of a map value */
#define FUZZ_ELEMS	4	/* entries of FUZZ_MAP_MANY */
#define FUZZ_SAMPLES	4	/* at most as many in the user ring */
#define FUZZ_SAMPLE	64	/* and at most that long */

/* Insns for which old headers have no name: a load that extends the sign, and what an atomic
 * does. JMP32 | JA is a jump with its distance in imm; an offset of 1 makes a division signed;
 * one of 8, 16 or 32 makes a move extend the sign of so many bits.
 */
#define FUZZ_MEMSX	0x80
#define FUZZ_LOAD_ACQ	0x100
#define FUZZ_STORE_REL	0x110

/* What a program has in place of the fd of a map. */
enum fuzz_map {
	FUZZ_MAP_DATA,	/* array of one value */
	FUZZ_MAP_MANY,	/* array of FUZZ_ELEMS values */
	FUZZ_MAP_USER,	/* user ring buffer */
	FUZZ_MAP_RING,	/* ring buffer */
	FUZZ_MAP_SPECIAL, /* array of FUZZ_ELEMS values with a lock and a timer */
	FUZZ_MAP_PROGS,	/* programs for tail calls */
	FUZZ_MAP_RES,	/* array of FUZZ_ELEMS values with a lock that can fail */
	FUZZ_NR_MAPS,
};

/* A value of FUZZ_MAP_SPECIAL and FUZZ_MAP_RES: first what a program may use as it likes */
#define FUZZ_PLAIN	40
#define FUZZ_LOCK	40
#define FUZZ_TIMER	48

/* What a call of a kfunc has in imm in place of its BTF id */
enum fuzz_kfunc {
	FUZZ_ITER_NEW,
	FUZZ_ITER_NEXT,
	FUZZ_ITER_DESTROY,
	FUZZ_RCU_LOCK,
	FUZZ_RCU_UNLOCK,
	FUZZ_PREEMPT_DISABLE,
	FUZZ_PREEMPT_ENABLE,
	FUZZ_IRQ_SAVE,
	FUZZ_IRQ_RESTORE,
	FUZZ_RES_LOCK,
	FUZZ_RES_UNLOCK,
	FUZZ_RES_LOCK_IRQ,
	FUZZ_RES_UNLOCK_IRQ,
	FUZZ_NR_KFUNCS,
};

#define FUZZ_CTX	192	/* bytes of the largest context */
#define FUZZ_PACKET	64	/* bytes of the packet */
#define FUZZ_DATA	76	/* in the context: where the packet begins */
#define FUZZ_DATA_END	80	/* and ends */
#define FUZZ_NO_FD	0x7fffffff	/* what bpf_sys_close() is given */

/* What a program is loaded as */
enum fuzz_type {
	FUZZ_TRACE,
	FUZZ_SYSCALL,
	FUZZ_SKB,
	FUZZ_EGRESS,
	FUZZ_SOCK,
	FUZZ_LOOKUP,
	FUZZ_CONNECT,
	FUZZ_RECVMSG,
	FUZZ_SYSCTL,
	FUZZ_DEVICE,
	FUZZ_NR_TYPES,
};

struct fuzz_type_info {
	enum bpf_prog_type type;
	enum bpf_attach_type attach;
	__u8 load[4];	/* offsets in the context of what may be read */
	__u8 load_size;	/* 8, or it is 4 */
	bool packet;	/* is there one */
	bool moves;	/* and can it be moved */
	bool sleeps;
	bool special;	/* may use locks and timers */
	bool runs;	/* by BPF_PROG_TEST_RUN, with what fuzz_make_input() makes */
	bool ranged;	/* the result is from lo to hi */
	int lo, hi;
	const char *ctx; /* of global functions: its name, or NULL */
};

extern const struct fuzz_type_info fuzz_types[FUZZ_NR_TYPES];

/*
 * A call of a global function has in off what no kernel sees: which prototype it has, from
 * 1 on. There are all with up to FUZZ_GLOBAL_ARGS arguments.
 */
enum fuzz_arg {
	FUZZ_ARG_END,
	FUZZ_ARG_NUM,
	FUZZ_ARG_MEM,	/* u64 *, may be null */
	FUZZ_ARG_DYNPTR,
	FUZZ_ARG_CTX,
	FUZZ_NR_ARGS,
};

#define FUZZ_GLOBAL_ARGS 3

/* A strict one is loaded with CAP_BPF only: no address may become a number, and no byte
 * of the stack be read that was not written.
 */
struct fuzz_prog {
	enum fuzz_type type;
	struct bpf_insn insn[FUZZ_MAX_INSNS];
	int cnt;
	bool strict;
};

struct fuzz_sample {
	__u32 len;
	__u8 bytes[FUZZ_SAMPLE];
};

struct fuzz_values {
	__u8 data[FUZZ_VALUE];
	__u8 many[FUZZ_ELEMS][FUZZ_VALUE];
};

struct fuzz_input {
	__u64 args[FUZZ_ARGS];
	struct fuzz_values values;
	__u32 samples;
	struct fuzz_sample sample[FUZZ_SAMPLES];
	/* 0, or the limit for may_goto and for calls of a callback: more than the verifier
	 * knows, but nothing that it may rely on. Then each program has to come to an end.
	 */
	__u32 limit;
	__u64 seed;	/* for what has no certain value */
};

enum fuzz_outcome {
	FUZZ_DONE,
	FUZZ_LONG,	/* more steps than the interpreter wants to do */
	FUZZ_UNSOUND,	/* the verifier should have refused it */
};

struct fuzz_result {
	enum fuzz_outcome outcome;
	bool opaque;	/* depends on addresses or on memory nobody wrote */
	int insn;	/* where it ended */
	int steps;
	const char *what;
	__u32 ret;
	struct fuzz_values values;
};

struct fuzz_rng {
	__u64 state;
};

static inline __u64 fuzz_random(struct fuzz_rng *rng)
{
	__u64 x = rng->state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static inline __u32 fuzz_below(struct fuzz_rng *rng, __u32 n)
{
	return (fuzz_random(rng) >> 32) % n;
}

static inline bool fuzz_chance(struct fuzz_rng *rng, __u32 percent)
{
	return fuzz_below(rng, 100) < percent;
}

static inline bool fuzz_is_ld_imm64(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_DW | BPF_IMM);
}

/* By its distance, in imm */
static inline bool fuzz_names_func(const struct bpf_insn *insn)
{
	if (fuzz_is_ld_imm64(insn))
		return insn->src_reg == BPF_PSEUDO_FUNC;
	return insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL;
}

static inline bool fuzz_names_kfunc(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_KFUNC_CALL;
}

static inline bool fuzz_is_gotol(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP32 | BPF_JA);
}

/* A number, when the sign of its lower bits is extended */
static inline __u64 fuzz_sign_extend(__u64 num, int bits)
{
	return (__s64)(num << (64 - bits)) >> (64 - bits);
}

static inline enum fuzz_arg fuzz_global_arg(int proto, int nr)
{
	while (nr--)
		proto /= FUZZ_NR_ARGS;
	return proto % FUZZ_NR_ARGS;
}

/* fuzz_gen.c */
void fuzz_generate(struct fuzz_prog *prog, __u64 seed);
void fuzz_make_input(struct fuzz_input *in, struct fuzz_rng *rng);

/* fuzz_interp.c */
void fuzz_interpret(const struct fuzz_prog *prog, const struct fuzz_input *in,
		    struct fuzz_result *res);

/* fuzz_kernel.c */
struct fuzz_kernel;

extern bool fuzz_verbose;	/* let the verifier say all that it does */
extern unsigned long fuzz_load_usec; /* for the verifier, then a program is too slow */

struct fuzz_kernel *fuzz_kernel_open(void);
void fuzz_kernel_close(struct fuzz_kernel *k);
int fuzz_kernel_load(struct fuzz_kernel *k, const struct fuzz_prog *prog, char *log, int size);
int fuzz_kernel_run(struct fuzz_kernel *k, int fd, const struct fuzz_input *in,
		    struct fuzz_result *res);

/* fuzz_refused.c */
void fuzz_reason(const char *log, char *text, int size);
void fuzz_refused(const char *log);
void fuzz_refused_summary(int cnt);

/* fuzz_shrink.c */
typedef bool (*fuzz_fails_fn)(const struct fuzz_prog *prog, void *ctx);

void fuzz_shrink(struct fuzz_prog *prog, fuzz_fails_fn fails, void *ctx);
void fuzz_list(const struct fuzz_prog *prog);

#endif
