#include "cli/cli.h"

#include <jansson.h>

static double amplification_of(const pilsmer_metrics *metrics)
{
    return metrics->logical_bytes ? (double)metrics->plan_metadata_bytes / (double)metrics->logical_bytes : 0;
}

static bool is_infinite(const pilsmer_metrics *metrics)
{
    return metrics->planned_values && metrics->literal_bytes == 0;
}

static double compression_of(const pilsmer_metrics *metrics)
{
    return metrics->planned_values ? (double)metrics->planned_logical_bytes / (double)metrics->literal_bytes
                                   : 1;
}

static void print_count(const char *name, uint64_t count)
{
    printf("pilsmer_%s %llu\n", name, (unsigned long long)count);
}

static int print_text(const pilsmer_metrics *metrics)
{
    print_count("raw_values_total", metrics->raw_values);
    print_count("planned_values_total", metrics->planned_values);
    print_count("logical_bytes_total", metrics->logical_bytes);
    print_count("physical_value_bytes_total", metrics->physical_value_bytes);
    print_count("plan_metadata_bytes_total", metrics->plan_metadata_bytes);
    print_count("stream_prefix_bytes_indexed", metrics->stream_prefix_bytes_indexed);
    printf("pilsmer_metadata_amplification_ratio %.2f\n", amplification_of(metrics));
    if (is_infinite(metrics))
        printf("pilsmer_philosophical_compression_ratio infinity\n");
    else
        printf("pilsmer_philosophical_compression_ratio %.2f\n", compression_of(metrics));
    print_count("philosophical_purity_violations_total", metrics->purity_violations);
    return EXIT_DONE;
}

static int print_object(const pilsmer_metrics *metrics)
{
    return print_json(
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:o, s:I}", "pilsmer_raw_values_total",
                  (json_int_t)metrics->raw_values, "pilsmer_planned_values_total",
                  (json_int_t)metrics->planned_values, "pilsmer_logical_bytes_total",
                  (json_int_t)metrics->logical_bytes, "pilsmer_physical_value_bytes_total",
                  (json_int_t)metrics->physical_value_bytes, "pilsmer_plan_metadata_bytes_total",
                  (json_int_t)metrics->plan_metadata_bytes, "pilsmer_stream_prefix_bytes_indexed",
                  (json_int_t)metrics->stream_prefix_bytes_indexed, "pilsmer_metadata_amplification_ratio",
                  amplification_of(metrics), "pilsmer_philosophical_compression_ratio",
                  is_infinite(metrics) ? json_string("infinity") : json_real(compression_of(metrics)),
                  "pilsmer_philosophical_purity_violations_total", (json_int_t)metrics->purity_violations));
}

static int report_damage(const pilsmer_metrics *metrics, const pilsmer_error *error)
{
    if (metrics->damaged_values == 1)
        return complain(EXIT_DAMAGED, "a damaged value is left out: %s", error->message);
    return complain(EXIT_DAMAGED, "%llu damaged values are left out; the first: %s",
                    (unsigned long long)metrics->damaged_values, error->message);
}

static int run(const struct invocation *invocation)
{
    pilsmer *store;
    pilsmer_metrics metrics;
    pilsmer_error error;
    int status = open_store(invocation, PILSMER_READER, &store);
    if (status)
        return status;
    pilsmer_code code = pilsmer_measure(store, &metrics, &error);
    if (code && code != PILSMER_DAMAGED)
        return close_store(store, fail(&error));
    status = (given(invocation, OPTION_JSON) ? print_object : print_text)(&metrics);
    return close_store(store, code ? report_damage(&metrics, &error) : status);
}

const struct command metrics_command = {
    .name = "metrics",
    .operands = "DB",
    .options = OPTION_JSON | OPTION_TIMEOUT,
    .run = run,
    .summary = "Count what is stored, and what isn't.",
    .help = "Every value is rebuilt and checked. Damaged ones are left out of the figures: exit code 3.\n",
};
