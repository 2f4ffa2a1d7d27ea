/* Other processes. A child must not use what its parent has already started threads with. */
#ifndef SUPPORT_CHILD_H
#define SUPPORT_CHILD_H

#include <sys/types.h>

struct child {
    pid_t pid;
    int fd; /* to talk with the other side */
};

/* What a child does; what it returns is its exit status. It fails by that, and never by an assertion. */
typedef int child_act(void *context, const struct child *self);

/* For the child: tells the parent that it is ready; waits until the parent lets it go on; or both. */
void child_tell(const struct child *self);
void child_wait(const struct child *self);
void child_ready(const struct child *self);

/* Returns when the child is ready or has ended. */
struct child child_start(child_act *act, void *context);

void child_let_go(const struct child *child);
int child_end(const struct child *child);   /* lets it go; its exit status, or 128 and the signal's number */
void child_kill(const struct child *child); /* as a crash would */

/* From beginning to end: the exit status. */
int child_run(child_act *act, void *context);

#endif
