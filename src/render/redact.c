// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/redact.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "render/text.h"

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void counts(struct kd_out *o, const struct kd_redact_summary *s)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);

	for (unsigned k = 0; k < KD_RK_N; k++)
		if (s->places[k])
			kd_buf_printf(&b, "%s%s %" PRIu64 " in %" PRIu64 " place%s", b.n ? ", " : "",
				      kd_redact_kind_words(k), s->values[k], s->places[k],
				      plural(s->places[k]));
	if (!b.n) {
		kd_out_puts(o, "kdoc: nothing to replace was found; read the log before you share it\n");
		return;
	}
	kd_out_puts(o, "kdoc: replaced: ");
	kd_text_wrap(o, kd_buf_view(&b), 16, 6);
	kd_out_puts(o, "kdoc: read the log before you share it: a name that nothing marks as one "
		       "cannot be found\n");
}

static void warnings(struct kd_out *o, const struct kd_redact_request *req,
		     const struct kd_redact_summary *s)
{
	if (s->common) {
		kd_out_puts(o, "kdoc: warning: '");
		kd_out_text(o, kd_view_of(s->first_common));
		kd_out_printf(o, "'%s a common word, too: replaced only where marked as a name\n",
			      s->common > 1 ? " and other names are each" : " is a name and");
	}
	if (s->long_lines)
		kd_out_printf(o, "kdoc: warning: %" PRIu64 " line%s too long and removed%s\n", s->long_lines,
			      s->long_lines == 1 ? " was" : "s were",
			      req->map ? "; the map cannot restore that" : "");
	if (s->lost)
		kd_out_printf(o, "kdoc: warning: too many different texts: %" PRIu64
				 " place%s got placeholders with number 0%s\n",
			      s->lost, plural(s->lost), req->map ? ", which cannot be restored" : "");
	if (s->skipped)
		kd_out_printf(o, "kdoc: %" PRIu64 " file%s of directories passed over: no logs\n", s->skipped,
			      plural(s->skipped));
}

void kd_render_redact_text(struct kd_out *o, const struct kd_redact_request *req,
			   const struct kd_redact_summary *s)
{
	if (!req->restore) {
		if (s->inputs)
			counts(o, s);
		warnings(o, req, s);
		return;
	}
	if (!s->inputs)
		return;
	kd_out_printf(o, "kdoc: %" PRIu64 " place%s restored\n", s->places[0], plural(s->places[0]));
	if (s->unknown)
		kd_out_printf(o, "kdoc: warning: %" PRIu64 " placeholder%s not in this map\n", s->unknown,
			      s->unknown == 1 ? " is" : "s are");
	if (s->map_is_partial)
		kd_out_puts(o, "kdoc: warning: this map is partial: a limit was reached when it was made\n");
}

void kd_render_redact_json(struct kd_json *j, const struct kd_redact_request *req,
			   const struct kd_redact_summary *s)
{
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "schema", "kdoc.redact/1");
	kd_json_kv_strz(j, "action", req->restore ? "restore" : "redact");
	kd_json_kv_u64(j, "inputs", s->inputs);
	kd_json_kv_u64(j, "problems", s->problems);
	kd_json_kv_u64(j, "lines", s->lines);
	kd_json_kv_u64(j, "bytes", s->bytes);
	if (req->restore) {
		kd_json_kv_u64(j, "restored", s->places[0]);
		kd_json_kv_u64(j, "not_in_map", s->unknown);
		kd_json_kv_bool(j, "map_is_partial", s->map_is_partial);
		kd_json_end_object(j);
		return;
	}
	kd_json_key(j, "replaced");
	kd_json_begin_array(j);
	for (unsigned k = 0; k < KD_RK_N; k++) {
		if (!s->places[k])
			continue;
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "kind", kd_redact_kind_name(k));
		kd_json_kv_u64(j, "values", s->values[k]);
		kd_json_kv_u64(j, "places", s->places[k]);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_kv_u64(j, "common_names", s->common);
	kd_json_kv_u64(j, "removed_lines", s->long_lines);
	kd_json_kv_u64(j, "not_reversible", s->lost);
	kd_json_end_object(j);
}
