/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * redact_map.h: text ↔ placeholder.
 *
 *	kd_auto(kd_redact_map_freep) struct kd_redact_map *m = kd_redact_map_new(0);
 *	struct kd_placeholder ph = kd_redact_map_put(m, KD_RK_HOST, KD_V("alder"));
 *	kd_placeholder_print(ph, &buf);              // "host-1"
 *	kd_redact_undo(m, line, &buf, &stats);       // "host-1" → "alder"
 *
 * A placeholder is a word, '-' and a number without leading zeros, with no letter or
 * digit next to it: host-1, ip4-12. Number 0 stands for texts that the map had no room
 * for. Kernel addresses keep their form, so that whoever reads the log still sees
 * registers: ffff8000 and eight digits; c0 and six on 32 bits.
 *
 * A text has one placeholder, whatever it was found as first.
 *
 * The file: a first line "kdoc-redact-map 1", then "placeholder<TAB>text" in any order,
 * control characters, backslash and bytes ≥ 0x7f of the text as \xNN; a line "partial"
 * when something was replaced that cannot be restored.
 */
#ifndef KD_VERB_REDACT_MAP_H
#define KD_VERB_REDACT_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/hashmap.h"
#include "base/vec.h"
#include "base/view.h"

enum kd_redact_kind {
	KD_RK_HOST,
	KD_RK_IP4,
	KD_RK_IP6,
	KD_RK_MAC,
	KD_RK_UUID,
	KD_RK_SERIAL,
	KD_RK_USER,
	KD_RK_MAIL,
	KD_RK_SECRET,
	KD_RK_HEX, /* long hexadecimal ids: machine ids, keys, digests */
	KD_RK_TEXT, /* text of the log that looks like a placeholder */
	KD_RK_LINE, /* whole lines */
	KD_RK_ADDR,
	KD_RK_ADDR32,
	KD_RK_N
};

struct kd_placeholder {
	uint8_t kind; /* enum kd_redact_kind */
	uint32_t num; /* from 1; 0: not in the map */
};

struct kd_redact_entry {
	struct kd_view text;
	struct kd_placeholder ph;
};

struct kd_redact_map {
	struct kd_arena arena;
	struct kd_hashmap index; /* text → entry number */
	KD_VEC(struct kd_redact_entry) entries;
	KD_VEC(uint32_t) by_kind[KD_RK_N]; /* num - 1 → entry number + 1, 0: none */
	size_t max;
	uint64_t lost; /* texts that found no room */
	bool partial;
};

#define KD_REDACT_MAX_ENTRIES ((size_t)500000)

struct kd_redact_map *kd_redact_map_new(size_t max_entries); /* 0: the default */
void kd_redact_map_freep(struct kd_redact_map **m);

/* The placeholder of a text, made when there was none; .num is 0 when there is no room. */
struct kd_placeholder kd_redact_map_put(struct kd_redact_map *m, enum kd_redact_kind kind,
					struct kd_view text);

/* Absent when the map does not have it. */
struct kd_view kd_redact_map_text(const struct kd_redact_map *m, struct kd_placeholder ph);

void kd_placeholder_print(struct kd_placeholder ph, struct kd_buf *b);

/* Length of a placeholder's form at byte i of the line (not an address), or 0. */
size_t kd_placeholder_at(struct kd_view line, size_t i, struct kd_placeholder *ret);

/* Length of the digits of a kernel address at byte i, or 0; ret: which kind. */
size_t kd_kernel_address_at(struct kd_view line, size_t i, uint8_t *ret);

/* Can a word start at byte i (end before it)? Escapes such as \n and ESC[0m end words. */
bool kd_redact_starts(struct kd_view line, size_t i);
bool kd_redact_ends(struct kd_view line, size_t i);

/* Add the line to b with its placeholders replaced. places and unknown may be NULL. */
void kd_redact_undo(const struct kd_redact_map *m, struct kd_view line, struct kd_buf *b,
		    uint64_t *places, uint64_t *unknown);

/*
 * The map as a new file, mode 0600: made by reserve() before anything else is done
 * (KD_CONFLICT when there is one: an old map must not be lost), filled by write().
 */
KD_MUST_CHECK struct kd_error *kd_redact_map_reserve(const char *path, int *ret_fd);
KD_MUST_CHECK struct kd_error *kd_redact_map_write(const struct kd_redact_map *m, int fd,
						   const char *path);

KD_MUST_CHECK struct kd_error *kd_redact_map_read(const char *path, struct kd_redact_map **ret);
KD_MUST_CHECK struct kd_error *kd_redact_map_parse(struct kd_view text, const char *name,
						   struct kd_redact_map **ret);
void kd_redact_map_print(const struct kd_redact_map *m, struct kd_buf *b);

#endif
