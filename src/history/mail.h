/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mail.h: one message's bytes → what kernel people put into a mail.
 *
 *	struct kd_arena a = KD_ARENA_INIT(KD_MAIL_ARENA);
 *	struct kd_mail m;
 *	err = kd_mail_parse(gmime, bytes, &a, &m);     // KD_LIMIT, KD_BADDATA: keep it aside, and go on
 *	if (m.subject.patch) … m.subject.version, kd_view_from(m.body, m.diff_off)
 *
 * Everything lies in the arena. Absent is absent; what is not certain says so (date_from, made_id, damage).
 * Sources: RFC 5322 (fields, dates), 2045…2047 (MIME), 2919 (List-Id), 3676 (format=flowed); the kernel's
 * Documentation/process/submitting-patches.rst (subject prefixes, trailers) and 5.Posting; git-am(1) (in-body From:,
 * the "---" line); the habits of b4, patchwork-bot, pr-tracker-bot, tip-bot2, and of the -mm and stable queues, as
 * their mails on public lists show them.
 */
#ifndef KD_HISTORY_MAIL_H
#define KD_HISTORY_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/view.h"
#include "history/ext/gmime.h"

enum {
	KD_MAIL_HEADER_MAX = 1 << 20, /* bytes of the header; more: KD_LIMIT */
	KD_MAIL_FIELDS_MAX = 2000, /* fields of it; more: KD_LIMIT */
	KD_MAIL_REFS_MAX = 500, /* the last ones are kept (damage says so) */
	KD_MAIL_ADDRESSES_MAX = 500, /* of one kind; the first ones are kept */
	KD_MAIL_ID_MAX = 250, /* bytes of a Message-ID; a longer one is cut (RFC 5322 allows 998 in a line) */
	KD_MAIL_TRAILERS_MAX = 500,
	KD_MAIL_SIGNS_MAX = 200,
	KD_MAIL_COMMITS_MAX = 500,
	KD_MAIL_SPANS_MAX = 20000,
};
#define KD_MAIL_BODY_MAX ((size_t)8 << 20) /* bytes of text, a quarter of it from one part; the rest is left out: KD_MAIL_CUT */
#define KD_MAIL_ARENA ((size_t)128 << 20) /* enough for the largest mail */

struct kd_mail_address {
	struct kd_view name, addr; /* UTF-8; either may be empty */
};

struct kd_mail_addresses {
	struct kd_mail_address *v;
	size_t n;
};

/* What was wrong with a mail that was read all the same; kd_mail_damage_word() has the words. */
enum kd_mail_damage {
	KD_MAIL_NO_ID = 1 << 0, /* no Message-ID: made_id */
	KD_MAIL_MORE_IDS = 1 << 1, /* several: the first counts */
	KD_MAIL_LONG_ID = 1 << 2,
	KD_MAIL_NO_DATE = 1 << 3, /* Date: absent or not one */
	KD_MAIL_FALSE_DATE = 1 << 4, /* Date: impossible, see date_from */
	KD_MAIL_RAW_HEADER = 1 << 5, /* bytes above 127 that no encoding announced */
	KD_MAIL_NULS = 1 << 6,
	KD_MAIL_BAD_LINE = 1 << 7, /* a line of the header that is no field */
	KD_MAIL_CHARSET = 1 << 8, /* unknown, or not what the text is in */
	KD_MAIL_BAD_TEXT = 1 << 9, /* U+FFFD stands for some of it */
	KD_MAIL_HTML = 1 << 10, /* the text was made from HTML */
	KD_MAIL_CUT = 1 << 11, /* a bound of this header was reached: parts of the answer are missing */
	KD_MAIL_DEEP = 1 << 12, /* parts nested too deeply were left out */
	KD_MAIL_NO_END = 1 << 13, /* the header has no end: there is no body */
};

enum kd_mail_date_from {
	KD_MAIL_DATE_NONE,
	KD_MAIL_DATE_SAID, /* Date: */
	KD_MAIL_DATE_RECEIVED, /* the newest Received: of which Date: is more than 7 days ahead, or that is all there is */
};

/* A subject taken apart: "Re: [PATCH v3 net-next 02/17] net: foo: bar". */
struct kd_mail_subject {
	struct kd_view text; /* decoded, one line, white space folded */
	struct kd_view title; /* without Re: and the brackets of a patch: "net: foo: bar" */
	struct kd_view base; /* of the thread: title in lower case; brackets of others ("[syzbot]") stay in it */
	struct kd_view words; /* what is neither version nor number nor PATCH: "net-next" */
	bool reply, forward;
	bool patch, rfc, resend, pull;
	bool has_version, has_number;
	unsigned version; /* 1 when none is said */
	unsigned index, total; /* 2, 17 with has_number; 0 is the cover letter */
};

/* "Reviewed-by: A <a@b>" */
struct kd_mail_trailer {
	struct kd_view key, value;
	bool in_patch; /* of the commit message that the mail posts; else given in the text */
};

enum kd_mail_sign_kind {
	KD_SIGN_APPLIED, /* somebody took it */
	KD_SIGN_QUEUED,
	KD_SIGN_MERGED, /* a bot saw it in a tree */
	KD_SIGN_STABLE, /* added to a stable queue */
	KD_SIGN_SUPERSEDED,
	KD_SIGN_DROPPED,
	KD_SIGN_REVERTS,
	KD_SIGN_NAK,
};

struct kd_mail_sign {
	enum kd_mail_sign_kind kind;
	struct kd_view line; /* that says it, trimmed */
	struct kd_view tree; /* "netdev/net.git", absent when the line names none */
};

/* A commit that the text names, quoted lines left aside. */
struct kd_mail_commit {
	struct kd_view sha; /* 8…64 hex digits, lower case */
	struct kd_view subject; /* as written behind it in ("…"); absent */
	struct kd_view how; /* "fixes", "reverts", "commit", "link", "applied", "upstream" */
};

enum kd_mail_span_kind { KD_SPAN_TEXT, KD_SPAN_QUOTE, KD_SPAN_DIFF, KD_SPAN_SIGNATURE };

/* The body in runs of whole lines, without holes. */
struct kd_mail_span {
	enum kd_mail_span_kind kind;
	size_t off, n;
};

struct kd_mail {
	struct kd_view id; /* without < >, white space taken out; never absent */
	bool made_id; /* there was none: "sha256:…" of the bytes */
	struct kd_view *refs; /* ancestors, oldest first, the direct parent last; no doubles, not itself */
	size_t nrefs;
	struct kd_mail_addresses from, to, cc;
	struct kd_view author; /* "Name <addr>": From:, or a patch's in-body From: */
	struct kd_view list_id; /* "io-uring.vger.kernel.org", absent */
	int64_t date; /* seconds since 1970, UTC */
	enum kd_mail_date_from date_from;
	int64_t received; /* of the newest Received:, 0: none */
	struct kd_mail_subject subject;
	struct kd_view change_id; /* b4's, of the text or of X-Change-ID */
	struct kd_view base_commit; /* git format-patch --base */
	struct kd_view body; /* UTF-8, lines end with LF */
	struct kd_mail_span *spans;
	size_t nspans;
	size_t message_n; /* bytes of a patch's commit message: up to "---" or the diff; 0: no patch in it */
	size_t diff_off, diff_n; /* the first diff; diff_n 0: none */
	struct kd_mail_trailer *trailers;
	size_t ntrailers;
	struct kd_mail_sign *signs;
	size_t nsigns;
	struct kd_mail_commit *commits;
	size_t ncommits;
	size_t parts, attachments;
	struct kd_view names; /* of files that parts are said to be, a line each; absent: none */
	unsigned damage; /* enum kd_mail_damage */
};

/*
 * KD_LIMIT, KD_BADDATA: this mail cannot be had, the message says why (a bomb; no header at all). The bytes may begin
 * with an mbox "From " line. ret is in the arena, bytes are not referred to.
 */
KD_MUST_CHECK struct kd_error *kd_mail_parse(const struct kd_gmime *g, struct kd_view bytes, struct kd_arena *a,
					     struct kd_mail *ret);

/* "no Message-ID" …: of the lowest bit in *damage, which is taken out; NULL when none is left. */
const char *kd_mail_damage_word(unsigned *damage);
const char *kd_mail_sign_word(enum kd_mail_sign_kind kind);

/* ---- parts of it, for others ---- */

/* The subject of a line of text. false: the arena's limit. */
bool kd_mail_subject_parse(struct kd_view text, struct kd_arena *a, struct kd_mail_subject *ret);

/* A date as RFC 5322 has it, with the old forms and usual slips; seconds, UTC. */
bool kd_mail_date(struct kd_view text, int64_t *ret);

/* A Message-ID without < > and white space, at most KD_MAIL_ID_MAX bytes; empty when there is nothing. */
struct kd_view kd_mail_id(struct kd_view text, struct kd_arena *a);

#endif
