// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/investigate_dump.h"

#include "base/alloc.h"
#include "render/sheet.h"
#include "verb/core_triage.h"

#define ARENA_MAX ((size_t)256 << 20)

struct kd_inv_dump {
	struct kd_arena arena;
	struct kd_sheet sheet;
	const char *path; /* borrowed */
};

void kd_inv_dump_freep(struct kd_inv_dump **d)
{
	if (*d)
		kd_arena_deinit(&(*d)->arena);
	kd_free(*d);
	*d = NULL;
}

struct kd_error *kd_inv_dump_ask(struct kd_cli *cli, const char *path, const char *const *debug, size_t ndebug, struct kd_inv_dump **ret)
{
	const struct kd_core_triage_options brief = {.brief = true};
	const struct kd_core_question q = {.path = path, .how = {.debug = debug, .ndebug = ndebug}, .answer = kd_core_triage, .options = &brief};
	kd_auto(kd_inv_dump_freep) struct kd_inv_dump *d = kd_xcalloc(1, sizeof(*d));
	struct kd_error *err;

	d->arena = KD_ARENA_INIT(ARENA_MAX);
	d->path = path;
	kd_sheet_init(&d->sheet, &d->arena);
	err = kd_core_ask(cli->ctx, &q, &d->sheet);
	if (!err)
		*ret = kd_take(d);
	return err;
}

void kd_inv_dump_text(const struct kd_inv_dump *d, struct kd_out *o)
{
	kd_render_sheet_text(o, &d->sheet);
	kd_out_puts(o, "\nBY ITS LOG\n");
}

struct kd_view kd_inv_dump_page(const struct kd_inv_dump *d, struct kd_out *page)
{
	kd_out_init(page, NULL, NULL);
	kd_render_sheet_text(page, &d->sheet);
	return kd_buf_view(&page->buf);
}

void kd_inv_dump_json(void *user, struct kd_json *j)
{
	const struct kd_inv_dump *d = user;

	if (!d)
		return;
	kd_json_key(j, "dump");
	kd_render_sheet_json(j, "kdoc.core-triage/1", d->path, &d->sheet);
}
