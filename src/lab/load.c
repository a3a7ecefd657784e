// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/load.h"

#include <string.h>

#include "base/alloc.h"
#include "base/view.h"

/*
 * most: what a kernel takes without more ado: pid_max is 32768 on small machines, fs.nr_open
 * 1048576; init raises vm.max_map_count.
 * bytes: of kernel memory for each. fork_init() allows one task per eight kernel stacks (16 KiB)
 * of memory, which is more than tasks of either sort take.
 */
static const struct part {
	const char *word;
	uint32_t big, most;
	uint32_t bytes, us; /* for each; microseconds: ten times of what a quiet TCG takes */
	size_t at;
} parts[KD_LAB_LOAD_PARTS] = {
	{"threads", 4000, 15000, 128 << 10, 30000, offsetof(struct kd_lab_load, threads)},
	{"tasks", 1000, 15000, 256 << 10, 100000, offsetof(struct kd_lab_load, tasks)},
	{"objects", 1000000, 500000000, 136, 100, offsetof(struct kd_lab_load, objects)},
	{"vmas", 30000, 1000000, 512, 1000, offsetof(struct kd_lab_load, vmas)},
	{"files", 2000, 1000000, 2 << 10, 5000, offsetof(struct kd_lab_load, files)},
};

static uint32_t *member(struct kd_lab_load *load, size_t i)
{
	return (uint32_t *)((char *)load + parts[i].at);
}

const char *kd_lab_load_word(size_t i)
{
	return parts[i].word;
}

uint32_t kd_lab_load_number(const struct kd_lab_load *load, size_t i)
{
	return *(const uint32_t *)((const char *)load + parts[i].at);
}

static struct kd_error *one_word(struct kd_view word, struct kd_lab_load *load)
{
	struct kd_view name = KD_VNULL, rest = word;
	uint64_t n;

	if (kd_view_eq(word, KD_V("big"))) {
		for (size_t i = 0; i < KD_LAB_LOAD_PARTS; i++)
			*member(load, i) = parts[i].big;
		return NULL;
	}
	for (size_t i = 0; kd_view_take_until(&rest, KD_V("="), &name) && i < KD_LAB_LOAD_PARTS; i++) {
		if (!kd_view_eq(name, kd_view_of(parts[i].word))) {
			rest = word;
			continue;
		}
		if (!kd_view_dec(rest, &n) || n > parts[i].most)
			return kd_error_new(KD_INVALID, "load '%.*s': a number of at most %u",
					    KD_VARG(word), parts[i].most);
		*member(load, i) = (uint32_t)n;
		return NULL;
	}
	return kd_error_new(KD_INVALID, "no load '%.*s': big, or threads=, tasks=, objects=, vmas=, "
			    "files= with a number", KD_VARG(word));
}

struct kd_error *kd_lab_load_parse(const char *text, struct kd_lab_load *ret)
{
	struct kd_view rest = kd_view_of(text), word;
	struct kd_lab_load load = {0};
	struct kd_error *err = NULL;
	bool more = true;

	while (more && !err) {
		word = rest;
		more = kd_view_take_until(&rest, KD_V(","), &word);
		err = one_word(word, &load);
	}
	if (!err)
		*ret = load;
	return err;
}

bool kd_lab_load_any(const struct kd_lab_load *load)
{
	for (size_t i = 0; i < KD_LAB_LOAD_PARTS; i++)
		if (kd_lab_load_number(load, i))
			return true;
	return false;
}

const char *kd_lab_load_module(struct kd_arena *arena, const char *module,
			       const struct kd_lab_load *load)
{
	return kd_arena_printf(arena, "%s load_threads=%u load_tasks=%u load_objects=%u load_vmas=%u "
			       "load_files=%u", module, load->threads, load->tasks, load->objects,
			       load->vmas, load->files).p;
}

/* The sum over all parts of what each takes. */
static uint64_t cost(const struct kd_lab_load *load, bool memory)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < KD_LAB_LOAD_PARTS; i++)
		sum += (uint64_t)kd_lab_load_number(load, i) * (memory ? parts[i].bytes : parts[i].us);
	return sum;
}

unsigned kd_lab_load_mib(const struct kd_lab_load *load)
{
	return (unsigned)((cost(load, true) + (1 << 20) - 1) >> 20);
}

unsigned kd_lab_load_seconds(const struct kd_lab_load *load)
{
	return (unsigned)(cost(load, false) / 1000000);
}
