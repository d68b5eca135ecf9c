import { hex, LoggingDecoder } from './event-log.ts';

/*
 * Messages written by hand from docs/protocol.md, not with our encoders. Values are short on purpose: a topic with two or three
 * fields is as good as one with twenty-one.
 */

/** Auth accepted, an ack after every second data frame. */
export const AUTH_ACK_2 = hex(`
  000d 01 02        ; length, auth, two fields
  01 0001 4b        ; status K
  02 0002 0002      ; ackEvery, two bytes`);
export const AUTH_NO_ACK = hex('000d 01 02 01 0001 4b 02 0002 0000');

export const SNAPSHOT_SBIN = `
  53 0007                               ; S, topic id 7
  0e 73667c6e73655f636d7c33303435       ; sf|nse_cm|3045
  03 0000ee7a 000003e8 80000000         ; three fields: 61050, 1000, no value
  0000                                  ; skipped
  0001 02                               ; multiplier 1, precision 2
  03 4e5345                             ; NSE
  04 33303435                           ; 3045
  07 5342494e2d4551                     ; SBIN-EQ`;
export const SNAPSHOT_NIFTY = `
  53 0008
  12 69667c6e73655f636d7c4e69667479203530 ; if|nse_cm|Nifty 50
  02 0027b0c9 00279fc6                    ; 2601161, 2596806
  0000 0001 02
  03 4e5345 05 3236303030 08 4e49465459203530`;
export const UPDATE_SBIN = '55 0007 02 0000ee84 80000000 ; 61060, no value';
export const LITE_NIFTY = '4c 0008 0027b0ca';

/** A data frame with a message number. The length prefix is a lie: nobody may trust it. */
export function numbered(number: number, count: number, packets: string): Buffer {
  return Buffer.concat([hex('0001 06'), u32(number), u16(count), hex(packets)]);
}

/** Auth accepted with acks after every second frame and a dictionary. */
export function authWithDictionary(sections: object): Buffer {
  const dictionary = JSON.stringify({ scrip: ['s105'], index: ['i102'], depth: ['d102'], ...sections });
  const field = Buffer.from(dictionary);
  return Buffer.concat([hex('0000 01 03 01 0001 4b 02 0002 0002 03'), u16(field.length), field]);
}

export function plain(count: number, packets: string): Buffer {
  return Buffer.concat([hex('ffff 06'), u16(count), hex(packets)]);
}

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

function u32(value: number): Buffer {
  return Buffer.concat([u16(value >>> 16), u16(value & 0xffff)]);
}

export const TOPIC_SBIN = 'sf|nse_cm|3045 1 2';
export const FIRST_SBIN = [`snapshot ${TOPIC_SBIN} 0:61050 1:1000`, `tick ${TOPIC_SBIN} 0:61050 1:1000`];

/** A decoder past its auth and these frames, with what it told of them forgotten. */
export function started(...frames: Buffer[]): LoggingDecoder {
  const log = new LoggingDecoder().decode(AUTH_ACK_2, ...frames);
  log.take();
  return log;
}
