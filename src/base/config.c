// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "base/config.h"

#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/ctx.h"
#include "base/fs.h"
#include "base/vec.h"

enum { MAX_ITEMS = 10000, MAX_VALUE = 64 << 10, ARENA_MAX = 64 << 20 };

/*
 * What the .kdoc/config of a working folder may set. It may come with a case
 * that a stranger packed: nothing here may ever name a command, an endpoint, a
 * path or a secret, or lower a protection. "x.*" means every key of section x
 * without subsection.
 */
static const char *const folder_allowed[] = {
	"output.*", /* colour, width, format */
	"report.*", /* how many frames and lines are shown */
	"group.*", /* thresholds of grouping */
	NULL,
};

struct items {
	struct kd_config_item *v;
	size_t n, cap;
};

struct kd_config {
	struct kd_arena arena;
	struct items set, refused;
};

struct kd_config *kd_config_new(void)
{
	struct kd_config *c = kd_xcalloc(1, sizeof(*c));

	c->arena = KD_ARENA_INIT(ARENA_MAX);
	return c;
}

void kd_config_free(struct kd_config *c)
{
	if (!c)
		return;
	kd_vec_free(&c->set);
	kd_vec_free(&c->refused);
	kd_arena_deinit(&c->arena);
	kd_free(c);
}

void kd_config_freep(struct kd_config **c)
{
	kd_config_free(*c);
	*c = NULL;
}

const char *const *kd_config_folder_allowed(void)
{
	return folder_allowed;
}

/* Section and key regardless of case, the subsection between them exactly. */
static bool same_key(struct kd_view a, struct kd_view b)
{
	size_t s = kd_view_chr(a, '.'), k = kd_view_rchr(a, '.');

	if (a.n != b.n || s == KD_NPOS)
		return false;
	return kd_view_ieq(kd_view_head(a, s + 1), kd_view_head(b, s + 1)) &&
	       kd_view_eq(kd_view(a.p + s, k - s), kd_view(b.p + s, k - s)) &&
	       kd_view_ieq(kd_view_from(a, k), kd_view_from(b, k));
}

bool kd_config_folder_may_set(const char *key)
{
	struct kd_view k = kd_view_of(key);
	size_t dot = kd_view_chr(k, '.');

	if (dot == KD_NPOS || kd_view_rchr(k, '.') != dot)
		return false;
	for (const char *const *p = folder_allowed; *p; p++) {
		struct kd_view pat = kd_view_of(*p);

		if (kd_view_ends(pat, KD_V(".*")) &&
		    kd_view_ieq(kd_view_head(pat, pat.n - 1), kd_view_head(k, dot + 1)))
			return true;
		if (kd_view_ieq(pat, k))
			return true;
	}
	return false;
}

/* ---- the parser ---- */

struct parser {
	struct kd_config *c;
	enum kd_config_layer layer;
	const char *name;
	struct kd_view text, rest;
	unsigned line;
	struct kd_buf section; /* "section." or "section.Sub." */
	struct kd_buf value;
	bool has_section;
};

static struct kd_error *bad(const struct parser *p, const char *what)
{
	size_t at = p->text.n - p->rest.n;

	return kd_error_at(KD_BADDATA, (int64_t)at, "%s: line %u (offset %zu): %s", p->name,
			   p->line, at, what);
}

static struct kd_error *add(struct kd_config *c, const struct kd_config_item *item)
{
	bool refuse = item->layer == KD_CONFIG_FOLDER && !kd_config_folder_may_set(item->key);
	struct items *to = refuse ? &c->refused : &c->set;
	struct kd_config_item *it = kd_vec_push(to, MAX_ITEMS);

	if (!it)
		return kd_error_new(KD_LIMIT, "%s: more than %d settings", item->origin, MAX_ITEMS);
	*it = *item;
	return NULL;
}

static struct kd_error *no_room(const char *name)
{
	return kd_error_new(KD_LIMIT, "%s: the configuration is too large", name);
}

/* The next character, CR LF as LF; -1 at the end. */
static int peek(const struct parser *p)
{
	struct kd_view r = p->rest;

	if (!r.n)
		return -1;
	if (r.p[0] == '\r' && r.n > 1 && r.p[1] == '\n')
		return '\n';
	return (unsigned char)r.p[0];
}

static int next(struct parser *p)
{
	int c = peek(p);

	if (c < 0)
		return c;
	p->rest = kd_view_from(p->rest, c == '\n' && p->rest.p[0] == '\r' ? 2 : 1);
	if (c == '\n')
		p->line++;
	return c;
}

static void skip_comment(struct parser *p)
{
	while (peek(p) >= 0 && peek(p) != '\n')
		next(p);
}

static void skip_blank(struct parser *p)
{
	while (peek(p) == ' ' || peek(p) == '\t')
		next(p);
}

static bool is_key_char(int c)
{
	return c > 0 && (kd_is_alnum((char)c) || c == '-');
}

/* Behind [section: the quoted subsection, in which \" and \\ are escapes. */
static struct kd_error *subsection(struct parser *p)
{
	int c;

	skip_blank(p);
	if (next(p) != '"')
		return bad(p, "a subsection needs quotes: [section \"subsection\"]");
	while ((c = next(p)) != '"') {
		if (c == '\\')
			c = next(p);
		if (c < 0 || c == '\n' || c == 0)
			return bad(p, "the subsection's closing quote is missing");
		if (!kd_buf_addc(&p->section, (char)c))
			return bad(p, "the section's name is too long");
	}
	kd_buf_addc(&p->section, '.');
	return NULL;
}

static struct kd_error *section(struct parser *p)
{
	struct kd_error *err = NULL;

	kd_buf_clear(&p->section);
	while (is_key_char(peek(p)))
		kd_buf_addc(&p->section, (char)next(p));
	if (!p->section.n)
		return bad(p, "a section's name consists of letters, digits and '-'");
	kd_buf_addc(&p->section, '.');
	if (peek(p) != ']')
		err = subsection(p);
	if (err)
		return err;
	if (next(p) != ']')
		return bad(p, "the ']' behind the section's name is missing");
	if (p->section.overflow)
		return bad(p, "the section's name is too long");
	p->has_section = true;
	return NULL;
}

/* git-config(1), Syntax: \" \\ \n \t \b, and a backslash at the end of a line. */
static struct kd_error *escape(struct parser *p)
{
	int c = next(p);

	switch (c) {
	case '\n':
		return NULL;
	case '"':
	case '\\':
		break;
	case 'n':
		c = '\n';
		break;
	case 't':
		c = '\t';
		break;
	case 'b':
		c = '\b';
		break;
	default:
		return bad(p, "only \\\" \\\\ \\n \\t and \\b may follow a backslash");
	}
	kd_buf_addc(&p->value, (char)c);
	return NULL;
}

static bool value_ends(const struct parser *p, bool quoted)
{
	int c = peek(p);

	return c < 0 || c == '\n' || (!quoted && (c == '#' || c == ';'));
}

/* Up to the end of the line; blanks outside quotes at both ends do not count. */
static struct kd_error *value(struct parser *p)
{
	bool quoted = false;
	size_t keep = 0;

	kd_buf_clear(&p->value);
	skip_blank(p);
	while (!value_ends(p, quoted)) {
		int c = next(p);
		struct kd_error *err = NULL;

		if (c == '\\')
			err = escape(p);
		else if (c == '"')
			quoted = !quoted;
		else if (c == 0)
			err = bad(p, "a NUL byte in a value");
		else
			kd_buf_addc(&p->value, (char)c);
		if (err)
			return err;
		if (quoted || (c != ' ' && c != '\t'))
			keep = p->value.n;
	}
	skip_comment(p);
	if (quoted)
		return bad(p, "the closing quote of a value is missing");
	if (p->value.overflow)
		return bad(p, "the value is too long");
	p->value.n = keep;
	return NULL;
}

static struct kd_error *setting(struct parser *p)
{
	struct kd_config_item it = {.layer = p->layer, .origin = p->name, .line = p->line};
	struct kd_view name = {p->rest.p, 0};
	struct kd_view key;
	struct kd_error *err;

	for (; is_key_char(peek(p)); name.n++)
		next(p);
	if (!name.n || !kd_is_alpha(name.p[0]))
		return bad(p, "expected a section, a key or a comment");
	if (!p->has_section)
		return bad(p, "a key needs a section before it");
	key = kd_arena_printf(&p->c->arena, "%.*s%.*s", KD_VARG(kd_buf_view(&p->section)),
			      KD_VARG(name));
	if (!key.p)
		return no_room(p->name);
	it.key = key.p;
	skip_blank(p);
	if (peek(p) == '=') {
		next(p);
		err = value(p);
		if (err)
			return err;
		it.value = kd_arena_view(&p->c->arena, kd_buf_view(&p->value));
		if (!it.value.p)
			return no_room(p->name);
	} else if (peek(p) >= 0 && !strchr("\n#;", peek(p))) {
		return bad(p, "expected '=' behind the key");
	}
	return add(p->c, &it);
}

static struct kd_error *parse(struct parser *p)
{
	struct kd_error *err = NULL;

	kd_view_skip(&p->rest, KD_V("\xef\xbb\xbf")); /* byte order mark, as git does */
	while (!err && p->rest.n) {
		int c = peek(p);

		if (c == '\n' || c == ' ' || c == '\t') {
			next(p);
		} else if (c == '#' || c == ';') {
			skip_comment(p);
		} else if (c == '[') {
			next(p);
			err = section(p);
		} else {
			err = setting(p);
		}
	}
	return err;
}

struct kd_error *kd_config_add_text(struct kd_config *c, enum kd_config_layer layer,
				    const char *name, struct kd_view text)
{
	size_t had = c->set.n, had_refused = c->refused.n;
	struct kd_view origin = kd_arena_view(&c->arena, kd_view_of(name));
	struct parser p = {
		.c = c,
		.layer = layer,
		.name = origin.p,
		.text = text,
		.rest = text,
		.line = 1,
		.section = KD_BUF_INIT(1024),
		.value = KD_BUF_INIT(MAX_VALUE),
	};
	struct kd_limits l;
	struct kd_error *err;

	kd_limits_default(&l);
	if (text.n > l.config_bytes || !origin.p)
		return no_room(name);
	err = parse(&p);
	kd_buf_deinit(&p.section);
	kd_buf_deinit(&p.value);
	if (err) {
		c->set.n = had;
		c->refused.n = had_refused;
	}
	return err;
}

struct kd_error *kd_config_add_file(struct kd_config *c, enum kd_config_layer layer,
				    const char *path)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = {0};
	struct kd_limits l;
	struct kd_error *err;

	kd_limits_default(&l);
	b = KD_BUF_INIT(l.config_bytes + 65536);
	err = kd_fs_read_small(path, l.config_bytes, &b);
	if (kd_error_catch(&err, KD_NOTFOUND))
		return NULL;
	return err ? err : kd_config_add_text(c, layer, path, kd_buf_view(&b));
}

/* ---- variables and options ---- */

static struct kd_error *add_copy(struct kd_config *c, struct kd_config_item *it, struct kd_view key,
				 struct kd_view val)
{
	struct kd_view k = kd_arena_view(&c->arena, key), v = kd_arena_view(&c->arena, val);
	struct kd_view o = kd_arena_view(&c->arena, kd_view_of(it->origin));

	if (!k.p || !v.p || !o.p)
		return no_room("settings");
	it->key = k.p;
	it->value = v;
	it->origin = o.p;
	return add(c, it);
}

/* OUTPUT_COLOR → output.color; false when there is no section or an odd character. */
static bool env_key(struct kd_view name, struct kd_buf *key)
{
	bool dot = false;

	for (size_t i = 0; i < name.n; i++) {
		char ch = name.p[i];

		if (ch == '_') {
			kd_buf_addc(key, dot ? '-' : '.');
			dot = true;
		} else if (kd_is_alnum(ch)) {
			kd_buf_addc(key, kd_is_alpha(ch) ? (char)(ch | 0x20) : ch);
		} else {
			return false;
		}
	}
	return dot && !key->overflow && key->p[0] != '.' && key->p[key->n - 1] != '.' &&
	       key->p[key->n - 1] != '-';
}

struct kd_error *kd_config_add_env(struct kd_config *c, const char *const *envp)
{
	for (; *envp; envp++) {
		kd_auto(kd_buf_deinit) struct kd_buf key = KD_BUF_INIT(256);
		struct kd_view v = kd_view_of(*envp), name;
		kd_auto(kd_freep) char *origin = NULL;
		struct kd_config_item it = {.layer = KD_CONFIG_ENV};
		struct kd_error *err;

		if (!kd_view_take_until(&v, KD_V("="), &name) || v.n > MAX_VALUE)
			continue;
		origin = kd_xstrndup(name.p, name.n);
		if (!kd_view_skip(&name, KD_V("KDOC_")) || !env_key(name, &key))
			continue;
		it.origin = origin;
		err = add_copy(c, &it, kd_buf_view(&key), v);
		if (err)
			return err;
	}
	return NULL;
}

struct kd_error *kd_config_set(struct kd_config *c, const char *key, struct kd_view val)
{
	struct kd_config_item it = {.layer = KD_CONFIG_ARG, .origin = "the command line"};
	struct kd_view k = kd_view_of(key);
	size_t first = kd_view_chr(k, '.');

	if (first == KD_NPOS || !first || kd_view_rchr(k, '.') == k.n - 1)
		return kd_error_new(KD_INVALID, "'%s' is no setting: section.key is expected", key);
	return add_copy(c, &it, k, val);
}

struct kd_error *kd_config_load(struct kd_config *c, const char *folder)
{
	kd_auto(kd_freep) char *user = NULL;
	kd_auto(kd_buf_deinit) struct kd_buf path = KD_BUF_INIT(4096);
	struct kd_error *err = kd_fs_xdg_path(KD_XDG_CONFIG, "config", &user);

	if (err && !kd_error_catch(&err, KD_NOTFOUND))
		return err;
	err = user ? kd_config_add_file(c, KD_CONFIG_USER, user) : NULL;
	if (!err && folder) {
		if (!kd_buf_printf(&path, "%s/.kdoc/config", folder))
			return kd_error_new(KD_LIMIT, "the path of the folder is too long");
		err = kd_config_add_file(c, KD_CONFIG_FOLDER, path.p);
	}
	return err ? err : kd_config_add_env(c, (const char *const *)environ);
}

/* ---- lookup ---- */

const struct kd_config_item *kd_config_find(const struct kd_config *c, const char *key)
{
	const struct kd_config_item *best = NULL;

	for (size_t i = 0; i < c->set.n; i++) {
		const struct kd_config_item *it = &c->set.v[i];

		if ((!best || it->layer >= best->layer) &&
		    same_key(kd_view_of(it->key), kd_view_of(key)))
			best = it;
	}
	return best;
}

bool kd_config_get(const struct kd_config *c, const char *key, struct kd_view *ret)
{
	const struct kd_config_item *it = kd_config_find(c, key);

	if (!it)
		return false;
	*ret = it->value;
	return true;
}

static struct kd_error *wrong(const struct kd_config_item *it, const char *want)
{
	int64_t line = it->line;

	if (line)
		return kd_error_new(KD_INVALID, "%s: line %lld: %s is '%.*s', which is no %s",
				    it->origin, (long long)line, it->key,
				    KD_VARG(kd_view_head(it->value, 100)), want);
	return kd_error_new(KD_INVALID, "%s: %s is '%.*s', which is no %s", it->origin, it->key,
			    KD_VARG(kd_view_head(it->value, 100)), want);
}

struct kd_error *kd_config_bool(const struct kd_config *c, const char *key, bool fallback,
				bool *ret)
{
	static const char *const yes[] = {"true", "yes", "on", "1"};
	static const char *const no[] = {"false", "no", "off", "0", ""};
	const struct kd_config_item *it = kd_config_find(c, key);

	if (!it || !it->value.p) {
		*ret = it ? true : fallback;
		return NULL;
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(yes); i++)
		if (kd_view_ieq(it->value, kd_view_of(yes[i]))) {
			*ret = true;
			return NULL;
		}
	for (size_t i = 0; i < KD_ARRAY_LEN(no); i++)
		if (kd_view_ieq(it->value, kd_view_of(no[i]))) {
			*ret = false;
			return NULL;
		}
	return wrong(it, "truth value (true or false)");
}

static bool scaled(struct kd_view v, int64_t *ret)
{
	static const struct {
		char suffix[2];
		int64_t factor;
	} units[] = {{"k", 1 << 10}, {"m", 1 << 20}, {"g", 1 << 30}, {"", 1}};
	int64_t x;

	if (!kd_view_take_int(&v, &x))
		return false;
	for (size_t i = 0; i < KD_ARRAY_LEN(units); i++)
		if (kd_view_ieq(v, kd_view_of(units[i].suffix)))
			return !__builtin_mul_overflow(x, units[i].factor, ret);
	return false;
}

struct kd_error *kd_config_int(const struct kd_config *c, const char *key, int64_t fallback,
			       int64_t *ret)
{
	const struct kd_config_item *it = kd_config_find(c, key);
	int64_t x = fallback;

	if (it && !scaled(it->value, &x))
		return wrong(it, "number");
	*ret = x;
	return NULL;
}

const struct kd_config_item *kd_config_at(const struct kd_config *c, size_t i)
{
	return i < c->set.n ? &c->set.v[i] : NULL;
}

const struct kd_config_item *kd_config_refused(const struct kd_config *c, size_t i)
{
	return i < c->refused.n ? &c->refused.v[i] : NULL;
}

size_t kd_config_values(const struct kd_config *c, const char *key, struct kd_view *ret, size_t max)
{
	const struct kd_config_item *it;
	bool above = false;
	size_t n = 0;

	for (size_t i = 0; (it = kd_config_at(c, i)); i++)
		above |= it->layer >= KD_CONFIG_ENV && it->value.n && kd_view_ieq(kd_view_of(it->key), kd_view_of(key));
	for (size_t i = 0; (it = kd_config_at(c, i)) && n < max; i++)
		if (it->value.n && kd_view_ieq(kd_view_of(it->key), kd_view_of(key)) &&
		    (!above || it->layer >= KD_CONFIG_ENV))
			ret[n++] = it->value;
	return n;
}
