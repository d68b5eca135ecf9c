import path from 'node:path';
import { Writable } from 'node:stream';
import type { Clock } from '../../clock/clock.ts';
import { BackgroundLog } from '../../host/log-file.ts';
import { openRunDirectory } from '../../host/run-directory.ts';
import { findLogDirectory } from '../../hub/daemon/hub-location.ts';
import type { Environment } from '../program/program.ts';

const NAME = 'record.log';

/** The log file that recordings in the background use in place of stderr. */
export function createRecorderLog(env: Environment, clock: Clock): BackgroundLog {
  const runDirectory = openRunDirectory(env);
  const folders = [findLogDirectory(env, runDirectory), runDirectory];
  return new BackgroundLog(
    folders.map((folder) => path.join(folder, NAME)),
    clock,
  );
}

/** Writes lines to the log with the pid in front: all recordings of a user share one log. */
export class RecorderLog extends Writable {
  readonly #log: BackgroundLog;
  #rest = '';

  constructor(env: Environment, clock: Clock) {
    super({ decodeStrings: false });
    this.#log = createRecorderLog(env, clock);
  }

  override _write(chunk: Buffer | string, _: BufferEncoding, done: () => void): void {
    const lines = (this.#rest + String(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#log.write(`pid ${process.pid}: ${line}`);
    done();
  }
}
