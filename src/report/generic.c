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

#define START(lit) {{lit, sizeof(lit) - 1}, false}
#define WHOLE(lit) {{lit, sizeof(lit) - 1}, true}

/* Lists by the first byte, because every frame of a report is compared with all of them. */
#define NAMES(...) (const struct name[]){__VA_ARGS__, {{NULL, 0}, false}}

/* Sleeping and waiting for a lock. */
static const struct name *const waiting[128] = {
	['_'] = NAMES(START("__schedule"), START("__switch_to"), START("__mutex_lock"),
			START("__ww_mutex"), START("__rt_mutex"), START("__rwsem"), START("__down"),
			START("__percpu_"), START("__wait_for_c"), START("__wait_on_"),
			START("__wait_rcu_gp"), START("__synchronize"), START("__flush_work"),
			START("__folio_lock"), START("__lock_page")),
	['b'] = NAMES(START("bit_wait"), START("bit_lock")),
	['c'] = NAMES(START("context_switch")),
	['d'] = NAMES(START("down_"), WHOLE("down"), START("do_wait_for_common"),
			START("do_nanosleep")),
	['f'] = NAMES(START("futex_wait"), START("folio_wait_"), WHOLE("folio_lock")),
	['h'] = NAMES(START("hrtimer_nanosleep")),
	['i'] = NAMES(START("io_schedule")),
	['m'] = NAMES(START("mutex_lock"), START("msleep")),
	['o'] = NAMES(START("out_of_line_wait")),
	['p'] = NAMES(START("preempt_schedule"), START("percpu_rwsem"), START("percpu_down")),
	['r'] = NAMES(START("rt_mutex_"), START("rtlock_"), START("rwbase_"), START("rwsem_"),
			START("rtnl_lock")),
	['s'] = NAMES(START("schedule"), START("synchronize_")),
	['u'] = NAMES(START("usleep")),
	['w'] = NAMES(START("ww_mutex"), START("wait_for_c"), START("wait_on_"),
			START("wait_woken"), START("wait_rcu_gp"),
			START("wait_transaction_locked")),
};

/* What checks and allocates: kernel/locking/lockdep.c, mm/slub.c, mm/page_alloc.c and others. */
static const struct name *const helpers[128] = {
	['_'] = NAMES(WHOLE("__copy_overflow"), WHOLE("__fortify_panic"),
			WHOLE("__check_object_size"), WHOLE("__check_heap_object"),
			START("__free_pages"), START("__free_one_page"), WHOLE("__lock_acquire"),
			START("__slab_"), WHOLE("__this_cpu_preempt_check"),
			WHOLE("__do_kernel_fault"), WHOLE("__cant_sleep"),
			WHOLE("__stack_chk_fail"), WHOLE("__delay"), WHOLE("__const_udelay"),
			START("__refcount_"), START("__fortify_"), START("__sanitizer_cov"),
			WHOLE("__roundup_pow_of_two")),
	['a'] = NAMES(WHOLE("alloc_debug_processing"), WHOLE("alloc_consistency_checks"),
			WHOLE("assign_lock_key")),
	['c'] = NAMES(WHOLE("copy_overflow"), START("check_new_page"), WHOLE("check_irq_usage"),
			START("check_usage"), WHOLE("check_wait_context"), WHOLE("check_flags"),
			WHOLE("check_copy_size"), WHOLE("check_region_inline"), WHOLE("check_kcov_mode"),
			WHOLE("check_noncircular"), START("check_prev"),
			WHOLE("check_bytes_and_report"), WHOLE("check_pad_bytes"),
			WHOLE("check_object"), WHOLE("check_slab"),
			WHOLE("check_preemption_disabled")),
	['d'] = NAMES(START("debug_check_no_locks"), WHOLE("debug_show_all_locks"),
			WHOLE("debug_smp_processor_id"), WHOLE("do_tag_recovery"),
			WHOLE("debug_check_no_locks_held"), WHOLE("delay_tsc"), START("debug_timer_"),
			START("debug_hrtimer_"), START("debug_work_"), START("debug_rcu_head_")),
	['f'] = NAMES(WHOLE("fortify_panic"), START("free_pages"), START("free_unref"),
			START("free_pcppages"), START("free_the_page"), START("free_page_is_bad"),
			WHOLE("free_consistency_checks"), WHOLE("free_debug_processing"),
			START("free_to_partial_list"), START("free_frozen_page")),
	['i'] = NAMES(WHOLE("init_object")),
	['l'] = NAMES(WHOLE("lock_acquire"), START("lock_is_held")),
	['m'] = NAMES(START("mark_lock"), WHOLE("mark_held_locks"), WHOLE("mark_usage"),
			WHOLE("mark_irqflags"), WHOLE("might_alloc")),
	['n'] = NAMES(WHOLE("number")), /* lib/vsprintf.c; its others are among those of syz_stack.c */
	['o'] = NAMES(WHOLE("oom_kill_process"), WHOLE("out_of_memory"), WHOLE("object_err"),
			WHOLE("on_freelist")),
	['p'] = NAMES(START("prep_new_page"), WHOLE("print_trailer"), WHOLE("preempt_count_add"),
			WHOLE("preempt_count_sub"), WHOLE("print_shortest_lock_dependencies")),
	['r'] = NAMES(WHOLE("report_tag_fault"), WHOLE("rcu_preempt_sleep_check"),
			WHOLE("rcu_sleep_check")),
	['s'] = NAMES(START("slab_"), WHOLE("static_obj")),
	['v'] = NAMES(WHOLE("valid_state"), WHOLE("validate_chain"), START("validate_slab"),
			WHOLE("virt_to_head_page"),
			WHOLE("virt_to_cache"), WHOLE("virt_to_slab"), WHOLE("virt_to_folio")),
	['w'] = NAMES(WHOLE("watchdog"), WHOLE("watchdog_timer_fn"), WHOLE("write_comp_data")),
};

/* How a stall or lockup gets printed, from the timer interrupt or an NMI. */
static const struct name *const printers[128] = {
	['_'] = NAMES(WHOLE("_sched_show_task"), WHOLE("__rcu_pending"),
			WHOLE("__hrtimer_run_queues"), WHOLE("__run_hrtimer"), WHOLE("__switch_to"), WHOLE("__schedule"),
			START("__sysvec_"), /* 5.8 to 5.10: below sysvec_apic_timer_interrupt() */
			WHOLE("__handle_domain_irq"), WHOLE("__handle_irq_event_percpu")),
	['a'] = NAMES(WHOLE("apic_timer_interrupt"), START("arch_trigger_"),
			START("arch_timer_handler_")),
	['c'] = NAMES(WHOLE("check_cpu_stall"), WHOLE("context_switch"),
			WHOLE("call_on_irq_stack")),
	['d'] = NAMES(WHOLE("dump_cpu_task"), WHOLE("do_interrupt_handler")),
	['g'] = NAMES(WHOLE("generic_handle_domain_irq"), START("generic_handle_irq"),
			WHOLE("gic_handle_irq")),
	['h'] = NAMES(WHOLE("hrtimer_interrupt"), WHOLE("handle_percpu_devid_irq"),
			WHOLE("handle_irq_desc"), WHOLE("handle_domain_irq"),
			START("handle_irq_event"), WHOLE("handle_fasteoi_irq")),
	['l'] = NAMES(WHOLE("local_apic_timer_interrupt")),
	['n'] = NAMES(START("nmi_cpu_backtrace"), WHOLE("nmi_trigger_cpumask_backtrace")),
	['p'] = NAMES(START("print_cpu_stall")),
	['r'] = NAMES(WHOLE("rcu_dump_cpu_stacks"), WHOLE("rcu_check_callbacks"),
			WHOLE("rcu_sched_clock_irq"), WHOLE("rcu_pending"),
			WHOLE("riscv_timer_interrupt")),
	['s'] = NAMES(WHOLE("sched_show_task"), WHOLE("smp_apic_timer_interrupt"),
			WHOLE("scheduler_tick"), WHOLE("sched_tick"), WHOLE("schedule"),
			WHOLE("smp_trace_apic_timer_interrupt")),
	['t'] = NAMES(START("tick_sched_"), WHOLE("tick_nohz_handler"), WHOLE("tick_periodic"),
			START("tick_handle_"), WHOLE("trigger_single_cpu_backtrace"),
			WHOLE("trace_apic_timer_interrupt")),
	['u'] = NAMES(WHOLE("update_process_times")),
	['w'] = NAMES(WHOLE("walk_stackframe")),
};

/* From the place that notices down to the line on the console. */
static const struct name *const reporters[128] = {
	['_'] = NAMES(WHOLE("__dump_stack"), WHOLE("__bad_stack"), WHOLE("__warn"),
			WHOLE("__warn_printk"), START("__kasan_report"), START("__kasan_check_"),
			START("__asan_"), START("__hwasan_"), WHOLE("__msan_warning"),
			START("__ubsan_handle_"), WHOLE("___might_sleep"), WHOLE("__might_sleep"),
			WHOLE("__might_resched"), WHOLE("__schedule_bug"), WHOLE("__die")),
	['a'] = NAMES(WHOLE("asm_exc_invalid_op"), START("arch_trigger_")),
	['b'] = NAMES(WHOLE("bad_page")),
	['c'] = NAMES(WHOLE("check_panic_on_warn"), START("check_memory_region")),
	['d'] = NAMES(WHOLE("dump_backtrace"), START("dump_stack"), WHOLE("do_error_trap"),
			WHOLE("do_invalid_op"), WHOLE("dump_header"), WHOLE("die")),
	['e'] = NAMES(WHOLE("exc_invalid_op")),
	['f'] = NAMES(START("fixup_bug")),
	['h'] = NAMES(WHOLE("handle_bad_stack"), WHOLE("handle_bug"), WHOLE("handle_overflow")),
	['i'] = NAMES(WHOLE("invalid_op")),
	['k'] = NAMES(START("kasan_report"), WHOLE("kasan_object_err"), WHOLE("kasan_check_range"),
			WHOLE("kmsan_report")),
	['l'] = NAMES(WHOLE("lockdep_rcu_suspicious")),
	['n'] = NAMES(WHOLE("nmi_panic"), START("nmi_cpu_backtrace"),
			WHOLE("nmi_trigger_cpumask_backtrace")),
	['o'] = NAMES(WHOLE("oops_end")),
	['p'] = NAMES(WHOLE("panic"), WHOLE("panic_bad_stack"), START("print_address_description"),
			WHOLE("print_report"), START("print_circular_bug"),
			START("print_deadlock_bug"), START("print_usage_bug"),
			START("print_bad_irq_dependency"), START("print_irq_inversion_bug"), START("print_freed_lock_bug"),
			START("print_unlock_imbalance_bug")),
	['r'] = NAMES(WHOLE("report_bug"), WHOLE("rcu_dump_cpu_stacks")),
	['s'] = NAMES(START("show_stack"), START("show_trace"), WHOLE("spin_dump"),
			WHOLE("spin_bug")),
	['t'] = NAMES(WHOLE("trigger_single_cpu_backtrace")),
	['u'] = NAMES(WHOLE("unwind_backtrace"), WHOLE("ubsan_epilogue")),
	['v'] = NAMES(WHOLE("vpanic")),
	['w'] = NAMES(WHOLE("walk_stackframe"), START("warn_slowpath"), WHOLE("warn_alloc")),
};

/* The outer end of every stack. */
static const struct name *const glue[128] = {
	['_'] = NAMES(WHOLE("__do_fast_syscall_32"), WHOLE("__do_softirq"), START("__irq_exit"),
			WHOLE("__run_timers")),
	['a'] = NAMES(START("asm_"), WHOLE("arch_cpu_idle")),
	['c'] = NAMES(WHOLE("common_startup_64"), WHOLE("cpu_startup_entry"),
			WHOLE("call_timer_fn")),
	['d'] = NAMES(START("do_syscall_"), WHOLE("do_fast_syscall_32"), START("do_int80"),
			WHOLE("do_SYSENTER_32"), START("do_el0_svc"), START("do_softirq"),
			WHOLE("do_idle"), START("default_idle")),
	['e'] = NAMES(START("entry_"), START("el0_"), START("el0t_"), START("el1_"), START("el1h_"),
			START("exc_")),
	['h'] = NAMES(WHOLE("handle_softirqs")),
	['i'] = NAMES(WHOLE("ia32_sys_call"), START("invoke_syscall"), START("irq_exit"),
			WHOLE("invoke_softirq")),
	['k'] = NAMES(WHOLE("kthread"), WHOLE("kernel_init")),
	['n'] = NAMES(WHOLE("native_safe_halt")),
	['p'] = NAMES(WHOLE("process_one_work"), WHOLE("process_scheduled_works")),
	['r'] = NAMES(START("ret_from_fork"), WHOLE("run_ksoftirqd"), WHOLE("run_timer_softirq"),
			WHOLE("ret_fast_syscall")),
	['s'] = NAMES(WHOLE("smpboot_thread_fn"), START("sysvec_"), START("secondary_startup"),
			WHOLE("start_secondary"), WHOLE("start_kernel"), START("syscall_exit"),
			START("system_call")),
	['w'] = NAMES(WHOLE("worker_thread")),
	['x'] = NAMES(WHOLE("x64_sys_call"), START("x86_64_start_")),
};

static bool begins(const struct name *const list[128], struct kd_view f)
{
	const struct name *k = f.n && !(*f.p & 0x80) ? list[(unsigned char)*f.p] : NULL;

	for (; k && k->text.n; k++)
		if (kd_view_starts(f, k->text) && (!k->whole || f.n == k->text.n))
			return true;
	return false;
}

bool kd_func_is_section(struct kd_view func)
{
	return kd_view_eq(func, KD_V("_text")) || kd_view_eq(func, KD_V("_stext")) ||
	       kd_view_eq(func, KD_V("_etext"));
}

bool kd_frame_is_reporter(const struct kd_frame *f)
{
	return !f->module.n && begins(reporters, kd_func_base(f->func));
}

static bool func_is_generic(struct kd_view base, const struct kd_report *r)
{
	for (const char *const *h = r->kind->helpers; h && *h; h++)
		if (kd_pattern_fits(*h, base))
			return true;
	if ((kd_kind_in(r->kind, "hang") || kd_kind_in(r->kind, "atomic")) &&
	    begins(waiting, base))
		return true;
	if (r->kind->pcclass == KD_PCC_SAMPLED && begins(printers, base))
		return true;
	return kd_func_is_section(base) || begins(helpers, base) || begins(reporters, base) || begins(glue, base) ||
	       kd_syz_skips(base);
}

bool kd_frame_is_generic(const struct kd_frame *f, const struct kd_report *r)
{
	if (f->at_start || f->outside)
		return true;
	/* The lists name functions of the kernel's image; a module's function is its own. */
	return !f->module.n && func_is_generic(kd_func_base(f->func), r);
}
