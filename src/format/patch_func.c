// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/patch.h"

#include "format/patch_line.h"

enum { TOLD = 32 };

/* What the hunk's lines of one side (old: ' ' and '-', new: ' ' and '+') are in. */
struct scope {
	struct kd_view name; /* absent: in nothing that is known */
	enum kd_patch_func_kind kind;
	char sign;	/* of the line with the name; 0: it is the heading's */
	bool open;	/* its body was begun, or it needs none */
	bool whole;	/* the line that begins it ends it, too */
	bool changed;	/* lines of it are */
	bool inside;	/* heading: lines that can only stand in a body were seen before the changed ones */
	unsigned depth; /* of parentheses, before it is open */
	size_t indent;	/* Rust: blanks before it, as before its closing brace */
};

struct walk {
	const struct kd_patch *patch;
	kd_patch_func_fn *seen;
	void *user;
	enum kd_patch_lang lang;
	struct kd_patch_func now; /* file and hunk */
	struct scope old, new;
	struct kd_view told[TOLD]; /* as changed, in this hunk; the last ones */
	size_t ntold;
	bool tabs; /* a line that begins with a tab was seen in the hunk */
};

/* --- a line ------------------------------------------------------------------------------------------------ */

static size_t word_len(struct kd_view v)
{
	size_t n = 0;

	while (n < v.n && kd_is_word(v.p[n]))
		n++;
	return n && kd_is_digit(*v.p) ? 0 : n;
}

static bool take_name(struct kd_view *v, struct kd_view *ret)
{
	const size_t n = word_len(*v);

	*ret = kd_view_head(*v, n);
	*v = kd_view_from(*v, n);
	return n != 0;
}

/* What is behind the comment or string at i; i + 1 when there is none. */
static size_t past_hidden(struct kd_view v, size_t i)
{
	const char c = v.p[i];

	if (c == '/' && i + 1 < v.n && v.p[i + 1] == '/')
		return v.n;
	if (c == '/' && i + 1 < v.n && v.p[i + 1] == '*') {
		const size_t at = kd_view_find(kd_view_from(v, i + 2), KD_V("*/"));

		return at == KD_NPOS ? v.n : i + 2 + at + 2;
	}
	if (c == '"' || c == '\'') {
		for (i++; i < v.n && v.p[i] != c; i++)
			i += v.p[i] == '\\';
		return i < v.n ? i + 1 : v.n;
	}
	return i + 1;
}

/* The first '{', ';' or '=' outside of parentheses, or 0; *depth is that at the begin, then at the end. */
static char decider(struct kd_view v, unsigned *depth)
{
	for (size_t i = 0; i < v.n; i = past_hidden(v, i)) {
		const char c = v.p[i];

		if (c == '(')
			++*depth;
		else if (c == ')' && *depth)
			--*depth;
		else if (!*depth && (c == '{' || c == ';' || c == '='))
			return c;
	}
	return 0;
}

/* Past the parenthesis that closes the one at the front; false when it does on no line like this. */
static bool skip_parens(struct kd_view *v)
{
	unsigned depth = 0;

	for (size_t i = 0; i < v->n; i = past_hidden(*v, i)) {
		depth += v->p[i] == '(';
		depth -= v->p[i] == ')';
		if (!depth) {
			*v = kd_view_from(*v, i + 1);
			return true;
		}
	}
	return false;
}

static bool is_one_of(struct kd_view v, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (kd_view_eq(v, kd_view_of(names[i])))
			return true;
	return false;
}

#define IS_ONE_OF(v, ...)                                                                          \
	is_one_of((v), (const char *const[]){__VA_ARGS__},                                         \
		  sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* What has arguments and stands before a function's name (linux/compiler_attributes.h and its like). */
static bool is_attribute(struct kd_view v)
{
	return kd_view_starts(v, KD_V("__")) &&
	       IS_ONE_OF(v, "__attribute__", "__attribute", "__printf", "__scanf", "__aligned", "__section", "__alloc_size",
			 "__malloc", "__assume_aligned", "__nonnull", "__cleanup", "__target", "__no_sanitize",
			 "__acquires", "__releases", "__must_hold", "__realloc_size", "__bos", "__diag", "__typeof__",
			 "__printf_like", "__format", "__cond_acquires", "__cond_lock");
}

static bool is_keyword(struct kd_view v)
{
	return IS_ONE_OF(v, "if", "while", "for", "switch", "return", "sizeof", "else", "do", "case", "default", "goto",
			 "typeof", "defined", "asm", "_Static_assert", "static_assert", "__asm__");
}

static bool is_upper(struct kd_view v)
{
	bool letter = false;

	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] >= 'a' && v.p[i] <= 'z')
			return false;
		letter |= kd_is_alpha(v.p[i]);
	}
	return letter;
}

/* --- C ----------------------------------------------------------------------------------------------------- */

/* MACRO(name, …): v begins behind the parenthesis. Those that need no body stand here. */
static bool made_by(struct kd_view macro, struct kd_view v, struct scope *x)
{
	struct kd_view first;

	kd_view_skip_blank(&v);
	if (!take_name(&v, &first))
		return false;
	x->name = first;
	x->kind = KD_PATCH_MADE;
	if (kd_view_starts(macro, KD_V("SYSCALL_DEFINE")) || kd_view_starts(macro, KD_V("COMPAT_SYSCALL_DEFINE"))) {
		x->kind = KD_PATCH_SYSCALL;
		return true;
	}
	/* (class, name, …) and (type, name) */
	if ((kd_view_starts(macro, KD_V("DEFINE_EVENT")) || kd_view_starts(macro, KD_V("DEFINE_PER_CPU"))) &&
	    kd_view_take_until(&v, KD_V(","), &first)) {
		kd_view_skip_blank(&v);
		(void)take_name(&v, &x->name);
	}
	x->open |= kd_view_has(macro, KD_V("DEFINE")) || kd_view_starts(macro, KD_V("TRACE_EVENT")) ||
		   kd_view_eq(macro, KD_V("DECLARE_EVENT_CLASS")) || kd_view_has(macro, KD_V("_ATTR")) ||
		   kd_view_eq(macro, KD_V("LIST_HEAD"));
	return x->name.n != 0;
}

/* NAME and behind it "(": a function's, a macro's, or a declaration's. */
static bool c_called(struct kd_view name, struct kd_view v, struct scope *x)
{
	struct kd_view args = kd_view_from(v, 1);
	char c;

	kd_view_skip_blank(&args);
	if (kd_view_starts(args, KD_V("*")))
		return false;
	x->name = name;
	x->kind = KD_PATCH_FUNCTION;
	if (is_upper(name) && !made_by(name, args, x))
		return false;
	c = decider(v, &x->depth);
	if (c == '{')
		x->open = true;
	return x->open || !c;
}

/* "struct NAME {", or "struct NAME" alone: v is behind NAME. */
static bool c_type(struct kd_view keyword, struct kd_view v, struct scope *x)
{
	if (!IS_ONE_OF(keyword, "struct", "union", "enum"))
		return false;
	x->kind = KD_PATCH_TYPE;
	x->open = v.n && *v.p == '{';
	return x->open || !v.n;
}

/* "NAME = …", "NAME[…] = …": v is behind NAME. */
static bool c_object(struct kd_view v, struct scope *x)
{
	unsigned depth = 0;

	x->kind = KD_PATCH_OBJECT;
	x->open = true;
	return decider(v, &depth) == '=';
}

static struct kd_view without_comment(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i = past_hidden(v, i))
		if (v.p[i] == '/' && i + 1 < v.n && (v.p[i + 1] == '*' || v.p[i + 1] == '/'))
			return past_hidden(v, i) == v.n ? kd_view_head(v, i) : v;
	return v;
}

static bool c_begins(struct kd_view line, struct scope *x)
{
	const bool external = kd_view_starts(line, KD_V("extern ")); /* declares, also where its ';' is on another line */
	struct kd_view v = kd_view_trim(without_comment(line)), before = KD_VNULL, name;

	if (!line.n || !(kd_is_alpha(*line.p) || *line.p == '_'))
		return false;
	while (take_name(&v, &name)) {
		while (v.n && (kd_is_blank(*v.p) || *v.p == '*'))
			v = kd_view_from(v, 1);
		if (kd_view_starts(v, KD_V("(")) && is_attribute(name)) {
			if (!skip_parens(&v))
				return false;
			kd_view_skip_blank(&v);
			continue;
		}
		x->name = name;
		if (is_keyword(name))
			return false;
		if (v.n && *v.p == '(')
			return c_called(name, v, x) && (x->open || !external);
		if (c_type(before, v, x))
			return true;
		if (v.n && (*v.p == '=' || *v.p == '['))
			return c_object(v, x);
		before = name;
	}
	return false;
}

/* --- Rust, assembly ------------------------------------------------------------------------------------------ */

static bool rust_begins(struct kd_view line, struct scope *x)
{
	struct kd_view v = kd_view_trim(line), word;
	unsigned depth = 0;
	char c;

	x->indent = (size_t)(v.p - line.p);
	while (take_name(&v, &word)) {
		if (kd_view_starts(v, KD_V("(")) && !skip_parens(&v)) /* pub(crate) */
			return false;
		kd_view_skip_blank(&v);
		if (kd_view_eq(word, KD_V("macro_rules")) && kd_view_skip(&v, KD_V("! "))) {
			x->kind = KD_PATCH_MADE;
			break;
		}
		if (kd_view_eq(word, KD_V("fn")) || IS_ONE_OF(word, "struct", "enum", "union", "trait")) {
			x->kind = *word.p == 'f' ? KD_PATCH_FUNCTION : KD_PATCH_TYPE;
			break;
		}
		if (kd_view_eq(word, KD_V("extern")) && v.n && *v.p == '"') {
			v = kd_view_from(v, past_hidden(v, 0));
			kd_view_skip_blank(&v);
		} else if (!IS_ONE_OF(word, "pub", "unsafe", "const", "async", "default", "extern")) {
			return false;
		}
	}
	if (!take_name(&v, &x->name))
		return false;
	c = decider(v, &depth);
	x->depth = depth;
	x->open = c == '{' || (c == ';' && x->kind == KD_PATCH_TYPE);
	return x->open || !c;
}

static bool asm_begins(struct kd_view line, struct scope *x)
{
	struct kd_view v = line, macro;

	x->open = true;
	x->kind = KD_PATCH_MADE;
	if (kd_view_skip(&v, KD_V(".macro"))) {
		kd_view_skip_blank(&v);
		return take_name(&v, &x->name);
	}
	if (!take_name(&v, &macro) || !kd_view_skip(&v, KD_V("(")))
		return false;
	kd_view_skip_blank(&v);
	if (!take_name(&v, &x->name))
		return false;
	x->kind = KD_PATCH_FUNCTION;
	if (kd_view_starts(macro, KD_V("SYM_DATA_START")))
		x->kind = KD_PATCH_OBJECT;
	return (kd_view_starts(macro, KD_V("SYM_")) && kd_view_has(macro, KD_V("START"))) ||
	       IS_ONE_OF(macro, "ENTRY", "WEAK", "_GLOBAL", "_GLOBAL_TOC", "LEAF", "NESTED");
}

/* "{ … }", "DEFINE_MUTEX(x);" */
static bool is_whole(struct kd_view line)
{
	const struct kd_view v = kd_view_trim(without_comment(line));

	return v.n && (v.p[v.n - 1] == '}' || v.p[v.n - 1] == ';');
}

static bool begins(struct kd_view line, enum kd_patch_lang lang, struct scope *x)
{
	*x = (struct scope){.open = false};
	if (lang == KD_PATCH_C) {
		if (!c_begins(line, x))
			return false;
		x->whole = x->open && is_whole(line);
		return true;
	}
	if (lang == KD_PATCH_RUST)
		return rust_begins(line, x);
	return lang == KD_PATCH_ASM && asm_begins(line, x);
}

bool kd_patch_definition(struct kd_view line, enum kd_patch_lang lang, struct kd_view *ret_name,
			 enum kd_patch_func_kind *ret_kind)
{
	struct scope x;

	if (!begins(kd_patch_chomp(line), lang, &x))
		return false;
	*ret_name = x.name;
	*ret_kind = x.kind;
	return true;
}

/* --- what a hunk tells ----------------------------------------------------------------------------------------- */

static void tell(const struct walk *w, const struct scope *x, enum kd_patch_func_how how, char sign, bool guessed)
{
	struct kd_patch_func f = w->now;

	f.name = x->name;
	f.kind = x->kind;
	f.how = how;
	f.sign = sign;
	f.guessed = guessed;
	w->seen(w->user, &f);
}

/* That its body is there, or must be. A context line's is told once, for the new side. */
static void defined(const struct walk *w, const struct scope *x, bool guessed)
{
	if (x->sign == '-' || (x->sign && x == &w->new))
		tell(w, x, KD_PATCH_DEFINED, x->sign, guessed);
}

static bool told_before(struct walk *w, struct kd_view name)
{
	for (size_t i = 0; i < w->ntold && i < TOLD; i++)
		if (kd_view_eq(w->told[i], name))
			return true;
	w->told[w->ntold++ % TOLD] = name;
	return false;
}

/* What x was ends here. */
static void leave(struct walk *w, struct scope *x)
{
	if (x->name.n && x->changed && !told_before(w, x->name))
		tell(w, x, KD_PATCH_CHANGED, 0, !x->open || (!x->sign && !x->inside));
	*x = (struct scope){.open = false};
}

/* It was no definition: what was changed in it was changed in nothing. */
static void drop(struct scope *x)
{
	*x = (struct scope){.open = false};
}

static void enter(struct walk *w, struct scope *x, const struct scope *next, char sign)
{
	leave(w, x);
	*x = *next;
	x->sign = sign;
	if (x->open)
		defined(w, x, false);
}

/* A line while it is not clear whether x is a definition. True: it is a part of it. */
static bool undecided(struct walk *w, struct scope *x, struct kd_view line)
{
	const bool outside = !x->depth && line.n && w->lang == KD_PATCH_C && (kd_is_word(*line.p) || *line.p == '}');
	char c;

	if (outside && !kd_view_starts(line, KD_V("__"))) {
		drop(x);
		return false;
	}
	if (line.n && *line.p == '#')
		return true;
	c = decider(line, &x->depth);
	if (c == '{') {
		x->open = true;
		defined(w, x, false);
	} else if (c) {
		drop(x);
	}
	return true;
}

/* A line that stands in no function, at column 0 or in a comment there. */
static bool is_top(struct kd_view line, enum kd_patch_lang lang)
{
	if (lang != KD_PATCH_C || !line.n)
		return false;
	if (kd_is_alpha(*line.p) || *line.p == '_') { /* unless it is a label */
		const struct kd_view v = kd_view_trim(kd_view_from(line, word_len(line)));

		return !(v.n && *v.p == ':');
	}
	return *line.p == '/' || kd_view_starts(line, KD_V(" *")) || kd_view_starts(line, KD_V("#include"));
}

static bool is_end(struct kd_view line, enum kd_patch_lang lang, const struct scope *x)
{
	if (lang == KD_PATCH_RUST)
		return line.n > x->indent && line.p[x->indent] == '}' && !kd_view_trim(kd_view_head(line, x->indent)).n;
	if (lang == KD_PATCH_ASM)
		return (kd_view_starts(line, KD_V("SYM_")) && kd_view_has(line, KD_V("END("))) ||
		       kd_view_starts(line, KD_V("SYM_FUNC_END")) || kd_view_starts(line, KD_V("END(")) ||
		       kd_view_starts(line, KD_V("ENDPROC")) || kd_view_starts(line, KD_V(".endm"));
	return line.n && (*line.p == '}' || (*line.p == ')' && x->kind == KD_PATCH_MADE));
}

static void changes(const struct walk *w, struct scope *x, struct kd_view line)
{
	if (x->changed || !x->name.n || !kd_view_trim(line).n)
		return;
	x->changed = true;
	x->inside |= w->tabs;
}

/* Most lines: nothing begins or ends with them, and nothing is to be decided. */
static bool is_inner(const struct scope *x, struct kd_view line, enum kd_patch_lang lang)
{
	return lang == KD_PATCH_C && (!x->name.n || x->open) &&
	       (!line.n || *line.p == '\t' || *line.p == '{' || (*line.p == '#' && !kd_view_starts(line, KD_V("#include"))));
}

static void one_side(struct walk *w, struct scope *x, struct kd_view line, char sign)
{
	struct scope next;
	bool end = false;

	if (is_inner(x, line, w->lang)) {
		if (sign != ' ')
			changes(w, x, line);
		return;
	}
	if (!x->name.n || x->open || !undecided(w, x, line)) {
		end = is_end(line, w->lang, x);
		if (end) {
			x->inside |= !x->sign && x->kind != KD_PATCH_MADE;
		} else if (begins(line, w->lang, &next)) {
			enter(w, x, &next, sign);
			end = next.whole;
		} else if (is_top(line, w->lang)) {
			leave(w, x);
		}
	}
	if (sign != ' ')
		changes(w, x, line);
	if (end)
		leave(w, x);
}

static void heading(struct walk *w, struct kd_view line)
{
	struct scope x;

	if (!begins(line, w->lang, &x))
		return;
	/* git cuts at 80 bytes: of a name at the end there may be more */
	if (line.n >= 80 && x.name.p + x.name.n == line.p + line.n)
		return;
	x.open = true;
	x.depth = 0;
	tell(w, &x, KD_PATCH_HEADING, 0, false);
	if (!x.whole)
		w->old = w->new = x;
}

static void finish(struct walk *w, struct scope *x)
{
	if (x->name.n && !x->open)
		defined(w, x, true);
	leave(w, x);
}

static void one_hunk(struct walk *w, const struct kd_patch_hunk *h)
{
	struct kd_view rest = h->body, line;

	w->ntold = 0;
	w->tabs = false;
	drop(&w->old);
	drop(&w->new);
	heading(w, h->heading);
	while (kd_patch_line(&rest, &line)) {
		const char sign = *line.p;

		if (sign != '+' && sign != '-' && sign != ' ')
			continue;
		line = kd_patch_chomp(kd_view_from(line, 1));
		w->tabs |= line.n && *line.p == '\t';
		if (sign != '+')
			one_side(w, &w->old, line, sign);
		if (sign != '-')
			one_side(w, &w->new, line, sign);
	}
	finish(w, &w->old);
	finish(w, &w->new);
}

void kd_patch_functions(const struct kd_patch *patch, kd_patch_func_fn *seen, void *user)
{
	struct walk w = {.patch = patch, .seen = seen, .user = user};

	for (size_t i = 0; i < patch->nfiles; i++) {
		const struct kd_patch_file *f = &patch->files[i];

		if (f->lang == KD_PATCH_OTHER)
			continue;
		w.lang = f->lang;
		for (uint32_t k = 0; k < f->nhunks; k++) {
			w.now = (struct kd_patch_func){.file = (uint32_t)i, .hunk = f->hunk + k};
			one_hunk(&w, &patch->hunks[f->hunk + k]);
		}
	}
}
