// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/toolchain.h"

#include <sys/utsname.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/proc.h"
#include "lab/path.h"

enum { CONFIG_BYTES = 4 << 20, VERSION_MS = 20000 };

enum kd_lab_arch kd_lab_arch_host(void)
{
	struct utsname u;
	struct kd_view m;

	if (uname(&u))
		return KD_ARCH_UNKNOWN;
	m = kd_view_of(u.machine);
	if (kd_view_eq(m, KD_V("x86_64")))
		return KD_ARCH_X86_64;
	if (kd_view_eq(m, KD_V("aarch64")))
		return KD_ARCH_ARM64;
	return m.n == 4 && kd_view_ends(m, KD_V("86")) ? KD_ARCH_I386 : KD_ARCH_UNKNOWN;
}

/* ---- the configuration of a tree ---- */

/* `CONFIG_NAME="value"` of a line: value without quotes. */
static bool line_value(struct kd_view line, struct kd_view name, struct kd_view *ret)
{
	if (!kd_view_skip(&line, KD_V("CONFIG_")) || !kd_view_skip(&line, name) ||
	    !kd_view_skip(&line, KD_V("=")))
		return false;
	line = kd_view_trim(line);
	if (line.n >= 2 && line.p[0] == '"' && line.p[line.n - 1] == '"')
		line = kd_view(line.p + 1, line.n - 2);
	*ret = line;
	return true;
}

static char *value_in(const char *path, const char *name)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(CONFIG_BYTES + 65537);
	kd_auto(kd_error_freep) struct kd_error *err = kd_fs_read_small(path, CONFIG_BYTES, &b);
	struct kd_view rest = kd_buf_view(&b), line, value;

	while (!err && kd_view_take_part(&rest, KD_V("\n"), &line)) {
		if (line_value(line, kd_view_of(name), &value))
			return kd_xstrndup(value.p, value.n);
	}
	return NULL;
}

char *kd_lab_config_value(const char *folder, const char *name)
{
	/* a package of headers may have only the second */
	static const char *const places[] = {".config", "include/config/auto.conf"};
	char *value = NULL;

	for (size_t i = 0; i < KD_ARRAY_LEN(places) && !value; i++) {
		kd_auto(kd_freep) char *path = kd_lab_path("%s/%s", folder, places[i]);

		value = value_in(path, name);
	}
	return value;
}

/* ---- compilers ---- */

static struct kd_error *version_of(struct kd_ctx *ctx, const char *cc, char **ret)
{
	const char *const argv[] = {cc, "--version", NULL};
	struct kd_proc_req req = {.argv = argv, .timeout_ms = VERSION_MS, .cancel = ctx->cancel};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};
	struct kd_error *err = kd_proc_run(&req, &r);
	struct kd_view line;

	if (!err)
		err = kd_proc_check(&req, &r);
	if (err)
		return err;
	line = kd_view_head(kd_buf_view(&r.out), kd_view_chr(kd_buf_view(&r.out), '\n'));
	*ret = kd_xstrndup(line.n ? line.p : "", line.n);
	return NULL;
}

/* "12.2.0" of "gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0"; dates may follow in parentheses. */
static struct kd_view release_of(struct kd_view text)
{
	size_t at = kd_view_find(text, KD_V(") "));

	if (at == KD_NPOS) /* "Debian clang version 14.0.6" */
		at = kd_view_find(text, KD_V("version "));
	text = kd_view_from(text, at == KD_NPOS ? 0 : kd_view_chr(kd_view_from(text, at), ' ') + at + 1);
	return kd_view_head(text, kd_view_chr(text, ' '));
}

/* "12" of "gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0": the first number of its release. */
static bool major_of(struct kd_view text, uint64_t *ret)
{
	struct kd_view last = release_of(text);

	return kd_view_take_dec(&last, ret) && *ret < 1000;
}

static bool set_arch(struct kd_lab_toolchain *t, enum kd_lab_arch arch)
{
	enum kd_lab_arch host = kd_lab_arch_host();

	t->cross = "";
	if (arch == KD_ARCH_X86_64 || arch == KD_ARCH_I386) {
		t->arch = "x86";
		if (host != KD_ARCH_X86_64 && host != KD_ARCH_I386)
			t->cross = "x86_64-linux-gnu-";
	} else if (arch == KD_ARCH_ARM64) {
		t->arch = "arm64";
		if (host != KD_ARCH_ARM64)
			t->cross = "aarch64-linux-gnu-";
	}
	return t->arch != NULL;
}

static char *pick_gcc(const struct kd_lab_toolchain *t, struct kd_view text)
{
	uint64_t major;
	char *cc;

	if (major_of(text, &major)) {
		cc = kd_lab_path("%sgcc-%u", t->cross, (unsigned)major);
		if (kd_lab_has_program(cc))
			return cc;
		kd_free(cc);
	}
	return kd_lab_path("%sgcc", t->cross);
}

struct kd_error *kd_lab_toolchain_find(struct kd_ctx *ctx, enum kd_lab_arch arch, const char *text,
				       struct kd_lab_toolchain *ret)
{
	kd_auto(kd_lab_toolchain_deinit) struct kd_lab_toolchain t = {0};
	struct kd_view want = kd_view_of(text);
	struct kd_error *err;

	if (!set_arch(&t, arch))
		return kd_error_new(KD_UNSUPPORTED, "nothing is built for %s kernels",
				    kd_lab_arch_word(arch));
	t.clang = kd_view_has(want, KD_V("clang"));
	t.cc = t.clang ? kd_xstrndup("clang", 5) : pick_gcc(&t, want);
	if (!kd_lab_has_program(t.cc))
		return kd_error_new(KD_NOTFOUND, "the compiler %s is not installed (Debian: %s)",
				    t.cc,
				    t.clang                   ? "clang lld llvm"
				    : t.cross[0] == 'a'       ? "gcc-aarch64-linux-gnu"
				    : t.cross[0]              ? "gcc-x86-64-linux-gnu"
							      : "gcc");
	err = version_of(ctx, t.cc, &t.version);
	if (err)
		return err;
	/* a bare family name asks for no version; a distribution's revision is no other compiler */
	t.other = kd_view_has(want, KD_V(" ")) &&
		  !kd_view_eq(release_of(want), release_of(kd_view_of(t.version)));
	*ret = t;
	t = (struct kd_lab_toolchain){0};
	return NULL;
}

void kd_lab_toolchain_deinit(struct kd_lab_toolchain *t)
{
	kd_free(t->cc);
	kd_free(t->version);
	*t = (struct kd_lab_toolchain){0};
}
