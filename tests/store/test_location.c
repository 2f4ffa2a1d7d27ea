/* Where a store is: paths and URLs as people give them. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/location.h"
#include "support/check.h"
#include "support/load.h"
#include "support/temp_dir.h"
#include "support/unwritable.h"

#define PATH_BYTES 4096

static char here[PATH_BYTES]; /* where the program was started */

/* Each case begins in a directory of its own. */
static int enter_directory(void **state)
{
    *state = temp_dir_create();
    return *state && getcwd(here, sizeof here) ? chdir(*state) : -1;
}

static int leave_directory(void **state)
{
    int failed = chdir(here);
    temp_dir_destroy(*state);
    return failed;
}

static struct location parse(const char *db)
{
    struct location location = {0};
    check_ok(location_parse(db, &location, &check_error));
    return location;
}

static void expect_local(const char *db, const char *directory, const char *url)
{
    struct location location = parse(db);
    assert_string_equal(location.directory, directory);
    assert_string_equal(location.url, url);
    location_free(&location);
}

static void refused(const char *db, const char *says)
{
    struct location untouched = {0};
    check_code(PILSMER_INVALID, location_parse(db, &untouched, &check_error));
    check_says(says);
    assert_null(untouched.url);
    assert_null(untouched.directory);
}

static const char *below(const char *directory, const char *name, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "%s/%s", directory, name);
    return path;
}

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* ------------------------------------------------------------------------------------------------ parsing */

static void an_absolute_path_is_itself(void **state)
{
    (void)state;
    expect_local("/srv/db", "/srv/db", "file:///srv/db");
    expect_local("/", "/", "file:///");
    expect_local("/srv/../db", "/srv/../db", "file:///srv/../db");
}

static void a_relative_path_begins_here(void **state)
{
    char directory[PATH_BYTES], url[PATH_BYTES + 16];
    below(*state, "a/db", directory);
    snprintf(url, sizeof url, "file://%s", directory);
    expect_local("a/db", directory, url);
}

static void a_relative_path_stays_where_it_was(void **state)
{
    char directory[PATH_BYTES];
    struct location location = parse("db");
    assert_int_equal(chdir("/"), 0);
    check_ok(location_make(&location, &check_error));
    assert_true(is_directory(below(*state, "db", directory)));
    location_free(&location);
}

static void what_a_url_reserves_is_encoded(void **state)
{
    (void)state;
    expect_local("/a b", "/a b", "file:///a%20b");
    expect_local("/100%", "/100%", "file:///100%25");
    expect_local("/%20", "/%20", "file:///%2520");
    expect_local("/a?b#c", "/a?b#c", "file:///a%3Fb%23c");
    expect_local("/\"<>\\^`{|}:@&=+$,;!*'()[]", "/\"<>\\^`{|}:@&=+$,;!*'()[]",
                 "file:///%22%3C%3E%5C%5E%60%7B%7C%7D%3A%40%26%3D%2B%24%2C%3B%21%2A%27%28%29%5B%5D");
    expect_local("/az/AZ/09-._~", "/az/AZ/09-._~", "file:///az/AZ/09-._~");
}

static void letters_beyond_ascii_are_encoded(void **state)
{
    (void)state;
    expect_local("/\xCF\x80", "/\xCF\x80", "file:///%CF%80");
    expect_local("/\xFF\n\x7F", "/\xFF\n\x7F", "file:///%FF%0A%7F");
}

static void a_url_is_kept_as_it_is(void **state)
{
    (void)state;
    static const char *const urls[] = {"s3://bucket/a%20path", "memory://name", "gs://b", "az://c/d?e"};
    for (size_t i = 0; i < COUNT(urls); i++) {
        struct location location = parse(urls[i]);
        assert_string_equal(location.url, urls[i]);
        assert_null(location.directory);
        check_ok(location_make(&location, &check_error));
        location_free(&location);
    }
}

static void nothing_is_no_place(void **state)
{
    (void)state;
    refused("", "empty");
    refused(NULL, "empty");
}

static void a_file_url_is_refused(void **state)
{
    (void)state;
    refused("file:///srv/db", "path");
    refused("file://srv/db", "path");
    refused("file:db", "path");
}

static void freeing_leaves_it_zeroed(void **state)
{
    (void)state;
    struct location location = parse("/srv/db");
    location_free(&location);
    assert_null(location.url);
    assert_null(location.directory);
    location_free(&location);
}

/* ------------------------------------------------------------------------------------------------- making */

static void make(const char *db)
{
    struct location location = parse(db);
    check_ok(location_make(&location, &check_error));
    assert_true(is_directory(location.directory));
    location_free(&location);
}

static pilsmer_code try_make(const char *db)
{
    struct location location = parse(db);
    pilsmer_code code = location_make(&location, &check_error);
    location_free(&location);
    return code;
}

static void missing_parents_are_made(void **state)
{
    char path[PATH_BYTES];
    make("a/b/c/db");
    make(below(*state, "x/y/db", path));
}

static void what_is_there_is_left_alone(void **state)
{
    (void)state;
    make("a/db");
    save_file("a/db/file", slice_of_text("kept"));
    make("a/db");
    struct buffer kept = load_file("a/db/file");
    check_bytes(buffer_slice(&kept), slice_of_text("kept"));
    buffer_free(&kept);
}

static void slashes_more_than_needed_do_no_harm(void **state)
{
    (void)state;
    make("a//b///db//");
    make("/");
    make(".");
    make("./c/../d/");
    assert_true(is_directory("c"));
    assert_true(is_directory("d"));
}

static void odd_names_are_made_as_they_are(void **state)
{
    (void)state;
    make("a b/100%/\xCF\x80\xCE\xBB/\xFF#?");
    assert_true(is_directory("a b/100%/\xCF\x80\xCE\xBB/\xFF#?"));
}

static void a_link_to_a_directory_is_a_directory(void **state)
{
    (void)state;
    assert_int_equal(mkdir("real", 0777), 0);
    assert_int_equal(symlink("real", "link"), 0);
    make("link/db");
    assert_true(is_directory("real/db"));
}

static void a_file_in_the_way_is_an_error(void **state)
{
    (void)state;
    save_file("file", slice_of_text("kept"));
    check_code(PILSMER_IO, try_make("file"));
    check_says("Not a directory");
    check_says("/file");
    check_code(PILSMER_IO, try_make("file/db"));
    check_says("Not a directory");
    struct buffer kept = load_file("file");
    check_bytes(buffer_slice(&kept), slice_of_text("kept"));
    buffer_free(&kept);
}

static void a_link_to_nothing_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(symlink("nowhere", "link"), 0);
    check_code(PILSMER_IO, try_make("link/db"));
    check_says("/link");
}

static void a_name_that_is_too_long_is_an_error(void **state)
{
    (void)state;
    char name[300];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    check_code(PILSMER_IO, try_make(name));
    check_says("too long");
}

static void an_unwritable_parent_is_an_error(void **state)
{
    unwritable_begin(*state);
    pilsmer_code code = try_make("a/db");
    unwritable_end(*state);
    check_code(PILSMER_IO, code);
    check_says("Permission denied");
    assert_false(is_directory("a"));
}

/* ----------------------------------------------------------------------------------------------- checking */

static pilsmer_code try_check(const char *db)
{
    struct location location = parse(db);
    pilsmer_code code = location_check(&location, &check_error);
    location_free(&location);
    return code;
}

static void a_directory_may_be_a_store(void **state)
{
    check_ok(try_check(*state));
    check_ok(try_check("."));
    check_ok(try_check("/"));
    check_ok(try_check("s3://bucket/path"));
}

static void what_is_no_directory_is_no_store(void **state)
{
    (void)state;
    save_file("file", slice_of_text("kept"));
    check_code(PILSMER_NOT_A_STORE, try_check("missing"));
    check_says("no such directory");
    check_code(PILSMER_NOT_A_STORE, try_check("missing/below"));
    check_says("no such directory");
    check_code(PILSMER_NOT_A_STORE, try_check("file"));
    check_says("not a directory");
    check_code(PILSMER_NOT_A_STORE, try_check("file/below"));
    check_says("not a directory");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, enter_directory, leave_directory)

int main(void)
{
    static const struct CMUnitTest cases[] = {
        CASE(an_absolute_path_is_itself),
        CASE(a_relative_path_begins_here),
        CASE(a_relative_path_stays_where_it_was),
        CASE(what_a_url_reserves_is_encoded),
        CASE(letters_beyond_ascii_are_encoded),
        CASE(a_url_is_kept_as_it_is),
        CASE(nothing_is_no_place),
        CASE(a_file_url_is_refused),
        CASE(freeing_leaves_it_zeroed),
        CASE(missing_parents_are_made),
        CASE(what_is_there_is_left_alone),
        CASE(slashes_more_than_needed_do_no_harm),
        CASE(odd_names_are_made_as_they_are),
        CASE(a_link_to_a_directory_is_a_directory),
        CASE(a_file_in_the_way_is_an_error),
        CASE(a_link_to_nothing_is_an_error),
        CASE(a_name_that_is_too_long_is_an_error),
        CASE(an_unwritable_parent_is_an_error),
        CASE(a_directory_may_be_a_store),
        CASE(what_is_no_directory_is_no_store),
    };
    return CHECK_RUN("store.location", cases, NULL);
}
