// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/setup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/config.h"
#include "base/fs.h"
#include "history/ext/gmime.h"
#include "symbol/insn.h"
#include "verb/agent.h"
#include "verb/version.h"

static struct kd_setup_item *add(struct kd_setup_result *r, const char *area, const char *name,
				 enum kd_setup_state state, const char *needed, const char *get)
{
	struct kd_setup_item *it;

	if (r->n == KD_SETUP_MAX)
		return &r->item[KD_SETUP_MAX - 1];
	it = &r->item[r->n++];
	*it = (struct kd_setup_item){.area = area,
				     .name = name,
				     .state = state,
				     .needed = needed,
				     .get = state == KD_SETUP_OK ? "" : get};
	r->missing += state == KD_SETUP_MISSING;
	r->optional += state == KD_SETUP_OPTIONAL;
	return it;
}

static void __attribute__((format(printf, 2, 3)))
detail(struct kd_setup_item *it, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(it->detail, sizeof(it->detail), fmt, ap);
	va_end(ap);
}

/* ---- reading logs ---- */

struct packing {
	const char *name, *needed, *get;
};

static const struct packing packings[] = {
	{"gzip", "logs packed as .gz",
	 "install zlib1g-dev (Debian) or zlib-devel (Fedora) and build kdoc again"},
	{"xz", "logs packed as .xz",
	 "install liblzma-dev (Debian) or xz-devel (Fedora) and build kdoc again"},
	{"zstd", "logs packed as .zst",
	 "install libzstd-dev (Debian) or libzstd-devel (Fedora) and build kdoc again"},
	{"bzip2", "logs packed as .bz2",
	 "install libbz2-dev (Debian) or bzip2-devel (Fedora) and build kdoc again"},
	{"lz4", "logs packed as .lz4",
	 "install liblz4-dev (Debian) or lz4-devel (Fedora) and build kdoc again"},
};

static bool built_with(const struct kd_version *v, const char *name)
{
	for (size_t i = 0; i < v->nfeatures; i++)
		if (!strcmp(v->feature[i].name, name))
			return v->feature[i].on;
	return false;
}

static void check_packings(struct kd_setup_result *r)
{
	struct kd_version v;

	kd_version_get(&v);
	for (size_t i = 0; i < KD_ARRAY_LEN(packings); i++)
		add(r, "reading logs", packings[i].name,
		    built_with(&v, packings[i].name) ? KD_SETUP_OK : KD_SETUP_OPTIONAL,
		    packings[i].needed, packings[i].get);
}

/* Libraries that are loaded when a log has Code: bytes. */
static void check_decoders(struct kd_setup_result *r)
{
	struct kd_disasm_library lib[4];
	size_t n = kd_disasm_libraries(lib, KD_ARRAY_LEN(lib));

	for (size_t i = 0; i < n && i < KD_ARRAY_LEN(lib); i++) {
		bool x86 = !strcmp(lib[i].name, "Zydis");
		struct kd_setup_item *it;

		it = add(r, "code bytes", lib[i].name, lib[i].found ? KD_SETUP_OK : KD_SETUP_OPTIONAL, lib[i].does,
			 lib[i].built ? x86 ? "install the libzydis (Debian) or zydis (Fedora) of the version that is named"
					    : "install the libcapstone (Debian) or capstone (Fedora) of the version that is named"
			 : x86	      ? "install libzydis-dev (Debian) or zydis-devel (Fedora) and build kdoc again"
				      : "install libcapstone-dev (Debian) or capstone-devel (Fedora) and build kdoc "
					"again");
		detail(it, "%s", lib[i].why);
	}
}

/* Loaded when there is mail to be read. */
static void check_mail(struct kd_setup_result *r)
{
	struct kd_gmime *g = NULL;
	struct kd_error *err = kd_gmime_open(&g);
	struct kd_setup_item *it;

	it = add(r, "upstream knowledge", "GMime", err ? KD_SETUP_OPTIONAL : KD_SETUP_OK, "mails of lists: archives, threads, patches",
		 "install libgmime-3.0-0 (Debian) or gmime30 (Fedora)");
	if (err)
		detail(it, "%s", err->msg);
	kd_error_free(err);
	kd_gmime_close(g);
}

static void check_temporary(struct kd_setup_result *r)
{
	const char *dir = getenv("TMPDIR");
	struct kd_setup_item *it;
	int fd;

	if (!dir || dir[0] != '/')
		dir = "/tmp";
	/* Nothing is written: the file never gets a name and is gone at once. */
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0 && faccessat(fd, ".", W_OK, 0)) {
			close(fd);
			fd = -1;
		}
	}
	it = add(r, "reading logs", "temporary folder", fd >= 0 ? KD_SETUP_OK : KD_SETUP_MISSING,
		 "lists of reports that do not fit into memory",
		 "set TMPDIR to a folder that you may write to");
	if (fd < 0)
		detail(it, "%s", strerror(errno));
	else
		close(fd);
}

/* ---- configuration ---- */

static void check_config(struct kd_setup_result *r)
{
	kd_auto(kd_config_freep) struct kd_config *c = kd_config_new();
	kd_auto(kd_error_freep) struct kd_error *err = kd_config_load(c, ".");
	struct kd_setup_item *it;
	size_t n = 0, refused = 0;

	it = add(r, "configuration", "settings", err ? KD_SETUP_MISSING : KD_SETUP_OK,
		 "defaults of options; none is needed",
		 "correct the file at the line that is named");
	if (err) {
		detail(it, "%s", err->msg);
		return;
	}
	while (kd_config_at(c, n))
		n++;
	while (kd_config_refused(c, refused))
		refused++;
	detail(it, "%zu set", n);
	if (refused)
		detail(it,
		       "%zu set; %zu of the working folder's .kdoc/config not accepted: it may "
		       "set no commands, endpoints or paths",
		       n, refused);
}

static void check_state(struct kd_setup_result *r)
{
	kd_auto(kd_freep) char *dir = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = kd_fs_xdg_path(KD_XDG_DATA, "", &dir);

	add(r, "configuration", "home folder", err ? KD_SETUP_OPTIONAL : KD_SETUP_OK,
	    "settings of this user; later versions keep their indexes there",
	    "set HOME, or XDG_DATA_HOME and its kin to absolute paths");
}

/* ---- what a crash of this machine would leave behind ---- */

static bool read_flag(const char *path, char *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64);
	kd_auto(kd_error_freep) struct kd_error *err = kd_fs_read_small(path, 64, &b);

	if (err || !b.n)
		return false;
	*ret = b.p[0];
	return true;
}

static bool folder_has_files(const char *path, bool *readable)
{
	DIR *d = opendir(path);
	struct dirent *e;
	bool any = false;

	*readable = d != NULL;
	if (!d)
		return false;
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			any = true;
	closedir(d);
	return any;
}

static void check_dmesg(struct kd_setup_result *r)
{
	char c;
	bool known = read_flag("/proc/sys/kernel/dmesg_restrict", &c);
	bool open_to_all = known && (c == '0' || geteuid() == 0);

	add(r, "this machine's own crashes", "dmesg",
	    !known        ? KD_SETUP_UNKNOWN
	    : open_to_all ? KD_SETUP_OK
			  : KD_SETUP_OPTIONAL,
	    "the log of the running kernel: dmesg | kdoc investigate -",
	    "only capturing needs root here (kernel.dmesg_restrict): "
	    "sudo dmesg | kdoc investigate -");
}

static void check_journal(struct kd_setup_result *r)
{
	bool readable, any = folder_has_files("/var/log/journal", &readable);

	add(r, "this machine's own crashes", "persistent journal",
	    any ? KD_SETUP_OK : KD_SETUP_OPTIONAL,
	    "logs of earlier boots: journalctl -k -b -1 -o short-monotonic | kdoc investigate -",
	    "mkdir /var/log/journal as root, or keep /var/log/kern.log with a syslog service");
}

static void check_pstore(struct kd_setup_result *r)
{
	bool readable, any = folder_has_files("/sys/fs/pstore", &readable);
	char c;
	bool backend = read_flag("/sys/module/pstore/parameters/backend", &c) && c != '(';
	struct kd_setup_item *it;

	it = add(r, "this machine's own crashes", "pstore",
		 backend || any ? KD_SETUP_OK : KD_SETUP_OPTIONAL,
		 "the last words of a kernel that died, kept over a reboot",
		 "boot with efi_pstore or ramoops; parts are then found below /sys/fs/pstore");
	if (any)
		detail(it, "holds records: kdoc scan /sys/fs/pstore");
	else if (backend && !readable)
		detail(it, "only root may list the records");
}

static void check_kdump(struct kd_setup_result *r)
{
	char c;
	bool known = read_flag("/sys/kernel/kexec_crash_loaded", &c);

	add(r, "this machine's own crashes", "crash kernel",
	    known && c == '1' ? KD_SETUP_OK : KD_SETUP_OPTIONAL,
	    "a panic leaves a memory dump (vmcore) with its log",
	    "install kdump-tools (Debian) or kdump-utils (Fedora), boot with crashkernel=256M");
}

/* ---- agent programs ---- */

/* What to do; texts of a result are static. */
static const char *const again[KD_NAGENTS][2] = {
	[KD_AGENT_OPENCODE] = {"kdoc setup install --agent opencode", "kdoc setup install --agent opencode --dir ~"},
	[KD_AGENT_CLAUDE] = {"kdoc setup install --agent claude", "kdoc setup install --agent claude --dir ~"},
	[KD_AGENT_CODEX] = {"kdoc setup install --agent codex", "kdoc setup install --agent codex --dir ~"},
	[KD_AGENT_GEMINI] = {"kdoc setup install --agent gemini", "kdoc setup install --agent gemini --dir ~"},
	[KD_AGENT_OPENCODE_USER] = {"kdoc setup install --agent opencode --user", "kdoc setup install --agent opencode --user"},
	[KD_AGENT_CLAUDE_USER] = {"kdoc setup install --agent claude --user", "kdoc setup install --agent claude --user"},
};

static void say_agent(struct kd_setup_item *it, const struct kd_agent_state *a, const char *place)
{
	if (a->problem[0])
		detail(it, "%s: %s", place, a->problem);
	else if (!a->command_there)
		detail(it, "%s: the server's command cannot be started", place);
	else if (!a->entry)
		detail(it, "%s: the settings do not name the server as kdoc wrote it", place);
	else
		detail(it, "%s: %zu files: %zu as they should be, %zu of another version of kdoc, %zu changed, %zu gone", place, a->files,
		       a->same, a->outdated, a->changed, a->gone);
}

static void check_agent(struct kd_setup_result *r, enum kd_agent agent, const char *dir, bool home)
{
	struct kd_agent_state a;
	kd_auto(kd_error_freep) struct kd_error *err = kd_agent_look(agent, dir, &a);
	enum kd_setup_state state = KD_SETUP_OK;
	const char *get = again[agent][home];

	if (err || !a.installed)
		return;
	if (a.problem[0] || !a.command_there || !a.entry || a.gone)
		state = KD_SETUP_MISSING;
	else if (a.outdated || a.changed)
		state = KD_SETUP_OPTIONAL;
	if (state == KD_SETUP_OPTIONAL && !a.outdated)
		get = "what somebody changed stays so; delete such a file, and kdoc setup install brings kdoc's text again";
	say_agent(add(r, "agent programs", kd_agent_title(agent), state, "kdoc's tools, skills and commands in this program",
		      get),
		  &a, home ? "home folder" : "this folder");
}

static void check_agents(struct kd_setup_result *r)
{
	const char *home = getenv("HOME");
	kd_auto(kd_freep) char *here = realpath(".", NULL);
	kd_auto(kd_freep) char *there = home && *home == '/' ? realpath(home, NULL) : NULL;

	for (unsigned i = 0; i < KD_NAGENTS; i++) {
		check_agent(r, i, ".", false);
		if (there && here && strcmp(here, there))
			check_agent(r, i, there, true);
	}
}

struct kd_error *kd_setup_check(struct kd_ctx *ctx, struct kd_setup_result *ret)
{
	(void)ctx;
	memset(ret, 0, sizeof(*ret));
	check_packings(ret);
	check_temporary(ret);
	check_decoders(ret);
	check_mail(ret);
	check_config(ret);
	check_state(ret);
	check_agents(ret);
	check_dmesg(ret);
	check_journal(ret);
	check_pstore(ret);
	check_kdump(ret);
	return NULL;
}

const char *kd_setup_state_word(unsigned state)
{
	static const char *const t[] = {
		[KD_SETUP_OK] = "ok",
		[KD_SETUP_MISSING] = "missing",
		[KD_SETUP_OPTIONAL] = "optional",
		[KD_SETUP_UNKNOWN] = "unknown",
	};

	return state < KD_ARRAY_LEN(t) ? t[state] : "unknown";
}
