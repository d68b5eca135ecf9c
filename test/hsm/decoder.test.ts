import { describe, expect, it } from 'vitest';
import { HsmDecoder } from '../../src/lib/hsm/decoder.ts';
import { ALL_SLOTS } from '../../src/lib/market/tick.ts';
import { hex, LoggingDecoder } from './event-log.ts';
import { ReferenceDecoder } from './reference-decoder.ts';

/*
 * Messages written by hand from docs/protocol.md, not with our encoders. Values are short on purpose: a topic with two or three
 * fields is as good as one with twenty-one.
 */

/** Auth accepted, an ack after every second data frame. */
const AUTH_ACK_2 = hex(`
  000d 01 02        ; length, auth, two fields
  01 0001 4b        ; status K
  02 0002 0002      ; ackEvery, two bytes`);
const AUTH_NO_ACK = hex('000d 01 02 01 0001 4b 02 0002 0000');
const AUTH_ACK_4_BYTES = hex('000f 01 02 01 0001 4b 02 0004 00000002');

const SNAPSHOT_SBIN = `
  53 0007                               ; S, topic id 7
  0e 73667c6e73655f636d7c33303435       ; sf|nse_cm|3045
  03 0000ee7a 000003e8 80000000         ; three fields: 61050, 1000, no value
  0000                                  ; skipped
  0001 02                               ; multiplier 1, precision 2
  03 4e5345                             ; NSE
  04 33303435                           ; 3045
  07 5342494e2d4551                     ; SBIN-EQ`;
const SNAPSHOT_NIFTY = `
  53 0008
  12 69667c6e73655f636d7c4e69667479203530 ; if|nse_cm|Nifty 50
  02 0027b0c9 00279fc6                    ; 2601161, 2596806
  0000 0001 02
  03 4e5345 05 3236303030 08 4e49465459203530`;
const UPDATE_SBIN = '55 0007 02 0000ee84 80000000 ; 61060, no value';
const LITE_NIFTY = '4c 0008 0027b0ca';

/** A data frame with a message number. The length prefix is a lie: nobody may trust it. */
function numbered(number: number, count: number, packets: string): Buffer {
  return Buffer.concat([hex('0001 06'), u32(number), u16(count), hex(packets)]);
}

function plain(count: number, packets: string): Buffer {
  return Buffer.concat([hex('ffff 06'), u16(count), hex(packets)]);
}

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

function u32(value: number): Buffer {
  return Buffer.concat([u16(value >>> 16), u16(value & 0xffff)]);
}

const TOPIC_SBIN = 'sf|nse_cm|3045 1 2';
const FIRST_SBIN = [`snapshot ${TOPIC_SBIN} 0:61050 1:1000`, `tick ${TOPIC_SBIN} 0:61050 1:1000`];

function started(...frames: Buffer[]): LoggingDecoder {
  const log = new LoggingDecoder().decode(AUTH_ACK_2, ...frames);
  log.take();
  return log;
}

describe('a snapshot', () => {
  it('binds a topic and tells its values, those without a value left out', () => {
    expect(
      started()
        .decode(numbered(1, 1, SNAPSHOT_SBIN))
        .take(),
    ).toEqual(FIRST_SBIN);
  });

  it('carries its names and says that everything changed', () => {
    const { decoder } = started(numbered(1, 1, SNAPSHOT_SBIN));
    expect(decoder.state('sf|nse_cm|3045')).toMatchObject({
      exchange: 'NSE',
      exchangeToken: '3045',
      tradingSymbol: 'SBIN-EQ',
      changed: ALL_SLOTS,
      receivedAt: 1,
    });
  });

  it('that tells nothing new is told, but is no tick', () => {
    const log = started(numbered(1, 1, SNAPSHOT_SBIN));
    log.decode(numbered(2, 1, SNAPSHOT_SBIN));
    expect(log.take()).toEqual([`snapshot ${TOPIC_SBIN} 0:61050 1:1000`, 'ack 2']);
  });

  it('with another scale is a tick in which everything changed', () => {
    const log = started(numbered(1, 1, SNAPSHOT_SBIN));
    log.decode(numbered(2, 1, SNAPSHOT_SBIN.replace('0001 02', '0064 04')));
    expect(log.take().slice(0, 2)).toEqual([
      'snapshot sf|nse_cm|3045 100 4 0:61050 1:1000',
      'tick sf|nse_cm|3045 100 4 0:61050 1:1000',
    ]);
  });

  it.each([
    ['multiplier 0', SNAPSHOT_SBIN.replace('0001 02', '0000 02')],
    ['precision 10', SNAPSHOT_SBIN.replace('0001 02', '0001 0a')],
    ['an unknown kind of topic', SNAPSHOT_SBIN.replace('73667c', '7a7a7c')],
  ])('with %s is refused and counted, its id not bound', (_name, snapshot) => {
    const log = started();
    log.decode(numbered(1, 2, `${snapshot}\n${UPDATE_SBIN}`));
    expect(log.take()).toEqual([]);
    expect(log.decoder.counters).toMatchObject({ refusedSnapshots: 1, unboundPackets: 1 });
  });

  it('may bind an id anew, and a topic to another id', () => {
    const other = SNAPSHOT_SBIN.replace('33303435       ;', '31353934       ;');
    const log = started(numbered(1, 1, SNAPSHOT_SBIN), numbered(2, 1, other));
    log.decode(numbered(3, 1, UPDATE_SBIN));
    expect(log.take()).toEqual(['tick sf|nse_cm|1594 1 2 0:61060 1:1000']);
    log.decode(
      numbered(4, 2, `${SNAPSHOT_SBIN.replace('53 0007', '53 0009')}\n${UPDATE_SBIN.replace('0007', '0009')}`),
    );
    expect(log.take()).toEqual([`snapshot ${TOPIC_SBIN} 0:61050 1:1000`, `tick ${TOPIC_SBIN} 0:61060 1:1000`, 'ack 4']);
  });

  it('may have more fields than we know, or fewer', () => {
    const many = SNAPSHOT_NIFTY.replace('02 0027b0c9 00279fc6', `0a 0027b0c9 ${'00000001'.repeat(9)}`);
    expect(
      started()
        .decode(numbered(1, 1, many))
        .take()[1],
    ).toBe(`tick if|nse_cm|Nifty 50 1 2 0:2601161 ${[1, 2, 3, 4, 5, 6, 7].map((slot) => `${slot}:1`).join(' ')}`);
    const none = SNAPSHOT_NIFTY.replace('02 0027b0c9 00279fc6', '00');
    expect(
      started()
        .decode(numbered(1, 1, none))
        .take()[1],
    ).toBe('tick if|nse_cm|Nifty 50 1 2 ');
  });
});

describe('an update', () => {
  it('changes what it has a value for', () => {
    const log = started(numbered(1, 1, SNAPSHOT_SBIN));
    log.decode(numbered(2, 1, UPDATE_SBIN));
    expect(log.take()).toEqual([`tick ${TOPIC_SBIN} 0:61060 1:1000`, 'ack 2']);
    expect(log.decoder.state('sf|nse_cm|3045')?.changed).toBe(1);
  });

  it('in which nothing changed is no tick', () => {
    const log = started(numbered(1, 1, SNAPSHOT_SBIN));
    log.decode(numbered(2, 1, '55 0007 03 0000ee7a 80000000 80000000'));
    expect(log.take()).toEqual(['ack 2']);
  });

  it('of an id that nothing has bound is skipped and counted; what follows is read', () => {
    const log = started(numbered(1, 1, SNAPSHOT_SBIN));
    log.decode(numbered(2, 2, `55 00ff 02 00000001 00000002\n${UPDATE_SBIN}`));
    expect(log.take()).toEqual([`tick ${TOPIC_SBIN} 0:61060 1:1000`, 'ack 2']);
    expect(log.decoder.counters.unboundPackets).toBe(1);
  });
});

describe('a lite packet', () => {
  it('changes the last price, of an index too', () => {
    const log = started(numbered(1, 1, SNAPSHOT_NIFTY));
    log.decode(numbered(2, 1, LITE_NIFTY));
    expect(log.take()[0]).toBe('tick if|nse_cm|Nifty 50 1 2 0:2601162 1:2596806');
  });

  it('of an unknown id is skipped where both kinds have as many values', () => {
    const log = started(numbered(1, 1, SNAPSHOT_SBIN));
    log.decode(numbered(2, 2, `4c 00ff 00000001\n${UPDATE_SBIN}`));
    expect(log.take()[0]).toBe(`tick ${TOPIC_SBIN} 0:61060 1:1000`);
  });

  it('of an unknown id ends the frame where they differ: its size cannot be known', () => {
    const dictionary = JSON.stringify({ scrip: ['s105'], index: ['i102'], depth: ['d102'], scrip_lite: { hfid: 2 } });
    const field = Buffer.from(dictionary);
    const auth = Buffer.concat([hex('0000 01 03 01 0001 4b 02 0002 0002 03'), u16(field.length), field]);
    const log = new LoggingDecoder().decode(auth, numbered(1, 1, SNAPSHOT_SBIN));
    log.take();
    log.decode(numbered(2, 2, `4c 00ff 00000001\n${UPDATE_SBIN}`));
    expect(log.take()).toEqual(['ack 2']);
    expect(log.decoder.counters.malformed).toBe(1);
    log.decode(numbered(3, 2, `4c 0007 0000ee7b 00000001\n${UPDATE_SBIN}`));
    expect(log.take()).toEqual([`tick ${TOPIC_SBIN.replace(' 1 2', ' 1 2')} 0:61051`, `tick ${TOPIC_SBIN} 0:61060`]);
  });
});

describe('a frame', () => {
  it('is acknowledged after as many as the server asked for, whatever is in it', () => {
    const log = started();
    log.decode(
      numbered(0xfffffffe, 1, SNAPSHOT_SBIN),
      numbered(0xffffffff, 1, '7f'),
      numbered(0, 0, ''),
      numbered(1, 0, ''),
    );
    expect(log.take().filter((event) => event.startsWith('ack'))).toEqual(['ack 4294967295', 'ack 1']);
  });

  it('counts acks by a field of four bytes as well', () => {
    const log = new LoggingDecoder().decode(AUTH_ACK_4_BYTES, numbered(1, 0, ''), numbered(2, 0, ''));
    expect(log.take()).toEqual(['control auth ok', 'ack 2']);
  });

  it('of an unknown type, or without a type, is counted and ignored', () => {
    const log = started().decode(hex('0002 0d 00'), hex('0001'), Buffer.alloc(0));
    expect(log.take()).toEqual([]);
    expect(log.decoder.counters).toMatchObject({ unknownFrames: 1, malformed: 2 });
  });

  it('keeps what stands before an unknown packet and loses what follows it', () => {
    const log = started(numbered(1, 1, SNAPSHOT_SBIN));
    log.decode(numbered(2, 3, `${UPDATE_SBIN}\n7a 0001\n${UPDATE_SBIN}`));
    expect(log.take()).toEqual([`tick ${TOPIC_SBIN} 0:61060 1:1000`, 'ack 2']);
    expect(log.decoder.counters.unknownPackets).toBe(1);
  });

  it('may be longer than its length prefix can say', () => {
    const updates = Array.from({ length: 9_000 }, (_, n) => `55 0007 01 ${(70_000 + n).toString(16).padStart(8, '0')}`);
    const log = started(numbered(1, 1, SNAPSHOT_SBIN));
    const frame = numbered(2, updates.length, updates.join('\n'));
    expect(frame.length).toBeGreaterThan(0xffff);
    expect(log.decode(frame).take()).toHaveLength(updates.length + 1);
  });

  it('without acks is read with and without a message number', () => {
    for (const frames of [
      [plain(1, SNAPSHOT_SBIN), plain(1, UPDATE_SBIN)],
      [numbered(1, 1, SNAPSHOT_SBIN), numbered(2, 1, UPDATE_SBIN)],
    ]) {
      const log = new LoggingDecoder().decode(AUTH_NO_ACK, ...frames);
      expect(log.take()).toEqual(['control auth ok', ...FIRST_SBIN, `tick ${TOPIC_SBIN} 0:61060 1:1000`]);
    }
  });

  it('that fits no reading keeps the one that held before', () => {
    const log = new LoggingDecoder().decode(AUTH_NO_ACK, plain(1, SNAPSHOT_SBIN));
    log.take();
    log.decode(plain(2, `${UPDATE_SBIN}\n7a`));
    expect(log.take()).toEqual([`tick ${TOPIC_SBIN} 0:61060 1:1000`]);
    const fresh = new LoggingDecoder().decode(AUTH_NO_ACK, plain(2, `${UPDATE_SBIN}\n7a`));
    expect(fresh.take()).toEqual(['control auth ok']);
    expect(fresh.decoder.counters.malformed).toBe(1);
  });

  it('that comes before the answer to auth is read in the default order', () => {
    expect(new LoggingDecoder().decode(numbered(1, 1, SNAPSHOT_SBIN)).take()).toEqual(FIRST_SBIN);
  });

  it('is applied whole when the sink throws, and the first error comes out', () => {
    const seen: string[] = [];
    const decoder = new HsmDecoder<never>({
      control: () => {},
      snapshot: () => {},
      tick: ({ topic }) => {
        seen.push(topic);
        throw new Error(`sink ${seen.length}`);
      },
      ackDue: () => {},
    });
    expect(() => decoder.decode(numbered(1, 2, `${SNAPSHOT_SBIN}\n${SNAPSHOT_NIFTY}`), 1)).toThrow('sink 1');
    expect(seen).toEqual(['sf|nse_cm|3045', 'if|nse_cm|Nifty 50']);
    expect(() => decoder.decode(hex('0002 0d 00'), 1)).not.toThrow();
  });
});

describe('every message cut at every byte', () => {
  const frames: readonly (readonly [string, Buffer])[] = [
    ['snapshots', numbered(2, 2, `${SNAPSHOT_SBIN}\n${SNAPSHOT_NIFTY}`)],
    ['updates', numbered(2, 3, `${UPDATE_SBIN}\n${LITE_NIFTY}\n55 0008 01 00000001`)],
    ['auth', AUTH_ACK_2],
    ['subscribe', hex('0006 04 01 01 0001 4b')],
  ];

  it.each(frames)('%s: whole packets before the cut count, nothing after it, and nothing throws', (_name, frame) => {
    const first = numbered(1, 2, `${SNAPSHOT_SBIN}\n${SNAPSHOT_NIFTY}`);
    for (let length = 0; length < frame.length; length++) {
      const cut = Buffer.from(frame.subarray(0, length));
      const log = started(first);
      const reference = new ReferenceDecoder(2);
      reference.data(first);
      reference.events.length = 0;
      reference.data(cut);
      expect(log.decode(cut).take()).toEqual(reference.events);
    }
  });
});
