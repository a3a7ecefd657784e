/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * irq.h: interrupts of a dump: descriptors and who handles them, softirqs, tasklets.
 *
 *	struct kd_walk_end end;
 *	kd_irqs_walk(k, visit, &me, &end);                  // visit(user, number, address of the struct irq_desc)
 *	struct kd_irq irq;
 *	kd_irq_read(k, desc, &irq);                         // irq.chip, irq.names, …
 *	kd_irq_actions_walk(k, desc, visit, &me, &end);     // each struct irqaction
 *	if (kd_irq_count(k, desc, cpu, &n)) …
 *
 * Descriptors are in the maple tree sparse_irqs (since 6.5), in the radix tree irq_desc_tree, or in the array irq_desc
 * (CONFIG_SPARSE_IRQ off): whichever the kernel has. Sources: kernel/irq/irqdesc.c, include/linux/irqdesc.h,
 * include/linux/interrupt.h, kernel/softirq.c.
 */
#ifndef KD_CORE_IRQ_H
#define KD_CORE_IRQ_H

#include "core/peek.h"
#include "core/walk.h"

enum { KD_IRQS_MAX = 1 << 20, KD_IRQ_ACTIONS_MAX = 4096, KD_SOFTIRQS_MAX = 32, KD_TASKLETS_MAX = 1 << 16 };

void kd_irqs_walk(struct kd_kernel *k, kd_walk_visit *visit, void *user, struct kd_walk_end *end);

/* The descriptor of that number; false: there is none, or it was not found (end->why). */
bool kd_irq_desc(struct kd_kernel *k, uint64_t irq, uint64_t *ret, struct kd_walk_end *end);

struct kd_irq {
	char chip[KD_PEEK_TEXT]; /* empty: none, or not readable */
	char names[KD_PEEK_TEXT * 2]; /* of its handlers: "ata, usb1"; "…" at the end: there are more */
	uint64_t actions; /* handlers */
	uint64_t total; /* with has_total: what its CPUs counted, all together */
	bool has_total;
	bool has_affinity, has_effective;
	struct kd_cpumask affinity, effective;
	struct kd_walk_end end; /* of the chain of its handlers */
};

void kd_irq_read(struct kd_kernel *k, uint64_t desc, struct kd_irq *ret);
void kd_irq_actions_walk(struct kd_kernel *k, uint64_t desc, kd_walk_visit *visit, void *user, struct kd_walk_end *end);

/* How often that CPU took it. */
bool kd_irq_count(struct kd_kernel *k, uint64_t desc, unsigned cpu, uint64_t *ret);

/* Softirqs: number of vectors (0: not known); a name from the kernel's own table, the function (0: none). */
unsigned kd_softirqs(struct kd_kernel *k);
bool kd_softirq(struct kd_kernel *k, unsigned nr, char name[KD_PEEK_TEXT], uint64_t *action);
/* The bits that are pending on a CPU. */
bool kd_softirq_pending(struct kd_kernel *k, unsigned cpu, uint64_t *ret);
/* Tasklets that wait on a CPU, of "tasklet_vec" or "tasklet_hi_vec": struct tasklet_struct each. */
void kd_tasklets_walk(struct kd_kernel *k, const char *vec, unsigned cpu, kd_walk_visit *visit, void *user, struct kd_walk_end *end);

#endif
