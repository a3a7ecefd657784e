// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/framedebug.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "core/entryvalue.h"
#include "format/elfcore.h"
#include "symbol/cfi.h"

enum { INDEXES_MAX = 256, SCRATCH_MAX = 1 << 20 };

/* The types of one index. */
struct index {
	struct kd_kdx *kdx;
	struct kd_btf btf;
	struct kd_types *types; /* NULL: it has none */
};

struct kd_frame_debug {
	struct kd_frame_source from;
	struct index v[INDEXES_MAX];
	size_t n;
	struct kd_disasm *disasm; /* NULL: none was asked for, or there is no decoder */
	bool tried;
	const struct kd_frame_at *at; /* the frame in hand, */
	const struct kd_core_stack *st; /* its stack, */
	size_t i; /* its number */
};

struct kd_frame_debug *kd_frame_debug_new(const struct kd_frame_source *from)
{
	struct kd_frame_debug *fd = kd_xcalloc(1, sizeof(*fd));

	fd->from = *from;
	return fd;
}

void kd_frame_debug_free(struct kd_frame_debug *fd)
{
	for (size_t i = 0; fd && i < fd->n; i++)
		if (fd->v[i].types) {
			kd_types_free(fd->v[i].types);
			kd_btf_deinit(&fd->v[i].btf);
		}
	if (fd)
		kd_disasm_close(fd->disasm);
	kd_free(fd);
}

void kd_frame_debug_freep(struct kd_frame_debug **fd)
{
	kd_frame_debug_free(*fd);
	*fd = NULL;
}

static const struct kd_types *types_of(struct kd_frame_debug *fd, struct kd_kdx *kdx)
{
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct index *x;

	for (size_t i = 0; i < fd->n; i++)
		if (fd->v[i].kdx == kdx)
			return fd->v[i].types;
	if (fd->n == INDEXES_MAX)
		return NULL;
	x = &fd->v[fd->n++];
	x->kdx = kdx;
	err = kd_btf_open(kd_kdx_types(kdx), NULL, &x->btf);
	x->types = err ? NULL : kd_types_new(&x->btf, 0);
	return x->types;
}

/* In the kernel's image? Below it are, on x86_64, offsets of per-CPU data. */
static bool in_image(struct kd_kernel *k, uint64_t addr)
{
	uint64_t from, end;

	return kd_kernel_symbol(k, "_text", &from) && kd_kernel_symbol(k, "_end", &end) && addr >= from && addr < end;
}

/* --- where -------------------------------------------------------------------------------------------- */

static bool symbol_of(const struct kd_frame_source *from, uint64_t addr, struct kd_ksym *ret, const struct kd_core_module **ret_module)
{
	*ret_module = NULL;
	if (kd_kernel_is_text(from->k, addr))
		return kd_ksyms_at(kd_kernel_symbols(from->k), addr, ret);
	*ret_module = kd_modules_at(from->mods, addr);
	return *ret_module && kd_module_symbol(from->k, *ret_module, addr, ret);
}

/* Where its sections lie is not in the debug info: by name, if that is one function's alone. */
static struct kd_error *in_module(struct kd_frame_debug *fd, const struct kd_core_frame *f, const struct kd_core_module *mod,
				  const struct kd_ksym *sym, struct kd_arena *scratch, struct kd_frame_at *at)
{
	const struct kd_frame_query q = {.func = kd_view_of(sym->name), .has_offset = true, .offset = f->pc - sym->addr,
					 .size = sym->size, .exact = f->exact};
	struct kd_kdx *k = kd_symset_get(fd->from.set, kd_view_of(mod->name), KD_VNULL);
	struct kd_matches m;
	struct kd_error *err;

	if (!k)
		return NULL;
	err = kd_match_frame(k, &q, scratch, &m);
	if (err || m.n != 1)
		return err;
	at->kdx = k;
	at->file_pc = m.v[0].lookup;
	at->chain = m.v[0].chain;
	return NULL;
}

struct kd_error *kd_frame_debug_at(struct kd_frame_debug *fd, const struct kd_core_frame *f, struct kd_arena *scratch,
				   struct kd_frame_at *ret)
{
	struct kd_frame_at at = {.pc = f->exact ? f->pc : f->pc - 1};
	const struct kd_core_module *mod;
	struct kd_error *err = NULL;
	struct kd_ksym sym;

	*ret = at;
	if (!fd->from.set || !symbol_of(&fd->from, at.pc, &sym, &mod))
		return NULL;
	at.of_kernel = !mod;
	if (mod) {
		err = in_module(fd, f, mod, &sym, scratch, &at);
	} else {
		at.kdx = kd_symset_get(fd->from.set, KD_VNULL, fd->from.build_id);
		at.file_pc = at.pc - fd->from.kaslr;
		if (at.kdx && !kd_chain_at(at.kdx, at.file_pc, scratch, &at.chain))
			at.kdx = NULL;
	}
	*ret = at;
	return err;
}

bool kd_frame_debug_cfi(void *user, uint64_t pc, struct kd_cfi_fde *ret, uint64_t *ret_at)
{
	struct kd_frame_debug *fd = user;
	const struct kd_core_frame f = {.pc = pc, .exact = true};
	struct kd_frame_at at = {.pc = pc};
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	const struct kd_core_module *mod;
	struct kd_ksym sym;

	if (!fd->from.set || !symbol_of(&fd->from, pc, &sym, &mod))
		return false;
	if (!mod) { /* lines and inlined calls are not needed */
		at.kdx = kd_symset_get(fd->from.set, KD_VNULL, fd->from.build_id);
		at.file_pc = pc - fd->from.kaslr;
	} else {
		kd_auto(kd_arena_deinit) struct kd_arena scratch = KD_ARENA_INIT(SCRATCH_MAX);

		err = in_module(fd, &f, mod, &sym, &scratch, &at);
	}
	*ret_at = at.file_pc;
	return !err && at.kdx && kd_cfi_find(at.kdx, at.file_pc, ret);
}

/* --- variables ---------------------------------------------------------------------------------------- */

/* Of a module's file nothing says where its sections are. */
static bool address(void *user, uint64_t file, uint64_t *ret)
{
	const struct kd_frame_debug *fd = user;

	if (!fd->at->of_kernel || !in_image(fd->from.k, file + fd->from.kaslr))
		return false;
	*ret = file + fd->from.kaslr;
	return true;
}

bool kd_frame_name(struct kd_kernel *k, const struct kd_modules *mods, uint64_t addr, struct kd_buf *out)
{
	const struct kd_core_module *m = kd_modules_at(mods, addr);
	struct kd_ksym sym;

	if (!m && !kd_kernel_is_text(k, addr) && !in_image(k, addr))
		return false;
	if (m ? !kd_module_symbol(k, m, addr, &sym) : !kd_ksyms_at(kd_kernel_symbols(k), addr, &sym))
		return false;
	if (addr - sym.addr && addr - sym.addr >= sym.size)
		return false;
	kd_buf_add(out, kd_view_of(sym.name));
	if (addr != sym.addr)
		kd_buf_printf(out, "+0x%" PRIx64, addr - sym.addr);
	if (m)
		kd_buf_printf(out, " [%s]", m->name);
	return true;
}

static bool name(void *user, uint64_t addr, struct kd_buf *out)
{
	const struct kd_frame_debug *fd = user;

	return kd_frame_name(fd->from.k, fd->from.mods, addr, out);
}

static bool entry(void *user, unsigned reg, uint64_t *ret)
{
	struct kd_frame_debug *fd = user;
	const struct kd_disasm_mode mode = {.arch = KD_ARCH_X86_64};
	struct kd_entries e = {.k = fd->from.k, .mods = fd->from.mods, .st = fd->st};

	if (!fd->tried && kd_space_machine(kd_kernel_space(fd->from.k)) == KD_EM_X86_64)
		kd_error_free(kd_disasm_open(&mode, &fd->disasm));
	fd->tried = true;
	e.disasm = fd->disasm;
	return kd_entry_value(&e, fd->i, reg, ret);
}

struct kd_error *kd_frame_debug_locals(struct kd_frame_debug *fd, const struct kd_core_stack *st, size_t i, const struct kd_frame_at *at,
				       struct kd_arena *scratch, struct kd_arena *arena, struct kd_locals *ret)
{
	struct kd_locals_query q = {.kdx = at->kdx, .types = at->kdx ? types_of(fd, at->kdx) : NULL, .at = at->file_pc,
				    .regs = st->v[i].at, .space = kd_kernel_space(fd->from.k), .address = address, .name = name, .entry = entry,
				    .user = fd, .scratch = scratch};

	*ret = (struct kd_locals){0};
	if (!q.kdx)
		return NULL;
	if (st->v[i].guessed || !q.types) {
		ret->none = st->v[i].guessed ? "the frame is guessed" : "the debug info has no types";
		return NULL;
	}
	fd->at = at;
	fd->st = st;
	fd->i = i;
	q.has_cfa = kd_stack_cfa(st, i, &q.cfa);
	return kd_locals_read(&q, arena, ret);
}

const struct kd_types *kd_frame_debug_types(struct kd_frame_debug *fd, struct kd_kdx *kdx)
{
	return types_of(fd, kdx);
}
