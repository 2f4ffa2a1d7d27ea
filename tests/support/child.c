#include "support/child.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/check.h"

static void tell(int fd)
{
    (void)!send(fd, "", 1, MSG_NOSIGNAL);
}

static void listen_for(int fd)
{
    char byte;
    (void)!read(fd, &byte, 1);
}

void child_tell(const struct child *self)
{
    tell(self->fd);
}

void child_wait(const struct child *self)
{
    listen_for(self->fd);
}

void child_ready(const struct child *self)
{
    child_tell(self);
    child_wait(self);
}

struct child child_start(child_act *act, void *context)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    fflush(NULL); /* or both would print it */
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const struct child self = {getpid(), ends[1]};
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ends[0]);
        int status = act(context, &self);
        fflush(NULL);
        _exit(status);
    }
    close(ends[1]);
    listen_for(ends[0]);
    return (struct child){pid, ends[0]};
}

static int reap(const struct child *child)
{
    int status = 0;
    assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
    close(child->fd);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void child_let_go(const struct child *child)
{
    tell(child->fd);
}

int child_end(const struct child *child)
{
    child_let_go(child);
    return reap(child);
}

void child_kill(const struct child *child)
{
    kill(child->pid, SIGKILL);
    assert_int_equal(reap(child), 128 + SIGKILL);
}

int child_run(child_act *act, void *context)
{
    struct child child = child_start(act, context);
    return child_end(&child);
}
