// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An index of commits of which anything may be damaged. An input that begins with '{' is the list of its parts (one whole part is
 * there, called whole.kdh), any other is a part, as the only one: where it is long enough for a header, magic, version, size, first
 * document and check are made right, so that damage behind them is met. What is asked for is answered or refused; what gc makes
 * of it can be opened.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/le.h"
#include "fuzz.h"
#include "history/dag.h"
#include "history/gc.h"
#include "history/norms.h"
#include "history/rank.h"
#include "history/record.h"
#include "history/releases.h"
#include "history/seg_layout.h"
#include "history/segwrite.h"

static char dir[64];

static const char list[] = "{\"schema\":\"kdoc.history-store/1\",\"segments\":[\"part.kdh\"],\"trees\":[{\"name\":\"t\",\"path\":\"/nowhere\",\"complete\":true,"
			   "\"refs\":[{\"name\":\"refs/heads/master\",\"commit\":\"0202020202020202020202020202020202020202\",\"date\":5},"
			   "{\"name\":\"refs/tags/v1\",\"commit\":\"0101010101010101010101010101010101010101\",\"date\":4}]}]}";

static const char report[] = "BUG: KASAN: use-after-free in widget_release+0x1a/0x40 drivers/widget/core.c:12\nCall Trace:\n"
			     " widget_release+0x1a/0x40 drivers/widget/core.c:12\n widget_close+0x33/0x50\n";

static const char *in_dir(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static struct kd_error *remove_file(void *user, const struct kd_fs_entry *e)
{
	(void)user;
	if (strcmp(e->name, "whole.kdh") != 0)
		unlink(e->path);
	return NULL;
}

static void clear(void)
{
	struct kd_error *err = kd_fs_walk(dir, NULL, remove_file, NULL);

	kd_error_free(err);
}

static void put_file(const char *name, const void *p, size_t n)
{
	const int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	check(fd >= 0 && write(fd, p, n) == (ssize_t)n);
	close(fd);
}

/* Two commits, the second the child of the first. */
static void make_whole(void)
{
	struct kd_segw *w = kd_segw_new(0);
	struct kd_newdoc d;
	struct kd_error *err = NULL;

	kd_newdoc_init(&d);
	for (uint32_t i = 0; i < 2 && !err; i++) {
		const uint32_t parent = 0;

		kd_newdoc_clear(&d);
		memset(d.oid, (int)i + 1, sizeof(d.oid));
		d.date = d.commit_date = 1600000000 + i;
		d.files = 1;
		kd_newdoc_word(&d, KD_FIELD_ID, KD_V("widget_release"), KD_AT_FUNC);
		kd_newdoc_word(&d, KD_FIELD_PART, KD_V("widget"), i);
		kd_newdoc_pair(&d, KD_V("widget_release"), KD_V("drivers/widget/core.c"));
		kd_newdoc_key(&d, kd_term(KD_KEY_SUBJECT, KD_V("one")));
		kd_newdoc_rel(&d, 1, KD_V("0101010101010101"));
		kd_buf_add(&d.text, KD_V("author A <a@b>\n\none\n"));
		kd_newdoc_seal(&d);
		err = kd_segw_add(w, &d, &parent, i);
	}
	if (!err)
		err = kd_segw_write(w, in_dir("whole.kdh"));
	check(!err);
	kd_newdoc_deinit(&d);
	kd_segw_free(w);
}

static void done(void)
{
	clear();
	unlink(in_dir("whole.kdh"));
	rmdir(dir);
}

static void begin(void)
{
	snprintf(dir, sizeof(dir), "%s/kdoc-fuzz-XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	check(mkdtemp(dir) != NULL);
	atexit(done);
	make_whole();
}

/* --- questions --------------------------------------------------------------------------------- */

static bool one_doc(void *user, uint32_t doc)
{
	const struct kd_store *st = user;

	check(doc < st->docs);
	return true;
}

static bool one_rel(void *user, const struct kd_seg_rel *r)
{
	return one_doc(user, r->doc);
}

static void one_term(void *user, uint64_t term, struct kd_postings p)
{
	struct kd_postings q = p;
	struct kd_hit a, b;
	bool more = true;

	(void)term;
	while (more) { /* the two ways to read a list say the same */
		more = kd_postings_next(&p, &a);
		check(more == kd_postings_next_inline(&q, &b));
		check(!more || (a.doc == b.doc && a.level == b.level));
	}
	++*(size_t *)user;
}

static void ask_commit(struct kd_store *st, uint32_t doc)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT((size_t)64 << 20);
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_SEG_TEXT_MAX);
	struct kd_seg_doc d;
	struct kd_record r;
	size_t more = 0;
	struct kd_error *err = kd_store_text(st, doc, &text);

	if (!err)
		err = kd_record_parse(&a, kd_buf_view(&text), &r);
	kd_error_free(err);
	kd_store_doc(st, doc, &d);
	(void)kd_seg_more_parents(kd_store_seg(st, doc), &d, &more);
	kd_store_rels(st, d.oid, one_rel, st);
	kd_store_keys(st, d.subject, one_doc, st);
	kd_store_keys(st, kd_term(KD_KEY_SUBJECT, KD_V("one")), one_doc, st);
	check(kd_store_has(st, d.oid, &doc) == false || doc < st->docs);
}

static void ask_graph(struct kd_store *st)
{
	kd_auto(kd_releases_deinit) struct kd_releases r = {.n = 0};
	kd_auto(kd_bits_deinit) struct kd_bits down = {0}, up = {0};
	const uint32_t tip = st->docs ? st->docs - 1 : 0;

	kd_dag_reach(st, &tip, 1, &down);
	kd_dag_containing(st, 0, &up);
	kd_releases_make(st, &r);
	for (uint32_t i = 0; i < st->docs; i++) {
		(void)kd_releases_first(&r, i);
		(void)kd_releases_final(&r, i);
	}
}

static void ask_fixes(struct kd_store *st, bool exhaustive)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT((size_t)64 << 20);
	const struct kd_rank_req req = {.limit = 5, .exhaustive = exhaustive};
	struct kd_rank_hit *hits;
	struct kd_fixquery q;
	size_t n;
	struct kd_error *err = kd_fixquery_parse(&a, kd_view_of(report), &q);

	if (!err)
		err = kd_rank(st, &q, &req, &a, &hits, &n);
	if (!err)
		for (size_t i = 0; i < n; i++)
			check(hits[i].doc < st->docs);
	kd_error_free(err);
}

static void ask(struct kd_store *st)
{
	size_t terms = 0;

	for (uint32_t i = 0; i < st->docs && i < 64; i++)
		ask_commit(st, i);
	kd_vec_each(s, &st->segs) {
		struct kd_error *err = kd_seg_verify(*s);

		kd_error_free(err);
		for (unsigned field = 0; field < 50; field++)
			kd_seg_terms(*s, field, one_term, &terms);
	}
	ask_graph(st);
	ask_fixes(st, false);
	ask_fixes(st, true);
}

/* gc drops, renumbers, merges: of damaged tables as well. */
static void collect(void)
{
	kd_auto(kd_store_closep) struct kd_store *st = NULL, *again = NULL;
	struct kd_gc_result r;
	struct kd_error *err = kd_store_open(dir, true, &st);

	if (!err)
		err = kd_store_gc(st, NULL, 0, &r);
	if (!err) {
		err = kd_store_open(dir, false, &again);
		check(!err);
		ask(again);
	}
	kd_error_free(err);
}

static void put_part(const uint8_t *data, size_t size)
{
	kd_auto(kd_freep) uint8_t *p = kd_xmalloc(size + 1);

	if (size)
		memcpy(p, data, size);
	if (size >= KD_SEG_HEADER) {
		const uint32_t n = kd_le32(p + KD_SEG_AT_SECTIONS) % KD_SEG_NSECTIONS;

		memcpy(p, KD_SEG_MAGIC, 8);
		kd_put_le32(p + KD_SEG_AT_VERSION, KD_SEG_VERSION);
		kd_put_le32(p + KD_SEG_AT_SECTIONS, n);
		kd_put_le64(p + KD_SEG_AT_SIZE, size);
		kd_put_le32(p + KD_SEG_AT_FIRST, 0);
		kd_put_le32(p + KD_SEG_AT_CHECK, 0);
		if (KD_SEG_HEADER + (size_t)n * KD_SEG_ENTRY <= size)
			kd_put_le32(p + KD_SEG_AT_CHECK, kd_check32(kd_view((const char *)p, KD_SEG_HEADER + (size_t)n * KD_SEG_ENTRY)));
	}
	put_file("part.kdh", p, size);
	put_file("index.json", list, sizeof(list) - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kd_auto(kd_store_closep) struct kd_store *st = NULL;
	struct kd_error *err;

	if (size > 1 << 20)
		return 0;
	if (!*dir)
		begin();
	clear();
	if (size && *data == '{')
		put_file("index.json", data, size);
	else
		put_part(data, size);
	err = kd_store_open(dir, false, &st);
	if (!err) {
		ask(st);
		if (!(size && *data == '{')) /* gc would remove the whole part */
			collect();
	}
	kd_error_free(err);
	return 0;
}
