/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __STREAM_MSG_H
#define __STREAM_MSG_H

/* What a program of the stream tests and the test that runs it share. */

#define STREAM_CAPACITY		4194304	/* bytes of text that one stream holds */
#define STREAM_MAX_MSG		1023	/* longest message */
#define STREAM_MAX_MEMORY	(16 << 20)

/* Messages of the program stream_write(), by their length or their form. */
enum stream_msg {
	MSG_NUMBERED,		/* "message <number>\n" */
	MSG_MIXED,		/* of a length that depends on its number */
	MSG_RECORD,		/* 1023 bytes in many lines, names writer and number */
	MSG_LETTERS,		/* 64 bytes, lower-case letters and a newline */
	MSG_EMPTY,
	MSG_1,
	MSG_303,
	MSG_304,
	MSG_1000,
	MSG_1023,
	MSG_1024,
};

/* Context of stream_write(): what to print, and what became of it. */
struct stream_write {
	__s32 stream;
	__u32 msg;		/* enum stream_msg */
	__u32 count;		/* messages to print */
	__u32 writer;
	__u32 first;		/* number of the first message */
	__u32 keep_going;	/* do not stop at the first error */
	__u32 accepted;
	__u32 failed;
	__s32 err;		/* of the last call that failed */
	__u32 pad;
};

/* Context of stream_stage(): batches of lines, and what became of them. */
struct stage_args {
	__u32 stream;
	__u32 lines;
	__u32 width;
	__u32 batches;
	__s32 err;		/* of the last batch */
	__u32 committed;
};

#define MIXED_0 "%u"
#define MIXED_1 "a line of number %u\n"
#define MIXED_2 "%u: %100u\n"
#define MIXED_3 "\n%u%u%u\n"
#define MIXED_4 "%u %700u\n"

#define RECORD_FORMAT "<%08u.%08u\n" "%250u\n%250u\n%250u\n%231u\n" "%08u.%08u>\n"

/* Results of the program stream_errors(). */
enum stream_error_case {
	ERR_ID_0,
	ERR_ID_3,
	ERR_ID_NEGATIVE,
	ERR_ID_INT_MAX,
	ERR_ID_INT_MIN,
	ERR_FMT_PERCENT,
	ERR_FMT_UNKNOWN,
	ERR_FMT_FLOAT,
	ERR_FMT_LONG_STRING,
	ERR_FMT_POINTER,
	ERR_FMT_ADDRESS,
	ERR_FMT_STAR,
	ERR_FMT_PRECISION,
	ERR_FMT_COUNT,
	ERR_FMT_CONTROL,
	ERR_FMT_NON_ASCII,
	ERR_ARG_MISSING,
	ERR_ARGS_MISSING,
	ERR_ARGS_13,
	ERR_LEN_4,
	ERR_LEN_12,
	ERR_LEN_NOT_ARGS,
	ERR_LONG_TEXT,
	ERR_LONG_FIELD,
	ERR_WIDE_FIELD,
	ERR_LONG_FIELDS,
	NR_STREAM_ERRORS,
};

#endif
