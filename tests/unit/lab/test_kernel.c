// SPDX-License-Identifier: GPL-2.0-or-later
/* Images made here, by the documents that kernel_image.h names. */
#include <elf.h>
#include <zlib.h>

#include "box.h"
#include "lab/kernel.h"
#include "lab/kernel_image.h"

#define RELEASE "6.9.1-test-amd64"
#define VERSION "#7 SMP Test 6.9.1-2 (2026-01-02)"
#define BANNER "Linux version " RELEASE " (me@here) (gcc-12 (X 12.2.0) 12.2.0, GNU ld 2.40) " VERSION "\n"

/* arch/x86/boot: 64 bit unless i386. */
static size_t make_bzimage(char *p, const char *text, bool wide)
{
	const size_t n = 0x4000;

	memset(p, 0, n);
	p[0x1f1] = 27;
	put_le(p + 0x1fe, 0xaa55, 2);
	memcpy(p + 0x202, "HdrS", 4);
	put_le(p + 0x206, 0x20f, 2);
	put_le(p + 0x20e, text ? 0x3000 - 0x200 : 0, 2);
	put_le(p + 0x236, wide, 2);
	if (text)
		memcpy(p + 0x3000, text, strlen(text) + 1);
	return n;
}

static size_t make_arm64(char *p)
{
	const size_t n = 0x300000;

	memset(p, 0, n);
	memcpy(p + 56, "ARM\x64", 4);
	/* the format string and the number-less twin of 6.1 come first, and the real one lies over
	 * the edge of a block */
	memcpy(p + 0x1000, "Linux version %s", 17);
	memcpy(p + 0x2000, "Linux version " RELEASE " (me@here) (gcc) # SMP Test", 57);
	memcpy(p + 0x100000 - 20, BANNER, sizeof(BANNER));
	return n;
}

static size_t gzip(const char *in, size_t n, char *out, size_t room)
{
	z_stream z = {.next_in = (unsigned char *)in, .avail_in = (unsigned)n,
		      .next_out = (unsigned char *)out, .avail_out = (unsigned)room};

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out;
}

/* PT_NOTE with a build id, PT_LOAD with the banner, .debug_info when asked for. */
static size_t make_vmlinux(char *p, unsigned machine, const char *banner, bool debug)
{
	static const char names[] = "\0.shstrtab\0.debug_info\0.symtab";
	Elf64_Ehdr e = {.e_type = ET_EXEC, .e_machine = (Elf64_Half)machine, .e_version = 1,
			.e_phoff = 64, .e_shoff = 0x1000, .e_ehsize = 64, .e_phentsize = 56,
			.e_phnum = 2, .e_shentsize = 64, .e_shnum = 4, .e_shstrndx = 1};
	Elf64_Phdr ph[2] = {{.p_type = PT_NOTE, .p_offset = 0x200, .p_filesz = 36},
			    {.p_type = PT_LOAD, .p_offset = 0x400, .p_filesz = 0x400}};
	Elf64_Shdr sh[4] = {{0},
			    {.sh_name = 1, .sh_type = SHT_STRTAB, .sh_offset = 0x900,
			     .sh_size = sizeof(names)},
			    {.sh_name = debug ? 11 : 0, .sh_type = SHT_PROGBITS, .sh_offset = 0xa00,
			     .sh_size = 16},
			    {.sh_name = 23, .sh_type = SHT_SYMTAB, .sh_offset = 0xa00,
			     .sh_size = 24}};

	memset(p, 0, 0x1200);
	memcpy(e.e_ident, ELFMAG "\2\1\1", 7);
	memcpy(p, &e, sizeof(e));
	memcpy(p + 64, ph, sizeof(ph));
	put_le(p + 0x200, 4, 4);
	put_le(p + 0x204, 20, 4);
	put_le(p + 0x208, NT_GNU_BUILD_ID, 4);
	memcpy(p + 0x20c, "GNU\0\x01\x02\x03\x04", 8);
	memcpy(p + 0x600, banner, strlen(banner));
	memcpy(p + 0x900, names, sizeof(names));
	memcpy(p + 0x1000, sh, sizeof(sh));
	return 0x1000 + sizeof(sh);
}

struct test {
	struct kd_ctx ctx;
	struct box box;
	char *p; /* 4 MiB */
};

static void end(struct test *t)
{
	box_end(&t->box);
	kd_ctx_deinit(&t->ctx);
	kd_free(t->p);
}

static void begin(struct test *t)
{
	kd_ctx_init(&t->ctx);
	box_begin(&t->box);
	t->p = kd_xmalloc(4 << 20);
}

static struct kd_lab_image look(struct test *t, const char *name, size_t n)
{
	struct kd_lab_image im = {0};

	box_put(&t->box, name, kd_view(t->p, n));
	assert_ok(kd_lab_image_read(&t->ctx, box_path(&t->box, name), &im));
	return im;
}

static void bzimage(void **state)
{
	kd_auto(end) struct test t;
	struct kd_lab_image im;

	(void)state;
	begin(&t);
	im = look(&t, "a", make_bzimage(t.p, RELEASE " (me@here) " VERSION, true));
	assert_int_equal(im.kind, KD_IMAGE_BZIMAGE);
	assert_int_equal(im.arch, KD_ARCH_X86_64);
	assert_string_equal(im.release, RELEASE);
	assert_string_equal(im.version, VERSION);
	im = look(&t, "b", make_bzimage(t.p, RELEASE " (me@here) " VERSION, false));
	assert_int_equal(im.arch, KD_ARCH_I386);
	im = look(&t, "c", make_bzimage(t.p, NULL, true));
	assert_string_equal(im.release, "");
	/* control characters are no release */
	im = look(&t, "d", make_bzimage(t.p, "6.1\x1b[31m (x) #1", true));
	assert_string_equal(im.release, "");
}

static void arm64(void **state)
{
	kd_auto(end) struct test t;
	struct kd_lab_image im;
	char *packed;
	size_t n;

	(void)state;
	begin(&t);
	n = make_arm64(t.p);
	im = look(&t, "Image", n);
	assert_int_equal(im.kind, KD_IMAGE_ARM64);
	assert_null(im.packed);
	assert_string_equal(im.release, RELEASE);
	assert_string_equal(im.version, VERSION);

	packed = kd_xmalloc(1 << 20);
	n = gzip(t.p, n, packed, 1 << 20);
	memcpy(t.p, packed, n);
	im = look(&t, "Image.gz", n);
	assert_int_equal(im.kind, KD_IMAGE_ARM64);
	assert_string_equal(im.packed, "gzip");
	assert_string_equal(im.version, VERSION);

	memset(t.p, 0, 1 << 16);
	memcpy(t.p, "MZ\0\0zimg", 8);
	put_le(t.p + 8, 0x1000, 4);
	put_le(t.p + 12, n, 4);
	memcpy(t.p + 24, "gzip", 5);
	memcpy(t.p + 0x1000, packed, n);
	memset(t.p + 0x1000 + n, 0x55, 300); /* the rest of the application */
	im = look(&t, "vmlinuz.efi", 0x1000 + n + 300);
	kd_free(packed);
	assert_int_equal(im.kind, KD_IMAGE_ZBOOT);
	assert_string_equal(im.release, RELEASE);
	{
		struct kd_lab_kernel k = {0};

		assert_error(kd_lab_kernel_find(&t.ctx, box_path(&t.box, "vmlinuz.efi"), NULL, &k),
			     KD_INVALID, "folder to unpack");
		assert_ok(kd_lab_kernel_find(&t.ctx, box_path(&t.box, "vmlinuz.efi"),
					     box_path(&t.box, "work"), &k));
		im = (struct kd_lab_image){0};
		assert_ok(kd_lab_image_read(&t.ctx, k.image, &im));
		assert_int_equal(im.kind, KD_IMAGE_ARM64);
		assert_null(im.packed);
		kd_lab_kernel_deinit(&k);
	}
}

static void vmlinux(void **state)
{
	kd_auto(end) struct test t;
	struct kd_lab_image im;
	struct kd_error *err;

	(void)state;
	begin(&t);
	im = look(&t, "v", make_vmlinux(t.p, EM_X86_64, BANNER, true));
	assert_int_equal(im.kind, KD_IMAGE_VMLINUX);
	assert_int_equal(im.arch, KD_ARCH_X86_64);
	assert_string_equal(im.release, RELEASE);
	assert_string_equal(im.build_id, "0102030400000000000000000000000000000000");
	assert_true(im.dwarf && im.symbols);
	im = look(&t, "w", make_vmlinux(t.p, EM_AARCH64, BANNER, false));
	assert_int_equal(im.arch, KD_ARCH_ARM64);
	assert_false(im.dwarf);
	/* a program is no kernel */
	box_put(&t.box, "x", kd_view(t.p, make_vmlinux(t.p, EM_X86_64, "hello", false)));
	err = kd_lab_image_read(&t.ctx, box_path(&t.box, "x"), &im);
	assert_error(err, KD_BADDATA, "no kernel that kdoc knows");
}

/* Whatever is cut off or turned over: no crash, and never a release that was not there. */
static void damaged(void **state)
{
	kd_auto(end) struct test t;
	struct kd_lab_image im;
	uint64_t seed = 1;
	size_t n;

	(void)state;
	begin(&t);
	n = make_vmlinux(t.p, EM_X86_64, BANNER, true);
	for (unsigned i = 0; i < 600; i++) {
		size_t len = i < 300 ? n * i / 300 : n;
		struct kd_error *err;

		if (i >= 300) { /* header and tables only: the banner stays */
			make_vmlinux(t.p, EM_X86_64, BANNER, true);
			for (unsigned k = 0; k < 4; k++) {
				seed = seed * 6364136223846793005u + 1442695040888963407u;
				t.p[seed >> 33 & 1 ? seed >> 40 & 0xff : 0x1000 + (seed >> 40 & 0xff)] =
					(char)(seed >> 50);
			}
		}
		im = (struct kd_lab_image){0};
		box_put(&t.box, "f", kd_view(t.p, len));
		err = kd_lab_image_read(&t.ctx, box_path(&t.box, "f"), &im);
		if (!err)
			assert_string_equal(im.release, RELEASE);
		kd_error_free(err);
	}
}

static void put_kernel(struct test *t, const char *name, const char *release)
{
	char text[256];

	snprintf(text, sizeof(text), "%s (me@here) " VERSION, release);
	box_put(&t->box, name, kd_view(t->p, make_bzimage(t->p, text, true)));
}

static void folder(void **state)
{
	kd_auto(end) struct test t;
	struct kd_lab_kernel k = {0};
	struct kd_error *err;
	size_t n;

	(void)state;
	begin(&t);
	assert_error(kd_lab_kernel_find(&t.ctx, t.box.dir, NULL, &k), KD_NOTFOUND, "looked for");
	/* names say something else than the files: the files are right */
	put_kernel(&t, "boot/vmlinuz-1.2.3", RELEASE);
	box_put(&t.box, "boot/config-" RELEASE, KD_V("CONFIG_X=y\n"));
	box_put(&t.box, "usr/lib/modules/" RELEASE "/modules.dep", KD_V("\n"));
	box_put(&t.box, "usr/src/linux-headers-" RELEASE "/Makefile", KD_V("\n"));
	box_put(&t.box, "usr/src/linux-headers-" RELEASE "/include/config/kernel.release",
		KD_V("6.9.1-other\n"));
	n = make_vmlinux(t.p, EM_X86_64,
			 "Linux version " RELEASE " (me@here) (gcc) #8 SMP Test\n", true);
	box_put(&t.box, "usr/lib/debug/boot/vmlinux-" RELEASE, kd_view(t.p, n));
	assert_ok(kd_lab_kernel_find(&t.ctx, t.box.dir, NULL, &k));
	assert_string_equal(k.release, RELEASE);
	assert_string_equal(k.version, VERSION);
	assert_non_null(k.config);
	assert_non_null(strstr(k.modules, "/usr/lib/modules/" RELEASE));
	assert_null(k.headers); /* another kernel's */
	assert_null(k.vmlinux); /* of another build of this release */
	assert_null(k.tree);
	assert_null(k.modules_problem);
	kd_lab_kernel_deinit(&k);

	n = make_vmlinux(t.p, EM_X86_64, BANNER, true);
	box_put(&t.box, "usr/lib/debug/boot/vmlinux-" RELEASE, kd_view(t.p, n));
	box_put(&t.box, "usr/src/linux-headers-" RELEASE "/include/config/kernel.release",
		KD_V(RELEASE "\n"));
	assert_ok(kd_lab_kernel_find(&t.ctx, box_path(&t.box, "boot/vmlinuz-1.2.3"), NULL, &k));
	assert_non_null(k.headers);
	assert_non_null(k.vmlinux);
	assert_true(k.dwarf);
	kd_lab_kernel_deinit(&k);

	/* from vmlinux to the image beside it */
	put_kernel(&t, "boot/vmlinuz-" RELEASE, RELEASE);
	assert_ok(kd_lab_kernel_find(
		&t.ctx, box_path(&t.box, "usr/lib/debug/boot/vmlinux-" RELEASE), NULL, &k));
	assert_non_null(strstr(k.image, "/boot/vmlinuz-" RELEASE));
	kd_lab_kernel_deinit(&k);

	put_kernel(&t, "boot/vmlinuz-2", "6.9.2-test");
	err = kd_lab_kernel_find(&t.ctx, t.box.dir, NULL, &k);
	assert_error(err, KD_CONFLICT, "name one of them");
}

/* A release is a hostile string: it must not lead out of the folder. */
static void release_as_path(void **state)
{
	kd_auto(end) struct test t;
	struct kd_lab_kernel k = {0};

	(void)state;
	begin(&t);
	box_put(&t.box, "secret/modules.dep", KD_V("\n"));
	put_kernel(&t, "in/boot/vmlinuz", "../../../secret");
	assert_ok(kd_lab_kernel_find(&t.ctx, box_path(&t.box, "in"), NULL, &k));
	assert_null(k.modules);
	kd_lab_kernel_deinit(&k);
}

/* Modules that depmod has not seen: they are not used, and the reason is said. */
static void modules_without_dep(void **state)
{
	kd_auto(end) struct test t;
	struct kd_lab_kernel k = {0};

	(void)state;
	begin(&t);
	put_kernel(&t, "boot/vmlinuz", RELEASE);
	assert_ok(kd_lab_kernel_find(&t.ctx, t.box.dir, NULL, &k));
	assert_null(k.modules);
	assert_null(k.modules_problem); /* there are none */
	kd_lab_kernel_deinit(&k);
	box_put(&t.box, "lib/modules/" RELEASE "/kernel/fs/a.ko", KD_V("\n"));
	assert_ok(kd_lab_kernel_find(&t.ctx, t.box.dir, NULL, &k));
	assert_null(k.modules);
	assert_non_null(k.modules_problem);
	assert_non_null(strstr(k.modules_problem, "modules.dep"));
	kd_lab_kernel_deinit(&k);
}

static void tree(void **state)
{
	kd_auto(end) struct test t;
	struct kd_lab_kernel k = {0};
	size_t n;

	(void)state;
	begin(&t);
	put_kernel(&t, "build/arch/x86/boot/bzImage", RELEASE);
	n = make_vmlinux(t.p, EM_X86_64, BANNER, true);
	box_put(&t.box, "build/vmlinux", kd_view(t.p, n));
	box_put(&t.box, "build/Makefile", KD_V("\n"));
	box_put(&t.box, "build/.config", KD_V("CONFIG_X=y\n"));
	box_put(&t.box, "build/include/config/auto.conf", KD_V("CONFIG_X=y\n"));
	box_put(&t.box, "build/include/config/kernel.release", KD_V(RELEASE "\n"));
	box_put(&t.box, "root/lib/modules/" RELEASE "/modules.dep", KD_V("\n"));
	assert_ok(kd_lab_kernel_find(&t.ctx, t.box.dir, NULL, &k));
	assert_non_null(strstr(k.tree, "/build"));
	assert_string_equal(k.tree, k.headers);
	assert_non_null(k.vmlinux);
	assert_non_null(k.config);
	assert_non_null(strstr(k.modules, "/root/lib/modules/"));
	kd_lab_kernel_deinit(&k);
	/* the same by the image's name */
	assert_ok(kd_lab_kernel_find(&t.ctx, box_path(&t.box, "build/arch/x86/boot/bzImage"), NULL,
				     &k));
	assert_non_null(k.tree);
	assert_non_null(k.modules);
	kd_lab_kernel_deinit(&k);
}

static void banner(void **state)
{
	struct kd_lab_image im = {0};

	(void)state;
	assert_true(kd_lab_banner(KD_V(BANNER), &im));
	assert_string_equal(im.version, VERSION);
	assert_false(kd_lab_banner(KD_V("Linux version %s (%s) #1"), &im));
	assert_false(kd_lab_banner(KD_V("Linux version 6.1 (a) (b) # SMP"), &im));
	assert_false(kd_lab_banner(KD_V("Linux version 6.1 (a"), &im));
	assert_false(kd_lab_banner(KD_V("Linux version "), &im));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bzimage), cmocka_unit_test(arm64),
		cmocka_unit_test(vmlinux), cmocka_unit_test(damaged),
		cmocka_unit_test(folder),  cmocka_unit_test(release_as_path), cmocka_unit_test(modules_without_dep),
		cmocka_unit_test(tree),	   cmocka_unit_test(banner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
