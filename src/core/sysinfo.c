// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/sysinfo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/codec.h"
#include "core/taskinfo.h"

/* --- names ------------------------------------------------------------------------------------------- */

static void uts_text(struct kd_kernel *k, uint64_t ns, const char *path, char ret[KD_UTS_TEXT])
{
	struct kd_field f;

	if (!kd_kernel_field(k, "uts_namespace", path, &f) || !kd_kernel_text(k, ns + f.off, KD_UTS_TEXT, ret))
		*ret = 0;
}

static void read_names(struct kd_kernel *k, struct kd_sysinfo *ret)
{
	uint64_t ns;

	if (!kd_kernel_symbol(k, "init_uts_ns", &ns) && !kd_vmcoreinfo_symbol(kd_space_vmcoreinfo(kd_kernel_space(k)), "init_uts_ns", &ns))
		return;
	uts_text(k, ns, "name.sysname", ret->sysname);
	uts_text(k, ns, "name.nodename", ret->nodename);
	uts_text(k, ns, "name.release", ret->release);
	uts_text(k, ns, "name.version", ret->version);
	uts_text(k, ns, "name.machine", ret->machine);
	uts_text(k, ns, "name.domainname", ret->domainname);
}

/* --- CPUs -------------------------------------------------------------------------------------------- */

static struct kd_datum count_mask(struct kd_kernel *k, const char *symbol)
{
	const struct kd_datum ids = kd_datum_variable(k, "nr_cpu_ids", 4);
	struct kd_datum n = kd_datum_of(0), word;
	uint64_t at;

	if (!kd_kernel_symbol(k, symbol, &at))
		return kd_datum_none(kd_no_variable);
	for (uint64_t cpu = 0; cpu < (ids.why ? KD_CPUS_MAX : ids.v) && cpu < KD_CPUS_MAX; cpu += 64) {
		word = kd_datum_at(k, at + cpu / 8, 8);
		if (word.why)
			return word;
		n.v += (uint64_t)__builtin_popcountll(word.v);
	}
	return n;
}

/* --- clocks ------------------------------------------------------------------------------------------ */

static bool clock_name(struct kd_kernel *k, uint64_t tk, char ret[32])
{
	const struct kd_datum clock = kd_datum_member(k, tk, "timekeeper", "tkr_mono.clock");
	const struct kd_datum name = clock.why ? clock : kd_datum_member(k, clock.v, "clocksource", "name");

	if (name.why || !kd_kernel_text(k, name.v, 32, ret))
		return false;
	for (const char *p = ret; *p; p++)
		if (*p < ' ' || *p > '~')
			return false;
	return *ret != 0;
}

static bool find_timekeeper(struct kd_kernel *k, uint64_t *ret, char name[32])
{
	struct kd_field f;
	uint64_t at, seq;

	if (!kd_kernel_symbol(k, "tk_core", &at) && !kd_kernel_symbol(k, "timekeeper_data", &at))
		return false;
	if (kd_kernel_field(k, "tk_data", "timekeeper", &f))
		at += f.off;
	else if (kd_kernel_sizeof(k, "seqcount_raw_spinlock", &seq) || kd_kernel_sizeof(k, "seqcount", &seq))
		at += (seq + 7) & ~(uint64_t)7;
	else
		return false;
	*ret = at;
	return clock_name(k, at, name);
}

static void read_clocks(struct kd_kernel *k, struct kd_sysinfo *ret)
{
	struct kd_view crash = kd_vmcoreinfo_get(kd_space_vmcoreinfo(kd_kernel_space(k)), KD_V("CRASHTIME"));
	uint64_t tk;

	ret->time = ret->uptime = kd_datum_none("where the kernel keeps its time is not known");
	if (find_timekeeper(k, &tk, ret->clocksource)) {
		ret->time = kd_datum_signed(k, tk, "timekeeper", "xtime_sec");
		ret->uptime = kd_datum_signed(k, tk, "timekeeper", "ktime_sec");
		ret->time_from = "the timekeeper";
	} else {
		*ret->clocksource = 0;
	}
	if (kd_view_take_dec(&crash, &tk)) {
		ret->time = kd_datum_of(tk);
		ret->time_from = "VMCOREINFO's CRASHTIME";
	}
}

/* --- the machine ------------------------------------------------------------------------------------- */

static struct kd_datum present_memory(struct kd_kernel *k)
{
	enum { NODES_MAX = 1024 };
	struct kd_datum ids = kd_datum_variable(k, "nr_node_ids", 4), sum = kd_datum_of(0);
	uint64_t table, one;

	if (kd_kernel_symbol(k, "contig_page_data", &one)) {
		sum = kd_datum_member(k, one, "pglist_data", "node_present_pages");
		sum.v *= kd_page_bytes(k);
		return sum;
	}
	if (!kd_kernel_symbol(k, "node_data", &table))
		return kd_datum_none("this kernel does not say where its nodes are");
	for (uint64_t i = 0; i < (ids.why ? 1 : ids.v) && i < NODES_MAX; i++) {
		const struct kd_datum node = kd_datum_at(k, table + 8 * i, 8);
		const struct kd_datum n = node.why || !node.v ? node : kd_datum_member(k, node.v, "pglist_data", "node_present_pages");

		if (n.why)
			return n;
		sum.v += n.v * kd_page_bytes(k);
	}
	return sum;
}

static void read_machine(struct kd_kernel *k, struct kd_sysinfo *ret)
{
	const struct kd_datum type = kd_datum_variable(k, "x86_hyper_type", 4);

	ret->memory = present_memory(k);
	ret->usable = kd_datum_variable(k, "_totalram_pages", 8);
	ret->usable.v *= kd_page_bytes(k);
	ret->cpu_khz = kd_datum_variable(k, "cpu_khz", 4);
	if (type.why)
		return;
	ret->hypervisor = kd_datum_enumerator(k, "x86_hypervisor_type", type.v);
	kd_view_skip(&ret->hypervisor, KD_V("X86_HYPER_"));
}

void kd_sysinfo_read(struct kd_kernel *k, struct kd_sysinfo *ret)
{
	uint64_t at;

	*ret = (struct kd_sysinfo){.time_from = NULL};
	read_names(k, ret);
	ret->possible = count_mask(k, "__cpu_possible_mask");
	ret->present = count_mask(k, "__cpu_present_mask");
	ret->online = count_mask(k, "__cpu_online_mask");
	read_clocks(k, ret);
	for (uint64_t i = 0; i < KD_ARRAY_LEN(ret->load); i++)
		ret->load[i] = kd_kernel_symbol(k, "avenrun", &at) ? kd_datum_at(k, at + 8 * i, 8) : kd_datum_none(kd_no_variable);
	read_machine(k, ret);
	ret->tainted = kd_datum_variable(k, "tainted_mask", 8);
}

/* --- texts ------------------------------------------------------------------------------------------- */

struct kd_error *kd_sys_cmdline(struct kd_kernel *k, char ret[KD_CMDLINE_MAX])
{
	const struct kd_datum at = kd_datum_variable(k, "saved_command_line", 8);

	if (at.why)
		return kd_error_new(KD_NOTFOUND, "the kernel's command line is not known: saved_command_line: %s", at.why);
	if (!kd_kernel_text(k, at.v, KD_CMDLINE_MAX, ret))
		return kd_error_new(KD_NOTFOUND, "the kernel's command line cannot be read at 0x%" PRIx64, at.v);
	return NULL;
}

enum { PACKED_MAX = 1 << 20, CONFIG_MAX = 8 << 20, UNPACK_MEMORY = 1 << 20, MARK = 8 };

static struct kd_error *unpack(struct kd_view packed, struct kd_buf *ret)
{
	struct kd_codec_io io = {.in = (const unsigned char *)packed.p, .in_n = packed.n};
	enum kd_codec_status status = KD_CODEC_MORE;
	unsigned char room[16 << 10];
	void *state = NULL;
	struct kd_error *err;

	if (!kd_codec_gzip.open)
		return kd_error_new(KD_UNSUPPORTED, "this build has no %s", kd_codec_gzip.library);
	err = kd_codec_gzip.open(UNPACK_MEMORY, &state);
	while (!err && status == KD_CODEC_MORE) {
		io.out = room;
		io.out_n = sizeof(room);
		status = kd_codec_gzip.step(state, &io, true);
		if (!kd_buf_add(ret, kd_view((const char *)room, sizeof(room) - io.out_n)))
			err = kd_error_new(KD_LIMIT, "the kernel's configuration is larger than %d bytes", CONFIG_MAX);
	}
	kd_codec_gzip.close(state);
	if (!err && status != KD_CODEC_END)
		err = kd_error_new(KD_BADDATA, "the kernel's configuration cannot be unpacked: %s",
				   status == KD_CODEC_DAMAGED && io.why ? io.why : "it is cut");
	return err;
}

/* Where the packed text ends: at a symbol, or at the mark behind it. */
static bool packed_end(struct kd_kernel *k, uint64_t start, uint64_t *ret)
{
	char mark[MARK];

	if (kd_kernel_symbol(k, "kernel_config_data_end", ret))
		return *ret > start && *ret - start <= PACKED_MAX;
	for (uint64_t n = 0; n < PACKED_MAX; n++)
		if (kd_space_read(kd_kernel_space(k), start + n, mark, 1, NULL) && *mark == 'I' &&
		    kd_space_read(kd_kernel_space(k), start + n, mark, sizeof(mark), NULL) && !memcmp(mark, "IKCFG_ED", MARK)) {
			*ret = start + n;
			return true;
		}
	return false;
}

struct kd_error *kd_sys_config(struct kd_kernel *k, struct kd_buf *ret)
{
	kd_auto(kd_freep) char *raw = NULL;
	struct kd_space_miss miss;
	uint64_t start, end;
	char mark[MARK];

	if (!kd_kernel_symbol(k, "kernel_config_data", &start))
		return kd_error_new(KD_NOTFOUND, "this kernel does not carry its configuration (CONFIG_IKCONFIG is off, or a module)");
	if (!kd_space_read(kd_kernel_space(k), start - MARK, mark, sizeof(mark), NULL) || memcmp(mark, "IKCFG_ST", MARK) != 0 ||
	    !packed_end(k, start, &end))
		return kd_error_new(KD_BADDATA, "what is at kernel_config_data (0x%" PRIx64 ") is not between its marks", start);
	raw = kd_xmalloc((size_t)(end - start));
	if (!kd_space_read(kd_kernel_space(k), start, raw, (size_t)(end - start), &miss))
		return kd_error_new(KD_BADDATA, "the kernel's configuration cannot be read at 0x%" PRIx64 ": %s", miss.addr, kd_space_why(&miss));
	return unpack(kd_view(raw, (size_t)(end - start)), ret);
}
