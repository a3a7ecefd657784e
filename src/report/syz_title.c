// SPDX-License-Identifier: GPL-2.0-or-later
/* The text of a title: kept lines in, normalised title, alternatives and type out. */
#include "base/alloc.h"
#include "base/buf.h"
#include "report/demangle.h"
#include "report/syz_internal.h"

enum { TITLE_MAX = 120, MAX_ALT = 12, FILES_MAX = 200 };

static bool dropped(struct kd_view t)
{
	struct kd_view w = t;

	if (kd_view_has(t, KD_V("Disabling lock debugging due to kernel taint")))
		return true;
	if (kd_view_has(t, KD_V("<EOI>")))
		return false;
	if (kd_view_ends(t, KD_V(" (unreliable)")))
		return true;
	kd_view_skip_blank(&w);
	if (kd_view_skip(&w, KD_V("[<"))) {
		size_t at = kd_view_find(w, KD_V(">]"));

		w = kd_view_from(w, at == KD_NPOS ? w.n : at + 2);
		kd_view_skip_blank(&w);
	}
	return kd_view_starts(w, KD_V("? "));
}

static unsigned context_of(const struct kd_wline *l)
{
	return l->caller ? 2u + l->caller : l->has_mono;
}

static bool same(const struct kd_wline *a, const struct kd_wline *b, bool any_cpu)
{
	if (any_cpu && b->caller == KD_CALLER_CPU)
		return true;
	return context_of(a) == context_of(b) && a->caller_id == b->caller_id;
}

/* Another report of its own ends the text, however early it comes. */
static bool ends_text(struct kd_view text)
{
	return kd_view_has(text, KD_V("Kernel panic - not syncing")) ||
	       kd_view_has(text, KD_V("WARNING: possible circular locking dependency"));
}

static void keep_text(struct kd_window *win, size_t head, struct kd_syz_text *t)
{
	const struct kd_wline *h = &win->v[head];
	bool any_cpu = false, two = !h->caller, decoded = false;
	size_t limit = kd_view_has(h->text, KD_V("KMSAN")) ? 16 : 22;

	t->header = h->syz;
	for (size_t i = head; i < win->n && t->all < KD_SYZ_LINES; i++) {
		struct kd_wline *l = &win->v[i];

		if (i > head && (!same(h, l, any_cpu) || dropped(l->text)))
			continue;
		if (i > head && l->trig) {
			if (t->all > limit && ends_text(l->text))
				break;
			if (two && !t->n && kd_syz_second(l->text))
				t->n = t->all;
			if (t->n && (!decoded || t->all > t->n + FILES_MAX))
				break; /* the rest could only name files */
		}
		any_cpu |= kd_view_has(l->text, KD_V("Sending NMI from CPU"));
		decoded = decoded || kd_view_has(l->text, KD_V(".c:")) || kd_view_has(l->text, KD_V(".h:"));
		t->l[t->all++] = l;
	}
	if (!t->n)
		t->n = t->all;
}

static const char *const prefixes[] = {"SYSC_", "SyS_", "sys_", "__x64_", "__ia32_", "__arm64_", "__sys_",
				       "___sys_", "____sys_", "__se_", "__se_sys_", "__do_sys_",
				       "compat_SYSC_", "compat_SyS_", "ksys_"};

/* The shortest name that is left without one of the entry prefixes. */
static struct kd_view plain_func(struct kd_view f)
{
	struct kd_view best = f;

	for (size_t i = 0; i < KD_ARRAY_LEN(prefixes); i++) {
		struct kd_view v = f;

		if (kd_view_skip(&v, kd_view_of(prefixes[i])) && v.n && v.n < best.n)
			best = v;
	}
	return best;
}

/* A driver's compat entry is the same entry. */
static struct kd_view no_compat(struct kd_arena *a, struct kd_view f)
{
	struct kd_view end = KD_V("_compat_ioctl");

	if (!kd_view_ends(f, end) || f.n == end.n)
		return f;
	return kd_arena_printf(a, "%.*s_ioctl", KD_VARG(kd_view_head(f, f.n - end.n)));
}

/* caps[KD_SYZ_CAPS - 1] is the origin, see titled(). */
static void put_template(struct kd_buf *b, const char *tpl, const struct kd_view *caps, struct kd_view func)
{
	for (; *tpl; tpl++) {
		if (*tpl != '%' || !tpl[1]) {
			kd_buf_addc(b, *tpl);
			continue;
		}
		tpl++;
		if (*tpl == 'F')
			kd_buf_add(b, func);
		else if (*tpl == 'O')
			kd_buf_add(b, caps[KD_SYZ_CAPS - 1]);
		else
			kd_buf_add(b, caps[*tpl == '1' ? 0 : *tpl == '3' ? 2 : 1]);
	}
}

static size_t run_of(struct kd_view v, size_t i, bool (*is)(char))
{
	size_t n = 0;

	while (i + n < v.n && is(v.p[i + n]))
		n++;
	return n;
}

/* "f+0x1/0x2" → "f": the length of the offset at i, 0 if there is none. */
static size_t offset_len(struct kd_view v, size_t i)
{
	struct kd_view w = kd_view_from(v, i);
	uint64_t x;

	if (!kd_view_skip(&w, KD_V("+0x")) || !kd_view_take_hex(&w, &x))
		return 0;
	if (kd_view_skip(&w, KD_V("/")))
		kd_view_take_hex(&w, &x);
	return (size_t)(w.p - (v.p + i));
}

static size_t number_len(struct kd_view v, size_t i, const char **word)
{
	bool start = !i || !kd_is_alnum(v.p[i - 1]), hex0;
	size_t x, d = run_of(v, i, kd_is_digit);

	hex0 = start && kd_view_starts(kd_view_from(v, i), KD_V("0x"));
	x = run_of(v, i + (hex0 ? 2 : 0), kd_is_xdigit);
	if (start && x >= 6) {
		*word = "ADDR";
		return x + (hex0 ? 2 : 0);
	}
	if (!d)
		return 0;
	*word = "NUM";
	if (d >= 7)
		return d;
	if ((!i || !kd_is_word(v.p[i - 1])) && (i + d >= v.n || !kd_is_word(v.p[i + d])))
		return d;
	return 0;
}

/* "10.0.2.15": the length, 0 if it is none. */
static size_t ipv4_len(struct kd_view v, size_t i)
{
	size_t at = i;

	if (i && (kd_is_alnum(v.p[i - 1]) || v.p[i - 1] == '.'))
		return 0;
	for (int part = 0; part < 4; part++) {
		size_t n = run_of(v, at, kd_is_digit);

		if (!n || n > 3)
			return 0;
		at += n;
		if (part < 3 && (at >= v.n || v.p[at++] != '.'))
			return 0;
	}
	return at - i;
}

/* ":12" or ":12:3" behind ".c": its length, 0 if it is none. */
static size_t line_len(struct kd_view v, size_t i)
{
	size_t ext = i, n;

	while (ext && kd_is_alpha(v.p[ext - 1]))
		ext--;
	if (ext == i || !ext || v.p[ext - 1] != '.')
		return 0;
	n = run_of(v, i + 1, kd_is_digit);
	if (!n)
		return 0;
	n++;
	if (i + n < v.n && v.p[i + n] == ':' && run_of(v, i + n + 1, kd_is_digit))
		n += 1 + run_of(v, i + n + 1, kd_is_digit);
	return n;
}

/* "syz-executor.3/1234:5", "syzkaller12/3": the length of what follows the name, 0 if nothing does. */
static size_t fuzzer_len(struct kd_view v, size_t at)
{
	size_t i = at + (at < v.n && v.p[at] == '.'), n = run_of(v, i, kd_is_digit);

	if (!n)
		return 0;
	for (i += n; i + 1 < v.n && (v.p[i] == '/' || v.p[i] == ':') && kd_is_digit(v.p[i + 1]);)
		i += 1 + run_of(v, i + 1, kd_is_digit);
	return i - at;
}

/* What changes from crash to crash and stands at i: its length and the word for it. */
static size_t variable_len(struct kd_view v, size_t i, const char **word)
{
	static const char *const fuzzers[] = {"syz-executor", "syzkaller"};
	struct kd_view w = kd_view_from(v, i);
	size_t n;

	*word = "";
	if (v.p[i] == '+')
		return offset_len(v, i);
	if (v.p[i] == ':' && (n = line_len(v, i))) {
		*word = ":LINE";
		return n;
	}
	for (size_t k = 0; v.p[i] == 's' && k < KD_ARRAY_LEN(fuzzers); k++) {
		size_t len = strlen(fuzzers[k]);

		if (kd_view_starts(w, kd_view_of(fuzzers[k])) && (n = fuzzer_len(v, i + len))) {
			*word = fuzzers[k];
			return len + n;
		}
	}
	if (kd_view_starts(w, KD_V("CPU#"))) {
		*word = "CPU";
		return 4 + run_of(v, i + 4, kd_is_digit);
	}
	if (kd_is_digit(v.p[i]) && (n = ipv4_len(v, i))) {
		*word = "IP";
		return n;
	}
	return kd_is_xdigit(v.p[i]) ? number_len(v, i, word) : 0;
}

/* Addresses, numbers and offsets that change from crash to crash get a fixed word. */
static struct kd_view normalise(struct kd_arena *a, struct kd_view v)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	bool blank = true;

	v = kd_view_head(v, 1024);
	for (size_t i = 0; i < v.n;) {
		const char *word;
		size_t n = variable_len(v, i, &word);

		if (n && !*word) {
			i += n;
			continue;
		}
		if (n) {
			kd_buf_add(&b, kd_view_of(word));
			i += n;
			blank = false;
			continue;
		}
		if (v.p[i] == ' ' || v.p[i] == '\t') {
			if (!blank)
				kd_buf_addc(&b, ' ');
			blank = true;
		} else if (v.p[i] > ' ' && v.p[i] <= '~') {
			kd_buf_addc(&b, v.p[i]);
			blank = false;
		}
		i++;
	}
	return kd_arena_view(a, kd_view_trim(kd_view_head(kd_buf_view(&b), TITLE_MAX)));
}

static struct kd_view make(struct kd_arena *a, const char *tpl, const struct kd_view *caps, struct kd_view func)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);

	put_template(&b, tpl, caps, func);
	return normalise(a, kd_buf_view(&b));
}

static void add_alt(struct kd_syz *s, struct kd_view alt)
{
	if (!alt.n || s->nalt >= MAX_ALT || kd_view_eq(alt, s->title))
		return;
	for (size_t i = 0; i < s->nalt; i++)
		if (kd_view_eq(s->alt[i], alt))
			return;
	s->alt[s->nalt++] = alt;
	for (size_t i = s->nalt - 1; i && kd_view_cmp(s->alt[i], s->alt[i - 1]) < 0; i--) {
		struct kd_view x = s->alt[i];

		s->alt[i] = s->alt[i - 1];
		s->alt[i - 1] = x;
	}
}

static void alternatives(struct kd_arena *a, const struct kd_syz_format *f, const struct kd_view *caps,
			 struct kd_view func, struct kd_view raw, struct kd_syz *s)
{
	const char *tpls[2] = {f->title, f->alt};

	if (f->alt)
		add_alt(s, make(a, f->alt, caps, func));
	if (kd_view_eq(raw, func) || !strstr(f->title, "%F"))
		return;
	for (size_t t = 0; t < 2 && tpls[t]; t++) {
		add_alt(s, make(a, tpls[t], caps, raw));
		for (size_t i = 0; i < KD_ARRAY_LEN(prefixes); i++) {
			struct kd_view v = raw;

			if (kd_view_skip(&v, kd_view_of(prefixes[i])) && v.n)
				add_alt(s, make(a, tpls[t], caps, v));
		}
	}
}

static const struct {
	const char *prefix, *type;
} types[] = {
	{"KFENCE: use-after-free read", "KFENCE-USE-AFTER-FREE-READ"}, {"KFENCE: use-after-free write", "KFENCE-USE-AFTER-FREE-WRITE"},
	{"KFENCE: invalid free", "KFENCE-INVALID-FREE"}, {"KFENCE: memory corruption", "KFENCE-MEMORY-CORRUPTION"},
	{"KFENCE: * write", "KFENCE-WRITE"}, {"KFENCE: * read", "KFENCE-READ"},
	{"KMSAN: uninit-value", "KMSAN-UNINIT-VALUE"}, {"KMSAN: kernel-", "KMSAN-INFO-LEAK"}, {"KMSAN: use-after-free", "KMSAN-USE-AFTER-FREE-READ"}, {"KMSAN:", "KMSAN-UNKNOWN"},
	{"KASAN: null-ptr-deref Write", "KASAN-NULL-POINTER-DEREFERENCE-WRITE"}, {"KASAN: null-ptr-deref", "KASAN-NULL-POINTER-DEREFERENCE-READ"},
	{"KASAN: invalid-free", "KASAN-INVALID-FREE"},
	{"KASAN: *use-after-free Write", "KASAN-USE-AFTER-FREE-WRITE"}, {"KASAN: *use-after-free", "KASAN-USE-AFTER-FREE-READ"},
	{"KASAN: * Write", "KASAN-WRITE"}, {"KASAN: *-", "KASAN-READ"}, {"KASAN:", "KASAN-UNKNOWN"},
	{"BUG: unable to handle kernel NULL pointer dereference in", "NULL-POINTER-DEREFERENCE"},
	{"BUG: corrupted list", "MEMORY_SAFETY_BUG"}, {"BUG: unable to handle kernel paging request in", "MEMORY_SAFETY_BUG"},
	{"BUG: unable to handle kernel access to user memory", "MEMORY_SAFETY_BUG"},
	{"WARNING: refcount bug", "REFCOUNT_WARNING"}, {"UBSAN: array-index-out-of-bounds", "MEMORY_SAFETY_UBSAN"}, {"UBSAN:", "UBSAN"},
	{"KCSAN: data-race", "KCSAN-DATARACE"}, {"KCSAN: assert: race in", "KCSAN-ASSERT"}, {"KCSAN:", "KCSAN-UNKNOWN"},
	{"BUG: bad unlock balance", "LOCKDEP"}, {"BUG: held lock freed", "LOCKDEP"}, {"BUG: rwlock", "LOCKDEP"}, {"BUG: spinlock", "LOCKDEP"},
	{"BUG: still has locks held", "LOCKDEP"}, {"BUG: using", "LOCKDEP"}, {"WARNING: bad unlock balance", "LOCKDEP"}, {"WARNING: held lock freed", "LOCKDEP"},
	{"WARNING: lock held", "LOCKDEP"}, {"WARNING: locking bug", "LOCKDEP"}, {"WARNING: nested lock", "LOCKDEP"}, {"WARNING: still has locks held", "LOCKDEP"},
	{"WARNING: suspicious RCU usage in", "LOCKDEP"}, {"inconsistent lock state", "LOCKDEP"}, {"possible deadlock", "LOCKDEP"},
	{"BUG: scheduling while atomic", "ATOMIC_SLEEP"}, {"BUG: sleeping function", "ATOMIC_SLEEP"},
	{"memory leak in", "LEAK"}, {"kernel BUG", "BUG"}, {"BUG: bad usercopy", "BUG"}, {"WARNING in", "WARNING"},
	{"WARNING: corrupted", "UNKNOWN"}, {"WARNING: kernel stack", "UNKNOWN"}, {"BUG: stack guard page", "UNKNOWN"},
	{"BUG: soft lockup", "HANG"}, {"INFO: rcu detected stall", "HANG"}, {"INFO: task hung", "HANG"}, {"INFO: task can't die", "HANG"},
	{"unexpected kernel reboot", "REBOOT"}, {"SYZFAIL", "SYZ_FAILURE"}, {"SYZFATAL", "SYZ_FAILURE"},
	{"BUG: Object already free", "DoS"}, {"WARNING:", "WARNING"}, {"BUG:", "UNKNOWN"}, {"INFO:", "UNKNOWN"}, {"", "DoS"},
};

static const char *type_of(struct kd_view title)
{
	char pat[96] = "^";

	for (size_t i = 0; i < KD_ARRAY_LEN(types); i++) {
		size_t n = strlen(types[i].prefix);

		memcpy(pat + 1, types[i].prefix, n + 1);
		if (kd_pattern_fits(pat, title))
			return types[i].type;
	}
	return "UNKNOWN";
}

static struct kd_view frame_of(struct kd_view title)
{
	size_t at = KD_NPOS, i = 0;

	for (struct kd_view v = title; (i = kd_view_find(v, KD_V(" in "))) != KD_NPOS; v = kd_view_from(v, i + 4))
		at = (size_t)(v.p - title.p) + i + 4;
	if (at == KD_NPOS)
		return KD_VNULL;
	title = kd_view_from(title, at);
	i = kd_view_starts(title, KD_V("<")) ? kd_view_chr(title, '>') : KD_NPOS;
	for (i = i == KD_NPOS ? 0 : i + 1; i < title.n && (kd_is_word(title.p[i]) || title.p[i] == ':'); i++)
		;
	return kd_view_head(title, i);
}

/* No format fits: the header line from the header string on. */
static void bare(struct kd_arena *a, const struct kd_syz_text *t, struct kd_syz *s)
{
	struct kd_view v = t->l[0]->text, h = kd_view_of(kd_syz_header_text(t->header));

	v = kd_view_trim(kd_view_from(v, kd_view_find(v, h)));
	if (v.n <= h.n && kd_view_ends(h, KD_V(":"))) {
		s->title = kd_arena_printf(a, "%.*s corrupted", KD_VARG(h));
		s->corrupted = true;
		s->corrupted_why = "nothing follows the header word";
		return;
	}
	s->title = normalise(a, v);
}

/* KCSAN prints two functions; a device name has no function. */
static void fix_captures(const struct kd_syz_format *f, struct kd_view caps[KD_SYZ_CAPS], struct kd_view head)
{
	if (kd_view_eq(kd_view_of(f->header), KD_V("unregister_netdevice: waiting for")))
		caps[0] = head;
}

static void executor(struct kd_arena *a, const struct kd_syz_text *t, struct kd_syz *s)
{
	for (size_t i = 0; i < t->n; i++) {
		size_t at = kd_view_find(t->l[i]->text, KD_V("Comm: syz."));
		struct kd_view v;
		uint64_t p, id;

		if (at == KD_NPOS)
			continue;
		v = kd_view_from(t->l[i]->text, at + 10);
		if (kd_view_take_dec(&v, &p) && kd_view_skip(&v, KD_V(".")) && kd_view_take_dec(&v, &id))
			s->executor = kd_arena_printf(a, "proc=%llu, id=%llu", (unsigned long long)p,
						      (unsigned long long)id);
		return;
	}
}

static void titled(struct kd_arena *a, const struct kd_syz_text *t, const struct kd_syz_format *f,
		   struct kd_view caps[KD_SYZ_CAPS], struct kd_syz *s)
{
	bool injected = false, needs = strstr(f->title, "%F") != NULL;
	struct kd_view raw = needs || f->how == KD_SYZ_ONLY ? kd_syz_guilty(t, f, caps[0], &injected) : KD_VNULL;
	struct kd_view func;

	raw = kd_demangle(a, no_compat(a, raw));
	func = raw.n ? plain_func(raw) : KD_V("corrupted");
	if (f->alt && strstr(f->alt, "%O"))
		caps[KD_SYZ_CAPS - 1] = kd_syz_origin(t);
	if (f->how == KD_SYZ_HANG && kd_view_has(raw, KD_V("synchronize_")))
		func = KD_V("synchronize_rcu");
	if ((f->how == KD_SYZ_STALL || f->how == KD_SYZ_RCU) && kd_view_has(raw, KD_V("smp_call_function")))
		func = KD_V("smp_call_function");
	s->title = make(a, f->title, caps, func);
	s->alt = kd_arena_array(a, MAX_ALT, struct kd_view);
	if (s->alt)
		alternatives(a, f, caps, func, raw.n ? raw : func, s);
	if (needs && !raw.n)
		s->corrupted_why = "no function could be found";
	else if (injected)
		s->corrupted_why = "fault injection is mixed in";
	else if (f->flags & KD_SYZF_CORRUPTED)
		s->corrupted_why = "the line after the header is missing";
	else
		s->corrupted_why = kd_syz_corrupted(t, !(f->flags & KD_SYZF_NOSTACK));
}

void kd_syz_title(struct kd_arena *a, struct kd_window *win, size_t head, bool vm_lost, struct kd_syz *ret)
{
	struct kd_syz_text *t = kd_arena_new(a, struct kd_syz_text);
	const struct kd_syz_format *f;
	struct kd_view caps[KD_SYZ_CAPS], file;
	bool partial;

	if (!t)
		return;
	if (!win->v[head].syz) {
		ret->header = normalise(a, kd_view_trim(win->v[head].text));
		return;
	}
	keep_text(win, head, t);
	f = kd_syz_format_find(t, caps, &partial);
	if (f) {
		fix_captures(f, caps, win->v[head].text);
		titled(a, t, f, caps, ret);
	} else {
		bare(a, t, ret);
	}
	if (!ret->corrupted_why && partial && !f)
		ret->corrupted_why = "the line after the header is missing";
	if (!ret->corrupted_why && vm_lost)
		ret->corrupted_why = "the console was lost";
	ret->corrupted = ret->corrupted_why != NULL;
	ret->type = type_of(ret->title);
	ret->frame = frame_of(ret->title);
	executor(a, t, ret);
	file = kd_syz_guilty_file(t, kd_syz_file_from(t, f));
	if (file.n)
		ret->guilty_file = kd_arena_view(a, file);
}
