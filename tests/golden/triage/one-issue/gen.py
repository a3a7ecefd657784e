"""Three boots, each with one text that has a warning and, tainted by it, a list corruption."""
import json

TEXT = '''[  100.{n}00000] ------------[ cut here ]------------
[  100.{n}00001] WARNING: CPU: {n} PID: 70{n} at net/core/dev.c:4600 get_rps_cpu+0x2f4/0x380
[  100.{n}00002] CPU: {n} UID: 0 PID: 70{n} Comm: nginx Not tainted 6.18.24 #1
[  100.{n}00003] RIP: 0010:get_rps_cpu+0x2f4/0x380
[  100.{n}00004] Call Trace:
[  100.{n}00005]  <TASK>
[  100.{n}00006]  netif_receive_skb_list_internal+0x1f0/0x300
[  100.{n}00007]  napi_complete_done+0x71/0x1b0
[  100.{n}00008]  net_rx_action+0x2f4/0x380
[  100.{n}00009]  </TASK>
[  100.{n}00010] ---[ end trace 0000000000000000 ]---
[  107.{n}00000] list_del corruption. prev->next should be ffff88810000{n}000, but was dead000000000100. (prev=ffff88810000{n}100)
[  107.{n}00001] ------------[ cut here ]------------
[  107.{n}00002] kernel BUG at lib/list_debug.c:62!
[  107.{n}00003] Oops: invalid opcode: 0000 [#1] SMP NOPTI
[  107.{n}00004] CPU: {n} UID: 0 PID: 80{n} Comm: kworker/{n}:1 Tainted: G        W           6.18.24 #1
[  107.{n}00005] RIP: 0010:__list_del_entry_valid_or_report+0x90/0x100
[  107.{n}00006] Call Trace:
[  107.{n}00007]  <TASK>
[  107.{n}00008]  flush_backlog+0x9a/0x170
[  107.{n}00009]  process_one_work+0x1a4/0x3a0
[  107.{n}00010]  worker_thread+0x25f/0x3a0
[  107.{n}00011]  </TASK>
[  107.{n}00012] ---[ end trace 0000000000000000 ]---
'''

for n in range(3):
    print(json.dumps({'schema': 'kdoc.event/1', 'issue': 'KERNEL-9', 'title': 'crash', 'time': '2026-05-12T0%d:00:00Z' % n, 'host': 'm%d' % n,
                      'boot_id': '%032x' % (n + 1), 'release': '6.18.24', 'text': TEXT.format(n=n)}))
