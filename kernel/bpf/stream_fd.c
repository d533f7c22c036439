// SPDX-License-Identifier: GPL-2.0
/* Copyright (c) 2026 the Modern BPF for Linux 6.1 project */
#include <linux/anon_inodes.h>
#include <linux/bpf.h>
#include <linux/bpf_stream.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include "stream.h"

static_assert(STREAM_BOTH == BPF_STREAM_BOTH);

/*
 * The standard streams of a program as a file: a read takes text off them and
 * waits for some, poll() and epoll tell when there is some.
 *
 * The file holds the streams, not the program. When the program is gone, which
 * is a grace period after its last reference, it is like a pipe whose writers
 * have closed it: what is left can be read, then comes the end.
 *
 * All files on a stream, and BPF_PROG_STREAM_READ_BY_FD, take their text from
 * the same place. Each byte is given to one of them.
 */

/**
 * struct stream_fd - an open file on streams
 * @streams: the streams, to which it holds a reference
 * @id: what of them it reads: a stream, or both of them
 * @prog_id: the program when it was opened, for fdinfo
 * @flags: BPF_F_STREAM_TIMESTAMPS, BPF_F_STREAM_IDS: what each message begins with
 *
 * Not changed after it is open.
 */
struct stream_fd {
	struct bpf_streams *streams;
	u32 id;
	u32 prog_id;
	u32 flags;
};

static bool stream_fd_ready(const struct stream_fd *sfd)
{
	return bpf_streams_readable(sfd->streams, sfd->id) || bpf_streams_gone(sfd->streams);
}

static ssize_t stream_fd_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct stream_fd *sfd = iocb->ki_filp->private_data;
	wait_queue_head_t *wait = bpf_streams_waitqueue(sfd->streams, sfd->id);
	ssize_t ret;
	bool gone;

	do {
		/* Asked before, so that nothing can come after a read that finds nothing. */
		gone = bpf_streams_gone(sfd->streams);
		ret = bpf_streams_read_iter(sfd->streams, sfd->id, sfd->flags, to);
		if (ret || gone || !iov_iter_count(to))
			return ret;
		if (iocb->ki_filp->f_flags & O_NONBLOCK)
			return -EAGAIN;
		ret = wait_event_interruptible(*wait, stream_fd_ready(sfd));
	} while (!ret);
	return ret;
}

static __poll_t stream_fd_poll(struct file *file, poll_table *pt)
{
	struct stream_fd *sfd = file->private_data;
	__poll_t events;

	poll_wait(file, bpf_streams_waitqueue(sfd->streams, sfd->id), pt);
	/* In this order, as in stream_fd_read_iter(). */
	events = bpf_streams_gone(sfd->streams) ? EPOLLHUP : 0;
	if (bpf_streams_readable(sfd->streams, sfd->id))
		events |= EPOLLIN | EPOLLRDNORM;
	return events;
}

static void streams_count_readers(struct bpf_streams *streams, u32 id, int n)
{
	if (id & BPF_STDOUT)
		atomic_add(n, &streams->stream[0].readers);
	if (id & BPF_STDERR)
		atomic_add(n, &streams->stream[1].readers);
}

static void stream_fd_free(struct stream_fd *sfd)
{
	streams_count_readers(sfd->streams, sfd->id, -1);
	bpf_streams_put(sfd->streams);
	kfree(sfd);
}

static int stream_fd_release(struct inode *inode, struct file *file)
{
	stream_fd_free(file->private_data);
	return 0;
}

#ifdef CONFIG_PROC_FS
static void stream_fd_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct stream_fd *sfd = file->private_data;

	seq_printf(m, "prog_id:\t%u\n"
		      "stream_id:\t%u\n",
		   sfd->prog_id, sfd->id);
	bpf_streams_show(m, sfd->streams, sfd->id);
}
#endif

static const struct file_operations stream_fd_fops = {
	.read_iter	= stream_fd_read_iter,
	.poll		= stream_fd_poll,
	.release	= stream_fd_release,
	.llseek		= no_llseek,
#ifdef CONFIG_PROC_FS
	.show_fdinfo	= stream_fd_show_fdinfo,
#endif
};

static struct stream_fd *stream_fd_new(const struct bpf_prog_aux *aux, u32 id, u32 flags)
{
	struct stream_fd *sfd = kmalloc(sizeof(*sfd), GFP_KERNEL_ACCOUNT);

	if (!sfd)
		return NULL;
	sfd->streams = bpf_streams_get(aux);
	if (!sfd->streams) {
		kfree(sfd);
		return NULL;
	}
	sfd->id = id;
	sfd->prog_id = aux->id;
	sfd->flags = flags & (BPF_F_STREAM_TIMESTAMPS | BPF_F_STREAM_IDS);
	streams_count_readers(sfd->streams, id, 1);
	return sfd;
}

static struct file *stream_fd_file(struct stream_fd *sfd, u32 flags)
{
	int nonblock = flags & BPF_F_STREAM_NONBLOCK ? O_NONBLOCK : 0;
	struct file *file;

	file = anon_inode_getfile("bpf-stream", &stream_fd_fops, sfd, O_RDONLY | nonblock);
	if (!IS_ERR(file))
		stream_open(file_inode(file), file);
	return file;
}

/**
 * bpf_stream_open() - Open streams of a program as a file
 * @aux: the main program
 * @id: BPF_STREAM_STDOUT, BPF_STREAM_STDERR or BPF_STREAM_BOTH
 * @flags: BPF_F_STREAM_NONBLOCK, BPF_F_STREAM_TIMESTAMPS, BPF_F_STREAM_IDS
 *
 * Context: Process, may sleep.
 * Return: a file descriptor; -EINVAL if there is an unknown flag; -ENOENT if
 * there is no stream @id; -ENOMEM, -EMFILE, -ENFILE.
 */
int bpf_stream_open(const struct bpf_prog_aux *aux, u32 id, u32 flags)
{
	struct stream_fd *sfd;
	struct file *file;
	int fd;

	if (flags & ~(BPF_F_STREAM_NONBLOCK | BPF_F_STREAM_TIMESTAMPS | BPF_F_STREAM_IDS))
		return -EINVAL;
	if (!id || id > BPF_STREAM_BOTH)
		return -ENOENT;
	sfd = stream_fd_new(aux, id, flags);
	if (!sfd)
		return -ENOMEM;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		goto free_sfd;
	file = stream_fd_file(sfd, flags);
	if (IS_ERR(file))
		goto put_fd;
	fd_install(fd, file);
	return fd;

put_fd:
	put_unused_fd(fd);
	fd = PTR_ERR(file);
free_sfd:
	stream_fd_free(sfd);
	return fd;
}
