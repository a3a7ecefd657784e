// SPDX-License-Identifier: GPL-2.0-or-later
#include "fakedevices.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "symbol/btfwrite.h"
#include "fakebtf.h"

enum { PAGES = 6 };

/* --- types -------------------------------------------------------------------------------------------- */

static void irq_types(struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t ulong, uint32_t listhead)
{
	const uint32_t common = STRUCT("irq_common_data", 24, {"node", u32, 0}, {"affinity", ptr, 8}, {"effective_affinity", ptr, 16});
	const uint32_t data = STRUCT("irq_data", 16, {"hwirq", ulong, 0}, {"chip", ptr, 8});

	STRUCT("irq_chip", 8, {"name", ptr, 0});
	STRUCT("irq_desc", 64, {"irq_common_data", common, 0}, {"irq_data", data, 24}, {"kstat_irqs", ptr, 40}, {"action", ptr, 48},
	       {"depth", u32, 56});
	STRUCT("irqaction", 24, {"handler", ptr, 0}, {"next", ptr, 8}, {"name", ptr, 16});
	STRUCT("wait_queue_head", 24, {"lock", u32, 0}, {"head", listhead, 8});
	STRUCT("wait_queue_entry", 40, {"flags", u32, 0}, {"private", ptr, 8}, {"func", ptr, 16}, {"entry", listhead, 24});
}

static void timer_types(struct kd_btfw *w, uint32_t ptr, uint32_t ulong)
{
	const uint32_t slong = kd_btfw_int(w, KD_V("long int"), 8, 1);
	const uint32_t node = STRUCT("rb_node", 24, {"__rb_parent_color", ulong, 0}, {"rb_right", ptr, 8}, {"rb_left", ptr, 16});
	const uint32_t root = STRUCT("rb_root", 8, {"rb_node", kd_btfw_ref(w, KD_BTF_PTR, KD_VNULL, node), 0});
	const uint32_t cached = STRUCT("rb_root_cached", 16, {"rb_root", root, 0}, {"rb_leftmost", ptr, 8});
	const uint32_t head = STRUCT("timerqueue_head", 16, {"rb_root", cached, 0});
	const uint32_t queued = STRUCT("timerqueue_node", 32, {"node", node, 0}, {"expires", slong, 24});
	const uint32_t base = STRUCT("hrtimer_clock_base", 24, {"offset", slong, 0}, {"active", head, 8});

	STRUCT("hrtimer", 48, {"node", queued, 0}, {"_softexpires", slong, 32}, {"function", ptr, 40});
	STRUCT("hrtimer_cpu_base", 48, {"clock_base", kd_btfw_array(w, base, 0, 2), 0});
}

static void net_types(struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t listhead)
{
	const uint32_t u8 = kd_btfw_int(w, KD_V("unsigned char"), 1, 0);
	const uint32_t name = kd_btfw_array(w, kd_btfw_int(w, KD_V("char"), 1, 2), 0, 16), six = kd_btfw_array(w, u8, 0, 16);

	STRUCT("net", 32, {"list", listhead, 0}, {"dev_base_head", listhead, 16});
	STRUCT("net_device", 56, {"name", name, 0}, {"dev_list", listhead, 16}, {"ip_ptr", ptr, 32}, {"ip6_ptr", ptr, 40});
	STRUCT("in_device", 8, {"ifa_list", ptr, 0});
	STRUCT("in_ifaddr", 16, {"ifa_next", ptr, 0}, {"ifa_local", u32, 8}, {"ifa_prefixlen", u8, 12});
	STRUCT("inet6_dev", 16, {"addr_list", listhead, 0});
	STRUCT("inet6_ifaddr", 40, {"addr", six, 0}, {"prefix_len", u32, 16}, {"if_list", listhead, 24});
}

static void block_types(struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t ulong)
{
	const uint32_t map = STRUCT("sbitmap", 16, {"depth", u32, 0}, {"shift", u32, 4}, {"map", ptr, 8});
	const uint32_t queue = STRUCT("sbitmap_queue", 16, {"sb", map, 0});

	STRUCT("sbitmap_word", 16, {"word", ulong, 0}, {"cleared", ulong, 8});
	STRUCT("blk_mq_tags", 48, {"nr_tags", u32, 0}, {"nr_reserved_tags", u32, 4}, {"bitmap_tags", queue, 8}, {"breserved_tags", queue, 24},
	       {"rqs", ptr, 40});
	STRUCT("blk_mq_hw_ctx", 8, {"tags", ptr, 0});
	STRUCT("request_queue", 16, {"queue_hw_ctx", ptr, 0}, {"nr_hw_queues", u32, 8});
	STRUCT("request", 48, {"q", ptr, 0}, {"mq_hctx", ptr, 8}, {"cmd_flags", u32, 16}, {"state", u32, 20}, {"__sector", ulong, 24},
	       {"__data_len", u32, 32}, {"start_time_ns", ulong, 40});
	kd_btfw_enum(w, KD_V("mq_rq_state"), 4, false);
	kd_btfw_enumerator(w, KD_V("MQ_RQ_IDLE"), 0);
	kd_btfw_enumerator(w, KD_V("MQ_RQ_IN_FLIGHT"), 1);
	kd_btfw_enum(w, KD_V("req_op"), 4, false);
	kd_btfw_enumerator(w, KD_V("REQ_OP_READ"), 0);
	kd_btfw_enumerator(w, KD_V("REQ_OP_WRITE"), 1);
}

static void bpf_types(struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t ulong, uint32_t listhead)
{
	const uint32_t name = kd_btfw_array(w, kd_btfw_int(w, KD_V("char"), 1, 2), 0, 32), u8 = kd_btfw_int(w, KD_V("unsigned char"), 1, 0);
	const uint32_t ksym = STRUCT("bpf_ksym", 72, {"start", ulong, 0}, {"end", ulong, 8}, {"name", name, 16}, {"lnode", listhead, 48}, {"prog", u8, 64});
	const uint32_t header = STRUCT("btf_header", 24, {"str_len", u32, 20});

	STRUCT("bpf_prog_aux", 120, {"ksym", ksym, 0}, {"prog", ptr, 72}, {"jited_linfo", ptr, 80}, {"linfo", ptr, 88}, {"btf", ptr, 96},
	       {"linfo_idx", u32, 104}, {"nr_linfo", u32, 108});
	STRUCT("bpf_line_info", 16, {"insn_off", u32, 0}, {"file_name_off", u32, 4}, {"line_off", u32, 8}, {"line_col", u32, 12});
	STRUCT("btf", 32, {"strings", ptr, 0}, {"hdr", header, 8});
}

static void types(struct fake *f, struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t ulong, uint32_t listhead)
{
	(void)f;
	irq_types(w, ptr, u32, ulong, listhead);
	timer_types(w, ptr, ulong);
	net_types(w, ptr, u32, listhead);
	block_types(w, ptr, u32, ulong);
	bpf_types(w, ptr, u32, ulong, listhead);
}

/* --- memory ------------------------------------------------------------------------------------------- */


static void symbols(struct fake *f, void (*add)(void *to, const char *name, uint64_t addr), void *to)
{
	add(to, "irq_desc_tree", ROOM + TREE);
	add(to, "net_namespace_list", ROOM + NETS);
	add(to, "bpf_kallsyms", ROOM + KSYMS);
	add(to, "hrtimer_bases", fake_percpu(f) + TIMERS);
}

void fake_devices_put(struct fake *f, unsigned at, uint64_t value)
{
	fake_put(f, ROOM + at, value, 8);
}

static void put_text(struct fake *f, unsigned at, const char *text)
{
	for (unsigned i = 0; i <= strlen(text); i++)
		fake_put(f, ROOM + at + i, (unsigned char)text[i], 1);
}

/* A ring of the head and n nodes. */
static void ring(struct fake *f, unsigned head, const unsigned *node, unsigned n)
{
	unsigned at = head;

	for (unsigned i = 0; i <= n; i++) {
		const unsigned next = i < n ? node[i] : head;

		fake_devices_put(f, at, ROOM + next);
		fake_devices_put(f, next + 8, ROOM + at);
		at = next;
	}
}

/* Interrupt 5: two handlers; counts 7 and 9; may go to CPU 1. */
static void put_irqs(struct fake *f)
{
	fake_devices_put(f, TREE + 8, ROOM + NODE + 2);
	fake_devices_put(f, NODE + 40 + 5 * 8, ROOM + DESC);
	fake_devices_put(f, DESC + 8, ROOM + MASK);
	fake_devices_put(f, MASK, 2);
	fake_devices_put(f, DESC + 24, 12);
	fake_devices_put(f, DESC + 32, ROOM + TEXTS + 0x40); /* the chip */
	fake_devices_put(f, TEXTS + 0x40, ROOM + TEXTS);
	put_text(f, TEXTS, "IO-APIC");
	fake_devices_put(f, DESC + 40, fake_percpu(f) + 0x180);
	for (unsigned cpu = 0; cpu < FAKE_CPUS; cpu++)
		fake_put(f, fake_area(cpu) + 0x180, 7 + 2 * cpu, 4);
	fake_devices_put(f, DESC + 48, ROOM + ACTION);
	fake_devices_put(f, ACTION, fake_symbol(f, "do_idle"));
	fake_devices_put(f, ACTION + 8, ROOM + ACTION + 0x40);
	fake_devices_put(f, ACTION + 16, ROOM + TEXTS + 0x10);
	fake_devices_put(f, ACTION + 0x40 + 16, ROOM + TEXTS + 0x18);
	put_text(f, TEXTS + 0x10, "ata");
	put_text(f, TEXTS + 0x18, "usb1");
}

/* The first waits exclusively with a function that nobody knows; what the second has in private is no task. */
static void put_waiters(struct fake *f)
{
	static const unsigned node[] = {ENTRY + 24, ENTRY + 0x40 + 24};

	ring(f, HEAD + 8, node, 2);
	fake_put(f, ROOM + ENTRY, 1, 4);
	fake_devices_put(f, ENTRY + 8, fake_task(1));
	fake_devices_put(f, ENTRY + 16, fake_symbol(f, "do_idle"));
	fake_devices_put(f, ENTRY + 0x40 + 8, ROOM + TEXTS);
}

static void put_nets(struct fake *f)
{
	static const unsigned net[] = {NETS + 0x40}, dev[] = {DEV + 16}, six[] = {ADDR + 0x80 + 24};
	static const unsigned char addr[16] = {0xfe, 0x80, [8] = 0x50, [15] = 1};

	ring(f, NETS, net, 1);
	ring(f, NETS + 0x40 + 16, dev, 1);
	put_text(f, DEV, "eth0");
	fake_devices_put(f, DEV + 32, ROOM + ADDR);
	fake_devices_put(f, DEV + 40, ROOM + ADDR + 0x40);
	fake_devices_put(f, ADDR, ROOM + ADDR + 0x20);
	fake_put(f, ROOM + ADDR + 0x28, 0x0302010a, 4); /* 10.1.2.3 */
	fake_put(f, ROOM + ADDR + 0x2c, 22, 1);
	ring(f, ADDR + 0x40, six, 1);
	for (unsigned i = 0; i < 16; i++)
		fake_put(f, ROOM + ADDR + 0x80 + i, addr[i], 1);
	fake_put(f, ROOM + ADDR + 0x80 + 16, 64, 4);
}

/* Six tags, the first reserved. 1: in flight; 2: over (its tag is in `cleared`); 3: idle; 4: of another queue; 0: in flight, a write. */
static void put_requests(struct fake *f)
{
	static const unsigned rq[] = {RQ, RQ + 0x40, RQ + 0x80, RQ + 0xc0, RQ + 0x100};

	fake_devices_put(f, QUEUE, ROOM + QUEUE + 0x20);
	fake_put(f, ROOM + QUEUE + 8, 1, 4);
	fake_devices_put(f, QUEUE + 0x20, ROOM + QUEUE + 0x40); /* the hardware queue */
	fake_devices_put(f, QUEUE + 0x40, ROOM + TAGS);
	fake_put(f, ROOM + TAGS, 6, 4);
	fake_put(f, ROOM + TAGS + 4, 1, 4);
	fake_put(f, ROOM + TAGS + 8, 5, 4); /* depth; shift 2: four bits of a word */
	fake_put(f, ROOM + TAGS + 12, 2, 4);
	fake_devices_put(f, TAGS + 16, ROOM + TAGS + 0x40);
	fake_devices_put(f, TAGS + 0x40, 0xf);
	fake_devices_put(f, TAGS + 0x48, 0x2);
	fake_put(f, ROOM + TAGS + 24, 1, 4);
	fake_devices_put(f, TAGS + 32, ROOM + TAGS + 0x80);
	fake_devices_put(f, TAGS + 0x80, 1);
	fake_devices_put(f, TAGS + 40, ROOM + TAGS + 0xa0);
	for (unsigned i = 0; i < 5; i++) {
		fake_devices_put(f, TAGS + 0xa0 + 8 * i, ROOM + rq[i]);
		fake_devices_put(f, rq[i], i == 4 ? ROOM : ROOM + QUEUE);
		fake_devices_put(f, rq[i] + 8, ROOM + QUEUE + 0x40);
		fake_put(f, ROOM + rq[i] + 16, i ? 0x800 : 0x801, 4);
		fake_put(f, ROOM + rq[i] + 20, i != 3, 4);
		fake_devices_put(f, rq[i] + 24, 100 + i);
	}
}

static void put_bpf(struct fake *f)
{
	static const unsigned node[] = {AUX + 48};

	ring(f, KSYMS, node, 1);
	fake_devices_put(f, AUX, 0xffffffffc0100000);
	fake_devices_put(f, AUX + 8, 0xffffffffc0100080);
	put_text(f, AUX + 16, "bpf_prog_1_hello");
	fake_put(f, ROOM + AUX + 64, 1, 1);
	fake_devices_put(f, AUX + 72, 0x1234);
	fake_devices_put(f, AUX + 80, ROOM + LINES);
	fake_devices_put(f, AUX + 88, ROOM + LINES + 0x80);
	fake_devices_put(f, AUX + 96, ROOM + STRINGS + 0x80);
	fake_put(f, ROOM + AUX + 108, 2, 4);
	fake_devices_put(f, LINES, 0xffffffffc0100000);
	fake_devices_put(f, LINES + 8, 0xffffffffc0100010);
	fake_put(f, ROOM + LINES + 0x80 + 16 + 4, 1, 4); /* the second line */
	fake_put(f, ROOM + LINES + 0x80 + 16 + 8, 9, 4);
	fake_put(f, ROOM + LINES + 0x80 + 16 + 12, 77 << 10 | 5, 4);
	put_text(f, STRINGS + 1, "hello.c");
	put_text(f, STRINGS + 9, "return 0;");
	fake_devices_put(f, STRINGS + 0x80, ROOM + STRINGS);
	fake_put(f, ROOM + STRINGS + 0x80 + 28, 32, 4);
}

/* CPU 1's second clock, which is OFF ns ahead: one timer, 20 ns of slack. */
static void put_hrtimers(struct fake *f)
{
	const uint64_t clock = fake_area(1) + TIMERS + 24;

	fake_put(f, clock, OFF, 8);
	fake_put(f, clock + 8, ROOM + HRTIMER, 8);
	fake_devices_put(f, HRTIMER, 1); /* black, the root */
	fake_devices_put(f, HRTIMER + 24, 5020);
	fake_devices_put(f, HRTIMER + 32, 5000);
	fake_devices_put(f, HRTIMER + 40, fake_symbol(f, "do_idle"));
}

static void memory(struct fake *f)
{
	fake_map(f, ROOM, PAGES);
	put_irqs(f);
	put_waiters(f);
	put_nets(f);
	put_requests(f);
	put_bpf(f);
	put_hrtimers(f);
}

void fake_devices_init(struct fake *f)
{
	static const struct fake_more more = {.types = types, .symbols = symbols, .memory = memory};

	fake_init_more(f, &fake_612, &more, NULL);
}
