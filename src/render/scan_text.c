// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/scan_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "render/text.h"
#include "report/kind.h"

/* Columns of the table; the title starts at COL_TITLE. */
enum { W_LINE = 7, W_TIME = 13, W_TIER = 4, W_ENDS = 5, W_KIND = 18, COL_TITLE = 52 };
enum { SEVERAL = 4, NAME_MAX_ = 4096 };

static enum kd_style tier_style(unsigned tier)
{
	static const uint8_t t[] = {
		[KD_TIER_NONE] = KD_STYLE_DIM,  [KD_TIER_LOW] = KD_STYLE_LOW,
		[KD_TIER_MED] = KD_STYLE_MED,   [KD_TIER_HIGH] = KD_STYLE_HIGH,
		[KD_TIER_CRIT] = KD_STYLE_CRIT,
	};

	return tier < KD_ARRAY_LEN(t) ? (enum kd_style)t[tier] : KD_STYLE_NONE;
}

static const char *tier_short(unsigned tier)
{
	static const char *const t[] = {
		[KD_TIER_NONE] = "-",    [KD_TIER_LOW] = "LOW",   [KD_TIER_MED] = "MED",
		[KD_TIER_HIGH] = "HIGH", [KD_TIER_CRIT] = "CRIT",
	};

	return tier < KD_ARRAY_LEN(t) ? t[tier] : "?";
}

static const char *ends_short(unsigned outcome)
{
	return outcome == KD_OUT_FATAL ? "fatal" : outcome == KD_OUT_RECOVERED ? "alive" : "?";
}

static bool starts(const char *s, struct kd_view prefix)
{
	return kd_view_starts(kd_view_of(s), prefix);
}

void kd_render_problem_text(struct kd_out *o, const struct kd_input_problem *p)
{
	kd_out_puts(o, "kdoc: ");
	kd_out_text(o, kd_view_of(p->name));
	/* "x is empty" but "x: Permission denied" */
	kd_out_puts(o, starts(p->message, KD_V("is ")) || starts(p->message, KD_V("holds "))
			       ? " "
			       : ": ");
	kd_out_text(o, kd_view_of(p->message));
	if (p->offset > 0)
		kd_out_printf(o, " (at byte %" PRId64 ")", p->offset);
	if (p->remedy[0]) {
		kd_out_puts(o, "; ");
		kd_out_text(o, kd_view_of(p->remedy));
	}
	kd_out_puts(o, "\n");
}

static const char *plural(uint64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

static void heading(struct kd_scan_text_render *r, const struct kd_input *in,
		    const struct kd_scan_end *e)
{
	char lines[KD_TEXT_NUM], bytes[KD_TEXT_NUM], n[KD_TEXT_NUM];
	uint64_t found = e->listed + e->over_limit;

	if (r->any)
		kd_out_puts(r->out, "\n");
	r->any = r->heading = true;
	kd_style(r->out, KD_STYLE_BOLD);
	kd_text_clip_front(r->out, kd_view_of(in->name), 58);
	kd_style(r->out, KD_STYLE_NONE);
	kd_out_printf(r->out, ": %s %s in %s %s (%s", found ? kd_text_count(found, n) : "no",
		      plural(found, "report", "reports"), kd_text_count(e->log.lines, lines),
		      plural(e->log.lines, "line", "lines"), kd_text_bytes(e->log.bytes, bytes));
	if (in->packing && !kd_view_eq(kd_view_of(in->packing), KD_V("plain")))
		kd_out_printf(r->out, ", %s", in->packing);
	kd_out_puts(r->out, ")\n");
}

static void table_head(struct kd_out *o)
{
	kd_style(o, KD_STYLE_DIM);
	kd_text_cell_right(o, KD_V("line"), W_LINE);
	kd_out_puts(o, " ");
	kd_text_cell_right(o, KD_V("time"), W_TIME);
	kd_out_puts(o, " ");
	kd_text_cell(o, KD_V("tier"), W_TIER);
	kd_out_puts(o, " ");
	kd_text_cell(o, KD_V("ends"), W_ENDS);
	kd_out_puts(o, " ");
	kd_text_cell(o, KD_V("kind"), W_KIND);
	kd_out_puts(o, " title · CPU, task\n");
	kd_style(o, KD_STYLE_NONE);
}

static void time_cell(struct kd_out *o, const struct kd_scan_row *row)
{
	char t[32];

	if (!row->has_mono) {
		kd_text_cell_right(o, row->text[KD_ROW_WALL].n ? row->text[KD_ROW_WALL] : KD_V("-"),
				   W_TIME);
		return;
	}
	snprintf(t, sizeof(t), "%" PRIu64 ".%06" PRIu64, row->mono_us / 1000000,
		 row->mono_us % 1000000);
	kd_text_cell_right(o, kd_view_of(t), W_TIME);
}

/* "×3 title · CPU 1, bash:1234" */
static void title_cell(struct kd_out *o, const struct kd_scan_row *row)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(8192);

	if (row->count > 1)
		kd_buf_printf(&b, "×%" PRIu64 " ", row->count);
	kd_buf_add(&b, row->text[KD_ROW_TITLE]);
	if (row->has_cpu || row->text[KD_ROW_COMM].n)
		kd_buf_add(&b, KD_V(" · "));
	if (row->has_cpu)
		kd_buf_printf(&b, "CPU %" PRIu32, row->cpu);
	if (row->has_cpu && row->text[KD_ROW_COMM].n)
		kd_buf_add(&b, KD_V(", "));
	kd_buf_add(&b, row->text[KD_ROW_COMM]);
	if (row->has_pid && row->text[KD_ROW_COMM].n)
		kd_buf_printf(&b, ":%" PRId64, row->pid);
	if (row->infrastructure)
		kd_buf_add(&b, KD_V(" (infrastructure)"));
	kd_text_wrap(o, kd_buf_view(&b), COL_TITLE, COL_TITLE);
}

static void remember(struct kd_scan_text_render *r, const struct kd_input *in)
{
	struct kd_view name = in->standard_input ? KD_V("-") : kd_view_of(in->name);

	if (!r->has_first)
		kd_text_shell(&r->first, name);
	r->has_first = true;
	if (r->nseveral >= SEVERAL || in->standard_input)
		return;
	if (r->nseveral++)
		kd_buf_addc(&r->several, ' ');
	kd_text_shell(&r->several, name);
}

static struct kd_error *row(void *user, const struct kd_input *in, const struct kd_scan_row *row_,
			    const struct kd_scan_end *end)
{
	struct kd_scan_text_render *r = user;
	struct kd_out *o = r->out;
	char line[32];

	if (!r->heading) {
		heading(r, in, end);
		table_head(o);
		remember(r, in);
	}
	snprintf(line, sizeof(line), "%" PRIu64, row_->start_line);
	kd_text_cell_right(o, kd_view_of(line), W_LINE);
	kd_out_puts(o, " ");
	time_cell(o, row_);
	kd_out_puts(o, " ");
	kd_style(o, tier_style(row_->tier));
	kd_text_cell(o, kd_view_of(tier_short(row_->tier)), W_TIER);
	kd_out_puts(o, " ");
	kd_text_cell(o, kd_view_of(ends_short(row_->outcome)), W_ENDS);
	kd_style(o, KD_STYLE_NONE);
	kd_out_puts(o, " ");
	kd_text_cell(o, kd_view_of(row_->kind ? row_->kind->name : "?"), W_KIND);
	kd_out_puts(o, " ");
	title_cell(o, row_);
	return o->failed ? kd_error_new(KD_IO, "the answer could not be written completely") : NULL;
}

static void __attribute__((format(printf, 2, 3))) note(struct kd_out *o, const char *fmt, ...)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(8192);
	va_list ap;

	va_start(ap, fmt);
	kd_buf_vprintf(&b, fmt, ap);
	va_end(ap);
	kd_style(o, KD_STYLE_DIM);
	kd_out_puts(o, "  note  ");
	kd_text_wrap(o, kd_buf_view(&b), 8, 8);
	kd_style(o, KD_STYLE_NONE);
}

static void notes_reading(struct kd_out *o, const struct kd_scan_end *e)
{
	const struct kd_printk_stats *s = &e->log.printk;

	if (e->packed_diag)
		note(o, "%s: what could be unpacked was read", e->packed_diag);
	if (s->dropped_messages)
		note(o,
		     "the kernel says that it dropped %" PRIu64 " %s: parts of reports may be "
		     "missing",
		     s->dropped_messages, plural(s->dropped_messages, "message", "messages"));
	if (s->cut_lines)
		note(o, "%" PRIu64 " %s longer than a line may be: cut", s->cut_lines,
		     plural(s->cut_lines, "line was", "lines were"));
	if (s->lost_fragments)
		note(o, "%" PRIu64 " netconsole %s without the others", s->lost_fragments,
		     plural(s->lost_fragments, "piece", "pieces"));
	if (s->missing_parts)
		note(o, "%" PRIu64 " pstore %s missing", s->missing_parts,
		     plural(s->missing_parts, "part is", "parts are"));
	if (s->rejoined_lines)
		note(o, "%" PRIu64 " wrapped %s put together again", s->rejoined_lines,
		     plural(s->rejoined_lines, "line was", "lines were"));
}

static void notes_hidden(struct kd_out *o, const struct kd_scan_end *e)
{
	if (e->infrastructure)
		note(o,
		     "%" PRIu64 " infrastructure %s (reboots, fuzzer or user-space panics) not "
		     "shown: --all",
		     e->infrastructure, plural(e->infrastructure, "report", "reports"));
	if (e->other_kind)
		note(o, "%" PRIu64 " %s of other kinds not shown", e->other_kind,
		     plural(e->other_kind, "report", "reports"));
	if (e->over_limit)
		note(o, "%" PRIu64 " %s not shown because of --limit", e->over_limit,
		     plural(e->over_limit, "report", "reports"));
	if (e->unfolded)
		note(o,
		     "%" PRIu64 " reports were not compared with earlier ones: repeats of them "
		     "are not folded",
		     e->unfolded);
}

static struct kd_error *end(void *user, const struct kd_input *in, const struct kd_scan_end *e)
{
	struct kd_scan_text_render *r = user;
	bool notable = e->infrastructure || e->other_kind || e->over_limit || e->packed_diag;

	if (!r->heading && in->in_directory && !notable) {
		r->silent++;
		r->silent_foreign += !e->log.kernel_text;
		return NULL;
	}
	if (!r->heading)
		heading(r, in, e);
	notes_reading(r->out, e);
	notes_hidden(r->out, e);
	if (!e->log.kernel_text && !e->listed)
		note(r->out, "no line of it looks like the kernel's: is it the right file?");
	r->heading = false;
	return NULL;
}

static struct kd_error *problem(void *user, const struct kd_input_problem *p)
{
	struct kd_scan_text_render *r = user;

	kd_out_flush(r->out);
	kd_render_problem_text(r->err, p);
	kd_out_flush(r->err);
	return NULL;
}

static struct kd_error *skipped(void *user, const char *dir, const struct kd_input_skipped *s)
{
	struct kd_scan_text_render *r = user;
	char msg[512];

	kd_input_skipped_words(s, msg, sizeof(msg));
	if (r->any)
		kd_out_puts(r->out, "\n");
	r->any = true;
	kd_text_clip_front(r->out, kd_view_of(dir), 58);
	kd_out_puts(r->out, "\n");
	note(r->out, "%s", msg);
	return NULL;
}

void kd_scan_text_begin(struct kd_scan_text_render *r, struct kd_out *out, struct kd_out *err,
			struct kd_scan_sink *sink)
{
	*r = (struct kd_scan_text_render){.out = out,
					  .err = err,
					  .first = KD_BUF_INIT(NAME_MAX_ * 4),
					  .several = KD_BUF_INIT(NAME_MAX_ * 16)};
	*sink = (struct kd_scan_sink){
		.user = r, .row = row, .end = end, .problem = problem, .skipped = skipped};
}

static void next_commands(struct kd_scan_text_render *r, const struct kd_scan_summary *sum)
{
	static const char *const verbs[][2] = {
		{"investigate", "what happened, where, what next"},
		{"explain", "the first report, line by line"},
	};
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(NAME_MAX_ * 32);
	bool pipe = kd_view_eq(kd_buf_view(&r->first), KD_V("-"));

	for (size_t i = 0; i < KD_ARRAY_LEN(verbs); i++) {
		kd_buf_clear(&b);
		kd_buf_printf(&b, "%skdoc %s %.*s", pipe ? "… | " : "", verbs[i][0],
			      KD_VARG(kd_buf_view(&r->first)));
		kd_text_next(r->out, i == 0, kd_buf_view(&b), verbs[i][1]);
	}
	if (r->nseveral < 2)
		return;
	kd_buf_clear(&b);
	kd_buf_printf(&b, "kdoc group %.*s%s", KD_VARG(kd_buf_view(&r->several)),
		      sum->with_reports > SEVERAL ? " …" : "");
	kd_text_next(r->out, false, kd_buf_view(&b), "which of them are one bug");
}

void kd_scan_text_end(struct kd_scan_text_render *r, const struct kd_scan_summary *sum)
{
	struct kd_out *o = r->out;
	char a[KD_TEXT_NUM], b[KD_TEXT_NUM];

	if (r->silent) {
		kd_out_printf(o, "%s%s other %s without report", r->any ? "\n" : "",
			      kd_text_count(r->silent, a), plural(r->silent, "file", "files"));
		if (r->silent_foreign)
			kd_out_printf(o, ", %s of them without any kernel line",
				      kd_text_count(r->silent_foreign, b));
		kd_out_puts(o, "\n");
		r->any = true;
	}
	if (sum->inputs > 1)
		kd_out_printf(o, "\n%s %s in %s of %" PRIu64 " logs\n",
			      sum->listed ? kd_text_count(sum->listed, a) : "no",
			      plural(sum->listed, "report", "reports"),
			      kd_text_count(sum->with_reports, b), sum->inputs);
	if (!sum->listed)
		return;
	kd_out_puts(o, "\n");
	next_commands(r, sum);
}

void kd_scan_text_deinit(struct kd_scan_text_render *r)
{
	kd_buf_deinit(&r->first);
	kd_buf_deinit(&r->several);
}
