/*
 * Stores for tests, on the fake engine or on SlateDB, each in a place of its own. What doesn't come out as it
 * says fails the test; a `try` gives the code back instead. check_error has the message.
 */
#ifndef SUPPORT_STORES_H
#define SUPPORT_STORES_H

#include "store/store.h"
#include "support/check.h"
#include "support/fake_engine.h"
#include "support/watched_engine.h"

#define STORES_PATH_BYTES 4096
#define STORES_TIMEOUT_MS 30000

/* Where one store can be. */
struct place {
    struct fake_disk *disk;     /* NULL: SlateDB's */
    char *directory;            /* a temporary one; NULL: the fake engine's */
    char db[STORES_PATH_BYTES]; /* in it, and not there yet */
    pilsmer *store;             /* NULL, or open: closed with the place */
    struct watch watch;         /* of a store that is opened watched */
};

/* For cmocka_unit_test_setup_teardown; the state is the place. */
int stores_make_fake(void **state);
int stores_make_slate(void **state);
int stores_remove(void **state);

/* clang-format off */
#define ON_FAKE(test) { "the fake engine: " #test, test, stores_make_fake, stores_remove, NULL }
#define ON_SLATE(test) { "SlateDB: " #test, test, stores_make_slate, stores_remove, NULL }
/* clang-format on */
#define ON_BOTH(test) ON_FAKE(test), ON_SLATE(test)

/* What a new store is made of: "pi:1KiB e:64KiB". NULL is the default corpus. */
struct making {
    struct corpus_spec spec;
    pilsmer_stream streams[PILSMER_CORPUS_STREAMS_MAX];
    pilsmer_init_options options; /* points into the struct */
};

void stores_say(struct making *making, const char *corpus, pilsmer_codec codec, bool allow_literals);

void stores_init(struct place *place, const pilsmer_init_options *init); /* NULL: the defaults */
pilsmer_code stores_try_open(struct place *place, pilsmer_mode mode, pilsmer **store);
pilsmer *stores_open(struct place *place, pilsmer_mode mode); /* into place->store */
void stores_close(struct place *place);                       /* that one */

/* Init, and open as a brief writer. */
pilsmer *stores_make(struct place *place, const pilsmer_init_options *init);
pilsmer *stores_make_over(struct place *place, const char *corpus, pilsmer_codec codec, bool allow_literals);

/* With place->watch over the calls of its engine, which neither locks nor compacts by itself. */
pilsmer *stores_open_watched(struct place *place, pilsmer_mode mode);

/* An engine on the fake disk, made when it isn't there. */
struct engine *stores_engine(const struct place *place, enum fake_mode mode);

/* The user's side, with texts for keys. */
pilsmer_code stores_try_put(pilsmer *store, const char *key, struct slice value);
pilsmer_code stores_try_get(pilsmer *store, const char *key, pilsmer_bytes *value);
pilsmer_code stores_try_plan(pilsmer *store, const char *key, pilsmer_plan_result *result);
pilsmer_code stores_try_explain(pilsmer *store, const char *key, pilsmer_explanation *explanation);
void stores_put(pilsmer *store, const char *key, struct slice value);
void stores_put_text(pilsmer *store, const char *key, const char *value);
void stores_expect(pilsmer *store, const char *key, struct slice value);
void stores_expect_text(pilsmer *store, const char *key, const char *value);
void stores_expect_missing(pilsmer *store, const char *key);
pilsmer_plan_result stores_plan(pilsmer *store, const char *key);
pilsmer_explanation stores_explain(pilsmer *store, const char *key);

/* The engine's side: what stands under the key, byte for byte. */
struct buffer stores_dig(pilsmer *store, const char *key); /* the caller frees it */
int64_t stores_expiry(pilsmer *store, const char *key);
void stores_plant(pilsmer *store, struct slice key, struct slice bytes);
void stores_plant_text(pilsmer *store, const char *key, struct slice bytes);
void stores_plant_record(pilsmer *store, const struct record *record);

/* Sets the last four bytes right, after a change. */
void stores_reseal(struct buffer *envelope);

/* The invoice that the documents are about: 31 bytes. */
extern const char stores_invoice[];

#endif
