// SPDX-License-Identifier: GPL-2.0-or-later
/* From what a kernel says about itself to a revision: kd_tree_resolve() of tree_internal.h. */
#include <stdio.h>

#include "base/alloc.h"
#include "report/release.h"
#include "source/tree_internal.h"

enum { CAND_MAX = 12, NAME_MAX_BYTES = 256, REFS_SHOWN = 5 };

struct cand {
	char name[NAME_MAX_BYTES]; /* for git, peeled to a commit */
	char label[NAME_MAX_BYTES]; /* for people */
	enum kd_tree_bind bind;
};

struct search {
	struct kd_tree *t;
	struct kd_view at; /* all of the text */
	struct kd_release r;
	bool is_release;
	struct kd_view package; /* Debian's 6.1.170-1, or absent */
	struct cand cand[CAND_MAX];
	size_t n;
};

static void add(struct search *s, enum kd_tree_bind bind, const char *prefix, struct kd_view name,
		const char *kind)
{
	struct cand *c;

	if (s->n == CAND_MAX || name.n > 128)
		return;
	c = &s->cand[s->n++];
	snprintf(c->name, sizeof(c->name), "%s%.*s^{commit}", prefix, KD_VARG(name));
	snprintf(c->label, sizeof(c->label), "%s %.*s", kind, KD_VARG(name));
	c->bind = bind;
}

static void add_tag(struct search *s, enum kd_tree_bind bind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void add_tag(struct search *s, enum kd_tree_bind bind, const char *fmt, ...)
{
	char tag[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(tag, sizeof(tag), fmt, ap);
	va_end(ap);
	add(s, bind, "refs/tags/", kd_view_of(tag), "tag");
}

/* "6.1.170-1" among the words behind the release: a Debian package's version of the same series. */
static struct kd_view package_of(struct kd_view text, const struct kd_release *r)
{
	struct kd_view word, v;
	uint64_t major, minor;
	bool first = true;

	for (; kd_view_take_word(&text, &word); first = false) {
		kd_view_skip_blank(&text);
		kd_view_skip(&word, KD_V("("));
		v = word;
		if (first || !kd_view_take_dec(&v, &major) || !kd_view_skip(&v, KD_V(".")) ||
		    !kd_view_take_dec(&v, &minor) || major != r->major || minor != r->minor ||
		    kd_view_chr(v, '-') == KD_NPOS)
			continue;
		while (word.n && !kd_is_alnum(word.p[word.n - 1]))
			word.n--;
		return word;
	}
	return KD_VNULL;
}

/* The number stays at .0 (or at what it was years ago) while the code moves. */
static bool has_fixed_number(const struct kd_release *r)
{
	return r->vendor == KD_VENDOR_UBUNTU || r->vendor == KD_VENDOR_RHEL ||
	       r->vendor == KD_VENDOR_SUSE || r->vendor == KD_VENDOR_ORACLE ||
	       (r->vendor != KD_VENDOR_UNKNOWN && r->vendor != KD_VENDOR_UPSTREAM &&
		r->vendor != KD_VENDOR_SYZBOT && r->has_patch && !r->patch && !r->has_rc && !r->has_next);
}

static bool is_vendors(const struct kd_release *r)
{
	return r->vendor != KD_VENDOR_UNKNOWN && r->vendor != KD_VENDOR_UPSTREAM;
}

/* v6.1.90, v6.1 for 6.1.0, v2.6.32 */
static void add_version(struct search *s, enum kd_tree_bind bind)
{
	const struct kd_release *r = &s->r;

	if (r->has_rc)
		add_tag(s, bind, "v%u.%u-rc%u", r->major, r->minor, r->rc);
	else if (r->has_patch && (r->patch || r->major < 3))
		add_tag(s, bind, "v%u.%u.%u", r->major, r->minor, r->patch);
	else
		add_tag(s, bind, "v%u.%u", r->major, r->minor);
}

/* Release without the architecture behind it: 5.14.0-427.13.1.el9_4.x86_64 */
static struct kd_view without_arch(const struct kd_release *r)
{
	size_t dot = kd_view_rchr(r->text, '.');

	return r->arch && dot != KD_NPOS ? kd_view_head(r->text, dot) : r->text;
}

/* Debian: the tag of the package's upstream version, "6.1.170-1", "6.12~rc6-1~exp1". */
static void add_package(struct search *s)
{
	struct kd_view v = s->package, version;

	version = kd_view_head(v, kd_view_chr(v, '-'));
	if (kd_view_has(version, KD_V("~")))
		return;
	if (kd_view_ends(version, KD_V(".0")) && s->r.major >= 3)
		version.n -= 2;
	add_tag(s, KD_BIND_BASE, "v%.*s", KD_VARG(version));
}

static void add_of_release(struct search *s)
{
	const struct kd_release *r = &s->r;

	if (r->commit.n) {
		add(s, KD_BIND_COMMIT, "", r->commit, "commit");
		return; /* what is before it is another text */
	}
	if (r->has_next) {
		add_tag(s, KD_BIND_TAG, "next-%08u", r->next);
		return;
	}
	if (s->package.n) {
		add_package(s);
		return;
	}
	if (r->vendor == KD_VENDOR_RHEL)
		add_tag(s, KD_BIND_TAG, "kernel-%.*s", KD_VARG(without_arch(r)));
	if (r->vendor == KD_VENDOR_SUSE && kd_view_rchr(r->text, '-') != KD_NPOS)
		add_tag(s, KD_BIND_TAG, "rpm-%.*s",
			KD_VARG(kd_view_head(r->text, kd_view_rchr(r->text, '-'))));
	if (has_fixed_number(r))
		return;
	add_version(s, is_vendors(r) || r->plus || r->dirty || (r->has_ahead && r->ahead) ? KD_BIND_BASE
										 : KD_BIND_TAG);
}

/* The tags "Ubuntu-5.15.0-91.101" and "Ubuntu-hwe-…": the upload's number is not in the release. */
static struct kd_error *add_ubuntu(struct search *s)
{
	char plain[NAME_MAX_BYTES], flavoured[NAME_MAX_BYTES];
	const char *args[] = {"for-each-ref", "--count=6", "--format=%(refname:strip=2)", plain, flavoured,
			      NULL};
	kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(64 << 10);
	struct kd_git_req req = {.args = args, .timeout_ms = 10000};
	const struct kd_release *r = &s->r;
	struct kd_view rest, line, first = KD_VNULL;
	struct kd_error *err;
	size_t n = 0;

	if (!r->abi.n || r->abi.n > 32)
		return NULL;
	snprintf(plain, sizeof(plain), "refs/tags/Ubuntu-%u.%u.%u-%.*s.*", r->major, r->minor, r->patch,
		 KD_VARG(r->abi));
	snprintf(flavoured, sizeof(flavoured), "refs/tags/Ubuntu-*-%u.%u.%u-%.*s.*", r->major, r->minor,
		 r->patch, KD_VARG(r->abi));
	err = kd_git_run(&s->t->git, &req, &out, NULL);
	if (err)
		return err;
	rest = kd_buf_view(&out);
	while (kd_view_take_until(&rest, KD_V("\n"), &line)) {
		if (!n++)
			first = line;
	}
	if (n == 1)
		add_tag(s, KD_BIND_TAG, "%.*s", KD_VARG(first));
	else if (n)
		kd_tree_step(s->t, false, kd_view_of(plain),
			     "%zu%s tags fit, one of them is %.*s: name the right one", n > REFS_SHOWN ? (size_t)REFS_SHOWN : n,
			     n > REFS_SHOWN ? " or more" : "", KD_VARG(first));
	else
		kd_tree_step(s->t, false, kd_view_of(plain), "not in this repository");
	return NULL;
}

static void warn_bind(struct search *s, const struct cand *c)
{
	const struct kd_release *r = &s->r;
	struct kd_arena *a = &s->t->arena;
	struct kd_view *w = &s->t->info.warning;

	if (c->bind == KD_BIND_BASE && s->package.n)
		*w = kd_arena_printf(a, "%.*s is upstream's text: the patches of Debian's %.*s are missing",
				     KD_VARG(kd_view_of(c->label)), KD_VARG(s->package));
	else if (c->bind == KD_BIND_BASE && is_vendors(r))
		*w = kd_arena_printf(a, "%s is upstream's text: %s's patches are missing", c->label,
				     kd_vendor_words(r->vendor));
	else if (c->bind == KD_BIND_BASE)
		*w = kd_arena_printf(a, "%s: the release says that the build had changes after it", c->label);
	else if (c->bind == KD_BIND_COMMIT && r->dirty)
		*w = kd_arena_view(a, KD_V("the build had uncommitted changes (-dirty)"));
}

static void chosen(struct search *s, const struct cand *c, const char *oid)
{
	struct kd_tree_info *i = &s->t->info;
	struct kd_view label = kd_view_of(c->label), word;

	i->bind = c->bind;
	i->revision = kd_arena_view(&s->t->arena, kd_view_of(oid));
	kd_view_take_word(&label, &word);
	kd_view_skip_blank(&label);
	i->name = kd_arena_view(&s->t->arena, label);
	if (s->is_release)
		warn_bind(s, c);
}

static struct kd_error *try_all(struct search *s, bool *found)
{
	const char *names[CAND_MAX];
	char oid[CAND_MAX][KD_GIT_OID];
	struct kd_error *err;

	*found = false;
	for (size_t i = 0; i < s->n; i++)
		names[i] = s->cand[i].name;
	err = kd_git_resolve(&s->t->git, names, s->n, oid);
	for (size_t i = 0; !err && i < s->n && !*found; i++) {
		if (oid[i][0]) {
			kd_tree_step(s->t, true, kd_view_of(s->cand[i].label), "commit %.12s", oid[i]);
			chosen(s, &s->cand[i], oid[i]);
			*found = true;
		} else {
			kd_tree_step(s->t, false, kd_view_of(s->cand[i].label), "not in this repository");
		}
	}
	return err;
}

/* Why there is nothing, and what somebody who knows better may say. */
static struct kd_error *nothing(const struct search *s)
{
	const struct kd_release *r = &s->r;
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(2048);

	for (size_t i = 0; i < s->t->steps.n; i++)
		kd_buf_printf(&b, "%s%.*s: %.*s", i ? "; " : "", KD_VARG(s->t->steps.v[i].what),
			      KD_VARG(s->t->steps.v[i].outcome));
	if (s->is_release && r->commit.n)
		kd_buf_printf(&b, "; a tag before that commit would be another text");
	else if (s->is_release && !s->package.n && has_fixed_number(r))
		kd_buf_printf(&b, "; %s's %u.%u.%u says nothing about the upstream version%s",
			      kd_vendor_words(r->vendor), r->major, r->minor, r->patch,
			      r->vendor == KD_VENDOR_DEBIAN
				      ? ": give the package version too, '6.1.0-56-amd64 6.1.170-1'"
				      : "");
	return kd_error_new(KD_NOTFOUND, "no revision for '%.*s': %.*s (--at takes any tag or commit)",
			    KD_VARG(kd_view_head(s->at, 120)), KD_VARG(kd_buf_view(&b)));
}

static void take_release(struct search *s)
{
	struct kd_view rest = s->at, word = KD_VNULL;

	kd_view_take_word(&rest, &word);
	s->is_release = kd_release_parse(word, &s->r);
	if (s->is_release)
		s->package = package_of(s->at, &s->r);
}

struct kd_error *kd_tree_resolve(struct kd_tree *t, const char *at)
{
	struct search s = {.t = t, .at = t->info.at};
	struct kd_error *err = NULL;
	struct kd_view rest = s.at, word = KD_VNULL;
	bool found;

	if (!at || !s.at.n) {
		add(&s, KD_BIND_NONE, "", KD_V("HEAD"), "revision");
	} else {
		take_release(&s);
		kd_view_take_word(&rest, &word);
		/* git itself would take anything before -g<commit> for a name of the commit */
		if (!rest.n && kd_git_name_ok(word) && !(s.is_release && s.r.commit.n))
			add(&s, KD_BIND_ASKED, "", word, "revision");
		if (s.is_release)
			add_of_release(&s);
		if (s.is_release && s.r.vendor == KD_VENDOR_UBUNTU && !s.r.commit.n)
			err = add_ubuntu(&s);
	}
	if (!err)
		err = try_all(&s, &found);
	if (err)
		return kd_error_wrap(err, "%s", t->where);
	return found ? NULL : nothing(&s);
}

/* ---- folders and tarballs ---- */

/* "NAME = value" at the beginning of a line. */
static struct kd_view assignment(struct kd_view text, struct kd_view name)
{
	struct kd_view line;

	while (kd_view_take_until(&text, KD_V("\n"), &line)) {
		if (!kd_view_skip(&line, name))
			continue;
		kd_view_skip_blank(&line);
		if (kd_view_skip(&line, KD_V("=")))
			return kd_view_trim(line);
	}
	return KD_VNULL;
}

struct kd_view kd_tree_makefile_version(struct kd_arena *a, struct kd_view text)
{
	struct kd_view head = kd_view_head(text, 4096);
	struct kd_view v = assignment(head, KD_V("VERSION")), p = assignment(head, KD_V("PATCHLEVEL"));
	struct kd_view s = assignment(head, KD_V("SUBLEVEL")), e = assignment(head, KD_V("EXTRAVERSION"));
	uint64_t n;

	if (!kd_view_dec(v, &n) || !kd_view_dec(p, &n) || !kd_view_dec(s, &n) || e.n > 64)
		return KD_VNULL;
	return kd_arena_printf(a, "%.*s.%.*s.%.*s%.*s", KD_VARG(v), KD_VARG(p), KD_VARG(s), KD_VARG(e));
}

/* "linux (6.1.170-1) bookworm; …" */
static struct kd_view changelog_version(struct kd_tree *t)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(KD_TREE_FILE_MAX);
	struct kd_view v, version;

	if (t->info.kind != KD_TREE_FOLDER)
		return KD_VNULL; /* another pass over an archive for a line that few have */
	kd_error_free(kd_tree_read(t, KD_V("debian/changelog"), KD_TREE_FILE_MAX, &b));
	v = kd_view_head(kd_buf_view(&b), 256);
	if (!kd_view_skip(&v, KD_V("linux (")) || !kd_view_take_until(&v, KD_V(")"), &version))
		return KD_VNULL;
	return kd_arena_view(&t->arena, version);
}

static bool same_version(const struct kd_release *a, const struct kd_release *b)
{
	return a->major == b->major && a->minor == b->minor && a->patch == b->patch && a->has_rc == b->has_rc &&
	       a->rc == b->rc;
}

static void differs(struct kd_tree *t, struct kd_view asked)
{
	t->info.bind = KD_BIND_DIFFERS;
	t->info.warning = kd_arena_printf(&t->arena, "wrong tree: it is %.*s, and %.*s was asked for",
					  KD_VARG(t->info.version), KD_VARG(kd_view_head(asked, 100)));
}

static void compare(struct kd_tree *t, const struct search *s, const struct kd_release *have)
{
	struct kd_tree_info *i = &t->info;
	const struct kd_release *r = &s->r;
	struct kd_release package;

	if (s->package.n) {
		struct kd_view v = kd_view_head(s->package, kd_view_chr(s->package, '-'));
		struct kd_view own = changelog_version(t);

		if (own.n ? !kd_view_eq(own, s->package)
			  : !kd_release_parse(v, &package) || !same_version(have, &package)) {
			differs(t, s->package);
			return;
		}
		i->bind = KD_BIND_VERSION;
		return;
	}
	if (r->vendor == KD_VENDOR_DEBIAN && r->has_patch && !r->patch && have->major == r->major &&
	    have->minor == r->minor) {
		i->bind = KD_BIND_UNKNOWN;
		i->warning = kd_arena_printf(&t->arena,
					     "%.*s does not say its stable version; this tree is %.*s",
					     KD_VARG(r->text), KD_VARG(i->version));
		return;
	}
	if (!same_version(have, r)) {
		differs(t, r->text);
		return;
	}
	i->bind = is_vendors(r) ? KD_BIND_BASE : KD_BIND_VERSION;
	if (r->commit.n || r->has_next || r->plus || r->dirty)
		i->warning = kd_arena_view(&t->arena,
					   KD_V("the version is right; whether the commit is cannot be seen without git"));
	else if (i->bind == KD_BIND_BASE)
		i->warning = kd_arena_printf(&t->arena, "whether %s's patches are in this tree is not known",
					     kd_vendor_words(r->vendor));
}

struct kd_error *kd_tree_bind_version(struct kd_tree *t, const char *at)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT((size_t)4 << 20);
	struct search s = {.t = t, .at = t->info.at};
	struct kd_release have;
	struct kd_error *err = kd_tree_read(t, KD_V("Makefile"), (size_t)4 << 20, &b);

	if (err && err->cls != KD_NOTFOUND)
		return err;
	kd_error_free(err);
	t->info.version = kd_tree_makefile_version(&t->arena, kd_buf_view(&b));
	t->info.name = t->info.version;
	if (!t->info.version.n)
		kd_tree_step(t, false, KD_V("Makefile"), "says no kernel version");
	else
		kd_tree_step(t, true, KD_V("Makefile"), "version %.*s", KD_VARG(t->info.version));
	if (!at || !s.at.n)
		return NULL;
	kd_view_skip(&s.at, KD_V("v"));
	take_release(&s);
	if (!t->info.version.n || !kd_release_parse(t->info.version, &have) || !s.is_release) {
		t->info.bind = KD_BIND_UNKNOWN;
		t->info.warning = kd_arena_printf(&t->arena, "whether this tree is %.*s cannot be seen",
						  KD_VARG(kd_view_head(t->info.at, 100)));
		return NULL;
	}
	compare(t, &s, &have);
	return NULL;
}
