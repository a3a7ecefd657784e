/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * printk_internal.h: what the files printk*.c share. Nobody else includes it.
 *
 * A physical line passes these stages; each file is one of them:
 *
 *	printk.c          scan for odd bytes, split at lone CRs, order the stages, emit
 *	printk_quote.c    escape sequences, HTML, mail quotes, Markdown
 *	printk_prefix.c   peel prefixes off, outermost first (kd_peel(), no state)
 *	printk_time.c     the spellings of civil time
 *	printk_syslog.c   syslog, journalctl, logcat, dmesg -x
 *	printk_record.c   records of named fields, and their fields' meaning
 *	printk_json.c     one-line JSON records and dmesg --json
 *	printk_journal.c  journal export format
 *	printk_kmsg.c     /dev/kmsg records and netconsole fragments
 *	printk_pstore.c   parts of a pstore dump, put in order
 *	printk_wrap.c     lines that a mailer broke
 *
 * A peeler moves the front of *v past what it recognised, fills in fields of *l, and
 * returns true; it touches neither when it returns false.
 */
#ifndef KD_FORMAT_PRINTK_INTERNAL_H
#define KD_FORMAT_PRINTK_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "base/view.h"
#include "format/printk.h"

/* How many prefixes may be stacked on one line ("> " × n counts as one). */
#define KD_PEEL_ROUNDS 12

/* What a /dev/kmsg header says beyond the fields of struct kd_logline. */
struct kd_kmsg_head {
	bool is_record, is_fragment;
	char flag;		     /* '-', 'c' or '+' */
	uint32_t frag_off, frag_len; /* ncfrag=off/len */
};

/* One physical line, or the part of it between two lone CRs. */
struct kd_phys {
	struct kd_view raw; /* without its line end */
	uint64_t off, no;
	uint32_t len; /* with its line end */
	bool odd;     /* (set on the way) bytes outside printable ASCII and tab */
	bool followed; /* the next line has a prefix of its own: it goes on with nothing */
};

/* A logical line that waits for the next physical one, with its own bytes. */
struct kd_held {
	bool full;
	uint8_t kind; /* enum wrap_kind of printk_wrap.c */
	size_t width; /* columns of the last physical line in it */
	struct kd_logline l;
	struct kd_buf bytes;
};

struct kd_fragset {
	uint64_t seq;
	uint32_t total, got;
	struct kd_logline l;
	char *text;	/* total bytes */
	uint8_t *have;	/* one bit per byte */
};

struct kd_pstore_part {
	uint64_t part;
	size_t first, nlines; /* in kd_pstore.lines */
};

struct kd_pstore_line {
	size_t at, n; /* in kd_pstore.bytes */
	uint64_t off, no;
	uint32_t len;
};

struct kd_pstore {
	bool open, replaying;
	uint32_t name_n;
	char name[48]; /* "Panic#2" */
	struct kd_buf bytes;
	KD_VEC(struct kd_pstore_line) lines;
	KD_VEC(struct kd_pstore_part) parts;
};

/* One record of several physical lines: journal export, pretty-printed JSON. */
struct kd_record {
	bool open;
	bool has_message;
	struct kd_logline l;
	struct kd_buf message, wall, host, ident;
	bool has_transport, is_kernel; /* _TRANSPORT */
	bool journal;		       /* the field names are the journal's */
	bool lava_own;		       /* not from the target */
};

struct kd_export {
	bool open;
	bool binary;	       /* inside the data of a binary field */
	bool binary_message;   /* …and that field is MESSAGE */
	uint64_t binary_left;  /* bytes still to come, line end included; 0: length unknown */
	uint32_t len_have;     /* bytes of the length read so far */
	uint8_t len_bytes[8];
};

struct kd_printk {
	struct kd_printk_limits limits;
	struct kd_printk_stats stats;
	kd_logline_fn *line;
	void *user;

	uint64_t next_no; /* number that the next line has without a gap; 0: any */

	struct kd_buf clean;  /* line without escape sequences and HTML */
	struct kd_buf plain;  /* text without JSON or kmsg escapes */

	uint32_t indent; /* inside an indented block: how many leading bytes */
	char indent_char;
	bool fence;	    /* inside a Markdown fence */
	bool mail;	    /* mail headers or quotes were seen */
	uint32_t host_n;    /* host of journalctl short-monotonic lines */
	char host[64];

	struct kd_held wrap;
	struct kd_held kmsg;
	uint64_t kmsg_last_seq;
	bool kmsg_plus; /* '+' was seen: 'c' starts a line */
	struct kd_fragset *frags; /* limits.max_fragments of them, made on first use */
	uint32_t nfrags;
	struct kd_pstore pstore;
	struct kd_record rec;
	struct kd_export export;
	bool json_list; /* inside a pretty-printed dmesg --json */
};

/* printk_time.c: bytes of the time at the front of v; 0 when there is none. */
size_t kd_time_hms(struct kd_view v);	   /* 12:00:00, 12:00:00.123 */
size_t kd_time_bsd(struct kd_view v);	   /* Mar  3 12:00:00[.123456], year before or after */
size_t kd_time_ctime(struct kd_view v);	   /* Sun Mar  3 12:00:00 [CET] 2024 */
size_t kd_time_journal(struct kd_view v);  /* Sun 2024-03-03 12:00:00 CET */
size_t kd_time_month_day(struct kd_view v); /* 03-03 12:00:00.123 (logcat) */

enum kd_iso_kind {
	KD_ISO_PLAIN,	/* no zone */
	KD_ISO_Z,	/* Z or UTC */
	KD_ISO_COLON,	/* +01:00 */
	KD_ISO_NOCOLON, /* +0100 */
	KD_ISO_COMMA,	/* ,123456+01:00 as dmesg --time-format iso prints it */
	KD_ISO_SLASH,	/* 2024/03/03 12:00:00 */
};

size_t kd_time_iso(struct kd_view v, enum kd_iso_kind *kind);

/* printk_prefix.c */
bool kd_peel_stamp(struct kd_view *v, uint64_t *us_ret);
bool kd_peel_level(struct kd_view *v, struct kd_logline *l);
bool kd_looks_prefixed(struct kd_view v);
void kd_peel(struct kd_view *v, struct kd_logline *l, struct kd_kmsg_head *k);
size_t kd_embedded_stamp(struct kd_view text);
void kd_logline_init(struct kd_logline *l);
void kd_level_set(struct kd_logline *l, uint64_t pri);

/* printk_syslog.c */
bool kd_peel_bsd(struct kd_view *v, struct kd_logline *l);	  /* syslog, journalctl short */
bool kd_peel_dated(struct kd_view *v, struct kd_logline *l);	  /* a line that starts with a digit */
bool kd_peel_weekday(struct kd_view *v, struct kd_logline *l);	  /* journalctl short-full, logread */
bool kd_peel_rfc5424(struct kd_view *v, struct kd_logline *l);
bool kd_peel_dmesg_level(struct kd_view *v, struct kd_logline *l); /* kern  :warn  : */
bool kd_peel_logcat_brief(struct kd_view *v, struct kd_logline *l);
bool kd_peel_kernel_ident(struct kd_view *v, struct kd_logline *l); /* [host ]kernel: */
bool kd_peel_ident(struct kd_view *v, struct kd_view *ident);

/* printk_quote.c */
bool kd_peel_quote(struct kd_view *v, struct kd_logline *l);
bool kd_needs_clean(struct kd_view raw, bool odd, bool amp);
uint32_t kd_clean(struct kd_view raw, struct kd_buf *out); /* gives disguise bits */
void kd_markdown(struct kd_printk *d, struct kd_view *v, struct kd_logline *l);

/* printk_kmsg.c */
bool kd_peel_kmsg(struct kd_view *v, struct kd_logline *l, struct kd_kmsg_head *k);
bool kd_kmsg_dict(struct kd_printk *d, const struct kd_phys *ph);
void kd_kmsg_record(struct kd_printk *d, struct kd_logline *l, const struct kd_kmsg_head *k,
		    struct kd_view src);
void kd_kmsg_release(struct kd_printk *d);
void kd_kmsg_flush(struct kd_printk *d);

/* printk_json.c */
bool kd_json_line(struct kd_printk *d, const struct kd_phys *ph, struct kd_logline *l);
bool kd_json_list(struct kd_printk *d, const struct kd_phys *ph, struct kd_view text);

/* printk_record.c: records of named fields */
void kd_record_begin(struct kd_printk *d, const struct kd_phys *ph, uint32_t disguise);
void kd_record_add(struct kd_printk *d, const struct kd_phys *ph);
bool kd_record_knows(struct kd_view key);
void kd_record_field(struct kd_printk *d, struct kd_view key, struct kd_view value);
void kd_record_emit(struct kd_printk *d);

/* printk_journal.c */
bool kd_export_line(struct kd_printk *d, const struct kd_phys *ph, struct kd_view text);
bool kd_export_binary(struct kd_printk *d, const struct kd_phys *ph);

/* printk_pstore.c */
bool kd_pstore_line(struct kd_printk *d, const struct kd_phys *ph);
void kd_pstore_flush(struct kd_printk *d);
bool kd_pstore_header(struct kd_view v, struct kd_view *name, uint64_t *part);

/* printk_wrap.c */
void kd_wrap_line(struct kd_printk *d, struct kd_logline *l, const struct kd_phys *ph);
void kd_wrap_release(struct kd_printk *d);

/* printk.c */
void kd_feed_line(struct kd_printk *d, const struct kd_phys *ph);
void kd_emit(struct kd_printk *d, struct kd_logline *l);
void kd_emit_multi(struct kd_printk *d, struct kd_logline *l); /* one call per line of the text */
void kd_hold(struct kd_held *h, const struct kd_logline *l, struct kd_view src);
bool kd_held_append(struct kd_held *h, struct kd_view more, bool blank);
void kd_printk_settle(struct kd_printk *d); /* give what is held back, but for pstore parts */

#endif
