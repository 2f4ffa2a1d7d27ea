/* A directory that can't be written for a while, even by root, who becomes someone else for it. */
#ifndef SUPPORT_UNWRITABLE_H
#define SUPPORT_UNWRITABLE_H

void unwritable_begin(const char *directory);
void unwritable_end(const char *directory); /* before anything is asserted */

#endif
