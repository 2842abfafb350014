/** @file pcap.h
 * Packets in a file that protocol analysers read: --pcap. */
#ifndef PCAP_H
#define PCAP_H

#include "capture.h"

/** Begins the file.  Returns false with errno when it cannot. */
bool open_pcap(const char *path);
/** Whether there is one. */
bool is_pcap_open(void);
/** Adds what was captured, and sees to it that it gets there.  Returns false
 * with errno when it does not. */
bool write_pcap(const struct capture *c);

#endif
