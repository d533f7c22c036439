/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __STREAM_REPORT_H
#define __STREAM_REPORT_H

/* Places whose line a program notes, so that the test knows what a dump has to say. */
enum report_place {
	AT_MAIN,
	AT_SUB,
	AT_SUB_CALL,
	AT_GLOBAL,
	AT_GLOBAL_CALL,
	AT_CALLBACK,
	AT_LOOP,
	AT_TIMER,
	AT_LOCKED,
	AT_DEEP_1,
	AT_DEEP_2,
	AT_DEEP_3,
	AT_DEEP_4,
	AT_DEEP_5,
	AT_DEEP_6,
	AT_DEEP_7,
	AT_DEEP_8,
	AT_ACCESS,
	NR_PLACES_OF_REPORTS,
};

/* Accesses of an arena, each at an address of its own. */
enum access_form {
	LOAD_U8, LOAD_U16, LOAD_U32, LOAD_U64,
	LOAD_S8, LOAD_S16, LOAD_S32,
	LOAD_FAR,
	NR_LOADS,
	STORE_8 = NR_LOADS, STORE_16, STORE_32, STORE_64,
	STORE_FAR,
	ATOMIC_ADD_32, ATOMIC_ADD_64, ATOMIC_AND, ATOMIC_OR, ATOMIC_XOR,
	FETCH_ADD_32, FETCH_ADD_64, FETCH_AND, FETCH_OR, FETCH_XOR,
	XCHG_32, XCHG_64, CMPXCHG_32, CMPXCHG_64,
	NR_FORMS,
};

#define FORM_OFFSET(form) (16 * (form))
#define FAR_OFFSET 0x7fff

#define MAX_CONTEXT_RUNS 1000

#ifdef __bpf__
int places[NR_PLACES_OF_REPORTS];

#define HERE(place) (places[place] = __LINE__)

extern int bpf_stream_print_stack(int stream_id) __weak __ksym;
#endif

#endif
