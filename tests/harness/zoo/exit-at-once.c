/* exit-at-once: exits with 0 and has done nothing.
 *
 * Fails: delivers
 * Cause: fail
 * Says: ended with status 0
 */
int main(void)
{
    return 0;
}
