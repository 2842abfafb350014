/* The checker of labs/09-ipc/local.c: what is at the path before, at the first
 * moment and at the end; who calls; and that each caller is served. */
#define _GNU_SOURCE
#include "../03-accept/clients.h"
#include "harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LONGEST = 107, /* bytes of a path or a name: sun_path less a NUL */
    VISITS = 30,
    IDLE_MS = 50,
    BYTES = 256, /* different ones */
    MUCH = 200000,
    OTHER_PID = 4711,
    MODE = 0600
};

static const uid_t OTHER_UID = 4294967294u; /* no int is so large */

/* A server that waits for its first caller. */
static struct subject *serve_at(const char *where)
{
    struct subject *s = start(where, NULL);

    expect_listening_at(s, where);
    wait_settled(s);
    return s;
}

static const char *mode_words(mode_t mode)
{
    return mode == 0 ? "nothing there" : text("mode %04o", mode & 07777);
}

/* It does not listen, says why, and has ended. */
static void expect_refusal(struct subject *s, const char *part, const char *why)
{
    expect_exit(s, 1, "%s", why);
    expect_complaint(s, part, "%s", why);
}

/* What was at the path is there still. */
static void expect_left_alone(struct subject *s, const char *path,
                              uint64_t inode, const char *what)
{
    uint64_t now = file_at(s, path, NULL);

    expect(now == inode, text("%s, as it was", what),
           now == 0 ? "nothing there any more" : "another file there",
           "At the path was %s, and that is not this program's to remove. "
           "unlink() asks nobody.",
           what);
}

CASE("usage", "wrong usage ends with status 2", READ("local"),
     HINTS("What are the arguments?", "See argc in main().",
           "Print the usage to stderr and return 2."))
{
    expect_usage(start(NULL, NULL), "There is no PATH.");
}

CASE("one-line", "a line comes back in capitals", READ("local"),
     HINTS("Which address does bind() get?", "See unix(7).",
           "sun_family is AF_UNIX, sun_path the path; then listen()."))
{
    struct subject *s = serve_at("sock");
    int fd = peer_connect(s);

    expect_upper(fd, "The line goes back as soon as it has come.");
    expect_upper(fd, "A client may say something more.");
    expect_farewell(fd);
    expect_visit(s, "A server serves for ever: the next caller is taken.");
}

/* The next line tells of this caller. */
static void expect_called_by(struct subject *s, uid_t uid, pid_t pid)
{
    expect_prints(
        s, text("caller uid %u pid %d\n", (unsigned)uid, (int)pid),
        "Each caller is printed as it comes. The kernel noted who called "
        "connect(): SO_PEERCRED of the connected socket tells. accept() tells "
        "no more than an address, and a client's is empty as a rule.");
}

CASE("caller", "each caller is printed, with its user and its process",
     READ("who-is-calling"),
     HINTS("Who has called? accept() does not know.",
           "See SO_PEERCRED in unix(7).",
           "getsockopt() on what accept() returned, into a struct ucred."))
{
    struct subject *s = serve_at("sock");
    pid_t pid;

    int fd = peer_connect_from(s, "sock", &pid);
    expect_called_by(s, geteuid(), pid);
    peer_close(fd);
    wait_settled(s);

    inject_caller(s, NTH(1), OTHER_PID, OTHER_UID);
    fd = peer_connect(s);
    expect_called_by(s, OTHER_UID, OTHER_PID);
    peer_close(fd);

    freeze(s);
    fd = peer_connect_from(s, "sock", &pid);
    peer_close(fd);
    thaw(s);
    expect_called_by(s, geteuid(), pid);
    expect_visit(s, "That caller had gone by then; the next one is served.");
}

/* Its user lets others do what they like, as far as the umask is concerned. */
static struct subject *start_trusting(void)
{
    umask_begins_at(0);
    return start("sock", NULL);
}

/* What the modes of the sockets in its directory allow, whatever they are
 * called by now. */
static mode_t mode_of_sockets(struct subject *s)
{
    DIR *dir = opendir(subject_directory(s));
    mode_t mode = 0;
    struct stat st;

    if (dir == NULL)
        skip_case("%s cannot be read", subject_directory(s));
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISSOCK(st.st_mode))
            mode |= st.st_mode;
    closedir(dir);
    return mode;
}

CASE("private", "nobody else can call, from the first moment on",
     READ("who-may-connect"),
     HINTS("Which mode does the file have when bind() has made it?",
           "See umask(2): what it names is left out of the mode.",
           "umask(0177) before bind(). A chmod() behind listen() is late."))
{
    struct subject *s = start_trusting();
    mode_t mode;

    hold(s, CALL_LISTEN, NTH(1));
    wait_held(s, "A server binds its socket to a path, and listens.");
    mode = mode_of_sockets(s);
    expect((mode & 077) == 0, "mode 0600 when listen() is called",
           mode_words(mode),
           "bind() makes the file with all permissions that umask() leaves, "
           "and connect() needs the permission to write. From listen() on "
           "there are callers, and who is in the queue stays there: a chmod() "
           "that comes behind it is late.");
    release(s);
    expect_listening_at(s, "sock");
    file_at(s, "sock", &mode);
    expect((mode & 07777) == MODE, "mode 0600", mode_words(mode),
           "Its owner may call, so he must be able to write; and nobody "
           "else.");
}

CASE("stale", "a path where nobody listens any more is replaced",
     READ("a-stale-path"),
     HINTS("A server was killed. What is left of it?",
           "bind(2): EADDRINUSE, as long as the file is there, whoever made "
           "it. SO_REUSEADDR changes nothing.",
           "When connect() says ECONNREFUSED: unlink(), and bind() again."))
{
    struct subject *s = start_trusting();
    mode_t mode;

    leave_stale_path(s, "sock");
    expect_alive(s, "A server was killed, and its socket is still at the path. "
                    "Nobody listens there, so it is to be replaced. bind() "
                    "says EADDRINUSE as long as a file is there; SO_REUSEADDR "
                    "changes nothing about that, but unlink() does.");
    expect_listening_at(s, "sock");
    expect_visit(s, "A server was killed, and has left its socket at the path. "
                    "Nobody listens there: the path is free for the next one.");
    file_at(s, "sock", &mode);
    expect((mode & 07777) == MODE, "mode 0600", mode_words(mode),
           "The new socket is as private as one at a free path.");
}

CASE("live-server", "a live server's path is left alone", READ("a-stale-path"),
     HINTS("Is anybody there?", "See ECONNREFUSED in connect(2).",
           "connect() to the path: if it succeeds, say so and exit 1."))
{
    static const char why[] =
        "Another server listens at the path. Whoever unlinks that takes it "
        "away from it: it waits on, and nobody can call it any more.";
    struct subject *s = start("sock", NULL);
    int lfd = peer_listen_at(s, "sock", SOCK_STREAM);
    uint64_t inode = file_at(s, "sock", NULL);

    (void)lfd;
    expect_refusal(s, NULL, why);
    expect_left_alone(s, "sock", inode, "a live server's socket");
    int fd = peer_connect_at(s, "sock");
    expect(fd >= 0, "the other server, as it was", strerror(-fd), "%s", why);
}

/* Whether it sleeps in connect(). */
static bool waits_in_connect(struct subject *s)
{
    const struct call_record *r =
        nth_call(s, CALL_CONNECT, count_calls(s, CALL_CONNECT));

    return r != NULL && !r->finished;
}

CASE("busy-server", "a server that is too busy to answer is live as well",
     READ("a-stale-path"),
     HINTS("How long does connect() wait when the queue is full?",
           "See EAGAIN in connect(2), and SOCK_NONBLOCK in socket(2).",
           "Ask through a non-blocking socket. Only ECONNREFUSED says that "
           "nobody is there."))
{
    static const char why[] =
        "The server at the path is busy, and its queue is full. There "
        "connect() waits until there is room, which may be for ever; of a "
        "non-blocking socket it says EAGAIN. Somebody is there.";
    struct subject *s = start("sock", NULL);
    int lfd = peer_listen_at(s, "sock", SOCK_STREAM);
    uint64_t inode = file_at(s, "sock", NULL);

    listen(lfd, 0); /* room for one */
    peer_connect_at(s, "sock");
    wait_settled(s);
    expect(!waits_in_connect(s), "an answer at once",
           "your program waits in connect()", "%s", why);
    expect_refusal(s, NULL, why);
    expect_left_alone(s, "sock", inode, "a busy server's socket");
}

CASE("others-socket", "what may be somebody's is left alone",
     READ("a-stale-path"),
     HINTS("connect() has failed. Does that mean that nobody is there?",
           "See EPROTOTYPE and EACCES in connect(2).",
           "Only ECONNREFUSED says that nobody is there."))
{
    struct subject *s = start("sock", NULL);

    peer_listen_at(s, "sock", SOCK_DGRAM);
    uint64_t inode = file_at(s, "sock", NULL);
    expect_refusal(s, NULL,
                   "A program takes datagrams at the path (as /dev/log does). "
                   "A stream socket cannot be connected to it: EPROTOTYPE. "
                   "Somebody is there all the same.");
    expect_left_alone(s, "sock", inode, "somebody's datagram socket");

    s = start("sock", NULL);
    peer_listen_at(s, "sock", SOCK_STREAM);
    inode = file_at(s, "sock", NULL);
    chmod(text("%s/sock", subject_directory(s)), 0);
    expect_refusal(s, NULL,
                   "The socket at the path may not be called: connect() says "
                   "EACCES, and nobody can tell whether it is stale.");
    expect_left_alone(s, "sock", inode, "a socket that may not be called");
}

/* Puts a small file into its directory. */
static void put_file(struct subject *s, const char *name)
{
    int fd = open(text("%s/%s", subject_directory(s), name),
                  O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

    if (fd == -1 || write(fd, "mine\n", 5) != 5)
        skip_case("no file can be written in %s", subject_directory(s));
    close(fd);
}

CASE("no-socket", "a path that is no socket is left alone",
     READ("a-stale-path"),
     HINTS("What is at the path?", "See S_ISSOCK in inode(7), and lstat(2).",
           "connect() says ECONNREFUSED of a plain file, too: look before you "
           "unlink."))
{
    struct subject *s = start("notes", NULL);

    put_file(s, "notes");
    uint64_t inode = file_at(s, "notes", NULL);
    expect_refusal(s, NULL,
                   "A file is at the path: somebody has mistyped it. bind() "
                   "says EADDRINUSE, and connect() says ECONNREFUSED, as of a "
                   "stale socket.");
    expect_left_alone(s, "notes", inode, "a file of somebody's");

    s = start("link", NULL);
    leave_stale_path(s, "old");
    if (symlink("old", text("%s/link", subject_directory(s))) == -1)
        skip_case("no symbolic link can be made");
    inode = file_at(s, "link", NULL);
    expect_refusal(s, NULL,
                   "A symbolic link is at the path. bind() does not follow it; "
                   "stat() and connect() do, lstat() does not.");
    expect_left_alone(s, "link", inode, "a symbolic link");

    s = start("here", NULL);
    if (mkdir(text("%s/here", subject_directory(s)), 0755) == -1)
        skip_case("no directory can be made");
    inode = file_at(s, "here", NULL);
    expect_refusal(s, NULL, "A directory is at the path.");
    expect_left_alone(s, "here", inode, "a directory");
}

CASE("nowhere", "a path that cannot be made is told, with the reason",
     READ("a-name-in-the-file-system"),
     HINTS("What does bind() return?", "See ENOENT in bind(2).",
           "err(1, \"%s\", path) while errno has the reason."))
{
    expect_refusal(start("none/sock", NULL), "No such file or directory",
                   "There is no such directory.");
}

/* Nothing was made in its directory, beside what was put there. */
static void expect_nothing_made(struct subject *s, const char *there)
{
    DIR *dir = opendir(subject_directory(s));
    const char *found = NULL;

    if (dir == NULL)
        skip_case("%s cannot be read", subject_directory(s));
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        if (e->d_name[0] != '.' &&
            (there == NULL || strcmp(e->d_name, there) != 0))
            found = text("%s", e->d_name);
    closedir(dir);
    expect(found == NULL, "nothing new in its directory",
           found != NULL ? quoted(found, strlen(found), 120) : "",
           "It has made a socket under another name than the one that it was "
           "given.");
}

/* One byte too many. */
static void expect_too_long(const char *where)
{
    struct subject *s = start(where, NULL);

    expect_refusal(
        s, "107",
        "sun_path has 108 bytes, and one of them is the NUL behind a path, or "
        "before a name. What is longer is not cut: that would be another "
        "place. The sentence says how long it may be.");
    expect_nothing_made(s, NULL);
}

CASE("longest", "107 bytes fit, and 108 are refused",
     READ("the-length-of-a-path"),
     HINTS("How large is sun_path?", "See unix(7).",
           "Compare strlen() with sizeof un.sun_path before you copy."))
{
    struct subject *s = serve_at(chance_word(LONGEST));

    expect_visit(s, "107 bytes and a NUL are as much as sun_path holds.");
    expect_too_long(chance_word(LONGEST + 1));
    expect_too_long(chance_word(300));

    s = serve_at(text("@%s", chance_word(LONGEST)));
    expect_visit(s, "A NUL and 107 bytes are as much as sun_path holds.");
    expect_too_long(text("@%s", chance_word(LONGEST + 1)));
}

CASE("empty", "without a path or a name there is nothing to do",
     READ("the-length-of-a-path"),
     HINTS("What does an empty sun_path mean?",
           "See abstract and autobind in unix(7).",
           "Refuse \"\" and \"@\" before anything else."))
{
    expect_refusal(start("", NULL), NULL,
                   "PATH is empty. An address whose path begins with a NUL is "
                   "an abstract name, so bind() would take it, and nobody "
                   "would know what it is.");
    expect_refusal(start("@", NULL), NULL, "NAME is empty.");
}

/* It ends with 0 and has unlinked its path; none of its processes is left. */
static void expect_cleaned_up(struct subject *s, const char *when)
{
    expect_exit(s, 0, "It was told to end %s.", when);
    expect(file_at(s, "sock", NULL) == 0, "no file at the path",
           "its socket, which is stale by now",
           "It has ended %s, and nobody else removes the file: close() and the "
           "end of the process leave it where it is. If it did call unlink(), "
           "was that by the path that it was given, in the directory in which "
           "it was started? And did it compare with what lstat() of the path "
           "says? fstat() of the listener has another number.",
           when);
    wait_settled(s);
    expect(count_tasks(s) == 0, "no process left",
           text("%d still there", count_tasks(s)),
           "It has ended %s, and a child of its own has not. Who has children "
           "ends them, too.",
           when);
}

/* SIGTERM comes just before this call, when all that was to be looked at
 * before it has been; or, where it does not come to that, as it sleeps. */
static void expect_end_before(enum call call, const char *when)
{
    struct subject *s = start("sock", NULL);
    struct fault *f = inject_signal_before(s, call, NTH(1), SIGTERM);

    expect_listening_at(s, "sock");
    if (call == CALL_RECV)
        peer_connect(s);
    wait_settled(s);
    if (times_done(f) == 0)
        send_signal(s, SIGTERM);
    wait_settled(s);
    expect(count_tasks(s) == 0, "your program ends with status 0",
           "it waits for somebody who does not come",
           "It was told to end %s, and nothing that comes later will wake it: "
           "a handler has run when the call begins, and the call knows nothing "
           "of that. A flag that is looked at before the call is seen too "
           "late. Let the handler itself do what is to be done, or have the "
           "signal wait: ppoll(2), signalfd(2).",
           when);
    expect_cleaned_up(s, when);
}

CASE("end", "at SIGTERM and SIGINT it unlinks its path and ends with 0",
     READ("a-name-in-the-file-system"),
     HINTS("What is left at the path when the server has ended?",
           "See sigaction(2), unlink(2) and signal-safety(7).",
           "A handler for both signals, from before the line is printed: "
           "unlink() and _exit(0)."))
{
    struct subject *s = start("sock", NULL);

    hold_after(s, CALL_WRITE, NTH(1));
    expect_listening_at(s, "sock");
    send_signal(s, SIGTERM);
    release(s);
    expect_cleaned_up(s, "by SIGTERM as soon as it had said where it listens");

    s = serve_at("sock");
    int fd = peer_connect(s);
    expect_upper(fd, "A client is served.");
    wait_settled(s);
    send_signal(s, SIGINT);
    expect_cleaned_up(s, "by SIGINT (Ctrl-C) while a client is connected");

    expect_end_before(CALL_ACCEPT, "by SIGTERM just before accept()");
    expect_end_before(CALL_RECV, "by SIGTERM just before recv()");
}

CASE("abstract", "an abstract name is exactly its bytes",
     READ("abstract-names"),
     HINTS("Where does an abstract name end?",
           "See abstract in unix(7): the length says, NULs count.",
           "offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name)."))
{
    const char *where = text("@%s", chance_word(12));
    struct subject *s = serve_at(where);
    int fd = peer_connect_at(s, where);

    if (fd < 0) {
        const struct call_record *r = nth_call(s, CALL_BIND, 1);
        fail_case(text("an address of %zu bytes",
                       sizeof(sa_family_t) + strlen(where)),
                  r != NULL ? text("%ld bytes", r->args[2]) : strerror(-fd),
                  "Nobody listens at this name. An abstract name ends where "
                  "the length says, and a NUL is a byte like any other: %s "
                  "with NULs behind it is another name. sizeof has no idea of "
                  "how much is used.",
                  where);
    }
    expect_upper(fd, "The caller is served.");
    expect_farewell(fd);
    expect_nothing_made(s, NULL);
    send_signal(s, SIGTERM);
    expect_exit(s, 0,
                "It was told to end by SIGTERM. There is no file to be "
                "unlinked; it ends all the same.");

    s = start(where, NULL);
    put_file(s, where);
    uint64_t inode = file_at(s, where, NULL);
    expect_listening_at(s, where);
    wait_settled(s);
    send_signal(s, SIGTERM);
    expect_exit(s, 0, "SIGTERM ends it.");
    expect_left_alone(s, where, inode, "a file whose name begins with \"@\"");

    s = start(where, NULL);
    peer_listen_at(s, where, SOCK_STREAM);
    expect_refusal(s, NULL,
                   "The name is another server's. It goes with its last "
                   "descriptor, so a name in use is never stale.");
}

CASE("end-sending", "it ends at once, though a client does not receive",
     READ("local"),
     HINTS("In which call is the server?",
           "Without SA_RESTART send() says EINTR; a handler need not return.",
           "unlink() and _exit(0) in the handler, whatever was interrupted."))
{
    struct subject *s = serve_at("sock");
    int fd = peer_connect(s);
    static char bytes[4096];

    memset(bytes, 'a', sizeof bytes);
    peer_fill(fd, bytes, sizeof bytes, 4 << 20);
    send_signal(s, SIGTERM);
    expect_cleaned_up(s, "by SIGTERM while it sends to a client that does not "
                         "receive");
}

CASE("end-of-another", "it unlinks its own socket only",
     READ("a-name-in-the-file-system"),
     HINTS("Is the file at the path still your own?", "See st_ino in inode(7).",
           "lstat() behind bind() and before unlink(): the same st_dev and "
           "st_ino."))
{
    struct subject *s = serve_at("sock");

    if (unlink(text("%s/sock", subject_directory(s))) == -1)
        fail_case("a socket at the path", "none", "It listens there.");
    note("removes sock: somebody makes room for a new server");
    peer_listen_at(s, "sock", SOCK_STREAM);
    uint64_t inode = file_at(s, "sock", NULL);
    send_signal(s, SIGTERM);
    expect_exit(s, 0, "SIGTERM ends it.");
    expect_left_alone(s, "sock", inode, "the new server's socket");

    s = serve_at("sock");
    unlink(text("%s/sock", subject_directory(s)));
    note("removes sock");
    send_signal(s, SIGTERM);
    expect_exit(s, 0, "Its socket was removed before: that is as well.");
}

CASE("waiting-caller", "who calls meanwhile waits, and is then served",
     READ("local"),
     HINTS("Where is a caller whom nobody has accepted yet?",
           "In the listener's queue: see listen(2).",
           "listen(lfd, SOMAXCONN), and accept() when the one before has "
           "ended."))
{
    struct subject *s = serve_at("sock");
    int first = peer_connect(s), waiting[8];

    expect_upper(first, "The first client is served.");
    for (int i = 0; i < 8; i++) {
        waiting[i] = peer_connect_at(s, "sock");
        expect(waiting[i] >= 0, "room in the queue", strerror(-waiting[i]),
               "While one is served, eight more call. What listen() is told is "
               "how many may wait.");
        peer_send_text(waiting[i], "me too\n");
        peer_end(waiting[i]);
    }
    peer_end(first);
    for (int i = 0; i < 8; i++)
        expect_text(waiting[i], "ME TOO\n",
                    "The caller has waited in the queue, and so have its "
                    "bytes.");
}

CASE("much", "each byte goes back, a to z as capitals, however many",
     READ("local"),
     HINTS("What does send() return?", "See RETURN VALUE in send(2).",
           "Go on from where send() stopped, until all has gone."))
{
    static char bytes[MUCH], upper[MUCH];
    struct subject *s = serve_at("sock");
    int fd = peer_connect(s);

    inject_short(s, CALL_SEND, ALWAYS, 1000);
    for (int i = 0; i < BYTES; i++)
        bytes[i] = (char)i;
    chance_bytes(bytes + BYTES, sizeof bytes - BYTES);
    make_upper(upper, bytes, sizeof bytes);
    expect_answer(fd, bytes, sizeof bytes, upper, sizeof upper,
                  "200,000 bytes of all kinds come, and send() takes 1000 at "
                  "most. The rest is to be sent still.");
    expect_farewell(fd);
}

CASE("client-gone", "a client that has gone is no reason to end", READ("local"),
     HINTS("What does send() say when nobody is there?",
           "See EPIPE and ECONNRESET in send(2), and MSG_NOSIGNAL.",
           "warn(), close this connection, and take the next caller."))
{
    static char words[60000];
    struct subject *s = serve_at("sock");

    int fd = peer_connect(s);
    peer_send_text(fd, "hello?");
    wait_settled(s);
    peer_close(fd);
    expect_visit(s, "A client has closed without having read its answer: "
                    "recv() says ECONNRESET, as of a TCP connection. The next "
                    "one waits to be served.");

    memset(words, 'a', sizeof words);
    freeze(s);
    fd = peer_connect(s);
    peer_send(fd, words, sizeof words);
    peer_close(fd);
    thaw(s);
    expect_visit(s, "A client has sent much and left: send() fails with EPIPE, "
                    "and at once, for here no packet has to come back first. "
                    "SIGPIPE comes with it and ends a program that does not "
                    "expect it. The next one waits to be served.");
}

CASE("shortage", "without descriptors it waits, and then serves again",
     READ("local"),
     HINTS("What happens when accept() fails and is called again at once?",
           "See EMFILE in accept(2): the caller stays in the queue.",
           "On EMFILE, ENFILE, ENOBUFS and ENOMEM sleep for some milliseconds "
           "before the next accept()."))
{
    expect_outlasts_shortage(serve_at("sock"));
}

CASE("nothing-left", "clients leave nothing behind", READ("local"),
     HINTS("What is left of a client that has been served?", "See close(2).",
           "close() what accept() gave, on every way out; and what has asked, "
           "too."))
{
    int own = count_sockets(serve_at("sock"));
    struct subject *s = start("sock", NULL);

    leave_stale_path(s, "sock");
    expect_listening_at(s, "sock");
    wait_settled(s);
    expect(count_sockets(s) == own,
           text("as many sockets as at a free path: %d", own),
           text("%d sockets", count_sockets(s)),
           "It has replaced a stale path. The socket by which it has asked "
           "whether somebody is there is still open.");
    for (int i = 0; i < VISITS; i++)
        expect_visit(s, "Each of thirty clients is served like the first.");
    expect(count_sockets(s) == own,
           text("as many sockets as before the first client: %d", own),
           text("%d sockets", count_sockets(s)),
           "Each connection that is not closed keeps a descriptor.");
    expect(count_zombies(s) == 0, "no zombie", text("%d", count_zombies(s)),
           "A child has ended, and nobody has waited for it: an entry in the "
           "table of processes stays for each client.");
    expect_idle(s, IDLE_MS, "Nobody calls: accept() waits, and costs nothing.");
}

CASE("any-weather", "random faults change nothing", READ("local"),
     RANDOM_FAULTS, RETRIES_EINTR,
     HINTS("Which call was cut or interrupted before it went wrong?",
           "See accept(2), recv(2), send(2).",
           "Make an interrupted call again; send the rest of what send() did "
           "not take."))
{
    struct subject *s = start("sock", NULL);

    leave_stale_path(s, "sock");
    expect_listening_at(s, "sock");
    for (int i = 0; i < 3; i++)
        expect_visit(s, "Calls were interrupted or cut short at random. Each "
                        "byte goes back all the same.");
}

CASE("every-call", "no interruption and no short call changes the outcome",
     READ("local"), EXHAUSTIVE, RETRIES_EINTR,
     HINTS("Which calls can fail with EINTR?",
           "See signal(7), interruption of system calls.",
           "Make the call again when it says -1 and errno is EINTR."))
{
    struct subject *s = serve_at("sock");

    expect_visit(s, "A call was interrupted, or moved less than was asked "
                    "for. Nothing is lost by that: make it again, from where "
                    "it stopped.");
    send_signal(s, SIGTERM);
    expect_cleaned_up(s, "by SIGTERM");
}
