// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/builder.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "report/engine.h"

enum { MAX_SECTIONS = 512, MAX_FACTS = 512, MAX_DIAGS = 200, MAX_STACKS = 256, TITLE_MAX = 200 };

static struct kd_section *section_last(const struct kd_builder *b, const char *name)
{
	for (size_t i = b->sections.n; i-- > 0;)
		if (!strcmp(b->sections.v[i].name, name))
			return &b->sections.v[i];
	return NULL;
}

static struct kd_section *section_new(struct kd_builder *b, const char *name)
{
	struct kd_section *s = kd_avec_push(b->arena, &b->sections, MAX_SECTIONS);

	if (s)
		s->name = name;
	return s;
}

void kd_builder_section(struct kd_builder *b, const char *section)
{
	section_new(b, section);
}

static struct kd_fact *fact_new(struct kd_builder *b, const char *section, const char *key,
				enum kd_fact_type type)
{
	struct kd_section *s = section_last(b, section);
	struct kd_fact *f;

	if (!s)
		s = section_new(b, section);
	if (!s || s->nfacts >= MAX_FACTS)
		return NULL;
	f = kd_avec_push_(b->arena, (void **)&s->facts, &s->nfacts, &s->cap, sizeof(*f), MAX_FACTS);
	if (!f)
		return NULL;
	f->key = key;
	f->type = (uint8_t)type;
	f->line = b->line;
	return f;
}

void kd_builder_str(struct kd_builder *b, const char *section, const char *key, struct kd_view v)
{
	struct kd_fact *f = v.n ? fact_new(b, section, key, KD_FACT_STR) : NULL; /* absent is absent */

	if (f)
		f->str = kd_arena_view(b->arena, v);
}

static void put_num(struct kd_builder *b, const char *section, const char *key,
		    enum kd_fact_type type, uint64_t v, const char *unit)
{
	struct kd_fact *f = fact_new(b, section, key, type);

	if (!f)
		return;
	f->num = v;
	f->unit = unit;
}

void kd_builder_u64(struct kd_builder *b, const char *section, const char *key, uint64_t v,
		    const char *unit)
{
	put_num(b, section, key, KD_FACT_U64, v, unit);
}

void kd_builder_hex(struct kd_builder *b, const char *section, const char *key, uint64_t v)
{
	put_num(b, section, key, KD_FACT_HEX, v, NULL);
}

void kd_builder_bool(struct kd_builder *b, const char *section, const char *key, bool v)
{
	put_num(b, section, key, KD_FACT_BOOL, v, NULL);
}

void kd_builder_i64(struct kd_builder *b, const char *section, const char *key, int64_t v,
		    const char *unit)
{
	put_num(b, section, key, KD_FACT_I64, (uint64_t)v, unit);
}

const struct kd_fact *kd_builder_get(const struct kd_builder *b, const char *section,
				     const char *key)
{
	for (size_t i = b->sections.n; i-- > 0;) {
		const struct kd_section *s = &b->sections.v[i];

		if (strcmp(s->name, section))
			continue;
		for (size_t k = s->nfacts; k-- > 0;)
			if (!strcmp(s->facts[k].key, key))
				return &s->facts[k];
	}
	return NULL;
}

void kd_builder_role(struct kd_builder *b, enum kd_role role)
{
	if (b->line >= 0 && (size_t)b->line < b->lines.n)
		b->lines.v[b->line].role = (uint8_t)role;
}

struct kd_stack *kd_builder_stack(struct kd_builder *b, struct kd_view name,
				  enum kd_stack_role role, enum kd_context ctx)
{
	struct kd_stack *s;

	kd_builder_close_stack(b);
	s = kd_avec_push(b->arena, &b->stacks, MAX_STACKS);
	if (!s)
		return NULL;
	s->name = kd_arena_view(b->arena, name);
	s->role = (uint8_t)role;
	s->ctx = (uint8_t)ctx;
	s->line = b->line;
	b->stack_open = true;
	b->frames.v = NULL;
	b->frames.n = b->frames.cap = 0;
	kd_builder_role(b, KD_ROLE_SECTION);
	return s;
}

static bool number_behind(struct kd_view v, const char *const *keys, uint64_t *ret)
{
	for (; *keys; keys++) {
		size_t at = kd_view_find(v, kd_view_of(*keys));
		struct kd_view w = kd_view_from(v, at == KD_NPOS ? v.n : at + strlen(*keys));

		if (kd_view_take_dec(&w, ret))
			return true;
	}
	return false;
}

void kd_builder_stack_who(struct kd_stack *st, struct kd_view heading)
{
	static const char *const pid[] = {"by task ", " pid=", " pid ", NULL};
	static const char *const cpu[] = {" on cpu ", " cpu=", " on CPU ", NULL};
	uint64_t n;
	size_t i = 0;

	while (i < heading.n && !kd_is_digit(heading.p[i]))
		i++;
	if (!st || i == heading.n) /* "Call Trace:" */
		return;
	if (number_behind(heading, pid, &n) && n <= INT32_MAX) {
		st->pid = (int64_t)n;
		st->has_pid = true;
	}
	if (number_behind(heading, cpu, &n) && n <= UINT32_MAX) {
		st->cpu = (uint32_t)n;
		st->has_cpu = true;
	}
}

void kd_builder_expect_stack(struct kd_builder *b, enum kd_stack_role role)
{
	b->next_role = (uint8_t)(role + 1);
}

static struct kd_view copy_or_absent(struct kd_builder *b, struct kd_view v)
{
	return v.n ? kd_arena_view(b->arena, v) : KD_VNULL;
}

static void copy_frame(struct kd_builder *b, struct kd_frame *f)
{
	f->func = copy_or_absent(b, f->func);
	f->module = copy_or_absent(b, f->module);
	f->build_id = copy_or_absent(b, f->build_id);
	f->file = copy_or_absent(b, f->file);
}

void kd_builder_keep_frame(struct kd_builder *b, struct kd_frame *f)
{
	if (!b->borrow)
		copy_frame(b, f);
}

void kd_builder_where(struct kd_builder *b, struct kd_view symbol)
{
	struct kd_frame f = {.reliable = true, .line = b->line, .pc = KD_PC_EXACT};
	bool inlined = kd_view_has(symbol, KD_V(" [inline]"));

	if (b->r->has_where || !kd_frame_parse_symbol(&symbol, &f))
		return;
	copy_frame(b, &f); /* a kind may have put it together */
	f.inlined |= inlined;
	b->r->where = f;
	b->r->has_where = true;
}

void kd_builder_where_host(struct kd_builder *b, struct kd_view text)
{
	struct kd_frame f = {.reliable = true, .line = b->line, .pc = KD_PC_EXACT};
	size_t at = kd_view_find(text, KD_V("+0x"));
	struct kd_view symbol;

	if (!b->r->has_where || !b->r->where.inlined || b->r->has_where_host || at == KD_NPOS)
		return;
	symbol = kd_view_from(text, kd_view_rchr(kd_view_head(text, at), ' ') + 1); /* KD_NPOS + 1 is 0 */
	if (!kd_frame_parse_symbol(&symbol, &f) || !f.has_offset)
		return;
	copy_frame(b, &f);
	b->r->where_host = f;
	b->r->has_where_host = true;
}

bool kd_builder_location(struct kd_builder *b, struct kd_view fileline)
{
	size_t colon = kd_view_rchr(fileline, ':');
	struct kd_view num;
	uint64_t n;

	if (colon == KD_NPOS || !colon)
		return false;
	num = kd_view_from(fileline, colon + 1);
	if (!kd_view_take_dec(&num, &n) || n > UINT32_MAX)
		return false;
	b->r->loc_file = kd_arena_view(b->arena, kd_view_head(fileline, colon));
	b->r->loc_line = (uint32_t)n;
	b->r->loc_at = b->line;
	return true;
}

void kd_builder_cpu(struct kd_builder *b, uint64_t cpu)
{
	if (b->r->has_cpu || cpu > UINT32_MAX)
		return;
	b->r->cpu = (uint32_t)cpu;
	b->r->has_cpu = true;
	b->r->cpu_line = b->line;
}

void kd_builder_task(struct kd_builder *b, struct kd_view comm, bool has_pid, int64_t pid)
{
	if (!b->r->comm.p && comm.p)
		b->r->comm = kd_arena_view(b->arena, comm);
	if (!b->r->has_pid && has_pid) {
		b->r->pid = pid;
		b->r->has_pid = true;
	}
}

void kd_builder_task_pid(struct kd_builder *b, struct kd_view task)
{
	size_t slash = kd_view_rchr(task, '/');
	struct kd_view pid;
	int64_t id = 0;
	bool has_pid;

	if (slash == KD_NPOS)
		return;
	pid = kd_view_from(task, slash + 1);
	has_pid = kd_view_take_int(&pid, &id);
	kd_builder_task(b, kd_view_head(task, slash), has_pid, id);
}

void kd_builder_access(struct kd_builder *b, uint64_t addr)
{
	struct kd_access *a = &b->r->access;

	if (a->has_addr)
		return;
	a->addr = addr;
	a->has_addr = true;
	a->addr_line = b->line;
}

void kd_builder_diag(struct kd_builder *b, const char *kind, const char *fmt, ...)
{
	struct kd_diag *d = kd_avec_push(b->arena, &b->diags, MAX_DIAGS);
	char text[512];
	va_list ap;
	int n;

	if (!d)
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		n = 0;
	d->kind = kind;
	d->text = kd_arena_view(b->arena, kd_view(text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1));
	d->line = b->line;
}

void kd_builder_title(struct kd_builder *b, const char *fmt, ...)
{
	char text[TITLE_MAX + 1];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	b->r->title = kd_arena_view(b->arena, kd_view(text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1));
}

void kd_builder_title_in(struct kd_builder *b, struct kd_view words, struct kd_view func)
{
	const struct kd_view part[] = {words, KD_V(" in "), func};
	char text[TITLE_MAX];
	size_t n = 0;

	for (size_t i = 0; i < KD_ARRAY_LEN(part); i++) {
		struct kd_view v = kd_view_head(part[i], sizeof(text) - n);

		if (v.n)
			memcpy(text + n, v.p, v.n);
		n += v.n;
	}
	b->r->title = kd_arena_view(b->arena, kd_view(text, n));
}
