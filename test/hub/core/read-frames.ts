import type { Writable } from 'node:stream';
import * as ws from 'ws';
import { rowsOf } from '../../support/row-messages.ts';

export interface Message {
  readonly isBinary: boolean;
  readonly text: string;
}

/** Its types leave it out. */
const { Receiver } = ws as unknown as { Receiver: new (options: object) => Writable };

/** The messages that a WebSocket client makes of these bytes. Throws what it finds wrong, and when a frame is cut short. @param readBinary text of a binary message */
export async function readFrames(bytes: Buffer, readBinary = rowsOf): Promise<Message[]> {
  const receiver = new Receiver({ isServer: false, allowSynchronousEvents: true });
  const messages: Message[] = [];
  let length = 0;
  receiver.on('message', (data: Buffer, isBinary: boolean) => {
    length += data.length;
    messages.push({ isBinary, text: isBinary ? readBinary(data) : data.toString() });
  });
  await new Promise<void>((resolve, reject) => {
    receiver.on('error', reject);
    receiver.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
  if (length > bytes.length || receiver.writableLength > 0) throw new Error('the frames were not read to their end');
  return messages;
}
