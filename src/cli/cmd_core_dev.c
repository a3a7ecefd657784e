// SPDX-License-Identifier: GPL-2.0-or-later
/* core dev, core net. */
#include "verb/core_dev.h"
#include "verb/core_net.h"

#include "base/alloc.h"
#include "cli/core.h"
#include "cli/verbs.h"

struct dev_opts {
	struct kd_core_opts common;
	struct kd_core_dev_options dev;
};

static const struct kd_opt dev_opts[] = {
	KD_OPT_FLAG_('m', "majors", struct dev_opts, dev.majors, "major numbers of character and block devices"),
	KD_OPT_FLAG_('i', "io", struct dev_opts, dev.io, "requests that are in flight, the oldest first"),
	KD_OPT_FLAG_('s', "stats", struct dev_opts, dev.stats, "what each disk and partition did"),
	KD_OPT_FLAG_('P', "pci", struct dev_opts, dev.pci, "PCI devices"),
	KD_CORE_OPTS(struct dev_opts, common),
};

static int run_dev(struct kd_cli *cli, const void *options)
{
	const struct dev_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_dev, &o->common, kd_core_dev, &o->dev);
}

static const char *const dev_about[] = {
	"The disks of a dump: size, driver, queues, and how many requests are in flight, as the tags of their hardware queues have it.",
	NULL,
};

static const struct kd_example dev_examples[] = {
	{"kdoc core dev vmcore", "the disks"},
	{"kdoc core dev --io vmcore", "what the disks did not answer"},
	{"kdoc core dev --majors vmcore", "who has which major number"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_dev = {
	.name = "core dev",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP",
	.summary = "disks, requests in flight, device numbers of a dump",
	.about = dev_about,
	.negative = "there are none",
	.examples = dev_examples,
	.opts = dev_opts,
	.nopts = KD_ARRAY_LEN(dev_opts),
	.opts_size = sizeof(struct dev_opts),
	.min_args = 1,
	.max_args = 1,
	.run = run_dev,
};

struct net_opts {
	struct kd_core_opts common;
	struct kd_core_net_options net;
};

static const struct kd_opt net_opts[] = {
	KD_OPT_FLAG_('s', "sockets", struct net_opts, net.sockets, "TCP and UDP sockets instead"),
	KD_OPT_FLAG_('x', "unix", struct net_opts, net.local, "UNIX sockets instead"),
	KD_OPT_FLAG_('D', "diagnose", struct net_opts, net.diagnose, "what holds up the network instead"),
	KD_CORE_OPTS(struct net_opts, common),
};

static int run_net(struct kd_cli *cli, const void *options)
{
	const struct net_opts *o = options;

	return kd_cli_core(cli, &kd_cmd_core_net, &o->common, kd_core_net, &o->net);
}

static const char *const net_about[] = {
	"The network devices of all network namespaces, with their addresses; or the sockets in the hash tables of TCP and UDP, or UNIX sockets, with who has them open; or one socket, by the address of its struct sock.",
	"--diagnose says what holds up the network, with the memory that says so: transmit queues that are stopped (for how long, beside the watchdog's "
	"limit) and what waits there, devices without a carrier, devices that cannot be taken away, sockets of TCP and UDP whose queues are full "
	"or that send again, and what each CPU has not worked off.",
	NULL,
};

static const struct kd_example net_examples[] = {
	{"kdoc core net vmcore", "devices"},
	{"kdoc core net --sockets vmcore", "sockets"},
	{"kdoc core net --diagnose vmcore", "what holds up the network"},
	{"kdoc core net vmcore 0xffff888100123400", "one socket"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_core_net = {
	.name = "core net",
	.phase = KD_PHASE_DUMP,
	.usage = "DUMP [SOCK]",
	.summary = "network devices and sockets of a dump",
	.about = net_about,
	.negative = "there are none",
	.examples = net_examples,
	.opts = net_opts,
	.nopts = KD_ARRAY_LEN(net_opts),
	.opts_size = sizeof(struct net_opts),
	.min_args = 1,
	.max_args = 2,
	.run = run_net,
};
