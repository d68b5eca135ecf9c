import { describe, expect, it } from 'vitest';
import { HsmDecoder } from '../../src/lib/hsm/decoder.ts';
import { parseRequest } from '../../src/lib/hsm/request-parser.ts';
import * as requests from '../../src/lib/hsm/requests.ts';
import type { Kind, TopicKind } from '../../src/lib/market/kinds.ts';
import { toRow } from '../../src/lib/market/row.ts';
import { hex } from './event-log.ts';

/*
 * Whole messages in hex, both ways, with what they mean written beside them: neither our encoders nor the reference decoder had
 * a part in them. A message is a list of pieces; a cut inside a piece loses that piece and those after it, and nothing else.
 */

/** One piece of a message, and what its last byte makes the decoder tell. */
type Piece = readonly [bytes: string, ...told: readonly string[]];

const AUTH_ACK_1: Piece = [
  '000d 01 02 01 0001 4b 02 0002 0001 ; auth, two fields: K, an ack after every frame',
  'auth ok, acks every 1',
];
const HEAD = (count: string): Piece => [`0000 06 0000002a ${count} ; data, message 42`];

const SBIN: Piece = [
  `53 0101                                    ; snapshot, id 257
   0e 73667c6e73655f636d7c33303435            ; sf|nse_cm|3045
   15                                         ; 21 fields
   00014271 0074cbb1 6b04114b 6b04114c        ; ltp, volume, last trade, exchange time
   00000078 00000154 0001426c 00014276        ; bid size, ask size, bid, ask
   00000019 0016e360 00155cc0 000141ea        ; last quantity, total buy, total sell, average
   7fffffff 00013fec 00014437 00016440        ; open interest, low, high, year high
   0000d43a 00012232 000162b0 00014050        ; year low, circuits, open
   000140b4                                   ; previous close
   abcd 0001 02                               ; unused, multiplier 1, precision 2
   03 4e5345 04 33303435 07 5342494e2d4551    ; NSE, 3045, SBIN-EQ`,
  'snapshot sf|nse_cm|3045',
  'symbol 825.45 820 829.99 819 825.45 821 4.45 0.54 825.4 825.5 120 340 7654321 25 824.1 1500000 1400000 2147483647 912 543.3 742.9 908 1795428683 1795428684 5000',
];
const NIFTY: Piece = [
  `53 0002                                    ; snapshot, id 2
   12 69667c6e73655f636d7c4e69667479203530    ; if|nse_cm|Nifty 50
   08 0027b3d9 0027853a 6b04114c 0027d350     ; 8 fields: ltp, previous close, exchange time, high
   00277d65 002798b8 00281897 00212d9d        ; low, open, year high, year low
   0000 0001 02 03 4e5345 05 3236303030 08 4e49465459203530`,
  'snapshot if|nse_cm|Nifty 50',
  'index 26019.45 25950 26100 25880.05 26019.45 25900.1 119.35 0.46 26277.35 21743.65 1795428684 5000',
];
const BOOK: Piece = [
  `53 ffff 0e 64707c6e73655f636d7c33303435    ; snapshot, id 65535, dp|nse_cm|3045
   1e 0001426c 00014267 00014262 0001425d 00014258 ; 30 fields: bids
   00014276 0001427b 00014280 00014285 0001428a    ; asks
   00000078 00000082 0000008c 00000096 000000a0    ; quantities bid
   00000154 0000015e 00000168 00000172 0000017c    ; quantities asked
   00000001 00000002 00000003 00000004 00000005    ; orders that bid
   00000006 00000007 00000008 00000009 0000000a    ; orders that ask
   0000 0001 02 03 4e5345 04 33303435 05 c3a9e282b9 ; NSE, 3045, a name in UTF-8`,
  'snapshot dp|nse_cm|3045',
  'depth 825.4x120/1 825.35x130/2 825.3x140/3 825.25x150/4 825.2x160/5 | 825.5x340/6 825.55x350/7 825.6x360/8 825.65x370/9 825.7x380/10 0.1 -0.44 5000',
];
const USDINR: Piece = [
  `53 0003 0e 73667c6364655f666f7c31303737    ; snapshot, id 3, sf|cde_fo|1077
   01 04f96254                                ; one field: 83452500
   0000 0064 04                               ; multiplier 100, precision 4
   03 434453 04 31303737 0e 555344494e5232364e4f56465554`,
  'snapshot sf|cde_fo|1077',
  `symbol 83.4525 - - - 83.4525 ${'- '.repeat(19)}5000`,
];
const SBIN_UPDATE: Piece = [
  '55 0101 05 fffff14d 80000000 80000000 80000000 00000000 ; five fields: -3763, three without a value, 0',
  'symbol -37.63 820 829.99 819 -37.63 821 -858.63 -104.58 825.4 825.5 0 340 7654321 25 824.1 1500000 1400000 2147483647 912 543.3 742.9 908 1795428683 1795428684 5000',
];
const NIFTY_LITE: Piece = [
  '4c 0002 0027b3da ; lite: 2601946',
  'index 26019.46 25950 26100 25880.05 26019.46 25900.1 119.36 0.46 26277.35 21743.65 1795428684 5000',
];
const UNBOUND: Piece = ['55 0bad 01 00000001 ; an update of an id nobody has bound'];
const ACK = 'ack 42';

const MESSAGES: readonly (readonly [string, readonly Piece[]])[] = [
  ['snapshots of every kind of topic', [HEAD('0004'), SBIN, NIFTY, BOOK, USDINR]],
  ['updates', [HEAD('0005'), SBIN, NIFTY, UNBOUND, SBIN_UPDATE, NIFTY_LITE]],
  ['no packets', [HEAD('0000')]],
  ['an unknown frame', [['0004 0d 00 0000 ; type 13, seen live']]],
  ['auth, acks in one byte', [['0000 01 02 01 0001 4b 02 0001 07', 'auth ok, acks every 7']]],
  ['auth, acks in four bytes', [['0000 01 02 01 0001 4b 02 0004 00010000', 'auth ok, acks every 65536']]],
  ['auth, without acks', [['0000 01 01 01 0001 4b', 'auth ok, acks every 0']]],
  ['auth refused', [['0000 01 01 01 0001 4e', 'auth refused, acks every 0']]],
  ['subscribe', [['0000 04 01 01 0001 4b', 'subscribe ok, acks every 0']]],
  ['subscribe refused', [['0000 04 01 01 0001 4e', 'subscribe refused, acks every 0']]],
  ['unsubscribe', [['0000 05 01 01 0001 4b', 'unsubscribe ok, acks every 0']]],
  ['unsubscribe refused', [['0000 05 01 01 0001 4e', 'unsubscribe refused, acks every 0']]],
  ['pause', [['0000 07 01 01 0001 4b', 'pause ok, acks every 0']]],
  ['resume', [['0000 08 01 01 0001 4b', 'resume ok, acks every 0']]],
  ['mode', [['0000 0c 01 01 0001 4b', 'mode ok, acks every 0']]],
  ['mode refused', [['0000 0c 01 01 0001 4e', 'mode refused, acks every 0']]],
];

const ROW_KINDS: Record<TopicKind, Kind> = { sf: 'symbol', if: 'index', dp: 'depth' };

interface Level {
  readonly price: number;
  readonly quantity: number;
  readonly orders: number;
}

/** What a decoder tells of these messages, values as the rows of the contract show them. */
function tell(...messages: readonly Buffer[]): string[] {
  const told: string[] = [];
  const show = (cell: unknown): string =>
    Array.isArray(cell)
      ? `${cell.map(({ price, quantity, orders }: Level) => `${price}x${quantity}/${orders}`).join(' ')} |`
      : String(cell ?? '-');
  const decoder = new HsmDecoder<never>({
    control: ({ type, ok, ackEvery }) => told.push(`${type} ${ok ? 'ok' : 'refused'}, acks every ${ackEvery}`),
    snapshot: ({ topic }) => told.push(`snapshot ${topic}`),
    tick: (state) => {
      const kind = ROW_KINDS[state.kind];
      const row = toRow({ id: 0, kind, symbol: 'X', state }, { simulated: false, time: 'epoch' });
      const [, , ...cells] = Object.values(row);
      told.push(
        `${kind} ${cells
          .map(show)
          .join(' ')
          .replace(/ \| (?!.*\|)/, ' ')}`,
      );
    },
    ackDue: (number) => told.push(`ack ${number}`),
  });
  for (const message of messages) decoder.decode(message, 5_000);
  return told;
}

const AUTH = hex(AUTH_ACK_1[0]);

describe('what servers send', () => {
  it.each(MESSAGES)('%s: whole, and cut at every byte', (_name, pieces) => {
    const message = hex(pieces.map(([bytes]) => bytes).join('\n'));
    const isData = message[2] === 6;
    for (let length = 0; length <= message.length; length++) {
      const expected = [AUTH_ACK_1[1]];
      let end = 0;
      for (const [bytes, ...told] of pieces) {
        end += hex(bytes).length;
        if (end <= length) expected.push(...told);
      }
      // The number stands in bytes 3 to 6: with it a frame can be acknowledged, whatever else is lost.
      if (isData && length >= 7) expected.push(ACK);
      expect(tell(AUTH, message.subarray(0, length)), `${length} bytes`).toEqual(expected);
    }
  });

  it('a dictionary puts fields in another order, by id', () => {
    const dictionary = '{"scrip":["s121","zz","s105"],"index":["i102"],"depth":["d102"]}';
    const auth = Buffer.concat([hex('0000 01 03 01 0001 4b 02 0002 0000 03 0040'), Buffer.from(dictionary)]);
    const snapshot = hex(`
      0000 06 0001                                  ; no message number: no acks are wanted
      53 0001 0e 73667c6e73655f636d7c33303435
      03 000140b4 00000007 00014271                 ; previous close, a field of the future, ltp
      0000 0001 02 00 00 00`);
    expect(tell(auth, snapshot)).toEqual([
      'auth ok, acks every 0',
      'snapshot sf|nse_cm|3045',
      `symbol 825.45 - - - 825.45 821 4.45 0.54 ${'- '.repeat(16)}5000`,
    ]);
  });
});

/** Name, what we send, its bytes, and what a server reads in them. */
const REQUESTS: readonly (readonly [string, Buffer, string, object])[] = [
  [
    'auth',
    requests.encodeAuth('0f1e', 'tp'),
    `0016 01 04                    ; 22 bytes follow: type 1, four fields
     01 0004 30663165              ; hsm_key
     02 0001 50                    ; mode P
     03 0001 01                    ; a dictionary, please
     04 0002 7470                  ; source`,
    { type: 'auth', hsmKey: '0f1e', wantsDictionary: true, source: 'tp' },
  ],
  [
    'ack, of the last number there is',
    requests.encodeAck(4_294_967_295),
    '0009 03 01 01 0004 ffffffff',
    { type: 'ack', messageNumber: 4_294_967_295 },
  ],
  [
    'subscribe',
    requests.encodeSubscribe(['dp|nse_cm|3045', 'if|nse_cm|Nifty 50'], 11),
    `002d 04 02
     01 0024 0002                              ; 36 bytes, two topics
     0e 64707c6e73655f636d7c33303435           ; dp|nse_cm|3045
     12 69667c6e73655f636d7c4e69667479203530   ; if|nse_cm|Nifty 50
     02 0001 0b                                ; channel 11`,
    { type: 'subscribe', topics: ['dp|nse_cm|3045', 'if|nse_cm|Nifty 50'], channel: 11 },
  ],
  [
    'unsubscribe',
    requests.encodeUnsubscribe(['dp|nse_cm|3045'], 30),
    '001a 05 02 01 0011 0001 0e 64707c6e73655f636d7c33303435 02 0001 1e',
    { type: 'unsubscribe', topics: ['dp|nse_cm|3045'], channel: 30 },
  ],
  ['pause', requests.encodePause([1, 30]), '000d 07 01 01 0008 0000000040000002', { type: 'pause', channels: [1, 30] }],
  ['resume', requests.encodeResume([11]), '000d 08 01 01 0008 0000000000000800', { type: 'resume', channels: [11] }],
  ['ping', requests.encodePing(), '0001 0b', { type: 'ping' }],
  [
    'mode full',
    requests.encodeMode([11], 'full'),
    '0011 0c 02 01 0008 0000000000000800 02 0001 46',
    { type: 'mode', channels: [11], mode: 'full' },
  ],
  [
    'mode lite',
    requests.encodeMode([12], 'lite'),
    '0011 0c 02 01 0008 0000000000001000 02 0001 4c',
    { type: 'mode', channels: [12], mode: 'lite' },
  ],
];

describe('what clients send', () => {
  it.each(REQUESTS)('%s: written and read, and nothing is read of it cut short', (_name, encoded, bytes, meaning) => {
    const message = hex(bytes);
    expect(encoded.toString('hex')).toBe(message.toString('hex'));
    expect(message.readUInt16BE(0)).toBe(message.length - 2);
    expect(parseRequest(message)).toEqual(meaning);
    for (let length = 0; length < message.length; length++) {
      expect(parseRequest(message.subarray(0, length)), `${length} bytes`).toBeUndefined();
    }
  });
});
