// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A commit object, or a message when it begins with '\1': everything that is borrowed lies in the message, lines
 * are in order, lists under their caps, and a smaller arena gives an error and no more.
 */
#include "base/alloc.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "history/commit.h"

static void check_lines(const struct kd_commit *c)
{
	for (size_t i = 0; i < c->nlines; i++) {
		check((size_t)c->lines[i].off + c->lines[i].len <= c->message.n);
		check(!i || c->lines[i].off > c->lines[i - 1].off);
		check(c->lines[i].role <= KD_LINE_TRACE);
	}
	for (size_t i = 0; i < c->nquotes; i++) {
		check((size_t)c->quotes[i].line + c->quotes[i].nlines <= c->nlines);
		check((size_t)c->quotes[i].func + c->quotes[i].nfuncs <= c->nfuncs);
	}
}

static void check_lists(const struct kd_commit *c)
{
	check(c->nrelations <= KD_COMMIT_LIST && c->ntrailers <= KD_COMMIT_LIST && c->nids <= KD_COMMIT_LIST);
	for (size_t i = 0; i < c->nrelations; i++) {
		const struct kd_relation *r = &c->relations[i];

		check(r->oid.n || r->title.n);
		check(!r->oid.n || (r->oid.n >= 7 && (r->oid.n <= 40 || r->oid.n == 64)));
		check(r->kind < KD_REL_KINDS && r->form && r->line < c->nlines);
		check(r->line + r->nlines <= c->nlines);
	}
	for (size_t i = 0; i < c->nids; i++)
		check(c->ids[i].value.n && c->ids[i].line < c->nlines);
	for (size_t i = 0; i < c->ntrailers; i++)
		check(c->trailers[i].key.n && c->trailers[i].line + c->trailers[i].nlines <= c->nlines);
	check(kd_utf8_valid(c->message) || c->cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const void *p = data;
	struct kd_view raw = kd_view(p, size);
	bool message = kd_view_skip(&raw, KD_V("\1"));
	struct kd_arena a = KD_ARENA_INIT(KD_COMMIT_MEMORY), small = KD_ARENA_INIT(size * 2);
	struct kd_error *err;
	struct kd_commit c;

	err = message ? kd_commit_parse_message(&a, raw, &c) : kd_commit_parse(&a, raw, &c);
	if (!err) {
		check_lines(&c);
		check_lists(&c);
		check(kd_commit_title_key(&a, c.title).n <= c.title.n);
	} else {
		check(err->cls == KD_BADDATA);
	}
	kd_error_free(err);
	err = message ? kd_commit_parse_message(&small, raw, &c) : kd_commit_parse(&small, raw, &c);
	check(!err || err->cls == KD_BADDATA || err->cls == KD_LIMIT);
	kd_error_free(err);
	kd_arena_deinit(&a);
	kd_arena_deinit(&small);
	return 0;
}
