// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/kernel.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "core/landmarks.h"
#include "core/mirror.h"

enum { BTF_MAX = 64 << 20, CPUS_MAX = 8192, FIELDS = 1024, ASKED = 256, PASSES = 16, FUNCTION_MAX = 64 << 10 };

/* All that anything here asks for: found in one pass over the names. */
static const char *const known[] = {
	"_text", "_end", "_stext", "_etext", "_sinittext", "_einittext", "__start_BTF", "__stop_BTF", "__start_orc_unwind_ip",
	"__stop_orc_unwind_ip", "__start_orc_unwind", "__stop_orc_unwind", "__per_cpu_offset", "__cpu_possible_mask",
	"nr_cpu_ids", "current_task", "pcpu_hot", "__entry_task", "irq_stack_ptr", "overflow_stack",
	"sdei_stack_normal_ptr", "sdei_stack_critical_ptr", "crashing_cpu", "panic_cpu", "init_task", "modules", "__start_init_task", "__end_init_task", "__start_init_stack", "__end_init_stack",
};

struct field {
	const char *type, *path; /* literals of the callers: compared as text all the same */
	struct kd_field f;
	bool found;
};

/* Names by their hash. All of them when many were asked for: before that passes over them are faster. */
struct name {
	uint64_t hash, addr;
	uint32_t n; /* how many have this name; 0: the slot is free */
};

struct kd_kernel {
	struct kd_space *s;
	struct kd_ksyms *syms;
	struct kd_ksym_want want[KD_ARRAY_LEN(known)];
	struct kd_mirror btf_room;
	struct kd_btf btf;
	struct kd_types *types;
	bool tried, no_types /* any more: a part of them is damaged */;
	bool functions_only, searched; /* for data that the symbols do not name */
	kd_kernel_find *find; /* in debug info; NULL */
	void *find_user;
	char why[200];
	uint64_t stack_size; /* 0: not known */
	bool stack_tried;
	struct field field[FIELDS]; /* by the hash of type and path */
	struct name asked[ASKED]; /* that were asked for, each in the slot of its hash */
	bool asked_set[ASKED];
	struct name *name;
	size_t nslots;
	unsigned passes;
};

static bool known_symbol(const struct kd_kernel *k, const char *name, uint64_t *ret)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(known); i++)
		if (!strcmp(known[i], name)) {
			*ret = k->want[i].addr;
			return k->want[i].n == 1;
		}
	return false;
}

struct kd_error *kd_kernel_open(struct kd_space *s, struct kd_kernel **ret)
{
	kd_auto(kd_kernel_freep) struct kd_kernel *k = kd_xcalloc(1, sizeof(*k));
	struct kd_error *err = kd_ksyms_open(s, &k->syms);
	uint64_t addr;

	if (err)
		return err;
	k->s = s;
	for (size_t i = 0; i < KD_ARRAY_LEN(known); i++)
		k->want[i].name = known[i];
	kd_ksyms_find_data(k->syms, k->want, KD_ARRAY_LEN(known));
	err = kd_ksyms_lost(k->syms);
	if (err)
		return kd_error_wrap(err, "the kernel's symbols");
	k->functions_only = !known_symbol(k, "init_task", &addr) && !known_symbol(k, "__per_cpu_offset", &addr);
	*ret = kd_take(k);
	return NULL;
}

void kd_kernel_free(struct kd_kernel *k)
{
	if (!k)
		return;
	kd_types_free(k->types);
	kd_btf_deinit(&k->btf);
	kd_mirror_deinit(&k->btf_room);
	kd_free(k->name);
	kd_ksyms_free(k->syms);
	kd_free(k);
}

void kd_kernel_freep(struct kd_kernel **k)
{
	kd_kernel_free(*k);
	*k = NULL;
}

struct kd_space *kd_kernel_space(struct kd_kernel *k)
{
	return k->s;
}

const struct kd_ksyms *kd_kernel_symbols(const struct kd_kernel *k)
{
	return k->syms;
}

static void found(struct kd_kernel *k, const char *name, uint64_t addr)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(known); i++)
		if (addr && !k->want[i].n && !strcmp(known[i], name)) {
			k->want[i].n = 1;
			k->want[i].addr = addr;
		}
}

bool kd_kernel_functions_only(const struct kd_kernel *k)
{
	return k->functions_only;
}

void kd_kernel_more_symbols(struct kd_kernel *k, kd_kernel_find *find, void *user)
{
	uint64_t addr;

	if (!kd_kernel_functions_only(k))
		return;
	k->find = find;
	k->find_user = user;
	for (size_t i = 0; i < KD_ARRAY_LEN(known); i++)
		if (!k->want[i].n && find(user, known[i], &addr))
			found(k, known[i], addr);
}

/* init_task and modules, of a kernel whose symbols are functions alone. */
static void search_data(struct kd_kernel *k)
{
	uint64_t init_task, modules;

	if (k->searched)
		return;
	k->searched = true;
	if (!kd_kernel_functions_only(k))
		return;
	kd_landmark_data(k, &init_task, &modules);
	found(k, "init_task", init_task);
	found(k, "modules", modules);
}

static struct name *slot_of(const struct kd_kernel *k, const char *name)
{
	const uint64_t hash = kd_hash64(kd_view_of(name), 0);
	size_t i = hash & (k->nslots - 1);

	while (k->name[i].n && k->name[i].hash != hash)
		i = (i + 1) & (k->nslots - 1);
	k->name[i].hash = hash;
	return &k->name[i];
}

static bool one_name(void *user, const struct kd_ksym *sym, const struct kd_core_module *module)
{
	struct name *n = slot_of(user, sym->name);

	(void)module;
	if (!n->n++)
		n->addr = sym->addr;
	return true;
}

static void index_names(struct kd_kernel *k)
{
	for (k->nslots = 1024; k->nslots < 2 * kd_ksyms_count(k->syms); k->nslots *= 2)
		;
	k->name = kd_xcalloc(k->nslots, sizeof(*k->name));
	kd_ksyms_each(k->syms, one_name, k);
}

size_t kd_kernel_symbols_named(struct kd_kernel *k, const char *name, uint64_t *ret)
{
	const uint64_t hash = kd_hash64(kd_view_of(name), 0);
	struct name *n = &k->asked[hash % ASKED];
	bool *set = &k->asked_set[hash % ASKED];

	if (!*set || n->hash != hash) {
		struct kd_ksym_want w = {.name = name};

		if (!k->name && k->passes++ >= PASSES)
			index_names(k);
		if (k->name) {
			*n = *slot_of(k, name);
		} else {
			kd_ksyms_find(k->syms, &w, 1);
			*n = (struct name){.hash = hash, .addr = w.addr, .n = w.n};
		}
		*set = true;
	}
	*ret = n->addr;
	return n->n;
}

bool kd_kernel_symbol(struct kd_kernel *k, const char *name, uint64_t *ret)
{
	size_t n;

	if (!strcmp(name, "init_task") || !strcmp(name, "modules"))
		search_data(k);
	for (size_t i = 0; i < KD_ARRAY_LEN(known); i++)
		if (!strcmp(known[i], name))
			return known_symbol(k, name, ret);
	n = kd_kernel_symbols_named(k, name, ret);
	return n == 1 || (!n && kd_kernel_symbol_elsewhere(k, name, ret));
}

bool kd_kernel_symbol_elsewhere(struct kd_kernel *k, const char *name, uint64_t *ret)
{
	return k->find && k->find(k->find_user, name, ret);
}

static bool between(const struct kd_kernel *k, uint64_t addr, const char *from, const char *to)
{
	uint64_t start, end;

	return known_symbol(k, from, &start) && known_symbol(k, to, &end) && addr >= start && addr < end;
}

bool kd_kernel_is_text(const struct kd_kernel *k, uint64_t addr)
{
	struct kd_ksym sym;
	uint64_t end;

	if (!known_symbol(k, "_etext", &end)) /* symbols are those of functions alone: near behind one */
		return kd_ksyms_at(k->syms, addr, &sym) && strchr("tTwW", sym.type) && addr - sym.addr < FUNCTION_MAX;
	return between(k, addr, "_stext", "_etext") || between(k, addr, "_sinittext", "_einittext");
}

bool kd_kernel_is_init(const struct kd_kernel *k, uint64_t addr)
{
	return between(k, addr, "_sinittext", "_einittext");
}

bool kd_kernel_is_image(const struct kd_kernel *k, uint64_t addr)
{
	return between(k, addr, "_text", "_end") || kd_kernel_is_text(k, addr);
}

/* --- types ------------------------------------------------------------------------------------------ */

static bool bring(void *user, uint64_t off, uint64_t n)
{
	struct kd_kernel *k = user;

	return kd_mirror_need(&k->btf_room, off, n);
}

static struct kd_error *unreadable(const struct kd_kernel *k)
{
	const struct kd_space_miss *miss = &k->btf_room.miss;

	return kd_error_new(KD_BADDATA, "the kernel's BTF cannot be read at 0x%jx: %s", (uintmax_t)miss->addr, kd_space_why(miss));
}

static struct kd_error *load_types(struct kd_kernel *k)
{
	const struct kd_btf_source source = {.bring = bring, .user = k};
	struct kd_error *err;
	uint64_t start, stop;

	if ((!known_symbol(k, "__start_BTF", &start) || !known_symbol(k, "__stop_BTF", &stop)) &&
	    !(kd_kernel_functions_only(k) && kd_landmark_btf(k->s, &start, &stop)))
		return kd_error_new(KD_NOTFOUND, "the kernel's symbols name no BTF (CONFIG_DEBUG_INFO_BTF or CONFIG_KALLSYMS_ALL is off)");
	if (stop <= start || stop - start > BTF_MAX)
		return kd_error_new(KD_BADDATA, "__start_BTF and __stop_BTF are 0x%jx and 0x%jx", (uintmax_t)start,
				    (uintmax_t)stop);
	kd_mirror_init(&k->btf_room, k->s, start, (size_t)(stop - start));
	err = kd_btf_open_lazy(kd_view(k->btf_room.room, k->btf_room.n), &source, &k->btf);
	if (k->btf_room.lost) {
		kd_error_free(err);
		return unreadable(k);
	}
	if (err)
		return kd_error_wrap(err, "the kernel's BTF");
	k->types = kd_types_new(&k->btf, 8);
	return NULL;
}

/* What was not read at first may turn out to be damaged: then no type is known any more, and why is said. */
static void check_types(struct kd_kernel *k)
{
	const char *lost = k->types ? kd_btf_lost(&k->btf) : NULL;
	struct kd_error *err;

	if (!lost)
		return;
	err = k->btf_room.lost ? unreadable(k) : kd_error_new(KD_BADDATA, "the kernel's BTF: %s", lost);
	snprintf(k->why, sizeof(k->why), "%s", err->msg);
	kd_error_free(err);
	k->no_types = true;
	memset(k->field, 0, sizeof(k->field));
	k->stack_tried = false;
}

bool kd_kernel_lost_types(struct kd_kernel *k)
{
	return k->tried && (kd_kernel_types(k), k->no_types);
}

const struct kd_types *kd_kernel_types(struct kd_kernel *k)
{
	if (!k->tried) {
		struct kd_error *err = load_types(k);

		k->tried = true;
		if (err)
			snprintf(k->why, sizeof(k->why), "%s", err->msg);
		kd_error_free(err);
	}
	if (!k->no_types)
		check_types(k);
	return k->no_types ? NULL : k->types;
}

const char *kd_kernel_no_types(struct kd_kernel *k)
{
	return kd_kernel_types(k) ? NULL : k->why;
}

static bool find_type(struct kd_kernel *k, const char *type, uint32_t *ret)
{
	const struct kd_types *ts = kd_kernel_types(k);

	return ts && kd_types_first(ts, KD_TYPES_STRUCT | KD_TYPES_UNION | KD_TYPES_TYPEDEF, kd_view_of(type), ret);
}

static bool look_up(struct kd_kernel *k, const char *type, const char *path, struct kd_field *ret)
{
	struct kd_type_member m;
	struct kd_error *err;
	uint32_t id;

	if (!find_type(k, type, &id))
		return false;
	err = kd_types_member(k->types, id, kd_view_of(path), &m);
	if (err || m.bits || m.bit_off % 8) {
		kd_error_free(err);
		return false;
	}
	*ret = (struct kd_field){.off = m.bit_off / 8, .size = m.size, .type = m.type};
	return true;
}

bool kd_kernel_field(struct kd_kernel *k, const char *type, const char *path, struct kd_field *ret)
{
	struct field *f = &k->field[kd_hash64(kd_view_of(path), kd_hash64(kd_view_of(type), 0)) % FIELDS];

	if (!f->type || strcmp(f->type, type) != 0 || strcmp(f->path, path) != 0) {
		*f = (struct field){.type = type, .path = path};
		f->found = look_up(k, type, path, &f->f);
	}
	*ret = f->f;
	return f->found;
}

bool kd_kernel_sizeof(struct kd_kernel *k, const char *type, uint64_t *ret)
{
	uint32_t id;

	return find_type(k, type, &id) && kd_types_size(k->types, id, ret);
}

bool kd_kernel_enumerator(struct kd_kernel *k, const char *type, const char *name, uint64_t *ret)
{
	const struct kd_types *ts = kd_kernel_types(k);
	struct kd_btf_type t;
	uint32_t id;

	if (!ts || !kd_types_first(ts, KD_TYPES_ENUM, kd_view_of(type), &id) || !kd_btf_type(&k->btf, id, &t))
		return false;
	for (uint32_t i = 0; i < t.n; i++) {
		const struct kd_btf_enumerator e = kd_btf_enumerator(&k->btf, &t, i);

		if (kd_view_eq(e.name, kd_view_of(name))) {
			*ret = e.value;
			return true;
		}
	}
	return false;
}

/* The marks around the first task's stack (include/asm-generic/vmlinux.lds.h); those of 6.1 and those since 6.10. */
static bool marked_stack_size(struct kd_kernel *k, uint64_t *ret)
{
	static const char *const marks[][2] = {{"__start_init_task", "__end_init_task"}, {"__start_init_stack", "__end_init_stack"}};

	for (size_t i = 0; i < KD_ARRAY_LEN(marks); i++) {
		uint64_t start, end;

		if (kd_kernel_symbol(k, marks[i][0], &start) && kd_kernel_symbol(k, marks[i][1], &end) && end > start &&
		    !((end - start) & (end - start - 1))) {
			*ret = end - start;
			return true;
		}
	}
	return false;
}

/*
 * union thread_union is as large as a stack; where nobody uses it, the BTF does not have it, and finding that out takes reading
 * all of it: the marks first, which the linker script sets THREAD_SIZE apart.
 */
bool kd_kernel_stack_size(struct kd_kernel *k, uint64_t *ret)
{
	if (!k->stack_tried) {
		k->stack_tried = true;
		if ((!marked_stack_size(k, &k->stack_size) && !kd_kernel_sizeof(k, "thread_union", &k->stack_size) &&
		     !kd_landmark_stack_size(k, &k->stack_size)) ||
		    k->stack_size < 4096 || k->stack_size > 1 << 20)
			k->stack_size = 0;
	}
	*ret = k->stack_size;
	return *ret != 0;
}

/* --- values --------------------------------------------------------------------------------------- */

bool kd_kernel_read(struct kd_kernel *k, uint64_t addr, const char *type, const char *path, uint64_t *ret)
{
	struct kd_field f;

	return kd_kernel_field(k, type, path, &f) && f.size <= 8 && kd_space_uint(k->s, addr + f.off, (unsigned)f.size, ret, NULL);
}

bool kd_kernel_text(struct kd_kernel *k, uint64_t addr, size_t max, char *ret)
{
	for (size_t i = 0; i + 1 < max; i++) {
		if (!kd_space_read(k->s, addr + i, ret + i, 1, NULL))
			return false;
		if (!ret[i])
			return true;
	}
	ret[max - 1] = 0;
	return true;
}

bool kd_kernel_percpu(struct kd_kernel *k, const char *symbol, unsigned cpu, uint64_t *ret)
{
	uint64_t table, base, at;

	if (cpu >= CPUS_MAX || !kd_kernel_symbol(k, symbol, &at))
		return false;
	if (!known_symbol(k, "__per_cpu_offset", &table)) { /* CONFIG_SMP=n: there is one of each */
		*ret = at;
		return cpu == 0;
	}
	if (!kd_space_uint(k->s, table + 8 * (uint64_t)cpu, 8, &base, NULL))
		return false;
	*ret = base + at;
	return true;
}

size_t kd_kernel_cpus(struct kd_kernel *k, unsigned *ret, size_t max)
{
	uint64_t mask, bits = 0, ids, n = CPUS_MAX;
	size_t found = 0;

	if (known_symbol(k, "nr_cpu_ids", &ids) && kd_space_uint(k->s, ids, 4, &n, NULL) && n > CPUS_MAX)
		n = CPUS_MAX;
	if (!known_symbol(k, "__cpu_possible_mask", &mask)) {
		if (max)
			ret[0] = 0;
		return 1;
	}
	for (unsigned cpu = 0; cpu < n; cpu++) {
		if (cpu % 64 == 0 && !kd_space_uint(k->s, mask + cpu / 8, 8, &bits, NULL))
			break;
		if (!(bits >> cpu % 64 & 1))
			continue;
		if (found < max)
			ret[found] = cpu;
		found++;
	}
	return found;
}
