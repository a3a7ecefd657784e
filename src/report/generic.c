// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Functions that say nothing about the bug: helpers, waiting, and the glue at the outer
 * end of every stack. The titles of syz_*.c have rules of their own.
 */
#include "base/alloc.h"
#include "report/engine.h"
#include "report/syz_internal.h"

/* Compared with the start of a function's name, or with all of it. */
struct name {
	struct kd_view text;
	bool whole;
};

#define START(lit) {KD_V(lit), false}
#define WHOLE(lit) {KD_V(lit), true}

static const struct name waiting[] = {
	START("schedule"), START("__schedule"), START("io_schedule"), START("preempt_schedule"),
	START("context_switch"), START("__switch_to"), START("mutex_lock"), START("__mutex_lock"),
	START("__ww_mutex"), START("ww_mutex"), START("rt_mutex_"), START("__rt_mutex"),
	START("rtlock_"), START("rwbase_"), START("rwsem_"), START("__rwsem"), START("down_"),
	START("__down"), WHOLE("down"), START("percpu_rwsem"), START("__percpu_"),
	START("percpu_down"), START("wait_for_c"), START("__wait_for_c"),
	START("do_wait_for_common"), START("wait_on_"), START("__wait_on_"), START("wait_woken"),
	START("bit_wait"), START("out_of_line_wait"), START("wait_rcu_gp"), START("__wait_rcu_gp"),
	START("synchronize_"), START("__synchronize"), START("msleep"), START("usleep"),
	START("hrtimer_nanosleep"), START("do_nanosleep"), START("futex_wait"),
	START("__flush_work"), START("rtnl_lock"), START("folio_wait_"), START("__folio_lock"),
	WHOLE("folio_lock"), START("__lock_page"), START("wait_transaction_locked"),
	START("bit_lock"),
};

static const struct name helpers[] = {
	WHOLE("__copy_overflow"), WHOLE("copy_overflow"), WHOLE("fortify_panic"),
	WHOLE("__fortify_panic"), WHOLE("__check_object_size"), WHOLE("__check_heap_object"),
	WHOLE("oom_kill_process"), WHOLE("out_of_memory"), START("__free_pages"),
	START("free_pages"), START("__free_one_page"), START("free_unref"), START("free_pcppages"),
	START("free_the_page"), START("free_page_is_bad"), START("check_new_page"),
	START("prep_new_page"), WHOLE("object_err"),
	/* kernel/locking/lockdep.c */
	WHOLE("check_irq_usage"), WHOLE("check_noncircular"), START("check_prev"),
	WHOLE("validate_chain"), WHOLE("__lock_acquire"), WHOLE("lock_acquire"),
	START("mark_lock"), WHOLE("valid_state"), WHOLE("mark_held_locks"),
	START("debug_check_no_locks"),
	WHOLE("debug_show_all_locks"),
	/* mm/slub.c */
	WHOLE("check_bytes_and_report"), WHOLE("check_pad_bytes"), WHOLE("check_object"),
	WHOLE("check_slab"), WHOLE("on_freelist"), WHOLE("free_consistency_checks"),
	WHOLE("free_debug_processing"), WHOLE("alloc_debug_processing"),
	WHOLE("alloc_consistency_checks"), WHOLE("init_object"), WHOLE("print_trailer"),
	START("validate_slab"), START("free_to_partial_list"), START("slab_"), START("__slab_"),
	WHOLE("check_preemption_disabled"), WHOLE("debug_smp_processor_id"),
	WHOLE("__this_cpu_preempt_check"), WHOLE("report_tag_fault"), WHOLE("do_tag_recovery"),
	WHOLE("__do_kernel_fault"), WHOLE("__cant_sleep"), WHOLE("rcu_preempt_sleep_check"),
	WHOLE("rcu_sleep_check"), WHOLE("debug_check_no_locks_held"), WHOLE("virt_to_head_page"),
	WHOLE("virt_to_cache"), WHOLE("virt_to_slab"), WHOLE("virt_to_folio"),
	WHOLE("__stack_chk_fail"), WHOLE("watchdog"), WHOLE("watchdog_timer_fn"),
	WHOLE("delay_tsc"), WHOLE("__delay"), WHOLE("__const_udelay"), START("free_frozen_page"),
};

/* How a stall or lockup gets printed, from the timer interrupt or an NMI. */
static const struct name printers[] = {
	WHOLE("_sched_show_task"), WHOLE("sched_show_task"), WHOLE("dump_cpu_task"),
	WHOLE("rcu_dump_cpu_stacks"), WHOLE("rcu_check_callbacks"), START("print_cpu_stall"),
	WHOLE("check_cpu_stall"), WHOLE("rcu_sched_clock_irq"), WHOLE("rcu_pending"),
	WHOLE("__rcu_pending"), WHOLE("update_process_times"), START("tick_sched_"),
	WHOLE("tick_nohz_handler"), WHOLE("tick_periodic"), START("tick_handle_"),
	WHOLE("__hrtimer_run_queues"), WHOLE("hrtimer_interrupt"),
	WHOLE("smp_apic_timer_interrupt"), WHOLE("apic_timer_interrupt"),
	WHOLE("local_apic_timer_interrupt"), START("nmi_cpu_backtrace"),
	WHOLE("nmi_trigger_cpumask_backtrace"), START("arch_trigger_"), WHOLE("walk_stackframe"),
	WHOLE("trigger_single_cpu_backtrace"), WHOLE("scheduler_tick"), WHOLE("sched_tick"),
	WHOLE("__switch_to"), WHOLE("context_switch"), WHOLE("__schedule"), WHOLE("schedule"),
	WHOLE("smp_trace_apic_timer_interrupt"), WHOLE("trace_apic_timer_interrupt"),
	START("arch_timer_handler_"), WHOLE("handle_percpu_devid_irq"),
	WHOLE("generic_handle_domain_irq"), START("generic_handle_irq"), WHOLE("handle_irq_desc"),
	WHOLE("gic_handle_irq"), WHOLE("__handle_domain_irq"), WHOLE("handle_domain_irq"),
	WHOLE("call_on_irq_stack"), WHOLE("do_interrupt_handler"), WHOLE("riscv_timer_interrupt"),
	WHOLE("__handle_irq_event_percpu"), START("handle_irq_event"), WHOLE("handle_fasteoi_irq"),
};

/* From the place that notices down to the line on the console. */
static const struct name reporters[] = {
	WHOLE("dump_backtrace"), WHOLE("unwind_backtrace"), START("show_stack"),
	START("dump_stack"), WHOLE("__dump_stack"), START("show_trace"), WHOLE("walk_stackframe"),
	WHOLE("panic"), WHOLE("vpanic"), WHOLE("nmi_panic"), WHOLE("check_panic_on_warn"),
	WHOLE("panic_bad_stack"), WHOLE("handle_bad_stack"), WHOLE("__bad_stack"),
	START("warn_slowpath"), WHOLE("__warn"), WHOLE("__warn_printk"), WHOLE("report_bug"),
	WHOLE("handle_bug"), START("fixup_bug"), WHOLE("do_error_trap"), WHOLE("do_invalid_op"),
	WHOLE("invalid_op"), WHOLE("exc_invalid_op"), WHOLE("asm_exc_invalid_op"),
	START("print_address_description"), WHOLE("print_report"), START("kasan_report"),
	START("__kasan_report"), WHOLE("kasan_object_err"), WHOLE("kasan_check_range"),
	START("check_memory_region"), START("__kasan_check_"), START("__asan_"),
	START("__hwasan_"), WHOLE("kmsan_report"), WHOLE("__msan_warning"),
	WHOLE("ubsan_epilogue"), START("__ubsan_handle_"), WHOLE("handle_overflow"),
	WHOLE("___might_sleep"), WHOLE("__might_sleep"), WHOLE("__might_resched"),
	WHOLE("__schedule_bug"), WHOLE("lockdep_rcu_suspicious"), START("print_circular_bug"),
	START("print_deadlock_bug"), START("print_usage_bug"), START("print_bad_irq_dependency"),
	START("print_irq_inversion_bug"), START("print_unlock_imbalance_bug"),
	WHOLE("dump_header"), WHOLE("warn_alloc"), WHOLE("bad_page"), WHOLE("spin_dump"),
	WHOLE("spin_bug"), START("nmi_cpu_backtrace"), WHOLE("nmi_trigger_cpumask_backtrace"),
	START("arch_trigger_"), WHOLE("trigger_single_cpu_backtrace"),
	WHOLE("rcu_dump_cpu_stacks"), WHOLE("die"), WHOLE("__die"), WHOLE("oops_end"),
};

static const struct name glue[] = {
	WHOLE("kthread"), START("ret_from_fork"), WHOLE("worker_thread"),
	WHOLE("process_one_work"), WHOLE("process_scheduled_works"), START("do_syscall_"),
	WHOLE("x64_sys_call"), WHOLE("ia32_sys_call"), START("entry_"),
	WHOLE("do_fast_syscall_32"), WHOLE("__do_fast_syscall_32"), START("do_int80"),
	WHOLE("do_SYSENTER_32"), START("invoke_syscall"), START("el0_"), START("el0t_"),
	START("el1_"), START("el1h_"), START("do_el0_svc"), WHOLE("smpboot_thread_fn"),
	WHOLE("run_ksoftirqd"), WHOLE("handle_softirqs"), WHOLE("__do_softirq"),
	START("do_softirq"), START("irq_exit"), START("__irq_exit"), WHOLE("invoke_softirq"),
	START("asm_"), START("sysvec_"), WHOLE("common_startup_64"), START("secondary_startup"),
	WHOLE("start_secondary"), WHOLE("cpu_startup_entry"), WHOLE("do_idle"),
	START("default_idle"), WHOLE("native_safe_halt"), WHOLE("arch_cpu_idle"),
	WHOLE("start_kernel"), START("x86_64_start_"), WHOLE("call_timer_fn"),
	WHOLE("__run_timers"), WHOLE("run_timer_softirq"), WHOLE("ret_fast_syscall"),
	START("syscall_exit"), START("exc_"), WHOLE("kernel_init"), START("system_call"),
};

static bool begins(const struct name *list, size_t n, struct kd_view f)
{
	for (size_t i = 0; i < n; i++)
		if (kd_view_starts(f, list[i].text) && (!list[i].whole || f.n == list[i].text.n))
			return true;
	return false;
}

#define BEGINS(list, f) begins(list, KD_ARRAY_LEN(list), f)

bool kd_func_is_section(struct kd_view func)
{
	static const struct name sections[] = {WHOLE("_text"), WHOLE("_stext"), WHOLE("_etext")};

	return BEGINS(sections, func);
}

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
	return kd_func_is_section(base) || BEGINS(helpers, base) || BEGINS(reporters, base) || BEGINS(glue, base) ||
	       kd_syz_skips(base);
}

bool kd_frame_is_generic(const struct kd_frame *f, const struct kd_report *r)
{
	/* The lists name functions of the kernel's image; a module's function is its own. */
	return !f->module.n && func_is_generic(kd_func_base(f->func), r);
}
