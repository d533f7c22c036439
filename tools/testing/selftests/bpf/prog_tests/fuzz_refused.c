// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */

/* What the verifier says of the programs that it refuses: a generator the programs of
 * which are all refused for one reason tests little.
 */
#include <ctype.h>
#include "fuzz.h"

#define MESSAGES 256

static struct message {
	char text[80];
	__u64 count;
} messages[MESSAGES];

/* The last line that is not about the work of the verifier, with N for each number */
void fuzz_reason(const char *log, char *text, int size)
{
	const char *end = strstr(log, "verification time"), *start, *p;
	int len = 0;

	if (!end)
		end = log + strlen(log);
	while (end > log && end[-1] == '\n')
		end--;
	for (start = end; start > log && start[-1] != '\n';)
		start--;
	for (p = start; p < end && len < size - 1; p++) {
		if (isdigit(*p) && len && text[len - 1] == 'N')
			continue;
		text[len++] = isdigit(*p) ? 'N' : *p;
	}
	text[len] = 0;
}

void fuzz_refused(const char *log)
{
	char text[sizeof(messages->text)];
	int i;

	fuzz_reason(log, text, sizeof(text));
	for (i = 0; i < MESSAGES - 1 && messages[i].count; i++)
		if (!strcmp(messages[i].text, text))
			break;
	if (!messages[i].count)
		strcpy(messages[i].text, text);
	messages[i].count++;
}

static struct message *most_frequent(__u64 below)
{
	struct message *most = NULL;
	int i;

	for (i = 0; i < MESSAGES; i++)
		if (messages[i].count < below && (!most || messages[i].count > most->count))
			most = &messages[i];
	return most && most->count ? most : NULL;
}

/* Print the messages that came most often; of those that came as often as another, one. */
void fuzz_refused_summary(int cnt)
{
	struct message *m = most_frequent(-1ULL);

	for (; m && cnt > 0; cnt--, m = most_frequent(m->count))
		printf("%8llu refused: %s\n", m->count, m->text);
}
