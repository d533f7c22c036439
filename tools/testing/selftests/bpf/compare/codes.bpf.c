// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* Codes: base64, hex, checksums, hashes. */
#include "compare.h"

#define IN_SIZE		96
#define OUT_SIZE	256

__u8 in[IN_SIZE], out[OUT_SIZE];
__u32 in_len;
__u32 crc_table[256];

/* A digest, in hex */
SEC("raw_tp/sys_enter")
int hex_encode(void *ctx)
{
	static const char digits[] = "0123456789abcdef";
	int i;

	for (i = 0; i < 32; i++) {
		out[2 * i] = digits[in[i] >> 4];
		out[2 * i + 1] = digits[in[i] & 15];
	}
	out[64] = 0;
	return 0;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* And back, from text that may be wrong */
SEC("raw_tp/sys_enter")
int hex_decode(void *ctx)
{
	int i, hi, lo;

	for (i = 0; i < IN_SIZE / 2; i++) {
		hi = hex_value(in[2 * i]);
		lo = hex_value(in[2 * i + 1]);
		if (hi < 0 || lo < 0)
			break;
		out[i] = hi << 4 | lo;
	}
	return i;
}

/* Base64, three bytes at a time */
SEC("raw_tp/sys_enter")
int base64_encode(void *ctx)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	__u32 i, o = 0, word;

	for (i = 0; i + 2 < in_len && can_loop; i += 3) {
		if (i + 2 >= IN_SIZE || o + 3 >= OUT_SIZE)
			break;
		word = in[i] << 16 | in[i + 1] << 8 | in[i + 2];
		out[o++] = digits[word >> 18 & 63];
		out[o++] = digits[word >> 12 & 63];
		out[o++] = digits[word >> 6 & 63];
		out[o++] = digits[word & 63];
	}
	return o;
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* And back: credentials in a header */
SEC("raw_tp/sys_enter")
int base64_decode(void *ctx)
{
	__u32 i, o = 0, word = 0, bits = 0;

	for (i = 0; i < IN_SIZE && can_loop; i++) {
		int v = base64_value(in[i]);

		if (v < 0)
			break;
		word = word << 6 | v;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			if (o < OUT_SIZE)
				out[o++] = word >> bits;
		}
	}
	return o;
}

/* CRC32 by bits */
SEC("raw_tp/sys_enter")
int crc32_bits(void *ctx)
{
	__u32 crc = -1;
	int i, bit;

	for (i = 0; i < IN_SIZE; i++) {
		crc ^= in[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
	}
	return ~crc;
}

/* CRC32 by a table, of as many bytes as there are */
SEC("raw_tp/sys_enter")
int crc32_table(void *ctx)
{
	__u32 i, crc = -1;

	for (i = 0; i < in_len && i < IN_SIZE && can_loop; i++)
		crc = crc_table[(crc ^ in[i]) & 255] ^ crc >> 8;
	return ~crc;
}

/* The table itself */
SEC("raw_tp/sys_enter")
int crc32_make_table(void *ctx)
{
	__u32 i, bit, crc;

	for (i = 0; i < 256 && can_loop; i++) {
		crc = i;
		for (bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
		crc_table[i] = crc;
	}
	return 0;
}

struct adler {
	__u32 a, b;
};

static long adler_byte(__u32 i, struct adler *s)
{
	if (i >= IN_SIZE)
		return 1;
	s->a = (s->a + in[i]) % 65521;
	s->b = (s->b + s->a) % 65521;
	return 0;
}

/* Adler32 */
SEC("raw_tp/sys_enter")
int adler32(void *ctx)
{
	struct adler s = { .a = 1 };

	bpf_loop(in_len, adler_byte, &s, 0);
	return s.b << 16 | s.a;
}

#define ROTL(x, n) ((x) << (n) | (x) >> (64 - (n)))

/* SipHash of a flow, with rounds */
SEC("raw_tp/sys_enter")
int siphash(void *ctx)
{
	__u64 v[4] = { 0x736f6d6570736575, 0x646f72616e646f6d,
		       0x6c7967656e657261, 0x7465646279746573 };
	const __u64 *word = (const __u64 *)in;
	int i, round;

	for (i = 0; i < 6; i++) {
		v[3] ^= word[i];
		for (round = 0; round < 2; round++) {
			v[0] += v[1];
			v[1] = ROTL(v[1], 13) ^ v[0];
			v[2] += v[3];
			v[3] = ROTL(v[3], 16) ^ v[2];
			v[2] += v[1];
			v[1] = ROTL(v[1], 17) ^ v[2];
			v[0] += v[3];
			v[3] = ROTL(v[3], 21) ^ v[0];
		}
		v[0] ^= word[i];
	}
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Runs of equal bytes, counted */
SEC("raw_tp/sys_enter")
int run_lengths(void *ctx)
{
	__u32 i = 0, o = 0, next;

	while (i < IN_SIZE && o < OUT_SIZE - 1 && can_loop) {
		for (next = i + 1; next < IN_SIZE && can_loop; next++)
			if (in[next] != in[i])
				break;
		out[o] = next - i;
		out[o + 1] = in[i];
		o += 2;
		i = next;
	}
	return o;
}
