import { fstatSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { type ByteSink, StreamSink } from './byte-sink.ts';
import { FileSink } from './file-sink.ts';

/**
 * A sink for a standard stream: a file or a device other than a terminal is written through its descriptor, a pipe, a
 * socket or a terminal through the stream.
 * @param stream for example `process.stdout`; a stream without a descriptor is written as a stream
 */
export function openStandardOutput(stream: Writable & { readonly fd?: number; readonly isTTY?: boolean }): ByteSink {
  const { fd } = stream;
  if (fd === undefined || fd < 0 || stream.isTTY) return new StreamSink(stream);
  const stats = fstatSync(fd);
  const isFile = stats.isFile() || stats.isCharacterDevice() || stats.isBlockDevice();
  return isFile ? new FileSink(fd) : new StreamSink(stream);
}
