// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/sh_json.h"

#include "base/json.h"
#include "base/time.h"

enum { HEAD_MAX = 512 << 10, TEXT_MAX = 64 << 20 };

/* Is the value at the top complete behind this character? */
static bool ends_value(struct kd_sh_json *j, char c)
{
	if (j->string) {
		j->string = j->escaped || c != '"';
		j->escaped = !j->escaped && c == '\\';
		return !j->string && !j->depth;
	}
	j->string = c == '"';
	if (c == '{' || c == '[')
		j->depth++;
	else if ((c == '}' || c == ']') && j->depth)
		return !--j->depth;
	return false;
}

/* Blanks of a document stand between its tokens or in strings, where they stay. */
static bool take(void *user, struct kd_view v)
{
	struct kd_sh_json *j = user;
	size_t from = 0;

	if (j->is_text)
		return kd_buf_add(&j->text, v);
	if (!j->any && v.n)
		kd_out_puts(j->on, ",\"answer\":");
	j->any |= v.n > 0;
	for (size_t i = 0; i < v.n && !j->over; i++) {
		if (!j->string && kd_is_space(v.p[i])) {
			kd_out_raw(j->on, kd_view_head(kd_view_from(v, from), i - from));
			from = i + 1;
			continue;
		}
		j->over = ends_value(j, v.p[i]);
		if (j->over || i + 1 == v.n) {
			kd_out_raw(j->on, kd_view_head(kd_view_from(v, from), i + 1 - from));
			from = i + 1;
		}
	}
	return !j->on->failed;
}

static void put(struct kd_sh_json *j, struct kd_buf *b, size_t skip, size_t less)
{
	struct kd_view v = kd_view_from(kd_buf_view(b), skip);

	kd_out_raw(j->on, kd_view_head(v, v.n > less ? v.n - less : 0));
	kd_buf_deinit(b);
}

void kd_sh_json_begin(struct kd_sh_json *j, struct kd_out *on, uint64_t n, struct kd_view line)
{
	struct kd_buf b = KD_BUF_INIT(HEAD_MAX);
	struct kd_json w;

	*j = (struct kd_sh_json){.on = on, .start_ns = kd_mono_ns(), .text = KD_BUF_INIT(TEXT_MAX)};
	kd_out_init(&j->out, take, j);
	kd_out_init(&j->err, NULL, NULL);
	j->out.width = on->width;
	kd_json_init(&w, &b, KD_JSON_COMPACT);
	kd_json_begin_object(&w);
	kd_json_kv_strz(&w, "schema", "kdoc.core-sh/1");
	kd_json_kv_u64(&w, "n", n);
	kd_json_kv_str(&w, "command", line);
	kd_json_end_object(&w);
	kd_error_free(kd_json_finish(&w)); /* the line was shorter than the buffer */
	put(j, &b, 0, 1);
}

static void messages(struct kd_sh_json *j, struct kd_json *w)
{
	struct kd_view rest = kd_buf_view(&j->err.buf), line;

	kd_json_key(w, "messages");
	kd_json_begin_array(w);
	while (kd_view_take_part(&rest, KD_V("\n"), &line)) {
		kd_json_str(w, line);
	}
	kd_json_end_array(w);
}

void kd_sh_json_end(struct kd_sh_json *j, int status)
{
	struct kd_buf b = KD_BUF_INIT((size_t)TEXT_MAX * 4);
	struct kd_json w;

	kd_out_flush(&j->out);
	kd_json_init(&w, &b, KD_JSON_COMPACT);
	kd_json_begin_object(&w);
	if (j->is_text)
		kd_json_kv_str(&w, "text", kd_buf_view(&j->text));
	if (j->err.buf.n)
		messages(j, &w);
	kd_json_kv_i64(&w, "exit", status);
	kd_json_kv_u64(&w, "ms", (uint64_t)(kd_mono_ns() - j->start_ns) / 1000000);
	kd_json_end_object(&w);
	kd_error_free(kd_json_finish(&w));
	kd_out_puts(j->on, ",");
	put(j, &b, 1, 0);
	kd_out_puts(j->on, "\n");
	kd_out_flush(j->on);
	kd_out_deinit(&j->out);
	kd_out_deinit(&j->err);
	kd_buf_deinit(&j->text);
}
