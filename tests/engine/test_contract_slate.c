#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/contract.h"
#include "engine/slate.h"
#include "support/temp_dir.h"

/* A database that is not there yet, in a directory of its own. */
struct place {
    char *directory;
    char url[4096 + sizeof "file:///db"];
};

static const char *path_of(const struct place *place)
{
    return place->url + strlen("file://");
}

static void destroy_place(void *argument)
{
    struct place *place = argument;
    if (!place)
        return;
    temp_dir_destroy(place->directory);
    free(place);
}

static void *create_place(void)
{
    struct place *place = calloc(1, sizeof *place);
    if (!place)
        return NULL;
    place->directory = temp_dir_create();
    if (!place->directory) {
        free(place);
        return NULL;
    }
    snprintf(place->url, sizeof place->url, "file://%s/db", place->directory);
    return place;
}

static bool place_is_untouched(void *place)
{
    return access(path_of(place), F_OK) != 0;
}

static pilsmer_code open_slate(void *argument, enum contract_role role, bool create, uint32_t timeout_ms,
                               struct engine **engine, pilsmer_error *error)
{
    const struct place *place = argument;
    struct slate_options options = {
        .mode = role == CONTRACT_WRITER ? SLATE_BRIEF_WRITER : SLATE_READER,
        .create = create,
        .timeout_ms = timeout_ms,
    };
    return slate_open(place->url, &options, engine, error);
}

static int64_t now_ms(void *place)
{
    (void)place;
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void pass_time(void *place, uint32_t milliseconds)
{
    (void)place;
    clock_sleep_ms(milliseconds);
}

int main(void)
{
    static const struct contract_harness harness = {
        .name = "engine.contract_slate",
        .stall_timeout_ms = 1500,
        .place_create = create_place,
        .place_destroy = destroy_place,
        .place_is_untouched = place_is_untouched,
        .open = open_slate,
        .now_ms = now_ms,
        .pass_time = pass_time,
    };
    return contract_run(&harness);
}
