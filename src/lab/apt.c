// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/apt.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/proc.h"
#include "lab/path.h"

enum {
	FILES_MAX = 256,
	FILE_BYTES = 1 << 20,
	SHORT_MS = 60000,
	UPDATE_MS = 600000,
	DOWNLOAD_MS = 3600000,
	NAMES_MAX = 32,
};

/* ---- the system's mirror ---- */

struct mirror {
	char *uri, *key; /* of the main archive */
	char *security_uri, *security_key;
};

static void mirror_deinit(struct mirror *m)
{
	kd_free(m->uri);
	kd_free(m->key);
	kd_free(m->security_uri);
	kd_free(m->security_key);
}

static char *copy(struct kd_view v)
{
	return v.n ? kd_xstrndup(v.p, v.n) : NULL;
}

/* The first of each kind counts. */
static void take_source(void *user, const struct kd_apt_source *s)
{
	struct mirror *m = user;
	char **uri = s->security ? &m->security_uri : &m->uri;
	char **key = s->security ? &m->security_key : &m->key;

	if (*uri)
		return;
	*uri = copy(s->uri);
	*key = copy(s->signed_by);
}

static void read_sources(const char *path, struct mirror *m)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(FILE_BYTES + 65537);
	kd_auto(kd_error_freep) struct kd_error *err = kd_fs_read_small(path, FILE_BYTES, &b);

	if (!err)
		kd_apt_sources(kd_buf_view(&b),
			       kd_view_ends(kd_view_of(path), KD_V(".sources")), take_source, m);
}

static struct kd_error *one_file(void *user, const struct kd_fs_entry *e)
{
	struct kd_view name = kd_view_of(e->name);

	if (kd_view_ends(name, KD_V(".list")) || kd_view_ends(name, KD_V(".sources")))
		read_sources(e->path, user);
	return NULL;
}

static struct kd_error *find_mirror(const char *etc, struct mirror *m)
{
	static const struct kd_fs_walk_opts o = {.max_entries = FILES_MAX, .max_depth = 1};
	kd_auto(kd_freep) char *list = kd_lab_path("%s/sources.list", etc);
	kd_auto(kd_freep) char *dir = kd_lab_path("%s/sources.list.d", etc);

	read_sources(list, m);
	kd_error_free(kd_fs_walk(dir, &o, one_file, m)); /* may be missing */
	if (!m->uri)
		return kd_error_new(KD_NOTFOUND,
				    "no mirror of Debian is configured in %s (sources.list(5)); "
				    "kdoc takes the one that is",
				    etc);
	return NULL;
}

/* ---- the private root ---- */

static bool is_ubuntu(const struct kd_apt *apt)
{
	return kd_apt_is_ubuntu_suite(kd_view_of(apt->suite));
}

static const char *default_key(const struct kd_apt *apt)
{
	static const char *const keys[][2] = {{"/usr/share/keyrings/debian-archive-keyring.pgp",
					       "/usr/share/keyrings/debian-archive-keyring.gpg"},
					      {"/usr/share/keyrings/ubuntu-archive-keyring.gpg",
					       "/usr/share/keyrings/ubuntu-archive-keyring.pgp"}};
	const char *const *own = keys[is_ubuntu(apt)];

	for (size_t i = 0; i < 2; i++)
		if (kd_lab_is_file(own[i]))
			return own[i];
	return NULL;
}

static bool has_security(const char *suite)
{
	struct kd_view s = kd_view_of(suite);

	return !kd_view_eq(s, KD_V("sid")) && !kd_view_eq(s, KD_V("unstable"));
}

static void stanza(struct kd_buf *b, const char *uri, const char *suite, const char *suffix,
		   const char *key)
{
	kd_buf_printf(b, "Types: deb\nURIs: %s\nSuites: %s%s\nComponents: main\n", uri, suite,
		      suffix);
	if (key)
		kd_buf_printf(b, "Signed-By: %s\n", key);
	kd_buf_addc(b, '\n');
}

static struct kd_error *write_sources(const struct kd_apt *apt, const struct mirror *m)
{
	static const char *const pockets[] = {"-updates", "-security"};
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(32 << 10);
	kd_auto(kd_freep) char *dir = kd_lab_path("%s/etc/sources.list.d", apt->dir);
	kd_auto(kd_freep) char *path = kd_lab_path("%s/debian.sources", dir);
	struct kd_error *err = kd_fs_mkdirs(dir, 0755);

	if (err)
		return err;
	stanza(&b, m->uri, apt->suite, "", m->key ? m->key : default_key(apt));
	for (size_t i = 0; is_ubuntu(apt) && i < KD_ARRAY_LEN(pockets); i++)
		stanza(&b, m->uri, apt->suite, pockets[i], m->key ? m->key : default_key(apt));
	if (m->security_uri && has_security(apt->suite))
		stanza(&b, m->security_uri, apt->suite, "-security",
		       m->security_key ? m->security_key : default_key(apt));
	return kd_fs_write_atomic(path, kd_buf_view(&b), 0644);
}

/* How this system reaches the network (proxies …), but none of its exceptions from safety. */
static struct kd_error *host_acquire(struct kd_ctx *ctx, struct kd_buf *b)
{
	static const char *const argv[] = {"apt-config",     "dump",	"--no-empty",
					   "--format=%f \"%v\";%n", "Acquire", NULL};
	const struct kd_proc_req req = {
		.argv = argv, .timeout_ms = SHORT_MS, .cancel = ctx->cancel};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};
	struct kd_error *err = kd_proc_run(&req, &r);
	struct kd_view rest, line;

	if (!err)
		err = kd_proc_check(&req, &r);
	rest = kd_buf_view(&r.out);
	while (!err && kd_view_take_until(&rest, KD_V("\n"), &line))
		if (!kd_view_has(line, KD_V("Allow")) && !kd_view_has(line, KD_V("Verify-")) &&
		    !kd_view_has(line, KD_V("Check-")))
			kd_buf_printf(b, "%.*s\n", KD_VARG(line));
	return err;
}

static struct kd_error *write_conf(const struct kd_apt *apt, const char *also,
				   const char *path)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(256 << 10);
	struct kd_error *err = host_acquire(apt->ctx, &b);

	if (err)
		return err;
	kd_buf_printf(&b,
		      "Dir \"%s/\";\n"
		      "Dir::Etc \"etc/\";\nDir::Etc::main \"/dev/null\";\n"
		      "Dir::Etc::parts \"/dev/null\";\nDir::Etc::sourcelist \"/dev/null\";\n"
		      "Dir::Etc::sourceparts \"sources.list.d/\";\n"
		      "Dir::Etc::trusted \"/etc/apt/trusted.gpg\";\n"
		      "Dir::Etc::trustedparts \"/etc/apt/trusted.gpg.d/\";\n"
		      "Dir::State \"state/\";\nDir::State::status \"%s/state/status\";\n"
		      "Dir::Cache \"cache/\";\nDir::Log \"log/\";\n",
		      apt->dir, apt->dir);
	/* a module builder for another architecture still runs here: kbuild's programs */
	kd_buf_printf(&b,
		      "APT::Architecture \"%s\";\nAPT::Architectures { \"%s\"; %s%s%s };\n"
		      "APT::Get::AllowUnauthenticated \"false\";\n"
		      "Acquire::AllowInsecureRepositories \"false\";\n"
		      "Acquire::AllowDowngradeToInsecureRepositories \"false\";\n"
		      "Acquire::Languages \"none\";\nAcquire::Retries \"2\";\n"
		      "Acquire::http::Timeout \"30\";\nAcquire::https::Timeout \"30\";\n"
		      "APT::Update::Error-Mode \"any\";\nAPT::Install-Recommends \"false\";\n",
		      apt->arch, apt->arch, also ? "\"" : "", also ? also : "",
		      also ? "\";" : "");
	return kd_fs_write_atomic(path, kd_buf_view(&b), 0644);
}

static struct kd_error *make_dirs(struct kd_apt *apt)
{
	static const char *const dirs[] = {"etc/preferences.d", "state/lists/partial",
					   "cache/archives/partial", "log", "downloads", "tmp"};
	kd_auto(kd_freep) char *status = kd_lab_path("%s/state/status", apt->dir);
	struct kd_error *err = NULL;

	for (size_t i = 0; !err && i < KD_ARRAY_LEN(dirs); i++) {
		kd_auto(kd_freep) char *dir = kd_lab_path("%s/%s", apt->dir, dirs[i]);

		err = kd_fs_mkdirs(dir, 0755);
	}
	apt->downloads = kd_lab_path("%s/downloads", apt->dir);
	return err ? err : kd_fs_write_atomic(status, KD_VNULL, 0644);
}

/* It goes into a file of apt's: one word, nothing that means something there. */
static bool is_plain(const char *s, bool (*also)(char c))
{
	for (; *s; s++)
		if (!kd_is_word(*s) && !also(*s))
			return false;
	return true;
}

static bool in_name(char c)
{
	return c == '-' || c == '.' || c == '+';
}

static bool in_uri(char c)
{
	return in_name(c) || (c && strchr("/:@%~=,", c));
}

static struct kd_error *named_mirror(const struct kd_apt *apt, const struct kd_apt_where *where,
				     struct mirror *m)
{
	static const char *const begins[] = {"http://", "https://", "file:/"};
	const char *key = where->keyring ? where->keyring : default_key(apt);
	bool ok = is_plain(where->mirror, in_uri);
	size_t i = 0;

	while (i < KD_ARRAY_LEN(begins) && strncmp(where->mirror, begins[i], strlen(begins[i])))
		i++;
	if (!ok || i == KD_ARRAY_LEN(begins))
		return kd_error_new(KD_INVALID, "'%s' is no mirror: http://…, https://…, file:/…",
				    where->mirror);
	if (where->keyring && !kd_lab_is_file(where->keyring))
		return kd_error_new(KD_NOTFOUND, "there is no keyring %s", where->keyring);
	if (!key && is_ubuntu(apt))
		return kd_error_new(KD_NOTFOUND, "this system has no keys of Ubuntu's archive: apt install "
						 "ubuntu-keyring, or name a file (--keyring)");
	if (key && (key[0] != '/' || !is_plain(key, in_uri)))
		return kd_error_new(KD_INVALID, "'%s': apt takes a keyring by its whole, plain path", key);
	m->uri = kd_xstrndup(where->mirror, strlen(where->mirror));
	m->key = key ? kd_xstrndup(key, strlen(key)) : NULL;
	return NULL;
}

static struct kd_error *open_root(struct kd_apt *apt, const struct kd_apt_where *where,
				  const char *dir, const char *also)
{
	kd_auto(mirror_deinit) struct mirror m = {0};
	kd_auto(kd_freep) char *conf = NULL;
	struct kd_error *err = where->mirror ? named_mirror(apt, where, &m)
					     : find_mirror(where->etc ? where->etc : "/etc/apt", &m);

	if (!err)
		err = kd_lab_make_dir(dir, &apt->dir);
	if (!err)
		err = make_dirs(apt);
	if (err)
		return err;
	if (strpbrk(apt->dir, "\"\\\n;"))
		return kd_error_new(KD_INVALID, "apt cannot work in a folder of the name %s",
				    apt->dir);
	apt->mirror = kd_take(m.uri);
	m.uri = kd_xstrndup(apt->mirror, strlen(apt->mirror));
	err = write_sources(apt, &m);
	conf = kd_lab_path("%s/apt.conf", apt->dir);
	if (!err)
		err = write_conf(apt, also, conf);
	apt->conf_env = kd_lab_path("APT_CONFIG=%s", conf);
	return err;
}

static struct kd_error *check_suite(const struct kd_apt_where *where, const char *suite)
{
	if (where->mirror ? *suite && is_plain(suite, in_name) : kd_apt_is_debian_suite(kd_view_of(suite)))
		return NULL;
	if (kd_apt_is_ubuntu_suite(kd_view_of(suite)))
		return kd_error_new(KD_INVALID, "%s is a suite of Ubuntu's: name a mirror of it "
				    "(--mirror=http://archive.ubuntu.com/ubuntu)", suite);
	return kd_error_new(KD_INVALID, "'%s' is no suite of Debian that kdoc knows (bullseye, bookworm, "
			    "trixie, sid …); of another archive: --mirror", suite);
}

struct kd_error *kd_apt_open(struct kd_ctx *ctx, const struct kd_apt_where *where, const char *dir,
			     const char *suite, const char *arch, const char *also,
			     struct kd_apt *ret)
{
	struct kd_error *err = check_suite(where, suite);

	*ret = (struct kd_apt){.ctx = ctx};
	if (err)
		return err;
	if (!kd_lab_has_program("apt-get") || !kd_lab_has_program("apt-cache"))
		return kd_error_new(KD_NOTFOUND,
				    "apt is not installed: packages of Debian can be fetched on "
				    "systems of its family only");
	ret->suite = kd_xstrndup(suite, strlen(suite));
	ret->arch = kd_xstrndup(arch, strlen(arch));
	err = open_root(ret, where, dir, also && strcmp(also, arch) ? also : NULL);
	if (err)
		kd_apt_close(ret);
	return err;
}

void kd_apt_close(struct kd_apt *apt)
{
	kd_free(apt->dir);
	kd_free(apt->conf_env);
	kd_free(apt->mirror);
	kd_free(apt->suite);
	kd_free(apt->arch);
	kd_free(apt->downloads);
	*apt = (struct kd_apt){0};
}

/* ---- commands ---- */

enum { ENV_MAX = 12 };

/* What apt and its methods need, nothing else of the caller's. */
static void environment(const struct kd_apt *apt, char *own[ENV_MAX], const char *ret[ENV_MAX])
{
	static const char *const names[] = {"http_proxy", "https_proxy", "no_proxy", "HOME"};
	size_t n = 0, i;

	ret[n++] = apt->conf_env;
	ret[n++] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	ret[n++] = "LC_ALL=C";
	for (i = 0; i < KD_ARRAY_LEN(names); i++) {
		const char *v = getenv(names[i]);

		own[i] = v ? kd_lab_path("%s=%s", names[i], v) : NULL;
		if (own[i])
			ret[n++] = own[i];
	}
	own[i] = kd_lab_path("TMPDIR=%s/tmp", apt->dir); /* its key rings and lists */
	ret[n++] = own[i];
	ret[n] = NULL;
}

/* "E: …" and "Err:…" lines, most telling first. */
struct kd_error *kd_apt_judge(struct kd_view errors, const char *what)
{
	static const struct {
		const char *words;
		enum kd_errclass cls;
		const char *meaning;
	} rows[] = {
		{"does not have a Release file", KD_NOTFOUND, "the mirror has no such suite"},
		{"is expired", KD_NETWORK,
		 "the mirror's list of the suite is out of date (--expired takes it all the same; "
		 "its signature is still checked)"},
		{"No space left on device", KD_IO, "the disk is full"},
		{"Disk quota exceeded", KD_IO, "the disk is full"},
		{"NO_PUBKEY", KD_AUTH, "it is signed with a key that this system does not have"},
		{"signatures were invalid", KD_AUTH, "its signature is wrong"},
		{"is not signed", KD_AUTH, "it is not signed with a key that this system knows"},
		{"Hash Sum mismatch", KD_NETWORK, "what came is not what the signed list says"},
		{"Could not resolve", KD_NETWORK, "no network (the mirror's name is not found)"},
		{"Temporary failure resolving", KD_NETWORK,
		 "no network (the mirror's name is not found)"},
		{"Could not connect", KD_NETWORK, "the mirror cannot be reached"},
		{"Unable to connect", KD_NETWORK, "the mirror cannot be reached"},
		{"Connection timed out", KD_NETWORK, "the mirror does not answer"},
		{"Connection failed", KD_NETWORK, "the mirror cannot be reached"},
		{"Unable to locate package", KD_NOTFOUND, "the suite has no such package"},
		{"No packages found", KD_NOTFOUND, "the suite has no such package"},
		{"404  Not Found", KD_NOTFOUND, "the mirror does not have it (any more)"},
		{"Failed to fetch", KD_NETWORK, "it could not be fetched"},
	};
	struct kd_view line = kd_view_trim(errors);
	size_t at = kd_view_find(errors, KD_V("E: "));

	if (at != KD_NPOS)
		line = kd_view_from(errors, at + 3);
	line = kd_view_head(line, kd_view_chr(line, '\n'));
	line = kd_view_head(line, 300);
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++)
		if (kd_view_has(errors, kd_view_of(rows[i].words)))
			return rows[i].cls == KD_IO
				       ? kd_error_errno(ENOSPC, "%s: %s", what, rows[i].meaning)
				       : kd_error_new(rows[i].cls, "%s: %s (apt: %.*s)", what,
						      rows[i].meaning, KD_VARG(line));
	return kd_error_new(KD_IO, "%s: apt failed: %.*s", what, KD_VARG(line));
}

static struct kd_error *run(const struct kd_apt *apt, const char *const *argv, const char *cwd,
			    unsigned timeout_ms, bool (*watch)(void *, struct kd_proc_result *),
			    void *user, struct kd_proc_result *r)
{
	char *own[ENV_MAX] = {NULL};
	const char *env[ENV_MAX];
	const struct kd_proc_req req = {
		.argv = argv,
		.env = env,
		.cwd = cwd,
		.timeout_ms = timeout_ms,
		.cancel = apt->ctx->cancel,
		.watch = watch,
		.watch_user = user,
	};
	struct kd_error *err;

	environment(apt, own, env);
	err = kd_proc_run(&req, r);
	for (size_t i = 0; i < ENV_MAX; i++)
		kd_free(own[i]);
	if (err)
		return err;
	if (!r->signal && !r->timed_out && !r->cancelled && r->exit_status)
		return kd_apt_judge(kd_buf_view(&r->err), argv[0]);
	return kd_proc_check(&req, r);
}

struct kd_error *kd_apt_update(const struct kd_apt *apt)
{
	const char *const argv[] = {"apt-get", "-q", "-o",
				    apt->expired ? "Acquire::Check-Valid-Until=false"
						 : "Acquire::Check-Valid-Until=true",
				    "update", NULL};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};

	if (apt->progress)
		apt->progress(apt->user, "lists of the suite", 0, 0);
	return kd_error_wrap(run(apt, argv, NULL, UPDATE_MS, NULL, NULL, &r), "%s of %s",
			     apt->suite, apt->mirror);
}

/* One field of a control stanza, its first line; absent when it is not there. */
static struct kd_view control_field(struct kd_view text, struct kd_view name)
{
	struct kd_view line;

	while (kd_view_take_part(&text, KD_V("\n"), &line)) {
		if (!line.n)
			break; /* another version */
		if (kd_view_skip(&line, name) && kd_view_skip(&line, KD_V(":")))
			return kd_view_trim(line);
	}
	return KD_VNULL;
}

static uint64_t control_number(struct kd_view text, struct kd_view name)
{
	uint64_t n = 0;

	(void)kd_view_dec(control_field(text, name), &n);
	return n;
}

struct kd_error *kd_apt_show(const struct kd_apt *apt, const char *name,
			     struct kd_apt_package *ret)
{
	const char *const argv[] = {"apt-cache", "show", "--no-all-versions", "--", name, NULL};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};
	struct kd_error *err = run(apt, argv, NULL, SHORT_MS, NULL, NULL, &r);
	struct kd_view text = kd_buf_view(&r.out);

	if (err)
		return kd_error_wrap(err, "%s of %s", name, apt->suite);
	*ret = (struct kd_apt_package){
		.name = copy(control_field(text, KD_V("Package"))),
		.version = copy(control_field(text, KD_V("Version"))),
		.arch = copy(control_field(text, KD_V("Architecture"))),
		.depends = copy(control_field(text, KD_V("Depends"))),
		.download_bytes = control_number(text, KD_V("Size")),
		.installed_bytes = control_number(text, KD_V("Installed-Size")) * 1024,
	};
	if (ret->name && ret->version && ret->arch)
		return NULL;
	kd_apt_package_deinit(ret);
	return kd_error_new(KD_NOTFOUND, "%s has no package %s", apt->suite, name);
}

struct loading {
	const struct kd_apt *apt;
	const struct kd_apt_package *pkg;
	const char *file;
};

static bool show_loading(void *user, struct kd_proc_result *r)
{
	const struct loading *l = user;
	kd_auto(kd_freep) char *partial =
		kd_lab_path("%s/partial/%s", l->apt->downloads, l->file);
	kd_auto(kd_freep) char *whole = kd_lab_path("%s/%s", l->apt->downloads, l->file);
	struct stat sb;

	(void)r;
	if (l->apt->progress && (!stat(partial, &sb) || !stat(whole, &sb)))
		l->apt->progress(l->apt->user, l->pkg->name, (uint64_t)sb.st_size,
				 l->pkg->download_bytes);
	return true;
}

/* apt writes a version's ":" as "%3a" in names of files. */
static char *file_name(const struct kd_apt_package *p)
{
	struct kd_view v = kd_view_of(p->version), part;
	char *epoch = NULL, *name;

	if (kd_view_take_until(&v, KD_V(":"), &part))
		epoch = kd_lab_path("%.*s%%3a", KD_VARG(part));
	name = kd_lab_path("%s_%s%.*s_%s.deb", p->name, epoch ? epoch : "", KD_VARG(v), p->arch);
	kd_free(epoch);
	return name;
}

struct kd_error *kd_apt_download(const struct kd_apt *apt, struct kd_apt_package *pkg)
{
	const bool all = !strcmp(pkg->arch, "all");
	kd_auto(kd_freep) char *what = kd_lab_path("%s:%s=%s", pkg->name,
						   all ? apt->arch : pkg->arch, pkg->version);
	kd_auto(kd_freep) char *name = file_name(pkg);
	kd_auto(kd_freep) char *path = kd_lab_path("%s/%s", apt->downloads, name);
	const char *const argv[] = {"apt-get", "-q", "download", "--", what, NULL};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};
	struct loading l = {apt, pkg, name};
	struct kd_error *err;

	err = run(apt, argv, apt->downloads, DOWNLOAD_MS, show_loading, &l, &r);
	if (err)
		return kd_error_wrap(err, "downloading %s", pkg->name);
	if (!kd_lab_is_file(path))
		return kd_error_new(KD_IO, "downloading %s: apt left no %s", pkg->name, name);
	kd_free(pkg->file);
	pkg->file = kd_take(path);
	return NULL;
}

struct kd_error *kd_apt_download_all(const struct kd_apt *apt, const char *const *names, size_t n)
{
	const char *argv[NAMES_MAX + 8] = {"apt-get",	 "-q", "-y", "--no-install-recommends",
					   "--download-only", "install", "--"};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};

	if (n > NAMES_MAX)
		return kd_error_new(KD_LIMIT, "more than %d packages at once", NAMES_MAX);
	for (size_t i = 0; i < n; i++)
		argv[7 + i] = names[i];
	if (apt->progress)
		apt->progress(apt->user, "compiler", 0, 0);
	return kd_error_wrap(run(apt, argv, NULL, DOWNLOAD_MS, NULL, NULL, &r),
			     "downloading a compiler");
}

void kd_apt_package_deinit(struct kd_apt_package *p)
{
	kd_free(p->name);
	kd_free(p->version);
	kd_free(p->arch);
	kd_free(p->depends);
	kd_free(p->file);
	*p = (struct kd_apt_package){0};
}
