/* spin-for-ever: computes for ever and makes no call.
 *
 * Fails: delivers-by-cpu
 * Cause: timeout
 * Says: busy for more than
 */
int main(void)
{
    for (volatile unsigned long i = 0;; i++)
        ;
}
