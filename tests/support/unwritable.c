#include "support/unwritable.h"

#include <sys/stat.h>
#include <unistd.h>

#include "support/check.h"

#define NOBODY 65534

void unwritable_begin(const char *directory)
{
    assert_int_equal(chmod(directory, 0555), 0);
    if (geteuid() == 0)
        assert_int_equal(seteuid(NOBODY), 0);
}

void unwritable_end(const char *directory)
{
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(directory, 0755), 0);
}
