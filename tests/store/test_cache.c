/* A prefix cache that lies: what it gives is checked, mended and never planned over unseen. */
#include <sys/stat.h>
#include <unistd.h>

#include "support/cache_place.h"
#include "support/corpora.h"
#include "support/isolated.h"
#include "support/load.h"
#include "support/unwritable.h"
#include "value/plan.h"

#define KEY "key"

static const char value[] = "{\"a value\": \"that is planned over a little of pi, a little of e\"}";

/* The cache's one file, as it was and where it is. */
struct kept {
    char path[CACHE_PLACE_BYTES];
    struct buffer bytes;
};

static struct kept keep(const struct isolated *isolated)
{
    struct kept kept;
    cache_place_file(isolated->cache, kept.path);
    kept.bytes = load_file(kept.path);
    return kept;
}

static void expect_mended(const struct kept *kept)
{
    struct buffer now = load_file(kept->path);
    check_bytes(buffer_slice(&now), buffer_slice(&kept->bytes));
    buffer_free(&now);
}

static void write_flipped(struct kept *kept, size_t at)
{
    kept->bytes.data[at] ^= 0x10;
    save_file(kept->path, buffer_slice(&kept->bytes));
    kept->bytes.data[at] ^= 0x10;
}

static void make(const struct isolated *isolated, const char *corpus, pilsmer_codec codec)
{
    pilsmer *store = stores_make_over(isolated->place, corpus, codec, true);
    stores_put_text(store, KEY, value);
}

static void make_planned(const struct isolated *isolated, const char *corpus, pilsmer_codec codec)
{
    make(isolated, corpus, codec);
    stores_plan(isolated->place->store, KEY);
    stores_close(isolated->place);
}

static void read_back(const struct isolated *isolated)
{
    stores_expect_text(stores_open(isolated->place, PILSMER_READER), KEY, value);
    stores_close(isolated->place);
}

/* ------------------------------------------------------------------------------------------------ reading */

static void a_flipped_byte_is_mended_by_reading(const struct isolated *isolated, pilsmer_codec codec)
{
    make_planned(isolated, CORPORA_PI, codec);
    struct kept kept = keep(isolated);
    write_flipped(&kept, 0);
    read_back(isolated);
    if (codec == PILSMER_COMPACT) /* whose ordinals the first byte decides */
        expect_mended(&kept);
    buffer_free(&kept.bytes);
}

static void a_flipped_byte_is_mended_by_a_compact_plan(void **state)
{
    a_flipped_byte_is_mended_by_reading(*state, PILSMER_COMPACT);
}

static void a_flipped_byte_does_not_hurt_a_ceremonial_plan(void **state)
{
    a_flipped_byte_is_mended_by_reading(*state, PILSMER_CEREMONIAL);
}

static void explaining_mends_it_too(void **state)
{
    const struct isolated *isolated = *state;
    make_planned(isolated, CORPORA_PI, PILSMER_COMPACT);
    struct kept kept = keep(isolated);
    write_flipped(&kept, 0);
    assert_true(stores_explain(stores_open(isolated->place, PILSMER_READER), KEY).planned);
    expect_mended(&kept);
    buffer_free(&kept.bytes);
}

static void any_flipped_byte_is_read_past(const struct isolated *isolated, pilsmer_codec codec)
{
    make_planned(isolated, CORPORA_SMALL_PI, codec);
    struct kept kept = keep(isolated);
    for (size_t at = 0; at < kept.bytes.len; at += 5) {
        write_flipped(&kept, at);
        read_back(isolated);
    }
    buffer_free(&kept.bytes);
}

static void wherever_a_byte_is_flipped_a_compact_plan_is_read(void **state)
{
    any_flipped_byte_is_read_past(*state, PILSMER_COMPACT);
}

static void wherever_a_byte_is_flipped_a_ceremonial_plan_is_read(void **state)
{
    any_flipped_byte_is_read_past(*state, PILSMER_CEREMONIAL);
}

static void a_truncated_file_is_replaced(void **state)
{
    const struct isolated *isolated = *state;
    make_planned(isolated, CORPORA_SMALL_PI, PILSMER_COMPACT);
    struct kept kept = keep(isolated);
    for (size_t len = 0; len < kept.bytes.len; len += 13) {
        save_file(kept.path, slice_of(kept.bytes.data, len));
        read_back(isolated);
        expect_mended(&kept);
    }
    buffer_free(&kept.bytes);
}

/* One over 1 MiB is mapped. */
static void a_flipped_byte_of_a_mapped_prefix_is_mended(void **state)
{
    const struct isolated *isolated = *state;
    make_planned(isolated, "sha256-counter:2MiB", PILSMER_COMPACT);
    struct kept kept = keep(isolated);
    write_flipped(&kept, 0);
    read_back(isolated);
    expect_mended(&kept);
    buffer_free(&kept.bytes);
}

static void a_deleted_file_is_made_again(void **state)
{
    const struct isolated *isolated = *state;
    make_planned(isolated, CORPORA_PI, PILSMER_COMPACT);
    struct kept kept = keep(isolated);
    assert_int_equal(unlink(kept.path), 0);
    read_back(isolated);
    expect_mended(&kept);
    buffer_free(&kept.bytes);
}

/* The open store has what it needs in memory. */
static void a_file_that_is_deleted_under_an_open_store_is_not_missed(void **state)
{
    const struct isolated *isolated = *state;
    make_planned(isolated, CORPORA_PI, PILSMER_COMPACT);
    struct kept kept = keep(isolated);
    pilsmer *store = stores_open(isolated->place, PILSMER_BRIEF_WRITER);
    stores_expect_text(store, KEY, value);
    assert_int_equal(unlink(kept.path), 0);
    stores_expect_text(store, KEY, value);
    stores_put_text(store, "another", value);
    stores_plan(store, "another");
    stores_expect_text(store, "another", value);
    buffer_free(&kept.bytes);
}

static void what_is_in_the_file_s_place_does_no_harm(void **state)
{
    const struct isolated *isolated = *state;
    make_planned(isolated, CORPORA_PI, PILSMER_COMPACT);
    struct kept kept = keep(isolated);
    assert_int_equal(unlink(kept.path), 0);
    assert_int_equal(mkdir(kept.path, 0777), 0);
    read_back(isolated);
    assert_int_equal(rmdir(kept.path), 0);
    assert_int_equal(symlink("/dev/zero", kept.path), 0);
    read_back(isolated);
    expect_mended(&kept);
    buffer_free(&kept.bytes);
}

static void a_cache_that_can_not_be_written_does_no_harm(void **state)
{
    const struct isolated *isolated = *state;
    unwritable_begin(isolated->cache);
    make_planned(isolated, CORPORA_PI, PILSMER_COMPACT);
    read_back(isolated);
    unwritable_end(isolated->cache);
    assert_int_equal(cache_place_count(isolated->cache), 0);
}

/* ----------------------------------------------------------------------------------------------- planning */

static void delete_and_read_back(const struct isolated *isolated, const struct kept *kept)
{
    assert_int_equal(unlink(kept->path), 0);
    read_back(isolated);
}

static void plan_over_flipped(const struct isolated *isolated, pilsmer_codec codec, size_t at)
{
    make(isolated, CORPORA_SMALL_PI, codec);
    stores_close(isolated->place);
    struct kept kept = keep(isolated);
    write_flipped(&kept, at);
    stores_plan(stores_open(isolated->place, PILSMER_BRIEF_WRITER), KEY);
    expect_mended(&kept);
    stores_close(isolated->place);
    delete_and_read_back(isolated, &kept);
    buffer_free(&kept.bytes);
}

static void nothing_is_planned_over_a_flipped_byte(void **state)
{
    plan_over_flipped(*state, PILSMER_COMPACT, 0);
}

static void nothing_is_planned_ceremonially_over_a_flipped_byte(void **state)
{
    plan_over_flipped(*state, PILSMER_CEREMONIAL, 700);
}

static void nothing_is_planned_over_a_flipped_fingerprint(void **state)
{
    plan_over_flipped(*state, PILSMER_COMPACT, KIB);
}

/* What was read was believed; it is not planned over before it has been verified. */
static void what_was_believed_for_reading_is_verified_for_planning(void **state)
{
    const struct isolated *isolated = *state;
    make(isolated, CORPORA_PI, PILSMER_CEREMONIAL);
    stores_plan(isolated->place->store, KEY);
    stores_close(isolated->place);
    struct kept kept = keep(isolated);
    write_flipped(&kept, 60000);
    pilsmer *store = stores_open(isolated->place, PILSMER_BRIEF_WRITER);
    stores_expect_text(store, KEY, value);
    stores_put_text(store, "another", value);
    stores_plan(store, "another");
    expect_mended(&kept);
    stores_close(isolated->place);
    delete_and_read_back(isolated, &kept);
    buffer_free(&kept.bytes);
}

static void planning_with_a_good_cache_reads_without_it(void **state)
{
    const struct isolated *isolated = *state;
    make_planned(isolated, CORPORA_PI, PILSMER_COMPACT);
    struct kept kept = keep(isolated);
    delete_and_read_back(isolated, &kept);
    buffer_free(&kept.bytes);
}

/* A file whose fingerprint is right for its wrong bytes is still not the one that the store has recorded. */
static void a_consistent_lie_is_seen(void **state)
{
    const struct isolated *isolated = *state;
    make_planned(isolated, CORPORA_SMALL_PI, PILSMER_COMPACT);
    struct kept kept = keep(isolated);
    struct buffer lie = load_file(kept.path);
    lie.data[0] ^= 1;
    check_ok(
        stream_fingerprint(stream_family_by_id(1), slice_of(lie.data, KIB), lie.data + KIB, &check_error));
    save_file(kept.path, buffer_slice(&lie));
    read_back(isolated);
    expect_mended(&kept);
    buffer_free(&lie);
    buffer_free(&kept.bytes);
}

/* ---------------------------------------------------------------------------- a fingerprint that can't be */

/* A store that has recorded a fingerprint which pi doesn't have. */
static pilsmer *make_impossible(const struct isolated *isolated, pilsmer_codec codec)
{
    make(isolated, CORPORA_PI, codec);
    struct record record = isolated->place->store->record;
    record.corpora[0].streams[0].fingerprint[0] ^= 1;
    stores_plant_record(isolated->place->store, &record);
    stores_close(isolated->place);
    return stores_open(isolated->place, PILSMER_BRIEF_WRITER);
}

static void planning_over_an_impossible_fingerprint_is_refused(void **state)
{
    const struct isolated *isolated = *state;
    pilsmer *store = make_impossible(isolated, PILSMER_COMPACT);
    pilsmer_plan_result untouched;
    struct buffer before = stores_dig(store, KEY);
    struct kept kept = keep(isolated);
    check_code(PILSMER_DAMAGED, stores_try_plan(store, KEY, &untouched));
    check_says("key " KEY ": pi.hex-fraction-prefix:v1, 65536 bytes: not the fingerprint that is recorded");
    struct buffer after = stores_dig(store, KEY);
    check_bytes(buffer_slice(&after), buffer_slice(&before));
    stores_expect_text(store, KEY, value);
    expect_mended(&kept);
    buffer_free(&before);
    buffer_free(&after);
    buffer_free(&kept.bytes);
}

static void reading_over_an_impossible_fingerprint_is_refused(void **state)
{
    const struct isolated *isolated = *state;
    pilsmer *store = make_impossible(isolated, PILSMER_CEREMONIAL);
    pilsmer_bytes untouched = {0};
    struct corpus lying = *corpora_get(CORPORA_PI);
    struct buffer sealed = {0};
    lying.spec = store->record.corpora[0];
    check_ok(plan_make(&lying, slice_of_text(value), PILSMER_CEREMONIAL, false, &sealed, &check_error));
    stores_plant_text(store, KEY, buffer_slice(&sealed));
    check_code(PILSMER_DAMAGED, stores_try_get(store, KEY, &untouched));
    check_says("not the fingerprint that is recorded");
    buffer_free(&sealed);
}

int main(void)
{
    static const struct CMUnitTest cases[] = {
        ISOLATED(a_flipped_byte_is_mended_by_a_compact_plan),
        ISOLATED(a_flipped_byte_does_not_hurt_a_ceremonial_plan),
        ISOLATED(explaining_mends_it_too),
        ISOLATED(wherever_a_byte_is_flipped_a_compact_plan_is_read),
        ISOLATED(wherever_a_byte_is_flipped_a_ceremonial_plan_is_read),
        ISOLATED(a_truncated_file_is_replaced),
        ISOLATED(a_flipped_byte_of_a_mapped_prefix_is_mended),
        ISOLATED(a_deleted_file_is_made_again),
        ISOLATED(a_file_that_is_deleted_under_an_open_store_is_not_missed),
        ISOLATED(what_is_in_the_file_s_place_does_no_harm),
        ISOLATED(a_cache_that_can_not_be_written_does_no_harm),
        ISOLATED(nothing_is_planned_over_a_flipped_byte),
        ISOLATED(nothing_is_planned_ceremonially_over_a_flipped_byte),
        ISOLATED(nothing_is_planned_over_a_flipped_fingerprint),
        ISOLATED(what_was_believed_for_reading_is_verified_for_planning),
        ISOLATED(planning_with_a_good_cache_reads_without_it),
        ISOLATED(a_consistent_lie_is_seen),
        ISOLATED(planning_over_an_impossible_fingerprint_is_refused),
        ISOLATED(reading_over_an_impossible_fingerprint_is_refused),
    };
    return CHECK_RUN("store.cache", cases, corpora_close_all);
}
