// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/traits.h"

#include <stdio.h>
#include <string.h>

#include "base/vec.h"
#include "report/generic.h"
#include "report/kind.h"
#include "report/release.h"
#include "report/token.h"

enum { SAYS_MAX = 4, SAYS_LINES = 12, CALL_NAME_MAX = 64 };

/* Facts that have to do with which bug it is; the name of the mark that they become. */
static const struct {
	const char *section, *key, *mark;
} facts[] = {
	{"object", "cache", "cache"},
	{"slab", "cache", "cache"},
	{"object", "variable", "object"},
	{"stack_object", "name", "object"},
	{"lock", "class", "lock"},
	{"slab", "problem", "problem"},
	{"list", "operation", "problem"},
	{"refcount", "problem", "problem"},
	{"debug_object", "problem", "problem"},
	{"debug_object", "type", "object"},
	{"debug_object", "hint", "object"},
	{"usercopy", "object", "object"},
	{"spinlock", "problem", "problem"},
	{"sanitizer", "detail", "problem"},
	{"page", "reason", "problem"},
	{"hang", "waits_for", "waits"},
	{"holder", "lock", "lock"},
	{"fs", "filesystem", "fs"},
	{"fs", "function", "place"},
	{"panic", "reason", "problem"},
};

struct make {
	const struct kd_report *r;
	struct kd_arena *arena;
	struct kd_traits *t;
	struct kd_view seen[KD_TF_ROLES][KD_TRAITS_STACK_MAX]; /* functions of the role so far */
	size_t nseen[KD_TF_ROLES];
};

static struct kd_view keep(struct kd_arena *a, struct kd_view v)
{
	return v.n ? kd_arena_view(a, kd_view_head(v, KD_TRAITS_TEXT_MAX)) : KD_VNULL;
}

/* ---- names ---- */

/* "__x64_sys_ioctl" → "ioctl"; absent: no entry of a system call. */
static struct kd_view call_of(struct kd_view f)
{
	static const char *const entry[] = {
		"__x64_sys_", "__ia32_sys_", "__arm64_sys_", "__riscv_sys_", "__s390x_sys_", "__s390_sys_",
		"__loongarch_sys_", "__se_sys_", "__do_sys_", "__x64_compat_sys_", "__ia32_compat_sys_",
		"__arm64_compat_sys_", "__se_compat_sys_", "__do_compat_sys_", "compat_SyS_", "compat_SYSC_",
		"compat_sys_", "C_SYSC_", "SyS_", "SYSC_", "sys_",
	};

	if (f.n < 5 || (*f.p != '_' && *f.p != 'S' && *f.p != 's' && *f.p != 'c' && *f.p != 'C'))
		return KD_VNULL;
	for (size_t i = 0; i < sizeof(entry) / sizeof(*entry); i++)
		if (kd_view_starts(f, kd_view_of(entry[i])) && f.n > strlen(entry[i]))
			return kd_view_from(f, strlen(entry[i]));
	return KD_VNULL;
}

struct kd_view kd_traits_func(struct kd_arena *arena, struct kd_view name)
{
	struct kd_view f = kd_func_base(name), call = call_of(f);

	if (call.n && !kd_view_eq(kd_view_head(f, 4), KD_V("sys_")))
		return kd_arena_printf(arena, "sys_%.*s", (int)(call.n < CALL_NAME_MAX ? call.n : CALL_NAME_MAX), call.p);
	if (kd_func_bpf_tag(f)) { /* the same program, built anew */
		struct kd_view own = kd_view_from(f, KD_BPF_PREFIX + kd_func_bpf_tag(f));

		return kd_arena_printf(arena, "bpf_prog_*%.*s", (int)(own.n < CALL_NAME_MAX ? own.n : CALL_NAME_MAX), own.p);
	}
	if (kd_view_starts(f, KD_V("__pi_"))) /* arm64: the copy of a helper that runs before relocation */
		f = kd_view_from(f, sizeof("__pi_") - 1);
	return f;
}

/* "drivers/net/../base/x.c" and what decoders put in front are left; "./include/…" is "include/…". */
static struct kd_view tidy_path(struct kd_view f)
{
	while (kd_view_starts(f, KD_V("./")))
		f = kd_view_from(f, 2);
	return f;
}

/* Bytes of the number at i, which starts a word: 12, 0x1f, an address without 0x; 0: none ("ext4", "ipv6", "add"). */
static size_t number_at(struct kd_view v, size_t i)
{
	size_t k = i;

	while (k < v.n && (kd_is_xdigit(v.p[k]) || (v.p[k] == 'x' && k == i + 1 && v.p[i] == '0')))
		k++;
	if (k < v.n && kd_is_word(v.p[k]))
		return 0;
	return (k > i && kd_is_digit(v.p[i])) || k >= i + 8 ? k - i : 0;
}

/* Text without what changes from crash to crash: numbers become '#', the task's name TASK. */
static struct kd_view plain(const struct make *m, struct kd_view v)
{
	char out[KD_TRAITS_TEXT_MAX];
	size_t n = 0;
	struct kd_view comm = m->r->comm;

	for (size_t i = 0; i < v.n && n < sizeof(out);) {
		bool start = !i || !kd_is_word(v.p[i - 1]);
		size_t number = start ? number_at(v, i) : 0;

		if (start && comm.n > 2 && kd_view_starts(kd_view_from(v, i), comm)) {
			for (const char *w = "TASK"; *w && n < sizeof(out); w++)
				out[n++] = *w;
			i += comm.n;
		} else {
			out[n++] = number ? '#' : v.p[i];
			i += number ? number : 1;
		}
	}
	return n ? kd_arena_view(m->arena, kd_view(out, n)) : KD_VNULL;
}

/* ---- marks ---- */

static void add_mark(struct make *m, const char *key, struct kd_view value)
{
	struct kd_traits *t = m->t;

	if (!value.n || t->nmarks >= KD_TRAITS_MARKS_MAX)
		return;
	value = plain(m, value);
	for (size_t i = 0; i < t->nmarks; i++)
		if (kd_view_eq(t->marks[i].value, value))
			return;
	if (value.n)
		t->marks[t->nmarks++] = (struct kd_tmark){kd_view_of(key), value};
}

static void fact_marks(struct make *m)
{
	for (size_t i = 0; i < m->r->nsections; i++) {
		const struct kd_section *s = &m->r->sections[i];

		for (size_t k = 0; k < s->nfacts; k++)
			for (size_t f = 0; f < sizeof(facts) / sizeof(*facts); f++)
				if (s->facts[k].type == KD_FACT_STR && !strcmp(s->facts[k].key, facts[f].key) &&
				    !strcmp(s->name, facts[f].section))
					add_mark(m, facts[f].mark, s->facts[k].str);
	}
}

/* What the first lines say in words, up to the first frame or register. */
static void says_marks(struct make *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->r->nlines && i < SAYS_LINES && n < SAYS_MAX; i++) {
		const struct kd_rline *l = &m->r->lines[i];
		struct kd_token tok;

		if (l->role == KD_ROLE_FRAME || l->role == KD_ROLE_REGS)
			return;
		if (l->role == KD_ROLE_NOISE || l->role == KD_ROLE_TAIL || l->role == KD_ROLE_SECTION || l->text.n < 8)
			continue;
		kd_token_parse(l->text, &tok);
		if (tok.cls != KD_TOK_OTHER)
			continue;
		if (m->r->comm.n > 2 && kd_view_has(l->text, m->r->comm))
			continue; /* who, not what */
		add_mark(m, "says", l->text);
		n++;
	}
}

/* ---- frames ---- */

static int role_of(const struct kd_report *r, const struct kd_stack *s)
{
	if (s->stale)
		return -1;
	if (s->role == kd_main_role(r))
		return KD_TF_CRASH;
	switch (s->role) {
	case KD_STACK_ALLOC:
		return KD_TF_ALLOC;
	case KD_STACK_FREE:
		return KD_TF_FREE;
	case KD_STACK_DETECTOR:
	case KD_STACK_GP:
		return -1; /* who noticed */
	default:
		return KD_TF_OTHER;
	}
}

/*
 * Allocators, what they call to remember their callers, and locks taken on the way: below them stands what tells one
 * bug from another. (Titles and signatures keep some of them; for "who else looks like this" they are in everybody's
 * way: two leaks are not alike because both were allocated.) Compared with the start of the name.
 */
static bool plumbing(struct kd_view f)
{
	static const char *const starts[] = {
		"____kasan_", "__alloc_pages", "__cache_alloc", "__do_cache_alloc", "__do_kmalloc", "__kasan_", "__kmalloc", "__kmem_cache_alloc",
		"__raw_", "__slab_", "__vmalloc", "_raw_", "alloc_page", "assign_lock_key", "do_kmalloc", "do_slab_free", "kasan_", "kcalloc", "kfree",
		"kmalloc", "kmem_cache_alloc", "kmem_cache_free", "kmem_cache_zalloc", "kmemdup", "kmemleak_", "krealloc", "kstrdup", "kvfree",
		"kvmalloc", "kvzalloc", "kzalloc", "kmsan_", "mark_usage", "raw_spin_", "register_lock_class", "rcu_lock_acquire", "save_stack",
		"set_track", "slab_", "spin_lock", "spin_unlock", "stack_trace_save", "vfree", "vmalloc", "vzalloc", "__mutex_", "mutex_lock",
		"__down_", "down_", "__might_", "___might_", "might_", "lock_acquire", "__lock_", "memcpy", "memset", "memmove", "memcmp",
		"__refcount_", "refcount_", "__list_add", "__list_del", "list_add", "list_del", "list_move", "hlist_", "_copy_", "__copy_", "copy_from_",
		"copy_to_", "atomic_", "arch_atomic", "instrument_", "kref_",
	};

	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		if (*f.p == *starts[i] && kd_view_starts(f, kd_view_of(starts[i])))
			return true;
	return false;
}

static void add_frame(struct make *m, const struct kd_frame *f, int role)
{
	struct kd_traits *t = m->t;
	struct kd_view func = kd_traits_func(m->arena, f->func);

	if (!func.n || plumbing(func) || t->nframes >= KD_TRAITS_FRAMES_MAX || m->nseen[role] >= KD_TRAITS_STACK_MAX)
		return;
	func = kd_view_head(func, KD_TRAITS_TEXT_MAX);
	for (size_t i = 0; i < m->nseen[role]; i++)
		if (kd_view_eq(m->seen[role][i], func))
			return;
	m->seen[role][m->nseen[role]] = func;
	t->frames[t->nframes++] = (struct kd_tframe){
		.func = keep(m->arena, func),
		.file = keep(m->arena, tidy_path(f->file)),
		.module = keep(m->arena, f->module),
		.role = (uint8_t)role,
		.pos = (uint8_t)m->nseen[role]++,
		.inlined = f->inlined,
	};
}

static void add_stacks(struct make *m, int role)
{
	for (size_t i = 0; i < m->r->nstacks; i++) {
		const struct kd_stack *s = &m->r->stacks[i];

		if (role_of(m->r, s) != role)
			continue;
		for (size_t k = 0; k < s->nframes; k++)
			if (s->frames[k].reliable && !kd_frame_is_generic(&s->frames[k], m->r))
				add_frame(m, &s->frames[k], role);
	}
}

static bool add_frames(struct make *m)
{
	m->t->frames = kd_arena_array(m->arena, KD_TRAITS_FRAMES_MAX, struct kd_tframe);
	if (!m->t->frames)
		return false;
	if (m->r->has_guilty)
		add_frame(m, &m->r->guilty, KD_TF_CRASH);
	for (int role = 0; role < KD_TF_ROLES; role++)
		add_stacks(m, role);
	return true;
}

/* ---- the rest ---- */

/* "RIP: 0010:foo+0x1/0x2 net/x.c:12": what a decoder put behind the pc of the event. */
static void place_of_pc(struct make *m, struct kd_view func)
{
	for (size_t i = 0; i < m->r->nregsets; i++) {
		const struct kd_regset *s = &m->r->regsets[i];
		struct kd_view text, file;
		size_t at;
		uint64_t line;

		if (s->label != KD_REGS_FAULT || !s->has_ip || s->line < 0 || !kd_view_eq(s->ip.func, func))
			continue;
		text = kd_view_trim(m->r->lines[s->line].text);
		at = kd_view_rchr(text, ' ');
		text = at == KD_NPOS ? KD_VNULL : kd_view_from(text, at + 1);
		if (kd_view_take_until(&text, KD_V(":"), &file) && kd_view_chr(file, '/') != KD_NPOS && kd_view_dec(text, &line) &&
		    line <= UINT32_MAX) {
			m->t->file = keep(m->arena, tidy_path(file));
			m->t->line = (uint32_t)line;
			return;
		}
	}
}

static void place(struct make *m)
{
	const struct kd_report *r = m->r;
	struct kd_traits *t = m->t;
	const struct kd_frame *g = r->has_guilty ? &r->guilty : r->has_where ? &r->where : NULL;

	if (g)
		t->func = keep(m->arena, kd_traits_func(m->arena, g->func));
	if (t->func.n && plumbing(t->func) && t->nframes && t->frames[0].role == KD_TF_CRASH) {
		t->func = t->frames[0].func;
		t->file = t->frames[0].file;
		t->module = t->frames[0].module;
		return;
	}
	if (g && g->file.n) {
		t->file = keep(m->arena, tidy_path(g->file));
		t->line = g->fline;
	} else if (r->loc_file.n) {
		t->file = keep(m->arena, tidy_path(r->loc_file));
		t->line = r->loc_line;
	}
	if (g)
		t->module = keep(m->arena, g->module);
	if (!t->file.n && g)
		place_of_pc(m, g->func);
	if (!t->file.n) /* of the same function in the trace, which decoders give a file */
		for (size_t i = 0; i < t->nframes && !t->file.n; i++)
			if (kd_view_eq(t->frames[i].func, t->func))
				t->file = t->frames[i].file;
}

static void access_of(struct make *m)
{
	const struct kd_access *a = &m->r->access;

	if (a->has_dir)
		m->t->dir = a->exec ? KD_TDIR_EXEC : a->write ? KD_TDIR_WRITE : KD_TDIR_READ;
	if (a->has_size && a->size < UINT32_MAX)
		m->t->size = (uint32_t)a->size;
}

static struct kd_view what_of(const struct kd_report *r)
{
	for (size_t i = 0; i < r->nsections; i++)
		for (size_t k = 0; !strcmp(r->sections[i].name, "sanitizer") && k < r->sections[i].nfacts; k++)
			if (!strcmp(r->sections[i].facts[k].key, "subtype"))
				return r->sections[i].facts[k].str;
	return KD_VNULL;
}

/*
 * Mainline moves: two alike crashes of trees years apart are seldom one bug, since the first was fixed in
 * between. In a stable or vendor kernel a bug lives on, and its version says nothing.
 */
static uint32_t vintage(struct kd_view release)
{
	static const struct {
		uint32_t major, before;
	} base[] = {{3, 0}, {4, 20}, {5, 41}, {6, 61}, {7, 81}};
	struct kd_release r;

	if (!kd_release_parse(release, &r) || (r.has_patch && r.patch) ||
	    (r.vendor != KD_VENDOR_UPSTREAM && r.vendor != KD_VENDOR_SYZBOT) || r.minor > 30)
		return 0;
	for (size_t i = 0; i < sizeof(base) / sizeof(*base); i++)
		if (base[i].major == r.major)
			return (base[i].before + r.minor) * 10 + (r.has_rc ? (r.rc < 9 ? r.rc : 9) : 10) - 9;
	return 0;
}

struct kd_error *kd_traits_of(const struct kd_report *r, struct kd_arena *arena, struct kd_traits **ret)
{
	struct make m = {.r = r, .arena = arena, .t = kd_arena_new(arena, struct kd_traits)};
	struct kd_traits *t = m.t;

	if (t)
		t->marks = kd_arena_array(arena, KD_TRAITS_MARKS_MAX, struct kd_tmark);
	if (!t || !t->marks || !add_frames(&m))
		return kd_error_new(KD_LIMIT, "the traits of a report need more memory than they may have");
	t->kind = keep(arena, kd_view_of(r->kind->name));
	t->family = keep(arena, kd_view_of(r->kind->family));
	t->what = keep(arena, what_of(r));
	place(&m);
	access_of(&m);
	t->subsystem = keep(arena, r->subsystem);
	t->syscall = keep(arena, r->syscall);
	t->title = plain(&m, r->title);
	t->vintage = vintage(r->release);
	fact_marks(&m);
	says_marks(&m);
	if (r->workqueue.n)
		add_mark(&m, "workqueue", r->workqueue);
	*ret = t;
	return NULL;
}
