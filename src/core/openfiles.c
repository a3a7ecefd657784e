// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/openfiles.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "core/words.h"

/* A task and its table of files. */
struct holder {
	uint64_t files, task;
	size_t order; /* of the list of tasks */
};

struct reading {
	struct kd_kernel *k;
	struct kd_open_files *o;
	KD_VEC(struct holder) holders;
	uint64_t task;
	size_t table;
};

static bool see_task(void *user, uint64_t task)
{
	struct reading *r = user;
	const struct kd_datum files = kd_datum_member(r->k, task, "task_struct", "files");
	struct holder *h;

	if (files.why) {
		if (!r->o->unread++)
			snprintf(r->o->why, sizeof(r->o->why), "the task at 0x%" PRIx64 ": %s", task, files.why);
		return true;
	}
	if (!files.v)
		return true;
	h = kd_vec_push(&r->holders, KD_TASKS_MAX);
	if (!h)
		return false;
	*h = (struct holder){files.v, task, r->holders.n};
	return true;
}

static int by_table(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	if (x->files != y->files)
		return x->files < y->files ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int by_order(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	return x->order < y->order ? -1 : x->order > y->order;
}

/* One task of each table, in the order of tasks. */
static void one_each(struct reading *r)
{
	size_t n = 0;

	if (r->holders.n)
		qsort(r->holders.v, r->holders.n, sizeof(*r->holders.v), by_table);
	for (size_t i = 0; i < r->holders.n; i++)
		if (!n || r->holders.v[n - 1].files != r->holders.v[i].files)
			r->holders.v[n++] = r->holders.v[i];
	r->holders.n = n;
	if (n)
		qsort(r->holders.v, n, sizeof(*r->holders.v), by_order);
}

static bool see_file(void *user, const struct kd_file *f)
{
	struct reading *r = user;
	struct kd_open_file *one = kd_vec_push(&r->o->v, KD_OPEN_FILES_MAX);
	const struct kd_datum mnt = kd_datum_member(r->k, f->file, "file", "f_path.mnt");

	if (!one) {
		r->o->cut = true;
		return false;
	}
	*one = (struct kd_open_file){.f = *f, .vfsmount = mnt.why ? 0 : mnt.v, .task = r->task, .tables = r->table};
	return true;
}

/* tables: for now the number of the table. */
static int by_file(const void *a, const void *b)
{
	const struct kd_open_file *x = a, *y = b;

	if (x->f.file != y->f.file)
		return x->f.file < y->f.file ? -1 : 1;
	if (x->tables != y->tables)
		return x->tables < y->tables ? -1 : 1;
	return x->f.fd < y->f.fd ? -1 : x->f.fd > y->f.fd;
}

static int by_mount(const void *a, const void *b)
{
	const struct kd_open_file *x = a, *y = b;

	if (x->vfsmount != y->vfsmount)
		return x->vfsmount < y->vfsmount ? -1 : 1;
	return x->f.file < y->f.file ? -1 : x->f.file > y->f.file;
}

static void merge(struct kd_open_files *o)
{
	size_t n = 0, last = 0;

	if (o->v.n)
		qsort(o->v.v, o->v.n, sizeof(*o->v.v), by_file);
	for (size_t i = 0; i < o->v.n; i++) {
		const struct kd_open_file one = o->v.v[i];

		if (n && o->v.v[n - 1].f.file == one.f.file) {
			o->v.v[n - 1].tables += one.tables != last;
		} else {
			o->v.v[n] = one;
			o->v.v[n++].tables = 1;
		}
		last = one.tables;
	}
	o->v.n = n;
	if (n)
		qsort(o->v.v, n, sizeof(*o->v.v), by_mount);
}

void kd_open_files_read(struct kd_kernel *k, struct kd_open_files *ret)
{
	struct kd_open_files o = {.unread = 0};
	struct reading r = {.k = k, .o = &o};

	kd_tasks_walk(k, see_task, &r, o.tasks_why);
	one_each(&r);
	for (size_t i = 0; i < r.holders.n && !o.cut; i++) {
		char why[KD_WALK_WHY];
		struct kd_fds fds;

		r.task = r.holders.v[i].task;
		r.table = i + 1;
		(void)kd_files_walk(k, r.task, &fds, see_file, &r, why);
		if (*why && !o.unread++)
			memcpy(o.why, why, sizeof(why));
	}
	kd_vec_free(&r.holders);
	merge(&o);
	*ret = o;
}

void kd_open_files_deinit(struct kd_open_files *o)
{
	kd_vec_free(&o->v);
}

/* --- dirty inodes ------------------------------------------------------------------------------------ */

struct dirty {
	struct kd_kernel *k;
	kd_walk_visit *visit;
	void *user;
	struct kd_walk_end *end;
	struct kd_word state;
	uint64_t node; /* offset in struct inode */
};

static bool see_inode(void *user, uint64_t index, uint64_t node)
{
	struct dirty *d = user;
	const uint64_t inode = node - d->node;
	uint64_t state;

	(void)index;
	if (!kd_word_get(d->k, inode, &d->state, &state)) {
		kd_walk_wrong(d->end, "the inode at 0x%" PRIx64 " cannot be read", inode);
		return true;
	}
	return !(state & KD_INODE_DIRTY) || kd_walk_take(d->end, KD_INODES_MAX, d->visit, d->user, state, inode);
}

void kd_dirty_inodes_walk(struct kd_kernel *k, uint64_t sb, kd_walk_visit *visit, void *user, struct kd_walk_end *end)
{
	struct dirty d = {.k = k, .visit = visit, .user = user, .end = end};
	struct kd_walk_end one = {0};
	struct kd_field list, node;

	*end = (struct kd_walk_end){0};
	d.state = kd_word_of(k, "inode", "i_state.__state|i_state"); /* a struct since 6.19 */
	if (!d.state.known || !kd_kernel_field(k, "super_block", "s_inodes", &list) || !kd_kernel_field(k, "inode", "i_sb_list", &node)) {
		kd_walk_wrong(end, "how this kernel keeps the inodes of a file system is not known");
		return;
	}
	d.node = node.off;
	kd_walk_list(k, sb + list.off, KD_INODES_MAX, see_inode, &d, &one);
	if (*one.why)
		kd_walk_wrong(end, "%s", one.why);
}
