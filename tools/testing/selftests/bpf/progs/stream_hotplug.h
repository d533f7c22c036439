/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __STREAM_HOTPLUG_H
#define __STREAM_HOTPLUG_H

/* What a program does once, on the CPU that goes. */
enum hotplug_action {
	HOTPLUG_NOTHING,
	HOTPLUG_PRINT,		/* to stdout */
	HOTPLUG_DRAIN,		/* the user ring buffer, with a wakeup */
	HOTPLUG_OUTPUT,		/* to the ring buffer, with a wakeup */
};

#endif
