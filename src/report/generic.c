// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Functions that say nothing about the bug: helpers, waiting, and the glue at the outer
 * end of every stack. The titles of syz_*.c have rules of their own.
 */
#include "base/alloc.h"
#include "report/engine.h"
#include "report/syz_internal.h"

/* Compared with the start of the name; a name with '$' at its end is compared whole. */
static const char *const waiting[] = {
	"schedule", "__schedule", "io_schedule", "preempt_schedule", "context_switch", "__switch_to",
	"mutex_lock", "__mutex_lock", "__ww_mutex", "ww_mutex", "rt_mutex_", "__rt_mutex", "rtlock_",
	"rwbase_", "rwsem_", "__rwsem", "down_", "__down", "down$", "percpu_rwsem", "__percpu_",
	"percpu_down", "wait_for_c", "__wait_for_c", "do_wait_for_common", "wait_on_", "__wait_on_",
	"wait_woken", "bit_wait", "out_of_line_wait", "wait_rcu_gp", "__wait_rcu_gp",
	"synchronize_", "__synchronize", "msleep", "usleep", "hrtimer_nanosleep", "do_nanosleep",
	"futex_wait", "__flush_work", "rtnl_lock", "folio_wait_", "__folio_lock", "folio_lock$",
	"__lock_page", "wait_transaction_locked", "bit_lock",
};

static const char *const helpers[] = {
	"__copy_overflow$", "copy_overflow$", "fortify_panic$", "__fortify_panic$",
	"__check_object_size$", "__check_heap_object$", "oom_kill_process$", "out_of_memory$",
	"__free_pages", "free_pages", "__free_one_page", "free_unref", "free_pcppages",
	"free_the_page", "free_page_is_bad", "check_new_page", "prep_new_page", "object_err$",
	/* kernel/locking/lockdep.c */
	"check_irq_usage$", "check_noncircular$", "check_prev", "validate_chain$", "__lock_acquire$",
	"lock_acquire$", "mark_lock", "mark_held_locks$",
	"debug_check_no_locks", "debug_show_all_locks$",
	/* mm/slub.c */
	"check_bytes_and_report$", "check_pad_bytes$", "check_object$", "check_slab$", "on_freelist$",
	"free_consistency_checks$", "free_debug_processing$", "alloc_debug_processing$",
	"alloc_consistency_checks$", "init_object$", "print_trailer$", "validate_slab",
	"free_to_partial_list", "slab_", "__slab_",
	"check_preemption_disabled$", "debug_smp_processor_id$", "__this_cpu_preempt_check$",
	"report_tag_fault$", "do_tag_recovery$", "__do_kernel_fault$", "__cant_sleep$",
	"rcu_preempt_sleep_check$",
	"rcu_sleep_check$", "debug_check_no_locks_held$", "virt_to_head_page$", "virt_to_cache$", "virt_to_slab$", "virt_to_folio$",
	"__stack_chk_fail$", "watchdog$", "watchdog_timer_fn$", "delay_tsc$", "__delay$", "__const_udelay$", "free_frozen_page",
};

/* How a stall or lockup gets printed, from the timer interrupt or an NMI. */
static const char *const printers[] = {
	"_sched_show_task$", "sched_show_task$", "dump_cpu_task$", "rcu_dump_cpu_stacks$",
	"rcu_check_callbacks$", "print_cpu_stall", "check_cpu_stall$", "rcu_sched_clock_irq$",
	"rcu_pending$", "__rcu_pending$", "update_process_times$", "tick_sched_", "tick_nohz_handler$",
	"tick_periodic$", "tick_handle_", "__hrtimer_run_queues$", "hrtimer_interrupt$",
	"smp_apic_timer_interrupt$", "apic_timer_interrupt$", "local_apic_timer_interrupt$",
	"nmi_cpu_backtrace", "nmi_trigger_cpumask_backtrace$", "arch_trigger_", "walk_stackframe$",
	"trigger_single_cpu_backtrace$", "scheduler_tick$", "sched_tick$", "__switch_to$",
	"context_switch$", "__schedule$", "schedule$", "smp_trace_apic_timer_interrupt$",
	"trace_apic_timer_interrupt$", "arch_timer_handler_", "handle_percpu_devid_irq$",
	"generic_handle_domain_irq$", "generic_handle_irq", "handle_irq_desc$", "gic_handle_irq$",
	"__handle_domain_irq$", "handle_domain_irq$", "call_on_irq_stack$", "do_interrupt_handler$",
	"riscv_timer_interrupt$", "__handle_irq_event_percpu$", "handle_irq_event", "handle_fasteoi_irq$",
};

/* From the place that notices down to the line on the console. */
static const char *const reporters[] = {
	"dump_backtrace$", "unwind_backtrace$", "show_stack", "dump_stack", "__dump_stack$", "show_trace",
	"walk_stackframe$", "panic$", "vpanic$", "nmi_panic$", "check_panic_on_warn$", "panic_bad_stack$",
	"handle_bad_stack$", "__bad_stack$", "warn_slowpath", "__warn$", "__warn_printk$", "report_bug$",
	"handle_bug$", "fixup_bug", "do_error_trap$", "do_invalid_op$", "invalid_op$", "exc_invalid_op$",
	"asm_exc_invalid_op$", "print_address_description", "print_report$", "kasan_report", "__kasan_report",
	"kasan_object_err$", "kasan_check_range$", "check_memory_region", "__kasan_check_", "__asan_",
	"__hwasan_", "kmsan_report$", "__msan_warning$", "ubsan_epilogue$", "__ubsan_handle_",
	"handle_overflow$", "___might_sleep$", "__might_sleep$", "__might_resched$", "__schedule_bug$",
	"lockdep_rcu_suspicious$", "print_circular_bug", "print_deadlock_bug", "print_usage_bug",
	"print_bad_irq_dependency", "print_irq_inversion_bug", "print_unlock_imbalance_bug", "dump_header$",
	"warn_alloc$", "bad_page$", "spin_dump$", "spin_bug$", "nmi_cpu_backtrace",
	"nmi_trigger_cpumask_backtrace$", "arch_trigger_", "trigger_single_cpu_backtrace$",
	"rcu_dump_cpu_stacks$", "die$", "__die$", "oops_end$",
};

static const char *const glue[] = {
	"kthread$", "ret_from_fork", "worker_thread$", "process_one_work$", "process_scheduled_works$",
	"do_syscall_", "x64_sys_call$", "ia32_sys_call$", "entry_", "do_fast_syscall_32$",
	"__do_fast_syscall_32$", "do_int80", "do_SYSENTER_32$", "invoke_syscall", "el0_", "el0t_",
	"el1_", "el1h_", "do_el0_svc", "smpboot_thread_fn$", "run_ksoftirqd$", "handle_softirqs$",
	"__do_softirq$", "do_softirq", "irq_exit", "__irq_exit", "invoke_softirq$", "asm_", "sysvec_",
	"common_startup_64$", "secondary_startup", "start_secondary$", "cpu_startup_entry$", "do_idle$",
	"default_idle", "native_safe_halt$", "arch_cpu_idle$", "start_kernel$", "x86_64_start_",
	"call_timer_fn$", "__run_timers$", "run_timer_softirq$", "ret_fast_syscall$", "syscall_exit",
	"exc_", "kernel_init$", "system_call",
};

static bool begins(const char *const *list, size_t n, struct kd_view f)
{
	for (size_t i = 0; i < n; i++) {
		struct kd_view p = kd_view_of(list[i]);
		bool whole = kd_view_ends(p, KD_V("$"));

		p.n -= whole;
		if (whole ? kd_view_eq(f, p) : kd_view_starts(f, p))
			return true;
	}
	return false;
}

#define BEGINS(list, f) begins(list, KD_ARRAY_LEN(list), f)

bool kd_frame_is_reporter(const struct kd_frame *f)
{
	return !f->module.n && BEGINS(reporters, kd_func_base(f->func));
}

static bool func_is_generic(struct kd_view base, const struct kd_report *r)
{
	for (const char *const *h = r->kind->helpers; h && *h; h++)
		if (kd_pattern_fits(*h, base))
			return true;
	if ((!strcmp(r->kind->family, "hang") || !strcmp(r->kind->family, "atomic")) &&
	    BEGINS(waiting, base))
		return true;
	if (r->kind->pcclass == KD_PCC_SAMPLED && BEGINS(printers, base))
		return true;
	return BEGINS(helpers, base) || BEGINS(reporters, base) || BEGINS(glue, base) ||
	       kd_syz_skips(base);
}

bool kd_frame_is_generic(const struct kd_frame *f, const struct kd_report *r)
{
	/* The lists name functions of the kernel's image; a module's function is its own. */
	return !f->module.n && func_is_generic(kd_func_base(f->func), r);
}
