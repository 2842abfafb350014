/* call-32-bit: makes a system call of another architecture, which nobody would
 * see. Where there is no such gate, it makes believe.
 *
 * Fails: delivers
 * Cause: crash
 * Says: SIGSYS
 */
#include <signal.h>

int main(void)
{
#ifdef __x86_64__
    long result = 20; /* getpid of i386 */
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory");
#else
    raise(SIGSYS);
#endif
    return 0;
}
