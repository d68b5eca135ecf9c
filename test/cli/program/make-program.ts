import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import type { CommandContext, Program } from '../../../src/lib/cli/program/program.ts';
import { Reporter } from '../../../src/lib/cli/program/reporter.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { CaptureStream } from './capture-stream.ts';

/** What a command works with; its reporter writes to the program's stderr. */
export function makeContext(program: Program, signal = new AbortController().signal): CommandContext {
  const reporter = new Reporter(program.stderr, { level: 'normal', format: 'text' });
  return { program, reporter, signal, profile: 'default', version: '0.0.0' };
}

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
