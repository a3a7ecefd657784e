/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * body.h: the function definitions of a C or assembler file.
 *
 *	struct kd_bodies b = {0};
 *	err = kd_bodies_scan(text, kd_body_lang("mm/slub.c"), NULL, &b);
 *	for (size_t i = 0; i < b.n; i++)
 *		… b.v[i].name, b.v[i].start … b.v[i].close
 *	kd_bodies_deinit(&b);
 *
 * C: nothing is preprocessed. Of #if/#else all branches are read, each from where the #if
 * stood, and what follows #endif continues the first one; "#if 0" is passed over. Braces that
 * only one branch opens do not derail the rest: a body that was opened at column 0 then ends at
 * the brace in column 0 (the kernel's style; Documentation/process/coding-style.rst, 3).
 * Macros that make functions are known by a table (kd_body_macro); another macro call with a
 * body behind it is given with the macro's name, its first argument, and KD_BODY_MACRO.
 *
 * Assembler: SYM_FUNC_START(x) … SYM_FUNC_END(x) and their relatives of linux/linkage.h
 * (also ENTRY/END/ENDPROC, MIPS' LEAF/NESTED, PowerPC's _GLOBAL, which has no end).
 *
 * Time is linear in the text but for at most KD_BODY_RESYNCS new starts; memory is the list.
 */
#ifndef KD_SOURCE_BODY_H
#define KD_SOURCE_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/view.h"

#define KD_BODY_MAX 200000 /* definitions of one file */
#define KD_BODY_TEXT_MAX ((size_t)64 << 20) /* bytes of one file */
#define KD_BODY_RESYNCS 32

enum kd_body_lang { KD_LANG_NONE, KD_LANG_C, KD_LANG_ASM };

enum kd_body_flag {
	KD_BODY_MACRO = 1, /* name is a macro that kdoc does not know; arg may be the function */
	KD_BODY_KNOWN_MACRO = 2, /* the name comes from a table, see kd_body_macro() */
	KD_BODY_ALTERNATIVE = 4, /* in an #if with other branches that define something here */
	KD_BODY_GUESSED_END = 8, /* braces did not add up: the end is by column, or the next start */
	KD_BODY_STATIC = 16,
	KD_BODY_ASM = 32,
};

/* Lines from 1; views point into the text that was scanned. */
struct kd_body {
	struct kd_view name; /* what to look for: kd_body_names() */
	struct kd_view macro; /* SYSCALL_DEFINE3, or absent */
	struct kd_view arg; /* the macro's first argument, or absent */
	uint32_t start; /* first line of the definition, return type and attributes included */
	uint32_t line; /* of the name */
	uint32_t open, close; /* of the braces; assembler: first and last line */
	uint32_t flags; /* enum kd_body_flag */
};

struct kd_bodies {
	struct kd_body *v; /* by line of the name */
	size_t n, cap;
	bool over_limit; /* KD_BODY_MAX reached: more are there */
	uint32_t resyncs; /* how often braces did not add up */
	uint32_t lines; /* of the text */
};

/* Called with each identifier outside comments and strings, macro bodies included. */
struct kd_body_idents {
	void (*ident)(void *user, struct kd_view name);
	void *user;
};

/* .c, .h, .inc → C; .S, .s → assembler; others → KD_LANG_NONE. */
enum kd_body_lang kd_body_lang(struct kd_view path);

/* Fill ret (its memory is used again). KD_LIMIT for a text beyond KD_BODY_TEXT_MAX. */
KD_MUST_CHECK struct kd_error *kd_bodies_scan(struct kd_view text, enum kd_body_lang lang,
					      const struct kd_body_idents *idents,
					      struct kd_bodies *ret);
void kd_bodies_deinit(struct kd_bodies *b);

/*
 * The name under which a definition that comes from a macro is looked up, written into buf:
 * SYSCALL_DEFINE3(read, …) → "sys_read", DEFINE_IDTENTRY(exc_nmi) → "exc_nmi". Others: as it is.
 */
#define KD_BODY_NAME_MAX 256
struct kd_view kd_body_key(const struct kd_body *b, char buf[KD_BODY_NAME_MAX]);

/*
 * The same for a name out of a trace: __x64_sys_read, __se_sys_read, __do_sys_read → "sys_read";
 * ____bpf_skb_load_bytes → "bpf_skb_load_bytes"; foo.isra.0, foo.cold → "foo". Sets *ret_also when
 * the name as written should be looked up too (it may be a real function's).
 */
struct kd_view kd_body_key_of(struct kd_view name, char buf[KD_BODY_NAME_MAX], bool *ret_also);

/*
 * Of definitions of one name: the one around a line, NULL when none or more than one is.
 * line 0: the only one, or NULL.
 */
const struct kd_body *kd_body_at(const struct kd_bodies *b, uint32_t line);

#endif
