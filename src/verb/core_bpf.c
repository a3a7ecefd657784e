// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_bpf.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "core/bpf.h"
#include "verb/core_irq.h"
#include "verb/core_rd.h"

enum { LISTED = 64 };

struct bpf {
	struct kd_dump *d;
	struct kd_kernel *k;
	struct kd_sheet *s;
	struct kd_table *t;
	bool unknown; /* not all could be listed */
};

static struct kd_cell lower(struct kd_sheet *s, struct kd_view v, uint64_t number)
{
	char text[KD_PEEK_TEXT];
	size_t i;

	if (!v.n)
		return kd_cell_text(kd_sheet_text(s, "%" PRIu64, number));
	for (i = 0; i < v.n && i + 1 < sizeof(text); i++)
		text[i] = v.p[i] >= 'A' && v.p[i] <= 'Z' ? (char)(v.p[i] + 'a' - 'A') : v.p[i];
	return kd_sheet_cell(s, kd_view(text, i));
}

/* The type of a program, map or link: the enumerator without what all of its enum begin with. */
static struct kd_cell type_cell(struct bpf *b, uint64_t at, const char *type, const char *path, const char *of, const char *prefix)
{
	uint64_t v;
	struct kd_view name;

	if (!kd_kernel_read(b->k, at, type, path, &v))
		return kd_dump_member(b->d, b->s, at, type, path, false);
	name = kd_datum_enumerator(b->k, of, v);
	kd_view_skip(&name, kd_view_of(prefix));
	return lower(b->s, name, v);
}

static struct kd_cell name_cell(struct bpf *b, const char *name)
{
	return *name ? kd_sheet_cell(b->s, kd_view_of(name)) : kd_cell_text(KD_V(""));
}

/* --- programs ----------------------------------------------------------------------------------------- */

static struct kd_cell maps_cell(struct bpf *b, const struct kd_bpf_prog *p)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(4096);
	uint64_t id;

	for (uint64_t i = 0; i < p->maps; i++) {
		if (i == LISTED) {
			kd_buf_printf(&text, ",… (%" PRIu64 ")", p->maps);
			break;
		}
		if (kd_bpf_prog_map(b->k, p, i, &id))
			kd_buf_printf(&text, "%s%" PRIu64, i ? "," : "", id);
		else
			kd_buf_printf(&text, "%s?", i ? "," : "");
	}
	return text.n ? kd_sheet_cell(b->s, kd_buf_view(&text)) : kd_cell_text(KD_V(""));
}

static bool prog_row(void *user, uint64_t id, uint64_t prog)
{
	struct bpf *b = user;
	struct kd_cell *row = kd_table_row(b->t);
	char tag[2 * KD_BPF_TAG + 1];
	struct kd_bpf_prog p;

	row[0] = kd_cell_uint(id);
	row[10] = kd_cell_hex(prog);
	if (!kd_bpf_prog_read(b->k, prog, &p)) {
		for (size_t i = 1; i < 10; i++)
			row[i] = kd_cell_none("the program cannot be read");
		return true;
	}
	kd_hex(p.tag, sizeof(p.tag), tag);
	row[1] = type_cell(b, prog, "bpf_prog", "type", "bpf_prog_type", "BPF_PROG_TYPE_");
	row[2] = name_cell(b, p.name);
	row[3] = kd_sheet_cell(b->s, kd_view_of(tag));
	row[4] = kd_cell_uint(p.insns);
	row[5] = p.start ? kd_cell_hex(p.start) : kd_cell_none("it was not compiled");
	row[6] = p.start ? kd_cell_uint(p.end - p.start) : kd_cell_none("it was not compiled");
	row[7] = kd_cell_nsec(p.load_time);
	row[8] = p.pages ? kd_cell_uint(p.pages) : kd_cell_none("it is not known");
	row[9] = maps_cell(b, &p);
	return true;
}

static void progs(struct bpf *b)
{
	static const struct kd_column columns[] = {{"id", "ID"}, {"type", "TYPE"}, {"name", "NAME"}, {"tag", "TAG"},
						   {"instructions", "INSNS"}, {"code", "CODE"}, {"size", "SIZE"}, {"loaded", "LOADED"},
						   {"pages", "PAGES"}, {"maps", "MAPS"}, {"program", "PROGRAM"}};
	struct kd_walk_end end;

	b->t = kd_sheet_table(b->s, "programs", columns, KD_ARRAY_LEN(columns));
	kd_bpf_walk(b->k, KD_BPF_PROGS, prog_row, b, &end);
	kd_core_note_end(b->s, "programs", &end);
	b->unknown = b->unknown || *end.why;
}

/* --- maps, links -------------------------------------------------------------------------------------- */

static bool map_row(void *user, uint64_t id, uint64_t map)
{
	struct bpf *b = user;
	struct kd_cell *row = kd_table_row(b->t);
	char name[KD_PEEK_TEXT];

	row[0] = kd_cell_uint(id);
	row[1] = type_cell(b, map, "bpf_map", "map_type", "bpf_map_type", "BPF_MAP_TYPE_");
	row[2] = kd_peek_chars(b->k, map, "bpf_map", "name", name) ? name_cell(b, name) : kd_cell_none("the map cannot be read");
	row[3] = kd_dump_member(b->d, b->s, map, "bpf_map", "key_size", false);
	row[4] = kd_dump_member(b->d, b->s, map, "bpf_map", "value_size", false);
	row[5] = kd_dump_member(b->d, b->s, map, "bpf_map", "max_entries", false);
	row[6] = kd_dump_member(b->d, b->s, map, "bpf_map", "map_flags", true);
	row[7] = kd_dump_member(b->d, b->s, map, "bpf_map", "usercnt.counter", false);
	row[8] = kd_cell_hex(map);
	return true;
}

static void maps(struct bpf *b)
{
	static const struct kd_column columns[] = {{"id", "ID"}, {"type", "TYPE"}, {"name", "NAME"}, {"key", "KEY"}, {"value", "VALUE"},
						   {"max_entries", "MAX ENTRIES"}, {"flags", "FLAGS"}, {"users", "USERS"}, {"map", "MAP"}};
	struct kd_walk_end end;

	b->t = kd_sheet_table(b->s, "maps", columns, KD_ARRAY_LEN(columns));
	kd_bpf_walk(b->k, KD_BPF_MAPS, map_row, b, &end);
	kd_core_note_end(b->s, "maps", &end);
	b->unknown = b->unknown || *end.why;
}

static struct kd_cell link_prog(struct bpf *b, uint64_t link)
{
	struct kd_bpf_prog p;
	uint64_t prog, id;

	if (!kd_kernel_read(b->k, link, "bpf_link", "prog", &prog))
		return kd_dump_member(b->d, b->s, link, "bpf_link", "prog", true);
	if (!prog)
		return kd_cell_text(KD_V(""));
	if (!kd_bpf_prog_read(b->k, prog, &p) || !kd_kernel_read(b->k, p.aux, "bpf_prog_aux", "id", &id))
		return kd_cell_none("its program cannot be read");
	return kd_cell_text(kd_sheet_text(b->s, "%" PRIu64 " %s", id, p.name));
}

static bool link_row(void *user, uint64_t id, uint64_t link)
{
	struct bpf *b = user;
	struct kd_cell *row = kd_table_row(b->t);
	char target[KD_PEEK_TEXT];
	uint64_t ops;

	row[0] = kd_cell_uint(id);
	row[1] = type_cell(b, link, "bpf_link", "type", "bpf_link_type", "BPF_LINK_TYPE_");
	row[2] = link_prog(b, link);
	row[3] = kd_bpf_link_target(b->k, link, target) ? name_cell(b, target) : kd_cell_none("not known of this kind of link");
	row[4] = kd_kernel_read(b->k, link, "bpf_link", "ops", &ops) ? kd_dump_addr_cell(b->d, b->s, ops) : kd_cell_none("it cannot be read");
	row[5] = kd_cell_hex(link);
	return true;
}

static void links(struct bpf *b)
{
	static const struct kd_column columns[] = {{"id", "ID"}, {"type", "TYPE"}, {"program", "PROGRAM"}, {"target", "TARGET"},
						   {"ops", NULL}, {"link", "LINK"}};
	struct kd_walk_end end;

	b->t = kd_sheet_table(b->s, "links", columns, KD_ARRAY_LEN(columns));
	kd_bpf_walk(b->k, KD_BPF_LINKS, link_row, b, &end);
	kd_core_note_end(b->s, "links", &end);
	b->unknown = b->unknown || *end.why;
}

/* --- addresses ---------------------------------------------------------------------------------------- */

static struct kd_error *place(struct bpf *b, const char *text)
{
	struct kd_bpf_place at;
	struct kd_walk_end end;
	uint64_t addr;
	struct kd_error *err = kd_core_address_arg(b->d, text, &addr);

	if (err)
		return err;
	if (!kd_bpf_at(b->k, addr, &at, &end)) {
		kd_core_note_end(b->s, "JITed code", &end);
		kd_sheet_say(b->s, "0x%" PRIx64 " is in no JITed code of BPF%s", addr, *end.why ? " that could be listed" : "");
		b->s->none = true;
		return NULL;
	}
	kd_sheet_field(b->s, "address", "Address", kd_cell_hex(addr));
	kd_sheet_field(b->s, "name", "Name", name_cell(b, at.name));
	kd_sheet_field(b->s, "offset", "Offset", kd_cell_hex(at.off));
	kd_sheet_field(b->s, "size", "Size", kd_cell_hex(at.size));
	if (at.prog)
		kd_sheet_field(b->s, "program", "Program", kd_cell_hex(at.prog));
	if (*at.file) {
		kd_sheet_field(b->s, "source", "Source",
			       kd_cell_text(kd_sheet_text(b->s, "%s:%u:%u", at.file, at.line, at.column)));
		kd_sheet_field(b->s, "line", "Line", name_cell(b, at.text));
	} else if (at.prog) {
		kd_sheet_note(b->s, "the program was loaded without lines of its source, or they are not in the dump");
	}
	return NULL;
}

struct kd_error *kd_core_bpf(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_core_bpf_options *o = options;
	struct bpf b = {.d = d, .s = s};
	struct kd_error *err = kd_core_need_variables(d, s);
	uint64_t rows = 0;

	if (!err && nargs > 1)
		err = kd_error_new(KD_INVALID, "bpf takes one address");
	if (err)
		return err;
	b.k = kd_dump_kernel(d);
	if (nargs)
		return place(&b, args[0]);
	if (!o->maps && !o->links) {
		progs(&b);
		rows += b.t->total;
	}
	if (o->maps || !o->links) {
		maps(&b);
		rows += b.t->total;
	}
	if (o->links || !o->maps) {
		links(&b);
		rows += b.t->total;
	}
	if (!rows && !b.unknown)
		kd_sheet_say(s, "%s", o->maps == o->links ? "no BPF programs, maps or links" : o->maps ? "no BPF maps" : "no BPF links");
	s->none = !rows;
	return NULL;
}
