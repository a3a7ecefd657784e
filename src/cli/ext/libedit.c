// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/ext/libedit.h"

#include <errno.h>
#include <locale.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "base/alloc.h"
#include "base/load.h"
#include "base/utf8.h"

enum { EL_PROMPT = 0, EL_EDITOR = 2, EL_SIGNAL = 3, EL_BIND = 4, EL_ADDFN = 9, EL_HIST = 10, EL_GETCFN = 13, EL_CLIENTDATA = 14,
       EL_PREP_TERM = 16, EL_REFRESH = 20 };
enum { CC_REFRESH = 4, CC_ERROR = 6, CC_REDISPLAY = 8 };
enum { H_SETSIZE = 1, H_ENTER = 10, H_SETUNIQUE = 20 };
enum { HISTORY_LINES = 1000, COMPLETE_MAX = 4 << 20, SHOWN_WIDTH = 78 };

struct line_info {
	const char *buffer, *cursor, *lastchar;
};

struct hist_event {
	int num;
	const char *str;
};

/* EditLine and History are opaque. */
struct api {
	void *(*el_init)(const char *, FILE *, FILE *, FILE *);
	void (*el_end)(void *);
	const char *(*el_gets)(void *, int *);
	int (*el_set)(void *, int, ...);
	int (*el_wset)(void *, int, ...);
	int (*el_get)(void *, int, ...);
	const struct line_info *(*el_line)(void *);
	int (*el_insertstr)(void *, const char *);
	void (*el_resize)(void *);
	void *(*history_init)(void);
	void (*history_end)(void *);
	int (*history)(void *, struct hist_event *, int, ...);
};

#define SYM(name) {#name, offsetof(struct api, name)}

static const struct kd_sym syms[] = {
	SYM(el_init), SYM(el_end), SYM(el_gets), SYM(el_set), SYM(el_wset), SYM(el_get), SYM(el_line), SYM(el_insertstr), SYM(el_resize),
	SYM(history_init), SYM(history_end), SYM(history),
};

static const char *const sonames[] = {"libedit.so.2", "libedit.so.0", NULL};

struct kd_libedit {
	struct kd_libedit_how how;
	struct api api;
	void *handle, *el, *history;
	locale_t utf8; /* for the conversion of what is typed; 0: this system has none */
	char prompt[32];
	bool interrupted;
};

static const struct kd_load load_it = {
	.sonames = sonames, .syms = syms, .nsyms = KD_ARRAY_LEN(syms),
	.what = "editing of lines needs the library libedit", .package = "libedit2",
};

/*
 * The library calls back with its own object alone. Ours hangs on it, and is asked for by a function of the library:
 * looked up anew (it is mapped), for there is no place outside of objects to keep it.
 */
static struct kd_libedit *self(void *el)
{
	static const struct kd_sym get_sym[] = {{"el_get", offsetof(struct api, el_get)}};
	static const struct kd_load l = {.sonames = sonames, .syms = get_sym, .nsyms = 1, .what = "libedit", .package = "libedit2"};
	struct api api;
	void *handle, *p = NULL;
	struct kd_error *err = kd_load(&l, &api, &handle);

	if (err) {
		kd_error_free(err);
		return NULL;
	}
	if (api.el_get(el, EL_CLIENTDATA, &p))
		p = NULL;
	kd_unload(handle);
	return p;
}

/* --- keys -------------------------------------------------------------------------------------------- */

static size_t utf8_length(unsigned char first)
{
	return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* 1: a byte was read; 0: the end; -1: interrupted, or an error */
static int read_byte(struct kd_libedit *e, void *el, char *c)
{
	ssize_t n;

	for (;;) {
		switch (e->how.wait(e->how.user)) {
		case KD_KEY_INTERRUPT:
			e->interrupted = true;
			return -1;
		case KD_KEY_RESIZED:
			e->api.el_resize(el);
			continue;
		case KD_KEY_CONTINUED: /* meanwhile the terminal was somebody else's */
			e->api.el_set(el, EL_PREP_TERM, 0); /* or it believes that all is as it was */
			e->api.el_set(el, EL_PREP_TERM, 1);
			e->api.el_set(el, EL_REFRESH);
			continue;
		case KD_KEY_END:
			return 0;
		default:
			break;
		}
		n = read(STDIN_FILENO, c, 1);
		if (n >= 0 || (errno != EINTR && errno != EAGAIN))
			return n < 0 ? -1 : (int)n;
	}
}

/* As EL_GETCFN wants it: one character; 1, 0 at the end, -1. */
static int read_key(void *el, wchar_t *ret)
{
	struct kd_libedit *e = self(el);
	char bytes[4] = "";
	size_t have = 1, want;
	struct kd_view v;
	uint32_t c;
	int n = e ? read_byte(e, el, bytes) : -1;

	if (n != 1)
		return n;
	want = utf8_length((unsigned char)bytes[0]);
	while (have < want && read_byte(e, el, bytes + have) == 1)
		have++;
	v = kd_view(bytes, have);
	kd_utf8_next(&v, &c);
	*ret = (wchar_t)c;
	return 1;
}

static char *prompt(void *el)
{
	struct kd_libedit *e = self(el);

	return e ? e->prompt : NULL;
}

/* --- completion -------------------------------------------------------------------------------------- */

/* How many bytes all candidates begin with. */
static size_t common(const struct kd_candidates *c)
{
	size_t n = c->v.v[0].n;

	for (size_t i = 1; i < c->v.n; i++) {
		size_t k = 0;

		while (k < n && k < c->v.v[i].n && c->v.v[i].p[k] == c->v.v[0].p[k])
			k++;
		n = k;
	}
	return n;
}

static void show(const struct kd_candidates *c)
{
	size_t wide = 0, column = 0;

	for (size_t i = 0; i < c->v.n; i++)
		wide = c->v.v[i].n > wide ? c->v.v[i].n : wide;
	fputs("\n", stdout);
	for (size_t i = 0; i < c->v.n; i++) {
		if (column && column + wide > SHOWN_WIDTH) {
			fputs("\n", stdout);
			column = 0;
		}
		fprintf(stdout, "%-*.*s  ", (int)wide, KD_VARG(c->v.v[i]));
		column += wide + 2;
	}
	fputs(c->more ? "\n… and more\n" : "\n", stdout);
	fflush(stdout);
}

static unsigned char insert(struct kd_libedit *e, const struct kd_candidates *c, struct kd_arena *arena)
{
	const size_t n = c->v.n ? common(c) : 0;
	const bool whole = c->v.n == 1 && !c->more;
	struct kd_view rest;

	if (!c->v.n || n < c->typed)
		return CC_ERROR;
	if (n == c->typed && !whole) {
		show(c);
		return CC_REDISPLAY;
	}
	rest = kd_view_from(kd_view_head(c->v.v[0], n), c->typed);
	rest = kd_arena_printf(arena, "%.*s%s", KD_VARG(rest), whole && c->v.v[0].p[n - 1] != '=' ? " " : "");
	return rest.p && !e->api.el_insertstr(e->el, rest.p) ? CC_REFRESH : CC_ERROR;
}

static unsigned char complete(void *el, int key)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(COMPLETE_MAX);
	struct kd_libedit *e = self(el);
	const struct line_info *line = e ? e->api.el_line(el) : NULL;
	struct kd_candidates c = {.typed = 0};

	(void)key;
	if (!line || line->cursor < line->buffer)
		return CC_ERROR;
	e->how.complete(e->how.complete_user, kd_view(line->buffer, (size_t)(line->cursor - line->buffer)), &arena, &c);
	return insert(e, &c, &arena);
}

/* --- life -------------------------------------------------------------------------------------------- */

static bool set_up(struct kd_libedit *e)
{
	struct hist_event ev;

	e->el = e->api.el_init("kdoc", stdin, stdout, stderr);
	e->history = e->api.history_init();
	if (!e->el || !e->history)
		return false;
	e->api.history(e->history, &ev, H_SETSIZE, HISTORY_LINES);
	e->api.history(e->history, &ev, H_SETUNIQUE, 1);
	e->api.el_set(e->el, EL_CLIENTDATA, e);
	e->api.el_set(e->el, EL_PROMPT, prompt);
	e->api.el_set(e->el, EL_EDITOR, "emacs");
	e->api.el_set(e->el, EL_SIGNAL, 0);
	e->api.el_set(e->el, EL_HIST, e->api.history, e->history);
	e->api.el_set(e->el, EL_GETCFN, read_key);
	e->api.el_wset(e->el, EL_ADDFN, L"kdoc-complete", L"complete a word", complete); /* el_set() copies both and loses them */
	e->api.el_set(e->el, EL_BIND, "^I", "kdoc-complete", NULL);
	e->api.el_set(e->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
	return true;
}

struct kd_error *kd_libedit_open(const struct kd_libedit_how *how, struct kd_libedit **ret)
{
	kd_auto(kd_libedit_closep) struct kd_libedit *e = kd_xcalloc(1, sizeof(*e));
	struct kd_error *err = kd_load(&load_it, &e->api, &e->handle);
	locale_t old;
	bool ok;

	if (err)
		return err;
	e->how = *how;
	snprintf(e->prompt, sizeof(e->prompt), "%s", how->prompt);
	e->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	old = e->utf8 ? uselocale(e->utf8) : (locale_t)0;
	ok = set_up(e);
	if (old)
		uselocale(old);
	if (!ok)
		return kd_error_new(KD_UNSUPPORTED, "editing of lines: the terminal is not one that libedit can use");
	*ret = kd_take(e);
	return NULL;
}

void kd_libedit_close(struct kd_libedit *e)
{
	if (!e)
		return;
	if (e->el)
		e->api.el_end(e->el);
	if (e->history)
		e->api.history_end(e->history);
	if (e->utf8)
		freelocale(e->utf8);
	kd_unload(e->handle);
	kd_free(e);
}

void kd_libedit_closep(struct kd_libedit **e)
{
	kd_libedit_close(*e);
	*e = NULL;
}

const char *kd_libedit_read(struct kd_libedit *e, bool *ret_ended)
{
	locale_t old = e->utf8 ? uselocale(e->utf8) : (locale_t)0;
	const char *line;
	int n = 0;

	e->interrupted = false;
	e->api.el_set(e->el, EL_PREP_TERM, 1); /* before the prompt: it does so after it, and keys between are the terminal's */
	line = e->api.el_gets(e->el, &n);
	if (old)
		uselocale(old);
	*ret_ended = !e->interrupted;
	return e->interrupted || n <= 0 ? NULL : line;
}

void kd_libedit_remember(struct kd_libedit *e, const char *line)
{
	struct hist_event ev;

	e->api.history(e->history, &ev, H_ENTER, line);
}
