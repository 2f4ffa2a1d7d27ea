/* Puts an invoice, removes it from existence, and gets it back. */
#include <pilsmer.h>
#include <stdio.h>

static int fail(const pilsmer_error *error)
{
    fprintf(stderr, "%s\n", error->message);
    return 1;
}

int main(int argc, char **argv)
{
    static const char invoice[] = "{\"total\":49.99,\"status\":\"paid\"}";
    const char *place = argc > 1 ? argv[1] : "/tmp/pilsmer-demo/library";
    pilsmer *store;
    pilsmer_error error;
    pilsmer_plan_result plan;
    pilsmer_bytes value;

    pilsmer_code code = pilsmer_init(place, NULL, NULL, &error);
    if (code && code != PILSMER_STORE_EXISTS)
        return fail(&error);
    if (pilsmer_open(place, NULL, &store, &error))
        return fail(&error);
    code = pilsmer_put(store, "invoice", 7, invoice, sizeof invoice - 1, 0, &error);
    if (!code)
        code = pilsmer_plan_key(store, "invoice", 7, &plan, &error);
    if (!code)
        code = pilsmer_get(store, "invoice", 7, &value, &error);
    if (code) {
        pilsmer_close(store, NULL);
        return fail(&error);
    }
    printf("%zu bytes, then %zu: %.*s\n", plan.physical_bytes_before, plan.physical_bytes_after,
           (int)value.len, (const char *)value.data);
    pilsmer_bytes_free(&value);
    return pilsmer_close(store, &error) ? fail(&error) : 0;
}
