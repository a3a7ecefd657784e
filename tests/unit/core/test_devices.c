// SPDX-License-Identifier: GPL-2.0-or-later
/* Interrupts, hrtimers, waiters, network devices, requests and BPF code in a made kernel's memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "core/block.h"
#include "core/bpf.h"
#include "core/irq.h"
#include "core/net.h"
#include "core/timer.h"
#include "core/waitq.h"
#include "fakedevices.h"

static void begin(struct fake *f, void (*breaks)(struct fake *f))
{
	struct kd_error *err;

	fake_devices_init(f);
	if (breaks)
		breaks(f);
	err = fake_open(f);
	if (err)
		fail_msg("%s", err->msg);
}

/* --- tests -------------------------------------------------------------------------------------------- */

static bool collect(void *user, uint64_t index, uint64_t entry)
{
	uint64_t *to = user;

	to[0] = index;
	to[1] = entry;
	to[2]++;
	return true;
}

static void irqs(void **state)
{
	struct kd_walk_end end;
	uint64_t seen[3] = {0}, n;
	char text[64];
	struct kd_irq irq;
	struct fake f;

	(void)state;
	begin(&f, NULL);
	kd_irqs_walk(f.kernel, collect, seen, &end);
	assert_string_equal(end.why, "");
	assert_int_equal(seen[0], 5);
	assert_int_equal(seen[1], ROOM + DESC);
	kd_irq_read(f.kernel, ROOM + DESC, &irq);
	assert_string_equal(irq.chip, "IO-APIC");
	assert_string_equal(irq.names, "ata, usb1");
	assert_int_equal(irq.actions, 2);
	assert_true(irq.has_total);
	assert_int_equal(irq.total, 16);
	assert_true(irq.has_affinity);
	kd_cpumask_text(&irq.affinity, text, sizeof(text));
	assert_string_equal(text, "1");
	assert_false(irq.has_effective); /* a NULL pointer is no empty mask */
	assert_true(kd_irq_count(f.kernel, ROOM + DESC, 1, &n));
	assert_int_equal(n, 9);
	assert_true(kd_irq_desc(f.kernel, 5, &n, &end));
	assert_false(kd_irq_desc(f.kernel, 6, &n, &end));
	fake_deinit(&f);
}

static void break_irqs(struct fake *f)
{
	fake_devices_put(f, ACTION + 0x40 + 8, ROOM + ACTION); /* handlers in a circle */
	fake_devices_put(f, DESC + 40, 0x7000000000000000); /* counts that are nowhere */
}

static void broken_irqs(void **state)
{
	struct kd_irq irq;
	struct fake f;

	(void)state;
	begin(&f, break_irqs);
	kd_irq_read(f.kernel, ROOM + DESC, &irq);
	assert_true(irq.end.broken > 0);
	assert_false(irq.has_total);
	fake_deinit(&f);
}

static void masks(void **state)
{
	struct kd_cpumask m = {.word = {0xf05, 1}, .bits = 65};
	char text[64];

	(void)state;
	kd_cpumask_text(&m, text, sizeof(text));
	assert_string_equal(text, "0,2,8-11,64");
	m = (struct kd_cpumask){.bits = 100};
	kd_cpumask_text(&m, text, sizeof(text));
	assert_string_equal(text, "");
	for (unsigned i = 0; i < KD_CPUMASK_WORDS; i++)
		m.word[i] = 0x5555555555555555;
	m.bits = 64 * KD_CPUMASK_WORDS;
	kd_cpumask_text(&m, text, sizeof(text));
	assert_non_null(strstr(text, ",…"));
}

static bool see_hrtimer(void *user, const struct kd_timer *t)
{
	*(struct kd_timer *)user = *t;
	return true;
}

static void hrtimers(void **state)
{
	struct kd_walk_end end;
	struct kd_timer t = {0};
	struct fake f;

	(void)state;
	begin(&f, NULL);
	kd_hrtimers_walk(f.kernel, 1, see_hrtimer, &t, &end);
	assert_string_equal(end.why, "");
	assert_int_equal(end.count, 1);
	assert_int_equal(t.addr, ROOM + HRTIMER);
	assert_int_equal(t.nr, 1);
	assert_int_equal(t.expires, 5020);
	assert_int_equal(t.soft, 5000);
	assert_int_equal(t.offset, OFF);
	kd_hrtimers_walk(f.kernel, 0, see_hrtimer, &t, &end);
	assert_int_equal(end.count + end.broken, 0);
	kd_timers_walk(f.kernel, 0, see_hrtimer, &t, &end); /* this kernel has no wheels that are known */
	assert_int_equal(end.broken, 1);
	fake_deinit(&f);
}

static void waiters(void **state)
{
	struct kd_walk_end end;
	uint64_t seen[3] = {0};
	struct kd_waiter w;
	char flags[64];
	struct fake f;

	(void)state;
	begin(&f, NULL);
	kd_waitq_walk(f.kernel, ROOM + HEAD, collect, seen, &end);
	assert_string_equal(end.why, "");
	assert_int_equal(seen[2], 2);
	assert_int_equal(seen[1], ROOM + ENTRY + 0x40);
	assert_true(kd_waiter_read(f.kernel, ROOM + ENTRY, &w));
	assert_true(w.is_task);
	assert_true(w.guessed);
	assert_int_equal(w.task.pid, 101);
	kd_waiter_flags_text(w.flags, flags, sizeof(flags));
	assert_string_equal(flags, "exclusive");
	assert_true(kd_waiter_read(f.kernel, ROOM + ENTRY + 0x40, &w));
	assert_false(w.is_task);
	fake_deinit(&f);
}

static bool see_address(void *user, const char *text)
{
	char (*all)[128] = user;

	strncat(*all, text, sizeof(*all) - strlen(*all) - 1);
	strncat(*all, " ", sizeof(*all) - strlen(*all) - 1);
	return true;
}

static void nets(void **state)
{
	struct kd_walk_end end;
	uint64_t net[3] = {0}, dev[3] = {0};
	char all[128] = "";
	struct fake f;

	(void)state;
	begin(&f, NULL);
	kd_nets_walk(f.kernel, collect, net, &end);
	assert_int_equal(net[2], 1);
	kd_netdevs_walk(f.kernel, net[1], collect, dev, &end);
	assert_string_equal(end.why, "");
	assert_int_equal(dev[1], ROOM + DEV);
	kd_netaddrs_walk(f.kernel, dev[1], see_address, &all, &end);
	assert_string_equal(end.why, "");
	assert_string_equal(all, "10.1.2.3/22 fe80::5000:0:0:1/64 ");
	fake_deinit(&f);
}

static void addresses(void **state)
{
	static const struct {
		unsigned char addr[16];
		const char *text;
	} six[] = {
		{{0}, "::"},
		{{[15] = 1}, "::1"},
		{{0x20, 1, 0x0d, 0xb8, [11] = 1, [15] = 1}, "2001:db8::1:0:1"}, /* the first of two runs, as it is longer */
		{{0x20, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}, "2001:0:0:1::"},
		{{0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0}, "1:2:3:4:5:6:7:0"}, /* one group is not shortened */
		{{[10] = 0xff, [11] = 0xff, 192, 0, 2, 1}, "::ffff:192.0.2.1"},
	};
	char text[KD_NETADDR_TEXT];

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(six); i++) {
		kd_ip6_text(six[i].addr, text);
		assert_string_equal(text, six[i].text);
	}
}

struct found {
	uint64_t tag[8], sector[8];
	size_t n;
	bool write;
};

static bool see_request(void *user, const struct kd_request *r)
{
	struct found *x = user;

	assert_true(x->n < 8);
	x->tag[x->n] = r->tag;
	x->sector[x->n++] = r->sector;
	x->write = x->write || kd_view_eq(r->op, KD_V("WRITE"));
	return true;
}

static void requests(void **state)
{
	struct kd_walk_end end;
	struct found x = {.n = 0};
	uint64_t taken, all;
	struct fake f;

	(void)state;
	begin(&f, NULL);
	kd_requests_walk(f.kernel, ROOM + QUEUE, see_request, &x, &end);
	assert_string_equal(end.why, "");
	assert_int_equal(x.n, 2);
	assert_int_equal(x.tag[0], 0);
	assert_int_equal(x.tag[1], 1);
	assert_int_equal(x.sector[1], 101);
	assert_true(x.write);
	assert_true(kd_hctx_tags(f.kernel, ROOM + QUEUE + 0x40, &taken, &all));
	assert_int_equal(all, 6);
	assert_int_equal(taken, 4);
	fake_deinit(&f);
}

static void break_requests(struct fake *f)
{
	fake_devices_put(f, TAGS + 40, 0x7000000000000000);
}

static void broken_requests(void **state)
{
	struct kd_walk_end end;
	struct found x = {.n = 0};
	struct fake f;

	(void)state;
	begin(&f, break_requests);
	kd_requests_walk(f.kernel, ROOM + QUEUE, see_request, &x, &end);
	assert_int_equal(x.n, 0);
	assert_non_null(strstr(end.why, "0x7000000000000000"));
	fake_deinit(&f);
}

static void bpf(void **state)
{
	struct kd_bpf_place at;
	struct kd_walk_end end;
	struct fake f;

	(void)state;
	begin(&f, NULL);
	assert_true(kd_bpf_at(f.kernel, 0xffffffffc0100018, &at, &end));
	assert_string_equal(at.name, "bpf_prog_1_hello");
	assert_int_equal(at.off, 0x18);
	assert_int_equal(at.size, 0x80);
	assert_int_equal(at.prog, 0x1234);
	assert_string_equal(at.file, "hello.c");
	assert_string_equal(at.text, "return 0;");
	assert_int_equal(at.line, 77);
	assert_int_equal(at.column, 5);
	assert_false(kd_bpf_at(f.kernel, 0xffffffffc0100080, &at, &end));
	assert_string_equal(end.why, "");
	kd_bpf_walk(f.kernel, KD_BPF_PROGS, collect, NULL, &end);
	assert_non_null(strstr(end.why, "prog_idr"));
	fake_deinit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(irqs), cmocka_unit_test(broken_irqs), cmocka_unit_test(masks), cmocka_unit_test(hrtimers),
		cmocka_unit_test(waiters), cmocka_unit_test(nets), cmocka_unit_test(addresses), cmocka_unit_test(requests),
		cmocka_unit_test(broken_requests), cmocka_unit_test(bpf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
