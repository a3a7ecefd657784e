// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/core.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/time.h"
#include "format/diskdump.h"
#include "render/head.h"
#include "render/text.h"

enum { COL = 12 };

/* --- words ------------------------------------------------------------------------------------ */

static const char *utc(int64_t seconds, char buf[KD_CIVIL_LEN])
{
	struct kd_civil t;

	if (seconds < 0 || seconds > INT64_MAX / 1000000000)
		return "a time that no calendar has";
	kd_civil_from_ns(seconds * 1000000000, &t);
	kd_civil_format(&t, buf);
	return buf;
}

static const struct {
	uint32_t flag;
	const char *name;
} packings[] = {{KD_DD_ZLIB, "zlib"}, {KD_DD_LZO, "lzo"}, {KD_DD_SNAPPY, "snappy"}, {KD_DD_ZSTD, "zstd"}};

static void put_packing(struct kd_buf *b, uint32_t flags)
{
	bool first = true;

	for (size_t i = 0; i < KD_ARRAY_LEN(packings); i++)
		if (flags & packings[i].flag) {
			kd_buf_printf(b, "%s%s", first ? "" : ", ", packings[i].name);
			first = false;
		}
	if (first)
		kd_buf_printf(b, "not packed");
}

/* --- text --------------------------------------------------------------------------------------- */

static void row(struct kd_out *o, const char *name, const struct kd_buf *b)
{
	kd_text_cell(o, kd_view_of(name), COL);
	kd_text_wrap(o, kd_buf_view(b), COL, COL);
}

static void verdict(struct kd_out *o, const char *path, const struct kd_core_check *c)
{
	const bool usable = c->whole && !c->no_memory.n;

	kd_style(o, usable ? KD_STYLE_GOOD : KD_STYLE_HIGH);
	kd_out_puts(o, usable && c->info.live ? "live: inconsistent, for it changes while it is read; its memory can be read"
		       : usable && c->survey.unchecked ? "its memory can be read; whether it is whole is not known"
		       : usable && c->info.split && !c->info.parts ? "a whole part of a split dump; its memory can be read"
		       : usable		  ? "whole, and its memory can be read"
		       : !c->whole	  ? "not whole"
					  : "its memory cannot be read by addresses of the kernel");
	kd_style(o, KD_STYLE_NONE);
	kd_out_puts(o, "  ");
	kd_out_text(o, kd_view_of(path));
	kd_out_puts(o, "\n");
}

static void say_whole(struct kd_buf *b, const struct kd_core_check *c)
{
	const struct kd_pages_survey *s = &c->survey;
	char n1[KD_TEXT_NUM], n2[KD_TEXT_NUM];

	if (c->info.live) {
		kd_buf_printf(b, "it is no dump but the running machine: what is read together need not belong together");
		return;
	}
	if (c->whole && c->survey.unchecked)
		kd_buf_printf(b, "not known: where its pages lie in the file, %s does not say", c->info.library);
	else if (c->whole && c->info.split && !c->info.parts)
		kd_buf_printf(b, "this part is; the others are in files of their own (--part=FILE)");
	else if (c->whole)
		kd_buf_printf(b, "yes: all of it is in the file%s", c->info.parts ? "s" : "");
	else
		kd_buf_printf(b, "no%s%s%s", c->info.incomplete ? ": " : "",
			      c->info.incomplete ? c->info.incomplete : "", s->cut || s->damaged ? ": " : "");
	if (s->cut)
		kd_buf_printf(b, "%s lie behind the file's end (it would have %s)", kd_text_bytes(s->cut, n1),
			      kd_text_bytes(s->need, n2));
	if (s->damaged)
		kd_buf_printf(b, "%s%s are described by numbers that make no sense", s->cut ? ", " : "",
			      kd_text_bytes(s->damaged, n1));
}

static void say_file(struct kd_out *o, const struct kd_core_check *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	const struct kd_pages_survey *s = &c->survey;
	char n1[KD_TEXT_NUM], n2[KD_TEXT_NUM];

	kd_buf_printf(&b, "%s", c->info.container);
	if (c->info.version) {
		kd_buf_printf(&b, " version %u, ", c->info.version);
		put_packing(&b, s->packing);
	}
	kd_buf_printf(&b, "%s", c->info.flattened ? ", flattened" : "");
	if (!c->info.live) /* which has the size of all addresses */
		kd_buf_printf(&b, ", %s", kd_text_bytes(c->info.file_bytes, n1));
	if (c->info.parts)
		kd_buf_printf(&b, " in %zu parts", c->info.parts);
	if (c->info.library)
		kd_buf_printf(&b, ", read by %s", c->info.library);
	row(o, "file", &b);
	kd_buf_clear(&b);
	if (s->ram)
		kd_buf_printf(&b, "%s of the machine's %s", kd_text_bytes(s->kept, n1), kd_text_bytes(s->ram, n2));
	else
		kd_buf_printf(&b, "none that the file tells of");
	if (c->info.split && !c->info.parts)
		kd_buf_printf(&b, "; one part of a split dump: from 0x%jx to 0x%jx", (uintmax_t)c->info.part_start,
			      (uintmax_t)c->info.part_end);
	row(o, "memory", &b);
	kd_buf_clear(&b);
	say_whole(&b, c);
	row(o, "whole", &b);
	if (c->whole)
		return;
	kd_buf_clear(&b);
	kd_buf_printf(&b, "if it is a copy: compare its size with the original's and copy it again; if its writer was killed or had no "
			  "room, this is all there is, and what is there can be read");
	row(o, "to do", &b);
}

static void say_kernel(struct kd_out *o, const struct kd_core_check *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	char t[KD_CIVIL_LEN];

	kd_buf_printf(&b, "%.*s", KD_VARG(c->release.n ? c->release : KD_V("release not known")));
	if (c->machine)
		kd_buf_printf(&b, ", %s", c->machine);
	if (c->build_id.n)
		kd_buf_printf(&b, ", build-id %.*s", KD_VARG(c->build_id));
	if (c->has_kaslr)
		kd_buf_printf(&b, ", KASLR offset 0x%jx", (uintmax_t)c->kaslr);
	row(o, "kernel", &b);
	kd_buf_clear(&b);
	if (c->info.vmcoreinfo_from) {
		kd_buf_printf(&b, "%s", c->info.vmcoreinfo_from);
		if (c->info.vmcoreinfo_rivals)
			kd_buf_printf(&b, "; %zu others there fit as well: of another kernel whose memory is in the dump, too",
				      c->info.vmcoreinfo_rivals);
		row(o, "VMCOREINFO", &b);
		kd_buf_clear(&b);
	}
	if (c->info.live)
		kd_buf_printf(&b, "no: it runs");
	else if (c->crash_time)
		kd_buf_printf(&b, "%s, by the machine's clock (CRASHTIME)", utc(c->crash_time, t));
	else
		kd_buf_printf(&b, "VMCOREINFO has no CRASHTIME: the kernel did not go through its crash path, or is old");
	row(o, "crashed", &b);
	if (c->info.nodename.n) {
		kd_buf_clear(&b);
		kd_buf_printf(&b, "%.*s", KD_VARG(c->info.nodename));
		row(o, "host", &b);
	}
	kd_buf_clear(&b);
	kd_buf_printf(&b, "registers of %zu", c->cpus);
	row(o, "CPUs", &b);
}

static void say_level(struct kd_out *o, const struct kd_core_check *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096), lost = KD_BUF_INIT(4096);
	const int level = c->info.level;

	if (level < 0)
		kd_buf_printf(&b, "%s", c->survey.uncounted ? "not known: which pages are in the file is not told"
					: c->survey.kept < c->survey.ram ? "something was left out; this container does not say what"
									 : "nothing");
	else if (!level)
		kd_buf_printf(&b, "%s (dump level 0)",
			      c->survey.kept < c->survey.ram ? "something, and its header does not say what" : "nothing");
	else
		kd_buf_printf(&b, "dump level %d: ", level);
	for (const struct kd_core_level *l = kd_core_levels(); level > 0 && l->name; l++)
		if (level & l->bit) {
			kd_buf_printf(&b, "%s%s", b.p[b.n - 2] == ':' ? "" : ", ", l->what);
			if (l->lost)
				kd_buf_printf(&lost, "%s%s", lost.n ? "; " : "", l->lost);
		}
	row(o, "left out", &b);
	if (lost.n)
		row(o, "not there", &lost);
}

static void say_use(struct kd_out *o, const struct kd_core_check *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	char n[KD_TEXT_NUM];

	if (c->no_memory.n)
		kd_buf_printf(&b, "no: %.*s", KD_VARG(c->no_memory));
	else
		kd_buf_printf(&b, "the kernel's page tables were walked, its release stands where VMCOREINFO says");
	row(o, "addresses", &b);
	kd_buf_clear(&b);
	if (c->no_log.n)
		kd_buf_printf(&b, "no: %.*s", KD_VARG(c->no_log));
	else
		kd_buf_printf(&b, "%s records (%s)", kd_text_count(c->log.records, n), c->log.form);
	row(o, "log", &b);
	kd_render_core_log_text(o, &c->log);
	kd_buf_clear(&b);
	kd_buf_printf(&b, c->kallsyms ? "VMCOREINFO says where the kernel's own names are"
				      : "VMCOREINFO does not say where the kernel's own names are (since 6.0): they are searched for");
	row(o, "symbols", &b);
}

static void say_next(struct kd_out *o, const char *path, const struct kd_core_check *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(8192);

	if (c->no_log.n)
		return;
	kd_buf_printf(&b, "kdoc investigate ");
	kd_text_shell(&b, kd_view_of(path));
	kd_text_next(o, true, kd_buf_view(&b), "what happened, by the log in the dump");
	kd_buf_clear(&b);
	kd_buf_printf(&b, "kdoc core log ");
	kd_text_shell(&b, kd_view_of(path));
	kd_text_next(o, false, kd_buf_view(&b), "that log");
}

void kd_render_core_log_text(struct kd_out *o, const struct kd_klog *log)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	char n[KD_TEXT_NUM];

	if (log->first_seq)
		kd_buf_printf(&b, "%s earlier records were overwritten", kd_text_count(log->first_seq, n));
	if (log->damaged)
		kd_buf_printf(&b, "%s%s records could not be read (%s)", b.n ? "; " : "", kd_text_count(log->damaged, n),
			      log->why);
	if (log->unfinished)
		kd_buf_printf(&b, "%s%s were being written", b.n ? "; " : "", kd_text_count(log->unfinished, n));
	if (log->stopped)
		kd_buf_printf(&b, "; most of the ring gives no text, and its rest was not looked at");
	if (b.n)
		row(o, "log lacks", &b);
}

void kd_render_core_check_text(struct kd_out *o, const char *path, const struct kd_core_check *c)
{
	verdict(o, path, c);
	say_file(o, c);
	say_kernel(o, c);
	say_level(o, c);
	say_use(o, c);
	say_next(o, path, c);
}

/* --- JSON --------------------------------------------------------------------------------------- */

static void text(struct kd_json *j, const char *key, struct kd_view v)
{
	if (v.n)
		kd_json_kv_str(j, key, v);
}

static void file_json(struct kd_json *j, const struct kd_core_check *c)
{
	const struct kd_pages_survey *s = &c->survey;

	kd_json_kv_strz(j, "container", c->info.container);
	kd_json_kv_bool(j, "flattened", c->info.flattened);
	if (c->info.version)
		kd_json_kv_u64(j, "container_version", c->info.version);
	kd_json_key(j, "packing");
	kd_json_begin_array(j);
	for (size_t i = 0; i < KD_ARRAY_LEN(packings); i++)
		if (s->packing & packings[i].flag)
			kd_json_strz(j, packings[i].name);
	kd_json_end_array(j);
	kd_json_kv_u64(j, "file_bytes", c->info.file_bytes);
	kd_json_kv_u64(j, "page_size", c->info.page_size);
	kd_json_kv_u64(j, "ram_bytes", s->ram);
	kd_json_kv_u64(j, "kept_bytes", s->kept);
	kd_json_kv_u64(j, "cut_bytes", s->cut);
	kd_json_kv_u64(j, "damaged_bytes", s->damaged);
	if (s->uncounted)
		kd_json_kv_bool(j, "uncounted", true);
	if (c->info.live)
		kd_json_kv_bool(j, "live", true);
	if (!s->unchecked && !c->info.live)
		kd_json_kv_bool(j, "whole", c->whole);
	if (c->info.library)
		kd_json_kv_strz(j, "library", c->info.library);
	if (c->info.parts)
		kd_json_kv_u64(j, "parts", c->info.parts);
	if (c->info.incomplete)
		kd_json_kv_strz(j, "incomplete", c->info.incomplete);
	if (c->info.split) {
		kd_json_kv_hex(j, "part_start", c->info.part_start);
		kd_json_kv_hex(j, "part_end", c->info.part_end);
	}
}

static void level_json(struct kd_json *j, const struct kd_core_check *c)
{
	if (c->info.level < 0)
		return;
	kd_json_kv_i64(j, "dump_level", c->info.level);
	kd_json_key(j, "left_out");
	kd_json_begin_array(j);
	for (const struct kd_core_level *l = kd_core_levels(); l->name; l++)
		if (c->info.level & l->bit)
			kd_json_strz(j, l->name);
	kd_json_end_array(j);
}

static void records_json(struct kd_json *j, const struct kd_klog *log)
{
	kd_json_kv_strz(j, "form", log->form);
	kd_json_kv_u64(j, "records", log->records);
	kd_json_kv_u64(j, "overwritten", log->first_seq);
	kd_json_kv_u64(j, "damaged", log->damaged);
	kd_json_kv_u64(j, "unfinished", log->unfinished);
	if (log->damaged)
		kd_json_kv_strz(j, "damage", log->why);
}

static void log_json(struct kd_json *j, const struct kd_core_check *c)
{
	kd_json_key(j, "log");
	kd_json_begin_object(j);
	if (c->no_log.n)
		kd_json_kv_str(j, "problem", c->no_log);
	else
		records_json(j, &c->log);
	kd_json_end_object(j);
}

void kd_render_core_log_json(struct kd_json *j, const char *path, struct kd_view text, const struct kd_klog *log)
{
	struct kd_view line;

	kd_json_begin_object(j);
	kd_render_head_json(j, "kdoc.core-log/1");
	kd_json_kv_strz(j, "file", path);
	if (log->live)
		kd_json_kv_bool(j, "live", true);
	records_json(j, log);
	kd_json_key(j, "lines");
	kd_json_begin_array(j);
	while (kd_view_take_until(&text, KD_V("\n"), &line))
		kd_json_str(j, line);
	kd_json_end_array(j);
	kd_json_end_object(j);
}

void kd_render_core_check_json(struct kd_json *j, const char *path, const struct kd_core_check *c)
{
	char t[KD_CIVIL_LEN];

	kd_json_begin_object(j);
	kd_render_head_json(j, "kdoc.core-check/1");
	kd_json_kv_strz(j, "file", path);
	file_json(j, c);
	level_json(j, c);
	text(j, "release", c->release);
	if (c->machine)
		kd_json_kv_strz(j, "machine", c->machine);
	text(j, "build_id", c->build_id);
	text(j, "host", c->info.nodename);
	if (c->crash_time)
		kd_json_kv_strz(j, "crash_time", utc(c->crash_time, t));
	if (c->has_kaslr)
		kd_json_kv_hex(j, "kaslr_offset", c->kaslr);
	if (c->info.vmcoreinfo_from) {
		kd_json_kv_strz(j, "vmcoreinfo_from", c->info.vmcoreinfo_from);
		kd_json_kv_u64(j, "vmcoreinfo_rivals", c->info.vmcoreinfo_rivals);
	}
	kd_json_kv_u64(j, "cpus", c->cpus);
	kd_json_kv_bool(j, "kallsyms", c->kallsyms);
	kd_json_kv_bool(j, "memory_readable", !c->no_memory.n);
	text(j, "memory_problem", c->no_memory);
	log_json(j, c);
	kd_json_end_object(j);
}
