/* Lock files: who holds one, who waits, and who is told what. Nothing here starts a thread. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/lock.h"
#include "support/check.h"
#include "support/child.h"
#include "support/load.h"
#include "support/temp_dir.h"
#include "support/unwritable.h"

#define PATH_BYTES 4096
#define SHORT_MS 60
#define LONG_MS 20000

static int make_directory(void **state)
{
    *state = temp_dir_create();
    return *state ? 0 : -1;
}

static int remove_directory(void **state)
{
    temp_dir_destroy(*state);
    return 0;
}

static const char *path_in(const char *directory, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "%s/%s", directory, LOCK_WRITER);
    return path;
}

static pilsmer_code try_take(const char *directory, uint32_t timeout_ms, struct lock *lock)
{
    return lock_take(directory, LOCK_WRITER, "the test", timeout_ms, lock, &check_error);
}

static struct lock take(const char *directory)
{
    struct lock lock = LOCK_NONE;
    check_ok(try_take(directory, LONG_MS, &lock));
    assert_true(lock.fd >= 0);
    return lock;
}

/* A failure leaves the lock alone. */
static uint64_t not_taken(pilsmer_code expected, const char *directory, uint32_t timeout_ms)
{
    struct lock untouched = LOCK_NONE;
    uint64_t began_ms = clock_monotonic_ms();
    check_code(expected, try_take(directory, timeout_ms, &untouched));
    assert_int_equal(untouched.fd, -1);
    return clock_monotonic_ms() - began_ms;
}

static bool is_there(const char *directory)
{
    char path[PATH_BYTES];
    return access(path_in(directory, path), F_OK) == 0;
}

/* The line for people; the next one is for processes. */
static void expect_first_line(const char *directory, const char *expected)
{
    char path[PATH_BYTES];
    struct buffer content = load_file(path_in(directory, path));
    const uint8_t *end = content.len ? memchr(content.data, '\n', content.len) : NULL;
    check_bytes(slice_of(content.data, end ? (size_t)(end + 1 - content.data) : 0), slice_of_text(expected));
    buffer_free(&content);
}

/* ---------------------------------------------------------------------------------------- other processes */

/* A holder that knows nothing of lock.c: it locks the file, and says of itself what it is told to. */
struct holder {
    const char *directory;
    const char *says; /* NULL: its pid and "another program" */
};

static int hold(void *context, const struct child *self)
{
    const struct holder *holder = context;
    char path[PATH_BYTES], text[64];
    int fd = open(path_in(holder->directory, path), O_RDWR | O_CREAT | O_TRUNC, 0666);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0)
        return 1;
    snprintf(text, sizeof text, "%ld (another program)\n", (long)self->pid);
    const char *says = holder->says ? holder->says : text;
    if (pwrite(fd, says, strlen(says), 0) != (ssize_t)strlen(says))
        return 1;
    child_ready(self);
    return 0;
}

static struct child start_holder(const char *directory)
{
    struct holder holder = {directory, NULL};
    return child_start(hold, &holder);
}

/* -------------------------------------------------------------------------------------------- one process */

static void a_lock_is_a_file_that_says_who_holds_it(void **state)
{
    char expected[64];
    struct lock lock = take(*state);
    snprintf(expected, sizeof expected, "%ld (the test)\n", (long)getpid());
    expect_first_line(*state, expected);
    lock_release(&lock);
    assert_int_equal(lock.fd, -1);
}

static void a_released_lock_says_nothing_and_can_be_taken_again(void **state)
{
    struct lock lock = take(*state);
    lock_release(&lock);
    expect_first_line(*state, "");
    lock = take(*state);
    lock_release(&lock);
}

static void two_names_are_two_locks(void **state)
{
    struct lock writer = take(*state);
    struct lock compactor = LOCK_NONE;
    check_ok(lock_take(*state, LOCK_COMPACTOR, "the test", 0, &compactor, &check_error));
    lock_release(&compactor);
    lock_release(&writer);
}

static void the_same_process_is_refused_at_once(void **state)
{
    struct lock lock = take(*state);
    assert_in_range(not_taken(PILSMER_BUSY, *state, LONG_MS), 0, LONG_MS / 2);
    check_says("in this process");
    lock_release(&lock);
}

static void releasing_what_is_not_held_does_nothing(void **state)
{
    (void)state;
    struct lock none = LOCK_NONE;
    lock_release(&none);
    lock_withdraw("/nowhere", LOCK_WRITER, &none);
    assert_int_equal(none.fd, -1);
}

static void a_long_command_is_cut_and_kept_to_one_line(void **state)
{
    char command[1024], path[PATH_BYTES];
    struct lock lock = LOCK_NONE;
    memset(command, 'x', sizeof command - 1);
    command[sizeof command - 1] = '\0';
    check_ok(lock_take(*state, LOCK_WRITER, command, 0, &lock, &check_error));
    struct buffer content = load_file(path_in(*state, path));
    assert_in_range(content.len, 10, 200);
    lock_release(&lock);
    buffer_free(&content);
}

static void stale_content_is_no_holder(void **state)
{
    char path[PATH_BYTES], expected[64];
    save_file(path_in(*state, path),
              slice_of_text("1 (the process that was killed)\nand more lines than it\n"));
    struct lock lock = take(*state);
    snprintf(expected, sizeof expected, "%ld (the test)\n", (long)getpid());
    expect_first_line(*state, expected);
    lock_release(&lock);
}

static void stale_content_with_this_pid_is_no_holder(void **state)
{
    char path[PATH_BYTES], text[64];
    snprintf(text, sizeof text, "%ld (this pid's last owner)\n", (long)getpid());
    save_file(path_in(*state, path), slice_of_text(text));
    struct lock lock = take(*state);
    lock_release(&lock);
}

static void a_file_that_was_made_is_withdrawn(void **state)
{
    struct lock lock = take(*state);
    lock_withdraw(*state, LOCK_WRITER, &lock);
    assert_int_equal(lock.fd, -1);
    assert_false(is_there(*state));
}

static void a_file_that_was_there_is_withdrawn_too(void **state)
{
    struct lock lock = take(*state);
    lock_release(&lock);
    lock = take(*state);
    lock_withdraw(*state, LOCK_WRITER, &lock);
    assert_int_equal(lock.fd, -1);
    assert_false(is_there(*state));
}

/* ---------------------------------------------------------------------------------- places without a lock */

static void a_missing_directory_is_no_store(void **state)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/missing", (const char *)*state);
    assert_in_range(not_taken(PILSMER_NOT_A_STORE, path, LONG_MS), 0, LONG_MS / 2);
    check_says("no such directory");
    assert_int_not_equal(access(path, F_OK), 0);
}

static void a_file_is_no_store(void **state)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/file", (const char *)*state);
    save_file(path, slice_of_text("a file"));
    assert_in_range(not_taken(PILSMER_NOT_A_STORE, path, LONG_MS), 0, LONG_MS / 2);
    check_says("not a directory");
}

static void a_directory_in_the_file_s_place_is_an_error(void **state)
{
    char path[PATH_BYTES];
    assert_int_equal(mkdir(path_in(*state, path), 0777), 0);
    assert_in_range(not_taken(PILSMER_IO, *state, LONG_MS), 0, LONG_MS / 2);
    check_says(LOCK_WRITER);
}

static void a_symbolic_link_is_not_followed(void **state)
{
    char path[PATH_BYTES], elsewhere[PATH_BYTES];
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", (const char *)*state);
    save_file(elsewhere, slice_of_text("precious"));
    assert_int_equal(symlink(elsewhere, path_in(*state, path)), 0);
    assert_in_range(not_taken(PILSMER_IO, *state, LONG_MS), 0, LONG_MS / 2);
    struct buffer content = load_file(elsewhere);
    check_bytes(buffer_slice(&content), slice_of_text("precious"));
    buffer_free(&content);
}

static void an_unwritable_directory_is_an_error(void **state)
{
    struct lock untouched = LOCK_NONE;
    unwritable_begin(*state);
    pilsmer_code code = try_take(*state, LONG_MS, &untouched);
    unwritable_end(*state);
    check_code(PILSMER_IO, code);
    check_says("Permission denied");
    check_says(LOCK_WRITER);
    assert_false(is_there(*state));
}

/* ------------------------------------------------------------------------------------------ two processes */

static void a_wait_ends_and_names_the_holder(void **state)
{
    char says[64];
    struct child holder = start_holder(*state);
    assert_in_range(not_taken(PILSMER_BUSY, *state, SHORT_MS), SHORT_MS, LONG_MS);
    snprintf(says, sizeof says, "%ld (another program)", (long)holder.pid);
    check_says(says);
    assert_int_equal(child_end(&holder), 0);
}

static void no_wait_is_no_wait(void **state)
{
    struct child holder = start_holder(*state);
    assert_in_range(not_taken(PILSMER_BUSY, *state, 0), 0, LONG_MS / 2);
    assert_int_equal(child_end(&holder), 0);
}

static void a_holder_that_says_nothing_is_unknown(void **state)
{
    struct holder context = {*state, ""};
    struct child holder = child_start(hold, &context);
    not_taken(PILSMER_BUSY, *state, 0);
    check_says("(unknown)");
    assert_int_equal(child_end(&holder), 0);
}

static void what_a_holder_says_stays_one_line(void **state)
{
    struct holder context = {*state, "77 (a\x1b[31m\ttab)\nsecond line\n"};
    struct child holder = child_start(hold, &context);
    not_taken(PILSMER_BUSY, *state, 0);
    check_says("77 (a?[31m?tab)");
    assert_null(strstr(check_error.message, "second line"));
    assert_int_equal(child_end(&holder), 0);
}

/* Two containers that share a directory can each have the same pid in it. */
static void another_process_of_the_same_pid_is_waited_for(void **state)
{
    char says[64];
    snprintf(says, sizeof says, "%ld (in another container)\n", (long)getpid());
    struct holder context = {*state, says};
    struct child holder = child_start(hold, &context);
    uint64_t waited_ms = not_taken(PILSMER_BUSY, *state, SHORT_MS);
    assert_int_equal(child_end(&holder), 0);
    check_says("in another container");
    assert_in_range(waited_ms, SHORT_MS, LONG_MS);
}

static int hold_for_a_while(void *context, const struct child *self)
{
    struct lock lock = LOCK_NONE;
    if (lock_take(context, LOCK_WRITER, "the child", LONG_MS, &lock, NULL))
        return 1;
    child_tell(self);
    clock_sleep_ms(SHORT_MS);
    lock_release(&lock);
    return 0;
}

static void a_lock_is_had_when_its_holder_releases_it(void **state)
{
    struct child holder = child_start(hold_for_a_while, *state);
    struct lock lock = take(*state);
    lock_release(&lock);
    assert_int_equal(child_end(&holder), 0);
}

static void a_lock_is_had_when_its_holder_is_killed(void **state)
{
    struct child holder = start_holder(*state);
    not_taken(PILSMER_BUSY, *state, 0);
    child_kill(&holder);
    struct lock lock = take(*state);
    lock_release(&lock);
}

static void a_program_that_is_executed_does_not_inherit_it(void **state)
{
    struct lock lock = take(*state);
    assert_true(fcntl(lock.fd, F_GETFD) & FD_CLOEXEC);
    lock_release(&lock);
}

/* -------------------------------------------------------------------------------------------------- eight */

enum { RACERS = 8, LAPS = 60 };

/* How a racer gives its lock back. Withdrawn always, whoever made it, the file comes and goes. */
enum farewell { RELEASE, WITHDRAW };

struct race {
    const char *directory;
    enum farewell farewell;
    atomic_int holders;
    atomic_int violations;
    atomic_int laps;
};

static void hold_alone(struct race *race)
{
    if (atomic_fetch_add(&race->holders, 1) != 0)
        atomic_fetch_add(&race->violations, 1);
    for (int i = 0; i < 3; i++)
        sched_yield();
    atomic_fetch_sub(&race->holders, 1);
    atomic_fetch_add(&race->laps, 1);
}

static int run_laps(void *context, const struct child *self)
{
    struct race *race = context;
    (void)self;
    for (int lap = 0; lap < LAPS; lap++) {
        struct lock lock = LOCK_NONE;
        if (lock_take(race->directory, LOCK_WRITER, "a racer", LONG_MS, &lock, NULL))
            return 1;
        hold_alone(race);
        if (race->farewell != RELEASE)
            lock_withdraw(race->directory, LOCK_WRITER, &lock);
        else
            lock_release(&lock);
    }
    return 0;
}

static int start_together(void *context, const struct child *self)
{
    child_ready(self);
    return run_laps(context, self);
}

static void let_go(struct child children[RACERS])
{
    for (int i = 0; i < RACERS; i++)
        child_let_go(&children[i]);
    for (int i = 0; i < RACERS; i++)
        assert_int_equal(child_end(&children[i]), 0);
}

static void at_most_one_holds_it(const char *directory, enum farewell farewell)
{
    struct child children[RACERS];
    struct race *race = mmap(NULL, sizeof *race, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(race != MAP_FAILED);
    *race = (struct race){.directory = directory, .farewell = farewell};
    for (int i = 0; i < RACERS; i++)
        children[i] = child_start(start_together, race);
    let_go(children);
    assert_int_equal(race->violations, 0);
    assert_int_equal(race->laps, RACERS * LAPS);
    munmap(race, sizeof *race);
}

static void of_eight_processes_at_most_one_holds_it(void **state)
{
    at_most_one_holds_it(*state, RELEASE);
}

static void of_eight_that_withdraw_it_at_most_one_holds_it(void **state)
{
    at_most_one_holds_it(*state, WITHDRAW);
}

static void eight_that_withdraw_it_leave_no_file(void **state)
{
    at_most_one_holds_it(*state, WITHDRAW);
    assert_false(is_there(*state));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
    static const struct CMUnitTest cases[] = {
        CASE(a_lock_is_a_file_that_says_who_holds_it),
        CASE(a_released_lock_says_nothing_and_can_be_taken_again),
        CASE(two_names_are_two_locks),
        CASE(the_same_process_is_refused_at_once),
        CASE(releasing_what_is_not_held_does_nothing),
        CASE(a_long_command_is_cut_and_kept_to_one_line),
        CASE(stale_content_is_no_holder),
        CASE(stale_content_with_this_pid_is_no_holder),
        CASE(a_file_that_was_made_is_withdrawn),
        CASE(a_file_that_was_there_is_withdrawn_too),
        CASE(a_missing_directory_is_no_store),
        CASE(a_file_is_no_store),
        CASE(a_directory_in_the_file_s_place_is_an_error),
        CASE(a_symbolic_link_is_not_followed),
        CASE(an_unwritable_directory_is_an_error),
        CASE(a_wait_ends_and_names_the_holder),
        CASE(no_wait_is_no_wait),
        CASE(a_holder_that_says_nothing_is_unknown),
        CASE(what_a_holder_says_stays_one_line),
        CASE(another_process_of_the_same_pid_is_waited_for),
        CASE(a_lock_is_had_when_its_holder_releases_it),
        CASE(a_lock_is_had_when_its_holder_is_killed),
        CASE(a_program_that_is_executed_does_not_inherit_it),
        CASE(of_eight_processes_at_most_one_holds_it),
        CASE(of_eight_that_withdraw_it_at_most_one_holds_it),
        CASE(eight_that_withdraw_it_leave_no_file),
    };
    return CHECK_RUN("store.lock", cases, NULL);
}
