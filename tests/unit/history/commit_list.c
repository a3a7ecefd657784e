// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * commit_list < BATCH: what tests/run/commit-referees compares. BATCH is the output of
 * `git cat-file --batch`; each commit becomes one line of JSON. With --time nothing is printed but the
 * number of commits and seconds of CPU time, with quotes and without.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/json.h"
#include "history/commit.h"

#define ROOM ((size_t)256 << 20)

static void person(struct kd_json *j, const char *key, const struct kd_commit_stamp *s)
{
	kd_json_key(j, key);
	kd_json_begin_object(j);
	kd_json_kv_str(j, "name", s->who.name);
	kd_json_kv_str(j, "mail", s->who.mail);
	if (s->has_time)
		kd_json_kv_i64(j, "time", s->time);
	if (s->has_zone)
		kd_json_kv_i64(j, "zone", s->zone);
	kd_json_end_object(j);
}

static void trailers(struct kd_json *j, const struct kd_commit *c)
{
	kd_json_key(j, "trailers");
	kd_json_begin_array(j);
	for (size_t i = 0; i < c->ntrailers; i++) {
		kd_json_begin_object(j);
		kd_json_kv_str(j, "key", c->trailers[i].key);
		kd_json_kv_str(j, "value", c->trailers[i].value);
		kd_json_kv_bool(j, "stray", c->trailers[i].stray);
		kd_json_kv_u64(j, "line", c->trailers[i].line);
		kd_json_kv_bool(j, "log", c->lines[c->trailers[i].line].role == KD_LINE_TRACE);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

static void relations(struct kd_json *j, const struct kd_commit *c)
{
	kd_json_key(j, "relations");
	kd_json_begin_array(j);
	for (size_t i = 0; i < c->nrelations; i++) {
		const struct kd_relation *r = &c->relations[i];

		kd_json_begin_object(j);
		kd_json_kv_str(j, "kind", kd_view_of(kd_relation_kind_name(r->kind)));
		kd_json_kv_str(j, "form", kd_view_of(r->form));
		kd_json_kv_str(j, "oid", r->oid);
		kd_json_kv_str(j, "title", r->title);
		kd_json_kv_str(j, "repo", r->repo);
		kd_json_kv_u64(j, "line", r->line);
		kd_json_kv_u64(j, "nlines", r->nlines);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

static void rest(struct kd_json *j, const struct kd_commit *c)
{
	kd_json_key(j, "ids");
	kd_json_begin_array(j);
	for (size_t i = 0; i < c->nids; i++) {
		kd_json_begin_array(j);
		kd_json_str(j, kd_view_of(kd_commit_id_kind_name(c->ids[i].kind)));
		kd_json_str(j, c->ids[i].value);
		kd_json_end_array(j);
	}
	kd_json_end_array(j);
	kd_json_key(j, "roles");
	kd_json_begin_array(j);
	for (size_t i = 0; i < c->nlines; i++)
		kd_json_u64(j, c->lines[i].role);
	kd_json_end_array(j);
	kd_json_key(j, "funcs");
	kd_json_begin_array(j);
	for (size_t i = 0; i < c->nfuncs; i++)
		kd_json_str(j, c->funcs[i].func);
	kd_json_end_array(j);
	kd_json_key(j, "stable");
	kd_json_begin_array(j);
	for (size_t i = 0; i < c->nstable_versions; i++)
		kd_json_str(j, c->stable_versions[i].version);
	kd_json_end_array(j);
}

static void print(const char *oid, const struct kd_commit *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(ROOM);
	struct kd_json j;

	kd_json_init(&j, &out, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_kv_str(&j, "id", kd_view_of(oid));
	person(&j, "author", &c->author);
	person(&j, "committer", &c->committer);
	kd_json_kv_str(&j, "subject", c->subject);
	kd_json_kv_str(&j, "title", c->title);
	kd_json_kv_str(&j, "body", c->body);
	kd_json_kv_bool(&j, "wants_stable", c->stable);
	kd_json_kv_bool(&j, "cut", c->cut);
	trailers(&j, c);
	relations(&j, c);
	rest(&j, c);
	kd_json_end_object(&j);
	kd_error_free(kd_json_finish(&j));
	printf("%.*s\n", (int)out.n, out.p);
}

/* Of this thread alone: other work on the machine does not count. */
static int64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* "ID commit SIZE\n", SIZE bytes, "\n" */
static bool next(struct kd_view *all, char id[65], struct kd_view *ret)
{
	struct kd_view line, word;
	uint64_t size;

	if (!kd_view_take_until(all, KD_V("\n"), &line) || !kd_view_take_word(&line, &word) || word.n > 64)
		return false;
	memcpy(id, word.p, word.n);
	id[word.n] = '\0';
	if (!kd_view_take_word(&line, &word) || !kd_view_dec(kd_view_trim(line), &size) || size >= all->n)
		return false;
	*ret = kd_view_head(*all, size);
	*all = kd_view_from(*all, size + 1);
	return true;
}

int main(int argc, char **argv)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(KD_COMMIT_MEMORY);
	kd_auto(kd_buf_deinit) struct kd_buf in = KD_BUF_INIT((size_t)1 << 30);
	bool timing = argc > 1 && !strcmp(argv[1], "--time");
	size_t n[2] = {0}, got, most = 0;
	int64_t ns[2] = {0};
	struct kd_view all, raw;
	char id[65], *room;

	while ((room = kd_buf_reserve(&in, 1 << 20)) && (got = fread(room, 1, 1 << 20, stdin)) > 0)
		in.n += got;
	all = kd_buf_view(&in);
	while (next(&all, id, &raw)) {
		struct kd_commit c;
		int64_t start = cpu_ns();
		struct kd_error *err = kd_commit_parse(&a, raw, &c);
		int64_t took = cpu_ns() - start;

		if (err) {
			fprintf(stderr, "%s: %s\n", id, err->msg);
			kd_error_free(err);
			kd_arena_reset(&a);
			continue;
		}
		n[c.nquotes > 0]++;
		ns[c.nquotes > 0] += took;
		most = a.used > most ? a.used : most;
		if (!timing)
			print(id, &c);
		kd_arena_reset(&a);
	}
	if (timing)
		printf("%zu %.3f %zu %.3f %zu\n", n[0], (double)ns[0] / 1e9, n[1], (double)ns[1] / 1e9, most);
	return 0;
}
