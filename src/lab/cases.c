// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/cases.h"

#include <string.h>

#include "base/alloc.h"

/* clang-format off */
static const struct kd_lab_case cases[] = {
	/* ---- bad pointers ---- */
	{.name = "null_write", .what = "null-pointer-write", .triggers = "null_write",
	 .kind = "null_deref", .function = "kdoc_null_write", .address = "0x48", .reports = 1},
	{.name = "null_read", .what = "null-pointer-read", .triggers = "null_read",
	 .comm = "my app: 1/2", .kind = "null_deref", .function = "kdoc_null_read",
	 .address = "0x48", .reports = 1, .append = "printk.time=0"},
	{.name = "null_call", .what = "null-pointer-execute", .triggers = "null_call",
	 .kind = "null_deref", .function = "kdoc_null_call", .address = "0x0", .reports = 1,
	 .append = "loglevel=8"},
	{.name = "gpf", .what = "non-canonical", .triggers = "gpf", .kind = "gpf",
	 .kind_arm64 = "page_fault", .function = "kdoc_gpf", .address = "0xdead4ead0000b048",
	 .reports = 1, .append = "quiet"},
	{.name = "paging", .what = "unmapped", .triggers = "paging", .kind = "page_fault",
	 .function = "kdoc_paging", .address_fact = "case.paging.address", .reports = 1,
	 .append = "ignore_loglevel", .cpus = 1},
	{.name = "err_ptr", .what = "err-ptr", .triggers = "err_ptr", .kind = "null_deref",
	 .function = "kdoc_err_ptr", .address = "0x3c", .reports = 1, .append = "nokaslr"},
	{.name = "err_ptr_head", .what = "err-ptr", .triggers = "err_ptr_head",
	 .kind = "page_fault", .function = "kdoc_err_ptr_head", .address = "0xfffffffffffffff4",
	 .reports = 1},
	{.name = "user_read", .what = "user-address", .triggers = "user_read",
	 .kind = "page_fault", .function = "kdoc_user_read", .address = "0x414141414048",
	 .reports = 1},
	{.name = "ro_write", .what = "read-only", .triggers = "ro_write", .kind = "page_fault",
	 .function = "kdoc_ro_write", .address_fact = "case.ro_write.address", .reports = 1,
	 .append = "printk.time=0 loglevel=7"},
	{.name = "exec_nx", .what = "execute-data", .triggers = "exec_nx", .kind = "page_fault",
	 .function = "kdoc_exec_nx", .address_fact = "case.exec_nx.address", .reports = 1,
	 .append = "earlyprintk=ttyS0,115200"},

	/* ---- statements and traps ---- */
	{.name = "bug", .what = "bug", .triggers = "bug", .comm = "(sd-pam)",
	 .kind = "kernel_bug", .function = "kdoc_bug", .reports = 1},
	{.name = "warn", .what = "warn", .triggers = "warn", .kind = "warning",
	 .function = "kdoc_warn", .reports = 1},
	{.name = "warn_quiet", .what = "warn", .triggers = "warn", .function = "kdoc_warn",
	 .reports = 0, .alone = true, .append = "quiet"},
	{.name = "warn_on", .what = "warn", .triggers = "warn_on", .kind = "warning",
	 .function = "kdoc_warn_on", .reports = 1, .append = "printk.time=0"},
	{.name = "warn_fatal", .what = "warn", .triggers = "warn", .kind = "warning",
	 .function = "kdoc_warn", .reports = 1, .fatal = true, .append = "panic_on_warn=1"},
	{.name = "panic", .what = "panic", .triggers = "panic", .kind = "panic",
	 .function = "kdoc_panic", .reports = 1, .fatal = true},
	{.name = "panic_reboot", .what = "panic", .triggers = "panic", .kind = "panic",
	 .function = "kdoc_panic", .reports = 1, .fatal = true, .append = "panic=1 quiet"},
	{.name = "divide", .what = "divide", .triggers = "divide", .kind = "divide_error",
	 .function = "kdoc_divide", .reports = 1, .arch = KD_ARCH_X86_64},
	{.name = "invalid_opcode", .what = "invalid-opcode", .triggers = "invalid_opcode",
	 .kind = "invalid_opcode", .function = "kdoc_invalid_opcode", .reports = 1,
	 .append = "printk.time=0", .arch = KD_ARCH_X86_64},

	/* ---- stacks ---- */
	{.name = "stack_overflow", .what = "stack-overflow", .triggers = "stack_overflow",
	 .kind = "stack_guard_hit", .kind_arm64 = "kernel_stack_overflow",
	 .function = "kdoc_stack_overflow", .reports = 1, .fatal = true, .append = "loglevel=7"},
	{.name = "stack_protector", .what = "stack-protector", .triggers = "stack_protector",
	 .kind = "panic", .function = "kdoc_stack_protector", .reports = 1, .fatal = true},

	/* ---- checked data structures and copies ---- */
	{.name = "list_del", .what = "list-corruption", .triggers = "list_del",
	 .kind = "list_corruption", .function = "kdoc_list_del", .reports = 1},
	{.name = "list_add", .what = "list-corruption", .triggers = "list_add",
	 .kind = "list_corruption", .function = "kdoc_list_add", .reports = 1, .append = "quiet",
	 .needs = "CONFIG_BUG_ON_DATA_CORRUPTION"},
	{.name = "refcount_zero", .what = "refcount", .triggers = "refcount_zero",
	 .kind = "refcount", .function = "kdoc_refcount_zero", .reports = 1},
	{.name = "refcount_saturated", .what = "refcount", .triggers = "refcount_saturated",
	 .kind = "refcount", .function = "kdoc_refcount_saturated", .reports = 1,
	 .append = "printk.time=0"},
	{.name = "refcount_underflow", .what = "refcount", .triggers = "refcount_underflow",
	 .kind = "refcount", .function = "kdoc_refcount_underflow", .reports = 1,
	 .append = "loglevel=8"},
	{.name = "usercopy", .what = "usercopy", .triggers = "usercopy", .kind = "usercopy",
	 .function = "kdoc_usercopy", .reports = 1,
	 .needs = "!CONFIG_KASAN"},
	{.name = "copy_overflow", .what = "usercopy", .triggers = "copy_overflow",
	 .kind = "warning", .function = "kdoc_copy_overflow", .reports = 1},
	{.name = "fortify", .what = "fortify", .triggers = "fortify", .kind = "fortify",
	 .function = "kdoc_fortify", .reports = 1,
	 .needs = "!CONFIG_KASAN"},

	/* ---- memory that is no longer ours, or none ---- */
	{.name = "uaf_zeroed", .what = "use-after-free", .triggers = "use_after_free",
	 .kind = "null_deref", .function = "kdoc_use_after_free", .address = "0x48", .reports = 1,
	 .append = "init_on_free=1", .needs = "!CONFIG_KASAN"},
	{.name = "uaf_poison", .what = "use-after-free", .triggers = "use_after_free",
	 .kind = "gpf", .kind_arm64 = "page_fault", .function = "kdoc_use_after_free",
	 .address = "0x6b6b6b6b6b6b6bb3", .reports = 1, .append = "slub_debug=FZPU",
	 .needs = "CONFIG_SLUB_DEBUG !CONFIG_KASAN"},
	{.name = "uaf_stale", .what = "use-after-free", .triggers = "uaf_stale", .kind = "gpf",
	 .kind_arm64 = "page_fault", .function = "kdoc_uaf_stale",
	 .address = "0xdead4ead0000b048", .reports = 1, .needs = "!CONFIG_KASAN"},
	{.name = "slub_double_free", .what = "double-free", .triggers = "double_free",
	 .kind = "slab", .function = "kdoc_double_free", .reports = 2,
	 .append = "slub_debug=FZPU", .needs = "CONFIG_SLUB_DEBUG !CONFIG_KASAN"},
	{.name = "slub_redzone", .what = "out-of-bounds", .triggers = "redzone", .kind = "slab",
	 .function = "kdoc_redzone", .reports = 1, .append = "slub_debug=FZPU printk.time=0",
	 .needs = "CONFIG_SLUB_DEBUG !CONFIG_KASAN"},
	{.name = "vmalloc_guard", .what = "out-of-bounds", .triggers = "vmalloc_guard",
	 .kind = "page_fault", .function = "kdoc_vmalloc_guard",
	 .address_fact = "case.vmalloc_guard.address", .reports = 1,
	 .needs = "!CONFIG_KASAN_VMALLOC"},
	{.name = "vmalloc_freed", .what = "use-after-free", .triggers = "vmalloc_freed",
	 .kind = "page_fault", .function = "kdoc_vmalloc_freed",
	 .address_fact = "case.vmalloc_freed.address", .reports = 1,
	 .needs = "!CONFIG_KASAN_VMALLOC"},
	{.name = "bad_page", .what = "bad-page", .triggers = "bad_page", .kind = "bad_page_state",
	 .function = "kdoc_bad_page", .reports = 1},
	{.name = "alloc_failure", .what = "no-memory", .triggers = "alloc_failure",
	 .kind = "alloc_failure", .function = "kdoc_alloc_failure", .reports = 1, .settle = 2},
	{.name = "oom_kill", .what = "oom", .triggers = "oom", .kind = "oom_kill",
	 .function = "kdoc_oom", .reports = 1, .settle = 3},
	{.name = "oom_panic", .what = "oom", .triggers = "oom", .kind = "oom_kill",
	 .function = "kdoc_oom", .reports = 1, .fatal = true,
	 .setup = "echo 1 > /proc/sys/vm/panic_on_oom"},

	/* ---- contexts ---- */
	{.name = "hardirq", .what = "null-pointer-write", .triggers = "hardirq",
	 .kind = "null_deref", .function = "kdoc_null_write", .address = "0x48",
	 .context = KD_CASE_HARDIRQ, .reports = 1, .fatal = true},
	{.name = "softirq_timer", .what = "null-pointer-read", .triggers = "softirq_timer",
	 .kind = "null_deref", .function = "kdoc_null_read", .address = "0x48",
	 .context = KD_CASE_SOFTIRQ, .reports = 1, .fatal = true, .append = "printk.time=0"},
	{.name = "softirq_tasklet", .what = "bug", .triggers = "softirq_tasklet",
	 .kind = "kernel_bug", .function = "kdoc_bug", .context = KD_CASE_SOFTIRQ, .reports = 1,
	 .fatal = true, .cpus = 1},
	{.name = "workqueue", .what = "null-pointer-write", .triggers = "workqueue",
	 .kind = "null_deref", .function = "kdoc_null_write", .address = "0x48",
	 .context = KD_CASE_WORKQUEUE, .reports = 1},
	{.name = "kthread", .what = "null-pointer-write", .triggers = "kthread",
	 .comm = "kdoc-worker/3", .kind = "null_deref", .function = "kdoc_null_write",
	 .address = "0x48", .context = KD_CASE_KTHREAD, .reports = 1},
	{.name = "atomic", .what = "scheduling-while-atomic", .triggers = "atomic",
	 .kind = "scheduling_while_atomic", .function = "kdoc_atomic", .reports = 1, .needs = "CONFIG_PREEMPT_COUNT"},
	{.name = "sleep_in_atomic", .what = "sleep-in-atomic", .triggers = "sleep_in_atomic",
	 .kind = "sleeping_invalid_context", .function = "kdoc_sleep_in_atomic", .reports = 1,
	 .needs = "CONFIG_DEBUG_ATOMIC_SLEEP"},
	{.name = "preemptible", .what = "preemptible", .triggers = "preemptible",
	 .kind = "preemptible", .function = "kdoc_preemptible", .reports = 1,
	 .needs = "CONFIG_DEBUG_PREEMPT"},

	/* ---- lockups and stalls ---- */
	{.name = "soft_lockup", .what = "soft-lockup", .triggers = "soft_lockup",
	 .kind = "soft_lockup", .function = "kdoc_spin", .reports = 1,
	 .setup = "echo 5 > /proc/sys/kernel/watchdog_thresh",
	 .cleanup = "echo 10 > /proc/sys/kernel/watchdog_thresh", .settle = 2},
	{.name = "soft_lockup_panic", .what = "soft-lockup", .triggers = "soft_lockup",
	 .kind = "soft_lockup", .function = "kdoc_spin", .reports = 1, .fatal = true,
	 .append = "softlockup_panic=1", .setup = "echo 5 > /proc/sys/kernel/watchdog_thresh"},
	{.name = "hard_lockup", .what = "hard-lockup", .triggers = "hard_lockup",
	 .kind = "hard_lockup", .function = "kdoc_irqs_off", .reports = 1, .alone = true,
	 .setup = "echo 5 > /proc/sys/kernel/watchdog_thresh", .settle = 3,
	 .needs = "CONFIG_HARDLOCKUP_DETECTOR nmi", .arch = KD_ARCH_X86_64},
	{.name = "hard_lockup_buddy", .what = "hard-lockup", .triggers = "hard_lockup",
	 .kind = "hard_lockup", .function = "kdoc_irqs_off", .reports = 1, .alone = true,
	 .setup = "echo 5 > /proc/sys/kernel/watchdog_thresh", .settle = 3,
	 .needs = "CONFIG_HARDLOCKUP_DETECTOR_BUDDY", .arch = KD_ARCH_X86_64},
	{.name = "rcu_stall", .what = "rcu-stall", .triggers = "rcu_stall", .kind = "rcu_stall",
	 .function = "kdoc_spin", .reports = 1, .append = "rcupdate.rcu_cpu_stall_timeout=5"},
	{.name = "rcu_stall_irqs_off", .what = "rcu-stall", .triggers = "irqs_off",
	 .kind = "rcu_stall", .function = "kdoc_irqs_off", .reports = 1, .more = true,
	 .append = "rcupdate.rcu_cpu_stall_timeout=5 printk.time=0", .settle = 3},
	{.name = "workqueue_lockup", .what = "workqueue-lockup", .triggers = "workqueue_lockup",
	 .kind = "workqueue_lockup", .reports = 1, .append = "workqueue.watchdog_thresh=5",
	 
	 .setup = "echo 10 > /sys/module/kdoc_crash/parameters/spin_seconds",
	 .cleanup = "echo 15 > /sys/module/kdoc_crash/parameters/spin_seconds", .settle = 3, .needs = "CONFIG_WQ_WATCHDOG"},
	{.name = "hung_task", .what = "hung-task", .triggers = "hung_task", .comm = "kdoc-ab",
	 .kind = "hung_task", .function = "kdoc_lock_ab", .context = KD_CASE_KTHREAD,
	 .reports = 2, .alone = true, .setup = "echo 2 > /proc/sys/kernel/hung_task_warnings; echo 5 > /proc/sys/kernel/hung_task_timeout_secs",
	 .cleanup = "echo 0 > /proc/sys/kernel/hung_task_timeout_secs", .settle = 14,
	 .needs = "!CONFIG_PROVE_LOCKING"},
	{.name = "hung_task_panic", .what = "hung-task", .triggers = "hung_task",
	 .comm = "kdoc-ab", .kind = "hung_task", .function = "kdoc_lock_ab",
	 .context = KD_CASE_KTHREAD, .reports = 2, .fatal = true,
	 .setup = "echo 5 > /proc/sys/kernel/hung_task_timeout_secs; echo 1 > /proc/sys/kernel/hung_task_panic",
	 .settle = 30,
	 .needs = "!CONFIG_PROVE_LOCKING"},
	{.name = "mutex_deadlock", .what = "deadlock", .triggers = "deadlock", .comm = "kdoc-ab",
	 .kind = "hung_task", .function = "kdoc_lock_ab", .context = KD_CASE_KTHREAD,
	 .reports = 3, .alone = true, .setup = "echo 3 > /proc/sys/kernel/hung_task_warnings; (sleep 4; echo 5 > /proc/sys/kernel/hung_task_timeout_secs) > /dev/null &",
	 .cleanup = "echo 0 > /proc/sys/kernel/hung_task_timeout_secs", .settle = 20,
	 .needs = "!CONFIG_PROVE_LOCKING"},
	{.name = "rwsem_hang", .what = "hung-task", .triggers = "rwsem_hang",
	 .comm = "kdoc-reader", .kind = "hung_task", .function = "kdoc_rwsem_reader",
	 .context = KD_CASE_KTHREAD, .reports = 1, .alone = true,
	 .setup = "echo 1 > /proc/sys/kernel/hung_task_warnings; echo 13 > /sys/module/kdoc_crash/parameters/hang_seconds; echo 5 > /proc/sys/kernel/hung_task_timeout_secs",
	 .cleanup = "echo 0 > /proc/sys/kernel/hung_task_timeout_secs", .settle = 14},
	{.name = "completion_hang", .what = "hung-task", .triggers = "completion_hang",
	 .comm = "kdoc-waiter", .kind = "hung_task", .function = "kdoc_completion_wait",
	 .context = KD_CASE_KTHREAD, .reports = 1, .alone = true,
	 .setup = "echo 1 > /proc/sys/kernel/hung_task_warnings; echo 13 > /sys/module/kdoc_crash/parameters/hang_seconds; echo 5 > /proc/sys/kernel/hung_task_timeout_secs",
	 .cleanup = "echo 0 > /proc/sys/kernel/hung_task_timeout_secs", .settle = 14},

	/* ---- sequences, policies and disturbed consoles ---- */
	{.name = "two_oopses", .what = "null-pointer-write", .triggers = "null_write gpf",
	 .kind = "null_deref", .function = "kdoc_null_write", .address = "0x48", .reports = 2},
	{.name = "warn_then_oops", .what = "warn", .triggers = "warn null_read",
	 .kind = "warning", .function = "kdoc_warn", .reports = 2},
	{.name = "oops_panic", .what = "null-pointer-write", .triggers = "null_write",
	 .kind = "null_deref", .function = "kdoc_null_write", .address = "0x48", .reports = 1,
	 .fatal = true, .append = "oops=panic"},
	{.name = "oops_panic_quiet", .what = "null-pointer-read", .triggers = "null_read",
	 .kind = "null_deref", .function = "kdoc_null_read", .address = "0x48", .reports = 1,
	 .fatal = true, .append = "oops=panic quiet panic=1 printk.time=0"},
	{.name = "noisy_console", .what = "null-pointer-write", .triggers = "null_write",
	 .kind = "null_deref", .function = "kdoc_null_write", .address = "0x48", .reports = 1,
	 .alone = true,
	 .setup = "(while :; do printf \"app[77]: worker 3: \"; usleep 2000; printf \"no error, BUG count 0, WARNING: none\\n\"; done) > /dev/console &"},
	{.name = "syslog_levels", .what = "non-canonical", .triggers = "gpf", .kind = "gpf",
	 .kind_arm64 = "page_fault", .function = "kdoc_gpf", .address = "0xdead4ead0000b048",
	 .reports = 1, .append = "console_msg_format=syslog"},
	{.name = "all_cpus", .what = "null-pointer-write", .triggers = "null_write",
	 .kind = "null_deref", .function = "kdoc_null_write", .address = "0x48", .reports = 1,
	 .setup = "echo 1 > /proc/sys/kernel/oops_all_cpu_backtrace", .cpus = 3},
	{.name = "soft_lockup_all_cpus", .what = "soft-lockup", .triggers = "soft_lockup",
	 .kind = "soft_lockup", .function = "kdoc_spin", .reports = 1,
	 .setup = "echo 5 > /proc/sys/kernel/watchdog_thresh; echo 1 > /proc/sys/kernel/softlockup_all_cpu_backtrace",
	 .cleanup = "echo 10 > /proc/sys/kernel/watchdog_thresh; echo 0 > /proc/sys/kernel/softlockup_all_cpu_backtrace",
	 .settle = 2},
	{.name = "warn_limit", .what = "warn", .triggers = "warn warn_on", .kind = "warning",
	 .function = "kdoc_warn", .reports = 2, .fatal = true,
	 .setup = "echo 2 > /proc/sys/kernel/warn_limit"},
	{.name = "panic_print", .what = "panic", .triggers = "panic", .kind = "panic",
	 .function = "kdoc_panic", .reports = 1, .fatal = true, .append = "panic_print=0x3"},
	{.name = "sysrq_crash", .what = "sysrq", .kind = "panic",
	 .function = "sysrq_handle_crash", .reports = 1, .fatal = true,
	 .setup = "echo c > /proc/sysrq-trigger"},
	{.name = "sysrq_backtrace", .what = "sysrq-backtrace", .reports = 0,
	 .setup = "echo l > /proc/sysrq-trigger; echo w > /proc/sysrq-trigger; echo t > /proc/sysrq-trigger"},
	{.name = "firmware", .what = "null-pointer-read", .triggers = "null_read",
	 .kind = "null_deref", .function = "kdoc_null_read", .address = "0x48", .reports = 1,
	 .machine = "graphics=off", .arch = KD_ARCH_X86_64},
	{.name = "one_cpu", .what = "bug", .triggers = "bug", .kind = "kernel_bug",
	 .function = "kdoc_bug", .reports = 1, .append = "nosmp", .cpus = 1},

	/* ---- init ---- */
	{.name = "no_root", .what = "no-root", .kind = "panic", .init = KD_CASE_INIT_NONE,
	 .reports = 1, .fatal = true, .append = "root=/dev/sda1"},
	{.name = "no_init", .what = "no-init", .kind = "panic", .init = KD_CASE_INIT_GARBAGE,
	 .reports = 1, .fatal = true},
	{.name = "init_exit", .what = "init-killed", .kind = "panic", .init = KD_CASE_INIT_EXIT,
	 .reports = 1, .fatal = true, .append = "kdoc.init=exit"},

	/* ---- KASAN, KFENCE ---- */
	{.name = "kasan_uaf", .what = "use-after-free", .triggers = "kasan_uaf", .kind = "kasan",
	 .function = "kdoc_kasan_uaf", .reports = 1, .append = "kasan_multi_shot",
	 .needs = "CONFIG_KASAN"},
	{.name = "kasan_uaf_write", .what = "use-after-free", .triggers = "kasan_uaf_write",
	 .kind = "kasan", .function = "kdoc_kasan_uaf_write", .reports = 1,
	 .append = "kasan_multi_shot", .needs = "CONFIG_KASAN"},
	{.name = "kasan_slab_oob", .what = "out-of-bounds", .triggers = "kasan_slab_oob",
	 .kind = "kasan", .function = "kdoc_kasan_slab_oob", .reports = 1,
	 .append = "kasan_multi_shot", .needs = "CONFIG_KASAN"},
	{.name = "kasan_stack_oob", .what = "out-of-bounds", .triggers = "kasan_stack_oob",
	 .kind = "kasan", .function = "kdoc_kasan_stack_oob", .reports = 1,
	 .append = "kasan_multi_shot", .needs = "CONFIG_KASAN"},
	{.name = "kasan_global_oob", .what = "out-of-bounds", .triggers = "kasan_global_oob",
	 .kind = "kasan", .function = "kdoc_kasan_global_oob", .reports = 1,
	 .append = "kasan_multi_shot", .needs = "CONFIG_KASAN"},
	{.name = "kasan_double_free", .what = "double-free", .triggers = "kasan_double_free",
	 .kind = "kasan", .function = "kdoc_kasan_double_free", .reports = 1,
	 .append = "kasan_multi_shot", .needs = "CONFIG_KASAN"},
	{.name = "kfence_oob", .what = "out-of-bounds", .triggers = "kfence_oob",
	 .kind = "kfence", .function = "kdoc_kfence_oob", .reports = 1, .needs = "CONFIG_KFENCE"},
	{.name = "kfence_uaf", .what = "use-after-free", .triggers = "kfence_uaf",
	 .kind = "kfence", .function = "kdoc_kfence_uaf", .reports = 1, .needs = "CONFIG_KFENCE"},

	/* ---- UBSAN, KCSAN, kmemleak ---- */
	{.name = "ubsan_shift", .what = "shift", .triggers = "ubsan_shift", .kind = "ubsan",
	 .function = "kdoc_ubsan_shift", .reports = 1, .needs = "CONFIG_UBSAN_SHIFT"},
	{.name = "ubsan_bounds", .what = "out-of-bounds", .triggers = "ubsan_bounds",
	 .kind = "ubsan", .function = "kdoc_ubsan_bounds", .reports = 1,
	 .needs = "CONFIG_UBSAN_BOUNDS"},
	{.name = "ubsan_bool", .what = "invalid-value", .triggers = "ubsan_bool", .kind = "ubsan",
	 .function = "kdoc_ubsan_bool", .reports = 1, .needs = "CONFIG_UBSAN_BOOL"},
	{.name = "kcsan_race", .what = "data-race", .triggers = "kcsan_race",
	 .comm = "kdoc-race/1", .kind = "kcsan", .function = "kdoc_kcsan_racer",
	 .context = KD_CASE_KTHREAD, .reports = 1, .needs = "CONFIG_KCSAN"},
	{.name = "kmemleak", .what = "leak", .triggers = "kmemleak", .kind = "kmemleak",
	 .function = "kdoc_kmemleak", .reports = 1,
	 .cleanup = "echo scan > /sys/kernel/debug/kmemleak; sleep 6; echo scan > /sys/kernel/debug/kmemleak; cat /sys/kernel/debug/kmemleak > /dev/console",
	 .settle = 8, .needs = "CONFIG_DEBUG_KMEMLEAK"},

	/* ---- lockdep, object debugging: lockdep says one thing per boot ---- */
	{.name = "lockdep_order", .what = "lock-order", .triggers = "lockdep_order",
	 .kind = "lockdep_circular", .function = "kdoc_lockdep_order", .reports = 1,
	 .alone = true, .needs = "CONFIG_PROVE_LOCKING"},
	{.name = "lockdep_recursive", .what = "lock-recursion", .triggers = "lockdep_recursive",
	 .kind = "lockdep_recursive", .function = "kdoc_lockdep_recursive", .reports = 1,
	 .alone = true, .needs = "CONFIG_PROVE_LOCKING"},
	{.name = "lockdep_inconsistent", .what = "lock-context",
	 .triggers = "lockdep_inconsistent", .kind = "lockdep_inconsistent",
	 .function = "kdoc_lockdep_inconsistent", .reports = 1, .alone = true,
	 .needs = "CONFIG_PROVE_LOCKING"},
	{.name = "lockdep_inversion", .what = "lock-context", .triggers = "lockdep_inversion",
	 .kind = "lockdep_irq_inversion", .function = "kdoc_lockdep_inversion", .reports = 1,
	 .alone = true, .needs = "CONFIG_PROVE_LOCKING"},
	{.name = "lockdep_unlock", .what = "unlock-balance", .triggers = "lockdep_unlock",
	 .kind = "bad_unlock_balance", .function = "kdoc_lockdep_unlock", .reports = 1,
	 .alone = true, .needs = "CONFIG_PROVE_LOCKING"},
	{.name = "lockdep_held", .what = "lock-kept", .triggers = "lockdep_held",
	 .kind = "lock_held_returning", .reports = 1, .alone = true,
	 .needs = "CONFIG_PROVE_LOCKING"},
	{.name = "debug_objects", .what = "free-active", .triggers = "debug_objects",
	 .kind = "odebug", .function = "kdoc_debug_objects", .reports = 1,
	 .needs = "CONFIG_DEBUG_OBJECTS_FREE CONFIG_DEBUG_OBJECTS_TIMERS"},
};
/* clang-format on */

const struct kd_lab_case *kd_lab_cases(size_t *ret_n)
{
	*ret_n = KD_ARRAY_LEN(cases);
	return cases;
}

const struct kd_lab_case *kd_lab_case_find(const char *name)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(cases); i++)
		if (!strcmp(cases[i].name, name))
			return &cases[i];
	return NULL;
}

const char *kd_lab_case_kind(const struct kd_lab_case *c, enum kd_lab_arch arch)
{
	return arch == KD_ARCH_ARM64 && c->kind_arm64 ? c->kind_arm64 : c->kind;
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool in_series(const struct kd_lab_case *c)
{
	return !c->fatal && !c->alone && c->init == KD_CASE_INIT_LAB;
}

bool kd_lab_case_together(const struct kd_lab_case *a, const struct kd_lab_case *b)
{
	return in_series(a) && in_series(b) && same(a->append, b->append) &&
	       a->cpus == b->cpus && same(a->machine, b->machine);
}
