// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/kallsyms.h"

#include <string.h>

#include "base/alloc.h"

enum { COUNT_MAX = 4 << 20, NAMES_MAX = 64 << 20, TABLE_MAX = 64 << 10, MARK = 256, WANT_LEN = 128 };

struct kd_ksyms {
	struct kd_kallsyms tokens;
	struct kd_view names;
	uint32_t n;
	uint32_t *mark; /* where each 256th name begins */
	uint64_t *addr; /* in order */
	enum kd_kallsyms_form form;
	char *names_room, *table_room;
};

struct places {
	uint64_t names, count, table, index, offsets, base;
	bool has_base;
};

static const char *const forms[KD_KALLSYMS_NFORMS] = {
	[KD_KALLSYMS_PERCPU] = "a base, per-CPU symbols absolute",
	[KD_KALLSYMS_BASE] = "a base",
	[KD_KALLSYMS_PLACE] = "their own place",
};

size_t kd_ksyms_count(const struct kd_ksyms *k)
{
	return k->n;
}

const char *kd_ksyms_form(const struct kd_ksyms *k)
{
	return forms[k->form];
}

/* --- reading --------------------------------------------------------------------------------------- */

static struct kd_error *find_places(struct kd_space *s, struct places *p)
{
	const struct kd_vmcoreinfo *v = kd_space_vmcoreinfo(s);

	if (!kd_vmcoreinfo_symbol(v, "kallsyms_names", &p->names) ||
	    !kd_vmcoreinfo_symbol(v, "kallsyms_num_syms", &p->count) ||
	    !kd_vmcoreinfo_symbol(v, "kallsyms_token_table", &p->table) ||
	    !kd_vmcoreinfo_symbol(v, "kallsyms_token_index", &p->index) ||
	    !kd_vmcoreinfo_symbol(v, "kallsyms_offsets", &p->offsets))
		return kd_error_new(KD_NOTFOUND, "VMCOREINFO does not say where the kernel's names are (kernels do since 6.0): "
						 "without them no stack can be unwound from the dump alone; its log can be read");
	p->has_base = kd_vmcoreinfo_symbol(v, "kallsyms_relative_base", &p->base);
	return NULL;
}

static struct kd_error *load(struct kd_space *s, const char *what, uint64_t addr, size_t n, char **room)
{
	struct kd_space_miss miss;

	kd_free(*room);
	*room = kd_xmalloc(n);
	if (!kd_space_read(s, addr, *room, n, &miss))
		return kd_error_new(KD_BADDATA, "%s: 0x%jx cannot be read: %s", what, (uintmax_t)miss.addr, kd_space_why(&miss));
	return NULL;
}

/* The next of the tables behind addr: a table ends there at the latest. */
static uint64_t next_place(const struct places *p, uint64_t addr)
{
	const uint64_t all[] = {p->names, p->count, p->table, p->index, p->offsets, p->has_base ? p->base : 0};
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; i < KD_ARRAY_LEN(all); i++)
		if (all[i] > addr && all[i] < next)
			next = all[i];
	return next;
}

static struct kd_error *load_tokens(struct kd_space *s, const struct places *p, struct kd_ksyms *k)
{
	const uint64_t end = next_place(p, p->table);
	const size_t n = end - p->table > TABLE_MAX ? 16 << 10 : (size_t)(end - p->table);
	char index[KD_KALLSYMS_INDEX];
	struct kd_error *err = load(s, "kallsyms_token_table", p->table, n, &k->table_room);
	struct kd_space_miss miss;

	if (err)
		return err;
	if (!kd_space_read(s, p->index, index, sizeof(index), &miss))
		return kd_error_new(KD_BADDATA, "kallsyms_token_index: 0x%jx cannot be read: %s", (uintmax_t)miss.addr,
				    kd_space_why(&miss));
	return kd_kallsyms_open(kd_view(k->table_room, n), kd_view(index, sizeof(index)), &k->tokens);
}

static struct kd_error *load_names(struct kd_space *s, const struct places *p, struct kd_ksyms *k)
{
	const uint64_t end = next_place(p, p->names);
	struct kd_view coded;
	struct kd_error *err;
	size_t at = 0;

	if (end == UINT64_MAX || end - p->names > NAMES_MAX)
		return kd_error_new(KD_BADDATA, "kallsyms_names: nothing says where they end");
	err = load(s, "kallsyms_names", p->names, (size_t)(end - p->names), &k->names_room);
	if (err)
		return err;
	k->names = kd_view(k->names_room, (size_t)(end - p->names));
	k->mark = kd_xcalloc(k->n / MARK + 1, sizeof(*k->mark));
	for (uint32_t i = 0; i < k->n; i++) {
		if (i % MARK == 0)
			k->mark[i / MARK] = (uint32_t)at;
		if (!kd_kallsyms_next(k->names, &at, &coded))
			return kd_error_new(KD_BADDATA, "kallsyms_names: %u symbols, and only %u names", k->n, i);
	}
	k->names.n = at;
	return NULL;
}

/* --- addresses --------------------------------------------------------------------------------------- */

static bool in_order(const struct kd_ksyms *k)
{
	for (uint32_t i = 1; i < k->n; i++)
		if (k->addr[i] < k->addr[i - 1])
			return false;
	return true;
}

static void compute(struct kd_ksyms *k, const struct places *p, uint64_t base, const char *numbers)
{
	for (uint32_t i = 0; i < k->n; i++) {
		const unsigned char *b = (const unsigned char *)numbers + 4 * (size_t)i;
		const uint32_t number = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;

		k->addr[i] = kd_kallsyms_address(k->form, base, p->offsets + 4 * (uint64_t)i, number);
	}
}

/* Does each landmark of VMCOREINFO stand where it says, and at least one? */
static bool landmarks_fit(struct kd_space *s, const struct kd_ksyms *k)
{
	static const char *const names[] = {"_stext", "init_uts_ns", "swapper_pg_dir"};
	struct kd_ksym_want w[KD_ARRAY_LEN(names)];
	size_t seen = 0;

	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++)
		w[i] = (struct kd_ksym_want){.name = names[i]};
	kd_ksyms_find(k, w, KD_ARRAY_LEN(w));
	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++) {
		uint64_t addr;

		if (w[i].n != 1 || !kd_vmcoreinfo_symbol(kd_space_vmcoreinfo(s), names[i], &addr))
			continue;
		if (w[i].addr != addr)
			return false;
		seen++;
	}
	return seen > 0;
}

static struct kd_error *load_addresses(struct kd_space *s, const struct places *p, struct kd_ksyms *k)
{
	kd_auto(kd_freep) char *numbers = NULL;
	struct kd_error *err = load(s, "kallsyms_offsets", p->offsets, 4 * (size_t)k->n, &numbers);
	struct kd_space_miss miss;
	uint64_t base = 0;

	if (err)
		return err;
	if (p->has_base && !kd_space_uint(s, p->base, 8, &base, &miss))
		return kd_error_new(KD_BADDATA, "kallsyms_relative_base cannot be read: %s", kd_space_why(&miss));
	k->addr = kd_xcalloc(k->n, sizeof(*k->addr));
	for (unsigned form = 0; form < KD_KALLSYMS_NFORMS; form++) {
		if (form != KD_KALLSYMS_PLACE && !p->has_base)
			continue;
		k->form = (enum kd_kallsyms_form)form;
		compute(k, p, base, numbers);
		if (in_order(k) && landmarks_fit(s, k))
			return NULL;
	}
	return kd_error_new(KD_BADDATA, "kallsyms_offsets: whatever they count from, VMCOREINFO's _stext is elsewhere");
}

static struct kd_error *load_all(struct kd_space *s, struct kd_ksyms *k)
{
	struct places p;
	struct kd_error *err = find_places(s, &p);
	struct kd_space_miss miss;
	uint64_t n;

	if (err)
		return err;
	if (!kd_space_uint(s, p.count, 4, &n, &miss))
		return kd_error_new(KD_BADDATA, "kallsyms_num_syms cannot be read: %s", kd_space_why(&miss));
	if (!n || n > COUNT_MAX)
		return kd_error_new(KD_BADDATA, "kallsyms_num_syms is %ju", (uintmax_t)n);
	k->n = (uint32_t)n;
	err = load_tokens(s, &p, k);
	if (!err)
		err = load_names(s, &p, k);
	return err ? err : load_addresses(s, &p, k);
}

struct kd_error *kd_ksyms_open(struct kd_space *s, struct kd_ksyms **ret)
{
	kd_auto(kd_ksyms_freep) struct kd_ksyms *k = kd_xcalloc(1, sizeof(*k));
	struct kd_error *err = load_all(s, k);

	if (err)
		return kd_error_wrap(err, "the kernel's symbols");
	*ret = kd_take(k);
	return NULL;
}

void kd_ksyms_free(struct kd_ksyms *k)
{
	if (!k)
		return;
	kd_free(k->mark);
	kd_free(k->addr);
	kd_free(k->names_room);
	kd_free(k->table_room);
	kd_free(k);
}

void kd_ksyms_freep(struct kd_ksyms **k)
{
	kd_ksyms_free(*k);
	*k = NULL;
}

/* --- asking -------------------------------------------------------------------------------------------- */

static struct kd_view coded_name(const struct kd_ksyms *k, uint32_t i)
{
	struct kd_view coded = KD_VNULL;
	size_t at = k->mark[i / MARK];

	for (uint32_t j = i / MARK * MARK; j <= i; j++)
		if (!kd_kallsyms_next(k->names, &at, &coded))
			return KD_VNULL;
	return coded;
}

bool kd_ksyms_at(const struct kd_ksyms *k, uint64_t addr, struct kd_ksym *ret)
{
	uint32_t lo = 0, hi = k->n, next;
	size_t n;

	while (lo < hi) {
		const uint32_t mid = lo + (hi - lo) / 2;

		if (k->addr[mid] <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo)
		return false;
	for (next = lo--; lo && k->addr[lo - 1] == k->addr[lo]; lo--)
		;
	n = kd_kallsyms_expand(&k->tokens, coded_name(k, lo), ret->name, sizeof(ret->name));
	if (n < 2)
		return false;
	ret->type = ret->name[0];
	memmove(ret->name, ret->name + 1, n - 1);
	ret->name[n - 1] = 0;
	ret->addr = k->addr[lo];
	ret->size = next < k->n ? k->addr[next] - k->addr[lo] : 0;
	return true;
}

static void match(const struct kd_ksyms *k, uint32_t i, struct kd_view coded, struct kd_ksym_want *w, size_t n)
{
	char buf[KD_KALLSYMS_NAME];
	const size_t len = kd_kallsyms_expand(&k->tokens, coded, buf, sizeof(buf));

	for (size_t j = 0; len && j < n; j++) /* behind the type, as long as the name is */
		if (!strncmp(w[j].name, buf + 1, len - 1) && !w[j].name[len - 1] && !w[j].n++)
			w[j].addr = k->addr[i];
}

void kd_ksyms_find(const struct kd_ksyms *k, struct kd_ksym_want *w, size_t n)
{
	bool length[WANT_LEN] = {false}, longer = false;
	struct kd_view coded;
	size_t at = 0;

	for (size_t j = 0; j < n; j++) {
		const size_t len = strlen(w[j].name) + 1;

		w[j].n = 0;
		if (len < WANT_LEN)
			length[len] = true;
		else
			longer = true;
	}
	for (uint32_t i = 0; i < k->n && kd_kallsyms_next(k->names, &at, &coded); i++) {
		const size_t len = kd_kallsyms_length(&k->tokens, coded); /* most names need not be put together */

		if (len < WANT_LEN ? length[len] : longer)
			match(k, i, coded, w, n);
	}
}
