// SPDX-License-Identifier: GPL-2.0-or-later
/* What reports of the log call for beside the stack: the verdict on I/O when tasks hang, on the network when that stood still. */
#include <string.h>

#include "base/alloc.h"
#include "verb/core_hangs.h"
#include "verb/core_net.h"
#include "verb/core_triage_internal.h"

static bool has_report(const struct triage *t, const char *const *names)
{
	for (size_t i = 0; i < t->log.n; i++)
		for (size_t k = 0; names[k]; k++)
			if (!strcmp(t->log.v[i].family, names[k]) || !strcmp(t->log.v[i].kind, names[k]))
				return true;
	return false;
}

/* Its first sentence, if it found something. */
static struct kd_error *ask(struct triage *t, kd_core_answer *answer, const void *options, const char *what, const char *verb, const char *arguments)
{
	struct kd_sheet s;
	struct kd_error *err;

	kd_sheet_init(&s, t->arena);
	s.limit = 1;
	err = answer(t->d, options, NULL, 0, &s);
	if (err && err->cls == KD_CANCELLED)
		return err;
	if (err) {
		kd_sheet_note(t->s, "%s: %s", what, err->msg);
		kd_error_free(err);
		return NULL;
	}
	for (size_t i = 0; !s.none && i < s.block.n; i++) {
		if (s.block.v[i].kind != KD_BLOCK_SAY)
			continue;
		kd_sheet_say(t->s, "%s: %.*s", what, KD_VARG(s.block.v[i].text));
		kd_dump_next(t->d, t->s, verb, "%s", arguments);
		break;
	}
	return NULL;
}

struct kd_error *kd_triage_diagnoses(struct triage *t)
{
	static const char *const io[] = {"hung_task", "storage", NULL}, *const network[] = {"net", NULL};
	static const struct kd_core_block_options block = {.all = false};
	static const struct kd_core_net_options net = {.diagnose = true};
	struct kd_error *err = NULL;

	if (has_report(t, io))
		err = ask(t, kd_core_block, &block, "I/O", "block", "");
	if (!err && has_report(t, network))
		err = ask(t, kd_core_net, &net, "network", "net", "--diagnose");
	return err;
}
