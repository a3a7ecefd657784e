// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the tree of that kernel adds: the line that the report names, and who answers for its file.
 * Only with --tree or source.tree, and only when the log, or its debug info, names a file.
 */
#include "base/alloc.h"
#include "verb/inv.h"
#include "verb/source.h"

enum { ADDRESSES_SHOWN = 8, AT_MAX = 400, TEXT_MAX = 1500 };

/* What the report says about the place, if it says a file. */
struct named {
	struct kd_view file, func;
	uint32_t fline;
	int32_t at; /* line of the report */
};

static bool find_named(const struct kd_finding *f, struct named *n)
{
	const struct kd_report *r = f->r;
	const struct kd_frame *frames[] = {r->has_guilty ? &r->guilty : NULL, &r->where};

	if (f->src_file.n) { /* the debug info knows best */
		*n = (struct named){f->src_file, f->src_func, f->src_line, f->fault->set->line};
		return true;
	}

	for (size_t i = 0; i < KD_ARRAY_LEN(frames); i++)
		if (frames[i] && frames[i]->file.n) {
			*n = (struct named){frames[i]->file, frames[i]->func, frames[i]->fline,
					    frames[i]->line};
			return true;
		}
	/* "kernel BUG at mm/rmap.c:1306!": the function is in another line, perhaps another one */
	*n = (struct named){.file = r->loc_file, .fline = r->loc_line, .at = -1};
	if (!n->file.n) /* the file that syzkaller's rules blame: no line, no function */
		*n = (struct named){.file = r->syz.guilty_file, .at = -1};
	return n->file.n > 0;
}

static void add_role(struct kd_buf *b, const struct kd_maint_answer *m, char role, const char *word)
{
	size_t n = 0;

	for (size_t i = 0; i < m->naddresses; i++) {
		if (m->addresses[i].role != role)
			continue;
		if (n++ < ADDRESSES_SHOWN)
			kd_buf_printf(b, "%s%.*s", n == 1 ? word : ", ", KD_VARG(m->addresses[i].address));
	}
	if (n > ADDRESSES_SHOWN)
		kd_buf_printf(b, " and %zu more", n - ADDRESSES_SHOWN);
}

static void say_maintainers(struct kd_inv_build *b, struct kd_tree *t, const struct kd_place *p,
			    const struct named *n)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(0), line = KD_BUF_INIT(TEXT_MAX);
	struct kd_arena arena = KD_ARENA_INIT((size_t)16 << 20);
	struct kd_maintainers lines = {0};
	struct kd_maint_answer m;
	struct kd_error *err = kd_source_maintainers(t, p->path, kd_buf_view(&p->text), &arena, &text, &lines, &m);

	if (!err && m.nsections) {
		const struct kd_maint_section *s = &m.sections[0];

		kd_buf_printf(&line, "%.*s", KD_VARG(s->title));
		if (s->status.n)
			kd_buf_printf(&line, " (%.*s)", KD_VARG(s->status));
		add_role(&line, &m, 'M', "; to ");
		add_role(&line, &m, 'R', "; reviewers ");
		add_role(&line, &m, 'L', "; lists ");
		kd_inv_at(b, kd_inv_say(b, KD_PART_CONTEXT, "maintainers", "%.*s%s, for %.*s by the tree's MAINTAINERS",
					KD_VARG(kd_buf_view(&line)), line.overflow ? " …" : "", KD_VARG(p->path)),
			  n->at);
	}
	kd_error_free(err);
	kd_maintainers_deinit(&lines);
	kd_arena_deinit(&arena);
}

static void say_line(struct kd_inv_build *b, const struct kd_tree_info *i, const struct kd_place *p,
		     const struct named *n)
{
	struct kd_view why = p->why_not.n ? p->why_not : p->warning, warning = i->warning;
	struct kd_view name = i->name.n ? i->name : KD_V("this tree");
	struct kd_statement *s;

	if (p->marked && !p->why_not.n)
		s = kd_inv_say(b, KD_PART_CONTEXT, "source", "%.*s:%u: \"%.*s\" (%.*s)%s%.*s", KD_VARG(p->path),
			       p->marked, KD_VARG(kd_view_head(kd_view_trim(kd_place_line(p, p->marked)), 200)),
			       KD_VARG(kd_view_head(name, 80)), warning.n ? "; careful: " : "",
			       KD_VARG(kd_view_head(warning, 300)));
	else if (why.n && (n->func.n || n->fline))
		s = kd_inv_say(b, KD_PART_CONTEXT, "source", "no text of the place: %.*s", KD_VARG(kd_view_head(why, 400)));
	else
		return;
	kd_inv_at(b, s, n->at);
}

/* "6.1.0-56-cloud-amd64 #1 SMP … Debian 6.1.170-1 (…)": the package's version is in the build text. */
static struct kd_view release_of(struct kd_arena *a, const struct kd_report *r)
{
	return kd_arena_printf(a, "%.*s%s%.*s", KD_VARG(kd_view_head(r->release, AT_MAX / 2)), r->build.n ? " " : "",
			       KD_VARG(kd_view_head(r->build, AT_MAX / 2)));
}

/* The text itself beside what the compiler read; nothing where the debug info does not say. */
static void say_drift(struct kd_inv_build *b, const struct kd_place *p, const struct named *n)
{
	uint8_t sum[KD_MD5_LEN];

	if (!b->f->has_src_md5 || !kd_view_eq(b->f->src_file, n->file) || !p->text.n)
		return;
	kd_md5_of(kd_buf_view(&p->text), sum);
	if (memcmp(sum, b->f->src_md5, KD_MD5_LEN) == 0)
		return;
	kd_inv_at(b, kd_inv_say(b, KD_PART_CONTEXT, "source", "careful: this tree's %.*s is not the file that was compiled "
				"(the MD5 in the debug info is another): its lines may be others", KD_VARG(p->path)),
		  n->at);
}

void kd_inv_source(struct kd_inv_build *b, struct kd_ctx *ctx, const char *tree)
{
	kd_auto(kd_tree_freep) struct kd_tree *t = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_place_req req;
	struct kd_place p;
	struct named n;
	struct kd_view at;

	if (!find_named(b->f, &n) || !b->r->release.n)
		return;
	at = release_of(b->arena, b->r);
	if (!at.p)
		return; /* the finding is full */
	err = kd_source_open_tree(ctx, tree, at.p, b->arena, NULL, NULL, &t);
	if (!err && !tree && kd_tree_info(t)->kind == KD_TREE_TAR)
		return; /* seconds for a line: only when somebody asks for it */
	if (err && (tree || err->cls != KD_INVALID)) /* KD_INVALID: no tree is configured */
		kd_inv_say(b, KD_PART_CONTEXT, "source", "not looked at: %s", err->msg);
	if (err)
		return;
	if (kd_tree_info(t)->bind == KD_BIND_DIFFERS) { /* no quote from another kernel's text */
		kd_inv_say(b, KD_PART_CONTEXT, "source", "not shown: %.*s", KD_VARG(kd_tree_info(t)->warning));
		return;
	}
	req = (struct kd_place_req){.file = n.file, .func = n.func, .line = n.fline};
	err = kd_place_open(t, &req, &p);
	if (err) {
		kd_inv_say(b, KD_PART_CONTEXT, "source", "not looked at: %s", err->msg);
		return;
	}
	say_line(b, kd_tree_info(t), &p, &n);
	say_drift(b, &p, &n);
	if (p.path.n)
		say_maintainers(b, t, &p, &n);
	kd_place_deinit(&p);
}
