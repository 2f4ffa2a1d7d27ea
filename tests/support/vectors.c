#include "support/vectors.h"

#include "support/check.h"
#include "support/load.h"

json_t *vectors_load(const char *section)
{
    char path[LOAD_PATH_BYTES];
    json_error_t error;
    json_t *all = json_load_file(load_source_path("tests/reference/vectors.json", path), 0, &error);
    if (!all)
        fail_msg("%s: %s", path, error.text);
    json_t *rows = json_incref(json_object_get(all, section));
    json_decref(all);
    assert_true(json_array_size(rows) > 0);
    return rows;
}

const char *vector_text(const json_t *row, const char *name)
{
    const char *text = json_string_value(json_object_get(row, name));
    assert_non_null(text);
    return text;
}

size_t vector_number(const json_t *row, const char *name)
{
    const json_t *number = json_object_get(row, name);
    assert_true(json_is_integer(number));
    return (size_t)json_integer_value(number);
}

struct buffer vector_bytes(const json_t *row, const char *name)
{
    return load_hex(vector_text(row, name));
}
