// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/value.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "symbol/scopes.h"

enum { PAGE = 4096, TEXT_MAX = 4096, ANONYMOUS = 32, DEPTH_MAX = 24 };

struct kd_values {
	struct kd_dump *d;
	struct kd_kdx *index; /* whose types these are; NULL: the dump's own */
	struct kd_btf btf;
	struct kd_types *own;
	const struct kd_types *types;
};

/* --- types ------------------------------------------------------------------------------------------- */

/* Debug info knows more types than BTF, and those of variables. */
static bool use_index(struct kd_values *vs)
{
	struct kd_kdx *k = kd_dump_index(vs->d);
	struct kd_view blob = k ? kd_kdx_types(k) : KD_VNULL;
	struct kd_error *err = blob.n ? kd_btf_open(blob, NULL, &vs->btf) : kd_error_new(KD_NOTFOUND, "none");

	if (err) {
		kd_error_free(err);
		return false;
	}
	vs->index = k;
	vs->own = kd_types_new(&vs->btf, 8);
	vs->types = vs->own;
	return true;
}

struct kd_error *kd_values_new(struct kd_dump *d, struct kd_values **ret)
{
	kd_auto(kd_values_freep) struct kd_values *vs = kd_xcalloc(1, sizeof(*vs));
	struct kd_error *err = kd_dump_need_kernel(d);

	vs->d = d;
	if (!err && !use_index(vs)) {
		err = kd_dump_need_types(d);
		vs->types = kd_dump_types(d);
	}
	if (!err)
		*ret = kd_take(vs);
	return err;
}

void kd_values_free(struct kd_values *vs)
{
	if (!vs)
		return;
	kd_types_free(vs->own);
	kd_btf_deinit(&vs->btf);
	kd_free(vs);
}

void kd_values_freep(struct kd_values **vs)
{
	kd_values_free(*vs);
	*vs = NULL;
}

const struct kd_types *kd_values_types(const struct kd_values *vs)
{
	return vs->types;
}

struct kd_dump *kd_values_dump(const struct kd_values *vs)
{
	return vs->d;
}

struct kd_value kd_value_at(struct kd_vtype type, uint64_t addr)
{
	return (struct kd_value){.type = type, .in_memory = true, .addr = addr};
}

struct kd_value kd_value_of(struct kd_vtype type, uint64_t n)
{
	return (struct kd_value){.type = type, .n = n};
}

struct kd_value kd_value_plain(uint64_t n, bool is_signed)
{
	return kd_value_of((struct kd_vtype){.plain = 8, .is_signed = is_signed}, n);
}

enum kd_btf_kind kd_vtype_kind(const struct kd_values *vs, struct kd_vtype t, struct kd_btf_type *ret)
{
	struct kd_btf_type room;

	ret = ret ? ret : &room;
	*ret = (struct kd_btf_type){0};
	if (t.ptr)
		return KD_BTF_PTR;
	if (t.plain)
		return KD_BTF_INT;
	if (!t.id || !kd_btf_type(kd_types_btf(vs->types), kd_types_strip(vs->types, t.id), ret))
		return KD_BTF_VOID;
	return (enum kd_btf_kind)ret->kind;
}

bool kd_vtype_size(const struct kd_values *vs, struct kd_vtype t, uint64_t *ret)
{
	if (t.ptr || t.plain) {
		*ret = t.ptr ? kd_types_ptr_size(vs->types) : t.plain;
		return true;
	}
	return t.id && kd_types_size(vs->types, t.id, ret);
}

bool kd_vtype_target(const struct kd_values *vs, struct kd_vtype t, struct kd_vtype *ret)
{
	struct kd_btf_type b;

	if (t.ptr) {
		*ret = t;
		ret->ptr--;
		return true;
	}
	switch (kd_vtype_kind(vs, t, &b)) {
	case KD_BTF_PTR:
		*ret = (struct kd_vtype){.id = b.type};
		return true;
	case KD_BTF_ARRAY:
		*ret = (struct kd_vtype){.id = kd_btf_array(kd_types_btf(vs->types), &b).type};
		return true;
	default:
		return false;
	}
}

bool kd_vtype_is_signed(const struct kd_values *vs, struct kd_vtype t)
{
	if (t.ptr)
		return false;
	return t.plain ? t.is_signed : t.id && kd_types_is_signed(vs->types, t.id);
}

struct kd_view kd_vtype_text(const struct kd_values *vs, struct kd_vtype t, struct kd_view name, struct kd_arena *arena)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT_MAX), declarator = KD_BUF_INIT(TEXT_MAX);
	struct kd_btf_type bt;
	const bool parenthesis = t.ptr && !t.plain && kd_vtype_kind(vs, (struct kd_vtype){.id = t.id}, &bt) == KD_BTF_ARRAY;

	if (parenthesis)
		kd_buf_addc(&declarator, '(');
	for (unsigned i = 0; i < t.ptr; i++)
		kd_buf_addc(&declarator, '*');
	kd_buf_add(&declarator, name);
	if (parenthesis)
		kd_buf_addc(&declarator, ')');
	if (t.plain)
		kd_buf_printf(&b, "%s%d%s%.*s", t.is_signed ? "s" : "u", 8 * t.plain, declarator.n ? " " : "", (int)declarator.n,
			      declarator.n ? declarator.p : "");
	else
		kd_types_declare(vs->types, t.id, kd_buf_view(&declarator), &b);
	return kd_arena_view(arena, kd_buf_view(&b));
}

/* --- reading ----------------------------------------------------------------------------------------- */

static struct kd_error *cannot(const struct kd_space_miss *miss)
{
	return kd_error_new(KD_NOTFOUND, "0x%" PRIx64 " cannot be read: %s", miss->addr, kd_space_why(miss));
}

static struct kd_error *no_type(void)
{
	return kd_error_new(KD_INVALID, "the type of a variable is not known without debug info (--debug); say it: *(TYPE *)&NAME");
}

static uint64_t extend(uint64_t v, unsigned bits, bool is_signed)
{
	if (bits >= 64)
		return v;
	v &= ((uint64_t)1 << bits) - 1;
	return is_signed && v >> (bits - 1) & 1 ? v | ~(uint64_t)0 << bits : v;
}

static struct kd_error *load(struct kd_values *vs, const struct kd_value *v, uint64_t *ret)
{
	const bool is_signed = kd_vtype_is_signed(vs, v->type);
	unsigned char raw[9] = {0};
	struct kd_space_miss miss;
	uint64_t size, low = 0;
	unsigned bits, shift;

	if (!kd_vtype_size(vs, v->type, &size) || !size || size > 8)
		return kd_error_new(KD_INVALID, "it is no number");
	bits = v->bits ? v->bits : (unsigned)(8 * size);
	shift = v->bit_off % 8;
	size = (shift + bits + 7) / 8;
	if (bits > 64 || size > sizeof(raw))
		return kd_error_new(KD_INVALID, "it is no number");
	if (!kd_space_read(kd_dump_space(vs->d), v->addr + v->bit_off / 8, raw, (size_t)size, &miss))
		return cannot(&miss);
	for (unsigned i = 0; i < 8; i++)
		low |= (uint64_t)raw[i] << 8 * i;
	low = shift ? low >> shift | (uint64_t)raw[8] << (64 - shift) : low;
	*ret = extend(low, bits, is_signed);
	return NULL;
}

struct kd_error *kd_value_number(struct kd_values *vs, const struct kd_value *v, uint64_t *ret)
{
	if (v->untyped)
		return no_type();
	switch (kd_vtype_kind(vs, v->type, NULL)) {
	case KD_BTF_STRUCT:
	case KD_BTF_UNION:
		return kd_error_new(KD_INVALID, "a struct is no number");
	case KD_BTF_ARRAY:
	case KD_BTF_FUNC:
	case KD_BTF_FUNC_PROTO:
		if (!v->in_memory)
			break;
		*ret = v->addr;
		return NULL;
	default:
		break;
	}
	if (v->in_memory)
		return load(vs, v, ret);
	*ret = v->n;
	return NULL;
}

/* --- going on ---------------------------------------------------------------------------------------- */

/* The struct itself, of a pointer what it points to. */
static struct kd_error *the_struct(struct kd_values *vs, const struct kd_value *v, struct kd_value *ret)
{
	if (kd_vtype_kind(vs, v->type, NULL) == KD_BTF_PTR)
		return kd_value_deref(vs, v, ret);
	*ret = *v;
	return NULL;
}

struct kd_error *kd_value_member(struct kd_values *vs, const struct kd_value *v, struct kd_view name, struct kd_value *ret)
{
	struct kd_error *err;
	struct kd_btf_type t;
	struct kd_type_member m;
	struct kd_value at;
	enum kd_btf_kind kind;

	if (v->untyped)
		return no_type();
	err = the_struct(vs, v, &at);
	if (err)
		return err;
	kind = kd_vtype_kind(vs, at.type, &t);
	if (kind != KD_BTF_STRUCT && kind != KD_BTF_UNION)
		return kd_error_new(KD_INVALID, "\"%.*s\" is asked of what is no struct or union", (int)name.n, name.p);
	if (!at.in_memory)
		return kd_error_new(KD_INVALID, "a struct that is not in memory has no members");
	err = kd_types_member(vs->types, t.id, name, &m);
	if (err)
		return err;
	*ret = kd_value_at((struct kd_vtype){.id = m.type}, at.addr + m.bit_off / 8);
	if (m.bits) {
		ret->bit_off = m.bit_off % 8;
		ret->bits = m.bits;
	}
	return NULL;
}

struct kd_error *kd_value_deref(struct kd_values *vs, const struct kd_value *v, struct kd_value *ret)
{
	struct kd_vtype to;
	struct kd_error *err;
	uint64_t addr = 0;

	if (v->untyped)
		return no_type();
	if (!kd_vtype_target(vs, v->type, &to))
		return kd_error_new(KD_INVALID, "what is no pointer cannot be followed");
	err = kd_value_number(vs, v, &addr);
	if (!err)
		*ret = kd_value_at(to, addr);
	return err;
}

struct kd_error *kd_value_index(struct kd_values *vs, const struct kd_value *v, int64_t i, struct kd_value *ret)
{
	struct kd_error *err = kd_value_deref(vs, v, ret);
	uint64_t size;

	if (err)
		return err;
	if (!kd_vtype_size(vs, ret->type, &size))
		return kd_error_new(KD_INVALID, "the size of an element is not known");
	ret->addr += (uint64_t)i * size;
	return NULL;
}

struct kd_error *kd_value_address(struct kd_values *vs, const struct kd_value *v, struct kd_value *ret)
{
	struct kd_vtype t = v->type;

	(void)vs;
	if (!v->in_memory || v->bits)
		return kd_error_new(KD_INVALID, v->bits ? "a bit field has no address" : "a number has no address");
	if (t.ptr == UINT8_MAX)
		return kd_error_new(KD_INVALID, "too many pointers to pointers");
	t.ptr++;
	*ret = kd_value_of(t, v->addr);
	return NULL;
}

struct kd_error *kd_value_cast(struct kd_values *vs, const struct kd_value *v, struct kd_vtype to, struct kd_value *ret)
{
	struct kd_error *err;
	uint64_t n, size;

	switch (kd_vtype_kind(vs, to, NULL)) {
	case KD_BTF_STRUCT:
	case KD_BTF_UNION:
	case KD_BTF_ARRAY:
		return kd_error_new(KD_INVALID, "nothing is cast to a struct or an array: cast to a pointer to it");
	default:
		break;
	}
	err = kd_value_number(vs, v, &n);
	if (err)
		return err;
	if (!kd_vtype_size(vs, to, &size) || size > 8)
		size = 8;
	*ret = kd_value_of(to, extend(n, (unsigned)(8 * size), kd_vtype_is_signed(vs, to)));
	return NULL;
}

/* --- symbols ----------------------------------------------------------------------------------------- */

static uint32_t btf_variable(const struct kd_values *vs, struct kd_view name)
{
	struct kd_btf_type t;
	uint32_t id;

	if (kd_types_find(vs->types, 1u << KD_BTF_VAR, name, &id, 1) != 1 || !kd_btf_type(kd_types_btf(vs->types), id, &t))
		return 0;
	return t.type;
}

static uint32_t type_of_symbol(struct kd_values *vs, struct kd_view name, uint64_t addr)
{
	struct kd_global g;

	if (vs->index && kd_global_at(vs->index, vs->types, addr, name, &g) && g.addr == addr && g.type)
		return g.type;
	return btf_variable(vs, name);
}

static bool is_percpu(struct kd_values *vs, uint64_t addr)
{
	uint64_t start, end;
	struct kd_kernel *k = kd_dump_kernel(vs->d);

	return kd_kernel_symbol(k, "__per_cpu_start", &start) && kd_kernel_symbol(k, "__per_cpu_end", &end) && addr >= start &&
	       addr < end;
}

static struct kd_error *of_cpu(struct kd_values *vs, struct kd_view name, int cpu, uint64_t *addr)
{
	char text[KD_KALLSYMS_NAME];

	if (name.n >= sizeof(text))
		return kd_error_new(KD_INVALID, "the name is too long");
	memcpy(text, name.p, name.n);
	text[name.n] = 0;
	if (kd_kernel_percpu(kd_dump_kernel(vs->d), text, (unsigned)cpu, addr))
		return NULL;
	return kd_error_new(KD_NOTFOUND, "there is no CPU %d, or it has no area of its own", cpu);
}

struct kd_error *kd_value_symbol(struct kd_values *vs, struct kd_view name, int cpu, struct kd_value *ret)
{
	const size_t colon = kd_view_chr(name, ':');
	const struct kd_view bare = colon == KD_NPOS ? name : kd_view_from(name, colon + 1);
	uint64_t addr, in_debug_info;
	struct kd_error *err = kd_dump_address(vs->d, name, &addr);
	struct kd_vtype t = {0};
	bool percpu;

	if (err)
		return err;
	percpu = is_percpu(vs, addr);
	/* per-CPU variables counted from 0 (x86_64 before 6.15) are not moved, those in the image are */
	in_debug_info = (percpu && addr < UINT64_MAX / 2) || colon != KD_NPOS ? addr : addr - kd_dump_kaslr(vs->d);
	t.id = type_of_symbol(vs, bare, in_debug_info);
	if (cpu >= 0) {
		if (!percpu)
			return kd_error_new(KD_INVALID, "\"%.*s\" is no per-CPU variable", (int)name.n, name.p);
		err = of_cpu(vs, name, cpu, &addr);
	} else if (percpu) {
		return kd_error_new(KD_INVALID, "\"%.*s\" is a per-CPU variable: per_cpu(%.*s, 0), or %.*s:0 at the end", (int)name.n,
				    name.p, (int)name.n, name.p, (int)name.n, name.p);
	}
	*ret = kd_value_at(t, addr);
	ret->untyped = !t.id;
	return err;
}

/* --- showing ----------------------------------------------------------------------------------------- */

struct showing {
	struct kd_values *vs;
	struct kd_show how;
	struct kd_sheet *s;
};

static void show(struct showing *sh, const struct kd_value *v, unsigned depth, struct kd_node *node);

static struct kd_view enumerator(const struct kd_values *vs, const struct kd_btf_type *t, uint64_t n)
{
	for (uint32_t i = 0; i < t->n; i++) {
		const struct kd_btf_enumerator e = kd_btf_enumerator(kd_types_btf(vs->types), t, i);

		if (e.value == n || (t->size == 4 && (uint32_t)e.value == (uint32_t)n))
			return e.name;
	}
	return KD_VNULL;
}

/* The text behind a pointer to char; absent. */
static struct kd_view pointed_text(struct showing *sh, const struct kd_value *v, uint64_t n)
{
	struct kd_btf_type t;
	struct kd_vtype to;
	char text[64];

	if (!n || !kd_vtype_target(sh->vs, v->type, &to) || kd_vtype_kind(sh->vs, to, &t) != KD_BTF_INT || t.size != 1 ||
	    !kd_kernel_text(kd_dump_kernel(sh->vs->d), n, sizeof(text), text) || text[0] < ' ')
		return KD_VNULL;
	return kd_sheet_text(sh->s, "\"%s\"%s", text, strlen(text) == sizeof(text) - 1 ? "…" : "");
}

static struct kd_cell pointer_cell(struct showing *sh, const struct kd_value *v, uint64_t n)
{
	struct kd_cell c = kd_cell_hex(n);

	c.text = pointed_text(sh, v, n);
	if (!c.text.n)
		c.text = kd_dump_name_text(sh->vs->d, n, sh->s->arena);
	return c;
}

static void show_number(struct showing *sh, const struct kd_value *v, enum kd_btf_kind kind, const struct kd_btf_type *t,
			struct kd_node *node)
{
	uint64_t n;
	struct kd_error *err = kd_value_number(sh->vs, v, &n);

	if (err) {
		node->value = kd_cell_none(NULL);
		node->value.text = kd_sheet_text(sh->s, "%s", err->msg);
		kd_error_free(err);
		return;
	}
	if (kind == KD_BTF_PTR) {
		node->value = pointer_cell(sh, v, n);
	} else if (kind == KD_BTF_ENUM || kind == KD_BTF_ENUM64) {
		node->value = kd_cell_int((int64_t)n);
		node->value.text = enumerator(sh->vs, t, n);
		if (node->value.text.n)
			node->value.text = kd_sheet_text(sh->s, "%.*s", (int)node->value.text.n, node->value.text.p);
	} else if (kind == KD_BTF_INT && t->size && kd_btf_int(kd_types_btf(sh->vs->types), t).is_bool && n < 2) {
		node->value = kd_cell_bool(n);
	} else if (sh->how.hex) {
		uint64_t size = 8;

		(void)kd_vtype_size(sh->vs, v->type, &size);
		node->value = kd_cell_hex(extend(n, (unsigned)(8 * size), false));
	} else if (kd_vtype_is_signed(sh->vs, v->type)) {
		node->value = kd_cell_int((int64_t)n);
	} else {
		node->value = n >> 48 == 0xffff ? pointer_cell(sh, v, n) : kd_cell_uint(n); /* nobody counts so far */
	}
}

/* char name[16]: as text when it is one, up to its NUL. */
static bool show_text(struct showing *sh, const struct kd_value *v, uint64_t n, struct kd_node *node)
{
	char text[TEXT_MAX];
	size_t len = 0;

	if (!n || n > sizeof(text) || !kd_space_read(kd_dump_space(sh->vs->d), v->addr, text, (size_t)n, NULL))
		return false;
	while (len < n && text[len] >= ' ' && text[len] < 0x7f)
		len++;
	if (len < n && text[len])
		return false;
	node->value = kd_cell_text(kd_sheet_text(sh->s, "\"%.*s\"", (int)len, text));
	return true;
}

static void show_array(struct showing *sh, const struct kd_value *v, const struct kd_btf_type *t, unsigned depth, struct kd_node *node)
{
	const struct kd_btf_array a = kd_btf_array(kd_types_btf(sh->vs->types), t);
	const struct kd_vtype one = {.id = a.type};
	struct kd_btf_type element;
	uint64_t size;

	if (kd_vtype_kind(sh->vs, one, &element) == KD_BTF_INT && element.size == 1 &&
	    !kd_btf_int(kd_types_btf(sh->vs->types), &element).is_bool && show_text(sh, v, a.n, node))
		return;
	node->braces = true;
	if (!kd_vtype_size(sh->vs, one, &size))
		return;
	for (uint64_t i = 0; i < a.n && i < sh->how.elements && !sh->s->full; i++) {
		const struct kd_value e = kd_value_at(one, v->addr + i * size);

		show(sh, &e, depth + 1, kd_node_add(sh->s, node, kd_sheet_text(sh->s, "[%" PRIu64 "]", i)));
	}
	node->more = a.n > sh->how.elements ? a.n - sh->how.elements : 0;
}

static bool is_struct(const struct kd_values *vs, struct kd_vtype t)
{
	const enum kd_btf_kind kind = kd_vtype_kind(vs, t, NULL);

	return kind == KD_BTF_STRUCT || kind == KD_BTF_UNION;
}

static void show_struct(struct showing *sh, const struct kd_value *v, const struct kd_btf_type *t, unsigned depth, struct kd_node *node);

static void show_anonymous(struct showing *sh, const struct kd_value *v, unsigned depth, struct kd_node *node)
{
	struct kd_btf_type t;

	(void)kd_vtype_kind(sh->vs, v->type, &t);
	show_struct(sh, v, &t, depth, node);
}

static void show_struct(struct showing *sh, const struct kd_value *v, const struct kd_btf_type *t, unsigned depth, struct kd_node *node)
{
	node->braces = true;
	for (uint32_t i = 0; i < t->n && !sh->s->full; i++) {
		const struct kd_type_member m = kd_types_nth(sh->vs->types, t, i);
		const struct kd_view name = kd_btf_member(kd_types_btf(sh->vs->types), t, i).name;
		struct kd_value one = kd_value_at((struct kd_vtype){.id = m.type}, v->addr + m.bit_off / 8);

		if (m.bits) {
			one.bit_off = m.bit_off % 8;
			one.bits = m.bits;
		}
		if (!name.n && is_struct(sh->vs, one.type) && depth < ANONYMOUS) /* its members are the outer one's */
			show_anonymous(sh, &one, depth + 1, node);
		else
			show(sh, &one, depth + 1, kd_node_add(sh->s, node, kd_arena_view(sh->s->arena, name)));
	}
}

/* Is nothing of it there? Then the reason is said once, and not for each member. */
static bool unreadable(struct showing *sh, const struct kd_value *v, struct kd_node *node)
{
	struct kd_space *space = kd_dump_space(sh->vs->d);
	struct kd_space_miss first, miss;
	uint64_t size;
	char byte;

	if (!kd_vtype_size(sh->vs, v->type, &size) || !size || kd_space_read(space, v->addr, &byte, 1, &first) ||
	    kd_space_read(space, v->addr + size - 1, &byte, 1, &miss))
		return false;
	for (uint64_t at = (v->addr | (PAGE - 1)) + 1; at > v->addr && at - v->addr < size; at += PAGE)
		if (kd_space_read(space, at, &byte, 1, &miss))
			return false;
	node->value = kd_cell_none(NULL);
	node->value.text = kd_sheet_text(sh->s, "0x%" PRIx64 " cannot be read: %s", first.addr, kd_space_why(&first));
	return true;
}

static void show(struct showing *sh, const struct kd_value *v, unsigned depth, struct kd_node *node)
{
	struct kd_btf_type t;
	const enum kd_btf_kind kind = kd_vtype_kind(sh->vs, v->type, &t);

	node->type = kd_vtype_text(sh->vs, v->type, KD_VNULL, sh->s->arena);
	node->addr = v->addr;
	node->has_addr = v->in_memory;
	if ((kind == KD_BTF_STRUCT || kind == KD_BTF_UNION || kind == KD_BTF_ARRAY) && v->in_memory) {
		if (unreadable(sh, v, node))
			return;
		if (depth >= sh->how.depth)
			node->value = kd_cell_none("deeper than --depth");
		else if (kind == KD_BTF_ARRAY)
			show_array(sh, v, &t, depth, node);
		else
			show_struct(sh, v, &t, depth, node);
		return;
	}
	show_number(sh, v, kind, &t, node);
}

void kd_value_show(struct kd_values *vs, const struct kd_value *v, const struct kd_show *how, struct kd_sheet *s,
		   struct kd_node *node)
{
	struct showing sh = {.vs = vs, .how = *how, .s = s};

	sh.how.depth = how->depth ? how->depth : 8;
	sh.how.elements = how->elements ? how->elements : 64;
	if (sh.how.depth > DEPTH_MAX) /* what JSON's nesting has room for */
		sh.how.depth = DEPTH_MAX;
	show(&sh, v, 0, node);
}
