// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/opts.h"

#include <string.h>

#include "base/view.h"
#include "verb/nearest.h"

struct parse {
	const struct kd_opt_set *sets;
	size_t nsets;
	const char **argv;
	size_t argc, at; /* at: of the next argument */
};

static const struct kd_opt *by_name(const struct parse *p, struct kd_view name, void **target)
{
	for (size_t s = 0; s < p->nsets; s++) {
		for (size_t i = 0; i < p->sets[s].n; i++) {
			const struct kd_opt *o = &p->sets[s].opts[i];

			if (kd_view_eq(kd_view_of(o->name), name)) {
				*target = (char *)p->sets[s].target + o->offset;
				return o;
			}
		}
	}
	return NULL;
}

static const struct kd_opt *by_letter(const struct parse *p, char c, void **target)
{
	for (size_t s = 0; s < p->nsets; s++) {
		for (size_t i = 0; i < p->sets[s].n; i++) {
			const struct kd_opt *o = &p->sets[s].opts[i];

			if (o->letter == c) {
				*target = (char *)p->sets[s].target + o->offset;
				return o;
			}
		}
	}
	return NULL;
}

static struct kd_error *unknown(const struct parse *p, struct kd_view name)
{
	char word[32] = "";
	struct kd_nearest near;

	if (name.n && name.n < sizeof(word))
		memcpy(word, name.p, name.n);
	kd_nearest_init(&near, word);
	for (size_t s = 0; s < p->nsets; s++)
		for (size_t i = 0; i < p->sets[s].n; i++)
			if (!p->sets[s].opts[i].hidden)
				kd_nearest_try(&near, p->sets[s].opts[i].name);
	if (word[0] && near.best)
		return kd_error_new(KD_INVALID, "unknown option --%.*s; did you mean --%s?",
				    KD_VARG(name), near.best);
	return kd_error_new(KD_INVALID, "unknown option --%.*s", KD_VARG(name));
}

static struct kd_error *set_choice(const struct kd_opt *o, const char *value, int *target)
{
	char list[256] = "";
	size_t n = 0;

	for (int i = 0; o->choices[i]; i++) {
		size_t len = strlen(o->choices[i]);

		if (!strcmp(o->choices[i], value)) {
			*target = i;
			return NULL;
		}
		if (n + len + 3 < sizeof(list)) {
			memcpy(list + n, i ? ", " : "", i ? 2 : 0);
			n += i ? 2 : 0;
			memcpy(list + n, o->choices[i], len + 1);
			n += len;
		}
	}
	return kd_error_new(KD_INVALID, "--%s=%s: choose one of %s", o->name, value, list);
}

static struct kd_error *add_to_list(const struct kd_opt *o, const char *value,
				    struct kd_opt_list *target)
{
	if (target->n == KD_OPT_LIST_MAX)
		return kd_error_new(KD_INVALID, "--%s: at most %d times", o->name, KD_OPT_LIST_MAX);
	target->v[target->n++] = value;
	return NULL;
}

static struct kd_error *set_value(const struct kd_opt *o, const char *value, void *target)
{
	uint64_t n;

	switch (o->type) {
	case KD_OPT_STR:
		*(const char **)target = value;
		return NULL;
	case KD_OPT_NUM:
		if (!kd_view_dec(kd_view_of(value), &n))
			return kd_error_new(KD_INVALID, "--%s=%s: give a number", o->name, value);
		*(uint64_t *)target = n;
		return NULL;
	case KD_OPT_ENUM:
		return set_choice(o, value, target);
	case KD_OPT_LIST:
		return add_to_list(o, value, target);
	default:
		*(bool *)target = true;
		return NULL;
	}
}

static struct kd_error *take_value(struct parse *p, const struct kd_opt *o, const char *attached,
				   void *target)
{
	if (o->type == KD_OPT_FLAG) {
		if (attached)
			return kd_error_new(KD_INVALID, "--%s takes no value", o->name);
		return set_value(o, NULL, target);
	}
	if (!attached) {
		if (p->at >= p->argc)
			return kd_error_new(KD_INVALID, "--%s needs a value: --%s=%s", o->name,
					    o->name, o->arg);
		attached = p->argv[p->at++];
	}
	return set_value(o, attached, target);
}

static struct kd_error *long_option(struct parse *p, const char *s)
{
	struct kd_view name = kd_view_of(s);
	const char *value = NULL;
	size_t eq = kd_view_chr(name, '=');
	const struct kd_opt *o;
	void *target;

	if (eq != KD_NPOS) {
		value = s + eq + 1;
		name = kd_view_head(name, eq);
	}
	o = by_name(p, name, &target);
	return o ? take_value(p, o, value, target) : unknown(p, name);
}

static struct kd_error *short_options(struct parse *p, const char *s)
{
	struct kd_error *err = NULL;

	while (*s && !err) {
		void *target;
		const struct kd_opt *o = by_letter(p, *s, &target);

		if (!o)
			return kd_error_new(KD_INVALID, "unknown option -%c", *s);
		s++;
		if (o->type != KD_OPT_FLAG)
			return take_value(p, o, *s ? s : NULL, target);
		err = take_value(p, o, NULL, target);
	}
	return err;
}

struct kd_error *kd_opts_parse(const struct kd_opt_set *sets, size_t nsets, const char **argv,
			       size_t argc, size_t *nargs_ret)
{
	struct parse p = {.sets = sets, .nsets = nsets, .argv = argv, .argc = argc};
	size_t nargs = 0;
	bool only_args = false;

	while (p.at < argc) {
		const char *s = argv[p.at++];
		struct kd_error *err = NULL;

		if (only_args || s[0] != '-' || !s[1])
			argv[nargs++] = s;
		else if (s[1] != '-')
			err = short_options(&p, s + 1);
		else if (s[2])
			err = long_option(&p, s + 2);
		else
			only_args = true;
		if (err)
			return err;
	}
	*nargs_ret = nargs;
	return NULL;
}
