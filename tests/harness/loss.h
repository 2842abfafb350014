/** @file loss.h
 * What a network that loses has done to the datagrams of a case. */
#ifndef LOSS_H
#define LOSS_H

/** The case begins: nothing has been sent. */
void forget_time_line(void);
/** Who has sent what, and what became of it, one line each; NULL when no
 * datagram went through serve_by_plan(). */
const char *time_line(void);

#endif
