// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What kdoc's own readers refuse (LKCD, s390, diskdump, sadump, domains of Xen, big-endian and 32-bit dumps), through
 * libkdumpfile where it is installed. Its functions and values are declared as libkdumpfile/kdumpfile.h has them, of
 * 0.5.0 and later: kdump_open_fdset() came with 0.5.0, and a library without it is refused; since 0.4.1 the text that
 * kdump_vmcoreinfo_raw() gives is the caller's. It is loaded, not linked.
 */
#include "base/alloc.h"
#include "base/load.h"
#include "core/pages.h"
#include "format/elfcore.h"

enum { STATUS_OK = 0, STATUS_NODATA = 3, STATUS_EOF = 7, STATUS_ADDRXLAT = 9 };
enum { KPHYSADDR = 0, MACHPHYSADDR = 1 };
enum { TYPE_NUMBER = 2, TYPE_STRING = 4, TYPE_BITMAP = 5 };
enum { BITS = 1 << 15, SURVEY_BITS_MAX = 1 << 30 };

/* Where a machine has no memory below 4 GiB, for its devices. */
#define HOLE ((uint64_t)2 << 30)

struct attr {
	int type;
	union {
		uint64_t number; /* uint_fast64_t there */
		const char *string;
		void *bitmap;
	};
};

struct api {
	void *(*create)(void);
	void (*destroy)(void *ctx);
	int (*open)(void *ctx, unsigned n, const int *fds);
	int (*read)(void *ctx, int space, uint64_t addr, void *to, size_t *n);
	int (*get)(void *ctx, const char *key, struct attr *ret);
	int (*vmcoreinfo)(void *ctx, char **ret);
	const char *(*why)(void *ctx);
	int (*find_set)(void *bitmap, uint64_t *at);
	int (*get_bits)(void *bitmap, uint64_t first, uint64_t last, unsigned char *to);
};

static const char *const sonames[] = {"libkdumpfile.so.10", "libkdumpfile.so.11", "libkdumpfile.so.12", NULL};
static const struct kd_sym syms[] = {
	{"kdump_new", offsetof(struct api, create)},
	{"kdump_free", offsetof(struct api, destroy)},
	{"kdump_open_fdset", offsetof(struct api, open)},
	{"kdump_read", offsetof(struct api, read)},
	{"kdump_get_typed_attr", offsetof(struct api, get)},
	{"kdump_vmcoreinfo_raw", offsetof(struct api, vmcoreinfo)},
	{"kdump_get_err", offsetof(struct api, why)},
	{"kdump_bmp_find_set", offsetof(struct api, find_set)},
	{"kdump_bmp_get_bits", offsetof(struct api, get_bits)},
};
static const struct kd_load load_it = {.sonames = sonames,
				       .syms = syms,
				       .nsyms = KD_ARRAY_LEN(syms),
				       .what = "reading it needs libkdumpfile",
				       .package = "libkdumpfile10"};

struct lib {
	struct api api;
	void *handle;
	void *ctx;
	void *stored, *exists; /* bitmaps of the library's, by page; NULL: it has none */
	uint64_t page;
	uint64_t end; /* of the memory that it may have */
};

static void close_lib(void *state)
{
	struct lib *l = state;

	if (l->ctx)
		l->api.destroy(l->ctx);
	kd_unload(l->handle);
	kd_free(l);
}

static uint64_t number(const struct lib *l, const char *key)
{
	struct attr a = {.type = TYPE_NUMBER};

	return l->api.get(l->ctx, key, &a) == STATUS_OK ? a.number : 0;
}

/* A copy; absent when there is none. */
static struct kd_view string(const struct lib *l, const char *key, struct kd_arena *arena)
{
	struct attr a = {.type = TYPE_STRING};

	return l->api.get(l->ctx, key, &a) == STATUS_OK ? kd_arena_view(arena, kd_view_of(a.string)) : KD_VNULL;
}

/* NULL: it has none; those of a domain of Xen are of the segments that its file does not have: empty. */
static void *bitmap(const struct lib *l, const char *key)
{
	struct attr a = {.type = TYPE_BITMAP};
	uint64_t first = 0;

	return l->api.get(l->ctx, key, &a) == STATUS_OK && l->api.find_set(a.bitmap, &first) == STATUS_OK ? a.bitmap : NULL;
}

static uint16_t machine_of(struct kd_view arch)
{
	static const struct {
		const char *name;
		uint16_t machine;
	} known[] = {{"x86_64", KD_EM_X86_64}, {"aarch64", KD_EM_AARCH64}, {"ia32", KD_EM_386},   {"arm", KD_EM_ARM},
		     {"ppc64", KD_EM_PPC64},   {"s390x", KD_EM_S390},	   {"s390", KD_EM_S390}, {"riscv64", KD_EM_RISCV}};

	for (size_t i = 0; i < KD_ARRAY_LEN(known); i++)
		if (kd_view_eq(arch, kd_view_of(known[i].name)))
			return known[i].machine;
	return 0;
}

static void take_vmcoreinfo(const struct lib *l, struct kd_arena *arena, struct kd_pages_info *info)
{
	char *raw = NULL;

	if (l->api.vmcoreinfo(l->ctx, &raw) != STATUS_OK || !raw)
		return;
	info->vmcoreinfo = kd_arena_view(arena, kd_view_of(raw));
	kd_free(raw);
}

static void tell(struct lib *l, uint64_t file_size, struct kd_arena *arena, struct kd_pages_info *info)
{
	const struct kd_view format = string(l, "file.format", arena), arch = string(l, "arch.name", arena);
	const uint64_t page = number(l, "arch.page_size");

	info->library = "libkdumpfile";
	if (format.n)
		info->container = format.p; /* kd_arena_view() puts a NUL behind it */
	info->machine = machine_of(arch);
	info->machine_name = arch;
	info->release = string(l, "linux.uts.release", arena);
	info->nodename = string(l, "linux.uts.nodename", arena);
	info->uts_version = string(l, "linux.uts.version", arena);
	if (page >= 4096 && page <= 65536 && !(page & (page - 1)))
		info->page_size = (uint32_t)page;
	l->page = info->page_size;
	if (__builtin_mul_overflow(number(l, "max_pfn"), l->page, &info->top))
		info->top = 0;
	l->end = info->top ? info->top : file_size + HOLE;
	l->stored = bitmap(l, "file.pagemap");
	l->exists = bitmap(l, "memory.pagemap");
	take_vmcoreinfo(l, arena, info);
}

static struct kd_error *open_lib(struct kd_bytes *file, struct kd_arena *arena, struct kd_pages_info *info, void **ret)
{
	const int fd = kd_bytes_fd(file);
	struct lib *l;
	struct kd_error *err;

	if (fd < 0)
		return kd_error_new(KD_UNSUPPORTED, "libkdumpfile is asked about files alone, not about a packed or flattened one");
	l = kd_xcalloc(1, sizeof(*l));
	err = kd_load(&load_it, &l->api, &l->handle);
	if (!err && !(l->ctx = l->api.create()))
		err = kd_error_new(KD_NOMEM, "libkdumpfile does not start");
	if (!err && l->api.open(l->ctx, 1, &fd) != STATUS_OK)
		err = kd_error_new(KD_UNSUPPORTED, "libkdumpfile does not read it either: %s", l->api.why(l->ctx));
	if (err) {
		close_lib(l);
		return err;
	}
	tell(l, kd_bytes_size(file), arena, info);
	*ret = l;
	return NULL;
}

static bool is_set(const struct lib *l, void *map, uint64_t frame)
{
	uint64_t at = frame;

	return map && l->api.find_set(map, &at) == STATUS_OK && at == frame;
}

static enum kd_page_state read_lib(void *state, uint64_t paddr, void *to, size_t n)
{
	const struct lib *l = state;
	size_t got = n;
	int status = l->api.read(l->ctx, KPHYSADDR, paddr, to, &got);

	if (status == STATUS_ADDRXLAT) {
		got = n;
		status = l->api.read(l->ctx, MACHPHYSADDR, paddr, to, &got);
	}
	if (status == STATUS_OK && got == n)
		return KD_PAGE_OK;
	if (status == STATUS_NODATA)
		return l->exists && !is_set(l, l->exists, paddr / l->page) ? KD_PAGE_ABSENT : KD_PAGE_FILTERED;
	return status == STATUS_EOF ? KD_PAGE_CUT : KD_PAGE_DAMAGED;
}

static uint64_t next(void *state, uint64_t paddr)
{
	const struct lib *l = state;
	uint64_t at = paddr / l->page;

	if (!l->stored) /* LKCD, domains of Xen: each page may be there */
		return paddr < l->end ? paddr : UINT64_MAX;
	if (l->api.find_set(l->stored, &at) != STATUS_OK || __builtin_mul_overflow(at, l->page, &at))
		return UINT64_MAX;
	return at > paddr ? at : paddr;
}

/* Bytes of memory whose bit is set. */
static uint64_t count(const struct lib *l, void *map)
{
	unsigned char *bits = kd_xmalloc(BITS / 8);
	uint64_t n = 0;

	for (uint64_t at = 0; map && at < SURVEY_BITS_MAX; at += BITS) {
		if (l->api.find_set(map, &at) != STATUS_OK)
			break;
		at -= at % BITS;
		if (l->api.get_bits(map, at, at + BITS - 1, bits) != STATUS_OK)
			break;
		for (size_t i = 0; i < BITS / 8; i++)
			n += (unsigned)__builtin_popcount(bits[i]);
	}
	kd_free(bits);
	return n * l->page;
}

/* Where each page lies in the file the library does not say: what is cut shows when it is read. */
static struct kd_error *survey(void *state, struct kd_pages_survey *ret)
{
	const struct lib *l = state;

	ret->uncounted = !l->stored;
	ret->kept = count(l, l->stored);
	ret->ram = l->exists ? count(l, l->exists) : ret->kept;
	ret->unchecked = true;
	return NULL;
}

const struct kd_page_ops kd_pages_lib = {.name = "a dump",
					 .open = open_lib,
					 .read = read_lib,
					 .next = next,
					 .survey = survey,
					 .close = close_lib};
