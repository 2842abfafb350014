#define _GNU_SOURCE
#include "landlock.h"

#include "withheld.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* From <linux/landlock.h>, which is older than the kernel on some systems. */
enum {
    VERSION = 1 << 0,
    PATH_BENEATH = 1,
    WRITE_FILE = 1 << 1,
    REMOVE_AND_MAKE = 0x1ff0, /* REMOVE_DIR, REMOVE_FILE, MAKE_* */
    REFER = 1 << 13,          /* rename and link across directories: ABI 2 */
    TRUNCATE = 1 << 14        /* ABI 3 */
};

struct ruleset_attr {
    uint64_t handled_access_fs;
};

struct path_beneath_attr {
    uint64_t allowed_access;
    int32_t parent_fd;
} __attribute__((packed));

static long abi_version(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION);
}

static uint64_t write_rights(long abi)
{
    uint64_t rights = WRITE_FILE | REMOVE_AND_MAKE;

    if (abi >= 2)
        rights |= REFER;
    if (abi >= 3)
        rights |= TRUNCATE;
    return rights;
}

static int allow_below(int ruleset, const char *path, uint64_t rights)
{
    struct path_beneath_attr rule = {rights, open(path, O_PATH | O_CLOEXEC)};

    if (rule.parent_fd == -1)
        return -1;
    long rc = syscall(SYS_landlock_add_rule, ruleset, PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
    return (int)rc;
}

static void allow_devices(int ruleset, uint64_t rights)
{
    static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full",
                                          "/dev/tty"};
    uint64_t on_files = rights & (WRITE_FILE | TRUNCATE);

    /* Containers may lack some: what is not there needs no right. */
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
        allow_below(ruleset, devices[i], on_files);
}

bool can_confine_writes(void)
{
    return !is_withheld("landlock") && abi_version() > 0;
}

bool confine_writes(const char *directory)
{
    if (!can_confine_writes())
        return false;

    struct ruleset_attr attr = {write_rights(abi_version())};
    int ruleset =
        (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    if (ruleset == -1)
        return false;
    allow_devices(ruleset, attr.handled_access_fs);
    bool in_force =
        allow_below(ruleset, directory, attr.handled_access_fs) == 0 &&
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
        syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    close(ruleset);
    return in_force;
}
