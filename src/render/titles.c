// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/titles.h"

#include <string.h>

#include "render/scan_text.h"
#include "report/kind.h"

static void text(struct kd_json *j, const char *key, const struct kd_scan_row *row,
		 enum kd_row_text which)
{
	if (row->text[which].n)
		kd_json_kv_str(j, key, row->text[which]);
}

/*
 * syzbot has no title for file-system errors, out-of-memory kills and the like; of the
 * kinds that it does not know, only those that are crashes by themselves are listed.
 */
static bool crash_without_title(const struct kd_kind *kind, unsigned tier)
{
	static const char *const families[] = {"slab", "lockup", "hardware", "oops", "unhandled_fault",
					       "page_fault", "panic", "lockdep", "stack",
					       "trap", "gpf", "rust"};

	if (!strcmp(kind->family, "hardware") && tier < KD_TIER_HIGH)
		return false; /* corrected or contained: no crash */
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (!strcmp(kind->family, families[i]))
			return true;
	return false;
}

static struct kd_error *row(void *user, const struct kd_input *in, const struct kd_scan_row *row_,
			    const struct kd_scan_end *end)
{
	struct kd_titles_render *t = user;
	struct kd_json *j = &t->j;

	(void)in;
	if (!row_->text[KD_ROW_SYZ_TITLE].n && !crash_without_title(row_->kind, row_->tier))
		return NULL;
	kd_json_begin_object(j);
	kd_json_kv_str(
		j, "title",
		row_->text[row_->text[KD_ROW_SYZ_TITLE].n ? KD_ROW_SYZ_TITLE : KD_ROW_SYZ_HEADER]);
	kd_json_key(j, "alt");
	kd_json_begin_array(j);
	for (size_t i = 0; i < row_->nalt; i++)
		kd_json_str(j, row_->alt[i]);
	kd_json_end_array(j);
	if (row_->syz_type)
		kd_json_kv_strz(j, "type", row_->syz_type);
	text(j, "frame", row_, KD_ROW_SYZ_FRAME);
	text(j, "func", row_, KD_ROW_FUNC);
	/* A log whose machine went away is cut somewhere: syzbot calls all of it corrupted. */
	kd_json_kv_bool(j, "corrupted", row_->corrupted || end->log.vm_lost);
	kd_json_kv_bool(j, "suppressed", end->log.suppressed);
	kd_json_kv_bool(j, "panicked", end->log.panicked);
	text(j, "executor", row_, KD_ROW_SYZ_EXECUTOR);
	kd_json_kv_u64(j, "start_line", row_->start_line);
	kd_json_kv_u64(j, "end_line", row_->end_line);
	text(j, "guilty_file", row_, KD_ROW_SYZ_GUILTY);
	kd_json_end_object(j);
	return j->failed ? kd_error_new(KD_IO, "the answer could not be written completely") : NULL;
}

static struct kd_error *problem(void *user, const struct kd_input_problem *p)
{
	struct kd_titles_render *t = user;

	kd_render_problem_text(t->err, p);
	return NULL;
}

void kd_titles_begin(struct kd_titles_render *t, struct kd_out *out, struct kd_out *err,
		     struct kd_scan_sink *sink)
{
	*t = (struct kd_titles_render){.err = err};
	*sink = (struct kd_scan_sink){.user = t, .row = row, .problem = problem};
	kd_json_init_flush(&t->j, kd_out_json_flush, out, KD_JSON_PRETTY);
	kd_json_begin_array(&t->j);
}

struct kd_error *kd_titles_end(struct kd_titles_render *t, struct kd_error *err)
{
	if (err) {
		kd_buf_deinit(&t->j.own);
		return err;
	}
	kd_json_end_array(&t->j);
	return kd_json_finish(&t->j);
}
