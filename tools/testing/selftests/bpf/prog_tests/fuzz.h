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

/* What a program has in place of the fd of a map. */
enum fuzz_map {
	FUZZ_MAP_DATA,	/* array of one value */
	FUZZ_MAP_MANY,	/* array of FUZZ_ELEMS values */
	FUZZ_MAP_USER,	/* user ring buffer */
	FUZZ_MAP_RING,	/* ring buffer */
	FUZZ_NR_MAPS,
};

/* A strict one is loaded with CAP_BPF only: no address may become a number, and no byte
 * of the stack be read that was not written.
 */
struct fuzz_prog {
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

/* fuzz_gen.c */
void fuzz_generate(struct fuzz_prog *prog, __u64 seed);
void fuzz_make_input(struct fuzz_input *in, struct fuzz_rng *rng);

/* fuzz_interp.c */
void fuzz_interpret(const struct fuzz_prog *prog, const struct fuzz_input *in,
		    struct fuzz_result *res);

/* fuzz_kernel.c */
struct fuzz_kernel;

struct fuzz_kernel *fuzz_kernel_open(void);
void fuzz_kernel_close(struct fuzz_kernel *k);
int fuzz_kernel_load(struct fuzz_kernel *k, const struct fuzz_prog *prog, char *log, int size);
int fuzz_kernel_run(struct fuzz_kernel *k, int fd, const struct fuzz_input *in,
		    struct fuzz_result *res);

/* fuzz_refused.c */
void fuzz_refused(const char *log);
void fuzz_refused_summary(int cnt);

/* fuzz_shrink.c */
typedef bool (*fuzz_fails_fn)(const struct fuzz_prog *prog, void *ctx);

void fuzz_shrink(struct fuzz_prog *prog, fuzz_fails_fn fails, void *ctx);
void fuzz_list(const struct fuzz_prog *prog);

#endif
