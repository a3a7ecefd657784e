// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as an exported event: its members, the reports in its text, and the rows that are made of them. */
#include "base/alloc.h"
#include "case/event.h"
#include "case/traits.h"
#include "fuzz.h"
#include "report/scan.h"
#include "verb/ingest_internal.h"

/* An id leads back to its event. */
static void check_id(struct kd_evkey key)
{
	struct kd_evkey k;
	char id[KD_EVENT_ID];

	kd_event_id(key, id);
	check(kd_event_id_parse(kd_view_of(id), &k) && k.dig == key.dig && k.at == key.at);
}

static struct kd_error *on_report(void *user, const struct kd_report *r)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT((size_t)1 << 20);
	const struct kd_ingest_item *it = user;
	struct kd_traits *t = NULL;
	struct kd_sigrow row;
	struct kd_event e;

	kd_event_of(r, &it->from, &e);
	check_id(e.key);
	check(kd_event_keep(&e, &a));
	kd_sigrow_of(r, &row);
	check(row.sig == e.sig);
	kd_error_free(kd_traits_of(r, &a, &t));
	return NULL;
}

static void scan(const struct kd_ingest_item *it)
{
	struct kd_scan_opts o = {.want = KD_WANT_TABLE, .relate = true};
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	char room[KD_MESSAGE_ROOM];
	struct kd_ingest_item copy = *it;
	struct kd_scan_log log;
	struct kd_sigrow row;
	struct kd_event e;
	struct kd_ctx ctx;

	kd_event_of_message(it->text, it->noise, &it->from, &e, &row, room);
	check(row.strict.n == 32 && row.sig == e.sig);
	check_id(e.key);
	kd_ctx_init(&ctx);
	check(!kd_source_from_memory(it->text, "text", &src));
	kd_error_free(kd_scan(&ctx, src, &o, on_report, &copy, &log));
	kd_ctx_deinit(&ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kd_auto(kd_buf_deinit) struct kd_buf room = KD_BUF_INIT((size_t)16 << 20);
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_jsonin_opts jo = {.max_depth = 32};
	struct kd_ingest_object o = {0};
	struct kd_ingest_item it;
	struct kd_jsonflat flat;
	const void *p = data;
	struct kd_error *err;

	if (kd_jsonflat_parse(kd_view(p, size), &room, &flat)) {
		o.flat = &flat;
	} else {
		err = kd_jsonin_parse(kd_view(p, size), &jo, &doc);
		if (err) {
			kd_error_free(err);
			return 0;
		}
		o.tree = kd_jsonin_root(doc);
	}
	kd_ingest_is_log_line(&o);
	kd_ingest_item(&o, &it);
	check(it.from.at >= 0);
	if (it.text.n)
		scan(&it);
	return 0;
}
