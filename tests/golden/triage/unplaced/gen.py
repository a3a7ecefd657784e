"""Three boots that left one line each, and one with a whole report."""
import json

LINE = '[  {n}00.000000] rcu: INFO: rcu_sched self-detected stall on CPU\n'
WHOLE = LINE + '''[  {n}00.000001] rcu: \t{n}-....: (20999 ticks this GP) idle=5d4c/1/0x4000000000000000 softirq=100/100 fqs=5247
[  {n}00.000002] CPU: {n} UID: 0 PID: 70{n} Comm: nginx Not tainted 6.18.24 #1
[  {n}00.000003] RIP: 0010:demo_spin+0x2f4/0x380
[  {n}00.000004] Call Trace:
[  {n}00.000005]  <TASK>
[  {n}00.000006]  demo_poll+0x1f0/0x300
[  {n}00.000007]  demo_write+0x71/0x1b0
[  {n}00.000008]  vfs_write+0x2f4/0x380
[  {n}00.000009]  </TASK>
'''

for n in range(4):
    print(json.dumps({'schema': 'kdoc.event/1', 'time': '2026-05-12T0%d:00:00Z' % n, 'host': 'm%d' % n, 'boot_id': '%032x' % (n + 1),
                      'release': '6.18.24', 'text': (WHOLE if n == 3 else LINE).format(n=n + 1)}))
