#include "stream/counter.h"

#include "base/digest.h"

#define LABEL "PiLSMer sha256-counter:v1"
#define LABEL_LEN (sizeof LABEL - 1)
#define ZEROS_LEN 32

pilsmer_code counter_generate(uint8_t *out, size_t len, pilsmer_error *error)
{
    uint8_t message[LABEL_LEN + ZEROS_LEN + 8] = LABEL;
    const struct slice part = slice_of(message, sizeof message);
    uint64_t block = 0;
    for (size_t done = 0; done < len; done += SHA256_BYTES, block++) {
        uint8_t digest[SHA256_BYTES];
        store_le64(message + LABEL_LEN + ZEROS_LEN, block);
        pilsmer_code code = sha256(&part, 1, digest, error);
        if (code)
            return code;
        memcpy(out + done, digest, len - done < sizeof digest ? len - done : sizeof digest);
    }
    return PILSMER_OK;
}
