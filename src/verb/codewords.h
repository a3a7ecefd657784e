/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codewords.h: the instruction at the pc in sentences, for investigate and explain.
 *
 *	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(1024);
 *	if (kd_code_sentence(f, &t))
 *		…	// "reads 8 bytes at 0x48(%rax); rax = 0xfff…f4 (-ENOMEM): address 0x3c, …"
 */
#ifndef KD_VERB_CODEWORDS_H
#define KD_VERB_CODEWORDS_H

#include "base/buf.h"
#include "symbol/fault.h"

/* "mov 0x48(%rax),%rax": without the padding of a listing. */
void kd_code_insn_words(const struct kd_insn *in, struct kd_buf *t);

/* What state says; false when there is nothing to say. */
bool kd_code_sentence(const struct kd_fault *f, struct kd_buf *t);

/* Does the sentence say what the instruction is, after its name: "… is a trap", "… divides by zero"? */
bool kd_code_of_itself(const struct kd_fault *f);

/*
 * May the base register of the blamed operand be read as a pointer: no index beside it, and
 * no displacement that is an address itself?
 */
bool kd_code_base_is_pointer(const struct kd_fault *f);

#endif
