// SPDX-License-Identifier: GPL-2.0-or-later
/* Events in JSON, by object, value and line → reports of their texts. */
#include "verb/ingest_internal.h"

#include "base/alloc.h"

static struct kd_error *take_object(struct kd_ingest_job *j, const struct kd_ingest_object *o)
{
	struct kd_ingest_item it;
	uint64_t before = j->reports, infrastructure = j->infrastructure;
	struct kd_error *err = NULL;

	j->items++;
	kd_ingest_item(o, &it);
	kd_ingest_given(j, &it.from);
	if (it.text.n)
		err = kd_ingest_text(j, it.text, &it.from, false);
	if (err || j->reports != before)
		return err;
	j->empty++;
	/* What a tracker has as an issue is kept, too: nothing of it gets lost because its text was not understood. */
	if (it.from.issue.n && it.text.n && j->infrastructure == infrastructure) {
		struct kd_intake_where where = {0};

		j->messages++;
		err = kd_intake_text(j->intake, it.text, &where);
		if (!err)
			err = kd_intake_message(j->intake, it.text, it.noise, &it.from, &where);
		j->fatal = err != NULL;
	}
	return err;
}

struct kd_error *kd_ingest_value(struct kd_ingest_job *j, struct kd_jval v)
{
	static const char *const lists[] = {"events", "data", "crashes", "hits", "items", "results"};
	struct kd_ingest_object o = {.tree = v};
	struct kd_jval list = v;
	struct kd_error *err = NULL;

	for (size_t i = 0; i < KD_ARRAY_LEN(lists) && kd_jsonin_type(list) != KD_JARRAY; i++)
		if (kd_jsonin_type(kd_jsonin_get(v, lists[i])) == KD_JARRAY)
			list = kd_jsonin_get(v, lists[i]);
	if (kd_jsonin_type(list) != KD_JARRAY)
		return take_object(j, &o);
	for (size_t i = 0; i < kd_jsonin_len(list) && !err; i++) {
		o.tree = kd_jsonin_at(list, i);
		if (kd_jsonin_type(o.tree) == KD_JOBJECT)
			err = take_object(j, &o);
	}
	return err;
}

static struct kd_error *take_line(struct kd_ingest_job *j, struct kd_view line, uint64_t no)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_jsonflat flat;
	struct kd_ingest_object o = {.flat = &flat};
	struct kd_error *err;

	if (kd_jsonflat_parse(line, &j->room, &flat))
		return take_object(j, &o);
	err = kd_jsonin_parse(line, NULL, &doc);
	if (err) {
		j->bad_items++;
		kd_ingest_note(j, "%s, line %llu is no JSON and was left out: %s", j->in->name, (unsigned long long)no, err->msg);
		kd_error_free(err);
		return NULL;
	}
	return kd_ingest_value(j, kd_jsonin_root(doc));
}

struct kd_error *kd_ingest_lines(struct kd_ingest_job *j, struct kd_view text, bool last, uint64_t *no, size_t *ret)
{
	struct kd_error *err = NULL;
	size_t done = 0;

	while (done < text.n && !err) {
		struct kd_view rest = kd_view_from(text, done), line;
		size_t n = kd_view_chr(rest, '\n');

		if (n == KD_NPOS && !last)
			break;
		line = kd_view_trim(kd_view_head(rest, n == KD_NPOS ? rest.n : n));
		done += n == KD_NPOS ? rest.n : n + 1;
		++*no;
		if (line.n)
			err = take_line(j, line, *no);
		if (!err)
			err = kd_ctx_check(j->ctx);
		if (!(*no & 1023))
			kd_ingest_tick(j);
	}
	*ret = done;
	return err;
}
