/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * printk.h: from the lines of a file to the lines that the kernel printed.
 *
 * A kernel message reaches us in many disguises: a serial console, dmesg with its
 * options, syslog, the journal, netconsole, /dev/kmsg, pstore parts, a CI system's
 * time stamps, a mail that quotes and wraps it, a web page. The decoder takes
 * physical lines one by one, recognises the disguise of each line by itself, and
 * gives logical lines: the message text with everything around it as fields.
 *
 *	static void line(void *user, const struct kd_logline *l) { … }
 *
 *	struct kd_printk *d = kd_printk_new(&limits, line, user);
 *	while (next_physical_line(&raw, &off, &no))
 *		kd_printk_feed(d, raw, off, no);      // 0, 1 or several calls of line()
 *	kd_printk_flush(d);                           // what was still held back
 *	kd_printk_free(d);
 *
 * No I/O, no clock, no policy. Nothing is invented: a field that the line does not
 * carry is absent. No byte is lost: (off, len) names the raw bytes of each line.
 *
 * What is not one to one:
 *  - A kernel line that starts in the middle of a row ("# ls[   12.345678] BUG: …"), and
 *    text behind a lone CR, are lines of their own; their rows and numbers are the same.
 *  - A message with newlines (\x0a in /dev/kmsg, \n in JSON) gives a line for each, all
 *    with the raw bytes of the record.
 *  - A record of several physical lines that are not neighbours (netconsole fragments)
 *    has the offset of the first one and the sum of their lengths.
 *  - Parts of a pstore dump come oldest first, so offsets may go backwards there; the
 *    header of each part ("Panic#2 Part1") is a line of text.
 *  - dictionary lines, journal fields and JSON punctuation belong to their record and are
 *    no lines; a code fence is one.
 *
 * Where a prefix cannot be told from kernel text it is left in the text: "[<0>] f+0x1/0x2",
 * "[C1] a" without a time, ">ffff888012345600: fa" (a row of KASAN), "host program:" after
 * a time that test systems print too.
 */
#ifndef KD_FORMAT_PRINTK_H
#define KD_FORMAT_PRINTK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"

/* What was taken off a line to get at its text; several may be set. */
enum kd_disguise {
	KD_DIS_LEVEL = 1u << 0,	     /* <4>, <14>; /dev/kmsg's number */
	KD_DIS_TIME = 1u << 1,	     /* [   12.345678] */
	KD_DIS_CALLER = 1u << 2,     /* [  T123] or [    C1] (CONFIG_PRINTK_CALLER) */
	KD_DIS_DMESG_TIME = 1u << 3, /* dmesg -T, --time-format ctime|iso|delta|reltime */
	KD_DIS_DMESG_LEVEL = 1u << 4, /* dmesg -x: "kern  :warn  : " */
	KD_DIS_SYSLOG3164 = 1u << 5, /* "Oct  3 12:00:00 host kernel: " */
	KD_DIS_SYSLOG5424 = 1u << 6,
	KD_DIS_JOURNAL = 1u << 7,    /* journalctl short, short-iso, short-monotonic, … */
	KD_DIS_JOURNAL_EXPORT = 1u << 8,
	KD_DIS_JSON = 1u << 9,	     /* journalctl -o json, dmesg --json, docker logs … */
	KD_DIS_KMSG = 1u << 10,	     /* /dev/kmsg, netconsole extended: "6,339,5140900,-;" */
	KD_DIS_FRAGMENT = 1u << 11,  /* netconsole ncfrag= pieces, put together */
	KD_DIS_PSTORE = 1u << 12,    /* inside a pstore part ("Panic#2 Part1", "Oops#1 Part3") */
	KD_DIS_LOGCAT = 1u << 13,
	KD_DIS_CI_TIME = 1u << 14,   /* CI time stamps: ISO 8601, "00:01:02.345 ", "[2024-…] " */
	KD_DIS_MAIL_QUOTE = 1u << 15, /* "> ", ">> ", "| " */
	KD_DIS_MARKDOWN = 1u << 16,  /* indented by 4 or a tab, inside a fence, "> " in Markdown */
	KD_DIS_HTML = 1u << 17,	     /* &lt; &gt; &amp; &quot; &#39; and tags such as <br> */
	KD_DIS_ANSI = 1u << 18,	     /* colour sequences removed */
	KD_DIS_LOGIN = 1u << 19,     /* "host login: " in front */
	KD_DIS_DROPPED = 1u << 20,   /* "** 12 printk messages dropped ** " in front */
	KD_DIS_REJOINED = 1u << 21,  /* hard-wrapped by a mailer, put together again */
	KD_DIS_CONT = 1u << 22,	     /* /dev/kmsg continuation joined */
	KD_DIS_ADDRESS = 1u << 23,   /* container prefixes such as docker-compose "svc  | " */
};

/* Who printed it. */
enum kd_origin {
	KD_ORIGIN_UNKNOWN, /* the line does not say (a plain console) */
	KD_ORIGIN_KERNEL,  /* the line names the kernel: syslog ident "kernel", /dev/kmsg facility 0 */
	KD_ORIGIN_USER,	   /* the line names another program */
};

enum kd_caller {
	KD_CALLER_NONE,
	KD_CALLER_TASK, /* [T123]: printed by the thread with this id */
	KD_CALLER_CPU,	/* [C1]: printed in interrupt context on this CPU */
};

struct kd_logline {
	uint64_t off;	/* byte offset of the first raw byte in the (unpacked) input */
	uint32_t len;	/* raw bytes, line ends included, of all physical lines it was made of */
	uint32_t nphys; /* how many physical lines that was; 1 mostly */
	uint64_t no;	/* number of the first physical line, from 1 */

	struct kd_view text; /* the message; valid during the callback only */

	uint32_t disguise; /* enum kd_disguise bits */
	uint8_t origin;	   /* enum kd_origin */
	uint8_t caller;	   /* enum kd_caller */
	int8_t level;	   /* 0 emerg … 7 debug, -1 unknown */
	int8_t facility;   /* syslog facility (0 kernel), -1 unknown */
	bool has_mono;	   /* mono_us: since boot, from [secs.usecs], kmsg or the journal */
	bool has_seq;	   /* seq: /dev/kmsg sequence number */
	bool bad_text;	   /* NUL bytes or invalid UTF-8 (kept, but for NULs in front) */
	uint32_t caller_id;
	uint32_t dropped; /* "N printk messages dropped" in front of this line, else 0 */
	uint64_t mono_us;
	uint64_t seq;
	struct kd_view wall;  /* absolute or civil time as printed, absent without one */
	struct kd_view host;  /* absent without one */
	struct kd_view ident; /* syslog ident / logcat tag / journal identifier; absent without one */
};

typedef void kd_logline_fn(void *user, const struct kd_logline *l);

struct kd_printk_limits {
	uint32_t max_line;	/* longest logical line in bytes; longer ones are cut, and said */
	uint32_t max_fragments; /* netconsole fragments held back at one time */
	uint32_t max_pstore;	/* bytes of pstore parts held back to put them in order */
};

/* What every caller wants: 65,536 bytes, 64 fragments, 1 MiB. */
extern const struct kd_printk_limits kd_printk_default_limits;

struct kd_printk;

/* line() is called with user for every logical line. Never NULL. */
struct kd_printk *kd_printk_new(const struct kd_printk_limits *limits, kd_logline_fn *line,
				void *user);

/*
 * One physical line. raw is without its line end (\n or \r\n); raw_len counts the
 * bytes with it. off and no as in struct kd_logline. Lines may be skipped between
 * calls (no jumps): what was held back is given first, and per-record state forgotten.
 */
void kd_printk_feed(struct kd_printk *d, struct kd_view raw, uint32_t raw_len, uint64_t off,
		    uint64_t no);

/*
 * The same, for a caller that sees the beginning of what stands behind the line: a console's
 * time stamp there shows that the line is whole, so that it need not be held back and copied.
 */
void kd_printk_feed_next(struct kd_printk *d, struct kd_view raw, uint32_t raw_len, uint64_t off,
			 uint64_t no, struct kd_view next);

/* End of input (or a gap): give what was held back. */
void kd_printk_flush(struct kd_printk *d);

/* Counts of things that could not be put together or were cut, for the diagnostics. */
struct kd_printk_stats {
	uint64_t cut_lines;	    /* longer than max_line */
	uint64_t lost_fragments;    /* netconsole pieces without their others */
	uint64_t dropped_messages;  /* what the kernel said that it dropped */
	uint64_t missing_parts;	    /* pstore parts that the numbering implies */
	uint64_t rejoined_lines;
};

void kd_printk_stats(const struct kd_printk *d, struct kd_printk_stats *ret);

void kd_printk_free(struct kd_printk *d);

/*
 * The part of it without state: take every prefix off one line. text in *ret borrows
 * from raw, so what would have to be decoded is left alone: JSON, HTML, terminal
 * sequences, \xNN; off and no are 0. For callers that have single lines (tests, fuzzing,
 * redaction).
 */
void kd_printk_strip(struct kd_view raw, struct kd_logline *ret);

/* Is this the first line of a part of a pstore dump: "Panic#2 Part1"? */
bool kd_printk_is_part(struct kd_view line);

#endif
