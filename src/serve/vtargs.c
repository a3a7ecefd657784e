// SPDX-License-Identifier: GPL-2.0-or-later
/* Arguments of a caller → a command line of kdoc. What is wrong with them is said so that the next try can be right. */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/utf8.h"
#include "serve/verbtool.h"
#include "verb/nearest.h"

#define ARENA_MAX ((size_t)4 << 20)

const char *const kd_vt_details[] = {"brief", "normal", "full", "json", NULL};

struct parse {
	const char *tool;
	const struct kd_vt *vt;
	const struct kd_mcp_conf *conf;
	struct kd_jval args;
	struct kd_vt_line *l;
};

void kd_vt_line_deinit(struct kd_vt_line *l)
{
	kd_arena_deinit(&l->arena);
}

/* Is `name` one of the words of `list`? */
static bool in_words(const char *list, const char *name)
{
	struct kd_view rest = kd_view_of(list), word;

	while (kd_view_take_word(&rest, &word)) {
		if (kd_view_eq(word, kd_view_of(name)))
			return true;
		kd_view_skip_blank(&rest);
	}
	return false;
}

static bool takes(const struct kd_vt_choice *c, const char *name)
{
	return !c->takes || in_words(c->takes, name) || (c->needs && in_words(c->needs, name));
}

/* null and [] say nothing. */
static struct kd_jval given(const struct parse *p, const char *name)
{
	struct kd_jval v = kd_jsonin_get(p->args, name);

	if (kd_jsonin_type(v) == KD_JNULL || (kd_jsonin_type(v) == KD_JARRAY && !kd_jsonin_len(v)))
		return (struct kd_jval){NULL};
	return v;
}

static bool is_given(const struct parse *p, const char *name)
{
	return kd_jsonin_type(given(p, name)) != KD_JABSENT;
}

static bool has_effects(const struct kd_vt *vt)
{
	for (size_t i = 0; i < vt->nchoices; i++)
		if (vt->choices[i].effect)
			return true;
	return false;
}

/* ---- names ---- */

/* Names of all parameters, to be tried or listed; NULL at the end of them. */
static const char *param_name(const struct kd_vt *vt, size_t i)
{
	if (vt->chooser && i-- == 0)
		return vt->chooser;
	if (i < vt->nparams)
		return vt->params[i].name;
	i -= vt->nparams;
	if (i < 2)
		return i ? "at" : "detail";
	return i == 2 && has_effects(vt) && !(vt->flags & KD_VT_FREE) ? "confirm" : NULL;
}

static void list_params(const struct kd_vt *vt, struct kd_buf *b)
{
	const char *s;

	for (size_t i = 0; (s = param_name(vt, i)); i++)
		kd_buf_printf(b, "%s%s", i ? ", " : "", s);
}

static struct kd_error *unknown(const struct parse *p, struct kd_view key)
{
	kd_auto(kd_buf_deinit) struct kd_buf list = KD_BUF_INIT(4096), name = KD_BUF_INIT(256);
	struct kd_nearest near;
	const char *s;

	kd_utf8_printable(kd_view_head(key, 60), &name);
	kd_buf_addc(&name, '\0');
	kd_nearest_init(&near, name.p);
	for (size_t i = 0; (s = param_name(p->vt, i)); i++)
		kd_nearest_try(&near, s);
	list_params(p->vt, &list);
	if (near.best)
		return kd_error_new(KD_INVALID, "%s has no parameter %s; did you mean %s? It has: %s", p->tool, name.p, near.best, list.p);
	return kd_error_new(KD_INVALID, "%s has no parameter %s; it has: %s", p->tool, name.p, list.p);
}

static struct kd_error *check_names(const struct parse *p)
{
	struct kd_view key;
	struct kd_jval v;

	for (void *it = NULL; kd_jsonin_next(p->args, &it, &key, &v);) {
		bool found = false;
		const char *s;

		for (size_t i = 0; (s = param_name(p->vt, i)) && !found; i++)
			found = kd_view_eq(key, kd_view_of(s));
		if (!found)
			return unknown(p, key);
	}
	return NULL;
}

/* ---- values ---- */

static struct kd_error *wrong_type(const struct parse *p, const char *name, const char *what)
{
	return kd_error_new(KD_INVALID, "%s: parameter %s is %s", p->tool, name, what);
}

static struct kd_error *one_of(const struct parse *p, const char *name, const char *const *choices, struct kd_view given_value)
{
	kd_auto(kd_buf_deinit) struct kd_buf list = KD_BUF_INIT(4096), value = KD_BUF_INIT(256);
	struct kd_nearest near;

	kd_utf8_printable(kd_view_head(given_value, 60), &value);
	kd_buf_addc(&value, '\0');
	kd_nearest_init(&near, value.p);
	for (size_t i = 0; choices[i]; i++) {
		kd_nearest_try(&near, choices[i]);
		kd_buf_printf(&list, "%s%s", i ? ", " : "", choices[i]);
	}
	if (near.best)
		return kd_error_new(KD_INVALID, "%s: %s cannot be %s; did you mean %s? It is one of %s", p->tool, name, value.p, near.best, list.p);
	return kd_error_new(KD_INVALID, "%s: %s cannot be %s; it is one of %s", p->tool, name, value.p, list.p);
}

static struct kd_error *take_choice(const struct parse *p, const char *name, const char *const *choices, struct kd_jval v, size_t *ret)
{
	struct kd_view s;

	if (!kd_jsonin_str(v, &s))
		return wrong_type(p, name, "a string");
	for (size_t i = 0; choices[i]; i++)
		if (kd_view_eq(s, kd_view_of(choices[i]))) {
			*ret = i;
			return NULL;
		}
	return one_of(p, name, choices, s);
}

static struct kd_error *full(const struct parse *p)
{
	return kd_error_new(KD_LIMIT, "%s: these are too many arguments", p->tool);
}

static struct kd_error *push(struct parse *p, const char *arg)
{
	if (!arg || p->l->argc == KD_VT_ARGV_MAX)
		return full(p);
	p->l->argv[p->l->argc++] = arg;
	p->l->argv[p->l->argc] = NULL;
	return NULL;
}

static struct kd_error *push_words(struct parse *p, const char *words)
{
	struct kd_view rest = kd_view_of(words), word;
	struct kd_error *err = NULL;

	while (!err && kd_view_take_word(&rest, &word)) {
		err = push(p, kd_arena_view(&p->l->arena, word).p);
		kd_view_skip_blank(&rest);
	}
	return err;
}

/* As an option or, without one, as it is. */
static struct kd_error *push_value(struct parse *p, const struct kd_vt_param *d, const char *value)
{
	if (value && d->option)
		value = kd_arena_printf(&p->l->arena, "--%s=%s", d->option, value).p;
	return push(p, value);
}

static bool one_line(struct kd_view s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' && s.p[i] != '\t' && s.p[i] != '\n')
			return false;
	return true;
}

static bool begins_so(const char *list, struct kd_view s)
{
	struct kd_view rest = kd_view_of(list), word;

	while (kd_view_take_word(&rest, &word)) {
		if (kd_view_starts(s, word) && s.n > word.n)
			return true;
		kd_view_skip_blank(&rest);
	}
	return false;
}

/* Would the verb take it for a file, if there is one of that name where the server runs? */
static bool opens_files(const struct kd_vt_param *d)
{
	return !d->option && (d->begins || (d->flags & (KD_VT_INPUT | KD_VT_IDS)));
}

static struct kd_error *check_id(const struct parse *p, const struct kd_vt_param *d, const char *s)
{
	for (const char *c = s; *c; c++)
		if (*c == '/' || kd_is_space(*c))
			return kd_error_new(KD_INVALID, "%s: %s is an id or a name, without blanks and '/'", p->tool, d->name);
	if (s[0] == '.' || (opens_files(d) && kd_fs_exists(s)))
		return kd_error_new(KD_INVALID, "%s: %s is an id, not a file", p->tool, d->name);
	return NULL;
}

/* A string of the caller as an argument. */
static struct kd_error *string(struct parse *p, const struct kd_vt_param *d, struct kd_view s, const char **ret)
{
	struct kd_view copy;

	if (!s.n)
		return kd_error_new(KD_INVALID, "%s: %s is empty; leave it out or give a value", p->tool, d->name);
	if (s.n > KD_VT_STR_MAX)
		return kd_error_new(KD_INVALID, "%s: %s has %zu bytes, at most %d", p->tool, d->name, s.n, KD_VT_STR_MAX);
	if (!one_line(s))
		return kd_error_new(KD_INVALID, "%s: %s has control characters", p->tool, d->name);
	if (*s.p == '-' && (!(d->flags & KD_VT_DASH) || s.n == 1))
		return kd_error_new(KD_INVALID, "%s: %s cannot begin with '-'", p->tool, d->name);
	if (d->begins && !begins_so(d->begins, s))
		return kd_error_new(KD_INVALID, "%s: %s begins with one of %s", p->tool, d->name, d->begins);
	copy = d->flags & KD_VT_GROUP ? kd_arena_printf(&p->l->arena, "(%.*s)", KD_VARG(s)) : kd_arena_view(&p->l->arena, s);
	if (!copy.p)
		return full(p);
	*ret = copy.p;
	return d->type == KD_VT_ID || (d->flags & KD_VT_IDS) ? check_id(p, d, copy.p) : NULL;
}

/* Is there an input whose evidence is meant? */
static bool feeds(const struct parse *p)
{
	for (size_t i = 0; i < p->vt->nparams; i++)
		if ((p->vt->params[i].flags & KD_VT_FEED) && is_given(p, p->vt->params[i].name))
			return true;
	return false;
}

bool kd_vt_integer(struct kd_jval v, int64_t *ret)
{
	static const double exact = 9007199254740992.0; /* 2^53 */
	double d;

	if (kd_jsonin_i64(v, ret))
		return true;
	if (!kd_jsonin_double(v, &d) || !(d > -exact && d < exact) || d != (double)(int64_t)d)
		return false;
	*ret = (int64_t)d;
	return true;
}

static struct kd_error *put_string(struct parse *p, const struct kd_vt_param *d, struct kd_jval v)
{
	const char *value = NULL;
	struct kd_view s;
	struct kd_error *err;
	int64_t n;

	if (d->type == KD_VT_LIST && kd_vt_integer(v, &n) && n >= 0)
		return push_value(p, d, kd_arena_printf(&p->l->arena, "%" PRId64, n).p); /* a PID */
	if (!kd_jsonin_str(v, &s))
		return wrong_type(p, d->name, d->type == KD_VT_LIST || d->type == KD_VT_PATHS ? "a list of strings" : "a string");
	err = d->type == KD_VT_PATH || d->type == KD_VT_PATHS ? kd_vt_path(&p->l->arena, p->conf, d, s, &value) : string(p, d, s, &value);
	if (err)
		return err;
	if (d->flags & KD_VT_FEED) {
		p->l->feed = value;
		value = "-";
	} else if ((d->flags & KD_VT_CITES) && feeds(p)) {
		if (p->l->ncites == KD_VT_LIST_MAX)
			return full(p);
		p->l->cites[p->l->ncites++] = value;
		return NULL;
	}
	return push_value(p, d, value);
}

/* Several in one option: none of them may have the comma that divides them. */
static struct kd_error *put_commas(struct parse *p, const struct kd_vt_param *d, struct kd_jval v)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(KD_VT_STR_MAX * KD_VT_LIST_MAX);
	struct kd_error *err = NULL;

	for (size_t i = 0; i < kd_jsonin_len(v) && !err; i++) {
		const char *one = NULL;
		struct kd_view s;

		if (!kd_jsonin_str(kd_jsonin_at(v, i), &s))
			return wrong_type(p, d->name, "a list of strings");
		err = string(p, d, s, &one);
		if (!err)
			kd_buf_printf(&b, "%s%s", i ? "," : "", one);
	}
	return err ? err : push_value(p, d, kd_arena_view(&p->l->arena, kd_buf_view(&b)).p);
}

static struct kd_error *put_list(struct parse *p, const struct kd_vt_param *d, struct kd_jval v)
{
	struct kd_error *err = NULL;

	if (kd_jsonin_type(v) == KD_JSTR) /* one alone is often given as it is */
		return put_string(p, d, v);
	if (kd_jsonin_type(v) != KD_JARRAY)
		return wrong_type(p, d->name, "a list of strings");
	if (kd_jsonin_len(v) > KD_VT_LIST_MAX)
		return kd_error_new(KD_INVALID, "%s: %s has %zu elements, at most %d", p->tool, d->name, kd_jsonin_len(v), KD_VT_LIST_MAX);
	if (d->flags & KD_VT_COMMAS)
		return put_commas(p, d, v);
	for (size_t i = 0; i < kd_jsonin_len(v) && !err; i++)
		err = put_string(p, d, kd_jsonin_at(v, i));
	return err;
}

static struct kd_error *put_int(struct parse *p, const struct kd_vt_param *d, struct kd_jval v)
{
	const int64_t most = d->max ? d->max : INT64_MAX;
	int64_t n;

	if (!kd_vt_integer(v, &n))
		return wrong_type(p, d->name, "an integer");
	if (n < d->min || n > most)
		return kd_error_new(KD_INVALID, "%s: %s is %" PRId64 "; it goes from %" PRId64 " to %" PRId64, p->tool, d->name, n, d->min, most);
	return push_value(p, d, kd_arena_printf(&p->l->arena, "%" PRId64, n).p);
}

static struct kd_error *put_text(struct parse *p, const struct kd_vt_param *d, struct kd_jval v)
{
	struct kd_view s;

	if (!kd_jsonin_str(v, &s))
		return wrong_type(p, d->name, "a string");
	if (!kd_view_trim(s).n)
		return kd_error_new(KD_INVALID, "%s: %s is empty", p->tool, d->name);
	if (s.n > KD_VT_TEXT_MAX)
		return kd_error_new(KD_INVALID, "%s: %s has %zu bytes, at most %d: give a file", p->tool, d->name, s.n, KD_VT_TEXT_MAX);
	p->l->input = s;
	return push_value(p, d, "-");
}

static struct kd_error *put_bool(struct parse *p, const struct kd_vt_param *d, struct kd_jval v)
{
	bool b;

	if (!kd_jsonin_bool(v, &b))
		return wrong_type(p, d->name, "true or false");
	return b ? push(p, kd_arena_printf(&p->l->arena, "--%s", d->option).p) : NULL;
}

static struct kd_error *put_enum(struct parse *p, const struct kd_vt_param *d, struct kd_jval v)
{
	size_t i = 0;
	struct kd_error *err = take_choice(p, d->name, d->choices, v, &i);

	return err ? err : push_value(p, d, d->choices[i]);
}

static struct kd_error *put(struct parse *p, const struct kd_vt_param *d, struct kd_jval v)
{
	switch (d->type) {
	case KD_VT_STR:
	case KD_VT_ID:
	case KD_VT_PATH:
		return put_string(p, d, v);
	case KD_VT_PATHS:
	case KD_VT_LIST:
		return put_list(p, d, v);
	case KD_VT_TEXT:
		return put_text(p, d, v);
	case KD_VT_INT:
		return put_int(p, d, v);
	case KD_VT_BOOL:
		return put_bool(p, d, v);
	default:
		return put_enum(p, d, v);
	}
}

/* ---- which choice, and does it have what it needs? ---- */

static bool has_needs(const struct parse *p, const struct kd_vt_choice *c)
{
	for (size_t i = 0; i < p->vt->nparams; i++) {
		const char *name = p->vt->params[i].name;

		if (c->needs && in_words(c->needs, name) && !is_given(p, name))
			return false;
	}
	return true;
}

static struct kd_error *by_chooser(struct parse *p)
{
	const struct kd_vt *vt = p->vt;
	const char *values[64] = {NULL};
	struct kd_jval v = given(p, vt->chooser);
	size_t at = 0;
	struct kd_error *err;

	for (size_t i = 0; i < vt->nchoices && i + 1 < KD_ARRAY_LEN(values); i++)
		values[i] = vt->choices[i].value;
	if (kd_jsonin_type(v) == KD_JABSENT) {
		p->l->choice = &vt->choices[0];
		return NULL;
	}
	err = take_choice(p, vt->chooser, values, v, &at);
	if (!err)
		p->l->choice = &vt->choices[at];
	return err;
}

static struct kd_error *choose(struct parse *p)
{
	if (p->vt->chooser)
		return by_chooser(p);
	p->l->choice = &p->vt->choices[0];
	for (size_t i = 1; i < p->vt->nchoices; i++)
		if (has_needs(p, &p->vt->choices[i]))
			p->l->choice = &p->vt->choices[i];
	return NULL;
}

/* The part of a message that names the choice: " with action=merge". */
static const char *chosen(const struct parse *p)
{
	const struct kd_vt *vt = p->vt;

	if (!vt->chooser)
		return "";
	return kd_arena_printf(&p->l->arena, " with %s=%s", vt->chooser, p->l->choice->value).p ?: "";
}

static struct kd_error *check_inputs(const struct parse *p)
{
	kd_auto(kd_buf_deinit) struct kd_buf list = KD_BUF_INIT(1024);
	size_t n = 0, possible = 0;

	for (size_t i = 0; i < p->vt->nparams; i++) {
		const struct kd_vt_param *d = &p->vt->params[i];

		if (!(d->flags & KD_VT_INPUT) || !takes(p->l->choice, d->name))
			continue;
		kd_buf_printf(&list, "%s%s", possible++ ? ", " : "", d->name);
		n += is_given(p, d->name);
	}
	if (n == 1 || !possible)
		return NULL;
	return kd_error_new(KD_INVALID, "%s%s needs %s%s", p->tool, chosen(p), possible == 1 ? "" : n ? "only one of: " : "one of: ", list.p);
}

/* Not taken here; where another choice would take it, what that one needs is said. */
static struct kd_error *not_taken(const struct parse *p, const char *name)
{
	for (size_t i = p->vt->chooser ? p->vt->nchoices : 0; i < p->vt->nchoices; i++) {
		const struct kd_vt_choice *c = &p->vt->choices[i];

		if (c->needs && takes(c, name) && !in_words(c->needs, name))
			return kd_error_new(KD_INVALID, "%s: %s goes with %s alone", p->tool, name, c->needs);
	}
	return kd_error_new(KD_INVALID, "%s%s takes no %s", p->tool, chosen(p), name);
}

static struct kd_error *check_given(const struct parse *p)
{
	const struct kd_vt_choice *c = p->l->choice;
	const char *gap = NULL; /* a place in the command line that nothing is given for */

	for (size_t i = 0; i < p->vt->nparams; i++) {
		const struct kd_vt_param *d = &p->vt->params[i];
		const bool here = is_given(p, d->name);

		if (!takes(c, d->name)) {
			if (here)
				return not_taken(p, d->name);
			continue;
		}
		if (!here && ((d->flags & KD_VT_REQ) || (c->needs && in_words(c->needs, d->name))))
			return kd_error_new(KD_INVALID, "%s%s needs %s%s%s", p->tool, chosen(p), d->name, d->help ? ": " : "", d->help ? d->help : "");
		if (d->option || (d->flags & KD_VT_INPUT))
			continue;
		if (here && gap)
			return kd_error_new(KD_INVALID, "%s: %s needs %s, too", p->tool, d->name, gap);
		if (!here && d->type != KD_VT_LIST)
			gap = d->name;
	}
	return check_inputs(p);
}

/* ---- what all tools have ---- */

static struct kd_error *common(struct parse *p)
{
	struct kd_jval detail = given(p, "detail"), at = given(p, "at"), confirm = given(p, "confirm");
	size_t i = KD_VT_NORMAL;
	struct kd_error *err = NULL;

	if (kd_jsonin_type(detail) != KD_JABSENT)
		err = take_choice(p, "detail", kd_vt_details, detail, &i);
	if (err)
		return err;
	if (kd_jsonin_type(at) != KD_JABSENT && !kd_jsonin_str(at, &p->l->at))
		return wrong_type(p, "at", "a string: a JSON pointer such as /reports/3");
	if (p->l->at.n && *p->l->at.p != '/')
		return kd_error_new(KD_INVALID, "%s: at is a JSON pointer such as /reports/3", p->tool);
	if (p->l->at.p)
		i = KD_VT_JSON;
	p->l->detail = (enum kd_vt_detail)i;
	if (kd_jsonin_type(confirm) != KD_JABSENT && !kd_jsonin_bool(confirm, &p->l->confirm))
		return wrong_type(p, "confirm", "true or false");
	return NULL;
}

static struct kd_error *put_all(struct parse *p, bool options)
{
	struct kd_error *err = NULL;

	for (size_t i = 0; i < p->vt->nparams && !err; i++) {
		const struct kd_vt_param *d = &p->vt->params[i];

		if (!!d->option == options && is_given(p, d->name))
			err = put(p, d, given(p, d->name));
	}
	return err;
}

static struct kd_error *build(struct parse *p)
{
	const struct kd_vt_choice *c = p->l->choice;
	struct kd_error *err = push_words(p, c->verb);

	if (!err && c->fixed)
		err = push_words(p, c->fixed);
	if (!err)
		err = push(p, p->l->detail == KD_VT_JSON ? "--json" : "--color=never");
	if (!err)
		err = put_all(p, true);
	p->l->ends = p->l->argc;
	if (!err)
		err = push(p, "--");
	if (!err && c->action)
		err = push_words(p, c->action);
	return err ? err : put_all(p, false);
}

struct kd_error *kd_vt_parse(const char *name, const struct kd_vt *vt, const struct kd_mcp_conf *conf, struct kd_jval args,
			     struct kd_vt_line *ret)
{
	struct parse p = {.tool = name, .vt = vt, .conf = conf, .args = args, .l = ret};
	const enum kd_jtype type = kd_jsonin_type(args);
	struct kd_error *err;

	*ret = (struct kd_vt_line){.arena = KD_ARENA_INIT(ARENA_MAX), .choice = vt->choices};
	if (type != KD_JOBJECT && type != KD_JABSENT && type != KD_JNULL)
		return kd_error_new(KD_INVALID, "%s: arguments are an object", name);
	err = check_names(&p);
	if (!err)
		err = choose(&p);
	if (!err)
		err = check_given(&p);
	if (!err)
		err = common(&p);
	return err ? err : build(&p);
}
