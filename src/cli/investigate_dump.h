/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * investigate_dump.h: of a dump that is investigated what its memory says, beside what its log says.
 *
 *	kd_auto(kd_inv_dump_freep) struct kd_inv_dump *d = NULL;
 *	err = kd_inv_dump_ask(cli, "vmcore", paths, npaths, &d);       // core triage, brief
 *	kd_inv_dump_text(d, cli->out);
 *
 * A file of its own, because statements of an investigation and of a dump's answer have one name in C.
 */
#ifndef KD_CLI_INVESTIGATE_DUMP_H
#define KD_CLI_INVESTIGATE_DUMP_H

#include "base/json.h"
#include "cli/cmd.h"

struct kd_inv_dump;

/* Errors of kd_core_ask(): why the memory cannot be looked at; the log may be readable still. */
KD_MUST_CHECK struct kd_error *kd_inv_dump_ask(struct kd_cli *cli, const char *path, const char *const *debug, size_t ndebug,
					       struct kd_inv_dump **ret);
void kd_inv_dump_freep(struct kd_inv_dump **d);

void kd_inv_dump_text(const struct kd_inv_dump *d, struct kd_out *o);
/* The same text without the title of what follows, in page, which the caller ends with kd_out_deinit(). */
struct kd_view kd_inv_dump_page(const struct kd_inv_dump *d, struct kd_out *page);
/* The key "dump" with the answer, for kd_render_investigation_json(). d: struct kd_inv_dump; NULL: nothing. */
void kd_inv_dump_json(void *d, struct kd_json *j);

#endif
