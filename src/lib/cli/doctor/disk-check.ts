import path from 'node:path';
import { describeErrno } from '../../errors/errno.ts';
import { findExisting } from '../../host/ownership.ts';
import { formatByteSize, formatCount } from '../program/amounts.ts';
import { type Check, failed, passed, warned } from './check.ts';

/** Less than some minutes of recording many symbols... */
const MIN_BYTES = 100e6;
/** ...and less than a day of it. */
const LOW_BYTES = 2e9;
const MIN_FILES = 100;
const HINT = 'make room, or record to another disk with --dir';

/** The free space where recordings go. */
export const diskCheck: Check = {
  limitMs: 5_000,
  run: async ({ flags, machine }) => {
    const folder = path.resolve(flags.dir);
    try {
      const { place, stat } = findExisting(folder);
      if (!stat.isDirectory()) return warned(`recordings go to ${folder}, but ${place} is not a directory`, HINT);
      const { bytes, files } = await machine.measureSpace(place);
      const free = `${formatByteSize(bytes)} free for recordings in ${folder}`;
      if (bytes < MIN_BYTES) return failed('OUTPUT_FAILED', `only ${free}`, HINT);
      if (files !== undefined && files < MIN_FILES) {
        return failed('OUTPUT_FAILED', `${free}, but only room for ${formatCount(files, 'file')}`, HINT);
      }
      if (!(await machine.isWritable(place))) {
        return warned(`this user cannot write in ${place}, where recordings go`, 'choose another folder with --dir');
      }
      return bytes < LOW_BYTES ? warned(`only ${free}`, HINT) : passed(free);
    } catch (error) {
      return warned(`${folder}, where recordings go, cannot be looked at (${describeErrno(error)})`, HINT);
    }
  },
};
