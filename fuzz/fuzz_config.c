// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a configuration: settings with whole keys, or an error at a line of the text. */
#include "base/config.h"
#include "fuzz.h"

static void check_item(const struct kd_config *c, const struct kd_config_item *it)
{
	struct kd_view key = kd_view_of(it->key);
	struct kd_error *err;
	int64_t i;
	bool b;

	check(kd_view_chr(key, '.') != KD_NPOS && kd_view_chr(key, '\n') == KD_NPOS);
	check(it->line >= 1);
	check(kd_config_find(c, it->key) != NULL);
	err = kd_config_bool(c, it->key, false, &b);
	kd_error_free(err);
	err = kd_config_int(c, it->key, 0, &i);
	kd_error_free(err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kd_config *c = kd_config_new();
	const void *p = data;
	enum kd_config_layer layer = size % 2 ? KD_CONFIG_FOLDER : KD_CONFIG_USER;
	struct kd_error *err = kd_config_add_text(c, layer, "fuzz", kd_view(p, size));

	if (err) {
		check(err->cls == KD_BADDATA || err->cls == KD_LIMIT);
		check(err->offset <= (int64_t)size);
		check(!kd_config_at(c, 0) && !kd_config_refused(c, 0));
		kd_error_free(err);
	}
	for (size_t i = 0; i < 200 && kd_config_at(c, i); i++) { /* lookups are linear */
		check_item(c, kd_config_at(c, i));
		check(layer != KD_CONFIG_FOLDER ||
		      kd_config_folder_may_set(kd_config_at(c, i)->key));
	}
	for (size_t i = 0; kd_config_refused(c, i); i++)
		check(!kd_config_folder_may_set(kd_config_refused(c, i)->key));
	kd_config_free(c);
	return 0;
}
