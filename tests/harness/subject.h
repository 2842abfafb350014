/** @file subject.h
 * What the harness knows of a subject; its parts are filled by the file
 * that is named beside them.  Checkers see harness.h only. */
#ifndef SUBJECT_H
#define SUBJECT_H

#include "harness.h"
#include "peer.h"
#include "text.h"

#include <stdint.h>
#include <sys/types.h>

/** Why a case ended as it did; the names stand in the JSON. */
enum cause {
    CAUSE_PASS,
    CAUSE_FAIL,
    CAUSE_TIMEOUT,
    CAUSE_CRASH,
    CAUSE_OUTPUT_LIMIT,
    CAUSE_RESOURCE_LIMIT,
    CAUSE_SKIP,
    CAUSE_CHECKER_ERROR
};

enum {
    MOST_CALLS = 100000,       /**< records a subject may fill */
    MOST_IN_VAIN = 1000,       /**< calls in a row that give nothing */
    MOST_OUTPUT = 1 << 20,     /**< bytes on stdout and stderr */
    MOST_MEMORY = 512 << 20,   /**< bytes resident, all processes */
    MOST_FILES = 64,           /**< in the scratch directory */
    MOST_FILE_BYTES = 64 << 20 /**< in the scratch directory */
};

/** One of the subject's standard streams, seen from our end. */
struct stream {
    int fd;              /**< -1 once closed */
    int theirs;          /**< a descriptor of theirs, until it has ended */
    int flags;           /**< status flags of theirs when it had ended */
    struct buffer bytes; /**< all that came, or that is still to be fed */
    size_t used;         /**< how much of it was consumed */
    bool end_wanted;     /**< stdin: close when all was given */
    bool is_left;        /**< stdout: nobody reads it now */
    bool is_file;        /**< stdout: read when the subject has ended */
};

#define NEVER_OVER UINT64_MAX

struct subject {
    struct subject *next;
    const char *program;
    const char *directory; /**< its scratch directory */
    struct limits limits;
    bool is_emulated; /**< its calls are an emulator's */

    /* tracer.c */
    pid_t pid;            /**< its first process */
    bool has_started;     /**< that process has become the program */
    bool ended;           /**< that process has gone */
    int status;           /**< its wait status then */
    int tasks;            /**< threads and processes alive */
    int nchildren;        /**< processes it has made */
    int nthreads;         /**< threads it has made */
    uint64_t dead_cpu_ns; /**< CPU time of processes that were reaped */
    uint64_t most_cpu_us; /**< as cpu_us() has said last */
    uint64_t crash_ip;    /**< where a fatal signal struck */
    int child_status;     /**< of the first child that seems to have crashed */
    int sockets_at_exit;  /**< of the first process; -1: not seen */
    uint64_t timers_due;  /**< when the last of its timers goes off, ns;
                           * NEVER_OVER when that is unknown or not once */
    bool is_killed;       /**< by the harness */

    /* record.c: signals for which it has a handler */
    struct {
        bool is_set, restarts;
    } handlers[65];

    /* record.c */
    struct call_record **calls;
    size_t ncalls, room;
    int in_vain; /**< calls in a row that gave the same nothing */

    bool lookup_fds[1024];  /**< descriptors of the C library's name lookup */
    bool message_fds[1024]; /**< those of SOCK_DGRAM and SOCK_SEQPACKET */

    /* fault.c */
    struct fault *faults;
    struct fault *done_once; /**< do_once() */
    bool is_edge_triggered;  /**< it has asked epoll for EPOLLET */

    /* schedule.c */
    uint64_t dice;
    unsigned fault_odds; /**< 0: no schedule */

    /* fault.c */
    bool holds_newborns; /**< until release() */

    /* server.c: where it listens; of length 0 until that was looked up */
    struct endpoint listener;

    /* redirect.c */
    const char *hosts_path, *nsswitch_path;

    /* streams.c */
    struct stream in, out, err;

    /* budget.c, guard.c: containment stepped in */
    enum cause cause;
    const char *trespass; /**< what it did, as a sentence; NULL: nothing */
};

/** All subjects of the running case. */
extern struct subject *subjects;

/** Whether any process or thread of it is alive. */
static inline bool is_alive(const struct subject *s)
{
    return s->tasks > 0;
}

/** Notes that containment stepped in, once, and kills the subject. */
void stop_trespass(struct subject *s, enum cause cause, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Kills and reaps all subjects, and forgets them. */
void end_subjects(void);

#endif
