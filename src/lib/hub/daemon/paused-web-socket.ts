import { type ClientOptions, type RawData, WebSocket } from 'ws';
import { answerPings } from '../../feed/answer-pings.ts';
import { HubUnreachable } from '../protocol/hub-errors.ts';

/**
 * A WebSocket that opens paused: nothing is emitted before its user has attached handlers and called `resume()`. A message
 * that was peeked at before is emitted first. Errors need no handler; 'close' follows each.
 */
export class PausedWebSocket extends WebSocket {
  readonly #kept: [data: RawData, isBinary: boolean][] = [];
  #isTaken = false;

  constructor(url: URL, protocol: string, options: ClientOptions) {
    super(url, protocol, { ...options, autoPong: false });
    answerPings(this);
    this.on('open', () => this.pause());
    this.on('error', () => {});
    this.on('message', this.#keep);
  }

  /** Waits for the first message without taking it. Throws `HubUnreachable` when the connection ends before it. */
  peek(): Promise<{ readonly data: RawData; readonly isBinary: boolean }> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.off('message', settle);
        this.off('close', settle);
        const [first] = this.#kept;
        if (first === undefined) reject(new HubUnreachable('the shared session ended before it sent anything'));
        else resolve({ data: first[0], isBinary: first[1] });
      };
      if (this.#kept.length > 0 || this.readyState === WebSocket.CLOSED) settle();
      else {
        this.on('message', settle);
        this.on('close', settle);
        super.resume();
      }
    });
  }

  /** Begins, or goes on, to emit messages. What was kept comes at once, before this returns. */
  override resume(): void {
    super.resume();
    if (this.#isTaken) return;
    this.#isTaken = true;
    this.off('message', this.#keep);
    for (const [data, isBinary] of this.#kept.splice(0)) this.emit('message', data, isBinary);
  }

  /** One read may bring several messages, pause or not. */
  readonly #keep = (data: RawData, isBinary: boolean): void => {
    // A message is only valid until its listeners return.
    this.#kept.push([Buffer.from(data as Buffer), isBinary]);
    this.pause();
  };
}
