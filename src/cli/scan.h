/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scan.h: reports of logs as every command writes them that lists some.
 *
 *	struct kd_scan_request req = {.log = &in, .fold = !cli->json};
 *	err = cli->json ? kd_cli_scan_json(cli, &req, &sum) : kd_cli_scan_text(cli, &req, &sum);
 */
#ifndef KD_CLI_SCAN_H
#define KD_CLI_SCAN_H

#include "cli/cmd.h"
#include "verb/scan.h"

KD_MUST_CHECK struct kd_error *kd_cli_scan_text(struct kd_cli *cli, const struct kd_scan_request *req, struct kd_scan_summary *sum);
/* One document kdoc.scan/1. */
KD_MUST_CHECK struct kd_error *kd_cli_scan_json(struct kd_cli *cli, const struct kd_scan_request *req, struct kd_scan_summary *sum);

#endif
