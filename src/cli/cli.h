/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli.h: the command line of kdoc, from argv to the exit code.
 *
 *	int main(int argc, char **argv)
 *	{
 *		return kd_cli_main((size_t)argc, (const char **)argv);
 *	}
 */
#ifndef KD_CLI_CLI_H
#define KD_CLI_CLI_H

#include <stddef.h>

/* Reorders argv. Exit codes: enum kd_exit of cmd.h. */
int kd_cli_main(size_t argc, const char **argv);

#endif
