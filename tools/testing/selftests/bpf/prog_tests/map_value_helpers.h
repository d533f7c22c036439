/* SPDX-License-Identifier: GPL-2.0 */
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#ifndef __MAP_VALUE_HELPERS_H
#define __MAP_VALUE_HELPERS_H

/* Maps whose values have fields of the kernel's, at any place. */

#include <errno.h>
#include <bpf/btf.h>
#include "test_progs.h"

struct map_field {
	const char *type;	/* a struct, or NULL for a u32 */
	__u32 size;
	__u32 off;
};

/* Returns the fd of the map, of which keys have 4 bytes, or an error. */
static inline int create_with_fields(enum bpf_map_type type, __u32 flags, __u32 value_size,
				     const struct map_field *fields, int cnt)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = flags, .btf_key_type_id = 1);
	struct btf *btf = btf__new_empty();
	int types[8] = {}, i, fd;

	if (!ASSERT_OK_PTR(btf, "btf"))
		exit(1);
	btf__add_int(btf, "u32", 4, 0);
	for (i = 0; i < cnt; i++)
		types[i] = !fields[i].type ? 1 :
			   btf__add_struct(btf, fields[i].type, fields[i].size);
	opts.btf_value_type_id = btf__add_struct(btf, "value", value_size);
	for (i = 0; i < cnt; i++)
		btf__add_field(btf, i ? "other" : "first", types[i], fields[i].off * 8, 0);
	ASSERT_OK(btf__load_into_kernel(btf), "load btf");
	opts.btf_fd = btf__fd(btf);
	fd = bpf_map_create(type, "fields", 4, value_size,
			    flags & BPF_F_NO_PREALLOC && type != BPF_MAP_TYPE_HASH ? 0 : 4, &opts);
	fd = fd < 0 ? -errno : fd;
	btf__free(btf);
	return fd;
}

#endif
