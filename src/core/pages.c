// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/pages.h"

#include "base/alloc.h"
#include "base/filekind.h"
#include "format/diskdump.h"

enum { SLOTS = 1024, PAGE_MAX = 64 << 10, UNPACK_MAX = 1 << 30, ARENA_MAX = 256 << 20 };

struct kd_pages {
	struct kd_bytes *file;
	struct kd_arena arena;
	struct kd_pages_info info;
	const struct kd_page_ops *ops;
	void *state;
	/* The pages that were read last, each in the slot of its number. */
	unsigned char *cache; /* slots of page_size bytes */
	uint64_t held[SLOTS]; /* page number + 1; 0: none */
	size_t slots;
};

static const struct kd_page_ops *const containers[] = {&kd_pages_kdump, &kd_pages_elf};

const char *kd_page_state_words(enum kd_page_state state)
{
	switch (state) {
	case KD_PAGE_OK:
		return "it is there";
	case KD_PAGE_FILTERED:
		return "the dump left it out";
	case KD_PAGE_ABSENT:
		return "the machine has no memory there";
	case KD_PAGE_OTHER_PART:
		return "another part of the split dump has it";
	case KD_PAGE_CUT:
		return "the file ends before it";
	case KD_PAGE_DAMAGED:
		return "its page in the file is damaged";
	}
	return "unknown";
}

static struct kd_error *no_container(const struct kd_pages *p, struct kd_view head)
{
	const struct kd_filekind_info *k = kd_filekind_info(kd_filekind_guess(head));

	return kd_error_at(KD_BADDATA, 0, "%s is no dump that can be read: it is %s", kd_bytes_name(p->file), k->what);
}

static struct kd_error *open_container(struct kd_pages *p)
{
	char raw[KD_FILEKIND_BYTES];
	uint64_t size = kd_bytes_size(p->file);
	size_t n = size < sizeof(raw) ? (size_t)size : sizeof(raw);
	struct kd_view head = kd_view(raw, n);
	struct kd_error *err = kd_bytes_read(p->file, 0, n, raw);
	bool complete = true;

	if (!err && kd_view_starts(head, KD_V(KD_FLAT_SIGNATURE))) {
		struct kd_bytes *stream = kd_take(p->file);

		p->info.flattened = true;
		err = kd_flat_open(stream, &p->file, &complete);
		if (err)
			return err;
		n = kd_bytes_size(p->file) < sizeof(raw) ? (size_t)kd_bytes_size(p->file) : sizeof(raw);
		head = kd_view(raw, n);
		err = kd_bytes_read(p->file, 0, n, raw);
	}
	if (err)
		return err;
	for (size_t i = 0; i < KD_ARRAY_LEN(containers); i++)
		if (containers[i]->probe(head)) {
			p->ops = containers[i];
			break;
		}
	if (!p->ops)
		return no_container(p, head);
	p->info.container = p->ops->name;
	p->info.page_size = 4096;
	p->info.level = -1;
	p->info.file_bytes = size;
	err = p->ops->open(p->file, &p->arena, &p->info, &p->state);
	if (!err && !complete && !p->info.incomplete)
		p->info.incomplete = "the flattened stream has no end mark";
	return kd_error_wrap(err, "%s", kd_bytes_name(p->file));
}

struct kd_error *kd_pages_of_bytes(struct kd_bytes *file, struct kd_pages **ret)
{
	kd_auto(kd_pages_closep) struct kd_pages *p = kd_xcalloc(1, sizeof(*p));
	struct kd_error *err;

	p->file = file;
	p->arena = KD_ARENA_INIT(ARENA_MAX);
	err = open_container(p);
	if (err)
		return err;
	kd_pages_set_page_size(p, p->info.page_size);
	*ret = kd_take(p);
	return NULL;
}

struct kd_error *kd_pages_open(const char *path, struct kd_pages **ret)
{
	struct kd_bytes *file = NULL;
	struct kd_error *err = kd_bytes_open(path, UNPACK_MAX, &file);

	return err ? err : kd_pages_of_bytes(file, ret);
}

const struct kd_pages_info *kd_pages_info(const struct kd_pages *p)
{
	return &p->info;
}

void kd_pages_set_page_size(struct kd_pages *p, uint32_t size)
{
	if (size < 4096 || size > PAGE_MAX || size & (size - 1))
		return;
	kd_free(p->cache);
	p->info.page_size = size;
	p->slots = SLOTS * 4096 / size;
	p->cache = kd_xmalloc(p->slots * size);
	memset(p->held, 0, sizeof(p->held));
}

/* n bytes inside of one page. */
static enum kd_page_state read_some(struct kd_pages *p, uint64_t paddr, void *to, size_t n)
{
	const uint64_t number = paddr / p->info.page_size;
	const size_t slot = number % p->slots, in = paddr % p->info.page_size;
	unsigned char *page = p->cache + slot * p->info.page_size;

	if (p->held[slot] != number + 1) {
		p->held[slot] = 0;
		if (p->ops->read(p->state, number * p->info.page_size, page, p->info.page_size) != KD_PAGE_OK)
			return p->ops->read(p->state, paddr, to, n); /* memory may end inside of a page */
		p->held[slot] = number + 1;
	}
	memcpy(to, page + in, n);
	return KD_PAGE_OK;
}

enum kd_page_state kd_pages_read(struct kd_pages *p, uint64_t paddr, void *to, size_t n, uint64_t *missing)
{
	unsigned char *at = to;

	if (n && paddr + (n - 1) < paddr) {
		if (missing)
			*missing = paddr;
		return KD_PAGE_ABSENT;
	}
	while (n) {
		size_t some = p->info.page_size - paddr % p->info.page_size;
		enum kd_page_state state;

		if (some > n)
			some = n;
		state = read_some(p, paddr, at, some);
		if (state != KD_PAGE_OK) {
			if (missing)
				*missing = paddr;
			return state;
		}
		paddr += some;
		at += some;
		n -= some;
	}
	return KD_PAGE_OK;
}

struct kd_error *kd_pages_survey(struct kd_pages *p, struct kd_pages_survey *ret)
{
	*ret = (struct kd_pages_survey){0};
	return p->ops->survey(p->state, ret);
}

void kd_pages_close(struct kd_pages *p)
{
	if (!p)
		return;
	if (p->state)
		p->ops->close(p->state);
	kd_free(p->cache);
	kd_bytes_close(p->file);
	kd_arena_deinit(&p->arena);
	kd_free(p);
}

void kd_pages_closep(struct kd_pages **p)
{
	kd_pages_close(*p);
	*p = NULL;
}
