"""Made-up events in the shape of a published example of a week's triage: two clusters, a debug build with much volume, a
machine check, a roll-out with its boot messages. Counts of the largest issue are a tenth."""
import datetime
import json

NOW = datetime.datetime(2026, 5, 12, 12, tzinfo=datetime.timezone.utc)
PROD, NEXT, KASAN = '6.18.24-cloudflare-2026.4.37', '6.18.25-cloudflare-2026.4.41', '6.18.25-cloudflare-kasan-2026.4.41'
LATEST = '6.18.29-cloudflare-2026.5.5'

BAD_PAGE = '''BUG: Bad page state in process logger  pfn:10{n:04x}
page: refcount:0 mapcount:0 mapping:0000000000000000 index:0x1 pfn:0x10{n:04x}
flags: 0x17ffffc0000008(uptodate|node=0|zone=2|lastcpupid=0x1fffff)
page dumped because: page still charged to cgroup
CPU: {cpu} UID: 0 PID: {pid} Comm: logger Not tainted {release} #1
Call Trace:
 <TASK>
 dump_stack_lvl+0x5d/0x80
 bad_page.cold+0x7a/0x91
 free_unref_folios+0x4{n4}0/0x800
 folios_put_refs+0x10b/0x1b0
 release_pages+0x80/0x90
 __tlb_batch_free_encoded_pages+0x3f/0x70
 exit_mmap+0x1ac/0x400
 mmput+0x60/0x130
 do_exit+0x2a0/0xa80
 do_syscall_64+0x7b/0x150
 </TASK>
'''
KASAN_STACK = '''==================================================================
BUG: KASAN: stack-out-of-bounds in unwind_next_frame+0x1d1/0x230
Read of size 8 at addr ffffc9000{n:04x}7a28 by task node{cpu}/{pid}

CPU: {cpu} UID: 0 PID: {pid} Comm: node{cpu} Not tainted {release} #1
Call Trace:
 <TASK>
 unwind_next_frame+0x1d1/0x230
 arch_stack_walk+0xac/0x100
 stack_trace_save+0x8e/0xc0
 bpf_get_stack+0x1a0/0x270
 trace_call_bpf+0x1b0/0x330
 do_syscall_64+0x7b/0x150
 </TASK>
'''
SKB_MOVE = '''------------[ cut here ]------------
WARNING: CPU: {cpu} PID: {pid} at include/linux/skbuff.h:4609 skb_data_move+0x17d/0x190
CPU: {cpu} UID: 0 PID: {pid} Comm: nginx Not tainted {release} #1
RIP: 0010:skb_data_move+0x17d/0x190
Call Trace:
 <TASK>
 bpf_skb_change_head+0x91/0x130
 bpf_prog_{n:016x}_lwt_send+0x8f/0xa0
 run_lwt_bpf.constprop.0+0x62/0x2a0
 bpf_xmit+0x5f/0x300
 lwtunnel_xmit+0x8b/0x120
 ip_finish_output2+0x3bb/0x570
 ip_output+0x63/0x110
 do_syscall_64+0x7b/0x150
 </TASK>
---[ end trace 0000000000000000 ]---
'''
LOCKUP = '''watchdog: BUG: soft lockup - CPU#{cpu} stuck for 26s! [prometheus-ebpf:{pid}]
CPU: {cpu} UID: 0 PID: {pid} Comm: prometheus-ebpf Tainted: G    B               {release} #1
Tainted: [B]=BAD_PAGE
RIP: 0010:smp_call_function_many_cond+0x12f/0x590
Call Trace:
 <TASK>
 on_each_cpu_cond_mask+0x24/0x40
 flush_tlb_mm_range+0x1c0/0x220
 tlb_finish_mmu+0x78/0x1a0
 madvise_dontneed_single_vma+0x80/0xa0
 do_madvise+0x300/0x500
 do_syscall_64+0x7b/0x150
 </TASK>
Kernel panic - not syncing: softlockup: hung tasks
'''
SCX = '''------------[ cut here ]------------
WARNING: CPU: {cpu} PID: {pid} at kernel/sched/ext.c:3226 scx_cgroup_move_task+0x71/0x80
CPU: {cpu} UID: 0 PID: {pid} Comm: systemd Not tainted {release} #1
RIP: 0010:scx_cgroup_move_task+0x71/0x80
Call Trace:
 <TASK>
 sched_move_task+0x13e/0x240
 cpu_cgroup_attach+0x3f/0x60
 cgroup_migrate_execute+0x3b0/0x450
 cgroup_attach_task+0x1f3/0x250
 do_syscall_64+0x7b/0x150
 </TASK>
---[ end trace 0000000000000000 ]---
'''
RPS = '''------------[ cut here ]------------
WARNING: CPU: {cpu} PID: {pid} at net/core/dev.c:4930 get_rps_cpu+0x17c/0x190
CPU: {cpu} UID: 0 PID: {pid} Comm: ksoftirqd/{cpu} Not tainted {release} #1
RIP: 0010:get_rps_cpu+0x17c/0x190
Call Trace:
 <TASK>
 netif_receive_skb_list_internal+0x1a0/0x2e0
 napi_complete_done+0x6e/0x1a0
 mlx5e_napi_poll+0x14f/0x6e0
 __napi_poll+0x2b/0x160
 net_rx_action+0x2f4/0x380
 handle_softirqs+0xd1/0x2b0
 run_ksoftirqd+0x2e/0x40
 </TASK>
---[ end trace 0000000000000000 ]---
'''
HARD = '''watchdog: Watchdog detected hard LOCKUP on cpu {cpu}
CPU: {cpu} UID: 0 PID: 0 Comm: swapper/{cpu} Tainted: G   M                {release} #1
Hardware name: GIGABYTE R162-Z12/MZ12-HD4, BIOS F14 01/01/2025
RIP: 0010:intel_idle+0x7e/0xc0
Call Trace:
 <TASK>
 cpuidle_enter_state+0x84/0x440
 cpuidle_enter+0x2d/0x40
 do_idle+0x1fd/0x260
 cpu_startup_entry+0x29/0x30
 start_secondary+0x11e/0x140
 </TASK>
'''


def event(issue, title, ticket, at, host, release, text, n, **more):
    row = {'schema': 'kdoc.event/1', 'issue': issue, 'title': title, 'time': at.strftime('%Y-%m-%dT%H:%M:%S.%fZ'), 'host': host,
           'boot_id': '%032x' % (n // 3 + sum(map(ord, host + release)) * 1000003), 'release': release,
           'text': text.format(cpu=n * 7 % 128, pid=1000 + n * 13, n=n, n4=n % 5, release=release)}
    if ticket:
        row['ticket'] = ticket
    row.update(more)
    print(json.dumps(row))


def issue(key, title, ticket, count, hosts, release, text, days, **more):
    for n in range(count):
        at = NOW - datetime.timedelta(seconds=60 + days * 86400 * (n + 0.5) / count)
        event(key, title, ticket, at, '%dm%d' % (100 + n % hosts, 1 + n % hosts), release, text, n, **more)


issue('KERNEL-3PYF', 'BUG: Bad page state in process logger', 'KRN-1244', 100, 9, PROD, BAD_PAGE, 6)
issue('KERNEL-3PQD', 'BUG: KASAN: stack-out-of-bounds in unwind_next_frame', 'KRN-1255', 479, 3, KASAN, KASAN_STACK, 6)
issue('KERNEL-3PYD', 'WARNING: include/linux/skbuff.h:4609 at skb_data_move', 'KRN-1245', 1266, 40, PROD, SKB_MOVE, 6.5)
issue('KERNEL-3Q5G', 'WARNING: include/linux/skbuff.h:4609 at skb_data_move, CPU#76: nginx', None, 35, 12, LATEST, SKB_MOVE, 0.2)
issue('KERNEL-3Q1G', 'watchdog: BUG: soft lockup - CPU#88 stuck for 26s! [prometheus-ebpf]', None, 2, 1, KASAN, LOCKUP, 1)
issue('KERNEL-3Q1S', 'WARNING: kernel/sched/ext.c:3226 at scx_cgroup_move_task', 'KRN-1260', 2, 2, PROD, SCX, 3)
issue('KERNEL-3NNC', 'WARNING: net/core/dev.c at get_rps_cpu', 'KRN-1069', 5592, 200, PROD, RPS, 7)
issue('KERNEL-3Q1F', 'Watchdog detected hard LOCKUP on cpu 12', None, 1, 1, PROD, HARD, 2, tags=[{'key': 'isMce', 'value': 'true'}])
for n in range(35):
    at = datetime.datetime(2026, 5, 12, 9, 33, tzinfo=datetime.timezone.utc) + datetime.timedelta(minutes=2.5 * n)
    release = NEXT if n % 2 else LATEST
    text = ('Linux version {release} (gcc 12) #1 SMP\nCommand line: quiet\n', 'nvme nvme{n4}: 64/0/0 default/read/poll queues\n',
            'mlx5_core 0000:81:00.{n4}: firmware version: 16.{n}.1002\n')[n % 3]
    event('KERNEL-3Q%c%c' % ('345'[n // 12], '0123456789AB'[n % 12]), 'boot message', None, at, '%dm5' % (200 + n), release, text, n,
          level='info')
