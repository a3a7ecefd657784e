// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/typesource.h"

#include <string.h>

#include "base/alloc.h"
#include "format/elf.h"
#include "symbol/resolve.h"
#include "symbol/scopes.h"

#define FILE_MAX ((size_t)2 << 30) /* of a packed file, unpacked; a vmlinux with all of its DWARF is below */
enum { BTF_MAX = 256 << 20, ARENA_MAX = 64 << 20, HEAD = 64 };

/* --- raw BTF --------------------------------------------------------------------------------------- */

static struct kd_error *copy_all(const struct kd_bytes *b, struct kd_typesource *s)
{
	const uint64_t n = kd_bytes_size(b);
	struct kd_error *err;
	char *to;

	s->bytes = KD_BUF_INIT(BTF_MAX);
	to = n <= BTF_MAX ? kd_buf_reserve(&s->bytes, (size_t)n) : NULL;
	if (!to)
		return kd_error_new(KD_LIMIT, "%s: BTF of more than %d MiB", kd_bytes_name(b), BTF_MAX >> 20);
	err = kd_bytes_read(b, 0, (size_t)n, to);
	if (!err)
		s->bytes.n = (size_t)n;
	return err;
}

static struct kd_error *raw_read(const struct kd_bytes *b, const struct kd_btf *base, struct kd_typesource *s)
{
	struct kd_error *err = copy_all(b, s);

	s->how = base ? "BTF of a module" : "BTF";
	if (!err)
		err = kd_btf_open(kd_buf_view(&s->bytes), base, &s->btf);
	return err;
}

/* --- ELF ------------------------------------------------------------------------------------------- */

static bool elf_probe(struct kd_view head)
{
	return kd_view_starts(head, KD_V("\177ELF"));
}

/* Every module has this section, and no vmlinux. */
static bool is_module(const struct kd_elf *elf)
{
	return kd_elf_find(elf, KD_V(".gnu.linkonce.this_module")) != NULL;
}

static struct kd_error *elf_section(const struct kd_elf *elf, struct kd_typesource *s)
{
	kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {.own = NULL};
	const struct kd_elf_section *sec = kd_elf_find(elf, KD_V(".BTF"));
	struct kd_error *err;

	if (!sec)
		return kd_error_new(KD_NOTFOUND, "%s has no section .BTF (a kernel with CONFIG_DEBUG_INFO_BTF has one; of DWARF: kdoc index -o FILE.kdx, --btf=FILE.kdx)",
				    kd_bytes_name(elf->bytes));
	err = kd_elf_load(elf, sec, BTF_MAX, &d);
	s->bytes = KD_BUF_INIT(BTF_MAX + 1);
	if (!err && !kd_buf_add(&s->bytes, d.v))
		err = kd_error_new(KD_LIMIT, "%s: BTF of more than %d MiB", kd_bytes_name(elf->bytes),
				   BTF_MAX >> 20);
	return err;
}

static struct kd_error *elf_read(const struct kd_bytes *b, const struct kd_btf *base, struct kd_typesource *s)
{
	struct kd_elf elf = {.nsec = 0};
	struct kd_error *err = kd_elf_open(b, &s->arena, &elf);

	if (err)
		return err;
	if (is_module(&elf) && !base)
		return kd_error_new(KD_INVALID, "%s is a module: its types go on where those of its vmlinux end; "
						"name that file with --base", kd_bytes_name(b));
	if (!is_module(&elf) && base)
		return kd_error_new(KD_INVALID, "%s is no module: it has no base", kd_bytes_name(b));
	s->how = base ? "section .BTF of a module" : "section .BTF of an ELF file";
	s->build_id = kd_elf_build_id(&elf, &s->arena);
	err = elf_section(&elf, s);
	if (!err)
		err = kd_btf_open(kd_buf_view(&s->bytes), base, &s->btf);
	return err;
}

/* --- all ------------------------------------------------------------------------------------------- */

/* --- an index of debug info ------------------------------------------------------------------------ */

static bool index_probe(struct kd_view head)
{
	return kd_view_starts(head, KD_V("kdocKDX\n"));
}

static struct kd_error *index_read(const struct kd_bytes *b, const struct kd_btf *base, struct kd_typesource *s)
{
	kd_auto(kd_kdx_closep) struct kd_kdx *k = NULL;
	struct kd_buf own = KD_BUF_INIT(0);
	struct kd_error *err;
	struct kd_view types;

	if (base)
		return kd_error_new(KD_INVALID, "%s has all of its types: it needs no base", kd_bytes_name(b));
	err = copy_all(b, s);
	if (!err)
		err = kd_kdx_of_view(kd_buf_view(&s->bytes), kd_bytes_name(b), NULL, &k);
	if (kd_error_catch(&err, KD_CONFLICT)) /* what it stands on lies beside the file */
		err = kd_kdx_open(kd_bytes_name(b), &k);
	if (err)
		return err;
	types = kd_kdx_types(k);
	if (!types.n)
		return kd_error_new(KD_NOTFOUND, "%s has no types: the file had no DWARF%s%s", kd_bytes_name(b),
				    kd_kdx_damage(k) ? ", or " : "", kd_kdx_damage(k) ? kd_kdx_damage(k) : "");
	s->how = "index of DWARF";
	s->build_id = kd_arena_view(&s->arena, kd_kdx_ident(k).build_id);
	own.max = types.n;
	kd_buf_add(&own, types); /* they are gone with k */
	kd_buf_deinit(&s->bytes);
	s->bytes = own;
	return kd_btf_open(kd_buf_view(&s->bytes), NULL, &s->btf);
}

static const struct kd_typesource_ops sources[] = {
	{"index", index_probe, index_read},
	{"btf", kd_btf_probe, raw_read},
	{"elf", elf_probe, elf_read},
};

static struct kd_error *read_with(const struct kd_bytes *b, const struct kd_btf *base, struct kd_typesource *s)
{
	char head[HEAD] = "";
	const size_t n = kd_bytes_size(b) < HEAD ? (size_t)kd_bytes_size(b) : HEAD;
	struct kd_error *err = kd_bytes_read(b, 0, n, head);

	if (err)
		return err;
	for (size_t i = 0; i < KD_ARRAY_LEN(sources); i++)
		if (sources[i].probe(kd_view(head, n)))
			return sources[i].read(b, base, s);
	return kd_error_new(KD_UNSUPPORTED, "%s is neither an ELF file nor BTF", kd_bytes_name(b));
}

static struct kd_error *open_one(const char *path, struct kd_typesource *base, struct kd_typesource **ret)
{
	kd_auto(kd_bytes_closep) struct kd_bytes *b = NULL;
	struct kd_typesource *s = kd_xcalloc(1, sizeof(*s));
	struct kd_error *err = kd_bytes_open(path, FILE_MAX, &b);
	uint32_t misfits;

	s->arena = KD_ARENA_INIT(ARENA_MAX);
	if (!err)
		err = read_with(b, base ? &base->btf : NULL, s);
	misfits = !err && base ? kd_btf_misfits(&s->btf) : 0;
	if (misfits)
		err = kd_error_new(KD_BADDATA, "%s does not belong to this base: %u of its names and references "
					       "lead to nothing there", path, misfits);
	if (err) {
		kd_typesource_free(s);
		return err;
	}
	s->own = s->btf.end - s->btf.first;
	s->types = kd_types_new(&s->btf, 0);
	*ret = s;
	return NULL;
}

/* A module's file in sysfs: the vmlinux beside it. */
static const char *implied_base(const char *path)
{
	const struct kd_view v = kd_view_of(path);

	return kd_view_starts(v, KD_V("/sys/kernel/btf/")) && !kd_view_eq(v, KD_V(KD_TYPESOURCE_RUNNING))
		       ? KD_TYPESOURCE_RUNNING
		       : NULL;
}

struct kd_error *kd_typesource_open(const char *path, const char *base, struct kd_typesource **ret)
{
	kd_auto(kd_typesource_freep) struct kd_typesource *b = NULL;
	struct kd_error *err = NULL;

	if (!base)
		base = implied_base(path);
	if (base)
		err = kd_error_wrap(open_one(base, NULL, &b), "the base");
	if (!err)
		err = open_one(path, b, ret);
	if (!err)
		(*ret)->base = kd_take(b);
	return err;
}

void kd_typesource_free(struct kd_typesource *s)
{
	if (!s)
		return;
	kd_types_free(s->types);
	kd_btf_deinit(&s->btf);
	kd_typesource_free(s->base);
	kd_buf_deinit(&s->bytes);
	kd_arena_deinit(&s->arena);
	kd_free(s);
}

void kd_typesource_freep(struct kd_typesource **s)
{
	kd_typesource_free(*s);
	*s = NULL;
}
