// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/rcustate.h"

#include <string.h>

#include "base/alloc.h"
#include "core/lists.h"
#include "core/words.h"

enum { PHASE = 3, STATES = 16, BITS = 64 };

struct job {
	struct kd_kernel *k;
	struct kd_rcu *r;
	struct kd_word gp_seq, kthread, state, start, activity, stall, node, exp_seq;
	struct kd_word qsmask, expmask, grplo, grphi, blkd, gp_tasks, exp_tasks, entry, level, grpmask;
	uint64_t node_size, num_nodes, levels, names, percpu, jiffies;
};

static void words(struct job *j)
{
	struct kd_kernel *k = j->k;

	j->gp_seq = kd_word_of(k, "rcu_state", "gp_seq");
	j->kthread = kd_word_of(k, "rcu_state", "gp_kthread");
	j->state = kd_word_of(k, "rcu_state", "gp_state");
	j->start = kd_word_of(k, "rcu_state", "gp_start");
	j->activity = kd_word_of(k, "rcu_state", "gp_activity");
	j->stall = kd_word_of(k, "rcu_state", "jiffies_stall");
	j->exp_seq = kd_word_of(k, "rcu_state", "expedited_sequence");
	j->node = kd_word_of(k, "rcu_state", "node");
	j->node_size = kd_word_sizeof(k, "rcu_node");
	j->qsmask = kd_word_of(k, "rcu_node", "qsmask");
	j->expmask = kd_word_of(k, "rcu_node", "expmask");
	j->grplo = kd_word_of(k, "rcu_node", "grplo");
	j->grphi = kd_word_of(k, "rcu_node", "grphi");
	j->level = kd_word_of(k, "rcu_node", "level");
	j->blkd = kd_word_of(k, "rcu_node", "blkd_tasks");
	j->gp_tasks = kd_word_of(k, "rcu_node", "gp_tasks");
	j->exp_tasks = kd_word_of(k, "rcu_node", "exp_tasks");
	j->entry = kd_word_of(k, "task_struct", "rcu_node_entry");
}

/* --- the state --------------------------------------------------------------------------------------- */

static void name_state(struct job *j)
{
	uint64_t at;

	if (j->names && j->r->state_number < STATES && kd_word_at(j->k, j->names + 8 * j->r->state_number, &at) && at &&
	    kd_kernel_text(j->k, at, sizeof(j->r->state), j->r->state))
		return;
	j->r->state[0] = 0;
}

static bool read_state(struct job *j)
{
	struct kd_rcu *r = j->r;
	uint64_t exp;

	if (!kd_word_get(j->k, r->addr, &j->gp_seq, &r->gp_seq)) {
		r->why = "rcu_state cannot be read, or is of a layout that is not known";
		return false;
	}
	r->running = r->gp_seq & PHASE;
	r->exp_running = kd_word_get(j->k, r->addr, &j->exp_seq, &exp) && exp & PHASE;
	(void)kd_word_get(j->k, r->addr, &j->kthread, &r->kthread);
	if (kd_word_get(j->k, r->addr, &j->state, &r->state_number))
		name_state(j);
	r->has_times = j->jiffies && kd_word_at(j->k, j->jiffies, &r->now) && kd_word_get(j->k, r->addr, &j->start, &r->start) &&
		       kd_word_get(j->k, r->addr, &j->activity, &r->activity) && kd_word_get(j->k, r->addr, &j->stall, &r->stall);
	return true;
}

/* --- who holds it out -------------------------------------------------------------------------------- */

static void hold(struct job *j, const struct kd_rcu_hold *h)
{
	if (j->r->nholds == KD_RCU_HOLDS)
		j->r->more_holds = true;
	else
		j->r->hold[j->r->nholds++] = *h;
}

static void cpus_of(struct job *j, uint64_t node, const struct kd_word *mask, bool expedited)
{
	uint64_t bits, lo;

	if (!kd_word_get(j->k, node, mask, &bits) || !kd_word_get(j->k, node, &j->grplo, &lo)) {
		j->r->bad_nodes++;
		return;
	}
	for (unsigned i = 0; i < BITS && lo + i < KD_CPUS_MAX; i++)
		if (bits >> i & 1)
			hold(j, &(struct kd_rcu_hold){.cpu = (unsigned)lo + i, .node = node, .word = node + mask->off, .value = bits,
						      .expedited = expedited});
}

struct blocked {
	struct job *j;
	uint64_t node, first, word;
	bool reached, expedited;
	size_t n;
};

/* From the first that holds it out to the end of the list: those in front of it are of the next one. */
static bool one_blocked(void *user, uint64_t at)
{
	struct blocked *b = user;

	b->reached |= at == b->first;
	if (b->reached)
		hold(b->j, &(struct kd_rcu_hold){.is_task = true, .task = at - b->j->entry.off, .node = b->node, .word = b->word,
						 .value = b->first, .expedited = b->expedited});
	return true;
}

static void tasks_of(struct job *j, uint64_t node, const struct kd_word *first, bool expedited)
{
	struct blocked b = {.j = j, .node = node, .word = node + first->off, .expedited = expedited};
	struct kd_list_walk walk;

	if (!j->blkd.known || !j->entry.known || !kd_word_get(j->k, node, first, &b.first) || !b.first)
		return;
	kd_list_each(j->k, node + j->blkd.off, KD_RCU_TASKS, one_blocked, &b, &walk);
	j->r->bad_lists += walk.state != KD_LIST_WHOLE || !b.reached;
}

static void nodes(struct job *j)
{
	const uint64_t there = j->node_size ? j->node.whole / j->node_size : 0;
	const uint64_t n = j->num_nodes && j->num_nodes < there ? j->num_nodes : there;

	if (!j->node.known || !n) {
		j->r->bad_nodes++;
		return;
	}
	for (uint64_t i = 0; i < n && i < KD_RCU_NODES; i++) {
		const uint64_t at = j->r->addr + j->node.off + i * j->node_size;
		uint64_t level;

		j->r->nodes++;
		if (!kd_word_get(j->k, at, &j->level, &level)) {
			j->r->bad_nodes++;
			continue;
		}
		if (j->r->running)
			tasks_of(j, at, &j->gp_tasks, false);
		tasks_of(j, at, &j->exp_tasks, true);
		if (level + 1 != j->levels) /* bits of inner nodes stand for nodes */
			continue;
		cpus_of(j, at, &j->qsmask, false);
		cpus_of(j, at, &j->expmask, true);
	}
}

/* --- CPUs -------------------------------------------------------------------------------------------- */

static void cpus(struct job *j, const unsigned *number, size_t n)
{
	const struct kd_word gp_seq = kd_word_of(j->k, "rcu_data", "gp_seq"), needs = kd_word_of(j->k, "rcu_data", "core_needs_qs");
	const struct kd_word norm = kd_word_of(j->k, "rcu_data", "cpu_no_qs.b.norm"), len = kd_word_of(j->k, "rcu_data", "cblist.len");
	const struct kd_word ticks = kd_word_of(j->k, "rcu_data", "ticks_this_gp"), been = kd_word_of(j->k, "rcu_data", "beenonline");

	for (size_t i = 0; i < n; i++) {
		struct kd_rcu_cpu *c = &j->r->cpu[i];
		uint64_t at, v;

		c->cpu = number[i];
		if (!kd_word_percpu(j->k, j->percpu, number[i], &at) || !kd_word_get(j->k, at, &gp_seq, &c->gp_seq))
			continue;
		c->addr = at;
		c->needs_qs = kd_word_get(j->k, at, &needs, &v) && v;
		c->no_qs = kd_word_get(j->k, at, &norm, &v) && v;
		c->online = kd_word_get(j->k, at, &been, &v) && v;
		c->has_callbacks = kd_word_get(j->k, at, &len, &c->callbacks);
		(void)kd_word_get(j->k, at, &ticks, &c->ticks);
	}
	j->r->ncpus = n;
}

static uint64_t number_at(struct kd_kernel *k, uint64_t addr)
{
	uint64_t v;

	return addr && kd_space_uint(kd_kernel_space(k), addr, 4, &v, NULL) ? v : 0;
}

bool kd_rcu_read(struct kd_kernel *k, struct kd_arena *arena, struct kd_rcu *ret)
{
	static const char *const names[] = {"rcu_state", "rcu_num_nodes", "rcu_num_lvls", "gp_state_names", "rcu_data", "jiffies"};
	unsigned *number = kd_arena_array(arena, KD_CPUS_MAX, unsigned);
	struct job j = {.k = k, .r = ret};
	uint64_t addr[KD_ARRAY_LEN(names)];
	size_t n;

	*ret = (struct kd_rcu){.why = "no room for the CPUs"};
	ret->hold = kd_arena_array(arena, KD_RCU_HOLDS, struct kd_rcu_hold);
	n = number ? kd_kernel_cpus(k, number, KD_CPUS_MAX) : 0;
	n = n < KD_CPUS_MAX ? n : KD_CPUS_MAX;
	ret->cpu = kd_arena_array(arena, n + 1, struct kd_rcu_cpu);
	if (!number || !ret->hold || !ret->cpu)
		return false;
	kd_word_symbols(k, names, KD_ARRAY_LEN(names), addr);
	ret->addr = addr[0];
	ret->why = addr[0] ? NULL : "the kernel's symbols name no rcu_state (CONFIG_KALLSYMS_ALL or CONFIG_TREE_RCU is off, or it is before 4.20)";
	j.num_nodes = number_at(k, addr[1]);
	j.levels = number_at(k, addr[2]);
	j.names = addr[3];
	j.percpu = addr[4];
	j.jiffies = addr[5];
	words(&j);
	if (ret->why || !read_state(&j))
		return false;
	nodes(&j);
	cpus(&j, number, n);
	return true;
}
