/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf.h: BPF programs, maps and links of a dump; what an address in JITed code is.
 *
 *	kd_bpf_walk(k, KD_BPF_PROGS, visit, &me, &end);         // visit(user, id, address of the struct bpf_prog)
 *	struct kd_bpf_prog p;
 *	if (kd_bpf_prog_read(k, prog, &p)) … p.name, p.tag, p.start, p.end
 *	struct kd_bpf_place at;
 *	if (kd_bpf_at(k, addr, &at, &end)) … at.name, at.off, at.file, at.line, at.text
 *
 * Programs, maps and links are in prog_idr, map_idr and link_idr (kernel/bpf/syscall.c). JITed code is listed in
 * bpf_kallsyms (kernel/bpf/core.c): of programs, their functions, trampolines and dispatchers. Lines: aux->linfo with
 * aux->jited_linfo, strings of aux->btf; include/uapi/linux/bpf.h, struct bpf_line_info.
 */
#ifndef KD_CORE_BPF_H
#define KD_CORE_BPF_H

#include "core/peek.h"
#include "core/walk.h"

enum { KD_BPF_MAX = 1 << 20, KD_BPF_TAG = 8, KD_BPF_TEXT = 256, KD_BPF_LINES_MAX = 1 << 20 };

enum kd_bpf_what { KD_BPF_PROGS, KD_BPF_MAPS, KD_BPF_LINKS };

void kd_bpf_walk(struct kd_kernel *k, enum kd_bpf_what what, kd_walk_visit *visit, void *user, struct kd_walk_end *end);

struct kd_bpf_prog {
	uint64_t addr, aux;
	char name[KD_PEEK_TEXT]; /* as it was loaded; empty: it has none */
	unsigned char tag[KD_BPF_TAG];
	struct kd_view type; /* "TRACEPOINT": the enumerator behind BPF_PROG_TYPE_; absent: not known */
	uint64_t start, end; /* of its JITed code; 0: it has none */
	uint64_t insns, jited; /* instructions; bytes of JITed code */
	uint64_t pages; /* of the struct with its instructions; 0: not known */
	uint64_t load_time; /* ns since the boot */
	uint64_t maps; /* how many it uses; see kd_bpf_prog_map() */
	uint64_t functions; /* of its own, 0: it is one */
};

/* false: layouts are not known, or it cannot be read. */
bool kd_bpf_prog_read(struct kd_kernel *k, uint64_t prog, struct kd_bpf_prog *ret);
/* The id of the i-th map that it uses. */
bool kd_bpf_prog_map(struct kd_kernel *k, const struct kd_bpf_prog *p, uint64_t i, uint64_t *ret);

/* What a link hangs on: a tracepoint's name, the function that is traced; false: that kind of link does not say. */
bool kd_bpf_link_target(struct kd_kernel *k, uint64_t link, char ret[KD_PEEK_TEXT]);

struct kd_bpf_place {
	char name[KD_BPF_TEXT * 2]; /* of the JITed piece: "bpf_prog_6deef7357e7b4530_name", "bpf_trampoline_6442505684" */
	uint64_t off, size; /* of the address in it; of the piece */
	uint64_t prog; /* struct bpf_prog; 0: it is none */
	char file[KD_BPF_TEXT], text[KD_BPF_TEXT]; /* of the source, as the program's BTF has it; empty: not known */
	uint32_t line, column;
};

bool kd_bpf_at(struct kd_kernel *k, uint64_t addr, struct kd_bpf_place *ret, struct kd_walk_end *end);

#endif
