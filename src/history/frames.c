// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/frames.h"

#include "base/alloc.h"

/*
 * What stands in the stacks of any crash. Machinery is how a report comes about: entry from user space, exceptions,
 * printing, sanitizers, allocators and locks that only notice. Generic is the way to the code that is at
 * fault: work queues, sockets, file descriptors, start of modules. Lists of words, blanks between and at both ends.
 */
static const char machinery[] =
	" do_syscall_64 do_syscall_x64 do_syscall_x86 do_fast_syscall_32 __do_fast_syscall_32 do_int80_syscall_32 "
	"do_syscall_32_irqs_on system_call_exception system_call_fastpath syscall_return_slowpath __invoke_syscall "
	"invoke_syscall x64_sys_call show_stack show_regs dump_backtrace save_stack set_track save_stack_trace set_alloc_info "
	"dump_stack dump_stack_lvl __dump_stack end_report panic oops_end die __die __die_body die_addr report_bug handle_bug "
	"fixup_bug do_error_trap do_invalid_op invalid_op general_protection page_fault do_page_fault __do_page_fault "
	"page_fault_oops no_context bad_area_nosemaphore do_user_addr_fault handle_page_fault __warn warn_slowpath_fmt "
	"warn_slowpath_common __warn_printk ubsan_epilogue check_panic_on_warn watchdog_timer_fn lock_acquire __lock_acquire "
	"lock_release lock_is_held_type validate_chain check_noncircular check_prev_add check_prevs_add find_held_lock "
	"mark_lock register_lock_class check_deadlock check_wait_context mark_usage assign_lock_key print_circular_bug "
	"context_switch __schedule schedule schedule_timeout schedule_preempt_disabled preempt_schedule_common "
	"preempt_schedule_irq preempt_schedule _raw_spin_lock _raw_spin_lock_irqsave _raw_spin_unlock_irqrestore "
	"_raw_spin_lock_bh _raw_spin_unlock mutex_lock mutex_lock_nested __mutex_lock __mutex_lock_common memcpy memset "
	"memmove strlen strcpy test_bit set_bit instrument_copy_to_user irq_exit irq_exit_rcu __irq_exit_rcu invoke_softirq "
	"do_softirq_own_stack apic_timer_interrupt smp_apic_timer_interrupt local_apic_timer_interrupt "
	"__sysvec_apic_timer_interrupt common_interrupt asm_common_interrupt native_safe_halt default_idle_call "
	"cpuidle_idle_call cpuidle_enter cpuidle_enter_state do_idle cpu_startup_entry start_secondary rest_init start_kernel "
	"secondary_startup_64_no_verify secondary_startup_64 ret_from_fork ret_from_fork_asm ret_from_kernel_thread "
	"kernel_thread_helper kasan_report kasan_quarantine_reduce qlist_free_all qlink_free quarantine_reduce prep_new_page "
	"post_alloc_hook get_page_from_freelist __alloc_pages __alloc_pages_nodemask alloc_pages allocate_slab new_slab "
	"alloc_slab_page free_pages_prepare free_unref_page free_unref_page_prepare free_pcp_prepare reset_page_owner "
	"set_page_owner __free_slab discard_slab poison_slab_object __cache_free poison_kmalloc_redzone virt_to_cache "
	"memory_is_poisoned exit_to_user_mode_prepare exit_to_user_mode_loop syscall_exit_to_user_mode "
	"__syscall_exit_to_user_mode_work exit_to_usermode_loop prepare_exit_to_usermode tracehook_notify_resume "
	"resume_user_mode_work arch_do_signal_or_restart do_notify_resume debug_print_object debug_check_no_obj_freed "
	"__debug_check_no_obj_freed dump_page bad_page __list_add_valid __list_del_entry_valid __list_add_valid_or_report "
	"__list_del_entry_valid_or_report __virt_addr_valid __phys_addr trigger_all_cpu_backtrace nmi_cpu_backtrace "
	"nmi_trigger_cpumask_backtrace check_hung_uninterruptible_tasks watchdog check_cpu_stall rcu_pending "
	"rcu_sched_clock_irq print_cpu_stall rcu_check_gp_kthread_starvation csum_partial_copy_nocheck do_el0_svc el0_svc "
	"el0_svc_common el0_svc_handler el0_sync el0_sync_handler el1_abort do_mem_abort __do_kernel_fault "
	"do_translation_fault ";

static const char generic[] =
	" kthread worker_thread process_one_work process_scheduled_works smpboot_thread_fn run_ksoftirqd rescuer_thread "
	"task_work_run exit_task_work do_exit do_group_exit __do_sys_exit_group get_signal do_signal __do_softirq "
	"handle_softirqs do_softirq __local_bh_enable_ip run_timer_softirq __run_timers call_timer_fn expire_timers "
	"__run_timer_base run_timer_base hrtimer_interrupt __hrtimer_run_queues __run_hrtimer hrtimer_run_softirq "
	"tick_sched_timer tick_sched_handle update_process_times tick_nohz_handler rcu_core rcu_do_batch "
	"tasklet_action_common handle_irq_event __handle_irq_event_percpu handle_irq_desc generic_handle_irq gic_handle_irq "
	"copy_process kernel_clone _do_fork __do_sys_clone do_one_initcall do_initcalls do_initcall_level do_basic_setup "
	"kernel_init kernel_init_freeable do_init_module load_module __do_sys_finit_module __do_sys_init_module init_module "
	"sock_sendmsg sock_sendmsg_nosec __sock_sendmsg ___sys_sendmsg ____sys_sendmsg __sys_sendmsg __sys_sendmmsg "
	"__sys_sendto __do_sys_sendmsg __do_sys_sendto __do_sys_sendmmsg sock_recvmsg sock_recvmsg_nosec ____sys_recvmsg "
	"___sys_recvmsg __sys_recvmsg __sys_recvfrom __do_sys_recvmsg __do_sys_recvfrom sock_write_iter sock_read_iter "
	"sock_close __sock_release sock_release sock_ioctl sock_do_ioctl __sys_setsockopt __sys_getsockopt "
	"__do_sys_setsockopt __do_sys_getsockopt __sys_connect __sys_connect_file __do_sys_connect __sys_bind __do_sys_bind "
	"__sys_accept4 __sys_socket __do_sys_socket __sock_create sock_create do_sock_setsockopt sock_common_setsockopt "
	"inet_sendmsg inet_release inet_ioctl inet6_release netlink_sendmsg netlink_unicast netlink_unicast_kernel "
	"netlink_rcv_skb netlink_dump __netlink_dump_start netlink_dump_start genl_rcv genl_rcv_msg genl_family_rcv_msg "
	"genl_family_rcv_msg_doit rtnetlink_rcv rtnetlink_rcv_msg nfnetlink_rcv nfnetlink_rcv_msg nfnetlink_rcv_batch "
	"nfnetlink_rcv_skb_batch net_rx_action __napi_poll napi_poll process_backlog __netif_receive_skb "
	"__netif_receive_skb_one_core __netif_receive_skb_core netif_receive_skb netif_receive_skb_internal __dev_queue_xmit "
	"dev_queue_xmit dev_hard_start_xmit netdev_start_xmit __netdev_start_xmit xmit_one sch_direct_xmit __dev_xmit_skb "
	"__qdisc_run qdisc_run net_tx_action __dev_open __dev_close_many dev_change_flags __dev_change_flags do_setlink "
	"call_netdevice_notifiers call_netdevice_notifiers_info call_netdevice_notifiers_extack notifier_call_chain "
	"raw_notifier_call_chain blocking_notifier_call_chain __rtnl_newlink rtnl_newlink register_netdevice "
	"unregister_netdevice_many cleanup_net ops_exit_list ops_init setup_net copy_net_ns create_new_namespaces "
	"unshare_nsproxy_namespaces ksys_unshare __do_sys_unshare __alloc_skb alloc_skb alloc_skb_with_frags "
	"sock_alloc_send_pskb sock_alloc_send_skb kmalloc_reserve kfree_skb __kfree_skb consume_skb skb_release_data "
	"skb_release_all netlink_alloc_large_skb sk_prot_alloc sk_alloc __sk_destruct sk_destruct __sk_free sk_free "
	"release_sock lock_sock_nested nf_hook nf_hook_slow nf_hook_entry_hookfn NF_HOOK NF_HOOK_COND dst_output neigh_output "
	"neigh_resolve_output ip_finish_output2 ip_output ip_local_out ip6_finish_output2 ip6_output ip6_finish_output "
	"__ip6_finish_output __ip_finish_output ip_finish_output vfs_write ksys_write new_sync_write call_write_iter "
	"__do_sys_write __vfs_write do_iter_write do_iter_readv_writev vfs_writev do_writev __do_sys_writev do_pwritev "
	"vfs_read ksys_read new_sync_read call_read_iter __vfs_read __do_sys_read do_readv vfs_readv __do_sys_readv "
	"__do_sys_pwrite64 __do_sys_pread64 __do_sys_preadv vfs_ioctl do_vfs_ioctl ksys_ioctl __do_sys_ioctl compat_ptr_ioctl "
	"__fput ____fput fput path_openat do_filp_open do_sys_open do_sys_openat2 __do_sys_open __do_sys_openat "
	"__do_sys_creat vfs_open do_open do_last do_dentry_open do_o_path chrdev_open vfs_get_tree legacy_get_tree "
	"get_tree_bdev get_tree_bdev_flags get_tree_nodev mount_bdev mount_fs vfs_kern_mount fc_mount do_mount do_new_mount "
	"path_mount ksys_mount __do_sys_mount __do_sys_fsconfig vfs_fsconfig_locked deactivate_super deactivate_locked_super "
	"generic_shutdown_super kill_block_super kill_anon_super kill_litter_super cleanup_mnt __cleanup_mnt evict iput "
	"__dentry_kill dput do_unlinkat do_mkdirat vfs_mkdir vfs_unlink __do_sys_unlink __do_sys_mkdir __do_sys_close "
	"__do_sys_umount do_sendfile __do_sys_sendfile64 splice_direct_to_actor do_splice_direct iter_file_splice_write "
	"direct_splice_actor copy_splice_read kernfs_fop_write kernfs_fop_write_iter sysfs_kf_write dev_attr_store seq_read "
	"seq_read_iter do_writepages wb_writeback wb_workfn wb_do_writeback __writeback_single_inode writeback_sb_inodes "
	"__writeback_inodes_wb handle_mm_fault __handle_mm_fault handle_pte_fault do_fault mmput __mmput exit_mm exit_mmap "
	"do_mmap mmap_region vm_mmap_pgoff ksys_mmap_pgoff call_mmap really_probe __driver_probe_device driver_probe_device "
	"__device_attach_driver __driver_attach driver_attach __device_attach device_initial_probe bus_for_each_drv "
	"bus_for_each_dev bus_probe_device bus_add_driver driver_register bus_remove_driver driver_unregister driver_detach "
	"device_driver_detach device_release_driver device_release_driver_internal __device_release_driver device_add "
	"device_del device_register device_unregister device_release device_remove put_device kobject_put kobject_cleanup "
	"kobject_release kref_put bus_remove_device unbind_store bind_store drv_attr_store call_driver_probe pci_device_probe "
	"local_pci_probe pci_device_remove pci_call_probe pci_unregister_driver __pci_register_driver platform_probe "
	"platform_drv_probe platform_remove dpm_run_callback usb_probe_interface usb_probe_device usb_generic_driver_probe "
	"generic_probe usb_set_configuration usb_new_device hub_event port_event hub_port_connect hub_port_connect_change "
	"usb_unbind_interface usb_disconnect usb_disable_device usb_submit_urb usb_hcd_submit_urb usb_start_wait_urb "
	"usb_control_msg usb_internal_control_msg __usb_hcd_giveback_urb usb_hcd_giveback_urb dummy_timer usb_giveback_urb_bh "
	"wait_for_completion __wait_for_common wait_for_common do_wait_for_common flush_work __flush_work queue_work_on "
	"__queue_work queue_work flush_workqueue __flush_workqueue drain_workqueue call_rcu __call_rcu synchronize_rcu "
	"kvm_vcpu_ioctl __do_sys_bpf __sys_bpf __do_sys_io_uring_enter kernfs_fop_read_iter do_coredump freezer_set "
	"set_kthread_struct kthread_complete_and_exit drm_ioctl drm_ioctl_kernel tty_ioctl tty_write file_tty_write tty_read "
	"blkdev_ioctl blkdev_common_ioctl securityfs ";

/* Beginnings of names and paths. */
static const char machinery_names[] =
	" asm_ exc_ sysvec_ entry_SYSCALL entry_SYSENTER entry_INT80 lockdep_ __lockdep stack_trace_ dump_stack __dump_stack "
	"print_ rcu_read rcu_lock rcu_dynticks __kmalloc kmalloc kmem_cache kzalloc kfree kvmalloc kvfree slab_ __slab "
	"___slab ret_from_ __pfx_ srso_ x64_sys_call trace_hardirqs check_memory_region nmi_ refcount_ atomic_ arch_ "
	"instrument_ __refcount mutex_ __mutex down_read down_write up_read up_write __down __might ___might ___sys_call "
	"__sys_call kasan_ kmsan_ kcsan_ __asan_ __kasan_ __msan_ __ubsan_ __tsan_ __kcsan_ __kmsan_ __sanitizer_ _raw_spin_ "
	"_raw_read_ _raw_write_ __raw_spin_ __raw_read_ __raw_write_ do_raw_spin_ do_raw_read_ do_raw_write_ raw_spin_ "
	"raw_read_ raw_write_ el0_ el1_ el0t_ el1t_ el1h_ el0t el1t ";

static const char machinery_paths[] =
	" mm/kasan mm/kmsan mm/kfence mm/slab mm/slub mm/slob mm/kmemleak mm/page_alloc mm/mempolicy mm/debug lib/dump_stack "
	"lib/ubsan lib/nmi_ lib/bug lib/refcount lib/list_debug lib/stackdepot lib/debugobj lib/fault-inj lib/usercopy "
	"kernel/locking/ kernel/panic kernel/kcov kernel/kcsan kernel/stacktrace kernel/entry/ kernel/rcu/ "
	"include/asm-generic include/linux/slab include/linux/kasan include/linux/spinlock include/linux/instrumented "
	"include/linux/rcu include/linux/atomic include/linux/refcount include/linux/rwlock include/linux/bitops "
	"include/linux/list include/linux/kref include/linux/rwsem include/linux/seqlock include/linux/gfp include/linux/page "
	"include/linux/mutex include/linux/err include/linux/compiler include/linux/jump include/linux/irqflags "
	"include/linux/overflow include/linux/ucopysize include/linux/thread_info include/linux/uaccess include/linux/kmsan "
	"include/linux/kcsan ";

/* The same behind arch/NAME/. */
static const char machinery_arch[] =
	" entry/ kernel/traps kernel/dumpstack kernel/stacktrace kernel/unwind kernel/entry kernel/process kernel/apic "
	"kernel/irq kernel/smp kernel/syscall mm/fault mm/extable include/ ";

static const char generic_paths[] =
	" include/ lib/ mm/ kernel/workqueue kernel/kthread kernel/task_work kernel/softirq kernel/exit kernel/signal "
	"kernel/fork kernel/notifier kernel/hung_task kernel/sched/ kernel/time/ kernel/irq/ kernel/smp init/ net/socket.c "
	"net/core/dev.c net/core/sock.c net/core/skbuff.c net/core/datagram.c net/core/stream.c net/core/neighbour.c "
	"net/core/rtnetlink.c net/core/iovec.c net/core/net_namespace.c net/netlink/ net/netfilter/nfnetlink.c "
	"net/netfilter/core.c fs/ioctl fs/read_write fs/open fs/namei fs/file_table fs/super fs/fs_context fs/namespace "
	"fs/file fs/splice fs/inode fs/dcache fs/seq_file fs/kernfs/ fs/sysfs/ fs/char_dev fs/libfs fs/exec fs/fs-writeback "
	"drivers/base/ drivers/usb/core/ drivers/pci/pci-driver lib/kobject security/security arch/ ";

static bool is_in(const char *list, struct kd_view word)
{
	struct kd_view all = kd_view_of(list), one;

	while (kd_view_take_word(&all, &one)) {
		if (kd_view_eq(one, word))
			return true;
		kd_view_skip_blank(&all);
	}
	return false;
}

static bool begins(const char *list, struct kd_view text)
{
	struct kd_view all = kd_view_of(list), one;

	kd_view_skip_blank(&all);
	while (kd_view_take_word(&all, &one)) {
		if (kd_view_starts(text, one))
			return true;
		kd_view_skip_blank(&all);
	}
	return false;
}

static bool in_arch(struct kd_view path)
{
	size_t slash;

	if (!kd_view_skip(&path, KD_V("arch/")) || (slash = kd_view_chr(path, '/')) == KD_NPOS)
		return false;
	return begins(machinery_arch, kd_view_from(path, slash + 1));
}

enum kd_frame_class kd_frame_class(struct kd_view func, struct kd_view path)
{
	if (func.n && (is_in(machinery, func) || begins(machinery_names, func)))
		return KD_FRAME_MACHINERY;
	if (path.n && (begins(machinery_paths, path) || in_arch(path)))
		return KD_FRAME_MACHINERY;
	if (func.n && is_in(generic, func))
		return KD_FRAME_GENERIC;
	return path.n && begins(generic_paths, path) ? KD_FRAME_GENERIC_PATH : KD_FRAME_SPECIFIC;
}
