// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a list of what kdoc wrote: what is taken names files of kdoc's alone, and is the same when it is written and read again. */
#include "base/alloc.h"
#include "fuzz.h"
#include "verb/agent_internal.h"

static void taken(enum kd_agent agent, const struct agent_manifest *m, struct kd_arena *a)
{
	struct agent_manifest again = {0};
	struct kd_view text = kd_agent_manifest_text(agent, m, a);
	kd_auto(kd_error_freep) struct kd_error *err = NULL;

	for (size_t i = 0; i < m->file.n; i++)
		check(kd_agent_owns(agent, m->file.v[i].path) && !kd_view_has(m->file.v[i].path, KD_V("..")) && *m->file.v[i].path.p == '.');
	for (size_t i = 0; i < m->folders.n; i++)
		check(*m->folders.v[i].p == '.' && !kd_view_has(m->folders.v[i], KD_V("..")));
	if (!text.p)
		return; /* too long */
	err = kd_agent_manifest_read(agent, text, a, &again);
	check(!err && again.file.n == m->file.n && kd_view_eq(kd_agent_manifest_text(agent, &again, a), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const void *p = data;

	for (unsigned agent = 0; agent < KD_NAGENTS; agent++) {
		kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(64 << 20);
		struct agent_manifest m = {0};
		kd_auto(kd_error_freep) struct kd_error *err = kd_agent_manifest_read(agent, kd_view(p, size), &a, &m);

		if (!err)
			taken(agent, &m, &a);
	}
	return 0;
}
