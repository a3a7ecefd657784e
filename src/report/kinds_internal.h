/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line and finish functions of the kinds; named in the table of kinds.c only. */
#ifndef KD_REPORT_KINDS_INTERNAL_H
#define KD_REPORT_KINDS_INTERNAL_H

#include <stdio.h>
#include <string.h>

#include "report/builder.h"
#include "report/token.h"

/* Each reads one line of its family (see struct kd_kind.line). */
bool kd_kind_kasan_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_kcsan_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_fault_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_overflow_line(struct kd_builder *b, struct kd_view text);
void kd_kind_overflow_finish(struct kd_builder *b);
bool kd_kind_bugat_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_lockdep_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_hang_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_rcu_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_page_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_wq_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_slab_line(struct kd_builder *b, struct kd_view text);
void kd_kind_slab_finish(struct kd_builder *b);
bool kd_kind_panic_line(struct kd_builder *b, struct kd_view text);

void kd_kind_serror_finish(struct kd_builder *b);
void kd_kind_unknown_finish(struct kd_builder *b);

/* kinds_hw.c */
bool kd_kind_mce_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_ghes_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_edac_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_aer_line(struct kd_builder *b, struct kd_view text);
void kd_kind_mce_finish(struct kd_builder *b);
void kd_kind_hw_finish(struct kd_builder *b);

/* kinds_mem.c */
bool kd_kind_oom_line(struct kd_builder *b, struct kd_view text);
void kd_kind_oom_finish(struct kd_builder *b);
bool kd_kind_alloc_line(struct kd_builder *b, struct kd_view text);
void kd_kind_alloc_finish(struct kd_builder *b);
bool kd_kind_leak_line(struct kd_builder *b, struct kd_view text);
void kd_kind_leak_finish(struct kd_builder *b);

/* kinds_check.c */
bool kd_kind_ubsan_line(struct kd_builder *b, struct kd_view text);
void kd_kind_ubsan_finish(struct kd_builder *b);
bool kd_kind_list_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_refcount_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_odebug_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_usercopy_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_atomic_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_spinlock_line(struct kd_builder *b, struct kd_view text);

/* kinds_io.c */
bool kd_kind_fs_line(struct kd_builder *b, struct kd_view text);
void kd_kind_fs_finish(struct kd_builder *b);
bool kd_kind_block_line(struct kd_builder *b, struct kd_view text);
void kd_kind_block_finish(struct kd_builder *b);
bool kd_kind_netdev_line(struct kd_builder *b, struct kd_view text);
void kd_kind_netdev_finish(struct kd_builder *b);
bool kd_kind_scx_line(struct kd_builder *b, struct kd_view text);
void kd_kind_scx_finish(struct kd_builder *b);
bool kd_kind_rust_line(struct kd_builder *b, struct kd_view text);
void kd_kind_rust_finish(struct kd_builder *b);
bool kd_kind_firmware_line(struct kd_builder *b, struct kd_view text);
bool kd_kind_nfs_line(struct kd_builder *b, struct kd_view text);
void kd_kind_nfs_finish(struct kd_builder *b);

/* What stands behind key in v; p == NULL when key is not there. */
static inline struct kd_view kd_after(struct kd_view v, const char *key)
{
	struct kd_view k = kd_view_of(key);
	size_t at = kd_view_find(v, k);

	return at == KD_NPOS ? KD_VNULL : kd_view_from(v, at + k.n);
}

/* The number behind key. */
static inline bool kd_num_after(struct kd_view v, const char *key, uint64_t *ret)
{
	struct kd_view w = kd_after(v, key);

	return w.p && kd_view_take_dec(&w, ret);
}

static inline bool kd_hex_after(struct kd_view v, const char *key, uint64_t *ret)
{
	struct kd_view w = kd_after(v, key);

	return w.p && kd_view_take_hex(&w, ret);
}

/* The word behind key; ends at a blank or one of ",;)". */
static inline struct kd_view kd_word_after(struct kd_view v, const char *key)
{
	struct kd_view w = kd_after(v, key);
	size_t n = 0;

	while (n < w.n && !kd_is_blank(w.p[n]) && !memchr(",;)", w.p[n], 3))
		n++;
	return w.p ? kd_view_head(w, n) : w;
}

/*
 * Is it perhaps no address but the hash of one? KFENCE and SLUB print with %p, which gives
 * 32 bits of hash (lib/vsprintf.c, __ptr_to_hashval()) unless hashing is off. Hashes can be
 * compared for equality, nothing else.
 */
static inline bool kd_may_be_hashed(uint64_t n)
{
	return n <= UINT32_MAX;
}

static inline bool kd_starts(struct kd_view v, const char *with)
{
	return kd_view_starts(v, kd_view_of(with));
}

static inline bool kd_has(struct kd_view v, const char *what)
{
	return kd_view_has(v, kd_view_of(what));
}

/*
 * Can words stand in it? Not in a lone symbol ("f+0x1/0x2 [mod]", "? f+…"), nor in rows of
 * registers and code, which have no letter beyond f. Asked before a search for many phrases.
 */
static inline bool kd_is_phrase(struct kd_view t)
{
	typedef uint8_t vec16 __attribute__((vector_size(16)));
	typedef uint64_t vec2 __attribute__((vector_size(16)));
	vec16 any = {0}, v;
	size_t at, i = 0;
	vec2 found;

	kd_view_skip(&t, KD_V("? "));
	at = kd_view_chr(t, ' ');
	if (at == KD_NPOS)
		return false;
	if (kd_view_starts(kd_view_from(t, at), KD_V(" [")) && kd_view_chr(kd_view_from(t, at + 2), ' ') == KD_NPOS)
		return false;
	for (; i + sizeof(v) <= t.n; i += sizeof(v)) {
		memcpy(&v, t.p + i, sizeof(v));
		any |= (vec16)(v - 'g' < 20);
	}
	for (; i < t.n; i++)
		any[0] |= t.p[i] >= 'g' && t.p[i] <= 'z';
	found = (vec2)any;
	return (found[0] | found[1]) != 0;
}

/* The function of a frame as titles name it: without compiler suffix. */
static inline struct kd_view kd_func_title(const struct kd_frame *f)
{
	return kd_func_base(f->func);
}

/* kdoc's own title of a sanitizer report. */
void kd_kind_kasan_finish(struct kd_builder *b);

#endif
