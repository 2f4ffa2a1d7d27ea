#include "stream/family.h"

#include "stream/constants.h"
#include "stream/counter.h"

static const struct stream_family families[] = {
    {1, "pi.hex-fraction-prefix:v1", "pi", constant_pi},
    {2, "e.hex-fraction-prefix:v1", "e", constant_e},
    {3, "sqrt2.hex-fraction-prefix:v1", "sqrt2", constant_sqrt2},
    {4, "sha256-counter:v1", "sha256-counter", counter_generate},
};

#define FAMILY_COUNT (sizeof families / sizeof *families)

const struct stream_family *stream_family_by_id(uint8_t id)
{
    for (size_t i = 0; i < FAMILY_COUNT; i++)
        if (families[i].id == id)
            return &families[i];
    return NULL;
}

const struct stream_family *stream_family_by_name(struct slice name)
{
    for (size_t i = 0; i < FAMILY_COUNT; i++)
        if (slice_equal(name, slice_of_text(families[i].name)))
            return &families[i];
    return NULL;
}

const struct stream_family *stream_family_by_any_name(struct slice name)
{
    for (size_t i = 0; i < FAMILY_COUNT; i++)
        if (slice_equal(name, slice_of_text(families[i].short_name)))
            return &families[i];
    return stream_family_by_name(name);
}
