// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/taint.h"

#include "base/alloc.h"

#define SETTERS(...)                                                                               \
	.setters = (const struct kd_taint_setter[]){__VA_ARGS__},                                  \
	.nsetters = KD_ARRAY_LEN(((const struct kd_taint_setter[]){__VA_ARGS__}))

/* Setters are the callers of add_taint() in Linux 6.12; the function is named in `how`. */
static const struct kd_taint_info infos[KD_NTAINT] = {
	{.bit = 0,
	 .letter = 'P',
	 .clear = 'G',
	 .flags = KD_TF_THIRD_PARTY | KD_TF_MODULE,
	 .name = "PROPRIETARY_MODULE",
	 .words = "proprietary module",
	 .meaning = "A module without a GPL-compatible licence was loaded since boot.",
	 SETTERS({NULL, false, "a module's licence (module_license_taint_check)"})},
	{.bit = 1,
	 .letter = 'F',
	 .clear = ' ',
	 .flags = KD_TF_MODULE | KD_TF_LOCKDEP,
	 .name = "FORCED_MODULE",
	 .words = "module load was forced",
	 .meaning = "A module was loaded by force, against its version information.",
	 SETTERS({NULL, false, "insmod -f, or a module without vermagic (try_to_force_load)"})},
	{.bit = 2,
	 .letter = 'S',
	 .clear = ' ',
	 .flags = KD_TF_HARDWARE | KD_TF_CONFIG,
	 .name = "CPU_OUT_OF_SPEC",
	 .words = "out-of-specification system",
	 .meaning =
		 "The processor or system runs outside its specification: late microcode, MSR "
		 "writes by user space, mismatched CPUs, forced PAE …; before Linux 3.15: SMP with "
		 "CPUs not designed for it.",
	 SETTERS({NULL, false, "CPU set-up, late microcode loading, a write to /dev/cpu/*/msr"})},
	{.bit = 3,
	 .letter = 'R',
	 .clear = ' ',
	 .flags = KD_TF_MODULE | KD_TF_LOCKDEP,
	 .name = "FORCED_RMMOD",
	 .words = "module unload was forced",
	 .meaning = "A module was unloaded by force while in use.",
	 SETTERS({NULL, false, "rmmod -f (try_force_unload)"})},
	{.bit = 4,
	 .letter = 'M',
	 .clear = ' ',
	 .flags = KD_TF_EVENT | KD_TF_HARDWARE,
	 .name = "MACHINE_CHECK",
	 .words = "machine check",
	 .meaning = "A processor or the firmware reported a hardware error.",
	 SETTERS({"mce", false, "a machine check exception (do_machine_check); polled ones don't"},
		 {"serror", true, "an arm64 SError (arm64_serror_panic, do_serror)"},
		 {NULL, false, "an arm64 synchronous external abort (do_sea), a firmware-first error "
			       "(ghes_do_proc)"})},
	{.bit = 5,
	 .letter = 'B',
	 .clear = ' ',
	 .flags = KD_TF_EVENT | KD_TF_LOCKDEP,
	 .name = "BAD_PAGE",
	 .words = "bad page or memory corruption report",
	 .meaning = "A checker found damaged memory state: a bad page, a bad page table entry, "
		    "or a KASAN, KFENCE, KMSAN or SLUB report.",
	 SETTERS({"bad_page_state", true, "BUG: Bad page state (bad_page)"},
		 {"bad_page_map", true, "BUG: Bad page map (print_bad_pte)"},
		 {"kasan", true, "a KASAN report (end_report)"},
		 {"kfence", true, "a KFENCE report (kfence_report_error)"},
		 {"kmsan", true, "a KMSAN report (kmsan_report)"},
		 {"slab", true, "a SLUB consistency report (object_err, __slab_err)"})},
	{.bit = 6,
	 .letter = 'U',
	 .clear = ' ',
	 .flags = KD_TF_CONFIG,
	 .name = "USER",
	 .words = "requested by user space",
	 .meaning = "User space wrote to /proc/sys/kernel/tainted or set an unsafe module "
		    "parameter.",
	 SETTERS({NULL, false, "an unsafe parameter (param_check_unsafe)"})},
	{.bit = 7,
	 .letter = 'D',
	 .clear = ' ',
	 .flags = KD_TF_EVENT | KD_TF_LOCKDEP,
	 .name = "DIE",
	 .words = "the kernel died before",
	 .meaning = "An oops or BUG happened since boot; locks may still be held and data "
		    "be half changed.",
	 SETTERS({"oops", true, "the end of an oops (oops_end, die)"})},
	{.bit = 8,
	 .letter = 'A',
	 .clear = ' ',
	 .flags = KD_TF_CONFIG,
	 .name = "OVERRIDDEN_ACPI_TABLE",
	 .words = "ACPI table overridden",
	 .meaning = "An ACPI table of the firmware was replaced.",
	 SETTERS({NULL, false, "an ACPI table override (acpi_table_initrd_scan …)"})},
	{.bit = 9,
	 .letter = 'W',
	 .clear = ' ',
	 .flags = KD_TF_EVENT,
	 .name = "WARN",
	 .words = "a warning was issued before",
	 .meaning = "A WARN or a scheduler complaint happened since boot.",
	 SETTERS({"warning", true, "WARN(), WARN_ON() (__warn)"},
		 {"scheduling_while_atomic", true, "scheduling while atomic (__schedule_bug)"},
		 {"sleeping_invalid_context", true,
		  "sleeping function called from invalid context (__might_resched)"},
		 {"refcount", true, "a refcount warning, which is a WARN"},
		 {"odebug", true, "a debug-objects warning, which is a WARN"},
		 {"list_corruption", false, "list corruption: a WARN unless it is a BUG"},
		 {"slab", false, "a SLUB report: newer kernels end it with a WARN"},
		 {"lockdep", false, "some lockdep checks are WARNs"},
		 {"usercopy", false, "a usercopy warning of a cache without whitelist"})},
	{.bit = 10,
	 .letter = 'C',
	 .clear = ' ',
	 .flags = KD_TF_MODULE,
	 .name = "CRAP",
	 .words = "staging driver",
	 .meaning = "A driver of drivers/staging was loaded.",
	 SETTERS({NULL, false, "a module of drivers/staging (check_modinfo)"})},
	{.bit = 11,
	 .letter = 'I',
	 .clear = ' ',
	 .flags = KD_TF_HARDWARE | KD_TF_EVENT,
	 .name = "FIRMWARE_WORKAROUND",
	 .words = "firmware bug worked around",
	 .meaning = "The kernel works around a severe bug of the platform's firmware.",
	 SETTERS({"warning", false, "WARN_TAINT() of firmware checks"},
		 {NULL, false, "PCI, MTRR, EFI and IOMMU set-up"})},
	{.bit = 12,
	 .letter = 'O',
	 .clear = ' ',
	 .flags = KD_TF_THIRD_PARTY | KD_TF_MODULE,
	 .name = "OOT_MODULE",
	 .words = "out-of-tree module",
	 .meaning = "A module that was built outside of the kernel's tree was loaded.",
	 SETTERS({NULL, false, "a module without the intree mark (check_modinfo)"})},
	{.bit = 13,
	 .letter = 'E',
	 .clear = ' ',
	 .flags = KD_TF_MODULE,
	 .name = "UNSIGNED_MODULE",
	 .words = "unsigned module",
	 .meaning = "A module without a valid signature was loaded by a kernel that checks "
		    "signatures.",
	 SETTERS({NULL, false, "an unsigned module (module_augment_kernel_taints)"})},
	{.bit = 14,
	 .letter = 'L',
	 .clear = ' ',
	 .flags = KD_TF_EVENT,
	 .name = "SOFTLOCKUP",
	 .words = "soft lockup before",
	 .meaning = "A CPU was stuck in the kernel for longer than the watchdog allows.",
	 SETTERS({"soft_lockup", true, "BUG: soft lockup (watchdog_timer_fn)"},
		 {"workqueue_lockup", false, "not by the workqueue watchdog of current kernels"})},
	{.bit = 15,
	 .letter = 'K',
	 .clear = ' ',
	 .flags = KD_TF_TEXT | KD_TF_MODULE,
	 .name = "LIVEPATCH",
	 .words = "live patched",
	 .meaning = "Functions of the running kernel were replaced: a symbol may run code that the "
		    "image doesn't hold.",
	 SETTERS({NULL, false, "a livepatch module (check_modinfo_livepatch)"})},
	{.bit = 16,
	 .letter = 'X',
	 .clear = ' ',
	 .flags = KD_TF_CONFIG,
	 .name = "AUX",
	 .words = "distributor's flag",
	 .meaning = "Auxiliary: its meaning is the distributor's.",
	 SETTERS({NULL, false, "code of the distributor; nothing in the upstream tree"})},
	{.bit = 17,
	 .letter = 'T',
	 .clear = ' ',
	 .flags = KD_TF_CONFIG,
	 .name = "RANDSTRUCT",
	 .words = "randomised structure layout",
	 .meaning = "Built with the structure randomisation plugin: offsets of fields are those of "
		    "this build only.",
	 SETTERS({NULL, false, "the build (CONFIG_RANDSTRUCT)"})},
	{.bit = 18,
	 .letter = 'N',
	 .clear = ' ',
	 .flags = KD_TF_CONFIG,
	 .name = "TEST",
	 .words = "in-kernel test ran",
	 .meaning = "An in-kernel test (KUnit, a test module) ran: the report may be on purpose.",
	 SETTERS({NULL, false, "KUnit (kunit_run_tests) or a test module"})},
	{.bit = 19,
	 .letter = 'J',
	 .clear = ' ',
	 .flags = KD_TF_CONFIG | KD_TF_HARDWARE,
	 .name = "FWCTL",
	 .words = "device firmware debugged through fwctl",
	 .meaning =
		 "User space used a mutating debug operation of a device's firmware through fwctl.",
	 SETTERS({NULL, false, "an fwctl call with debug write scope"})},
};

const struct kd_taint_info *kd_taint_bit(unsigned bit)
{
	return bit < KD_NTAINT ? &infos[bit] : NULL;
}

const struct kd_taint_info *kd_taint_letter(char letter)
{
	for (unsigned i = 0; i < KD_NTAINT; i++)
		if (infos[i].letter == letter)
			return &infos[i];
	return NULL;
}

const struct kd_taint_info *kd_taint_name(struct kd_view long_name)
{
	for (unsigned i = 0; i < KD_NTAINT; i++)
		if (kd_view_eq(long_name, kd_view_of(infos[i].name)))
			return &infos[i];
	return NULL;
}

enum kd_taint_sets kd_taint_setter(unsigned bit, struct kd_view what)
{
	const struct kd_taint_info *t = kd_taint_bit(bit);

	if (!t || !what.n)
		return KD_TAINT_NO;
	for (size_t i = 0; i < t->nsetters; i++)
		if (t->setters[i].what && kd_view_eq(what, kd_view_of(t->setters[i].what)))
			return t->setters[i].always ? KD_TAINT_ALWAYS : KD_TAINT_MAYBE;
	return KD_TAINT_NO;
}

static void add_unknown(struct kd_taint_text *t, char c)
{
	for (uint8_t i = 0; i < t->nunknown; i++)
		if (t->unknown[i] == c)
			return;
	if (t->nunknown < sizeof(t->unknown))
		t->unknown[t->nunknown++] = c;
}

static void add_letter(struct kd_taint_text *t, char c)
{
	const struct kd_taint_info *i = kd_taint_letter(c);

	if (i)
		t->bits |= 1u << i->bit;
	else if (c == '-')
		t->vendor_bits = true;
	else if (c != 'G')
		add_unknown(t, c);
}

/*
 * One group of flag columns: capital letters; Red Hat's kernels print reserved columns
 * as '-' and their own flags in lower case among them ("OE    --------- -t -").
 */
static bool flag_word(struct kd_view w, bool vendor)
{
	size_t lower = 0, other = 0;
	bool dash = false;

	if (w.n > 24)
		return false;
	for (size_t i = 0; i < w.n; i++) {
		dash |= w.p[i] == '-';
		if (w.p[i] >= 'a' && w.p[i] <= 'z')
			lower++;
		else if (!(w.p[i] >= 'A' && w.p[i] <= 'Z') && w.p[i] != '-')
			other++;
	}
	return !other && (!lower || ((vendor || dash) && lower <= 4 && w.n <= lower + 8));
}

static void take_letters(struct kd_view *v, struct kd_taint_text *t)
{
	const char *start = NULL, *end = NULL;
	struct kd_view rest = *v, w;

	while (kd_view_take_word(&rest, &w) && flag_word(w, t->vendor_bits)) {
		for (size_t i = 0; i < w.n; i++) {
			if (w.p[i] >= 'a' && w.p[i] <= 'z')
				t->vendor_bits = true;
			add_letter(t, w.p[i]);
		}
		if (!start)
			start = w.p;
		end = w.p + w.n;
		*v = rest;
	}
	if (start)
		t->text = kd_view(start, (size_t)(end - start));
	kd_view_skip_blank(v);
}

static bool name_char(char c)
{
	return kd_is_word(c);
}

/* "[W]=WARN": the letter counts; an unknown letter with a known name is that name's bit. */
static bool take_long_item(struct kd_view *v, struct kd_taint_text *t)
{
	struct kd_view w = *v;
	size_t n = 0;
	char c;

	if (w.n < 5 || w.p[0] != '[' || w.p[2] != ']' || w.p[3] != '=')
		return false;
	c = w.p[1];
	w = kd_view_from(w, 4);
	while (n < w.n && n < 40 && name_char(w.p[n]))
		n++;
	if (!n)
		return false;
	if (kd_taint_name(kd_view_head(w, n)))
		t->bits |= 1u << kd_taint_name(kd_view_head(w, n))->bit;
	else
		add_letter(t, c);
	*v = kd_view_from(w, n);
	return true;
}

static bool take_long(struct kd_view *v, struct kd_taint_text *t)
{
	struct kd_view w = *v;
	const char *start = w.p;

	if (!take_long_item(&w, t))
		return false;
	t->text = kd_view(start, (size_t)(w.p - start));
	*v = w;
	while (kd_view_skip(&w, KD_V(",")) || kd_view_skip(&w, KD_V(" "))) {
		kd_view_skip_blank(&w);
		if (!take_long_item(&w, t))
			break;
		t->text.n = (size_t)(w.p - start);
		*v = w;
	}
	t->long_form = true;
	kd_view_skip_blank(v);
	return true;
}

bool kd_taint_take(struct kd_view *v, struct kd_taint_text *ret)
{
	struct kd_taint_text t = {0};
	struct kd_view w = *v;

	if (kd_view_skip(&w, KD_V("Not tainted"))) {
		if (w.n && !kd_is_blank(*w.p) && *w.p != ',' && *w.p != ')' &&
		    *w.p != '\r')
			return false;
		kd_view_skip_blank(&w);
	} else if (kd_view_skip(&w, KD_V("Tainted:"))) {
		t.tainted = true;
		kd_view_skip_blank(&w);
		if (!take_long(&w, &t))
			take_letters(&w, &t);
		if (!t.text.n)
			return false;
	} else {
		return false;
	}
	*v = w;
	*ret = t;
	return true;
}

bool kd_taint_find(struct kd_view line, struct kd_taint_text *ret, struct kd_view *rest_ret)
{
	size_t i = 0;

	while (i < line.n) {
		struct kd_view v = kd_view_from(line, i);
		size_t at = kd_view_find(v, KD_V("ainted"));

		if (at == KD_NPOS)
			return false;
		i += at + 1;
		/* Back to the "T", or to the "N" of "Not t". */
		v = kd_view_from(line, i > 1 ? i - 2 : 0);
		if (i > 5 && line.p[i - 2] == 't')
			v = kd_view_from(line, i - 6);
		if (kd_taint_take(&v, ret)) {
			if (rest_ret)
				*rest_ret = v;
			return true;
		}
	}
	return false;
}

void kd_taint_letters(uint32_t bits, char ret[KD_TAINT_LETTERS])
{
	size_t n = 0;

	if (bits && !(bits & 1))
		ret[n++] = 'G';
	for (unsigned i = 0; i < KD_NTAINT; i++)
		if (bits >> i & 1)
			ret[n++] = infos[i].letter;
	ret[n] = 0;
}

const char *kd_taint_vendor(char letter, struct kd_view vendor)
{
	if (kd_view_eq(vendor, KD_V("suse"))) {
		if (letter == 'N')
			return "SUSE: a module that SUSE does not support was loaded";
		if (letter == 'X')
			return "SUSE: a module with external support was loaded";
	}
	if (kd_view_eq(vendor, KD_V("rhel"))) {
		if (letter == 'T' || letter == 't')
			return "Red Hat: a technology preview feature is in use";
		if (letter == 'H' || letter == 'h')
			return "Red Hat: hardware or a driver without support";
		if (letter == 'u')
			return "Red Hat: unprivileged BPF was enabled";
	}
	return NULL;
}
