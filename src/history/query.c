// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/query.h"

#include <math.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/hashmap.h"
#include "base/time.h"
#include "history/frames.h"
#include "history/kindwords.h"
#include "history/words.h"

enum { NAME_MAX_BYTES = 256, PATH_MAX_BYTES = 512, HEADS = 6, EXTRA_MAX = 64, KIND_BYTES = 6000, LIST_MAX = 4096, PROSE_MAX = 60 };

struct parse {
	struct kd_arena *a;
	struct kd_fixquery *q;
	struct kd_view text; /* without what logs and mails put before lines */
	bool full;
};

/* --- lines without their prefixes -------------------------------------------------------------- */

static void skip_blank_number(struct kd_view *v, struct kd_view *at)
{
	uint64_t n;

	kd_view_skip_blank(at);
	if (kd_view_take_dec(at, &n))
		*v = *at;
}

/* "[   12.345678] ", "[ T123] ", "[  77] " (that one before more text only) */
static bool skip_bracket(struct kd_view *v, bool *time_seen)
{
	struct kd_view at = *v;
	uint64_t n;
	bool caller;

	kd_view_skip_blank(&at);
	if (!kd_view_skip(&at, KD_V("[")))
		return false;
	kd_view_skip_blank(&at);
	caller = at.n && (*at.p == 'T' || *at.p == 'C');
	if (caller) {
		at = kd_view_from(at, 1);
		kd_view_skip_blank(&at);
	}
	if (!kd_view_take_dec(&at, &n))
		return false;
	if (!caller && kd_view_skip(&at, KD_V("."))) {
		if (!kd_view_take_dec(&at, &n))
			return false;
		*time_seen = true;
	}
	kd_view_skip_blank(&at);
	if (!kd_view_skip(&at, KD_V("]")))
		return false;
	kd_view_skip_blank(&at);
	*v = at;
	return true;
}

static struct kd_view without_prefix(struct kd_view line)
{
	struct kd_view at;
	bool time_seen = false;

	for (;;) { /* quoted in a mail */
		at = line;
		kd_view_skip_blank(&at);
		if (!kd_view_skip(&at, KD_V(">")))
			break;
		line = at;
	}
	kd_view_skip_blank(&line);
	at = line;
	if (kd_view_skip(&at, KD_V("<"))) {
		struct kd_view rest = at;

		skip_blank_number(&rest, &at);
		if (kd_view_skip(&rest, KD_V(">")))
			line = rest;
	}
	for (int i = 0; i < 3 && skip_bracket(&line, &time_seen); i++)
		;
	return line;
}

static struct kd_view clean(struct kd_arena *a, struct kd_view text)
{
	char *p = kd_arena_raw(a, text.n + 1);
	struct kd_view rest = text, line;
	size_t n = 0;

	if (!p)
		return KD_VNULL;
	while (kd_view_take_part(&rest, KD_V("\n"), &line)) {
		line = without_prefix(line);
		if (line.n)
			memcpy(p + n, line.p, line.n);
		n += line.n;
		p[n++] = '\n';
	}
	return kd_view(p, n);
}

/* --- sections ---------------------------------------------------------------------------------- */

struct mark {
	const char *begins; /* of a line, in any case */
	uint8_t section;
	bool keep; /* what follows belongs where we are */
};

static const struct mark marks[] = {
	{"Allocated by task", KD_SECTION_ALLOC, false},
	{"Uninit was created", KD_SECTION_ALLOC, false},
	{"Uninit was stored", KD_SECTION_ALLOC, false},
	{"Local variable", KD_SECTION_ALLOC, false},
	{"Freed by task", KD_SECTION_FREE, false},
	{"Last potentially related", KD_SECTION_FREE, false},
	{"Second to last", KD_SECTION_FREE, false},
	{"page last allocated via", KD_SECTION_SKIP, false},
	{"page last free ", KD_SECTION_SKIP, false},
	{"The buggy address", KD_SECTION_SKIP, false},
	{"hardirqs last", KD_SECTION_SKIP, false},
	{"irq event stamp", KD_SECTION_SKIP, false},
	{"-> #", KD_SECTION_CHAIN, false},
	{"->#", KD_SECTION_CHAIN, false},
	{"Showing all locks", KD_SECTION_OTHER, false},
	{"NMI backtrace", KD_SECTION_OTHER, false},
	{"---[ end trace", KD_SECTION_AFTER, false},
	{"Kernel panic - not syncing", KD_SECTION_AFTER, false},
	{"Call Trace:", KD_SECTION_MAIN, true},
	{"Backtrace:", KD_SECTION_MAIN, true},
	{"stack backtrace", KD_SECTION_MAIN, false},
};

/* "2 locks held by syz-executor/123" */
static bool holds_locks(struct kd_view line)
{
	uint64_t n;

	return kd_view_take_dec(&line, &n) && (kd_view_istarts(line, KD_V(" locks held by")) || kd_view_istarts(line, KD_V(" lock held by")));
}

static uint8_t section_of(struct kd_view line, uint8_t now)
{
	kd_view_skip_blank(&line);
	if (holds_locks(line))
		return KD_SECTION_OTHER;
	for (size_t i = 0; i < KD_ARRAY_LEN(marks); i++) {
		if (!kd_view_istarts(line, kd_view_of(marks[i].begins)))
			continue;
		/* a call trace inside of "Allocated by", of a lock's chain or of another CPU is that's */
		if (marks[i].keep && now != KD_SECTION_HEAD && now != KD_SECTION_AFTER && now != KD_SECTION_CHAIN && now != KD_SECTION_SKIP)
			return now;
		return marks[i].section;
	}
	return now;
}

/* --- frames ------------------------------------------------------------------------------------ */

static bool is_path_char(char c)
{
	return kd_is_word(c) || c == '+' || c == '-';
}

/* DIR/…/NAME.c:123 (.h, .S, .rs), moved past. */
static bool take_path(struct kd_view *v, struct kd_view *ret)
{
	static const char *const ext[] = {".c", ".h", ".S", ".rs"};
	size_t n = 0, slash = 0;
	struct kd_view path, rest;

	while (n < v->n && n < PATH_MAX_BYTES && (is_path_char(v->p[n]) || v->p[n] == '/' || (v->p[n] == '.' && slash))) {
		if (v->p[n] == '/') {
			if (!n || v->p[n - 1] == '/')
				return false;
			slash = n;
		}
		n++;
	}
	path = kd_view_head(*v, n);
	rest = kd_view_from(*v, n);
	if (!slash || rest.n < 2 || rest.p[0] != ':' || !kd_is_digit(rest.p[1]))
		return false;
	for (size_t i = 0; i < KD_ARRAY_LEN(ext); i++)
		if (kd_view_ends(path, kd_view_of(ext[i])) && path.n > slash + 1 + strlen(ext[i])) {
			uint64_t line;

			rest = kd_view_from(rest, 1);
			if (!kd_view_take_dec(&rest, &line))
				return false;
			*v = rest;
			*ret = path;
			return true;
		}
	return false;
}

static bool skip_space(struct kd_view *v)
{
	const size_t before = v->n;

	while (v->n && kd_is_space(*v->p))
		*v = kd_view_from(*v, 1);
	return v->n < before;
}

static bool skip_hex(struct kd_view *v)
{
	size_t n = 0;

	if (!kd_view_skip(v, KD_V("0x")))
		return false;
	while (n < v->n && kd_is_xdigit(v->p[n]))
		n++;
	*v = kd_view_from(*v, n);
	return n != 0;
}

/* " [module …]" behind a frame, moved past. */
static void take_module(struct kd_view *v, struct kd_view *ret)
{
	struct kd_view at = *v;
	size_t n = 0, close;

	if (!skip_space(&at) || !kd_view_skip(&at, KD_V("[")))
		return;
	close = kd_view_chr(kd_view_head(at, kd_view_chr(at, '\n')), ']');
	while (n < at.n && kd_is_word(at.p[n]))
		n++;
	if (!n || close == KD_NPOS)
		return;
	*ret = kd_view_head(at, n);
	*v = kd_view_from(at, close + 1);
}

/* "+0x1/0x2 [module …] path:line" behind a name; false: no offset is there. */
static bool take_offset(struct kd_view *v, struct kd_view *module, struct kd_view *path)
{
	struct kd_view at = *v, more;

	if (!kd_view_skip(&at, KD_V("+")) || !skip_hex(&at))
		return false;
	more = at;
	if (kd_view_skip(&more, KD_V("/")) && skip_hex(&more))
		at = more;
	take_module(&at, module);
	*v = more = at;
	if (skip_space(&more) && take_path(&more, path))
		*v = more;
	return true;
}

static struct kd_view name_at(struct kd_view v)
{
	size_t n = 0;

	if (v.n && kd_is_digit(*v.p))
		return KD_VNULL;
	while (n < v.n && n < NAME_MAX_BYTES && (kd_is_word(v.p[n]) || (n && (v.p[n] == '.' || v.p[n] == '$'))))
		n++;
	return kd_view_head(v, n);
}

/* "func+0x1/0x2 [module …] path:line", "func path:line", "path:line": what is there. v moves past it. */
static bool take_frame(struct kd_view *v, struct kd_view *func, struct kd_view *module, struct kd_view *path)
{
	const struct kd_view name = name_at(*v);
	struct kd_view at = kd_view_from(*v, name.n);

	*func = *module = *path = KD_VNULL;
	if (name.n && take_offset(&at, module, path)) {
		*func = name;
		*v = at;
		return true;
	}
	at = kd_view_from(*v, name.n);
	if (name.n && skip_space(&at) && take_path(&at, path)) {
		*func = name;
		*v = at;
		return true;
	}
	return take_path(v, path);
}

/* /home/build/linux/mm/slub.c → mm/slub.c; ./mm/slub.c came without its "./". */
static struct kd_view in_tree(struct kd_view path, bool absolute)
{
	static const char *const top[] = {"arch/", "block/", "certs/", "crypto/", "drivers/", "fs/", "include/", "init/", "io_uring/",
					  "ipc/", "kernel/", "lib/", "mm/", "net/", "rust/", "samples/", "security/", "sound/", "tools/", "virt/"};

	for (size_t i = 0; absolute && i < path.n; i++)
		for (size_t k = 0; (!i || path.p[i - 1] == '/') && k < KD_ARRAY_LEN(top); k++)
			if (i && kd_view_starts(kd_view_from(path, i), kd_view_of(top[k])))
				return kd_view_from(path, i);
	return path;
}

/* "at fs/read_write.c:1": no functions. */
static bool is_preposition(struct kd_view v)
{
	static const char *const words[] = {"at", "in", "from", "by", "to"};

	for (size_t i = 0; i < KD_ARRAY_LEN(words); i++)
		if (kd_view_eq(v, kd_view_of(words[i])))
			return true;
	return false;
}

static void add_once(struct parse *p, struct kd_view **v, size_t *n, size_t *cap, struct kd_view x, size_t max)
{
	struct {
		struct kd_view *v;
		size_t n, cap;
	} list = {*v, *n, *cap};
	struct kd_view *slot;

	for (size_t i = 0; i < *n; i++)
		if (kd_view_eq((*v)[i], x))
			return;
	slot = kd_avec_push(p->a, &list, max);
	if (slot)
		*slot = x;
	*v = list.v;
	*n = list.n;
	*cap = list.cap;
}

#define ADD_ONCE(p, list, x, max) add_once(p, &(list)->v, &(list)->n, &(list)->cap, x, max)

static void add_frame(struct parse *p, struct kd_view func, struct kd_view path, uint8_t section)
{
	char buf[KD_WORD_MAX + 16], plain[NAME_MAX_BYTES];
	struct kd_view name = KD_VNULL;
	struct kd_query_frame *f;
	size_t n = 0;

	for (size_t i = 0; i < func.n && n < sizeof(plain) && !is_preposition(func); i++)
		if (func.p[i] != '$')
			plain[n++] = func.p[i];
	if (n)
		name = kd_word_function(kd_view(plain, n), buf);
	if (!name.n && !path.n)
		return; /* "BUG: … in on": nothing was named */
	f = kd_avec_push(p->a, &p->q->frames, KD_FIXQUERY_FRAMES_MAX);
	if (f)
		*f = (struct kd_query_frame){.func = name.n ? kd_arena_view(p->a, name) : KD_VNULL, .path = path, .section = section};
}

static void find_frames(struct parse *p)
{
	uint8_t section = KD_SECTION_HEAD;
	bool line_start = true;
	struct kd_view v = p->text;

	while (v.n) {
		struct kd_view func, module, path;
		const char before = v.p == p->text.p ? '\n' : v.p[-1];
		const struct kd_view was = v;

		if (line_start)
			section = section_of(kd_view_head(v, kd_view_chr(v, '\n')), section);
		line_start = false;
		if (is_path_char(*v.p) && (!is_path_char(before) || (kd_is_digit(before) && !kd_is_digit(*v.p))) && before != '.' && before != '$' &&
		    take_frame(&v, &func, &module, &path)) {
			const bool absolute = path.p && path.p > p->text.p && path.p[-1] == '/';

			if (module.n)
				ADD_ONCE(p, &p->q->modules, module, EXTRA_MAX);
			add_frame(p, func, path.p ? in_tree(path, absolute) : path, section);
			for (const char *c = was.p; c < v.p; c++) /* it may reach over a line's end */
				if (*c == '\n' && c + 1 < p->text.p + p->text.n)
					section = section_of(kd_view_head(kd_view(c + 1, (size_t)(p->text.p + p->text.n - c - 1)), 80), section);
			continue;
		}
		line_start = *v.p == '\n';
		v = kd_view_from(v, 1);
	}
}

/* --- what else the report names ---------------------------------------------------------------- */

static struct kd_view word_at(struct kd_view v, const char *more)
{
	size_t n = 0;

	while (n < v.n && (kd_is_word(v.p[n]) || (v.p[n] && strchr(more, v.p[n]))))
		n++;
	return kd_view_head(v, n);
}

static void find_cache(struct parse *p, struct kd_view line)
{
	const size_t at = kd_view_find(line, KD_V("belongs to the cache "));
	struct kd_view name;

	if (at == KD_NPOS)
		return;
	name = word_at(kd_view_from(line, at + 21), "-");
	if (name.n)
		ADD_ONCE(p, &p->q->extra, name, EXTRA_MAX);
}

static void find_work(struct parse *p, struct kd_view line)
{
	struct kd_view word;

	if (!kd_view_skip(&line, KD_V("Workqueue: ")))
		return;
	for (int i = 0; i < 2 && kd_view_take_word(&line, &word); i++) {
		ADD_ONCE(p, &p->q->extra, i ? word_at(word, "") : word, EXTRA_MAX);
		kd_view_skip_blank(&line);
	}
}

/* "(&type->s_umount_key#28){++++}-{3:3}" */
static void find_locks(struct parse *p, struct kd_view line)
{
	for (size_t i = 0; i < line.n; i++) {
		struct kd_view name;

		if (line.p[i] != '(')
			continue;
		name = word_at(kd_view_from(line, i + 1), "&*>.:/[]()-");
		while (name.n && !(name.p[name.n - 1] == ')'))
			name.n--;
		if (name.n < 4 || name.n > 61 || !kd_view_starts(kd_view_from(line, i + 1 + name.n), KD_V("{")))
			continue;
		name.n--;
		ADD_ONCE(p, &p->q->extra, name, EXTRA_MAX);
		i += name.n;
	}
}

static bool says_what(struct kd_view line)
{
	static const char *const words[] = {"BUG:", "WARNING", "INFO:", "KASAN", "KMSAN", "general protection", "kernel BUG", "UBSAN", "Oops",
					    "Unable to handle", "ODEBUG", "refcount_t", "divide error", "memory leak", "unregister_netdevice",
					    "suspicious"};

	for (size_t i = 0; i < KD_ARRAY_LEN(words); i++)
		if (kd_view_has(line, kd_view_of(words[i])))
			return true;
	return false;
}

/* Words without addresses, offsets and paths. */
static struct kd_view plain_words(struct parse *p, struct kd_view line)
{
	char *out = kd_arena_raw(p->a, line.n + 1);
	size_t n = 0;

	for (size_t i = 0; out && i < line.n;) {
		size_t end = i;
		struct kd_view word;
		size_t plus;

		while (end < line.n && !kd_is_space(line.p[end]))
			end++;
		word = kd_view(line.p + i, end - i);
		plus = kd_view_find(word, KD_V("+0x"));
		if (kd_view_chr(word, '/') != KD_NPOS)
			word.n = 0;
		else if (plus != KD_NPOS)
			word.n = plus;
		else if (kd_view_has(word, KD_V("0x")))
			word.n = kd_view_find(word, KD_V("0x"));
		if (word.n)
			memcpy(out + n, word.p, word.n);
		n += word.n;
		if (end < line.n)
			out[n++] = ' ';
		i = end + 1;
	}
	return out ? kd_view(out, n) : KD_VNULL;
}

static void find_names(struct parse *p)
{
	struct kd_view rest = p->text, line;

	while (kd_view_take_until(&rest, KD_V("\n"), &line)) {
		find_cache(p, line);
		find_work(p, line);
		find_locks(p, line);
		if (p->q->head.n < HEADS && says_what(line)) {
			struct kd_view *h = kd_avec_push(p->a, &p->q->head, HEADS);

			if (h)
				*h = plain_words(p, line);
		}
	}
}

/* Words of a person: names with a '_' as a report gives them, and the first lines for the rest. */
static void extra_name(void *user, struct kd_view w)
{
	struct parse *p = user;

	if (kd_view_chr(w, '_') != KD_NPOS)
		ADD_ONCE(p, &p->q->extra, w, EXTRA_MAX);
}

static void take_as_words(struct parse *p)
{
	struct kd_view rest = p->text, line;

	kd_split_words(kd_view_head(p->text, KIND_BYTES), extra_name, p);
	while (p->q->head.n < HEADS && kd_view_take_until(&rest, KD_V("\n"), &line)) {
		struct kd_view *h = line.n && !says_what(line) ? kd_avec_push(p->a, &p->q->head, HEADS) : NULL;

		if (h)
			*h = plain_words(p, line);
	}
}

/* Four words and more, letters for the most part; no line of a log, as its stamp or its source shows. */
static bool is_prose(struct kd_view line)
{
	size_t words = 0, letters = 0;

	kd_view_skip_blank(&line);
	if (!line.n || *line.p == '[' || *line.p == '<' || kd_view_has(line, KD_V("kernel:")) || kd_view_istarts(line, KD_V("Modules linked in")))
		return false;

	for (size_t i = 0; i < line.n; i++) {
		letters += kd_is_alpha(line.p[i]);
		words += kd_is_alpha(line.p[i]) && (!i || kd_is_space(line.p[i - 1]));
	}
	return words >= 4 && letters * 10 >= line.n * 6;
}

static void find_prose(struct parse *p, struct kd_view text)
{
	struct kd_view rest = text, line;

	while (p->q->prose.n < PROSE_MAX && kd_view_take_until(&rest, KD_V("\n"), &line)) {
		struct kd_view *v = is_prose(line) ? kd_avec_push(p->a, &p->q->prose, PROSE_MAX) : NULL;

		if (v)
			*v = plain_words(p, line);
	}
}

/* --- kind of error ----------------------------------------------------------------------------- */

static const struct {
	uint8_t kind;
	bool exact; /* letters' case counts */
	const char *phrase;
} phrases[] = {
	{KD_ERR_UAF, false, "use-after-free"}, {KD_ERR_UAF, false, "double-free"}, {KD_ERR_UAF, false, "invalid-free"},
	{KD_ERR_UAF, false, "refcount_t: addition"}, {KD_ERR_UAF, false, "refcount_t: underflow"}, {KD_ERR_UAF, false, "use after free"},
	{KD_ERR_UAF, false, "ODEBUG: free"},
	{KD_ERR_OOB, true, "out-of-bounds"}, {KD_ERR_OOB, true, "OOB"}, {KD_ERR_OOB, true, "stack-overflow"}, {KD_ERR_OOB, true, "array-index"},
	{KD_ERR_OOB, true, "buffer overflow"}, {KD_ERR_OOB, true, "shift-out"}, {KD_ERR_OOB, true, "is out of range"},
	{KD_ERR_NULL, false, "null-ptr-deref"}, {KD_ERR_NULL, false, "NULL pointer dereference"}, {KD_ERR_NULL, false, "general protection fault"},
	{KD_ERR_NULL, false, "wild-memory"}, {KD_ERR_NULL, false, "paging request"}, {KD_ERR_NULL, false, "page fault"},
	{KD_ERR_LEAK, false, "memory leak"}, {KD_ERR_LEAK, false, "unreferenced object"}, {KD_ERR_LEAK, false, "kmemleak"},
	{KD_ERR_UNINIT, false, "uninit-value"}, {KD_ERR_UNINIT, false, "infoleak"},
	{KD_ERR_LOCK, false, "circular locking"}, {KD_ERR_LOCK, false, "deadlock"}, {KD_ERR_LOCK, false, "inconsistent lock"},
	{KD_ERR_LOCK, false, "lock held"}, {KD_ERR_LOCK, false, "lockdep"}, {KD_ERR_LOCK, false, "bad unlock"},
	{KD_ERR_LOCK, false, "recursive locking"}, {KD_ERR_LOCK, false, "HARDIRQ-safe"}, {KD_ERR_LOCK, false, "SOFTIRQ-safe"},
	{KD_ERR_LOCK, false, "invalid wait context"}, {KD_ERR_LOCK, false, "locking bug"}, {KD_ERR_LOCK, false, "suspicious RCU"},
	{KD_ERR_LOCK, false, "sleeping function"}, {KD_ERR_LOCK, false, "scheduling while atomic"}, {KD_ERR_LOCK, false, "held lock"},
	{KD_ERR_LOCK, false, "trying to acquire"},
	{KD_ERR_RACE, false, "data-race"}, {KD_ERR_RACE, false, "KCSAN"},
	{KD_ERR_HANG, false, "task hung"}, {KD_ERR_HANG, false, "blocked for more than"}, {KD_ERR_HANG, false, "soft lockup"},
	{KD_ERR_HANG, false, "rcu detected stall"}, {KD_ERR_HANG, false, "self-detected stall"}, {KD_ERR_HANG, false, "detected stalls"},
	{KD_ERR_HANG, false, "hung task"}, {KD_ERR_HANG, false, "rcu_preempt kthread"}, {KD_ERR_HANG, false, "rcu_sched kthread"},
	{KD_ERR_HANG, false, "rcu_preempt self"}, {KD_ERR_HANG, false, "rcu_sched self"},
	{KD_ERR_DIV, false, "divide error"}, {KD_ERR_DIV, false, "division by zero"}, {KD_ERR_DIV, false, "divide by zero"},
	{KD_ERR_SHIFT, false, "shift-out-of-bounds"}, {KD_ERR_SHIFT, false, "integer-overflow"}, {KD_ERR_SHIFT, false, "signed-integer"},
	{KD_ERR_SHIFT, false, "negation-overflow"},
	{KD_ERR_REFCOUNT, false, "refcount_t"}, {KD_ERR_REFCOUNT, false, "refcount bug"}, {KD_ERR_REFCOUNT, false, "unregister_netdevice"},
	{KD_ERR_REFCOUNT, false, "ref_tracker"}, {KD_ERR_REFCOUNT, false, "leaked reference"},
	{KD_ERR_WARN, false, "WARNING: "}, {KD_ERR_WARN, false, "WARNING in"}, {KD_ERR_WARN, false, "cut here"},
	{KD_ERR_BUG, false, "kernel BUG at"}, {KD_ERR_BUG, false, "invalid opcode"}, {KD_ERR_BUG, false, "Oops - BUG"},
};

static bool has_in_any_case(struct kd_view v, struct kd_view what)
{
	for (; v.n >= what.n; v = kd_view_from(v, 1))
		if (((*v.p ^ *what.p) & 0xdf) == 0 && kd_view_istarts(v, what))
			return true;
	return false;
}

static void find_kinds(struct parse *p)
{
	const struct kd_view text = kd_view_head(p->text, KIND_BYTES);

	for (size_t i = 0; i < KD_ARRAY_LEN(phrases); i++) {
		const struct kd_view phrase = kd_view_of(phrases[i].phrase);

		if (p->q->kinds >> phrases[i].kind & 1)
			continue;
		if (phrases[i].exact ? kd_view_has(text, phrase) : has_in_any_case(text, phrase))
			p->q->kinds |= 1u << phrases[i].kind;
	}
}

/* --- when the kernel was made ------------------------------------------------------------------ */

/* Dates of the tags as kernel.org announced them, YYYYMMDD. */
static const struct {
	const char *version;
	uint32_t day;
} mainline[] = {
	{"2.6.32", 20091203}, {"2.6.39", 20110518}, {"3.0", 20110721}, {"3.1", 20111024}, {"3.2", 20120104},
	{"3.3", 20120318}, {"3.4", 20120520}, {"3.5", 20120721}, {"3.6", 20120930}, {"3.7", 20121210}, {"3.8", 20130218},
	{"3.9", 20130428}, {"3.10", 20130630}, {"3.11", 20130902}, {"3.12", 20131103}, {"3.13", 20140119},
	{"3.14", 20140330}, {"3.15", 20140608}, {"3.16", 20140803}, {"3.17", 20141005}, {"3.18", 20141207},
	{"3.19", 20150208}, {"4.0", 20150412}, {"4.1", 20150621}, {"4.2", 20150830}, {"4.3", 20151101}, {"4.4", 20160110},
	{"4.5", 20160313}, {"4.6", 20160515}, {"4.7", 20160724}, {"4.8", 20161002}, {"4.9", 20161211}, {"4.10", 20170219},
	{"4.11", 20170430}, {"4.12", 20170702}, {"4.13", 20170903}, {"4.14", 20171112}, {"4.15", 20180128},
	{"4.16", 20180401}, {"4.17", 20180603}, {"4.18", 20180812}, {"4.19", 20181022}, {"4.20", 20181223},
	{"5.0", 20190303}, {"5.1", 20190505}, {"5.2", 20190707}, {"5.3", 20190915}, {"5.4", 20191124}, {"5.5", 20200126},
	{"5.6", 20200329}, {"5.7", 20200531}, {"5.8", 20200802}, {"5.9", 20201011}, {"5.10", 20201213}, {"5.11", 20210214},
	{"5.12", 20210425}, {"5.13", 20210627}, {"5.14", 20210829}, {"5.15", 20211031}, {"5.16", 20220109},
	{"5.17", 20220320}, {"5.18", 20220522}, {"5.19", 20220731}, {"6.0", 20221002}, {"6.1", 20221211}, {"6.2", 20230219},
	{"6.3", 20230423}, {"6.4", 20230625}, {"6.5", 20230827}, {"6.6", 20231029}, {"6.7", 20240107}, {"6.8", 20240310},
	{"6.9", 20240512}, {"6.10", 20240714}, {"6.11", 20240915}, {"6.12", 20241117}, {"6.13", 20250119},
	{"6.14", 20250324}, {"6.15", 20250525}, {"6.16", 20250727}, {"6.17", 20250928}, {"6.18", 20251130},
	{"6.19", 20260208}, {"7.0", 20260412},
};

static int64_t seconds_of(uint32_t day)
{
	const struct kd_civil c = {.year = (int)(day / 10000), .month = (int)(day / 100 % 100), .day = (int)(day % 100), .has_zone = true};
	int64_t ns;

	return kd_civil_absolute(&c, &ns) ? ns / INT64_C(1000000000) : 0;
}

int64_t kd_mainline_date(struct kd_view version)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(mainline); i++)
		if (kd_view_eq(version, kd_view_of(mainline[i].version)))
			return seconds_of(mainline[i].day);
	return 0;
}

/* "next-20240105" */
static bool find_next(struct parse *p)
{
	struct kd_view v = p->text;
	size_t at;

	while ((at = kd_view_find(v, KD_V("next-20"))) != KD_NPOS) {
		struct kd_view day = kd_view_head(kd_view_from(v, at + 5), 8);
		uint64_t n;

		if (day.n == 8 && kd_view_dec(day, &n) && (p->q->date = seconds_of((uint32_t)n))) {
			p->q->when = KD_WHEN_NEXT;
			p->q->version = kd_view(v.p + at, 13);
			return true;
		}
		v = kd_view_from(v, at + 7);
	}
	return false;
}

/* A number from 1 on that is followed by no other. */
static bool take_small(struct kd_view *v, uint64_t *ret)
{
	return v->n && kd_is_digit(*v->p) && kd_view_take_dec(v, ret);
}

/* "6.1.0-rc3-syzkaller-00012-g…" */
static bool take_version(struct parse *p, struct kd_view v)
{
	const struct kd_view all = v;
	uint64_t major, minor, sub = 0, rc = 0;
	char buf[48];
	int n;

	if (!take_small(&v, &major) || !kd_view_skip(&v, KD_V(".")) || !take_small(&v, &minor))
		return false;
	if (kd_view_skip(&v, KD_V(".")) && !take_small(&v, &sub))
		return false;
	n = major == 2 ? snprintf(buf, sizeof(buf), "2.%ju.%ju", (uintmax_t)minor, (uintmax_t)sub)
		       : snprintf(buf, sizeof(buf), "%ju.%ju", (uintmax_t)major, (uintmax_t)minor);
	p->q->date = kd_mainline_date(kd_view(buf, (size_t)n));
	if (!p->q->date)
		return false;
	p->q->version = word_at(all, ".-+");
	if (kd_view_skip(&v, KD_V("-rc")) && take_small(&v, &rc)) {
		p->q->when = KD_WHEN_CANDIDATE; /* a week each; the eighth is the release as a rule */
		p->q->date -= (rc < 8 ? 8 - (int64_t)rc : 0) * 7 * 86400;
	} else {
		p->q->when = major > 2 && sub ? KD_WHEN_STABLE : KD_WHEN_RELEASE;
	}
	return true;
}

/* "… Not tainted 6.1.0-rc3 #1", "… Tainted: G        W  O       5.10.0 #1" */
static bool find_version(struct parse *p)
{
	struct kd_view rest = p->text, line;

	while (kd_view_take_until(&rest, KD_V("\n"), &line)) {
		size_t at = kd_view_find(line, KD_V("ainted"));

		if (at == KD_NPOS)
			continue;
		for (; at < line.n; at++)
			if (kd_is_digit(line.p[at]) && kd_is_space(line.p[at - 1]) && take_version(p, kd_view_from(line, at)))
				return true;
		if (take_version(p, line)) /* lockdep: the release stands before it */
			return true;
	}
	return false;
}

struct kd_error *kd_fixquery_parse(struct kd_arena *a, struct kd_view text, struct kd_fixquery *ret)
{
	struct parse p = {.a = a, .q = ret};

	*ret = (struct kd_fixquery){0};
	p.text = clean(a, kd_view_head(text, KD_FIXQUERY_TEXT_MAX));
	if (text.n && !p.text.p)
		return kd_error_new(KD_LIMIT, "the report is too long");
	find_frames(&p);
	for (size_t i = 0; i < ret->frames.n && !ret->names_files; i++)
		ret->names_files = ret->frames.v[i].path.n != 0;
	find_names(&p);
	if (!ret->frames.n)
		take_as_words(&p);
	if (!ret->names_files)
		find_prose(&p, kd_view_head(text, KD_FIXQUERY_TEXT_MAX));
	find_kinds(&p);
	if (!find_next(&p))
		find_version(&p);
	ret->syzbot = kd_view_has(p.text, KD_V("syz-")) || kd_view_has(p.text, KD_V("syzkaller")) || kd_view_has(p.text, KD_V("syz."));
	return NULL;
}

/* --- weights ----------------------------------------------------------------------------------- */

/* A list of names with the best weight of each. */
struct best {
	struct kd_hashmap map;
	struct kd_arena *a;
	struct kd_query_weight *v;
	size_t n, cap;
};

static bool best_put(struct best *b, struct kd_view name, double weight, bool *new_ret)
{
	struct {
		struct kd_query_weight *v;
		size_t n, cap;
	} list = {b->v, b->n, b->cap};
	struct kd_hashmap_entry *e = kd_hashmap_add(&b->map, name, new_ret);
	struct kd_query_weight *slot;

	if (!e)
		return false;
	if (*new_ret) {
		slot = kd_avec_push(b->a, &list, LIST_MAX);
		if (!slot)
			return false;
		*slot = (struct kd_query_weight){name, weight};
		e->num = list.n - 1;
		b->v = list.v;
		b->n = list.n;
		b->cap = list.cap;
		return true;
	}
	if (e->num < b->n && weight > b->v[e->num].weight)
		b->v[e->num].weight = weight;
	return true;
}

static double class_weight(const struct kd_query_frame *f, struct kd_view path, bool loose)
{
	switch (kd_frame_class(f->func, path)) {
	case KD_FRAME_MACHINERY:
		return 0;
	case KD_FRAME_GENERIC:
		return loose ? .5 : .25;
	case KD_FRAME_GENERIC_PATH:
		return loose ? 1 : .25;
	default:
		return 1;
	}
}

static bool in_order(const struct kd_fixquery *q, struct kd_view func)
{
	for (size_t i = 0; i < q->order.n; i++)
		if (kd_view_eq(q->order.v[i], func))
			return true;
	return false;
}

struct weighing {
	struct kd_arena *a;
	struct kd_fixquery *q;
	struct best funcs, paths;
	double position[KD_SECTION_SKIP + 1]; /* frames of a group that came before, generic ones counting less */
	struct kd_view last; /* function, and its group: a frame and its inlines are often printed twice */
	int last_group;
};

static void weigh_function(struct weighing *w, struct kd_view func, int group, double weight, bool specific)
{
	const bool known = in_order(w->q, func);
	bool is_new;

	if (group == w->last_group && kd_view_eq(func, w->last))
		return;
	w->last = func;
	w->last_group = group;
	if (best_put(&w->funcs, func, weight, &is_new) && (is_new || (specific && !known)))
		w->position[group] += specific ? 1 : .3;
	if (specific && group == KD_SECTION_MAIN && !known) {
		struct kd_view *slot = kd_avec_push(w->a, &w->q->order, LIST_MAX);

		if (slot)
			*slot = func;
	}
}

/* Position decays over the frames of a section that say something. */
static void weigh(struct kd_arena *a, struct kd_fixquery *q, struct kd_view (*file_of)(void *, struct kd_view), void *user, bool loose)
{
	static const double section[] = {1, 1, .5, .5, .7, .4, .4, 0};
	struct weighing w = {.a = a, .q = q, .funcs = {.map = KD_HASHMAP_INIT(LIST_MAX, NULL), .a = a}, .last_group = -1};

	w.paths = w.funcs;
	q->order.n = 0;
	for (size_t i = 0; i < q->frames.n; i++) {
		const struct kd_query_frame *f = &q->frames.v[i];
		const struct kd_view path = f->path.p || !f->func.n || !file_of ? f->path : file_of(user, f->func);
		const int group = f->section == KD_SECTION_HEAD ? KD_SECTION_MAIN : f->section;
		const double g = class_weight(f, path, loose), x = section[f->section] * g / (1 + .2 * w.position[group]);
		bool is_new;

		if (x <= 0)
			continue;
		if (f->func.n)
			weigh_function(&w, f->func, group, x, g >= 1);
		if (path.n)
			best_put(&w.paths, path, f->path.n ? x : .4 * x, &is_new); /* a file that the index knows, not the report */
	}
	q->funcs.v = w.funcs.v;
	q->funcs.n = w.funcs.n;
	q->funcs.cap = w.funcs.cap;
	q->paths.v = w.paths.v;
	q->paths.n = w.paths.n;
	q->paths.cap = w.paths.cap;
	kd_hashmap_deinit(&w.funcs.map);
	kd_hashmap_deinit(&w.paths.map);
}

void kd_fixquery_weigh(struct kd_arena *a, struct kd_fixquery *q, struct kd_view (*file_of)(void *user, struct kd_view func), void *user)
{
	weigh(a, q, file_of, user, false);
	if (!q->order.n) /* generic code is all that there is: then it is what this is about */
		weigh(a, q, file_of, user, true);
}
