// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* The flags of bpf_local_irq_save(): what must be refused. */
#include "sections.h"

char _license[] SEC("license") = "GPL";

unsigned long global_flags;
long buffer[8];

#define local_dynptr(ptr) bpf_dynptr_from_mem(buffer, sizeof(buffer), 0, ptr)

#define UNINIT "expected uninitialized irq flag as R1"
#define INIT "expected an initialized irq flag as R1"
#define ORDER "cannot restore irq state out of order, "

/* A program in which @body has R10 and the kfuncs at hand */
#define ASM_PROG(name, msg, body)					\
SEC("tc")								\
__failure __msg(msg)							\
__attribute__((naked)) int name(void)					\
{									\
	asm volatile(body "r0 = 0; exit;"				\
		     : : [save]"i"(bpf_local_irq_save),			\
		     [restore]"i"(bpf_local_irq_restore),		\
		     [random]"i"(bpf_get_prandom_u32)			\
		     : "r0", "r1", "r2", "r3", "r4", "r5", "memory");	\
}

#define AT(off) "r1 = r10; r1 += " off ";"
#define SAVE(off) AT(off) "call %[save];"
#define RESTORE(off) AT(off) "call %[restore];"

/* Where the flags are */
SEC("tc")
__failure __msg("R1 doesn't point to an irq flag on stack")
int saved_in_map(struct __sk_buff *skb)
{
	bpf_local_irq_save(&global_flags);
	return 0;
}

SEC("tc")
__failure __msg("R1 doesn't point to an irq flag on stack")
int restored_from_map(struct __sk_buff *skb)
{
	bpf_local_irq_restore(&global_flags);
	return 0;
}

SEC("tc")
__failure __msg("R1 doesn't point to an irq flag on stack")
int saved_nowhere(struct __sk_buff *skb)
{
	bpf_local_irq_save(NULL);
	return 0;
}

SEC("tc")
__failure __msg("R1 doesn't point to an irq flag on stack")
int saved_in_context(struct __sk_buff *skb)
{
	bpf_local_irq_save((void *)skb);
	return 0;
}

ASM_PROG(saved_unaligned, "cannot pass in irq_flag at an offset=-12", SAVE("-12"))
ASM_PROG(saved_at_frame, "cannot pass in irq_flag at an offset=0", SAVE("0"))
ASM_PROG(saved_outside, "invalid write to stack R1 off=-520 size=8", SAVE("-520"))
ASM_PROG(restored_outside, INIT, RESTORE("-520"))
ASM_PROG(restored_unaligned, "cannot pass in irq_flag at an offset=-4", SAVE("-8") RESTORE("-4"))

#define SOME_SLOT "call %[random]; r0 &= 8; r1 = r10; r1 += -16; r1 += r0;"

ASM_PROG(saved_somewhere, "irq_flag has to be at a constant offset", SOME_SLOT "call %[save];")
ASM_PROG(restored_somewhere, "irq_flag has to be at a constant offset",
	 SAVE("-8") SAVE("-16") SOME_SLOT "call %[restore];")

/* What is there is not what was saved */
ASM_PROG(saved_twice, UNINIT, SAVE("-8") SAVE("-8"))
ASM_PROG(nothing_saved, INIT, RESTORE("-8"))
ASM_PROG(number_saved, INIT, "r1 = 0x200; *(u64 *)(r10 - 8) = r1;" RESTORE("-8"))
ASM_PROG(restored_twice, INIT, SAVE("-8") RESTORE("-8") SAVE("-16") RESTORE("-8"))
ASM_PROG(overwritten, INIT, SAVE("-8") "r1 = 0x200; *(u64 *)(r10 - 8) = r1;" RESTORE("-8"))
ASM_PROG(pointer_over, INIT, SAVE("-8") "*(u64 *)(r10 - 8) = r10;" RESTORE("-8"))
ASM_PROG(first_byte_over, INIT, SAVE("-8") "r1 = 2; *(u8 *)(r10 - 8) = r1;" RESTORE("-8"))
ASM_PROG(second_byte_over, INIT, SAVE("-8") "r1 = 2; *(u8 *)(r10 - 7) = r1;" RESTORE("-8"))
ASM_PROG(some_byte_over, INIT,
	 SAVE("-8") "call %[random]; r0 &= 3; r1 = r10; r1 += r0; *(u8 *)(r1 - 8) = 0;"
	 RESTORE("-8"))
ASM_PROG(last_byte_over, INIT, SAVE("-8") "r1 = 2; *(u8 *)(r10 - 1) = r1;" RESTORE("-8"))
ASM_PROG(maybe_overwritten, INIT,
	 SAVE("-8") "r1 = 0; *(u64 *)(r10 - 16) = r1;"
	 "call %[random]; r0 &= 15; r1 = r10; r1 += -16; r1 += r0;"
	 "r2 = 2; *(u8 *)(r1 + 0) = r2;" RESTORE("-8"))

SEC("tc")
__failure __msg(INIT)
int filled_by_helper(struct __sk_buff *skb)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	bpf_probe_read_kernel(&flags, sizeof(flags), skb);
	bpf_local_irq_restore(&flags);
	return 0;
}

SEC("tc")
__failure __msg(INIT)
int dynptr_over(struct __sk_buff *skb)
{
	union {
		struct bpf_dynptr ptr;
		unsigned long flags[2];
	} u;

	bpf_local_irq_save(&u.flags[1]);
	local_dynptr(&u.ptr);
	bpf_local_irq_restore(&u.flags[1]);
	return 0;
}

SEC("tc")
__failure __msg("Expected an initialized dynptr as arg #3")
int saved_over_dynptr(struct __sk_buff *skb)
{
	union {
		struct bpf_dynptr ptr;
		unsigned long flags[2];
	} u;
	long word;

	local_dynptr(&u.ptr);
	bpf_local_irq_save(&u.flags[1]);
	bpf_local_irq_restore(&u.flags[1]);
	return bpf_dynptr_read(&word, sizeof(word), &u.ptr, 0, 0);
}

/* An overwritten section is not lost: a slot that is used anew is of another one */
ASM_PROG(saved_over_number,
	 "BPF_EXIT instruction in main prog cannot be used inside bpf_local_irq_save-ed region",
	 SAVE("-8") "r1 = 0; *(u64 *)(r10 - 8) = r1;" SAVE("-8") RESTORE("-8"))

/* The flags are nobody's business. */
ASM_PROG(read, "invalid read from stack off -8+0 size 8",
	 SAVE("-8") "r1 = *(u64 *)(r10 - 8);" RESTORE("-8"))
ASM_PROG(byte_read, "invalid read from stack off -4+0 size 1",
	 SAVE("-8") "r1 = *(u8 *)(r10 - 4);" RESTORE("-8"))
ASM_PROG(added_to, "invalid read from stack off -8+0 size 8",
	 SAVE("-8") "r1 = 1; lock *(u64 *)(r10 - 8) += r1;" RESTORE("-8"))

SEC("tc")
__failure __msg("invalid indirect read from stack")
int read_by_helper(struct __sk_buff *skb)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	bpf_ringbuf_output(&ring, &flags, sizeof(flags), 0);
	bpf_local_irq_restore(&flags);
	return 0;
}

GLOBAL unsigned long take(unsigned long *flags)
{
	return flags ? *flags : 0;
}

SEC("tc")
__failure __msg("invalid indirect read from stack")
int passed_to_global(struct __sk_buff *skb)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	take(&flags);
	bpf_local_irq_restore(&flags);
	return 0;
}

GLOBAL int restore_argument(unsigned long *flags)
{
	if (flags)
		bpf_local_irq_restore(flags);
	return 0;
}

SEC("tc")
__failure __msg("R1 doesn't point to an irq flag on stack")
int restored_by_global(struct __sk_buff *skb)
{
	unsigned long flags = 0;

	return restore_argument(&flags);
}

/* The order */
ASM_PROG(wrong_order, ORDER "expected id=2 acquired at insn_idx=5",
	 SAVE("-8") SAVE("-16") RESTORE("-8") RESTORE("-16"))
ASM_PROG(wrong_order_inside, ORDER "expected id=2 acquired at insn_idx=11",
	 SAVE("-8") SAVE("-16") RESTORE("-16") SAVE("-24") RESTORE("-8") RESTORE("-24"))
ASM_PROG(last_overwritten, ORDER "what was saved last is gone",
	 SAVE("-8") SAVE("-16") "r1 = 0; *(u64 *)(r10 - 16) = r1;" RESTORE("-8"))

STATIC void save_in_frame(void)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
}

SEC("tc")
__failure __msg(ORDER "what was saved last is gone")
int gone_with_its_frame(struct __sk_buff *skb)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	save_in_frame();
	bpf_local_irq_restore(&flags);
	return 0;
}

STATIC void restore_other(unsigned long *outer)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	bpf_local_irq_restore(outer);
	bpf_local_irq_restore(&flags);
}

SEC("tc")
__failure __msg(ORDER "expected id=2")
int wrong_order_of_frames(struct __sk_buff *skb)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	restore_other(&flags);
	return 0;
}

/* The slots differ on two ways, of which the verifier follows one first. */
#define SLOTS(name, condition)						\
SEC("tc")								\
__failure __msg(INIT)							\
int other_slot_##name(struct __sk_buff *skb)				\
{									\
	unsigned long a, b;						\
									\
	if (condition)							\
		bpf_local_irq_save(&a);					\
	else								\
		bpf_local_irq_save(&b);					\
	STATE();							\
	bpf_local_irq_restore(&a);					\
	return 0;							\
}									\
									\
SEC("tc")								\
__failure __msg(ORDER)							\
int other_order_##name(struct __sk_buff *skb)				\
{									\
	unsigned long a, b;						\
									\
	if (condition) {						\
		bpf_local_irq_save(&a);					\
		bpf_local_irq_save(&b);					\
	} else {							\
		bpf_local_irq_save(&b);					\
		bpf_local_irq_save(&a);					\
	}								\
	STATE();							\
	bpf_local_irq_restore(&b);					\
	bpf_local_irq_restore(&a);					\
	return 0;							\
}									\
									\
SEC("tc")								\
__failure __msg(INIT)							\
int overwritten_on_##name(struct __sk_buff *skb)			\
{									\
	unsigned long a;						\
									\
	bpf_local_irq_save(&a);						\
	if (condition)							\
		*(volatile char *)&a = 2;				\
	STATE();							\
	bpf_local_irq_restore(&a);					\
	return 0;							\
}

SLOTS(one_way, SOME())
SLOTS(other_way, !SOME())

/* The same, with the flags on the stack of the caller */
STATIC void restore_both(unsigned long *a, unsigned long *b)
{
	STATE();
	bpf_local_irq_restore(b);
	bpf_local_irq_restore(a);
}

SEC("tc")
__failure __msg(ORDER)
int other_order_in_static(struct __sk_buff *skb)
{
	unsigned long a, b;

	if (SOME()) {
		bpf_local_irq_save(&a);
		bpf_local_irq_save(&b);
	} else {
		bpf_local_irq_save(&b);
		bpf_local_irq_save(&a);
	}
	restore_both(&a, &b);
	return 0;
}

/* A loop whose next iteration finds the flags elsewhere */
ASM_PROG(saved_by_each_iteration, UNINIT,
	 SAVE("-8") "call %[random]; if r0 != 0 goto -5;" RESTORE("-8"))

/* A callback that overwrites the flags of its caller */
STATIC int overwrite_cb(__u32 n, unsigned long *flags)
{
	*(volatile unsigned long *)flags = 0x200;
	return 0;
}

SEC("tc")
__failure __msg(INIT)
int overwritten_by_callback(struct __sk_buff *skb)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	bpf_loop(SOME(), overwrite_cb, &flags, 0);
	bpf_local_irq_restore(&flags);
	return 0;
}
