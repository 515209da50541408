/* SPDX-License-Identifier: BSD-2-Clause */
/* Which word was probably meant? */
#ifndef TOOLS_SHARED_WORDS_H
#define TOOLS_SHARED_WORDS_H

/* The word of `words` (ended by NULL) that `word` was probably meant to be, or NULL. */
const char *word_nearest(const char *word, const char *const *words);

#endif
