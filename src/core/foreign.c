// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/foreign.h"

#include "base/alloc.h"

#define BY_QEMU "QEMU's dump-guest-memory and `virsh dump --memory-only --format=kdump-zlib` make dumps that can be read"

static const struct kd_foreign known[] = {
	/* lkcd: dump.h, DUMP_MAGIC_NUMBER, in both byte orders */
	{{"\xed\x23\x8f\x61\x73\x01\x19\xa8", 8}, "an LKCD dump", "libkdumpfile reads it", true},
	{{"\xa8\x19\x01\x73\x61\x8f\x23\xed", 8}, "an LKCD dump of a big-endian machine", "libkdumpfile reads it", true},
	/* s390-tools: zdump, DF_S390_MAGIC */
	{{"\xa8\x19\x01\x73\x61\x8f\x23\xfd", 8}, "an s390 stand-alone dump", "zgetdump makes an ELF core of it", true},
	/* diskdumputils; makedumpfile(8) took over its layout as "KDUMP   " */
	{KD_V("DISKDUMP"), "a dump of diskdump", "libkdumpfile reads it", true},
	/* makedumpfile: sadump_mod.h */
	{{"sadump\0\0", 8}, "a dump of sadump", "makedumpfile makes a compressed kdump of it", true},
	/* libvirt: qemu_saveimage.h */
	{KD_V("LibvirtQemudSave"), "a saved guest (virsh save, or virsh dump without --memory-only)", BY_QEMU, false},
	{KD_V("LibvirtQemudPart"), "a saved guest that was not finished", BY_QEMU, false},
	/* QEMU: migration/qemu-file-types.h, QEMU_VM_FILE_MAGIC */
	{KD_V("QEVM"), "a migration stream of QEMU", BY_QEMU, false},
	{{"QFI\xfb", 4}, "a disk of QEMU (qcow2)", "a snapshot of a guest is no dump: " BY_QEMU, false},
	/* Windows' dumps, which QEMU and virsh make with format=win-dmp */
	{KD_V("PAGEDU64"), "a dump in Windows' format", BY_QEMU, false},
	{KD_V("PAGEDUMP"), "a dump in Windows' format", BY_QEMU, false},
	/* crash: vmware_vmss.c */
	{{"\xd0\xbe\xd2\xbe", 4}, "a saved state of VMware", "VMware's vmss2core makes a core of it", false},
	{{"\xd1\xba\xd1\xba", 4}, "a saved state of VMware", "VMware's vmss2core makes a core of it", false},
	{{"\xd2\xbe\xd2\xbe", 4}, "a saved state of VMware", "VMware's vmss2core makes a core of it", false},
	{{"\xd3\xbe\xd3\xbe", 4}, "a saved state of VMware", "VMware's vmss2core makes a core of it", false},
	/* LiME: doc/README.md, LIME_MAGIC */
	{KD_V("EMiL"), "a picture of memory by LiME", "kdump, QEMU and /proc/kcore give dumps that can be read", false},
	/* xl: docs/man, libs/light: the magic of a save record */
	{KD_V("Xen saved domain"), "a saved domain of Xen", "`xl dump-core` makes an ELF core, which libkdumpfile reads",
	 false},
};

const struct kd_foreign *kd_foreign_guess(struct kd_view head)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(known); i++)
		if (kd_view_starts(head, known[i].magic))
			return &known[i];
	return NULL;
}
