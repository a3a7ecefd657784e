// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/irq.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "core/maple.h"
#include "core/words.h"
#include "core/xarray.h"

/* --- descriptors -------------------------------------------------------------------------------------- */

struct maple {
	kd_walk_visit *visit;
	void *user;
	struct kd_walk_end *end;
};

static bool maple_entry(void *user, const struct kd_maple_entry *e)
{
	struct maple *m = user;

	return kd_walk_take(m->end, KD_IRQS_MAX, m->visit, m->user, e->first, e->value);
}

static void walk_maple(struct kd_kernel *k, uint64_t tree, kd_walk_visit *visit, void *user, struct kd_walk_end *end)
{
	struct maple m = {visit, user, end};
	char why[KD_WALK_WHY] = "";

	(void)kd_maple_walk(k, tree, maple_entry, &m, why);
	if (*why)
		kd_walk_wrong(end, "the tree of interrupts: %s", why);
}

static void walk_array(struct kd_kernel *k, uint64_t array, kd_walk_visit *visit, void *user, struct kd_walk_end *end)
{
	uint64_t at, n, size;

	if (!kd_kernel_symbol(k, "nr_irqs", &at) || !kd_space_uint(kd_kernel_space(k), at, 4, &n, NULL) ||
	    !kd_kernel_sizeof(k, "irq_desc", &size)) {
		kd_walk_wrong(end, "how many interrupts there are is not known");
		return;
	}
	for (uint64_t i = 0; i < n && kd_walk_take(end, KD_IRQS_MAX, visit, user, i, array + i * size); i++)
		;
}

void kd_irqs_walk(struct kd_kernel *k, kd_walk_visit *visit, void *user, struct kd_walk_end *end)
{
	uint64_t at;

	*end = (struct kd_walk_end){0};
	if (kd_kernel_symbol(k, "sparse_irqs", &at))
		walk_maple(k, at, visit, user, end);
	else if (kd_kernel_symbol(k, "irq_desc_tree", &at))
		kd_xarray_walk(k, at, KD_IRQS_MAX, visit, user, end);
	else if (kd_kernel_symbol(k, "irq_desc", &at))
		walk_array(k, at, visit, user, end);
	else
		kd_walk_wrong(end, "the kernel's symbols name no interrupt descriptors (sparse_irqs, irq_desc_tree, irq_desc)");
}

struct wanted {
	uint64_t irq, desc;
};

static bool is_wanted(void *user, uint64_t index, uint64_t entry)
{
	struct wanted *w = user;

	if (index == w->irq)
		w->desc = entry;
	return index != w->irq;
}

bool kd_irq_desc(struct kd_kernel *k, uint64_t irq, uint64_t *ret, struct kd_walk_end *end)
{
	struct wanted w = {.irq = irq};

	kd_irqs_walk(k, is_wanted, &w, end);
	*ret = w.desc;
	return w.desc != 0;
}

/* --- one ---------------------------------------------------------------------------------------------- */

struct names {
	struct kd_kernel *k;
	struct kd_irq *irq;
	bool cut;
};

static bool add_name(void *user, uint64_t index, uint64_t action)
{
	struct names *n = user;
	char *names = n->irq->names, name[KD_PEEK_TEXT];
	const size_t used = strlen(names), max = sizeof(n->irq->names);

	if (!kd_peek_string(n->k, action, "irqaction", "name", name))
		snprintf(name, sizeof(name), "?");
	n->cut = n->cut || used + strlen(name) + sizeof(", , …") > max;
	if (!n->cut)
		snprintf(names + used, max - used, "%s%s", index ? ", " : "", name);
	return true;
}

bool kd_irq_count(struct kd_kernel *k, uint64_t desc, unsigned cpu, uint64_t *ret)
{
	uint64_t ptr, at;

	/* an unsigned int, or struct irqstat (since 6.10) which begins with one */
	return kd_kernel_read(k, desc, "irq_desc", "kstat_irqs", &ptr) && kd_word_percpu(k, ptr, cpu, &at) &&
	       kd_space_uint(kd_kernel_space(k), at, 4, ret, NULL);
}

void kd_irq_actions_walk(struct kd_kernel *k, uint64_t desc, kd_walk_visit *visit, void *user, struct kd_walk_end *end)
{
	struct kd_field next, action;
	uint64_t first;

	*end = (struct kd_walk_end){0};
	if (!kd_kernel_field(k, "irqaction", "next", &next) || !kd_kernel_field(k, "irq_desc", "action", &action))
		kd_walk_wrong(end, "how handlers are chained is not known");
	else if (kd_walk_word(k, desc + action.off, "the descriptor", &first, end))
		kd_walk_chain(k, first, next.off, KD_IRQ_ACTIONS_MAX, visit, user, end);
}

/* Which CPUs there are is asked once by the callers of this: kd_kernel_cpus() is cheap. */
static bool total(struct kd_kernel *k, uint64_t desc, uint64_t *ret)
{
	kd_auto(kd_freep) unsigned *cpu = kd_xcalloc(64 * KD_CPUMASK_WORDS, sizeof(*cpu));
	const size_t n = kd_kernel_cpus(k, cpu, 64 * KD_CPUMASK_WORDS);
	uint64_t one;

	*ret = 0;
	for (size_t i = 0; i < n && i < 64 * KD_CPUMASK_WORDS; i++) {
		if (!kd_irq_count(k, desc, cpu[i], &one))
			return false;
		*ret += one;
	}
	return n != 0;
}

void kd_irq_read(struct kd_kernel *k, uint64_t desc, struct kd_irq *ret)
{
	struct names n = {.k = k, .irq = ret};

	*ret = (struct kd_irq){.actions = 0};
	(void)kd_peek_text(k, desc, "irq_desc", "irq_data.chip", "irq_chip", "name", ret->chip);
	kd_irq_actions_walk(k, desc, add_name, &n, &ret->end);
	if (n.cut)
		snprintf(ret->names + strlen(ret->names), sizeof(ret->names) - strlen(ret->names), ", …");
	ret->actions = ret->end.count;
	ret->has_total = total(k, desc, &ret->total);
	ret->has_affinity = kd_peek_cpumask(k, desc, "irq_desc", "irq_common_data.affinity", &ret->affinity);
	ret->has_effective = kd_peek_cpumask(k, desc, "irq_desc", "irq_common_data.effective_affinity", &ret->effective);
}

/* --- softirqs ----------------------------------------------------------------------------------------- */

/* NR_SOFTIRQS, of an enum without a name (include/linux/interrupt.h). */
unsigned kd_softirqs(struct kd_kernel *k)
{
	const struct kd_types *ts = kd_kernel_types(k);
	const struct kd_btf *btf = ts ? kd_types_btf(ts) : NULL;
	struct kd_btf_type t;

	for (uint32_t id = 1; btf && id < btf->end; id++) {
		if (kd_btf_kind_of(btf, id) != KD_BTF_ENUM || !kd_btf_type(btf, id, &t) || t.name.n || !t.n)
			continue;
		for (uint32_t i = 0; i < t.n; i++) {
			const struct kd_btf_enumerator e = kd_btf_enumerator(btf, &t, i);

			if (kd_view_eq(e.name, KD_V("NR_SOFTIRQS")))
				return e.value <= KD_SOFTIRQS_MAX ? (unsigned)e.value : KD_SOFTIRQS_MAX;
		}
	}
	return 0;
}

bool kd_softirq(struct kd_kernel *k, unsigned nr, char name[KD_PEEK_TEXT], uint64_t *action)
{
	uint64_t names, vec, text, size;
	struct kd_field f;

	if (!kd_kernel_symbol(k, "softirq_to_name", &names) || !kd_kernel_symbol(k, "softirq_vec", &vec) ||
	    !kd_kernel_sizeof(k, "softirq_action", &size) || !kd_kernel_field(k, "softirq_action", "action", &f))
		return false;
	return kd_space_uint(kd_kernel_space(k), names + 8 * (uint64_t)nr, 8, &text, NULL) && kd_kernel_text(k, text, KD_PEEK_TEXT, name) &&
	       kd_space_uint(kd_kernel_space(k), vec + nr * size + f.off, 8, action, NULL);
}

bool kd_softirq_pending(struct kd_kernel *k, unsigned cpu, uint64_t *ret)
{
	uint64_t at, size;
	uint32_t type;

	/* a variable of its own (x86 since 6.15), in pcpu_hot (x86 since 6.2), else in irq_stat */
	if (kd_peek_percpu_var(k, "__softirq_pending", &type, &size))
		return kd_kernel_percpu(k, "__softirq_pending", cpu, &at) && size <= 8 &&
		       kd_space_uint(kd_kernel_space(k), at, (unsigned)size, ret, NULL);
	if (kd_datum_has(k, "pcpu_hot", "softirq_pending"))
		return kd_kernel_percpu(k, "pcpu_hot", cpu, &at) && kd_kernel_read(k, at, "pcpu_hot", "softirq_pending", ret);
	return kd_kernel_percpu(k, "irq_stat", cpu, &at) && kd_kernel_read(k, at, "irq_cpustat_t", "__softirq_pending", ret);
}

void kd_tasklets_walk(struct kd_kernel *k, const char *vec, unsigned cpu, kd_walk_visit *visit, void *user, struct kd_walk_end *end)
{
	struct kd_field next;
	uint64_t at, first;

	*end = (struct kd_walk_end){0};
	if (!kd_kernel_field(k, "tasklet_struct", "next", &next) || !kd_kernel_percpu(k, vec, cpu, &at) ||
	    !kd_kernel_read(k, at, "tasklet_head", "head", &first))
		kd_walk_wrong(end, "%s of CPU %u is not known, or cannot be read", vec, cpu);
	else
		kd_walk_chain(k, first, next.off, KD_TASKLETS_MAX, visit, user, end);
}
