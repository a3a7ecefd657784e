"""Made-up events of a fleet's day, for tests/run/incidents: one object a line, as kdoc ingest reads them.

A BPF scheduler that stops with ENOMEM on hosts of two architectures (two issues of the tracker, whose titles differ in the
architecture's word alone); a bad page on one host and a soft lockup that has its flag set in the same boot; a soft lockup on another host
with the same flag and nothing that set it; an out-of-tree module. Nothing in it is anybody's: texts follow the kernel's formats.
"""
import json

OLD, NEW, DEBUG = '6.18.24-acme-2026.4.40', '6.18.25-acme-2026.4.41', '6.18.25-acme-kasan-2026.4.41'
HW = {'x86_64': 'Acme Server X1/X1-MB, BIOS 1.4.2 01/15/2026', 'aarch64': 'Acme Server A1/A1-MB, BIOS 2.0.1 02/02/2026'}


def stamp(rows, at, caller=None):
    return ''.join('[%12.6f]%s %s\n' % (at + i * 1e-4, caller or '', row) for i, row in enumerate(rows))


def scx(arch, release, at, cpu):
    trap = ['scx_disable_workfn+0x2f4/0x5c0', 'kthread_worker_fn+0xa2/0x260', 'kthread+0xd9/0x110', 'ret_from_fork+0x2d/0x50']
    if arch == 'aarch64':
        trap = ['scx_disable_workfn+0x33c/0x650', 'kthread_worker_fn+0xd0/0x2c0', 'kthread+0x104/0x130', 'ret_from_fork+0x10/0x20']
    return stamp(['sched_ext: BPF scheduler "lavd_1.0.20_g85f140fd_dirty_%s" disabled (runtime error)' % arch.replace('_', '-'),
                  'sched_ext: lavd: scx_bpf_error: lavd_cgroup_init: -12 at main.bpf.c:1978']
                 + ['   ' + f for f in trap], at)


def bad_page(release, at, cpu):
    return stamp(['BUG: Bad page state in process kcompactd0  pfn:1b380',
                  'page:00000000477217e3 refcount:0 mapcount:6 mapping:0000000000000000 index:0x0 pfn:0x1b380',
                  'flags: 0xfffffc0000000(node=0|zone=1|lastcpupid=0x1fffff)',
                  'page dumped because: nonzero mapcount',
                  'CPU: %d UID: 0 PID: 99 Comm: kcompactd0 Not tainted %s #1' % (cpu, release),
                  'Hardware name: ' + HW['x86_64'],
                  'Call Trace:', ' <TASK>', ' dump_stack_lvl+0x44/0x5c', ' bad_page+0x63/0x8f',
                  ' free_pcppages_bulk+0x1fc/0x2b0', ' free_unref_page+0x13e/0x180', ' compaction_alloc+0x5e1/0xa10', ' </TASK>'], at)


def lockup(release, at, cpu, taint):
    return stamp(['watchdog: BUG: soft lockup - CPU#%d stuck for 26s! [kworker/u64:3:4711]' % cpu,
                  'Modules linked in: veth tun',
                  'CPU: %d UID: 0 PID: 4711 Comm: kworker/u64:3 Tainted: %s %s #1' % (cpu, taint, release),
                  'Hardware name: ' + HW['x86_64'],
                  'RIP: 0010:isolate_migratepages_block+0x3a5/0xf60',
                  'Code: 48 8b 45 00 a8 01 74 0c f6 45 08 01 0f 84 1c 02 00 00 <48> 8b 45 08 a8 01 0f 85 aa 03 00 00 66 90 48 89 ef 48 8b',
                  'RSP: 0018:ffffb1c4c03e3b20 EFLAGS: 00000246',
                  'RAX: 0000000000000001 RBX: 000000000001b380 RCX: 0000000000000000',
                  'Call Trace:', ' <TASK>', ' compact_zone+0x64b/0x1150', ' proactive_compact_node+0x84/0xc0',
                  ' kcompactd+0x1ca/0x430', ' kthread+0xd9/0x110', ' </TASK>'], at)


def compaction(release, at, cpu, taint):
    """A lockup whose taint is its own group's: without L."""
    return lockup(release, at, cpu, taint).replace('isolate_migratepages_block', 'isolate_freepages_block')


def kasan_and_end(release, at, cpu):
    """A sanitizer's report, and half a second later the end of the machine."""
    who = 'CPU: %d UID: 0 PID: 55 Comm: kworker/1:1 ' % cpu
    rule = '=' * 66
    trace = ['Call Trace:', ' <TASK>', ' foo_work+0x10/0x20', ' process_one_work+0x10/0x20', ' </TASK>']
    return stamp([rule, 'BUG: KASAN: slab-use-after-free in foo_bar+0x10/0x20', 'Read of size 8 at addr ffff888000123456 by task kworker/1:1/55', '',
                  who + 'Not tainted %s #1' % release, 'Hardware name: ' + HW['x86_64'], 'Call Trace:', ' <TASK>', ' dump_stack_lvl+0x10/0x20',
                  ' print_report+0x10/0x20', ' kasan_report+0x10/0x20', ' foo_bar+0x10/0x20', *trace[2:], rule], at) + stamp(
                      ['BUG: kernel NULL pointer dereference, address: 0000000000000018', '#PF: supervisor read access in kernel mode',
                       '#PF: error_code(0x0000) - not-present page', 'Oops: Oops: 0000 [#1] SMP KASAN', who + 'Tainted: G    B              %s #1' % release,
                       'RIP: 0010:foo_bar+0x12/0x20', 'RSP: 0018:ffffb1c4c0173c90 EFLAGS: 00010246',
                       'RAX: 0000000000000000 RBX: ffff8a1c41a2d000 RCX: 0000000000000001', *trace, '---[ end trace 0000000000000000 ]---',
                       'Kernel panic - not syncing: Fatal exception'], at + 0.5)


def acme_module(release, at, cpu):
    return stamp(['BUG: kernel NULL pointer dereference, address: 0000000000000018', '#PF: supervisor read access in kernel mode',
                  '#PF: error_code(0x0000) - not-present page', 'Oops: Oops: 0000 [#1] SMP NOPTI',
                  'CPU: %d UID: 0 PID: 812 Comm: acmed Tainted: G           OE       %s #1' % (cpu, release),
                  'Hardware name: ' + HW['x86_64'], 'RIP: 0010:acme_rx+0x21/0x90 [acme_nic]',
                  'RSP: 0018:ffffb1c4c0173c90 EFLAGS: 00010246', 'RAX: 0000000000000000 RBX: ffff8a1c41a2d000 RCX: 0000000000000001',
                  'Call Trace:', ' <TASK>', ' acme_poll+0x4c/0x110 [acme_nic]', ' __napi_poll+0x28/0x1c0',
                  ' net_rx_action+0x2a0/0x360', ' </TASK>', 'Modules linked in: acme_nic(OE) veth', 'CR2: 0000000000000018',
                  '---[ end trace 0000000000000000 ]---'], at)


def boot(n):
    return '%08x-0000-4000-8000-%012x' % (n, n)


def event(n, host, release, arch, time, text, issue):
    return {'event_id': 'x%03d' % n, 'host': host, 'boot_id': boot(n), 'release': release, 'arch': arch, 'time': time,
            'issue': issue, 'text': text}


def day():
    rows = []
    n = 0
    for host, arch, release, issue in [
            ('xs1', 'x86_64', OLD, 'KERNEL-3Q5R'), ('xs2', 'x86_64', NEW, 'KERNEL-3Q5R'), ('xs3', 'x86_64', NEW, 'KERNEL-3Q5R'),
            ('as1', 'aarch64', NEW, 'KERNEL-3Q5B'), ('as2', 'aarch64', NEW, 'KERNEL-3Q5B'), ('as3', 'aarch64', OLD, 'KERNEL-3Q5B'),
            ('xk1', 'x86_64', DEBUG, 'KERNEL-3Q5R')]:
        for k in range(3 if release == DEBUG else 1):
            n += 1
            rows.append(event(n if k == 0 else n - k, host, release, arch, '2026-05-12T11:%02d:%02dZ' % (24 + n, 7 * k),
                              scx(arch, release, 500000 + 40 * n, n % 8), issue))
    # the same hosts ran the old release before, with other troubles: what tells that the bug is not older
    for k, host in enumerate(['xs2', 'xs3', 'as1', 'as2']):
        n += 1
        rows.append(event(n, host, OLD, 'aarch64' if host[0] == 'a' else 'x86_64', '2026-05-0%dT03:00:00Z' % (k + 3),
                          acme_module(OLD, 90000 + k, 2), 'KERNEL-1A2B'))
    # one boot: a bad page, then a lockup with its flag; three messages of it, one event that lasts
    rows.append(event(50, 'db7', NEW, 'x86_64', '2026-05-12T09:00:00Z', bad_page(NEW, 70000, 3), 'KERNEL-0BAD'))
    for k in range(3):
        rows.append(event(50, 'db7', NEW, 'x86_64', '2026-05-12T09:0%d:30Z' % (k + 1),
                          lockup(NEW, 70060 + 28 * k, 11, 'G    B             '), 'KERNEL-10CK'))
    # another machine: the flag, and nothing that set it
    rows.append(event(51, 'db8', NEW, 'x86_64', '2026-05-12T10:00:00Z', lockup(NEW, 81000, 5, 'G    B        L    '), 'KERNEL-10CK'))
    # no boot id: by time
    for k in range(2):
        row = event(60, 'nb1', OLD, 'x86_64', '2026-05-12T08:0%d:00Z' % (5 * k), (bad_page, lambda r, a, c: lockup(r, a, c, 'G    B             '))[k](OLD, 1000 + 300 * k, 1),
                    'KERNEL-0BAD')
        del row['boot_id']
        rows.append(row)
    return rows


if __name__ == '__main__':
    for r in day():
        print(json.dumps(r))
