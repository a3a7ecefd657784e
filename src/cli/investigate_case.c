// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/investigate_case.h"

#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/json.h"
#include "cli/interrupt.h"
#include "render/casepage.h"
#include "render/markdown.h"
#include "verb/casefolder.h"
#include "verb/memory.h"

#define ANSWER_MAX ((size_t)64 << 20)

bool kd_inv_case_is(struct kd_cli *cli, const char *name)
{
	bool id = kd_caseinv_is_id(kd_view_of(name));

	if (!strcmp(name, "-"))
		return false;
	if (kd_fs_exists(name)) {
		if (id)
			kd_out_printf(
				cli->err,
				"kdoc: %s is taken for the file of that name, not for an id\n",
				name);
		return false;
	}
	return id || !strpbrk(name, "/.: ");
}

static struct kd_error *render(struct kd_cli *cli, const struct kd_casepage *page, int format)
{
	struct kd_json j;

	switch (cli->json ? KD_INV_JSON_F : format) {
	case KD_INV_JSON_F:
		kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
		kd_render_casepage_json(&j, page);
		return kd_json_finish(&j);
	case KD_INV_MARKDOWN_F:
		kd_render_casepage_markdown(cli->out, page);
		return NULL;
	case KD_INV_HTML_F:
		kd_render_casepage_html(cli->out, page);
		return NULL;
	default:
		kd_render_casepage_text(cli->out, page);
		return NULL;
	}
}

/* Before it is shown: what is new since the last time is part of it. */
static struct kd_error *keep(struct kd_cli *cli, struct kd_casepage *page, const char *parent)
{
	kd_auto(kd_freep) char *folder = NULL;
	kd_auto(kd_buf_deinit) struct kd_buf json = KD_BUF_INIT(ANSWER_MAX);
	kd_auto(kd_out_deinit) struct kd_out md = {.write = NULL};
	struct kd_error *err = kd_casefolder_resume(parent, page, &folder);
	struct kd_json j;

	if (err)
		return err;
	kd_out_init(&md, NULL, NULL);
	kd_render_casepage_markdown(&md, page);
	kd_json_init(&j, &json, KD_JSON_PRETTY);
	kd_render_casepage_json(&j, page);
	err = kd_json_finish(&j);
	if (!err)
		err = kd_out_finish(&md);
	if (!err)
		err = kd_casefolder_write(folder, page, kd_buf_view(&md.buf), kd_buf_view(&json));
	if (!err)
		kd_out_printf(cli->err, "kdoc: kept in %s\n", folder);
	return err;
}

/* Neither a file nor an id: where it was looked for. */
static struct kd_error *nowhere(const struct kd_caseinv_request *req, struct kd_error *err)
{
	kd_auto(kd_freep) char *name = NULL;
	kd_auto(kd_error_freep) struct kd_error *none = kd_memory_name(req->memory, &name);

	return kd_error_wrap(err, "there is no file %s, and in the team's memory (%s; --memory names another)",
			     req->id, !none && name ? name : "of the configuration");
}

int kd_inv_case(struct kd_cli *cli, const struct kd_caseinv_request *req, int format,
		const char *save)
{
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	kd_auto(kd_casepage_freep) struct kd_casepage *page = NULL;
	struct kd_error *err;

	kd_interrupt_begin(&in, cli->ctx);
	err = kd_caseinv(cli->ctx, req, &page);
	if (err && err->cls == KD_NOTFOUND && !kd_caseinv_is_id(kd_view_of(req->id)) &&
	    !kd_caseinv_there(req->memory)) {
		kd_error_free(err);
		return KD_INV_CASE_NOT;
	}
	if (err)
		return kd_cli_fail(cli, nowhere(req, err));
	if (!cli->json && format == KD_INV_TEXT_F)
		kd_out_printf(cli->err,
			      "kdoc: %s is taken for the %.*s of that name in the team's memory\n",
			      req->id, KD_VARG(page->what));
	err = save ? keep(cli, page, *save ? save : NULL) : NULL;
	if (!err)
		err = render(cli, page, format);
	return err ? kd_cli_fail(cli, err) : KD_EXIT_OK;
}
