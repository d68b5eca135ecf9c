import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import type { Program } from '../../../src/lib/cli/program/program.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { CaptureStream } from './capture-stream.ts';

/** A program that touches nothing of the world but what the test gives. */
export function makeProgram(given: Partial<Program> = {}): Program {
  return {
    env: {},
    stdin: Readable.from([]),
    stdout: new CaptureStream(),
    stderr: new CaptureStream(),
    clock: new ManualClock(),
    signals: new EventEmitter(),
    command: [],
    root: '.',
    exitNow: () => {},
    ...given,
  };
}
