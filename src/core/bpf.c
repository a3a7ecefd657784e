// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/bpf.h"

#include <string.h>

#include "core/xarray.h"

/* struct bpf_line_info.line_col: the line from bit 10 on, the column below. */
enum { LINE_SHIFT = 10, COLUMN = 1023 };

void kd_bpf_walk(struct kd_kernel *k, enum kd_bpf_what what, kd_walk_visit *visit, void *user, struct kd_walk_end *end)
{
	static const char *const names[] = {"prog_idr", "map_idr", "link_idr"};
	uint64_t idr;

	*end = (struct kd_walk_end){0};
	if (kd_kernel_symbol(k, names[what], &idr))
		kd_idr_walk(k, idr, KD_BPF_MAX, visit, user, end);
	else
		kd_walk_wrong(end, "the kernel's symbols do not name %s (CONFIG_BPF_SYSCALL is off, or data is not in kallsyms)", names[what]);
}

/* --- programs ----------------------------------------------------------------------------------------- */

static struct kd_view without(struct kd_view v, const char *prefix)
{
	kd_view_skip(&v, kd_view_of(prefix));
	return v;
}

bool kd_bpf_prog_read(struct kd_kernel *k, uint64_t prog, struct kd_bpf_prog *ret)
{
	struct kd_bpf_prog p = {.addr = prog};
	struct kd_field tag;
	uint64_t type;

	if (!kd_kernel_read(k, prog, "bpf_prog", "aux", &p.aux) || !kd_kernel_read(k, prog, "bpf_prog", "type", &type) ||
	    !kd_kernel_read(k, prog, "bpf_prog", "len", &p.insns) || !kd_kernel_field(k, "bpf_prog", "tag", &tag) ||
	    !kd_space_read(kd_kernel_space(k), prog + tag.off, p.tag, sizeof(p.tag), NULL))
		return false;
	p.type = without(kd_datum_enumerator(k, "bpf_prog_type", type), "BPF_PROG_TYPE_");
	(void)kd_kernel_read(k, prog, "bpf_prog", "jited_len", &p.jited);
	(void)kd_kernel_read(k, prog, "bpf_prog", "pages", &p.pages);
	if (!kd_peek_chars(k, p.aux, "bpf_prog_aux", "name", p.name))
		return false;
	if (!kd_kernel_read(k, p.aux, "bpf_prog_aux", "ksym.start", &p.start) || !kd_kernel_read(k, p.aux, "bpf_prog_aux", "ksym.end", &p.end))
		p.start = p.end = 0;
	(void)kd_kernel_read(k, p.aux, "bpf_prog_aux", "load_time", &p.load_time);
	(void)kd_kernel_read(k, p.aux, "bpf_prog_aux", "used_map_cnt", &p.maps);
	(void)kd_kernel_read(k, p.aux, "bpf_prog_aux", "func_cnt", &p.functions);
	*ret = p;
	return true;
}

bool kd_bpf_prog_map(struct kd_kernel *k, const struct kd_bpf_prog *p, uint64_t i, uint64_t *ret)
{
	uint64_t maps, map;

	return kd_kernel_read(k, p->aux, "bpf_prog_aux", "used_maps", &maps) && maps && i < p->maps &&
	       kd_space_uint(kd_kernel_space(k), maps + 8 * i, 8, &map, NULL) && kd_kernel_read(k, map, "bpf_map", "id", ret);
}

static bool traced_function(struct kd_kernel *k, uint64_t link, char ret[KD_PEEK_TEXT])
{
	uint64_t prog, aux;

	return kd_kernel_read(k, link, "bpf_link", "prog", &prog) && kd_kernel_read(k, prog, "bpf_prog", "aux", &aux) &&
	       kd_peek_string(k, aux, "bpf_prog_aux", "attach_func_name", ret);
}

bool kd_bpf_link_target(struct kd_kernel *k, uint64_t link, char ret[KD_PEEK_TEXT])
{
	uint64_t type, btp, tp;
	struct kd_view name;

	if (!kd_kernel_read(k, link, "bpf_link", "type", &type))
		return false;
	name = kd_datum_enumerator(k, "bpf_link_type", type);
	if (kd_view_eq(name, KD_V("BPF_LINK_TYPE_RAW_TRACEPOINT")))
		return kd_kernel_read(k, link, "bpf_raw_tp_link", "btp", &btp) && kd_kernel_read(k, btp, "bpf_raw_event_map", "tp", &tp) &&
		       kd_peek_string(k, tp, "tracepoint", "name", ret);
	return kd_view_eq(name, KD_V("BPF_LINK_TYPE_TRACING")) && traced_function(k, link, ret);
}

/* --- addresses ---------------------------------------------------------------------------------------- */

struct search {
	struct kd_kernel *k;
	uint64_t addr, lnode; /* offset of lnode in bpf_ksym */
	uint64_t ksym, start, end; /* found */
};

static bool covers(void *user, uint64_t index, uint64_t node)
{
	struct search *s = user;
	const uint64_t ksym = node - s->lnode;

	(void)index;
	if (!kd_kernel_read(s->k, ksym, "bpf_ksym", "start", &s->start) || !kd_kernel_read(s->k, ksym, "bpf_ksym", "end", &s->end) ||
	    s->addr < s->start || s->addr >= s->end)
		return true;
	s->ksym = ksym;
	return false;
}

static bool string_of(struct kd_kernel *k, uint64_t btf, uint64_t off, char ret[KD_BPF_TEXT])
{
	uint64_t strings, len;

	return kd_kernel_read(k, btf, "btf", "strings", &strings) && kd_kernel_read(k, btf, "btf", "hdr.str_len", &len) && off < len &&
	       kd_kernel_text(k, strings + off, KD_BPF_TEXT, ret);
}

/* The last line that begins at or before the address, of this function's part of the lines. */
static bool find_line(struct search *s, uint64_t aux, uint64_t *ret)
{
	uint64_t jited, first, n, at;
	bool found = false;

	if (!kd_kernel_read(s->k, aux, "bpf_prog_aux", "jited_linfo", &jited) || !jited ||
	    !kd_kernel_read(s->k, aux, "bpf_prog_aux", "linfo_idx", &first) || !kd_kernel_read(s->k, aux, "bpf_prog_aux", "nr_linfo", &n) ||
	    n > KD_BPF_LINES_MAX)
		return false;
	for (uint64_t i = first; i < n; i++) {
		if (!kd_space_uint(kd_kernel_space(s->k), jited + 8 * i, 8, &at, NULL) || at < s->start || at > s->addr)
			break;
		*ret = i;
		found = true;
	}
	return found;
}

static void source(struct search *s, uint64_t aux, struct kd_bpf_place *ret)
{
	uint64_t linfo, i, one, btf, file, text, col;

	if (!find_line(s, aux, &i) || !kd_kernel_read(s->k, aux, "bpf_prog_aux", "linfo", &linfo) || !linfo ||
	    !kd_kernel_sizeof(s->k, "bpf_line_info", &one) || !kd_kernel_read(s->k, aux, "bpf_prog_aux", "btf", &btf))
		return;
	linfo += i * one;
	if (!kd_kernel_read(s->k, linfo, "bpf_line_info", "file_name_off", &file) ||
	    !kd_kernel_read(s->k, linfo, "bpf_line_info", "line_off", &text) ||
	    !kd_kernel_read(s->k, linfo, "bpf_line_info", "line_col", &col))
		return;
	if (!string_of(s->k, btf, file, ret->file))
		ret->file[0] = 0;
	if (!string_of(s->k, btf, text, ret->text))
		ret->text[0] = 0;
	ret->line = (uint32_t)(col >> LINE_SHIFT);
	ret->column = col & COLUMN;
}

bool kd_bpf_at(struct kd_kernel *k, uint64_t addr, struct kd_bpf_place *ret, struct kd_walk_end *end)
{
	struct search s = {.k = k, .addr = addr};
	struct kd_field lnode, name, ksym;
	uint64_t list, is_prog, aux;

	*end = (struct kd_walk_end){0};
	if (!kd_kernel_symbol(k, "bpf_kallsyms", &list) || !kd_kernel_field(k, "bpf_ksym", "lnode", &lnode) ||
	    !kd_kernel_field(k, "bpf_ksym", "name", &name)) {
		kd_walk_wrong(end, "where JITed code is listed is not known (bpf_kallsyms)");
		return false;
	}
	s.lnode = lnode.off;
	kd_walk_list(k, list, KD_BPF_MAX, covers, &s, end);
	if (!s.ksym)
		return false;
	*ret = (struct kd_bpf_place){.off = addr - s.start, .size = s.end - s.start};
	if (!kd_kernel_text(k, s.ksym + name.off, sizeof(ret->name), ret->name))
		ret->name[0] = 0;
	if (kd_kernel_read(k, s.ksym, "bpf_ksym", "prog", &is_prog) && is_prog && kd_kernel_field(k, "bpf_prog_aux", "ksym", &ksym)) {
		aux = s.ksym - ksym.off;
		(void)kd_kernel_read(k, aux, "bpf_prog_aux", "prog", &ret->prog);
		source(&s, aux, ret);
	}
	return true;
}
