// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/route.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "case/groups.h"
#include "case/intake.h"
#include "report/kind.h"
#include "report/scan.h"
#include "verb/caseinv.h"
#include "verb/input.h"
#include "verb/investigate.h"
#include "verb/memory.h"
#include "verb/source.h"

enum { PEOPLE = 8, TEXT = 1500, AT = 400, PATH = 512 };
#define EVENT_MAX ((size_t)16 << 20)

/* One row for each owner; in the order of enum kd_owner. */
static const struct {
	uint8_t owner;
	const char *key, *words, *fix_in, *to;
	bool kernel_fault;
} owners[] = {
	{KD_OWNER_KERNEL, "kernel", "the kernel", "the kernel's tree",
	 "the maintainers of the subsystem", true},
	{KD_OWNER_HARDWARE, "hardware", "hardware", "the machine: the part is tested or replaced",
	 "those who own the hardware", false},
	{KD_OWNER_OOT_MODULE, "module", "a module from outside of the kernel's tree",
	 "the module's own source", "the vendor or owner of the module", false},
	{KD_OWNER_BPF, "bpf", "a BPF program",
	 "the project that the program is of; the kernel only reports it",
	 "the owners of the BPF program", false},
	{KD_OWNER_FIRMWARE, "firmware", "firmware", "the firmware: an update of its vendor",
	 "the vendor of the machine", false},
	{KD_OWNER_USER, "user", "user space, or what an administrator did",
	 "the program or the configuration", "the owners of the program", false},
	{KD_OWNER_UNKNOWN, "unknown", "unknown", "not known", "not known", false},
};

static const struct kd_fact *fact(const struct kd_report *r, const char *section, const char *key)
{
	for (size_t i = 0; i < r->nsections; i++) {
		if (strcmp(r->sections[i].name, section) != 0)
			continue;
		for (size_t k = 0; k < r->sections[i].nfacts; k++)
			if (!strcmp(r->sections[i].facts[k].key, key))
				return &r->sections[i].facts[k];
	}
	return NULL;
}

/* What the thing is called that has to be fixed. */
static struct kd_view project_of(const struct kd_report *r)
{
	const struct kd_fact *f = fact(r, "sched_ext", "scheduler");

	if (r->owner == KD_OWNER_BPF)
		return f ? f->str : r->has_guilty ? r->guilty.func : KD_VNULL;
	if (r->owner == KD_OWNER_OOT_MODULE)
		return r->has_guilty && r->guilty.module.n ? r->guilty.module : r->where.module;
	if (r->owner == KD_OWNER_HARDWARE || r->owner == KD_OWNER_FIRMWARE)
		return r->hardware;
	return r->owner == KD_OWNER_USER ? r->comm : KD_VNULL;
}

void kd_route_of(const struct kd_report *r, struct kd_arena *arena, struct kd_route *ret)
{
	size_t i = 0;

	(void)arena;
	while (i + 1 < KD_ARRAY_LEN(owners) && owners[i].owner != r->owner)
		i++;
	*ret = (struct kd_route){.owner = owners[i].owner,
				 .key = owners[i].key,
				 .words = owners[i].words,
				 .fix_in = owners[i].fix_in,
				 .to = owners[i].to,
				 .kernel_fault = owners[i].kernel_fault,
				 .why = r->owner_why,
				 .project = project_of(r),
				 .subsystem = r->subsystem,
				 .subsystem_why = r->subsystem_why};
	if (!ret->why.n)
		ret->why = r->owner == KD_OWNER_KERNEL
				   ? KD_V("nothing in the text points elsewhere")
				   : KD_V("the kind of the report");
}

/* ---- people ---- */

static struct kd_view file_of(const struct kd_report *r)
{
	const struct kd_view files[] = {r->has_guilty ? r->guilty.file : KD_VNULL,
					r->has_where ? r->where.file : KD_VNULL, r->loc_file,
					r->syz.guilty_file};

	for (size_t i = 0; i < KD_ARRAY_LEN(files); i++)
		if (files[i].n)
			return files[i];
	return KD_VNULL;
}

static struct kd_view addresses(const struct kd_maint_answer *m, const char *roles,
				struct kd_arena *arena)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT);
	size_t n = 0;

	for (size_t i = 0; i < m->naddresses; i++) {
		if (!strchr(roles, m->addresses[i].role) || n++ >= PEOPLE)
			continue;
		kd_buf_printf(&b, "%s%.*s", b.n ? ", " : "", KD_VARG(m->addresses[i].address));
	}
	if (n > PEOPLE)
		kd_buf_printf(&b, " and %zu more", n - PEOPLE);
	return b.n ? kd_arena_view(arena, kd_buf_view(&b)) : KD_VNULL;
}

static void by_file(struct kd_tree *t, struct kd_view path, struct kd_arena *arena,
		    struct kd_route *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(0);
	struct kd_maintainers lines = {0};
	struct kd_maint_answer m;
	struct kd_error *err = kd_source_maintainers(t, path, KD_VNULL, arena, &text, &lines, &m);

	if (!err && m.nsections) {
		ret->file = kd_arena_view(arena, path);
		ret->section = kd_arena_view(arena, m.sections[0].title);
		ret->people = addresses(&m, "MR", arena);
		ret->lists = addresses(&m, "L", arena);
	} else {
		ret->people_why_not =
			err ? kd_arena_view(arena, kd_view_of(err->msg))
			    : kd_arena_printf(arena, "no section of MAINTAINERS names %.*s",
					      KD_VARG(path));
	}
	kd_error_free(err);
	kd_maintainers_deinit(&lines);
}

void kd_route_people(struct kd_ctx *ctx, const struct kd_report *r, const char *tree,
		     struct kd_arena *arena, struct kd_route *ret)
{
	kd_auto(kd_tree_freep) struct kd_tree *t = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_view file = file_of(r), at;

	if (!ret->kernel_fault) {
		ret->people_why_not = KD_V("it is not the kernel's code that has to change: "
					   "MAINTAINERS does not name its owner");
		return;
	}
	if (!file.n || file.n > PATH) {
		ret->people_why_not =
			KD_V("the log names no file: kdoc source FUNCTION finds it in a tree");
		return;
	}
	if (kd_view_starts(file, KD_V("./")))
		file = kd_view_from(file, 2);
	at = kd_arena_printf(arena, "%.*s", KD_VARG(kd_view_head(r->release, AT)));
	err = kd_source_open_tree(ctx, tree, at.n ? at.p : NULL, arena, NULL, NULL, &t);
	if (err) {
		ret->people_why_not =
			!tree && err->cls == KD_INVALID
				? KD_V("no source tree is configured (source.tree, --tree)")
				: kd_arena_view(arena, kd_view_of(err->msg));
		return;
	}
	by_file(t, file, arena, ret);
}

/* ---- the verb ---- */

struct job {
	struct kd_ctx *ctx;
	const struct kd_route_request *req;
	struct kd_sheet *s;
};

static void why_cell(struct kd_sheet *s, const char *key, const char *title, struct kd_view v,
		     struct kd_view why)
{
	kd_sheet_field(s, key, title,
		       v.n ? kd_sheet_cell(s, v)
			   : kd_cell_none(why.n ? kd_sheet_text(s, "%.*s", KD_VARG(why)).p : NULL));
}

static void say(struct job *j, const struct kd_report *r)
{
	struct kd_sheet *s = j->s;
	struct kd_route x;

	kd_route_of(r, s->arena, &x);
	kd_route_people(j->ctx, r, j->req->tree, s->arena, &x);
	kd_sheet_say(s, "%s%s%.*s%s: %.*s", x.words, x.project.n ? " (" : "",
		     KD_VARG(kd_view_head(x.project, 200)), x.project.n ? ")" : "", KD_VARG(x.why));
	kd_sheet_field(s, "report", "report", kd_sheet_cell(s, r->title));
	kd_sheet_field(s, "owner", "owner", kd_cell_text(kd_view_of(x.key)));
	kd_sheet_field(s, "owner_why", NULL, kd_sheet_cell(s, x.why));
	kd_sheet_field(s, "project", x.project.n ? "project" : NULL,
		       x.project.n ? kd_sheet_cell(s, x.project) : kd_cell_none(NULL));
	kd_sheet_field(s, "fix_in", "fix in", kd_cell_text(kd_view_of(x.fix_in)));
	kd_sheet_field(s, "to", "to", kd_cell_text(kd_view_of(x.to)));
	why_cell(s, "subsystem", "subsystem", x.subsystem,
		 KD_V("neither file, module nor function tells"));
	kd_sheet_field(s, "subsystem_why", x.subsystem_why.n ? "by" : NULL,
		       x.subsystem_why.n ? kd_sheet_cell(s, x.subsystem_why) : kd_cell_none(NULL));
	why_cell(s, "source_file", x.file.n ? "file" : NULL, x.file, x.people_why_not);
	why_cell(s, "section", x.file.n ? "section" : NULL, x.section, x.people_why_not);
	why_cell(s, "maintainers", "maintainers", x.people, x.people_why_not);
	why_cell(s, "lists", x.file.n ? "lists" : NULL, x.lists, x.people_why_not);
}

static struct kd_error *of_source(struct job *j, struct kd_source *src, int64_t sig)
{
	struct kd_reports *rs = NULL;
	struct kd_scan_opts o = {.guilty = true};
	const struct kd_report *r;
	struct kd_error *err = kd_scan_all(j->ctx, src, &o, j->ctx->limits.log_reports, &rs);

	if (err)
		return err;
	r = kd_first_domino(rs, sig != 0);
	for (size_t i = 0; i < rs->n; i++) {
		bool is = sig ? kd_sig_number(kd_view_of(rs->v[i]->sig[KD_SIG_STRICT].hex)) == sig
			      : j->req->report == rs->v[i]->index + 1;

		r = is ? rs->v[i] : r;
	}
	if (j->req->report && (!r || r->index + 1 != j->req->report))
		err = kd_error_new(KD_NOTFOUND, "there is no report %llu: the log holds %zu",
				   (unsigned long long)j->req->report, rs->n);
	else if (r)
		say(j, r);
	j->s->none = !r;
	if (!r)
		kd_sheet_say(j->s, "no kernel report");
	kd_reports_free(rs);
	return err;
}

static struct kd_error *keep_event(void *user, const struct kd_dbval *col, size_t n)
{
	struct kd_event *e = user;

	(void)n;
	kd_event_read(col, e);
	*e = (struct kd_event){.key = e->key,
			       .sig = e->sig,
			       .has_raw = e->has_raw,
			       .block = e->block,
			       .off = e->off,
			       .len = e->len};
	return NULL;
}

static struct kd_error *of_id(struct job *j, struct kd_view id)
{
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(EVENT_MAX);
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_error *err = kd_memory_open(j->ctx, j->req->memory, KD_DB_READ, &db);
	struct kd_event e = {0};
	char grp[KD_GROUP_ID];
	struct kd_dbval arg;

	if (!err && kd_event_id_parse(id, &e.key)) {
		err = kd_event_get(db, e.key, j->s->arena, &e);
	} else if (!err) {
		err = kd_groups_find(db, id, grp);
		arg = kd_dbtext(kd_view_of(grp));
		if (!err)
			err = kd_db_query(db,
					  "SELECT " KD_EVENT_COLUMNS
					  " FROM event WHERE sig IN (SELECT sig FROM sig WHERE grp "
					  "= ?1) AND block IS "
					  "NOT NULL ORDER BY debug, at DESC, dig LIMIT 1",
					  &arg, 1, keep_event, &e);
		if (!err && !e.has_raw)
			err = kd_error_new(KD_NOTFOUND, "no text of an event of %s was kept", grp);
	}
	if (!err)
		err = kd_event_text(db, &e, &text);
	if (!err)
		err = kd_source_from_memory(kd_buf_view(&text), "event", &src);
	return err ? err : of_source(j, src, e.sig);
}

struct kd_error *kd_route(struct kd_ctx *ctx, const struct kd_route_request *req,
			  struct kd_sheet *s)
{
	struct kd_input in = {0};
	struct job j = {ctx, req, s};
	struct kd_view name = kd_view_of(req->name);
	struct kd_error *err;

	if (kd_caseinv_is_id(name) && !kd_fs_exists(req->name))
		return of_id(&j, name);
	err = kd_input_open(ctx, req->name, &in);
	if (err)
		return err;
	err = of_source(&j, in.src, 0);
	kd_source_close(in.src);
	return err;
}
