// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/kernel.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

enum { BTF_MAX = 64 << 20, CPUS_MAX = 8192, FIELDS = 64 };

/* All that anything here asks for: found in one pass over the names. */
static const char *const known[] = {
	"_stext", "_etext", "_sinittext", "_einittext", "__start_BTF", "__stop_BTF", "__start_orc_unwind_ip",
	"__stop_orc_unwind_ip", "__start_orc_unwind", "__stop_orc_unwind", "__per_cpu_offset", "__cpu_possible_mask",
	"nr_cpu_ids", "current_task", "pcpu_hot", "__entry_task", "crashing_cpu", "panic_cpu", "init_task", "modules",
};

struct field {
	const char *type, *path; /* literals of the callers: compared as text all the same */
	struct kd_field f;
	bool found;
};

struct kd_kernel {
	struct kd_space *s;
	struct kd_ksyms *syms;
	struct kd_ksym_want want[KD_ARRAY_LEN(known)];
	char *btf_room;
	struct kd_btf btf;
	struct kd_types *types;
	bool tried;
	char why[200];
	struct field field[FIELDS];
	size_t nfield;
};

struct kd_error *kd_kernel_open(struct kd_space *s, struct kd_kernel **ret)
{
	kd_auto(kd_kernel_freep) struct kd_kernel *k = kd_xcalloc(1, sizeof(*k));
	struct kd_error *err = kd_ksyms_open(s, &k->syms);

	if (err)
		return err;
	k->s = s;
	for (size_t i = 0; i < KD_ARRAY_LEN(known); i++)
		k->want[i].name = known[i];
	kd_ksyms_find(k->syms, k->want, KD_ARRAY_LEN(known));
	*ret = kd_take(k);
	return NULL;
}

void kd_kernel_free(struct kd_kernel *k)
{
	if (!k)
		return;
	kd_types_free(k->types);
	kd_btf_deinit(&k->btf);
	kd_free(k->btf_room);
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

static bool known_symbol(const struct kd_kernel *k, const char *name, uint64_t *ret)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(known); i++)
		if (!strcmp(known[i], name)) {
			*ret = k->want[i].addr;
			return k->want[i].n == 1;
		}
	return false;
}

bool kd_kernel_symbol(struct kd_kernel *k, const char *name, uint64_t *ret)
{
	struct kd_ksym_want w = {.name = name};

	for (size_t i = 0; i < KD_ARRAY_LEN(known); i++)
		if (!strcmp(known[i], name))
			return known_symbol(k, name, ret);
	kd_ksyms_find(k->syms, &w, 1);
	*ret = w.addr;
	return w.n == 1;
}

static bool between(const struct kd_kernel *k, uint64_t addr, const char *from, const char *to)
{
	uint64_t start, end;

	return known_symbol(k, from, &start) && known_symbol(k, to, &end) && addr >= start && addr < end;
}

bool kd_kernel_is_text(const struct kd_kernel *k, uint64_t addr)
{
	return between(k, addr, "_stext", "_etext") || between(k, addr, "_sinittext", "_einittext");
}

/* --- types ------------------------------------------------------------------------------------------ */

static struct kd_error *load_types(struct kd_kernel *k)
{
	struct kd_space_miss miss;
	struct kd_error *err;
	uint64_t start, stop;

	if (!known_symbol(k, "__start_BTF", &start) || !known_symbol(k, "__stop_BTF", &stop))
		return kd_error_new(KD_NOTFOUND, "the kernel's symbols name no BTF (CONFIG_DEBUG_INFO_BTF or CONFIG_KALLSYMS_ALL is off)");
	if (stop <= start || stop - start > BTF_MAX)
		return kd_error_new(KD_BADDATA, "__start_BTF and __stop_BTF are 0x%jx and 0x%jx", (uintmax_t)start,
				    (uintmax_t)stop);
	k->btf_room = kd_xmalloc((size_t)(stop - start));
	if (!kd_space_read(k->s, start, k->btf_room, (size_t)(stop - start), &miss))
		return kd_error_new(KD_BADDATA, "the kernel's BTF cannot be read at 0x%jx: %s", (uintmax_t)miss.addr,
				    kd_space_why(&miss));
	err = kd_btf_open(kd_view(k->btf_room, (size_t)(stop - start)), NULL, &k->btf);
	if (err)
		return kd_error_wrap(err, "the kernel's BTF");
	k->types = kd_types_new(&k->btf, 8);
	return NULL;
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
	return k->types;
}

const char *kd_kernel_no_types(struct kd_kernel *k)
{
	return kd_kernel_types(k) ? NULL : k->why;
}

static bool find_type(struct kd_kernel *k, const char *type, uint32_t *ret)
{
	const struct kd_types *ts = kd_kernel_types(k);

	return ts && kd_types_find(ts, KD_TYPES_STRUCT | KD_TYPES_UNION | KD_TYPES_TYPEDEF, kd_view_of(type), ret, 1);
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
	struct field f = {.type = type, .path = path};

	for (size_t i = 0; i < k->nfield; i++)
		if (!strcmp(k->field[i].type, type) && !strcmp(k->field[i].path, path)) {
			*ret = k->field[i].f;
			return k->field[i].found;
		}
	f.found = look_up(k, type, path, &f.f);
	if (k->nfield < FIELDS)
		k->field[k->nfield++] = f;
	*ret = f.f;
	return f.found;
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

	if (!ts || !kd_types_find(ts, KD_TYPES_ENUM, kd_view_of(type), &id, 1) || !kd_btf_type(&k->btf, id, &t))
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
