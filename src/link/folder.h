/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * folder.h: a folder as an outside service: how its address is written.
 *
 *	kd_link_folder_claims(KD_V("dir:/srv/issues"))                  // true, whether or not it is there
 *	kd_link_folder_claims(KD_V("/srv/issues"))                      // true if it is a folder
 *	err = kd_link_folder_open(address, "issues", &path);            // KD_NOTFOUND: "/srv/issues is no folder of issues"
 *	kd_free(path);
 */
#ifndef KD_LINK_FOLDER_H
#define KD_LINK_FOLDER_H

#include <stdbool.h>

#include "base/error.h"
#include "base/view.h"

/* Is it "dir:FOLDER", or the name of a folder? The claims() of both contracts. */
bool kd_link_folder_claims(struct kd_view address);

/* Its path, on the heap. */
KD_MUST_CHECK struct kd_error *kd_link_folder_open(struct kd_view address, const char *of_what, char **ret);

#endif
