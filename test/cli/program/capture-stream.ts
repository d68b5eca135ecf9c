import { clearLine, cursorTo, moveCursor } from 'node:readline';
import { Writable } from 'node:stream';

/** A stream that keeps what is written to it. */
export class CaptureStream extends Writable {
  text = '';
  isTTY = false;
  columns = 80;

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.text += chunk.toString('utf8');
    done();
  }

  // What a terminal's stream can do.
  cursorTo = (x: number): boolean => cursorTo(this, x);
  moveCursor = (dx: number, dy: number): boolean => moveCursor(this, dx, dy);
  clearLine = (direction: -1 | 0 | 1): boolean => clearLine(this, direction);

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }
}
