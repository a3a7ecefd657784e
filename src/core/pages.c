// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/pages.h"

#include <sys/vfs.h>

#include "base/alloc.h"
#include "base/filekind.h"
#include "base/fs.h"
#include "core/foreign.h"
#include "format/diskdump.h"
#include "format/vmcoreinfo.h"

enum { SLOTS = 1024, PAGE_MAX = 64 << 10, UNPACK_MAX = 1 << 30, ARENA_MAX = 256 << 20, PROC_FS = 0x9fa0 };

struct kd_pages {
	struct kd_bytes *file;
	struct kd_arena arena;
	struct kd_pages_info info;
	struct kd_pages_options options;
	const struct kd_page_ops *ops;
	void *state;
	struct kd_pages **part; /* the other files of a split dump */
	size_t nparts;
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
	case KD_PAGE_GAP:
		return "the dump left it out, or it was a page of zeros";
	case KD_PAGE_ABSENT:
		return "the dump knows of no memory there";
	case KD_PAGE_OTHER_PART:
		return "another part of the split dump has it";
	case KD_PAGE_CUT:
		return "the file ends before it";
	case KD_PAGE_DAMAGED:
		return "its page in the file is damaged";
	}
	return "unknown";
}

/* --- opening ---------------------------------------------------------------------------------------- */

static struct kd_error *no_container(const struct kd_pages *p, struct kd_view head)
{
	const struct kd_filekind_info *k = kd_filekind_info(kd_filekind_guess(head));
	const struct kd_foreign *f = kd_foreign_guess(head);

	if (f)
		return kd_error_at(KD_UNSUPPORTED, 0, "it is %s, which kdoc does not read; %s", f->what, f->remedy);
	return kd_error_at(KD_BADDATA, 0, "%s is no dump that can be read: it is %s", kd_bytes_name(p->file), k->what);
}

static void begin_info(struct kd_pages *p, const char *container, uint64_t size)
{
	p->info = (struct kd_pages_info){.container = container,
					 .flattened = p->info.flattened,
					 .page_size = 4096,
					 .level = -1,
					 .file_bytes = size};
}

/* What kdoc does not read, `why`, libkdumpfile may; if it does not either, both say so. */
static struct kd_error *try_library(struct kd_pages *p, struct kd_error *why, uint64_t size)
{
	struct kd_error *err, *both;

	begin_info(p, kd_pages_lib.name, size);
	err = kd_pages_lib.open(p->file, &p->arena, &p->info, &p->state);
	if (!err) {
		kd_error_free(why);
		p->ops = &kd_pages_lib;
		return NULL;
	}
	both = kd_error_at(why->cls, why->offset, "%s (%s)", why->msg, err->msg);
	kd_error_free(why);
	kd_error_free(err);
	return both;
}

/* The first bytes; of a flattened stream those of the dump in it, which p->file then is. */
static struct kd_error *read_head(struct kd_pages *p, char raw[KD_FILEKIND_BYTES], struct kd_view *head, bool *complete)
{
	struct kd_error *err = NULL;

	for (int i = 0; !err && i < 2; i++) {
		const uint64_t size = kd_bytes_size(p->file);
		const size_t n = size < KD_FILEKIND_BYTES ? (size_t)size : KD_FILEKIND_BYTES;

		*head = kd_view(raw, n);
		err = kd_bytes_read(p->file, 0, n, raw);
		if (!err && !i && kd_view_starts(*head, KD_V(KD_FLAT_SIGNATURE))) {
			struct kd_bytes *stream = kd_take(p->file);

			p->info.flattened = true;
			err = kd_flat_open(stream, &p->file, complete);
		} else {
			break;
		}
	}
	return err;
}

static struct kd_error *open_container(struct kd_pages *p)
{
	char raw[KD_FILEKIND_BYTES];
	const uint64_t size = kd_bytes_size(p->file);
	const struct kd_foreign *f;
	struct kd_view head;
	bool complete = true;
	struct kd_error *err = read_head(p, raw, &head, &complete);

	if (err)
		return err;
	for (size_t i = 0; i < KD_ARRAY_LEN(containers) && !p->ops; i++)
		if (containers[i]->probe(head))
			p->ops = containers[i];
	f = p->ops ? NULL : kd_foreign_guess(head);
	if (p->ops) {
		begin_info(p, p->ops->name, size);
		err = p->ops->open(p->file, &p->arena, &p->info, &p->state);
	} else {
		err = no_container(p, head);
	}
	if (err && err->cls == KD_UNSUPPORTED && (!f || f->library))
		err = try_library(p, err, size);
	if (!err && !complete && !p->info.incomplete)
		p->info.incomplete = "the flattened stream has no end mark";
	return f || p->ops ? kd_error_wrap(err, "%s", kd_bytes_name(p->file)) : err;
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

/* The only file of /proc that is an ELF core is /proc/kcore. */
static bool is_live(const struct kd_bytes *file)
{
	struct statfs fs;

	return kd_bytes_fd(file) >= 0 && !fstatfs(kd_bytes_fd(file), &fs) && fs.f_type == PROC_FS;
}

static struct kd_error *open_file(const char *path, struct kd_pages **ret)
{
	struct kd_bytes *file = NULL;
	struct kd_error *err = kd_bytes_open(path, UNPACK_MAX, &file);
	const bool live = !err && is_live(file);

	if (!err)
		err = kd_pages_of_bytes(file, ret);
	if (!err && live) {
		(*ret)->info.live = true;
		(*ret)->info.container = "ELF core of the running kernel";
		(*ret)->info.incomplete = NULL;
	}
	return err;
}

/* --- the parts of a split dump ---------------------------------------------------------------------- */

static struct kd_error *add_part(struct kd_pages *p, const char *path)
{
	const struct kd_pages_info *a = &p->info, *b;
	kd_auto(kd_pages_closep) struct kd_pages *q = NULL;
	struct kd_error *err = open_file(path, &q);

	if (err)
		return err;
	b = &q->info;
	if (!b->split || a->page_size != b->page_size || a->top != b->top || a->time != b->time ||
	    !kd_view_eq(a->release, b->release) || !kd_view_eq(a->vmcoreinfo, b->vmcoreinfo))
		return kd_error_new(KD_INVALID, "%s is no part of the split dump %s", path, kd_bytes_name(p->file));
	if (b->incomplete)
		p->info.incomplete = b->incomplete;
	p->info.file_bytes += b->file_bytes;
	p->part[p->nparts++] = kd_take(q);
	return NULL;
}

/* Is every page in some part? */
static void check_parts(struct kd_pages *p)
{
	uint64_t done = p->info.part_start == 0 ? p->info.part_end : 0;
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i <= p->nparts; i++) {
			const struct kd_pages_info *b = i < p->nparts ? &p->part[i]->info : &p->info;

			if (b->part_start <= done && b->part_end > done) {
				done = b->part_end;
				more = true;
			}
		}
	}
	if (done < p->info.top && !p->info.incomplete)
		p->info.incomplete = "a part of the split dump was not given";
}

static struct kd_error *take_parts(struct kd_pages *p)
{
	struct kd_error *err = NULL;

	if (!p->info.split)
		return kd_error_new(KD_INVALID, "%s is not one part of a split dump", kd_bytes_name(p->file));
	p->part = kd_xcalloc(p->options.nparts, sizeof(struct kd_pages *));
	for (size_t i = 0; !err && i < p->options.nparts; i++)
		err = add_part(p, p->options.part[i]);
	if (!err)
		check_parts(p);
	p->info.parts = p->nparts + 1;
	return err;
}

/* --- with what somebody says about it ----------------------------------------------------------------- */

static struct kd_error *read_vmcoreinfo(struct kd_pages *p)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_VMCOREINFO_MAX);
	struct kd_error *err = kd_fs_read_small(p->options.vmcoreinfo, KD_VMCOREINFO_MAX, &text);
	struct kd_vmcoreinfo v = kd_vmcoreinfo(kd_buf_view(&text));

	if (err)
		return err;
	if (!kd_vmcoreinfo_get(&v, KD_V("OSRELEASE")).n)
		return kd_error_new(KD_BADDATA, "%s is no VMCOREINFO: it has no line that begins with OSRELEASE= "
				    "(`makedumpfile -g` writes one)", p->options.vmcoreinfo);
	return kd_pages_set_vmcoreinfo(p, v.text, "the file that was given", 0);
}

struct kd_error *kd_pages_open_with(const char *path, const struct kd_pages_options *o, struct kd_pages **ret)
{
	kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
	struct kd_error *err = open_file(path, &p);

	if (err)
		return err;
	if (o)
		p->options = *o;
	if (p->options.nparts)
		err = take_parts(p);
	if (!err && p->options.vmcoreinfo)
		err = read_vmcoreinfo(p);
	if (!err)
		*ret = kd_take(p);
	return err;
}

struct kd_error *kd_pages_open(const char *path, struct kd_pages **ret)
{
	return kd_pages_open_with(path, NULL, ret);
}

struct kd_error *kd_pages_set_vmcoreinfo(struct kd_pages *p, struct kd_view text, const char *from, size_t rivals)
{
	struct kd_view copy = kd_arena_view(&p->arena, text);

	if (!copy.p)
		return kd_error_new(KD_LIMIT, "no room for a VMCOREINFO of %zu bytes", text.n);
	p->info.vmcoreinfo = copy;
	p->info.vmcoreinfo_from = from;
	p->info.vmcoreinfo_rivals = rivals;
	return NULL;
}

const struct kd_pages_options *kd_pages_options(const struct kd_pages *p)
{
	return &p->options;
}

/* --- reading ---------------------------------------------------------------------------------------- */

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

/* What this file does not have, another part may. */
static enum kd_page_state elsewhere(const struct kd_pages *p, uint64_t paddr, void *to, size_t n, enum kd_page_state state)
{
	for (size_t i = 0; state == KD_PAGE_OTHER_PART && i < p->nparts; i++)
		state = kd_pages_read(p->part[i], paddr, to, n, NULL);
	return state;
}

/* n bytes inside of one page; once: it is not kept, if it is all of it. */
static enum kd_page_state read_some(struct kd_pages *p, uint64_t paddr, void *to, size_t n, bool once)
{
	const uint64_t number = paddr / p->info.page_size;
	const size_t slot = number % p->slots, in = paddr % p->info.page_size;
	unsigned char *page = p->cache + slot * p->info.page_size;

	if (p->held[slot] != number + 1) {
		if (once && n == p->info.page_size && p->ops->read(p->state, paddr, to, n) == KD_PAGE_OK)
			return KD_PAGE_OK;
		p->held[slot] = 0;
		if (p->ops->read(p->state, number * p->info.page_size, page, p->info.page_size) != KD_PAGE_OK)
			return elsewhere(p, paddr, to, n, p->ops->read(p->state, paddr, to, n)); /* memory may end inside of a page */
		p->held[slot] = number + 1;
	}
	memcpy(to, page + in, n);
	return KD_PAGE_OK;
}

static enum kd_page_state read_all(struct kd_pages *p, uint64_t paddr, void *to, size_t n, bool once, uint64_t *missing)
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
		state = read_some(p, paddr, at, some, once);
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

enum kd_page_state kd_pages_read(struct kd_pages *p, uint64_t paddr, void *to, size_t n, uint64_t *missing)
{
	return read_all(p, paddr, to, n, false, missing);
}

enum kd_page_state kd_pages_read_once(struct kd_pages *p, uint64_t paddr, void *to, size_t n, uint64_t *missing)
{
	return read_all(p, paddr, to, n, true, missing);
}

struct kd_error *kd_pages_survey(struct kd_pages *p, struct kd_pages_survey *ret)
{
	struct kd_error *err;

	*ret = (struct kd_pages_survey){0};
	err = p->ops->survey(p->state, ret);
	for (size_t i = 0; !err && i < p->nparts; i++) {
		struct kd_pages_survey part = {0};

		err = p->part[i]->ops->survey(p->part[i]->state, &part);
		ret->kept += part.kept;
		ret->cut += part.cut;
		ret->damaged += part.damaged;
		ret->packing |= part.packing;
		ret->packed += part.packed;
		ret->need += part.need;
	}
	return err;
}

uint64_t kd_pages_next(struct kd_pages *p, uint64_t paddr)
{
	uint64_t at = p->ops->next(p->state, paddr);

	for (size_t i = 0; i < p->nparts; i++) {
		uint64_t other = kd_pages_next(p->part[i], paddr);

		at = other < at ? other : at;
	}
	return at;
}

void kd_pages_close(struct kd_pages *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->nparts; i++)
		kd_pages_close(p->part[i]);
	kd_free(p->part);
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
