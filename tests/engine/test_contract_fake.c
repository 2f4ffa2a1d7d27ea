#include "engine/act.h"
#include "engine/contract.h"
#include "support/fake_engine.h"

static void *create_disk(void)
{
    struct fake_disk *disk = fake_disk_create();
    if (disk)
        fake_disk_set_now_ms(disk, 1000000);
    return disk;
}

static void destroy_disk(void *disk)
{
    fake_disk_destroy(disk);
}

static bool disk_is_untouched(void *disk)
{
    struct engine *engine = NULL;
    return fake_open(disk, FAKE_READER, false, 0, &engine, NULL) == PILSMER_NOT_A_STORE;
}

static pilsmer_code open_fake(void *disk, enum contract_role role, bool create, uint32_t timeout_ms,
                              struct engine **engine, pilsmer_error *error)
{
    enum fake_mode mode = role == CONTRACT_WRITER ? FAKE_WRITER : FAKE_READER;
    return fake_open(disk, mode, create, timeout_ms, engine, error);
}

static int64_t now_ms(void *disk)
{
    return fake_disk_now_ms(disk);
}

static void pass_time(void *disk, uint32_t milliseconds)
{
    fake_disk_set_now_ms(disk, fake_disk_now_ms(disk) + milliseconds);
}

/* The fake's own: SlateDB is killed for real, in the crash tests. */
static void a_crash_loses_what_was_not_flushed(void **state)
{
    struct fixture *f = *state;
    struct engine *engine = act_open_writer(f);
    act_put(engine, "a", "1");
    act_flush(engine, ENGINE_FLUSH_WAL);
    act_put(engine, "b", "2");
    fake_disk_crash(f->place);
    check_code(PILSMER_FENCED, act_try_flush(engine, ENGINE_FLUSH_WAL));
    act_expect_all(act_reopen(f, engine), "a=1 ");
}

static void a_compaction_makes_nothing_durable(void **state)
{
    struct fixture *f = *state;
    struct engine *engine = act_open_writer(f);
    act_put(engine, "a", "1");
    act_flush(engine, ENGINE_FLUSH_L0);
    act_put(engine, "a", "2");
    act_compact(engine);
    act_expect(engine, "a", "2");
    act_expect_all(act_reopen(f, engine), "a=1 ");
}

int main(void)
{
    static const struct CMUnitTest cases[] = {
        CASE(a_crash_loses_what_was_not_flushed),
        CASE(a_compaction_makes_nothing_durable),
    };
    static const struct contract_harness harness = {
        .name = "engine.contract_fake",
        .stall_timeout_ms = 20,
        .place_create = create_disk,
        .place_destroy = destroy_disk,
        .place_is_untouched = disk_is_untouched,
        .open = open_fake,
        .now_ms = now_ms,
        .pass_time = pass_time,
    };
    return contract_run(&harness) + cmocka_run_group_tests_name("the fake alone", cases, NULL, NULL);
}
