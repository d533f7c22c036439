// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Dynptrs that kfuncs take. */
#include "dynptr_sound.h"

char _license[] SEC("license") = "GPL";

/* vmlinux.h lacks it if the kernel cannot verify signatures. */
struct bpf_key;

int bpf_verify_pkcs7_signature(struct bpf_dynptr *data, struct bpf_dynptr *signature,
			       struct bpf_key *keyring) __ksym __weak;
struct bpf_key *bpf_lookup_system_key(__u64 id) __ksym __weak;
void bpf_key_put(struct bpf_key *key) __ksym __weak;

static __always_inline int verify(void *data, void *signature)
{
	struct bpf_key *key = bpf_lookup_system_key(0);
	int err;

	if (!key)
		return 0;
	err = bpf_verify_pkcs7_signature(data, signature, key);
	bpf_key_put(key);
	return err;
}

static long const_cb(struct bpf_dynptr *dynptr, void *context)
{
	verify(dynptr, dynptr);
	return 0;
}

/* 6.1 refuses it, although it is as good a dynptr as any. */
SEC("lsm.s/bpf")
__success
int const_dynptr(void *ctx)
{
	bpf_user_ringbuf_drain(&user_ringbuf, const_cb, NULL, 0);
	return 0;
}

SEC("lsm.s/bpf")
__success
int stack_dynptr(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return verify(&ptr, &ptr) ? 0 : 0;
}

/* 6.1 loads it: the kernel follows any address. */
SEC("lsm.s/bpf")
__failure __msg("cannot pass in dynptr at an offset=-12")
int misaligned(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return verify((void *)&ptr + 4, &ptr);
}

/* 6.1 loads it. */
SEC("lsm.s/bpf")
__failure __msg("dynptr has to be at a constant offset")
int variable_offset(void *ctx)
{
	struct {
		struct bpf_dynptr ptr;
		long fake[2];
	} s = { .fake = { 1, 1 } };

	local_dynptr(&s.ptr);
	return verify((void *)&s.ptr + (bpf_get_prandom_u32() & 16), &s.ptr);
}

/* 6.1 refuses the rest. */
SEC("lsm.s/bpf")
__failure __msg("Expected a dynptr of type local as arg #1")
int referenced(void *ctx)
{
	struct bpf_dynptr ptr;

	bpf_ringbuf_reserve_dynptr(&ringbuf, 8, 0, &ptr);
	verify(&ptr, &ptr);
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return 0;
}

SEC("lsm.s/bpf")
__failure __msg("Expected an initialized dynptr as arg #2")
int no_dynptr(void *ctx)
{
	struct bpf_dynptr ptr, zero = {};

	local_dynptr(&ptr);
	return verify(&ptr, &zero);
}

SEC("lsm.s/bpf")
__failure __msg("arg#0 expected pointer to stack or dynptr_ptr")
int map_value(void *ctx)
{
	struct bpf_dynptr ptr;

	local_dynptr(&ptr);
	return verify(buffer, &ptr);
}
