// SPDX-License-Identifier: GPL-2.0-or-later
/* The ways to read a fault address; see regval.h. */
#include "report/regval.h"

#include "base/alloc.h"
#include "report/errnos.h"
#include "report/poison.h"

#define FIELD_MAX 0x10000 /* the largest plausible offset of a field */

struct list {
	struct kd_reading *v;
	size_t n, max;
};

static void add(struct list *l, struct kd_reading r)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].kind == r.kind && l->v[i].base == r.base)
			return;
	if (l->n < l->max)
		l->v[l->n++] = r;
}

static unsigned bits_of(const struct kd_val_where *w)
{
	return kd_arch_info((enum kd_arch)w->arch)->bits;
}

/* addr - base in the width of the machine, as a signed number. */
static int64_t distance(const struct kd_val_where *w, uint64_t addr, uint64_t base)
{
	uint64_t d = addr - base;

	return bits_of(w) == 32 ? (int32_t)(uint32_t)d : (int64_t)d;
}

/* The base register decides, unless its own value has two readings. */
static bool decide(const struct kd_val_where *w, uint64_t base, uint64_t addr, struct list *l)
{
	struct kd_reading r = {.decided = true, .base = base, .offset = distance(w, addr, base)};
	struct kd_val val;

	kd_val_class(w, base, &val);
	switch (val.cls) {
	case KD_VAL_NULL:
		r.kind = KD_READ_NULL_FIELD;
		r.why = "the base register is NULL";
		break;
	case KD_VAL_SMALL:
		r.kind = KD_READ_SMALL_VALUE;
		r.why = "the base register holds a small number, not NULL";
		break;
	case KD_VAL_ERRPTR:
		if (!val.note)
			return false;
		r.kind = KD_READ_ERRPTR;
		r.errnum = val.errnum;
		r.name = kd_errno_name(val.errnum, (enum kd_arch)w->arch);
		r.decided = false;
		r.why = "the base register holds the number of an error; a negative offset from "
			"NULL "
			"(container_of) looks the same";
		break;
	case KD_VAL_POISON:
		r.kind = KD_READ_POISON;
		r.name = val.note;
		r.why = "the base register holds a poison pattern";
		break;
	case KD_VAL_ASCII:
		r.kind = KD_READ_ASCII;
		r.why = "the base register holds text: the pointer was overwritten or never was "
			"one";
		break;
	case KD_VAL_NONCANON:
		r.kind = KD_READ_NONCANON;
		r.why = "the base register holds a non-canonical value";
		break;
	case KD_VAL_USER:
		r.kind = KD_READ_USER;
		r.why = "the base register looks like a user address";
		break;
	case KD_VAL_TAGGED:
		r.kind = KD_READ_TAGGED;
		r.why = "the base register has tag or authentication bits";
		break;
	case KD_VAL_PLAIN:
		return false;
	default:
		r.kind = KD_READ_KERNEL;
		r.why = "the base register holds a kernel address";
	}
	add(l, r);
	return r.decided;
}

static void read_small(uint64_t addr, struct list *l)
{
	if (addr < FIELD_MAX)
		add(l, (struct kd_reading){.kind = KD_READ_NULL_FIELD,
					   .offset = (int64_t)addr,
					   .why = "NULL plus the offset of a field; the field's "
						  "size must equal the "
						  "access, and the base register must be 0"});
	if (addr)
		add(l, (struct kd_reading){.kind = KD_READ_NULL_INDEX,
					   .offset = (int64_t)addr,
					   .why = "NULL array plus index times element size: an "
						  "index register that "
						  "divides the address would show it"});
	if (addr)
		add(l, (struct kd_reading){
			       .kind = KD_READ_SMALL_VALUE,
			       .base = addr,
			       .why = "an integer used as a pointer, with or without an offset"});
	if (addr < 4096 && addr >= 1)
		add(l, (struct kd_reading){.kind = KD_READ_ERRPTR,
					   .why = "an error pointer plus a field's offset, wrapped "
						  "past 0: the base "
						  "register would hold -4095 … -1"});
	if (addr >= 4096)
		add(l, (struct kd_reading){.kind = KD_READ_PERCPU_OFFSET,
					   .base = addr,
					   .why = "a per-CPU offset used without its base"});
}

static void read_negative(const struct kd_val_where *w, uint64_t addr, struct list *l)
{
	int64_t off = distance(w, addr, 0);
	unsigned e = off < 0 && off >= -4095 ? (unsigned)-off : 0;

	add(l, (struct kd_reading){.kind = KD_READ_CONTAINER_NULL,
				   .offset = off,
				   .why = "container_of(NULL) or NULL minus something: an empty "
					  "list or tree taken for "
					  "an entry"});
	if (e)
		add(l, (struct kd_reading){
			       .kind = KD_READ_ERRPTR,
			       .base = addr,
			       .errnum = e,
			       .name = kd_errno_name(e, (enum kd_arch)w->arch),
			       .why = "an error pointer used without IS_ERR(), at offset 0"});
	/* offsets between the error number and the address */
	add(l, (struct kd_reading){.kind = KD_READ_NULL_INDEX,
				   .offset = off,
				   .why = "NULL array with a negative index"});
}

static bool read_poison(const struct kd_val_where *w, uint64_t addr, struct list *l)
{
	struct kd_poison_hit hit;

	if (!kd_poison_find(addr, (enum kd_arch)w->arch, &hit) || hit.half)
		return false;
	add(l,
	    (struct kd_reading){
		    .kind = KD_READ_POISON,
		    .base = addr - (uint64_t)hit.offset,
		    .offset = hit.offset,
		    .name = hit.poison->name,
		    .why = "a poison pattern used as a pointer: read from memory that was freed, "
			   "deleted from a list or never initialised"});
	return true;
}

/* A page fault or #GP on the shadow itself: the check that the compiler put before an access. */
static bool read_shadow(const struct kd_val_where *w, const struct kd_reading_hint *h,
			uint64_t addr, struct list *l)
{
	struct kd_reading r = {.kind = KD_READ_KASAN_SHADOW};
	struct kd_val val;
	uint64_t offset = w->shadow, mem;

	if (!w->has_shadow && !kd_kasan_offset((enum kd_arch)w->arch, &offset))
		return false;
	if (w->arch == KD_ARCH_X86_64 && addr >> 40 == 0xdffffc)
		; /* shadow of user space and NULL: nothing else lies here */
	else if (!h->kasan && !w->has_shadow)
		return false;
	mem = kd_kasan_mem(addr, offset, KD_KASAN_GENERIC);
	/* Round trip: only addresses of the shadow window come back. */
	if ((mem >> 3) + offset != addr)
		return false;
	kd_val_class(w, mem, &val);
	if (val.cls == KD_VAL_PLAIN && mem >= FIELD_MAX)
		return false;
	r.base = mem;
	r.region = val.cls;
	r.name = val.note;
	r.why = mem < FIELD_MAX
			? "KASAN's shadow of an address near NULL: the access itself was not "
			  "executed yet, and its lowest three bits are not known"
			: "KASAN's shadow of another address: the access itself was not executed "
			  "yet, and its lowest three bits are not known";
	add(l, r);
	return true;
}

static void read_by_class(const struct kd_val_where *w, uint64_t addr, struct list *l)
{
	struct kd_reading r = {.base = addr};
	struct kd_val val;

	kd_val_class(w, addr, &val);
	switch (val.cls) {
	case KD_VAL_ASCII:
		r.kind = KD_READ_ASCII;
		r.why = "text used as a pointer: it was overwritten or never was one";
		break;
	case KD_VAL_POISON:
		if (l->n)
			return; /* the pattern is a reading already */
		r.kind = kd_addr_canonical(w, addr) ? KD_READ_KERNEL : KD_READ_NONCANON;
		r.why = "a poison pattern used as an address";
		break;
	case KD_VAL_NONCANON:
	case KD_VAL_KASAN_SHADOW:
		if (kd_addr_canonical(w, addr)) {
			r.kind = KD_READ_KERNEL;
			r.why = "a kernel address that is not mapped";
			break;
		}
		r.kind = KD_READ_NONCANON;
		r.why = "non-canonical: a damaged pointer, other data, or freed memory whose link "
			"is encoded (SLAB_FREELIST_HARDENED)";
		break;
	case KD_VAL_TAGGED:
		r.kind = KD_READ_TAGGED;
		r.base = val.plain;
		r.why = "a pointer with a tag or authentication code that does not fit, or damage";
		break;
	case KD_VAL_PLAIN:
		/* The architecture is not known: the top bit still tells the halves of 64 bits. */
		r.kind = addr >> 63 ? KD_READ_KERNEL : KD_READ_USER;
		r.why = "an address, as far as can be told without the architecture";
		break;
	case KD_VAL_USER:
		r.kind = KD_READ_USER;
		r.why = "an address of user space used by the kernel, or a damaged pointer";
		break;
	default:
		r.kind = KD_READ_KERNEL;
		r.region = val.cls;
		r.why = "a kernel address that is not mapped (any more), or protected";
	}
	add(l, r);
}

size_t kd_addr_readings(const struct kd_val_where *w, const struct kd_reading_hint *hint,
			uint64_t addr, struct kd_reading *ret, size_t max)
{
	static const struct kd_reading_hint none = {0};
	const struct kd_reading_hint *h = hint ? hint : &none;
	struct list l = {.v = ret, .max = max};
	int64_t sdist = distance(w, addr, 0);
	bool small = addr < UINT64_C(0x100000);
	bool found;

	if (h->gs_relative && small) {
		add(&l,
		    (struct kd_reading){
			    .kind = KD_READ_PERCPU_OFFSET,
			    .base = addr,
			    .why = "the operand is relative to the per-CPU base: the address is no "
				   "offset from NULL"});
		return l.n;
	}
	if (h->has_base && decide(w, h->base, addr, &l))
		return l.n;
	found = read_poison(w, addr, &l);
	found |= read_shadow(w, h, addr, &l);
	if (small) {
		read_small(addr, &l);
		found = true;
	} else if (sdist < 0 && sdist >= -FIELD_MAX) {
		read_negative(w, addr, &l);
		found = true;
	}
	if (!found || !kd_addr_canonical(w, addr))
		read_by_class(w, addr, &l);
	return l.n;
}
