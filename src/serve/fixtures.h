/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fixtures.h: what fixtures.c and fixtures_ask.c share (kdoc mcp --fixtures).
 *
 *	if (!fixture_needs(c, "sampling"))
 *		return;                                    // the call was refused, and has ended
 *
 * Nothing is owned; the functions end the call where they say so.
 */
#ifndef KD_SERVE_FIXTURES_H
#define KD_SERVE_FIXTURES_H

#include "serve/tool.h"

#define FIXTURE_PROMPT "test_input_required_result_prompt"

/* false: the client has not this capability; the call was refused and has ended. */
bool fixture_needs(struct kd_mcp_call *c, const char *capability);
/* A tool of the table of questions; ends the call, or asks. */
void fixture_ask(struct kd_mcp_call *c, const struct kd_mcp_tool *t, struct kd_jval args);
/* The same for FIXTURE_PROMPT. */
void fixture_ask_prompt(struct kd_mcp_call *c);
/* Ends prompts/get with one message of this text. */
void fixture_prompt_text(struct kd_mcp_call *c, struct kd_view text);

#endif
