import path from 'node:path';
import { Writable } from 'node:stream';
import type { Clock } from '../../clock/clock.ts';
import { openRunDirectory } from '../../feed/run-directory.ts';
import { BackgroundLog } from '../../hub/background/background-log.ts';
import { findLogDirectory } from '../../hub/background/hub-location.ts';
import type { Environment } from '../program.ts';

/** Where recordings in the background say what others say on stderr. */
export function locateRecorderLog(env: Environment): string {
  return path.join(findLogDirectory(env, openRunDirectory(env)), 'record.log');
}

/** Lines on their way into the log, each with the process that says it: all recordings of a user share one. */
export class RecorderLog extends Writable {
  readonly #log: BackgroundLog;
  #rest = '';

  constructor(env: Environment, clock: Clock) {
    super({ decodeStrings: false });
    this.#log = new BackgroundLog(locateRecorderLog(env), clock);
  }

  override _write(chunk: Buffer | string, _: BufferEncoding, done: () => void): void {
    const lines = (this.#rest + String(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#log.write(`pid ${process.pid}: ${line}`);
    done();
  }
}
