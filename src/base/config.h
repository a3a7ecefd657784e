/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config.h: settings in the syntax of git's configuration files, in layers.
 *
 *	kd_auto(kd_config_freep) struct kd_config *c = kd_config_new();
 *	err = kd_config_load(c, ".");        // user file, .kdoc/config, KDOC_* variables
 *	struct kd_view editor;
 *	if (kd_config_get(c, "core.editor", &editor)) …
 *	err = kd_config_bool(c, "output.color", true, &color);
 *
 *	[output]
 *		color = false         ; a comment
 *	[tree "stable"]           # kd_config_get(c, "tree.stable.path", …)
 *		path = "/src/linux"
 *
 * Section and key names are compared without regard to case, subsections with
 * it. Later layers win; within a layer the last value does. The .kdoc/config of
 * a working folder is not trusted (case folders come from elsewhere): of it,
 * only keys of an allow-list count, which must not hold any that names a
 * command, an endpoint or a path; the others are kept aside for kd_config_refused().
 * No secret belongs in a configuration.
 */
#ifndef KD_BASE_CONFIG_H
#define KD_BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/view.h"

struct kd_config;

/* Who said it; a higher layer wins. */
enum kd_config_layer { KD_CONFIG_USER, KD_CONFIG_FOLDER, KD_CONFIG_ENV, KD_CONFIG_ARG };

/* One setting; borrowed from the configuration. */
struct kd_config_item {
	const char *key; /* "section.key" or "section.Sub.key" */
	struct kd_view value; /* absent for "[s] key" without "=": true as a bool */
	enum kd_config_layer layer;
	const char *origin; /* file name, or the variable's name */
	unsigned line; /* 0 when it has none */
};

struct kd_config *kd_config_new(void);
void kd_config_free(struct kd_config *c); /* NULL is fine */
void kd_config_freep(struct kd_config **c);

/*
 * Read one text as one layer. KD_BADDATA with name, line and offset of the
 * first error, and then nothing of the text counts; KD_LIMIT at 10000 settings
 * or 1 MiB.
 */
KD_MUST_CHECK struct kd_error *kd_config_add_text(struct kd_config *c, enum kd_config_layer layer,
						  const char *name, struct kd_view text);

/* The same with a file. A file that is not there is no error. */
KD_MUST_CHECK struct kd_error *kd_config_add_file(struct kd_config *c, enum kd_config_layer layer,
						  const char *path);

/*
 * KDOC_OUTPUT_COLOR=x sets output.color, KDOC_CORE_PAGE_CACHE core.page-cache:
 * the first part is the section, later underscores become '-'. Subsections
 * cannot be set this way. envp as environ(7).
 */
KD_MUST_CHECK struct kd_error *kd_config_add_env(struct kd_config *c, const char *const *envp);

/* One setting from an option such as --config key=value. */
KD_MUST_CHECK struct kd_error *kd_config_set(struct kd_config *c, const char *key,
					     struct kd_view value);

/* The three usual layers; folder: where .kdoc/config is looked for, NULL for none. */
KD_MUST_CHECK struct kd_error *kd_config_load(struct kd_config *c, const char *folder);

/*
 * May the untrusted layer set this key? One table in config.c decides; it holds
 * patterns such as "output.*". Also used by the documentation.
 */
bool kd_config_folder_may_set(const char *key);
const char *const *kd_config_folder_allowed(void); /* the patterns, NULL at the end */

/* The value that counts; false when nobody set it. */
bool kd_config_get(const struct kd_config *c, const char *key, struct kd_view *ret);
const struct kd_config_item *kd_config_find(const struct kd_config *c, const char *key);

/*
 * A setting that may come several times: its values in order, empty ones not, at most max; when the environment or an option
 * sets it, theirs alone. How many; views are borrowed.
 */
size_t kd_config_values(const struct kd_config *c, const char *key, struct kd_view *ret, size_t max);

/* Typed; fallback when not set. KD_INVALID names key, value and origin. */
KD_MUST_CHECK struct kd_error *kd_config_bool(const struct kd_config *c, const char *key,
					      bool fallback, bool *ret);
/* Decimal, with k, m, g (powers of 1024) as git has it. */
KD_MUST_CHECK struct kd_error *kd_config_int(const struct kd_config *c, const char *key,
					     int64_t fallback, int64_t *ret);

/* All settings in order of reading; NULL past the end. A key may come several times. */
const struct kd_config_item *kd_config_at(const struct kd_config *c, size_t i);
/* What the untrusted layer tried to set in vain; NULL past the end. */
const struct kd_config_item *kd_config_refused(const struct kd_config *c, size_t i);

#endif
