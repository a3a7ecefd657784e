// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/modinfo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "format/elfcore.h"

enum { ID_BYTES = 20, NOTES_MAX = 16, NOTE_BYTES = 4096, NT_GNU_BUILD_ID = 3 };

static void text_behind(struct kd_kernel *k, uint64_t module, const char *path, char *ret, size_t max)
{
	const struct kd_datum at = kd_datum_member(k, module, "module", path);

	if (at.why || !at.v || !kd_kernel_text(k, at.v, max, ret))
		*ret = 0;
}

/* --- build-id ---------------------------------------------------------------------------------------- */

static bool any(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return true;
	return false;
}

/* CONFIG_STACKTRACE_BUILD_ID, since 5.14 */
static bool own_member(struct kd_kernel *k, uint64_t module, struct kd_modinfo *ret)
{
	uint8_t id[ID_BYTES];
	struct kd_field f;

	if (!kd_kernel_field(k, "module", "build_id", &f) || f.size != sizeof(id) ||
	    !kd_space_read(kd_kernel_space(k), module + f.off, id, sizeof(id), NULL) || !any(id, sizeof(id)))
		return false;
	kd_hex(id, sizeof(id), ret->build_id);
	ret->build_id_from = "module.build_id";
	return true;
}

static bool id_in(struct kd_view notes, struct kd_modinfo *ret)
{
	struct kd_elfnote note;
	size_t at = 0;

	while (kd_elfnote_next(notes, false, &at, &note))
		if (note.type == NT_GNU_BUILD_ID && kd_view_eq(note.name, KD_V("GNU")) && note.desc.n && note.desc.n <= ID_BYTES) {
			kd_hex((const uint8_t *)note.desc.p, note.desc.n, ret->build_id);
			return true;
		}
	return false;
}

/* The notes that the module's sections had: each a binary attribute of sysfs with its place and size. */
static bool in_notes(struct kd_kernel *k, uint64_t module, struct kd_modinfo *ret)
{
	const struct kd_datum attrs = kd_datum_member(k, module, "module", "notes_attrs");
	struct kd_field list;
	struct kd_datum n;
	uint64_t one;

	ret->why_no_build_id = attrs.why ? "this kernel does not keep the notes of modules" : "the module has no notes";
	if (attrs.why || !attrs.v)
		return false;
	n = kd_datum_member(k, attrs.v, "module_notes_attrs", "notes");
	if (n.why) /* since 6.14 the attributes are those of a group that ends with NULL: counted by it */
		n = kd_datum_of(NOTES_MAX);
	ret->why_no_build_id = "how this kernel keeps the notes of modules is not known";
	if (!kd_kernel_field(k, "module_notes_attrs", "attrs", &list) || !kd_kernel_sizeof(k, "bin_attribute", &one))
		return false;
	for (uint64_t i = 0; i < n.v && i < NOTES_MAX; i++) {
		const uint64_t at = attrs.v + list.off + i * one;
		const struct kd_datum size = kd_datum_member(k, at, "bin_attribute", "size"), data = kd_datum_member(k, at, "bin_attribute", "private");
		char raw[NOTE_BYTES];

		ret->why_no_build_id = "none of the module's notes that can be read is a build-id";
		if (!size.why && !data.why && data.v && size.v <= sizeof(raw) &&
		    kd_space_read(kd_kernel_space(k), data.v, raw, (size_t)size.v, NULL) && id_in(kd_view(raw, (size_t)size.v), ret)) {
			ret->build_id_from = "notes_attrs";
			return true;
		}
	}
	return false;
}

/* --- all --------------------------------------------------------------------------------------------- */

static void read_state(struct kd_kernel *k, uint64_t module, struct kd_modinfo *ret)
{
	struct kd_view name;

	ret->state_number = kd_datum_member(k, module, "module", "state");
	name = ret->state_number.why ? KD_VNULL : kd_datum_enumerator(k, "module_state", ret->state_number.v);
	kd_view_skip(&name, KD_V("MODULE_STATE_"));
	for (size_t i = 0; i < name.n && i + 1 < sizeof(ret->state); i++)
		ret->state[i] = (char)(kd_is_alpha(name.p[i]) ? name.p[i] | 0x20 : name.p[i]);
}

void kd_modinfo_read(struct kd_kernel *k, const struct kd_core_module *m, struct kd_modinfo *ret)
{
	*ret = (struct kd_modinfo){.base = m->nparts ? m->part[0].base : 0};
	read_state(k, m->addr, ret);
	ret->refs = kd_datum_signed(k, m->addr, "module", "refcnt.counter");
	if (!ret->refs.why && ret->refs.v)
		ret->refs.v--; /* MODULE_REF_BASE; 0 when it is going */
	ret->taints = kd_datum_member(k, m->addr, "module", "taints");
	for (size_t i = 0; i < m->nparts; i++)
		ret->size.v += m->part[i].size;
	text_behind(k, m->addr, "version", ret->version, sizeof(ret->version));
	text_behind(k, m->addr, "srcversion", ret->srcversion, sizeof(ret->srcversion));
	text_behind(k, m->addr, "args", ret->args, sizeof(ret->args));
	if (!own_member(k, m->addr, ret) && in_notes(k, m->addr, ret))
		ret->why_no_build_id = NULL;
	if (ret->build_id_from)
		ret->why_no_build_id = NULL;
}

struct users {
	struct kd_kernel *k;
	uint64_t off; /* of the node in struct module_use */
	bool (*visit)(void *user, uint64_t module);
	void *user;
};

static bool see_user(void *user, uint64_t index, uint64_t node)
{
	const struct users *u = user;
	const struct kd_datum source = kd_datum_member(u->k, node - u->off, "module_use", "source");

	(void)index;
	return source.why || u->visit(u->user, source.v);
}

void kd_modinfo_users(struct kd_kernel *k, const struct kd_core_module *m, bool (*visit)(void *user, uint64_t module), void *user,
		      char why[KD_WALK_WHY])
{
	struct users u = {.k = k, .visit = visit, .user = user};
	struct kd_walk_end end;
	struct kd_field head, node;

	*why = 0;
	if (!kd_kernel_field(k, "module", "source_list", &head) || !kd_kernel_field(k, "module_use", "source_list", &node)) {
		snprintf(why, KD_WALK_WHY, "this kernel does not say which modules use which (CONFIG_MODULE_UNLOAD is off)");
		return;
	}
	u.off = node.off;
	kd_walk_list(k, m->addr + head.off, KD_MODULES_MAX, see_user, &u, &end);
	memcpy(why, end.why, sizeof(end.why));
}
