// SPDX-License-Identifier: GPL-2.0-or-later
/* What is replaced, what is not, and the way back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "verb/outfile.h"
#include "verb/redact.h"
#include "verb/redact_line.h"

struct work {
	struct kd_redact_map *map;
	struct kd_redactor red;
	struct kd_buf out, back;
};

/* Text of several lines through both passes into w->out, and back into w->back. */
static void redact(struct work *w, const char *text, bool addresses, size_t max)
{
	struct kd_view all = kd_view_of(text), line;

	memset(w, 0, sizeof(*w));
	w->map = kd_redact_map_new(max);
	w->out = KD_BUF_INIT(16 << 20);
	w->back = KD_BUF_INIT(16 << 20);
	kd_redactor_init(&w->red, w->map, addresses);
	for (int pass = 0; pass < 2; pass++) {
		struct kd_view rest = all;

		kd_redactor_rewind(&w->red);
		while (rest.n) {
			bool last = !kd_view_take_until(&rest, KD_V("\n"), &line);

			if (last) {
				line = rest;
				rest = KD_VNULL;
			}
			if (!pass) {
				kd_redactor_learn(&w->red, line);
				continue;
			}
			kd_redactor_line(&w->red, line, &w->out);
			if (!last)
				kd_buf_addc(&w->out, '\n');
		}
	}
	kd_redact_undo(w->map, kd_buf_view(&w->out), &w->back, NULL, NULL);
}

static void done(struct work *w)
{
	kd_redactor_deinit(&w->red);
	kd_redact_map_freep(&w->map);
	kd_buf_deinit(&w->out);
	kd_buf_deinit(&w->back);
}

/* How many things are wrong with this text. */
static unsigned wrong(const char *text, const char *expected, bool addresses)
{
	unsigned bad = 0;
	struct work w;

	redact(&w, text, addresses, 0);
	if (!kd_view_eq(kd_buf_view(&w.out), kd_view_of(expected))) {
		bad++;
		print_error("%s\n  gave     %.*s\n  expected %s\n", text, KD_VARG(kd_buf_view(&w.out)), expected);
	}
	if (!kd_view_eq(kd_buf_view(&w.back), kd_view_of(text))) {
		bad++;
		print_error("%s\n  came back as %.*s\n", text, KD_VARG(kd_buf_view(&w.back)));
	}
	done(&w);
	return bad;
}

static void check(const char *text, const char *expected, bool addresses)
{
	assert_int_equal(wrong(text, expected, addresses), 0);
}

static const struct {
	const char *text, *expected;
} replaced[] = {
	/* host names */
	{"Oct  3 12:00:00 alder kernel: up", "Oct  3 12:00:00 host-1 kernel: up"},
	{"alder login: ", "host-1 login: "},
	{"\x1b[0;32malder login:", "\x1b[0;32mhost-1 login:"},
	{"systemd[1]: Hostname set to <oak7>.", "systemd[1]: Hostname set to <host-1>."},
	{"systemd[1]: Hostname set to <alder.example.net>.", "systemd[1]: Hostname set to <host-1>."},
	{"_HOSTNAME=alder", "_HOSTNAME=host-1"},
	{"{\"_HOSTNAME\":\"alder\",\"MESSAGE\":\"a\\nalder is up\"}",
	 "{\"_HOSTNAME\":\"host-1\",\"MESSAGE\":\"a\\nhost-1 is up\"}"},
	{"nfs: server filer7 not responding, still trying", "nfs: server host-1 not responding, still trying"},
	{"joedoe@alder:~$ dmesg", "user-1@host-1:~$ dmesg"},
	{"ip=192.168.7.9::192.168.7.1:255.255.255.0:oak7:eth0:off",
	 "ip=ip4-1::ip4-2:255.255.255.0:host-1:eth0:off"},
	{"GET http://build7.corp.example.com:8080/x", "GET http://host-1:8080/x"},
	{"reached srv.eng.example.com.", "reached host-1."},
	/* addresses of networks and hardware */
	{"eth0: 10.0.2.15/24 via 10.0.2.2, 10.0.2.15", "eth0: ip4-1/24 via ip4-2, ip4-1"},
	{"from 203.0.113.7 port 22", "from ip4-1 port 22"},
	{"10.0.0.1-10.0.0.9", "ip4-1-ip4-2"},
	{"addr 2001:db8::1/64, fe80::5054:ff:fe12:3456%eth0", "addr ip6-1/64, ip6-2%eth0"},
	{"dst 2001:0db8:0000:0000:0000:0000:0000:0001,", "dst ip6-1,"},
	{"peer [fd12:3456:789a::1]:51820", "peer [ip6-1]:51820"},
	{"eth0: hw_addr=52:54:00:12:34:56", "eth0: hw_addr=mac-1"},
	{"BOOTIF=01-52-54-00-12-34-56", "BOOTIF=mac-1"},
	{"enx525400123456: renamed", "mac-1: renamed"},
	{"WWPN 21:00:00:24:ff:3d:5a:01", "WWPN mac-1"},
	/* identifiers */
	{"root=UUID=4d038420-4b9a-49a1-b130-543297afe823 ro", "root=UUID=uuid-1 ro"},
	{"UUID=1234-ABCD", "UUID=uuid-1"},
	{"_MACHINE_ID=22d5ae36f49f4642820a5ed1104ec437", "_MACHINE_ID=hex-1"},
	{"usb 1-2: SerialNumber: 4C530001230731110\nusb-Stick_4C530001230731110-0:0",
	 "usb 1-2: SerialNumber: serial-1\nusb-Stick_serial-1-0:0"},
	{"/dev/disk/by-id/ata-WDC_WD10-WCC6Y0ABCDEF-part1 x", "/dev/disk/by-id/serial-1 x"},
	{"androidboot.serialno=55401ce8", "androidboot.serialno=serial-1"},
	{"eui.0025385b71b00e5c", "eui.hex-1"},
	{"wwn-0x5000c500a1b2c3d4", "wwn-hex-1"},
	{"S/N: CZ1234567X", "S/N: serial-1"},
	/* people */
	{"sshd[1]: Accepted password for joedoe from 10.1.1.1 port 5 ssh2",
	 "sshd[1]: Accepted password for user-1 from ip4-1 port 5 ssh2"},
	{"sudo:   joedoe : TTY=pts/0 ; PWD=/home/joedoe/x ; USER=root ; COMMAND=/bin/ls",
	 "sudo:   user-1 : TTY=pts/0 ; PWD=/home/user-1/x ; USER=root ; COMMAND=/bin/ls"},
	{"WARNING: at /home/joedoe/linux/mm/slab.c:12", "WARNING: at /home/user-1/linux/mm/slab.c:12"},
	{"acct=\"joedoe\" exe=\"/usr/bin/su\"", "acct=\"user-1\" exe=\"/usr/bin/su\""},
	{"C:\\Users\\joedoe\\x", "C:\\Users\\user-1\\x"},
	{"New session 3 of user joedoe.", "New session 3 of user user-1."},
	{"CRON[7]: (joedoe) CMD (true)", "CRON[7]: (user-1) CMD (true)"},
	{"write to joe.doe+x@mail.example.org!", "write to mail-1!"},
	{"Linux version 6.1.0 (joedoe@box) (gcc", "Linux version 6.1.0 (mail-1) (gcc"},
	/* a short name is replaced where it is marked, and nowhere else */
	{"/home/max/x max UDMA/100", "/home/user-1/x max UDMA/100"},
	{"Oct  3 12:00:00 test kernel: test ok", "Oct  3 12:00:00 host-1 kernel: test ok"},
	/* secrets */
	{"Command line: ro password=hunter2 quiet", "Command line: ro password=secret-1 quiet"},
	{"wpa_psk=\"a b c\"", "wpa_psk=\"secret-1\""},
	{"api_key: abc123", "api_key: secret-1"},
	{"tool --token tok123 --password=a1", "tool --token secret-1 --password=secret-2"},
	{"{\"password\": \"s3\"}", "{\"password\": \"secret-1\"}"},
	{"Authorization: Bearer abcdefgh12345678", "Authorization: secret-1"},
	{"http://joe:pw@web7.example.com/", "http://secret-1@host-1/"},
	{"key ghp_0123456789abcdefghijABCDEFGHIJ012345 x", "key secret-1 x"},
	{"AKIAIOSFODNN7EXAMPLE", "secret-1"},
	{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ joe@lap", "ssh-ed25519 secret-1 mail-1"},
	{"-----BEGIN PRIVATE KEY-----\nMIIEabcd\n-----END PRIVATE KEY-----\nMIIEabcd",
	 "-----BEGIN PRIVATE KEY-----\nsecret-1\n-----END PRIVATE KEY-----\nMIIEabcd"},
	{"data k3J9dP0aQ7zX2mN8bV5cR1tY6wL4sF0hG9jK= end", "data secret-1 end"},
	/* what looks like a placeholder */
	{"host-1 and ip4-12, not vhost-1 or host-01", "text-1 and text-2, not vhost-1 or host-01"},
};

static void are_replaced(void **state)
{
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(replaced); i++)
		bad += wrong(replaced[i].text, replaced[i].expected, false);
	assert_int_equal(bad, 0);
}

static const char *const kept[] = {
	"RIP: 0010:list_del+0x1/0x2 [mod]",
	" vfs_read+0x10/0x20",
	" ? __pfx_worker_thread+0x10/0x10",
	"Linux version 6.1.0-56-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)",
	"CPU: 1 PID: 77 Comm: bash Not tainted 6.1.0-56-amd64 #1",
	"Not tainted 2.6.32.10 #1",
	"comm: Xorg Not tainted (2.6.27.9-159.fc10.i686 #1)",
	"comm: swapper Not tainted 2.6.35.6-45.fc14.x86_64",
	"pci 0000:00:1f.2: [8086:2922] type 00 class 0x010601",
	"0000:03:00.0",
	"12:34:56 23:59:59.999 up",
	"[   12.345678][ T1234] hello",
	"2026-11-21T02:07:07 UTC (1795226827)",
	"RAX: ffff888012345678 RBX: 0000000000000001 RCX: dead000000000100",
	"x5 : ffff800008f5bd50 x4 : 0000000000000000",
	"R10: 0000000000000000 R11: 0000000000000246",
	"Code: 48 89 df e8 5c 0f 00 00 <0f> 0b eb f0",
	"BUG: unable to handle page fault for address: ffff888012345678",
	"general protection fault, probably for non-canonical address 0xdffffc0000000000",
	" ffff888012345600: fa fb fb fb fb fb fb fb",
	"std::vector<int>::push_back(int&&)",
	"_ZNSt6vectorIiSaIiEE9push_backEOi+0x10/0x20",
	"_ZN4core3fmt9Formatter12pad_integral17h0123456789abcdefE",
	"_RNvXCsktjF9JQNZ8U_5rnullNtB2_13NullBlkModuleNtCs43vyB533jt3_6kernel13InPlaceModule4init+0x904/0xc30",
	"a::b ab::cd face::feed dead::beef",
	"Modules linked in: snd_hda_intel(E) nf_tables libcrc32c xfs",
	"root (uid 0) runs as root",
	"CPUs 0-3,8-11 online; cpu list 0,2-5",
	"firmware version: 1.2.3.4",
	"driver version 1.2.3.4 loaded",
	"megaraid: 2.20.5.1 (Release Date: Thu Nov 16 15:32:35 EST 2006)",
	"Loading mpi3mr version 8.2.0.3.0",
	"BIOS 1.2.3.4 04/01/2014",
	"DMI: QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16.2-debian-1.16.2-1 04/01/2014",
	"Hardware name: Intel DH77/H-55K, BIOS BHZ7710H.86A.0097.2012.1228.1346 12/28/2012",
	"GNU ld (GNU Binutils for Debian) 2.47.50.20261021",
	"4096 KiB, 2.00 MiB, 131072 + 557056 = 688128 bytes",
	"127.0.0.1 0.0.0.0 255.255.255.0 255.255.255.255 ::1",
	"00:00:00:00:00:00 ff:ff:ff:ff:ff:ff",
	"ata1.00: cmd ef/10:03:00:00:00:a0 (SET FEATURES) filtered out",
	"ata1.00: ACPI cmd 00/00:00:00:00:00:a0 (NOP) rejected",
	"usb 1-2: New USB device strings: Mfr=1, Product=3, SerialNumber=10",
	"usb usb1: SerialNumber: 0000:00:14.0",
	"Serial: 8250/16550 driver, 4 ports, IRQ sharing enabled",
	"12c30000.serial: ttySAC3 at MMIO 0x12c30000 (irq = 61)",
	"modprobe@configfs.service user@1000.service serial-getty@ttyS0.service",
	"postgresql@15-main.ser\xe2\x80\xa6",
	"/soc@0/bus@30800000/i2c@30a20000",
	"see https://www.kernel.org/doc/html/latest/",
	"Kernel Offset: 0x1e000000 from 0xffffffff81000000",
	"INFO: task kworker/0:1:12 blocked for more than 120 seconds.",
	"vhost-1234 nvme0n1 eth0 ens3 loop0 sda1",
	"MPTCP token hash table entries: 4096 (order: 4, 98304 bytes)",
	"Key type asymmetric registered; Asymmetric key parser 'x509' registered",
	" ... key      at: [<ffffffff8a5968c0>] __key.49220+0x0/0x40",
	"init: WARNING: no root password set, error count 0",
	"net.core.bpf_jit_enable=1 usbcore.old_scheme_first=1 libc.so.6",
	"interface=org.freedesktop.DBus.Local",
	" foo+0x1/0x2 [mod 0123456789abcdef0123456789abcdef01234567]",
	"commit 0123456789abcdef0123456789abcdef01234567",
	"drivers/media/common/videobuf2.c:12",
	"PWD=/usr/src ; USER=root",
	"hostname: static hostname changed",
	"New session 3 of user root.",
	"audit: key=(null) acct=\"root\" hostname=? addr=?",
	"microcode: sig=0x906e9, pf=0x2, revision=0x84",
	"00000000-0000-0000-0000-000000000000",
	"rcu: (detected by 0, t=5252 jiffies, g=-1155, q=1)",
};

static void are_kept(void **state)
{
	unsigned bad = 0;

	(void)state;
	assert_true(KD_ARRAY_LEN(kept) >= 40);
	for (size_t i = 0; i < KD_ARRAY_LEN(kept); i++)
		bad += wrong(kept[i], kept[i], false);
	assert_int_equal(bad, 0);
}

/* The first lines are replaced, too, and one text is one placeholder. */
static void names_are_learned(void **state)
{
	(void)state;
	check("alder is up\nOct  3 12:00:00 alder kernel: ALDER alder.\nalderx _alder alder+0x1/0x2 alder()",
	      "host-1 is up\nOct  3 12:00:00 host-1 kernel: host-2 host-1.\nalderx _alder alder+0x1/0x2 alder()",
	      false);
	check("Hostname set to <alder.example.org>\nalder and alder-eth0", "Hostname set to <host-1>\nhost-2 and host-2-eth0",
	      false);
	check("user=joedoe\nof joedoe's, joedoe_x, /x/joedoe/y", "user=user-1\nof user-1's, joedoe_x, /x/user-1/y", false);
}

static void addresses(void **state)
{
	(void)state;
	check("CR2: ffff888012345678 0xffffffff81000000 fn+0x1/0x2 0000000000000001",
	      "CR2: ffff800000000001 0xffff800000000002 fn+0x1/0x2 0000000000000001", true);
	/* a literal that has the placeholder's form is an address like others */
	check("ffff800000000002 ffff888012345678 [<c0123456>] ffffffff", "ffff800000000001 ffff800000000002 [<c0000001>] ffffffff",
	      true);
	check("ffffffffffffffff fffffffffffffff4", "ffffffffffffffff fffffffffffffff4", true);
}

/* A full map: nothing is left as it was, and the count tells. */
static void full_map(void **state)
{
	struct work w;

	(void)state;
	redact(&w, "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.1", false, 2);
	assert_true(kd_view_eq(kd_buf_view(&w.out), KD_V("ip4-1 ip4-2 ip4-0 ip4-1")));
	assert_int_equal(w.red.lost, 1);
	assert_true(w.map->partial);
	done(&w);
}

/* More marks than a line may have: the line goes as a whole. */
static void many_marks(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(1 << 20);
	struct work w;

	(void)state;
	for (unsigned i = 0; i < 5000; i++)
		kd_buf_printf(&text, "password=x%u ", i);
	redact(&w, text.p, false, 0);
	assert_true(kd_view_eq(kd_buf_view(&w.out), KD_V("line-1")));
	assert_true(kd_view_eq(kd_buf_view(&w.back), kd_buf_view(&text)));
	assert_int_equal(w.red.whole_lines, 1);
	done(&w);
}

/* What is next to each other stays restorable, whatever it is. */
static void odd_neighbours(void **state)
{
	static const char *const texts[] = {
		"password=;x", "password=\"\"", "password=\xff\xfe z", "user=joe;pass=ab,10.0.0.1",
		"http://a:b@10.0.0.1:80/10.0.0.2", "10.0.0.1.in-addr.arpa", "52:54:00:12:34:56:10.0.0.1",
		"/home//home/joedoe//home/", "password=a\tpassword=b\r", "serial number: 06 af 00 1b\x1b[0m",
		"host-1host-1-host-1", "line-1", "secret-1=secret-1", "\\n10.0.0.1\\x0a10.0.0.2",
		"{\"a\":\"{\\\"password\\\":\\\"x\\\"}\"}", "@@@", "a@b@c.de", "://@", "ssh-rsa AAAA",
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(texts); i++) {
		struct work w;

		redact(&w, texts[i], i % 2, 0);
		if (!kd_view_eq(kd_buf_view(&w.back), kd_view_of(texts[i])))
			fail_msg("%s came back as %.*s", texts[i], KD_VARG(kd_buf_view(&w.back)));
		done(&w);
	}
}

/* ---- the map ---- */

static void map_file(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(1 << 20), again = KD_BUF_INIT(1 << 20);
	struct kd_redact_map *m = NULL;
	struct kd_error *err;
	struct work w;

	(void)state;
	redact(&w, "Oct  3 12:00:00 alder kernel: 10.0.0.1 password='a\\\tb\xff' ffff888012345678", true, 0);
	kd_redact_map_print(w.map, &text);
	err = kd_redact_map_parse(kd_buf_view(&text), "test", &m);
	assert_null(err);
	kd_redact_undo(m, kd_buf_view(&w.out), &again, NULL, NULL);
	assert_true(kd_view_eq(kd_buf_view(&again), kd_buf_view(&w.back)));
	assert_int_equal(m->entries.n, w.map->entries.n);
	kd_redact_map_freep(&m);
	done(&w);
}

static void damaged_maps(void **state)
{
	static const char *const bad[] = {
		"", "x", "kdoc-redact-map 2\n", "kdoc-redact-map 1", "kdoc-redact-map 1\nhost-1\talder",
		"kdoc-redact-map 1\nhost-1 alder\n", "kdoc-redact-map 1\nhost-0\talder\n",
		"kdoc-redact-map 1\nhost-1\ta\nhost-1\tb\n", "kdoc-redact-map 1\nhost-1\ta\nhost-2\ta\n",
		"kdoc-redact-map 1\nhost-1\t\\x4\n", "kdoc-redact-map 1\nhost-1\t\\n\n",
		"kdoc-redact-map 1\nhost-999999999\ta\n", "kdoc-redact-map 1\nghost-1\ta\n",
		"kdoc-redact-map 1\nffff888012345678\ta\n",
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++) {
		struct kd_redact_map *m = NULL;
		struct kd_error *err = kd_redact_map_parse(kd_view_of(bad[i]), "test", &m);

		if (!err)
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(err->cls, KD_BADDATA);
		assert_null(m);
		kd_error_free(err);
	}
}

/* ---- files ---- */

struct files {
	char dir[64], log[96], map[96], out[96];
	struct kd_buf text;
	size_t problems;
};

static bool take(void *user, struct kd_view v)
{
	struct files *f = user;

	return kd_buf_add(&f->text, v);
}

static void problem(void *user, const struct kd_input_problem *p)
{
	struct files *f = user;

	assert_true(p->message[0]);
	f->problems++;
}

static void files_init(struct files *f, struct kd_view log)
{
	struct kd_error *err;

	memset(f, 0, sizeof(*f));
	snprintf(f->dir, sizeof(f->dir), "/tmp/kdoc-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->log, sizeof(f->log), "%s/log", f->dir);
	snprintf(f->map, sizeof(f->map), "%s/map", f->dir);
	snprintf(f->out, sizeof(f->out), "%s/out", f->dir);
	f->text = KD_BUF_INIT(64 << 20);
	err = kd_fs_write_atomic(f->log, log, 0600);
	assert_null(err);
}

static void files_deinit(struct files *f)
{
	unlink(f->log);
	unlink(f->map);
	unlink(f->out);
	assert_int_equal(rmdir(f->dir), 0); /* no temporary file stays behind */
	kd_buf_deinit(&f->text);
}

static void round_trip(void **state)
{
	static const char log[] = "alder\nOct  3 12:00:00 alder kernel: x\r\n\0 10.0.0.1\n\nno line end";
	struct files f;
	struct kd_ctx ctx;
	struct kd_error *err;
	struct kd_redact_summary sum;
	const char *names[1], *two[2];
	struct kd_redact_request req = {.inputs = names, .ninputs = 1};
	struct kd_redact_sink sink = {.write = take, .problem = problem, .user = &f};
	struct stat sb;

	(void)state;
	files_init(&f, kd_view(log, sizeof(log) - 1));
	kd_ctx_init(&ctx);
	names[0] = f.log;
	req.map = f.map;
	err = kd_redact(&ctx, &req, &sink, &sum);
	assert_null(err);
	assert_int_equal(sum.lines, 5);
	assert_int_equal(sum.places[KD_RK_HOST], 2);
	assert_int_equal(sum.values[KD_RK_IP4], 1);
	assert_false(kd_view_has(kd_buf_view(&f.text), KD_V("alder")));
	assert_int_equal(stat(f.map, &sb), 0);
	assert_int_equal(sb.st_mode & 0777, 0600);
	/* A map is never written over. */
	err = kd_redact(&ctx, &req, &sink, &sum);
	assert_non_null(err);
	assert_int_equal(err->cls, KD_CONFLICT);
	kd_error_free(err);
	err = kd_fs_write_atomic(f.out, kd_buf_view(&f.text), 0600);
	assert_null(err);
	kd_buf_clear(&f.text);
	req.map = NULL;
	req.restore = f.map;
	names[0] = f.out;
	err = kd_restore(&ctx, &req, &sink, &sum);
	assert_null(err);
	assert_int_equal(sum.places[0], 3);
	assert_int_equal(sum.unknown, 0);
	assert_true(kd_view_eq(kd_buf_view(&f.text), kd_view(log, sizeof(log) - 1)));
	/* Another log may follow one whose last line has no end; one that is not there is told. */
	kd_buf_clear(&f.text);
	two[0] = two[1] = f.log;
	req = (struct kd_redact_request){.inputs = two, .ninputs = 2};
	err = kd_redact(&ctx, &req, &sink, &sum);
	assert_null(err);
	assert_true(kd_view_has(kd_buf_view(&f.text), KD_V("no line end\nhost-1\n")));
	two[0] = "/nonexistent/log";
	err = kd_redact(&ctx, &req, &sink, &sum);
	assert_null(err);
	assert_int_equal(sum.problems, 1);
	assert_int_equal(f.problems, 1);
	kd_ctx_deinit(&ctx);
	files_deinit(&f);
}

/* A line that is too long is removed; nothing of it is shown. */
static void long_line(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf log = KD_BUF_INIT(8 << 20);
	struct files f;
	struct kd_ctx ctx;
	struct kd_error *err;
	struct kd_redact_summary sum;
	const char *names[1];
	struct kd_redact_request req = {.inputs = names, .ninputs = 1, .max_line = 100000};
	struct kd_redact_sink sink = {.write = take, .problem = problem, .user = &f};

	(void)state;
	kd_buf_add(&log, KD_V("before\n"));
	for (unsigned i = 0; i < 30000; i++)
		kd_buf_add(&log, KD_V("10.0.0.1 "));
	kd_buf_add(&log, KD_V("\nafter\n"));
	files_init(&f, kd_buf_view(&log));
	kd_ctx_init(&ctx);
	names[0] = f.log;
	err = kd_redact(&ctx, &req, &sink, &sum);
	assert_null(err);
	assert_int_equal(sum.long_lines, 1);
	assert_true(kd_view_eq(kd_buf_view(&f.text),
			       KD_V("before\n[kdoc redact: a line of 270000 bytes was removed]\nafter\n")));
	kd_ctx_deinit(&ctx);
	files_deinit(&f);
}

static void out_files(void **state)
{
	struct kd_outfile o;
	struct kd_error *err;
	struct files f;
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(100);

	(void)state;
	files_init(&f, KD_V("log"));
	err = kd_outfile_open(&o, f.out, 0600);
	assert_null(err);
	assert_true(kd_outfile_write(&o, KD_V("half")));
	kd_outfile_abort(&o);
	assert_int_not_equal(access(f.out, F_OK), 0);
	err = kd_outfile_open(&o, f.out, 0600);
	assert_null(err);
	assert_true(kd_outfile_write(&o, KD_V("all")));
	err = kd_outfile_commit(&o);
	assert_null(err);
	kd_outfile_abort(&o);
	err = kd_fs_read_small(f.out, 10, &b);
	assert_null(err);
	assert_true(kd_view_eq(kd_buf_view(&b), KD_V("all")));
	assert_true(kd_outfile_is(f.out, f.out));
	assert_false(kd_outfile_is(f.out, f.log));
	err = kd_outfile_open(&o, "/nonexistent/folder/out", 0600);
	assert_non_null(err);
	kd_error_free(err);
	kd_outfile_abort(&o);
	files_deinit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(are_replaced),   cmocka_unit_test(are_kept),
		cmocka_unit_test(names_are_learned), cmocka_unit_test(addresses),
		cmocka_unit_test(full_map),       cmocka_unit_test(many_marks),
		cmocka_unit_test(odd_neighbours), cmocka_unit_test(map_file),
		cmocka_unit_test(damaged_maps),   cmocka_unit_test(round_trip),
		cmocka_unit_test(long_line),      cmocka_unit_test(out_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
