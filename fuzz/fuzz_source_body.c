// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a source file: bodies are within it and in order, references on its lines. */
#include "fuzz.h"
#include "source/refs.h"

static bool inside(struct kd_view part, struct kd_view text)
{
	return !part.n || (part.p >= text.p && part.p + part.n <= text.p + text.n);
}

static void on_ident(void *user, struct kd_view name)
{
	check(name.n && inside(name, *(const struct kd_view *)user));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const void *p = data;
	struct kd_view text = kd_view(p, size);
	struct kd_body_idents idents = {on_ident, &text};
	struct kd_bodies b = {0};
	struct kd_refs r = {0};
	char buf[KD_BODY_NAME_MAX];
	bool also;

	for (enum kd_body_lang lang = KD_LANG_C; lang <= KD_LANG_ASM; lang++) {
		struct kd_error *err = kd_bodies_scan(text, lang, &idents, &b);

		check(!err);
		for (size_t i = 0; i < b.n; i++) {
			const struct kd_body *d = &b.v[i];

			check(d->name.n && inside(d->name, text) && inside(d->macro, text) &&
			      inside(d->arg, text));
			check(d->start && d->start <= d->line && d->close >= d->open && d->close <= b.lines);
			check(!i || b.v[i - 1].line <= d->line);
			kd_body_key_of(kd_body_key(d, buf), buf, &also);
		}
		err = kd_refs_scan(text, lang, b.n ? b.v[0].name : KD_V("f"), &r);
		check(!err);
		for (size_t i = 0; i < r.n; i++)
			check(r.v[i].line && inside(r.v[i].text, text));
	}
	kd_bodies_deinit(&b);
	kd_refs_deinit(&r);
	return 0;
}
