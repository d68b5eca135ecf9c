import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { Writable } from 'node:stream';

const MAX_LOG_BYTES = 1024 * 1024;

/** A log that cannot fill a disk: at 1 MiB it is put aside as `.1` and begun anew. Nothing that goes wrong with it matters. */
export class BackgroundLog extends Writable {
  readonly #file: string;
  #bytes: number | undefined;

  constructor(file: string) {
    super({ decodeStrings: true });
    this.#file = file;
  }

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    try {
      this.#append(chunk);
    } catch {
      // A full disk must not end a hub.
    }
    callback();
  }

  #append(chunk: Buffer): void {
    if (this.#bytes === undefined) {
      mkdirSync(path.dirname(this.#file), { recursive: true, mode: 0o700 });
      this.#bytes = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
    }
    if (this.#bytes + chunk.length > MAX_LOG_BYTES) {
      renameSync(this.#file, `${this.#file}.1`);
      this.#bytes = 0;
    }
    appendFileSync(this.#file, chunk, { mode: 0o600 });
    this.#bytes += chunk.length;
  }
}
