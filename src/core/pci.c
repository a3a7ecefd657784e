// SPDX-License-Identifier: GPL-2.0-or-later
/* PCI devices: from pci_root_buses down (include/linux/pci.h). */
#include <inttypes.h>

#include "core/block.h"

enum { DEPTH = 32 };

struct pci {
	struct kd_kernel *k;
	kd_walk_visit *visit;
	void *user;
	struct kd_walk_end *end;
	struct kd_field node, children, devices, bus_list;
	unsigned depth;
};

static bool see_bus(void *user, uint64_t index, uint64_t node);

static bool see_dev(void *user, uint64_t index, uint64_t node)
{
	struct pci *p = user;

	(void)index;
	return kd_walk_take(p->end, KD_PCI_MAX, p->visit, p->user, p->end->count, node - p->bus_list.off);
}

static bool lists(struct pci *p, uint64_t head, kd_walk_visit *visit)
{
	struct kd_walk_end one;

	kd_walk_list(p->k, head, KD_PCI_MAX, visit, p, &one);
	if (*one.why)
		kd_walk_wrong(p->end, "%s", one.why);
	return !p->end->stopped;
}

static bool see_bus(void *user, uint64_t index, uint64_t node)
{
	struct pci *p = user;
	const uint64_t bus = node - p->node.off;
	bool go;

	(void)index;
	if (!lists(p, bus + p->devices.off, see_dev))
		return false;
	if (p->depth == DEPTH) {
		kd_walk_wrong(p->end, "more than %d buses behind each other at 0x%" PRIx64, DEPTH, bus);
		return true;
	}
	p->depth++;
	go = lists(p, bus + p->children.off, see_bus);
	p->depth--;
	return go;
}

void kd_pci_walk(struct kd_kernel *k, kd_walk_visit *visit, void *user, struct kd_walk_end *end)
{
	struct pci p = {.k = k, .visit = visit, .user = user, .end = end};
	uint64_t roots;

	*end = (struct kd_walk_end){0};
	if (!kd_kernel_symbol(k, "pci_root_buses", &roots) || !kd_kernel_field(k, "pci_bus", "node", &p.node) ||
	    !kd_kernel_field(k, "pci_bus", "children", &p.children) || !kd_kernel_field(k, "pci_bus", "devices", &p.devices) ||
	    !kd_kernel_field(k, "pci_dev", "bus_list", &p.bus_list)) {
		kd_walk_wrong(end, "the buses of PCI are not known (pci_root_buses)");
		return;
	}
	lists(&p, roots, see_bus);
}
